"""Bonds between the cells of a grid: the one place where fields are shifted."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float


Offset = tuple[int, ...]
"""From one cell to another, in cells along each axis."""


def reach_of(offsets: Sequence[Offset]) -> tuple[int, ...]:
    """The longest reach of some offsets along each axis, in cells.

    **Arguments:**

    - `offsets`: at least one.

    **Returns:** one integer per axis.
    """
    return tuple(max(map(abs, along)) for along in zip(*offsets))


def extend(
    field: Float[Array, "*cells"],
    reach: tuple[int, ...],
    periodic: tuple[bool, ...],
    outside: float | None = None,
) -> Float[Array, "*more"]:
    """A field with a rim of further cells around it.

    **Arguments:**

    - `field`: values in the cells; any unit; shape `(*cells,)`.
    - `reach`: width of the rim along each axis, in cells.
    - `periodic`: along which axes the rim repeats the other side.
    - `outside`: value of the rim along the other axes; the nearest cell's if `None`.

    **Returns:** the same unit; `2 * reach` cells more along each axis.
    """
    for axis, (width, wraps) in enumerate(zip(reach, periodic)):
        if not width:
            continue
        if wraps:
            # Repeated as often as it takes: the reach may exceed the cells.
            cells = np.arange(-width, field.shape[axis] + width) % field.shape[axis]
            if width <= field.shape[axis]:
                head = jax.lax.slice_in_dim(
                    field, field.shape[axis] - width, None, axis=axis
                )
                tail = jax.lax.slice_in_dim(field, 0, width, axis=axis)
                field = jnp.concatenate([head, field, tail], axis=axis)
            else:
                field = jnp.take(field, cells, axis=axis)
            continue
        rim = [(0, 0)] * field.ndim
        rim[axis] = (width, width)
        if outside is None:
            field = jnp.pad(field, rim, mode="edge")
        else:
            field = jnp.pad(field, rim, constant_values=outside)
    return field


def shifted(
    extended: Float[Array, "*more"],
    offset: Offset,
    reach: tuple[int, ...],
) -> Float[Array, "*cells"]:
    """What every cell sees at an offset from itself.

    **Arguments:**

    - `extended`: a field with a rim, of `extend`; any unit.
    - `offset`: at most `reach` along each axis.
    - `reach`: width of the rim.

    **Returns:** the field at `cell + offset`, for every cell; shape `(*cells,)`.
    """
    starts = [width + step for width, step in zip(reach, offset)]
    stops = [
        start + size - 2 * width
        for start, size, width in zip(starts, extended.shape, reach)
    ]
    return jax.lax.slice(extended, starts, stops)


def inside(
    offset: Offset, shape: tuple[int, ...], periodic: tuple[bool, ...]
) -> Bool[Array, "*cells"] | None:
    """Which cells have a partner at an offset; `None` where all of them do.

    **Arguments:**

    - `offset`: in cells along each axis.
    - `shape`: of the field.
    - `periodic`: along which axes the grid closes upon itself.

    **Returns:** truth values; shape `(*cells,)`.
    """
    there = None
    for axis, step in enumerate(offset):
        if not step or periodic[axis]:
            continue
        partner = jax.lax.broadcasted_iota(jnp.int32, shape, axis) + step
        here = (partner >= 0) & (partner < shape[axis])
        there = here if there is None else there & here
    return there


def along_axis(
    field: Float[Array, "*cells"],
    weight: Float[Array, "..."],
    axis: int,
    periodic: bool,
    back: Float[Array, "*cells"] | None = None,
) -> Float[Array, "*cells"]:
    """What the bonds between neighbours along one axis bring to each cell.

    **Arguments:**

    - `field`: values in the cells; any unit.
    - `weight`: rates of the bonds that start in each cell, in 1/s; shape `(*cells,)`,
        or one number.
    - `axis`: of the bonds.
    - `periodic`: whether the last cell is bound to the first.
    - `back`: rates of the same bonds on the way back, in 1/s; as `weight` by default.

    **Returns:** the field's unit per s; shape `(*cells,)`. What leaves one cell enters
    its neighbour.
    """
    last = field.shape[axis] - 1
    cut = lambda x, start, stop: jax.lax.slice_in_dim(x, start, stop, axis=axis)

    def pass_by(near, far, start, stop):
        """What passes some bonds towards the cells where they start."""
        part = lambda rate: cut(rate, start, stop) if rate.ndim else rate
        if back is None:
            return part(weight) * (far - near)
        return part(back) * far - part(weight) * near

    low, high = cut(field, 0, last), cut(field, 1, last + 1)
    passed = pass_by(low, high, 0, last)
    beside = lambda before, after: jax.lax.pad(
        passed,
        jnp.zeros((), passed.dtype),
        [(before, after, 0) if k == axis else (0, 0, 0) for k in range(field.ndim)],
    )
    out = beside(0, 1) - beside(1, 0)
    if not periodic:
        return out
    first, end = cut(field, 0, 1), cut(field, last, last + 1)
    seam = pass_by(end, first, last, last + 1)
    cell = jax.lax.broadcasted_iota(jnp.int32, field.shape, axis)
    return out + jnp.where(cell == last, seam, 0.0) - jnp.where(cell == 0, seam, 0.0)
