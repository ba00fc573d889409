"""Rotations, and tensors in their principal axes."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from .._checks import real
from .._shapes import Numbers


def rotation(angle: Numbers) -> Float[Array, "*batch 2 2"]:
    """The rotation of the plane by an angle, anticlockwise (from x towards y).

    **Arguments:**

    - `angle`: in radians; shape `(*batch,)`.

    **Returns:**

    $R$, no unit, whose columns are the turned axes; shape `(*batch, 2, 2)`.

    !!! example

        ```python
        djx.tensors.from_principal([1e-13, 1e-14], djx.tensors.rotation(jnp.pi / 6))
        ```
    """
    a = real(angle)
    c, s = jnp.cos(a), jnp.sin(a)
    return jnp.stack([jnp.stack([c, -s], axis=-1), jnp.stack([s, c], axis=-1)], -2)


def rotation_from_quaternion(quaternion: Numbers) -> Float[Array, "*batch 3 3"]:
    """The rotation of space that a quaternion stands for.

    **Arguments:**

    - `quaternion`: (w, x, y, z), the scalar first; of any length but 0, no unit; shape
        `(*batch, 4)`. A free parameter of a fit may be one: no length is to be kept.

    **Returns:**

    $R$, no unit, whose columns are the turned axes; shape `(*batch, 3, 3)`.

    **Raises:** `ValueError` if the last axis does not have 4 numbers.
    """
    q = real(quaternion)
    if q.ndim == 0 or q.shape[-1] != 4:
        raise ValueError(
            "`rotation_from_quaternion(quaternion=...)` must have shape `(*batch, 4)`, "
            f"the scalar first; got {q.shape}."
        )
    w, x, y, z = (q[..., k] for k in range(4))
    twice = 2 / (w * w + x * x + y * y + z * z)
    rows = [
        [1 - twice * (y * y + z * z), twice * (x * y - w * z), twice * (x * z + w * y)],
        [twice * (x * y + w * z), 1 - twice * (x * x + z * z), twice * (y * z - w * x)],
        [twice * (x * z - w * y), twice * (y * z + w * x), 1 - twice * (x * x + y * y)],
    ]
    return jnp.stack([jnp.stack(row, axis=-1) for row in rows], axis=-2)


def rotation_from_axis(axis: Numbers, angle: Numbers) -> Float[Array, "*batch 3 3"]:
    """The rotation of space about an axis, anticlockwise as seen against it.

    **Arguments:**

    - `axis`: its direction, of any length but 0, any unit; shape `(*batch, 3)`.
    - `angle`: in radians; shape `(*batch,)`, or one of the two without the batch.

    **Returns:**

    $R$, no unit, whose columns are the turned axes; shape `(*batch, 3, 3)`.

    **Raises:** `ValueError` if the last axis of `axis` does not have 3 numbers.
    """
    n, half = real(axis), real(angle) / 2
    if n.ndim == 0 or n.shape[-1] != 3:
        raise ValueError(
            "`rotation_from_axis(axis=...)` must have shape `(*batch, 3)`; "
            f"got {n.shape}."
        )
    n = n / jnp.sqrt(jnp.sum(n * n, axis=-1, keepdims=True))
    batch = jnp.broadcast_shapes(n.shape[:-1], half.shape)
    n, half = jnp.broadcast_to(n, (*batch, 3)), jnp.broadcast_to(half, batch)[..., None]
    return rotation_from_quaternion(
        jnp.concatenate([jnp.cos(half), n * jnp.sin(half)], axis=-1)
    )


def rotation_from_euler(
    angles: Numbers, sequence: str = "zxz"
) -> Float[Array, "*batch 3 3"]:
    r"""The rotation of space by three turns, each about an axis of the turned frame.

    $$R = R_1(\varphi_1)\, R_2(\varphi_2)\, R_3(\varphi_3)$$

    The default is Bunge's order of texture analysis; his orientation matrix, which
    takes sample to crystal coordinates, is $R^T$.

    **Arguments:**

    - `angles`: one for each turn, in radians; shape `(*batch, 3)`.
    - `sequence`: which axis each turn is about: three letters of x, y, z.

    **Returns:**

    $R$, no unit, whose columns are the turned axes; shape `(*batch, 3, 3)`.

    **Raises:** `ValueError` if the angles or the letters are not three.
    """
    a = real(angles)
    if a.ndim == 0 or a.shape[-1] != 3:
        raise ValueError(
            "`rotation_from_euler(angles=...)` must have shape `(*batch, 3)`, in "
            f"radians; got {a.shape}."
        )
    if len(sequence) != 3 or any(letter not in "xyz" for letter in sequence):
        raise ValueError(
            "`rotation_from_euler(sequence=...)` must be three letters of x, y, z; "
            f"got {sequence!r}."
        )
    one, two, three = (
        rotation_from_axis(jnp.eye(3, dtype=a.dtype)["xyz".index(letter)], a[..., k])
        for k, letter in enumerate(sequence)
    )
    return one @ two @ three


def rotate(tensor: Numbers, rotation: Numbers) -> Float[Array, "*batch d d"]:
    r"""A tensor of a crystal, as seen in the grid that the crystal is turned in.

    $$D' = R D R^T$$

    **Arguments:**

    - `tensor`: symmetric, any unit; shape `(*batch, d, d)`.
    - `rotation`: $R$, no unit, whose columns are the crystal's axes in those of the
        grid; shape `(*batch, d, d)`, or one of the two without the batch.

    **Returns:** the tensor, same unit, exactly symmetric; shape `(*batch, d, d)`.

    **Raises:** `ValueError` if the shapes disagree.
    """
    d, r = real(tensor), real(rotation)
    if d.ndim < 2 or r.ndim < 2 or d.shape[-2:] != r.shape[-2:]:
        raise ValueError(
            "`rotate(tensor=..., rotation=...)` must both have shape `(*batch, d, d)`; "
            f"got {d.shape} and {r.shape}."
        )
    turned = jnp.einsum("...ia,...ab,...jb->...ij", r, d, r)
    return 0.5 * (turned + jnp.swapaxes(turned, -1, -2))


def from_principal(values: Numbers, rotation: Numbers) -> Float[Array, "*batch d d"]:
    r"""The tensor of its principal values and axes.

    $$D = R\, \mathrm{diag}(D_1 \dots D_d)\, R^T$$

    **Arguments:**

    - `values`: $D_k$, any unit; shape `(*batch, d)`.
    - `rotation`: $R$, no unit, whose column k is the axis of $D_k$; shape
        `(*batch, d, d)`, or one of the two without the batch.

    **Returns:** the tensor, same unit, exactly symmetric; shape `(*batch, d, d)`.

    **Raises:** `ValueError` if the shapes disagree.
    """
    v, r = real(values), real(rotation)
    if v.ndim < 1 or r.ndim < 2 or (v.shape[-1], v.shape[-1]) != r.shape[-2:]:
        raise ValueError(
            "`from_principal(values=..., rotation=...)` must have shapes `(*batch, d)` "
            f"and `(*batch, d, d)`; got {v.shape} and {r.shape}."
        )
    batch = jnp.broadcast_shapes(v.shape[:-1], r.shape[:-2])
    v = jnp.broadcast_to(v, (*batch, v.shape[-1]))[..., None, None, :]
    r = jnp.broadcast_to(r, (*batch, *r.shape[-2:]))
    return jnp.sum(r[..., :, None, :] * r[..., None, :, :] * v, axis=-1)


def principal(
    tensor: Numbers,
) -> tuple[Float[Array, "*batch d"], Float[Array, "*batch d d"]]:
    """Principal values, the smallest first (as `numpy.linalg.eigh`), and axes.

    Values can be differentiated wherever they differ. Where two are equal, axes have no
    derivative: NaN comes out. [`diffjax.tensors.smallest_eigenvalue`][] has a finite
    one everywhere.

    **Arguments:**

    - `tensor`: symmetric, any unit; shape `(*batch, d, d)`.

    **Returns:**

    `(values, axes)`: the values in the unit of the tensor, shape `(*batch, d)`; and a
    rotation whose column k is the axis of value k (of the two signs of the last axis
    the one that makes a rotation), no unit, shape `(*batch, d, d)`.
    """
    values, axes = jnp.linalg.eigh(real(tensor))
    mirror = jnp.where(jax.lax.stop_gradient(jnp.linalg.det(axes)) < 0, -1, 1)
    last = jnp.arange(axes.shape[-1]) == axes.shape[-1] - 1
    flip = jnp.where(
        jnp.broadcast_to(last, (*mirror.shape, last.size)), mirror[..., None], 1
    )
    return values, axes * flip[..., None, :].astype(axes.dtype)
