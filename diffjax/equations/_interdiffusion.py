r"""Interdiffusion of several components: $\partial x_i / \partial t = -\nabla \cdot
V_m \tilde J_i$."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, PyTree

from .._checks import (
    all_numbers,
    finite,
    in_precision,
    known,
    real,
    require,
    sum_slack,
    traced,
    value_of,
)
from .._shapes import Numbers
from ..diffusivity import Multicomponent
from ..fluxes import Counterflow
from ..grid import FixedFlux, FixedValue, Grid, NoFlux, Walls
from ..thermo import AbstractGibbs
from ._equation import Isothermal, State
from ._interdiffusion_term import InterdiffusionTerm
from ._mixture_line import AbstractMixtureEquation
from ._rest import closed


class Interdiffusion(AbstractMixtureEquation):
    r"""Interdiffusion of the components of one phase, with the Kirkendall effect.

    $$\frac{\partial x_i}{\partial t} = -\nabla \cdot V_m \tilde J_i, \qquad
    \tilde J_i = J_i + x_i v / V_m, \qquad v = -V_m \sum_k J_k$$

    with the fluxes $J_i$ in the lattice of [`diffjax.diffusivity.Multicomponent`][],
    one molar volume for all, and vacancies at equilibrium. The body keeps its volume
    and its walls stay where they are, while the lattice inside moves at $v$, and
    markers with it: $dx_m/dt = v(x_m, t)$.

    On a grid with one axis, planar, cylindrical or spherical. Fields have one number
    per component in each cell: shape `(cells, n)`; they sum to one.

    **Error:** second order in the cell width. Each component is kept to round-off, and
    the sum of the fractions too; no fraction is clipped. Markers that start on a step
    err by the first order of the cell width there, since the lattice is fastest while
    the profile is thinner than a cell: use [`diffjax.grid.graded`][].

    !!! example

        ```python
        brass = djx.diffusivity.Multicomponent({"Cu": 1e-14, "Zn": 4e-14})
        grid = djx.grid.graded(-1e-3, 1e-3, 200, centre=0.0, finest=1e-6)
        couple = djx.grid.step(grid, 0.0, jnp.array([0.7, 0.3]), jnp.array([1.0, 0.0]))
        equation = djx.equations.Interdiffusion(brass, markers=jnp.array([0.0]))
        solution = djx.solve(equation, grid, couple, djx.Anneal(3.6e5, 1058.0))
        solution.markers  # where the wires went
        ```
    """

    flux: Counterflow
    walls: Walls
    wires: Float[Array, " markers"] | None

    def __init__(
        self,
        law: Multicomponent,
        walls: Walls | None = None,
        *,
        markers: Numbers | None = None,
    ):
        """**Arguments:**

        - `law`: a [`diffjax.diffusivity.Multicomponent`][].
        - `walls`: closed by default. [`diffjax.grid.FixedValue`][] holds a mixture,
            shape `(n,)`; [`diffjax.grid.FixedFlux`][] has one flux per component,
            shape `(n,)`, which sum to 0 (of a function the last one is taken from the
            others).
        - `markers`: positions of markers in the lattice at the start, in m; shape
            `(markers,)`. At walls that let nothing in, or a given flux, the lattice is
            taken to rest.

        **Raises:** `ValueError` if any of these is something else.
        """
        if not isinstance(law, Multicomponent):
            raise ValueError(
                "`Interdiffusion(law=...)` must be a "
                f"`diffjax.diffusivity.Multicomponent`; got {law!r}."
            )
        if not isinstance(walls, Walls | None):
            raise ValueError(
                "`Interdiffusion(walls=...)` must be a `diffjax.grid.Walls`; got "
                f"{walls!r}."
            )
        self.flux = Counterflow(law)
        self.walls = Walls() if walls is None else walls
        self.wires = None
        if markers is not None:
            wires = all_numbers(markers, "Interdiffusion(markers=...)", "m")
            if wires.ndim != 1 or wires.shape[0] == 0:
                raise ValueError(
                    "`Interdiffusion(markers=...)` must have shape `(markers,)` (m); "
                    f"got {wires.shape}."
                )
            self.wires = wires
        _check_walls(self.walls, law.components)

    @property
    def law(self) -> Multicomponent:
        """The kinetics at a point."""
        return self.flux.law

    @property
    def components(self) -> tuple[str, ...]:
        """Names of the components, in the order of the fractions."""
        return self.flux.law.components

    @property
    def bounds(self) -> tuple[float, float]:
        """A fraction lies from 0 to 1."""
        return 0.0, 1.0

    @property
    def markers(self) -> Float[Array, " markers"] | None:
        """Positions of the markers at the start, in m; `None` without any."""
        return self.wires

    def openings(self, grid: Grid) -> tuple[str, ...]:
        """The two walls; see `AbstractEquation.openings`."""
        del grid
        return ("x lower", "x upper")

    def start(self, field: Float[Array, "cells n"]) -> Float[Array, "cells n"]:
        """A first field, after asking that its fractions sum to one.

        **Raises:** `ValueError` that says where they do not, or leave 0 to 1.
        """
        slack = sum_slack(field.dtype)
        numbers = known(field)
        off = abs(numbers.sum(-1) - 1) > slack
        out = ((numbers < -slack) | (numbers > 1 + slack)).any(-1)

        def sentence(bad, wanted):
            def say():
                cell = int(np.argmax(np.asarray(bad)))
                return (
                    f"`solve(initial=...)` must hold fractions that {wanted} (no unit) "
                    f"in each cell; got {value_of(numbers[cell])} of "
                    f"{', '.join(self.components)} in cell {cell}."
                )

            if traced(numbers):
                return f"`solve(initial=...)` must hold fractions that {wanted}."
            return say

        field = require(field, ~off, sentence(off, "sum to 1"))
        return require(field, ~out, sentence(out, "lie from 0 to 1"))

    def fit(self, grid: Grid) -> None:
        """Checks that the grid has one axis, and that markers lie on it."""
        if grid.dimension != 1 or grid.solid is not None:
            raise ValueError(
                "`Interdiffusion` needs a grid with one axis and no mask; got "
                f"{grid.dimension} axes."
            )
        if self.wires is not None and not traced(self.wires, grid):
            # NumPy's: inside a compiled function, cutting out a wall is traced.
            wires, faces = np.asarray(self.wires), np.asarray(grid.faces)
            if not np.all((wires >= faces[0]) & (wires <= faces[-1])):
                raise ValueError(
                    "`Interdiffusion(markers=...)` must lie in the grid, "
                    f"{faces[0]:g} to {faces[-1]:g} m; got "
                    f"{value_of(wires)}."
                )

    def ready(
        self, grid: Grid, start: Float[Array, "cells n"], anneal: PyTree
    ) -> "Interdiffusion":
        """The equation itself, after asking that the start is no spinodal mixture.

        Cells are asked, and mixtures on the straight lines between neighbours.

        **Raises:** `ValueError` that says where it un-mixes, and how unstable it is.
        """
        self.fit(grid)
        phase = in_precision(self.flux.law.gibbs, start.dtype)
        if traced(phase, start, anneal):
            return self
        # Numbers, although something else of the call may be traced.
        with jax.ensure_compile_time_eval():
            mixtures, stability, hot = jax.device_get(
                _least_stable(phase, start, anneal)
            )
        if float(stability) <= 0:
            raise ValueError(
                "`solve(initial=...)` leads through the spinodal: "
                f"{value_of(mixtures)} of {', '.join(self.components)} un-mixes at "
                f"{float(hot):g} K (smallest thermodynamic factor "
                f"{float(stability):.3g}, must be > 0). Without a gradient energy that "
                "is not well posed."
            )
        return self

    def term(self, grid: Grid, anneal: PyTree) -> InterdiffusionTerm:
        """The equation on a grid; see `AbstractEquation.term`."""
        self.fit(grid)
        return InterdiffusionTerm(self.flux, self.walls, grid, anneal)

    def velocity(
        self,
        grid: Grid,
        composition: Numbers,
        temperature: ArrayLike,
        time: ArrayLike = 0.0,
    ) -> Float[Array, " faces"]:
        """Velocity of the lattice at the faces of the grid: the Kirkendall effect.

        **Arguments:**

        - `grid`: a [`diffjax.grid.Grid`][] with one axis.
        - `composition`: fractions in the cells; shape `(cells, n)`.
        - `temperature`, `time`: in K and s.

        **Returns:** along the axis, relative to the walls, in m/s; shape
        `(cells + 1,)`.

        **Raises:** `ValueError` if the shape is another.
        """
        x = real(composition)
        if x.shape != (*grid.shape, len(self.components)):
            raise ValueError(
                "`velocity(composition=...)` must have shape "
                f"{(*grid.shape, len(self.components))}, fractions of "
                f"{', '.join(self.components)} in each cell; got {x.shape}."
            )
        hot = jnp.asarray(temperature, dtype=x.dtype)
        equation, grid = in_precision((self, grid), x.dtype)
        return _velocity(equation, grid, x, hot, jnp.asarray(time, dtype=x.dtype))

    def at_rest(
        self,
        grid: Grid,
        start: Float[Array, "cells n"],
        temperature: Float[Array, ""],
    ) -> Float[Array, "cells n"] | None:
        """The mean in a closed body; see `AbstractEquation.at_rest`."""
        del temperature
        if not closed(self.walls, grid):
            return None
        share = grid.volumes / jnp.sum(grid.volumes)
        return jnp.broadcast_to(share @ start, start.shape)

    def smallest_diffusivity(
        self,
        grid: Grid,
        composition: Float[Array, "cells n"],
        temperature: Float[Array, ""],
    ) -> Float[Array, ""]:
        """Smallest eigenvalue of the interdiffusion coefficients, in m²/s; a scalar.

        In the cells, and at the means of neighbours: between two mixtures that are
        stable alone there may be one that is not.
        """
        del grid
        # A diagnosis: eigenvalues that meet have no slopes.
        law, x, hot = jax.tree.map(
            lambda v: jax.lax.stop_gradient(v) if eqx.is_array(v) else v,
            (self.flux.law, jnp.clip(composition, 0.0, 1.0), temperature),
        )
        x = jnp.concatenate([x, 0.5 * (x[1:] + x[:-1])])
        return jnp.min(jax.vmap(lambda x: law.slowest(x, hot))(x))


@eqx.filter_jit
def _velocity(equation, grid, x, temperature, time) -> Float[Array, " faces"]:
    entered = jnp.zeros((2, x.shape[-1]), dtype=x.dtype)
    term = equation.term(grid, Isothermal(temperature))
    return term.velocity(time, State(x, entered))


@eqx.filter_jit
def _least_stable(
    phase: AbstractGibbs,
    start: Float[Array, "cells n"],
    anneal: PyTree,
) -> tuple[Float[Array, " n"], Float[Array, ""], Float[Array, ""]]:
    """The least stable mixture, its stability, and the temperature."""
    n = start.shape[-1]
    times = jnp.concatenate(
        [jnp.zeros(1), real(anneal.corners), real(anneal.duration)[None]]
    )
    temperatures = jax.vmap(anneal.temperature_at)(times).astype(start.dtype)
    # Only the widest jumps of each component can hide a mixture between two cells.
    jumps = jnp.argmax(jnp.abs(start[1:] - start[:-1]), axis=0)
    s = jnp.linspace(0.0, 1.0, 17, dtype=start.dtype)[None, :, None]
    lines = start[jumps][:, None] * (1 - s) + start[jumps + 1][:, None] * s
    mixtures = jnp.concatenate([start, lines.reshape(-1, n)])
    at = lambda x, hot: phase.stability(jnp.clip(x, 0.0, 1.0), hot)
    values = jax.vmap(lambda hot: jax.vmap(lambda x: at(x, hot))(mixtures))(
        temperatures
    )
    time, row = jnp.unravel_index(jnp.argmin(values), values.shape)
    return mixtures[row], values[time, row], temperatures[time]


def _check_walls(walls: Walls, components: tuple[str, ...]) -> None:
    n = len(components)
    others = (*walls.y, *walls.z, walls.surface)
    if not all(isinstance(wall, NoFlux) for wall in others):
        raise ValueError("`Interdiffusion(walls=...)` has walls along x only.")
    for wall in walls.x:
        if isinstance(wall, NoFlux):
            continue
        if not isinstance(wall, FixedValue | FixedFlux):
            raise ValueError(
                "`Interdiffusion(walls=...)` takes `NoFlux`, `FixedValue` and "
                f"`FixedFlux`; got {type(wall).__name__}."
            )
        held = wall.value if isinstance(wall, FixedValue) else wall.outward
        if callable(held):
            continue
        kind = type(wall).__name__
        if held.shape != (n,):
            raise ValueError(
                f"`{kind}` of an `Interdiffusion` must have shape ({n},), one for each "
                f"of {', '.join(components)}; got {held.shape}."
            )
        slack = sum_slack(held.dtype)
        if isinstance(wall, FixedValue):
            ok = lambda v: (abs(v.sum() - 1) <= slack) & (v >= 0) & (v <= 1)
            wanted = "fractions from 0 to 1 that sum to 1 (no unit)"
        else:
            ok = lambda v: finite(v) & (abs(v.sum()) <= slack * abs(v).max())
            wanted = "fluxes that sum to 0 (m/s)"
        require(held, ok, f"`{kind}` of an `Interdiffusion` must hold {wanted}.")
