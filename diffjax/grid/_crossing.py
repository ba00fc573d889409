"""How deep: where a profile crosses a level."""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from .._checks import one_number, real, require_kinds
from .._shapes import Numbers
from ._grid import Grid


def crossing(
    grid: Grid, field: Numbers, level: ArrayLike, *, from_upper: bool = False
) -> Float[Array, "*times"]:
    """Where a field first crosses a level, seen from one end: a case depth.

    Straight lines join the centres of the cells. The position has derivatives with
    respect to the field and the level.

    **Arguments:**

    - `grid`: a [`diffjax.grid.Grid`][] with one axis.
    - `field`: values in the cells; shape `(cells,)`, or `(times, cells)`.
    - `level`: in the unit of `field`; a scalar.
    - `from_upper`: whether to look from the upper end; from the lower one if not.

    **Returns:** position along the axis, in m; a scalar, or shape `(times,)`. NaN where
    the field does not cross the level between its first centre and its last.

    **Raises:** `ValueError` if the shape is another, or the grid has more axes.

    **Error:** second order in the cell width.

    !!! example

        ```python
        grid = djx.grid.uniform(0.0, 1e-3, 100)
        depth = djx.grid.crossing(grid, 0.05 * jnp.exp(-grid.centres / 2e-4), 0.02)
        ```
    """
    require_kinds("crossing", grid=(grid, Grid))
    c = real(field)
    if grid.dimension != 1 or c.shape[-1:] != grid.shape or c.ndim > 2:
        raise ValueError(
            "`crossing(field=...)` must have shape (cells,) or (times, cells) on a "
            f"grid with one axis; got {c.shape} on one of {grid.shape} cells."
        )
    asked = one_number(level, "crossing(level=...)", "unit of `field`")
    rise, x = c - asked.astype(c.dtype), grid.centres
    if from_upper:
        rise, x = rise[..., ::-1], x[::-1]
    changes = (rise[..., :-1] > 0) != (rise[..., 1:] > 0)
    found = jnp.any(changes, axis=-1)
    first = jnp.argmax(changes, axis=-1, keepdims=True)
    at = lambda v, i: jnp.take_along_axis(v, i, axis=-1)[..., 0]
    near, far = at(rise, first), at(rise, first + 1)
    here, there = x[first[..., 0]], x[first[..., 0] + 1]
    # Double `where`: a level that is not met divides by nothing.
    drop = jnp.where(found, near - far, 1.0)
    return jnp.where(found, here + (there - here) * near / drop, jnp.nan)
