"""Bodies of any shape, made of voxels."""

import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array

from .._checks import real
from .._shapes import Numbers
from ._grid import Grid, uniform


def voxels(
    solid: Array | np.ndarray,
    spacing: Numbers,
    lower: Numbers = 0.0,
) -> Grid:
    """A uniform grid in which only some cells belong to the body.

    A segmented image, say: the rest is void, which nothing enters. What happens where
    solid meets void is said by `Walls(surface=...)`; where the body touches the end of
    the grid, by the walls there.

    **Arguments:**

    - `solid`: which cells are solid: truth values; shape `(*cells,)` with one to three
        axes and at least 2 cells along each.
    - `spacing`: width of a cell, > 0, in m; a number, or one per axis.
    - `lower`: position of the lower corner, in m; a number, or one per axis.

    **Returns:**

    A [`diffjax.grid.Grid`][] with `solid` set.

    **Raises:** `ValueError` if `solid` holds other than truth values, has no cell set
    (nothing inside), or if a spacing is not > 0.

    **Error:** the surface is a staircase: first order in the spacing.

    !!! example

        ```python
        x, y = jnp.meshgrid(jnp.arange(-31.5, 32), jnp.arange(-31.5, 32))
        grid = djx.grid.voxels(jnp.hypot(x, y) < 25, spacing=2e-6)
        ```
    """
    given = solid if isinstance(solid, Tracer) else np.asarray(solid)
    if given.dtype != bool:
        raise ValueError(
            "`voxels(solid=...)` must hold truth values, True where the body is; got "
            f"{given.dtype} numbers."
        )
    if not 1 <= given.ndim <= 3:
        raise ValueError(
            f"`voxels(solid=...)` must have one to three axes; got {given.ndim}."
        )
    if not isinstance(given, Tracer) and not given.any():
        raise ValueError("`voxels(solid=...)` has nothing inside: no cell is True.")
    widths, corner = np.asarray(real(spacing)), np.asarray(real(lower))
    for name, value in (("spacing", widths), ("lower", corner)):
        if value.shape not in ((), (given.ndim,)):
            raise ValueError(
                f"`voxels({name}=...)` must be a number or one per axis (m), "
                f"{given.ndim} in all; got shape {value.shape}."
            )
    if not np.all((widths > 0) & np.isfinite(widths)):
        raise ValueError(f"`voxels(spacing=...)` must be > 0 (m); got {widths}.")
    low = np.broadcast_to(corner, (given.ndim,))
    high = low + np.asarray(given.shape) * widths
    grid = uniform(tuple(map(float, low)), tuple(map(float, high)), given.shape)
    return Grid(grid.axes, grid.geometry, jnp.asarray(given), True)
