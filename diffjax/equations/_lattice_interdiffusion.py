r"""Interdiffusion in the frame of the lattice: the grid moves, faces are markers."""

import dataclasses
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float, PyTree

from .._checks import in_precision, real
from .._shapes import Numbers
from ..diffusivity import Multicomponent
from ..fluxes import Counterflow
from ..grid import FixedFlux, from_faces, Grid, NoFlux, Walls
from ._equation import Isothermal, State
from ._interdiffusion import Interdiffusion
from ._lattice_term import LatticeInterdiffusionTerm
from ._mixture_line import AbstractMixtureEquation


class LatticeInterdiffusion(AbstractMixtureEquation):
    r"""Interdiffusion seen from the lattice: each cell is a piece of lattice.

    $$\frac{\partial u_i}{\partial t} = -\frac{\partial}{\partial \xi} V_m J_i, \qquad
    x_i = \frac{u_i}{\sum_k u_k}, \qquad \frac{\partial x}{\partial \xi} = \sum_k u_k$$

    with the fluxes $J_i$ in the lattice of [`diffjax.diffusivity.Multicomponent`][],
    one molar volume $V_m$ for all, and vacancies at equilibrium. It is
    [`diffjax.equations.Interdiffusion`][] in other coordinates: $\xi$ is where a plane
    of the lattice was at the start and $x(\xi, t)$ where it is now. The faces of the
    grid are markers, and follow with their cells: there is no velocity to integrate.

    A field holds the amounts of the components in each cell over what the cell held at
    the start: shape `(cells, n)`. A run starts from fractions; from then on the sum of
    a cell says how far it was stretched. `fractions`, `places`, `strain` and `in_space`
    read a field.

    On planar grids with one axis: elsewhere the area of a moving face depends on all
    cells below it.

    **Error:** second order in the cell width; each component is kept to round-off.
    Where two sides of a couple meet the lattice is stretched by a power of time,
    without bound: the strain of the two cells there does not converge, and an unstable
    Kirkendall plane opens a gap of wide cells. Take fine ones there:
    [`diffjax.grid.graded`][]. Where a pure component is some hundred times as fast as
    the others cells are emptied, and steps become many.

    !!! example

        ```python
        brass = djx.diffusivity.Multicomponent({"Cu": 1e-14, "Zn": 4e-14})
        grid = djx.grid.graded(-1e-3, 1e-3, 200, centre=0.0, finest=1e-6)
        couple = djx.grid.step(grid, 0.0, jnp.array([0.7, 0.3]), jnp.array([1.0, 0.0]))
        equation = djx.equations.LatticeInterdiffusion(brass)
        solution = djx.solve(equation, grid, couple, djx.Anneal(3.6e5, 1058.0))
        faces = equation.places(grid, solution.ys[-1])  # where the markers went
        now = equation.in_space(solution)  # fractions over positions, for pictures
        ```
    """

    flux: Counterflow
    walls: Walls

    def __init__(self, law: Multicomponent, walls: Walls | None = None):
        """**Arguments:**

        - `law`: a [`diffjax.diffusivity.Multicomponent`][].
        - `walls`: closed by default. [`diffjax.grid.FixedFlux`][] has one flux per
            component through the outermost plane of the lattice, shape `(n,)`; they
            need not sum to 0: what comes in makes the last cell longer, and the body.

        **Raises:** `ValueError` if any of these is something else, a wall that holds a
        mixture too: there the lattice passes through the wall.
        """
        if not isinstance(law, Multicomponent):
            raise ValueError(
                "`LatticeInterdiffusion(law=...)` must be a "
                f"`diffjax.diffusivity.Multicomponent`; got {law!r}."
            )
        if not isinstance(walls, Walls | None):
            raise ValueError(
                "`LatticeInterdiffusion(walls=...)` must be a `diffjax.grid.Walls`; "
                f"got {walls!r}."
            )
        self.flux = Counterflow(law)
        self.walls = Walls() if walls is None else walls
        _check_walls(self.walls, law.components)

    @property
    def law(self) -> Multicomponent:
        """The kinetics at a point."""
        return self.flux.law

    @property
    def components(self) -> tuple[str, ...]:
        """Names of the components, in the order of the amounts."""
        return self.flux.law.components

    @property
    def bounds(self) -> tuple[float, float]:
        """No amount is less than 0, so that fractions lie from 0 to 1."""
        return 0.0, float("inf")

    @property
    def markers(self) -> None:
        """None beside the faces."""

    def fractions(self, field: Numbers) -> Float[Array, "... n"]:
        """Fractions in the cells.

        **Arguments:**

        - `field`: as of a solution; shape `(..., cells, n)`.

        **Returns:** no unit; the same shape.

        **Raises:** `ValueError` if the shape is another.
        """
        u = self._shaped(field, "fractions(field=...)")
        return u / jnp.sum(u, axis=-1, keepdims=True)

    def strain(self, field: Numbers) -> Float[Array, "..."]:
        r"""How far the cells were stretched, $\ln \sum_k u_k$: the cumulated strain.

        As [`diffjax.equations.lattice_strain`][] between markers at the faces.

        **Arguments:**

        - `field`: as of a solution; shape `(..., cells, n)`.

        **Returns:** no unit; shape `(..., cells)`.

        **Raises:** `ValueError` if the shape is another.
        """
        return jnp.log(jnp.sum(self._shaped(field, "strain(field=...)"), axis=-1))

    def places(self, grid: Grid, field: Numbers) -> Float[Array, "... faces"]:
        """Where the faces of the grid are now.

        A marker that started between two faces stays between them:
        `jnp.interp(start, grid.faces, equation.places(grid, field))`.

        **Arguments:**

        - `grid`: the [`diffjax.grid.Grid`][] of the run.
        - `field`: as of a solution; shape `(..., cells, n)`.

        **Returns:** in m; shape `(..., cells + 1)`. The lower wall rests.

        **Raises:** `ValueError` if a shape is another.
        """
        u = self._shaped(field, "places(field=...)", grid)
        # Displacements are summed: a lattice at rest is where it was, to the last bit.
        moved = _summed(grid, jnp.sum(u, axis=-1) - 1)
        return moved + jnp.broadcast_to(grid.faces.astype(u.dtype), moved.shape)

    def deformed(self, grid: Grid, field: Numbers) -> Grid:
        """The grid as it is now, for `fractions` to live on.

        **Arguments:**

        - `grid`: the [`diffjax.grid.Grid`][] of the run.
        - `field`: at one time; shape `(cells, n)`.

        **Raises:** `ValueError` if a shape is another.
        """
        return from_faces(self.places(grid, field))

    def in_space(self, solution: Any, index: int = -1) -> Any:
        """One moment of a run as a solution in space: fractions on the deformed grid.

        For `at`, pictures, files, and for a run that goes on from there.

        **Arguments:**

        - `solution`: a [`diffjax.Solution`][] of this equation.
        - `index`: which of the save times; the last by default.

        **Returns:** a [`diffjax.Solution`][] with that save time alone. Its balance has
        the same amounts.

        **Raises:** `ValueError` if the solution is not one of this equation.
        """
        field, grid = solution.ys[index], solution.grid
        x, one = self.fractions(field), lambda rows: rows[index][None]
        balance = dataclasses.replace(
            solution.balance,
            amount=one(solution.balance.amount),
            entered=one(solution.balance.entered),
            smallest=jnp.min(x),
            largest=jnp.max(x),
        )
        return dataclasses.replace(
            solution,
            ts=one(solution.ts),
            ys=x[None],
            grid=self.deformed(grid, field),
            balance=balance,
        )

    def velocity(
        self,
        grid: Grid,
        field: Numbers,
        temperature: ArrayLike,
        time: ArrayLike = 0.0,
    ) -> Float[Array, " faces"]:
        """Velocity of the lattice at the faces, where `places` has them.

        **Arguments:**

        - `grid`: the [`diffjax.grid.Grid`][] of the run.
        - `field`: as of a solution; shape `(cells, n)`.
        - `temperature`, `time`: in K and s.

        **Returns:** along the axis, relative to the lower wall, in m/s; shape
        `(cells + 1,)`.

        **Raises:** `ValueError` if a shape is another.
        """
        u = self._shaped(field, "velocity(field=...)", grid)
        equation, grid = in_precision((self, grid), u.dtype)
        hot, now = (jnp.asarray(x, dtype=u.dtype) for x in (temperature, time))
        return _velocity(equation, grid, u, hot, now)

    def openings(self, grid: Grid) -> tuple[str, ...]:
        """The two walls; see `AbstractEquation.openings`."""
        del grid
        return ("x lower", "x upper")

    def start(self, field: Float[Array, "cells n"]) -> Float[Array, "cells n"]:
        """A first field, after asking that its fractions sum to one.

        **Raises:** `ValueError` that says where they do not, or leave 0 to 1.
        """
        return self._fixed.start(field)

    def fit(self, grid: Grid) -> None:
        """Checks that the grid is planar and has one axis."""
        if grid.dimension != 1 or grid.solid is not None or grid.geometry != "planar":
            raise ValueError(
                "`LatticeInterdiffusion` needs a planar grid with one axis and no "
                f"mask; got a {grid.geometry} one with {grid.dimension}. "
                "`Interdiffusion` takes cylinders and spheres."
            )

    def ready(
        self, grid: Grid, start: Float[Array, "cells n"], anneal: PyTree
    ) -> "LatticeInterdiffusion":
        """The equation itself, after asking that the start is no spinodal mixture.

        **Raises:** as [`diffjax.equations.Interdiffusion`][].
        """
        self.fit(grid)
        self._fixed.ready(grid, start, anneal)
        return self

    def term(self, grid: Grid, anneal: PyTree) -> LatticeInterdiffusionTerm:
        """The equation on a grid; see `AbstractEquation.term`."""
        self.fit(grid)
        return LatticeInterdiffusionTerm(self.flux, self.walls, grid, anneal)

    def at_rest(
        self,
        grid: Grid,
        start: Float[Array, "cells n"],
        temperature: Float[Array, ""],
    ) -> None:
        """Not known without the march: how cells are stretched depends on the way."""
        del grid, start, temperature

    def smallest_diffusivity(
        self,
        grid: Grid,
        composition: Float[Array, "cells n"],
        temperature: Float[Array, ""],
    ) -> Float[Array, ""]:
        """As of [`diffjax.equations.Interdiffusion`][], in m²/s; a scalar."""
        x = self.fractions(composition)
        return self._fixed.smallest_diffusivity(grid, x, temperature)

    @property
    def _fixed(self) -> Interdiffusion:
        """The same mixture in the number-fixed frame, for what frames share."""
        return Interdiffusion(self.law)

    def _shaped(
        self, given: Numbers, name: str, grid: Grid | None = None
    ) -> Float[Array, "... n"]:
        field = real(given)
        cells = field.shape[-2:-1] if grid is None else grid.shape
        if field.ndim < 2 or field.shape[-2:] != (*cells, len(self.components)):
            shape = "cells" if grid is None else grid.cells
            raise ValueError(
                f"`{name}` must have shape (..., {shape}, {len(self.components)}), "
                f"amounts of {', '.join(self.components)} in each cell; got "
                f"{field.shape}."
            )
        return field


def _state(field: Float[Array, "cells n"]) -> State:
    return State(field, jnp.zeros((2, field.shape[-1]), dtype=field.dtype))


def _summed(grid: Grid, stretch: Float[Array, "... cells"]) -> Float[Array, "... n"]:
    """How far the faces move where cells are stretched, in m per unit of stretch."""
    widths = jnp.broadcast_to(grid.widths.astype(stretch.dtype), stretch.shape)
    grown = jnp.cumsum(widths * stretch, axis=-1)
    return jnp.concatenate([jnp.zeros_like(grown[..., :1]), grown], axis=-1)


@eqx.filter_jit
def _velocity(equation, grid, field, temperature, time) -> Float[Array, " faces"]:
    term = equation.term(grid, Isothermal(temperature))
    rate = term.rate(time, _state(field), None).composition
    return _summed(grid, jnp.sum(rate, axis=-1))


def _check_walls(walls: Walls, components: tuple[str, ...]) -> None:
    n = len(components)
    if not all(isinstance(w, NoFlux) for w in (*walls.y, *walls.z, walls.surface)):
        raise ValueError("`LatticeInterdiffusion(walls=...)` has walls along x only.")
    for wall in walls.x:
        if isinstance(wall, NoFlux):
            continue
        if not isinstance(wall, FixedFlux):
            raise ValueError(
                "`LatticeInterdiffusion(walls=...)` takes `NoFlux` and `FixedFlux`; "
                f"got {type(wall).__name__}. Through a wall that holds a mixture the "
                "lattice passes: use `Interdiffusion`."
            )
        held = wall.outward
        if callable(held):
            continue
        if held.shape != (n,):
            raise ValueError(
                f"`FixedFlux` of a `LatticeInterdiffusion` must have shape ({n},), one "
                f"for each of {', '.join(components)}; got {held.shape}."
            )
