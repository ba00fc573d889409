r"""Elastic equilibrium on a periodic grid of the project, as a field for potentials."""

import itertools

import jax.numpy as jnp
from jaxtyping import Array, Float

from .._checks import all_numbers, require, require_kinds
from .._shapes import Numbers
from ..grid import Grid, Walls
from ._field import AbstractElasticField, point
from ._periodic import periodic_fields, PeriodicFields, Scheme
from ._stiffness import AbstractStiffness


_AXES = "x", "y", "z"


class GridField(AbstractElasticField):
    r"""Strain and stress that are known at the centres of a periodic grid.

    Straight lines between the centres, and round the period. At the centres it has the
    values of `fields`, to round-off; between them $\sigma = C : \varepsilon$ holds
    where one stiffness serves all cells.

    **Error:** between the centres, second order in their distance.
    """

    fields: PeriodicFields
    lower: Float[Array, " d"]
    widths: Float[Array, " d"]

    def __init__(self, grid: Grid, fields: PeriodicFields):
        """**Arguments:**

        - `grid`: a [`diffjax.grid.Grid`][] of equal cells.
        - `fields`: on its cells, an axis that it lacks counting as one cell.

        **Raises:** `ValueError` if the shapes do not fit or cells are not equal.
        """
        require_kinds("GridField", grid=(grid, Grid), fields=(fields, PeriodicFields))
        shape = _three(grid.shape)
        if fields.stress.shape != (*shape, 3, 3):
            raise ValueError(
                f"`GridField(fields=...)` must have shape {(*shape, 3, 3)}, one tensor "
                f"per cell of the grid; got {fields.stress.shape}."
            )
        self.widths = _equal_widths(grid, "GridField")
        self.lower = jnp.stack([axis.faces[0] for axis in grid.axes])
        self.fields = fields

    def strain(self, position: Numbers) -> Float[Array, "3 3"]:
        """The strain, no unit; shape `(3, 3)`; `position` in m."""
        return self._between(self.fields.strain, position)

    def stress(self, position: Numbers) -> Float[Array, "3 3"]:
        """The stress, in Pa; shape `(3, 3)`; `position` in m."""
        return self._between(self.fields.stress, position)

    def _between(self, values, position):
        d = self.lower.size
        # In cells, from the first centre.
        x = (point(position)[:d] - self.lower) / self.widths - 0.5
        below = jnp.floor(x)
        share = (x - below).astype(values.dtype)
        found = jnp.zeros((3, 3), values.dtype)
        for corner in itertools.product((0, 1), repeat=d):
            weight = jnp.ones((), values.dtype)
            where = [0, 0, 0]
            for k, up in enumerate(corner):
                weight = weight * (share[k] if up else 1 - share[k])
                where[k] = (below[k].astype(int) + up) % values.shape[k]
            found = found + weight * values[tuple(where)]
        return found


def grid_fields(
    grid: Grid,
    walls: Walls,
    eigenstrain: Numbers,
    stiffness: AbstractStiffness | Numbers,
    *,
    mean_strain: Numbers | None = None,
    mean_stress: Numbers | None = None,
    scheme: Scheme = "spectral",
    rtol: float = 1e-8,
    max_steps: int = 500,
) -> GridField:
    r"""The elastic field of a periodic body on one of the project's grids.

    [`diffjax.mechanics.periodic_fields`][] for a grid and its walls. What comes back
    can stand in [`diffjax.potentials.Stress`][] and [`diffjax.potentials.Elastic`][].
    Nothing changes along an axis that the grid lacks.

    **Arguments:**

    - `grid`: planar, of equal cells along each axis, without a mask.
    - `walls`: [`diffjax.grid.Periodic`][] along every axis of the grid.
    - `eigenstrain`: $\varepsilon^*$ of the cells, no unit; shape `(*cells, 3, 3)`, e.g.
        of [`diffjax.mechanics.vegard_strain`][] or [`diffjax.mechanics.cut_cells`][].
    - `stiffness`: of the body, or Voigt's matrices of the cells, in Pa; shape
        `(*cells, 6, 6)`.
    - `mean_strain`, `mean_stress`, `scheme`, `rtol`, `max_steps`: as in
        [`diffjax.mechanics.periodic_fields`][].

    **Returns:** a [`diffjax.mechanics.GridField`][], whose `fields` are those of
    [`diffjax.mechanics.periodic_fields`][].

    **Raises:** `ValueError` if a wall is not periodic, the grid is not of the kind
    above, or as [`diffjax.mechanics.periodic_fields`][].

    !!! example

        ```python
        grid = djx.grid.uniform((0.0, 0.0), (32e-9, 32e-9), (32, 32))
        ring = djx.grid.Periodic()
        c = jnp.zeros(grid.shape).at[10:20, 10:20].set(0.3)
        field = djx.mechanics.grid_fields(
            grid,
            djx.grid.Walls(x=ring, y=ring),
            djx.mechanics.vegard_strain(c, expansion=0.05),
            djx.mechanics.IsotropicStiffness(210e9, 0.29),
        )
        pull = djx.potentials.Stress(8e-30, field)
        ```
    """
    door = "grid_fields"
    require_kinds(door, grid=(grid, Grid), walls=(walls, Walls))
    if grid.geometry != "planar" or grid.solid is not None:
        raise ValueError(f"`{door}(grid=...)` must be planar and without a mask.")
    walls.fit(grid)
    ring = walls.periodic_along(grid.dimension)
    closed = [name for name, turns in zip(_AXES, ring) if not turns]
    if closed:
        raise ValueError(
            f"`{door}(walls=...)` must be `Periodic()` along every axis of the grid; "
            f"not so along {' and '.join(closed)}. Fourier's waves know no walls."
        )
    widths = _equal_widths(grid, door)
    d = grid.dimension
    # A width along axes that are not there plays no part.
    sizes = jnp.concatenate([widths, jnp.full(3 - d, jnp.min(widths))])
    shape = _three(grid.shape)
    free = all_numbers(eigenstrain, f"{door}(eigenstrain=...)", "no unit")
    if free.shape != (*grid.shape, 3, 3):
        raise ValueError(
            f"`{door}(eigenstrain=...)` must have shape {(*grid.shape, 3, 3)} (no "
            f"unit); got {free.shape}."
        )
    body = stiffness
    if not isinstance(body, AbstractStiffness):
        body = all_numbers(body, f"{door}(stiffness=...)", "Pa")
        if body.shape != (*grid.shape, 6, 6):
            raise ValueError(
                f"`{door}(stiffness=...)` must be a stiffness, or have shape "
                f"{(*grid.shape, 6, 6)} (Pa); got {body.shape}."
            )
        body = body.reshape(*shape, 6, 6)
    fields = periodic_fields(
        free.reshape(*shape, 3, 3),
        body,
        sizes,
        mean_strain=mean_strain,
        mean_stress=mean_stress,
        scheme=scheme,
        rtol=rtol,
        max_steps=max_steps,
    )
    return GridField(grid, fields)


def _three(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (*shape, *(1,) * (3 - len(shape)))


def _equal_widths(grid: Grid, door: str) -> Float[Array, " d"]:
    """The width of a cell along each axis, in m."""
    sizes = []
    for name, axis in zip(_AXES, grid.axes):
        widths = axis.widths
        if not grid.even:
            slack = 64 * float(jnp.finfo(widths.dtype).eps) * jnp.max(abs(axis.faces))
            widths = require(
                widths,
                jnp.all(abs(widths - widths[0]) <= slack),
                f"`{door}(grid=...)` must have equal cells along {name} (m).",
            )
        sizes.append((axis.faces[-1] - axis.faces[0]) / axis.cells)
    return jnp.stack(sizes)
