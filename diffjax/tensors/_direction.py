"""What one number an experiment along one direction sees of a tensor."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from .._checks import real
from .._shapes import Numbers


def along_front(tensor: Numbers, normal: Numbers) -> Float[Array, "*batch"]:
    r"""The diffusivity with which a planar front spreads.

    $$D(n) = n^T D\, n$$

    For a wide flat source: a film or a gas on a face with normal $n$, a couple with a
    plane joint. The gradient is along $n$, and the flux may have a part along the
    plane, which nothing stops.

    **Arguments:**

    - `tensor`: $D$, symmetric, in m²/s; shape `(*batch, d, d)`.
    - `normal`: $n$, of any length but 0, no unit; shape `(*batch, d)`, or one of the
        two without the batch.

    **Returns:** in m²/s; shape `(*batch,)`. Never less than
    [`diffjax.tensors.along_forced`][].

    **Raises:** `ValueError` if the shapes disagree.
    """
    d, n = _checked(tensor, normal, "along_front", "normal")
    return jnp.einsum("...i,...ij,...j->...", n, d, n)


def along_forced(tensor: Numbers, direction: Numbers) -> Float[Array, "*batch"]:
    r"""The diffusivity with which matter spreads where the flux has one way to go.

    $$\frac{1}{D(n)} = n^T D^{-1} n$$

    For a wire, a whisker or a narrow strip along $n$: its walls stop the flux across,
    so a gradient across builds up, and the flux is along $n$.

    **Arguments:**

    - `tensor`: $D$, symmetric positive definite, in m²/s; shape `(*batch, d, d)` with
        `d` = 1, 2 or 3.
    - `direction`: $n$, of any length but 0, no unit; shape `(*batch, d)`, or one of the
        two without the batch.

    **Returns:** in m²/s; shape `(*batch,)`. Never more than
    [`diffjax.tensors.along_front`][].

    **Raises:** `ValueError` if the shapes disagree.
    """
    d, n = _checked(tensor, direction, "along_forced", "direction")
    # Scaled, so that products of three diffusivities do not underflow in float32.
    size = jnp.einsum("...ii->...", d)[..., None, None]
    d = d / jnp.where(size == 0, 1, size)
    adjugate, determinant = _adjugate(d)
    across = jnp.einsum("...i,...ij,...j->...", n, adjugate, n)
    return determinant / across * size[..., 0, 0]


def _checked(
    tensor: Numbers, direction: Numbers, function: str, name: str
) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
    d, n = real(tensor), real(direction)
    size = d.shape[-1] if d.ndim else 0
    if d.ndim < 2 or n.ndim < 1 or size not in (1, 2, 3):
        fits = False
    else:
        fits = d.shape[-2] == size == n.shape[-1]
    if not fits:
        raise ValueError(
            f"`{function}(tensor=..., {name}=...)` must have shapes `(*batch, d, d)` "
            f"and `(*batch, d)`; got {d.shape} and {n.shape}."
        )
    return d, n / jnp.sqrt(jnp.sum(n * n, axis=-1, keepdims=True))


def _adjugate(
    d: Float[Array, "*batch d d"],
) -> tuple[Float[Array, "*batch d d"], Float[Array, "*batch"]]:
    """The determinant times the inverse, and the determinant."""
    size = d.shape[-1]
    if size == 1:
        rows = [[jnp.ones_like(d[..., 0, 0])]]
    elif size == 2:
        rows = [[d[..., 1, 1], -d[..., 0, 1]], [-d[..., 1, 0], d[..., 0, 0]]]
    else:
        after, last = (1, 2, 0), (2, 0, 1)
        rows = [
            [
                d[..., after[j], after[i]] * d[..., last[j], last[i]]
                - d[..., after[j], last[i]] * d[..., last[j], after[i]]
                for j in range(3)
            ]
            for i in range(3)
        ]
    determinant = sum(rows[k][0] * d[..., 0, k] for k in range(size))
    adjugate = jnp.stack([jnp.stack(row, axis=-1) for row in rows], axis=-2)
    return adjugate, jnp.asarray(determinant)
