"""Symmetric tensors as rows of their independent components."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .._checks import real
from .._shapes import Numbers


# Where each component stands: the diagonal, then what is off it, as Voigt did.
_PLACES = {
    1: ((0,), (0,)),
    2: ((0, 1, 0), (0, 1, 1)),
    3: ((0, 1, 2, 1, 0, 0), (0, 1, 2, 2, 2, 1)),
}
_SIZES = {1: 1, 3: 2, 6: 3}


def pack(tensor: Numbers) -> Float[Array, "*batch components"]:
    """The independent components of a symmetric tensor.

    (xx) in one dimension, (xx, yy, xy) in two, (xx, yy, zz, yz, xz, xy) in three. No
    factors: an off-diagonal component is the tensor's own.

    **Arguments:**

    - `tensor`: symmetric, any unit; shape `(*batch, d, d)` with `d` = 1, 2 or 3. Of the
        two halves their mean is taken.

    **Returns:** the components, same unit; shape `(*batch, d (d + 1) / 2)`.

    **Raises:** `ValueError` if the shape is none of these.
    """
    array = real(tensor)
    size = array.shape[-1] if array.ndim else 0
    if array.ndim < 2 or array.shape[-2] != size or size not in _PLACES:
        raise ValueError(
            "`pack(tensor=...)` must have shape `(*batch, d, d)` with d = 1, 2 or 3; "
            f"got {array.shape}."
        )
    i, j = map(np.array, _PLACES[size])
    return 0.5 * array[..., i, j] + 0.5 * array[..., j, i]


def unpack(components: Numbers) -> Float[Array, "*batch d d"]:
    """The symmetric tensor of its independent components.

    **Arguments:**

    - `components`: in the order of [`diffjax.tensors.pack`][], any unit; shape
        `(*batch, 1)`, `(*batch, 3)` or `(*batch, 6)`.

    **Returns:** the tensor, same unit; shape `(*batch, d, d)`.

    **Raises:** `ValueError` if the shape is none of these.
    """
    array = real(components)
    size = _SIZES.get(array.shape[-1] if array.ndim else 0)
    if size is None:
        raise ValueError(
            "`unpack(components=...)` must have 1, 3 or 6 numbers in its last axis; "
            f"got shape {array.shape}."
        )
    where = np.zeros((size, size), dtype=int)
    for k, (i, j) in enumerate(zip(*_PLACES[size])):
        where[i, j] = where[j, i] = k
    rows = [jnp.stack([array[..., k] for k in row], axis=-1) for row in where]
    return jnp.stack(rows, axis=-2)
