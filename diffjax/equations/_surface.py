"""Bonds and the void: where a straight line first leaves a body of voxels."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from ..linear import extend, Offset, shifted


def paths_of(
    solid: Bool[Array, "*cells"],
    offset: Offset,
    periodic: tuple[bool, ...],
    dtype: np.dtype,
) -> Float[Array, "*cells"]:
    """The fraction of each bond at which it first enters a cell of void.

    **Arguments:**

    - `solid`: which cells belong to the body.
    - `offset`: of the bonds.
    - `periodic`: along which axes the grid closes upon itself; beyond the others all
        counts as solid.
    - `dtype`: of the result.

    **Returns:** between 0 and 1, and 1 where the bond stays inside; shape `(*cells,)`.
    """
    reach = tuple(max(1, abs(step)) for step in offset)
    wide = extend(solid.astype(dtype), reach, periodic, outside=1.0)
    fraction = jnp.ones(solid.shape, dtype=dtype)
    for cell, entered in reversed(_visited(offset)):
        there = shifted(wide, cell, reach)
        fraction = jnp.where(there > 0.5, fraction, jnp.asarray(entered, dtype=dtype))
    return fraction


def _visited(offset: Offset) -> list[tuple[Offset, float]]:
    """The cells that a bond passes after its first, and where it enters them."""
    cuts = {(k + 0.5) / abs(step) for step in offset if step for k in range(abs(step))}
    ends = [*sorted(cuts), 1.0]
    out = []
    for start, stop in zip(ends[:-1], ends[1:]):
        middle = 0.5 * (start + stop)
        cell = tuple(int(np.floor(middle * step + 0.5)) for step in offset)
        out.append((cell, start))
    return out
