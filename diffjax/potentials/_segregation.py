"""Where particles gather: occupancies of traps, atmospheres, and their excess."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from .._checks import all_numbers, one_number, require, require_kinds
from .._constants import BOLTZMANN_EV
from .._shapes import Numbers
from ..diffusivity import Point
from ..grid import Grid
from ._potential import AbstractPotential, potential_of


def occupancy(
    energy: Numbers, bulk: ArrayLike, temperature: ArrayLike
) -> Float[Array, "*energies"]:
    r"""The share of sites of an energy that are full, beside a bulk that feeds them.

    $$\frac{\theta}{1 - \theta} = \frac{x}{1 - x}\, e^{-E / kT}$$

    A site takes one particle, and particles know each other by that alone: McLean's
    law of segregation to boundaries (1957), Langmuir's of surfaces, Oriani's of traps
    (1970).

    **Arguments:**

    - `energy`: $E$ of a particle there, over that in the bulk, in eV; < 0 where it is
        bound; any shape.
    - `bulk`: $x$, the share of bulk sites that are full, between 0 and 1; a scalar.
    - `temperature`: > 0, in K; a scalar.

    **Returns:** $\theta$, no unit; shape of `energy`.

    **Raises:** `ValueError` if a number lies outside its range.

    !!! example

        ```python
        # Hydrogen in traps of 0.3 eV, one in a million lattice sites full.
        djx.potentials.occupancy(-0.3, 1e-6, 300.0)
        ```
    """
    door = "occupancy"
    depth = all_numbers(energy, f"{door}(energy=...)", "eV")
    share, hot = _reservoir(door, bulk, temperature, full=True)
    return _filled(depth, share, hot)


def atmosphere(
    potential: AbstractPotential | Callable,
    grid: Grid,
    temperature: ArrayLike,
    bulk: ArrayLike,
    *,
    saturates: bool = False,
) -> Float[Array, "*cells"]:
    r"""The composition at rest in a potential, fed by a bulk where it is zero.

    $$c = c_0\, e^{-U / kT} \quad \text{or} \quad \frac{c}{1 - c} =
    \frac{c_0}{1 - c_0}\, e^{-U / kT}$$

    [`diffjax.steady_state`][] gives the same for a body that keeps what it has; this is
    one in a bulk so large that it does not notice: Cottrell's atmosphere.

    **Arguments:**

    - `potential`: $U$, in eV: one of `diffjax.potentials`, a sum of them, or a function
        as for [`diffjax.potentials.Energy`][].
    - `grid`: a [`diffjax.grid.Grid`][].
    - `temperature`: > 0, in K; a scalar.
    - `bulk`: $c_0$ >= 0, any unit; a scalar. A share of sites between 0 and 1 if it
        `saturates`.
    - `saturates`: whether a site takes one particle at most, as in
        [`diffjax.potentials.occupancy`][]; if not, the solution is dilute everywhere,
        as in [`diffjax.fluxes.Drift`][].

    **Returns:** values at the centres of the cells, in the unit of `bulk`; shape
    `(*cells,)`; `bulk` in cells of a void.

    **Raises:** `ValueError` if a number lies outside its range, or the potential is not
    finite.
    """
    door = "atmosphere"
    require_kinds(door, grid=(grid, Grid))
    energies = potential_of(potential, f"{door}(potential=...)")
    start, hot = _reservoir(door, bulk, temperature, full=saturates)
    dtype = jnp.result_type(start.dtype, grid.faces.dtype)
    start, hot = start.astype(dtype), hot.astype(dtype)
    centres = grid.centres.astype(dtype)
    rows = centres.reshape(grid.cells, *centres.shape[grid.dimension :])
    at = lambda x: energies.at(Point(start, hot, x, jnp.zeros((), dtype)))
    levels = jax.vmap(at)(rows).reshape(grid.shape)
    if grid.solid is not None:
        levels = jnp.where(grid.solid, levels, 0.0)
    levels = require(
        levels,
        lambda u: jnp.isfinite(u),
        f"`{door}(potential=...)` must be finite in every cell (eV).",
    )
    if saturates:
        return _filled(levels, start, hot)
    return start * jnp.exp(-levels / (BOLTZMANN_EV * hot))


def excess(
    potential: AbstractPotential | Callable,
    grid: Grid,
    temperature: ArrayLike,
    bulk: ArrayLike,
    *,
    saturates: bool = False,
) -> Float[Array, ""]:
    r"""What an atmosphere holds beyond the bulk, $\int (c - c_0)\, dV$.

    Around a line on a grid of two axes it is the excess per length, around a plane on
    one axis Gibbs' excess per area.

    **Arguments:** as for [`diffjax.potentials.atmosphere`][].

    **Returns:** in the unit of `bulk` times m, m² or m³, as the grid has axes; a
    scalar.

    **Raises:** as there.

    **Error:** second order in the cell width, once cells are small beside what
    $U / kT$ changes over.

    !!! example

        ```python
        iron = djx.mechanics.IsotropicStiffness(210e9, 0.3)
        line = djx.mechanics.EdgeDislocation(
            burgers=[2.5e-10, 0, 0], line=[0, 0, 1], stiffness=iron, core_radius=5e-10
        )
        carbon = djx.potentials.Stress(8e-30, line)
        grid = djx.grid.uniform((-1e-8, -1e-8), (1e-8, 1e-8), (100, 100))
        djx.potentials.excess(carbon, grid, 600.0, bulk=1e-4, saturates=True)  # m²
        ```
    """
    found = atmosphere(potential, grid, temperature, bulk, saturates=saturates)
    return grid.total(found - jnp.asarray(bulk, found.dtype))


def _filled(energy: Array, bulk: Array, temperature: Array) -> Float[Array, "..."]:
    # As a logistic function nothing overflows, however deep the trap.
    level = energy / (BOLTZMANN_EV * temperature)
    inside = (bulk > 0) & (bulk < 1)
    some = jnp.where(inside, bulk, 0.5)
    odds = jnp.log(some) - jnp.log1p(-some)
    return jnp.where(inside, jax.nn.sigmoid(odds - level), bulk)


def _reservoir(
    door: str, bulk: ArrayLike, temperature: ArrayLike, full: bool
) -> tuple[Array, Array]:
    share = one_number(bulk, f"{door}(bulk=...)", "any unit", ">= 0")
    if full:
        share = require(
            share,
            lambda x: x <= 1,
            f"`{door}(bulk=...)` must be a share of sites, between 0 and 1 (no unit).",
        )
    return share, one_number(temperature, f"{door}(temperature=...)", "K", "> 0")
