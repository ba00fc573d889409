"""Values between the cells of a grid with any number of axes."""

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Bool, Float, Int

from .._checks import real, value_of
from .._shapes import Numbers
from ._fields import interpolate, monotone_slope
from ._grid import Axis, Grid


NAMES = ("x", "y", "z")


def sample(
    grid: Grid, field: Float[Array, "*cells"], positions: Numbers
) -> Float[Array, "*points"]:
    """A field at positions, by monotone cubic interpolation along one axis after the
    other.

    Along each axis the rule is that of [`diffjax.grid.interpolate`][], so on a grid
    with more axes a field that changes along one of them only is interpolated as on one
    axis.

    **Arguments:**

    - `grid`: a [`diffjax.grid.Grid`][].
    - `field`: one value per cell, any unit; shape `(*cells,)`.
    - `positions`: inside the grid, in m; any shape on a grid with one axis, `(..., d)`
        on one with $d$ axes.

    **Returns:**

    Values in the unit of `field`; shape of `positions`, without the last axis where
    $d > 1$. Never above or below the values of the $2^d$ centres around the position.
    Between a wall and the nearest centre: as at that centre. Void cells are not used,
    and a position in one gives NaN. Differentiable in `positions` and `field`; the
    first derivative in `positions` is continuous.

    **Raises:** `ValueError` if the last axis of `positions` is not $d$, or if a known
    position lies outside the grid.

    **Error:** third order in the spacing of the centres where the field is smooth and
    monotone along each axis, second order at extrema. Values that are cell averages
    differ from those at the centres by second order. First order within half a cell
    of a wall at which the field has a slope.
    """
    x = within(grid, positions, "sample(positions=...)")
    solid = mask(grid)
    if grid.dimension == 1 and solid is None:
        return interpolate(grid.centres, field, x)
    if solid is None:
        solid = jnp.ones(grid.shape, bool)
    found = _at_many(grid.axes, field, solid, x.reshape(-1, grid.dimension))
    return found.reshape(x.shape if grid.dimension == 1 else x.shape[:-1])


def section(
    grid: Grid, field: Float[Array, "*cells"], axis: int, position: Numbers
) -> Float[Array, "*others"]:
    """A field on the plane (or line) that cuts one axis of the grid at a position.

    **Arguments:**

    - `grid`: a [`diffjax.grid.Grid`][].
    - `field`: one value per cell, any unit; shape `(*cells,)`.
    - `axis`: the axis that is cut: 0, 1, ..., no unit.
    - `position`: along that axis, in m; a scalar.

    **Returns:**

    Values over the centres of the other axes, in the unit of `field`; shape `(*cells,)`
    without the axis. Interpolated, and NaN in void cells, as by
    [`diffjax.grid.sample`][].

    **Raises:** `ValueError` if a known position lies outside the grid.

    **Error:** as [`diffjax.grid.sample`][].
    """
    x = at_one_place(grid, axis, position, "section(position=...)")
    solid = mask(grid)
    if solid is None:
        solid = jnp.ones(grid.shape, bool)
    last = lambda array: jnp.moveaxis(array, axis, -1)
    return _cut(grid.axes[axis], last(field), last(solid), x)


def mask(grid: Grid) -> Bool[Array, "*cells"] | None:
    """Which cells belong to the body; `None` where all do."""
    return getattr(grid, "solid", None)


def within(grid: Grid, positions: Numbers, name: str) -> Float[Array, "..."]:
    """Positions as an array in the grid's precision, known ones checked.

    **Arguments:**

    - `grid`: a [`diffjax.grid.Grid`][].
    - `positions`: in m; shape `(..., d)`, or any shape where $d$ is 1.
    - `name`: of the argument, for the sentence.

    **Returns:** positions in m; same shape.

    **Raises:** `ValueError` as [`diffjax.grid.sample`][].
    """
    if grid.dimension == 1:
        return _inside(positions, grid.axes, "the grid", name)
    x = real(positions)
    if x.ndim == 0 or x.shape[-1] != grid.dimension:
        raise ValueError(
            f"`{name}` must have shape `(..., {grid.dimension})` on a grid with "
            f"{grid.dimension} axes (m); got {x.shape}."
        )
    return _inside(positions, grid.axes, "the grid", name)


def at_one_place(
    grid: Grid, axis: int, position: Numbers, name: str
) -> Float[Array, ""]:
    """One position along an axis in the grid's precision, checked where known.

    **Arguments:**

    - `grid`: a [`diffjax.grid.Grid`][].
    - `axis`: 0, 1, ..., no unit.
    - `position`: in m; a scalar.
    - `name`: of the argument, for the sentence.

    **Returns:** the position in m; a scalar.

    **Raises:** `ValueError` as [`diffjax.grid.section`][].
    """
    if jnp.ndim(real(position)):
        raise ValueError(
            f"`{name}` must be one number (m); got an array of shape "
            f"{real(position).shape}."
        )
    place = f"the grid along {NAMES[axis]}"
    return _inside(position, (grid.axes[axis],), place, name)


def _inside(
    positions: Numbers, axes: tuple[Axis, ...], place: str, name: str
) -> Float[Array, "..."]:
    """Positions, after asking that the known ones lie between the walls."""
    x = real(positions)
    if not any(isinstance(a, Tracer) for a in (x, *(axis.faces for axis in axes))):
        low = np.array([float(axis.faces[0]) for axis in axes])
        high = np.array([float(axis.faces[-1]) for axis in axes])
        slack = 1e-9 * (high - low) + 4 * np.finfo(x.dtype).eps * np.abs(high)
        given = np.asarray(x)
        if not np.all((given >= low - slack) & (given <= high + slack)):
            walls = " and ".join(f"{a:g} to {b:g} m" for a, b in zip(low, high))
            raise ValueError(
                f"`{name}` must lie in {place}, {walls}; got {value_of(positions)}."
            )
    return x.astype(axes[0].faces.dtype)


def _cell(axis: Axis, x: Float[Array, ""]) -> Int[Array, ""]:
    """The cell that holds a position."""
    return jnp.clip(jnp.searchsorted(axis.faces, x) - 1, 0, axis.cells - 1)


def _stencil(
    axis: Axis, x: Float[Array, ""]
) -> tuple[Float[Array, "4"], Int[Array, "4"], Bool[Array, "4"]]:
    """The two centres on each side of a position: where they are, which, and whether
    they are on the grid at all."""
    centres = axis.centres
    first = jnp.clip(jnp.searchsorted(centres, x) - 1, 0, axis.cells - 2)
    index = first + jnp.arange(-1, 3, dtype=first.dtype)
    there = (index >= 0) & (index < axis.cells)
    index = jnp.clip(index, 0, axis.cells - 1)
    return centres[index], index, there


@jax.jit
def _at_many(
    axes: tuple[Axis, ...],
    field: Float[Array, "*cells"],
    solid: Bool[Array, "*cells"],
    points: Float[Array, "points d"],
) -> Float[Array, " points"]:
    return jax.vmap(lambda point: _at_one(axes, field, solid, point))(points)


def _at_one(
    axes: tuple[Axis, ...],
    field: Float[Array, "*cells"],
    solid: Bool[Array, "*cells"],
    point: Float[Array, " d"],
) -> Float[Array, ""]:
    nodes, indices, there = zip(*(_stencil(a, x) for a, x in zip(axes, point)))
    mesh = jnp.ix_(*indices)
    values, have = field[mesh], solid[mesh]
    for k, on_grid in enumerate(there):
        shape = tuple(4 if j == k else 1 for j in range(len(axes)))
        have = have & on_grid.reshape(shape)
    whole = have
    for k in reversed(range(len(axes))):
        # One axis fewer each time; what has no neighbour at all is skipped next, and
        # what has but one gives no slope.
        values = _between(nodes[k], values, have, whole, point[k])
        whole = whole[..., 1] & whole[..., 2]
        have = have[..., 1] | have[..., 2]
    inside = solid[tuple(_cell(a, x) for a, x in zip(axes, point))]
    return jnp.where(inside, values, jnp.nan)


@jax.jit
def _cut(
    axis: Axis,
    field: Float[Array, "*others cells"],
    solid: Bool[Array, "*others cells"],
    x: Float[Array, ""],
) -> Float[Array, "*others"]:
    nodes, index, there = _stencil(axis, x)
    have = solid[..., index]
    have = have & jnp.broadcast_to(there, have.shape)
    values = _between(nodes, field[..., index], have, have, x)
    return jnp.where(solid[..., _cell(axis, x)], values, jnp.nan)


def _between(
    nodes: Float[Array, "4"],
    values: Float[Array, "*rows 4"],
    have: Bool[Array, "*rows 4"],
    whole: Bool[Array, "*rows 4"],
    x: Float[Array, ""],
) -> Float[Array, "*rows"]:
    """Monotone cubic between the two middle nodes, along the last axis.

    Where an outer node is missing or not whole, the slope is that of the secant, as at
    a wall; where a middle one is missing, the other's value holds.
    """
    # Whatever stands in a void cell, NaN too, has no part in what follows.
    y = [jnp.where(have[..., i], values[..., i], 0.0) for i in range(4)]
    first, width, last = (nodes[i + 1] - nodes[i] for i in range(3))
    # Beyond a wall the last centre stands again: no division by the distance 0.
    first, last = (jnp.where(h > 0, h, 1.0) for h in (first, last))
    secant = (y[2] - y[1]) / width
    m1 = monotone_slope((y[1] - y[0]) / first, secant, first, width)
    m2 = monotone_slope(secant, (y[3] - y[2]) / last, width, last)
    m1 = jnp.where(whole[..., 0], m1, secant)
    m2 = jnp.where(whole[..., 3], m2, secant)
    s = jnp.clip((x - nodes[1]) / width, 0.0, 1.0)
    blend = s * s * (3 - 2 * s)
    bend = width * s * (1 - s) * ((1 - s) * m1 - s * m2)
    cubic = y[1] + (y[2] - y[1]) * blend + bend
    lone = jnp.where(have[..., 1], y[1], y[2])
    return jnp.where(have[..., 1] & have[..., 2], cubic, lone)
