"""Whether a tensor is positive definite, and by how much."""

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float

from .._checks import finite, real, require, symmetric
from .._shapes import Numbers


def smallest_eigenvalue(tensor: Numbers) -> Float[Array, "*batch"]:
    """The smallest eigenvalue of a symmetric tensor, in closed form.

    For whole fields at once. The derivative is finite everywhere: $v v^T$ with the unit
    eigenvector $v$; where the smallest eigenvalue is double or triple (no single
    derivative exists there) the mean of $v v^T$ over its eigenvectors, which is
    $I / d$ for an isotropic tensor. NaN stays NaN.

    **Arguments:**

    - `tensor`: any unit; shape `(*batch, d, d)` with `d` = 1, 2 or 3. Only its
        symmetric part counts.

    **Returns:** the eigenvalue, same unit; shape `(*batch,)`.

    **Error:** a few round-offs of the largest eigenvalue.

    **Raises:** `ValueError` if the shape is none of these.
    """
    array = real(tensor)
    size = array.shape[-1] if array.ndim else 0
    if array.ndim < 2 or array.shape[-2] != size or size not in (1, 2, 3):
        raise ValueError(
            "`smallest_eigenvalue(tensor=...)` must have shape `(*batch, d, d)` with "
            f"d = 1, 2 or 3; got {array.shape}."
        )
    if size == 1:
        return array[..., 0, 0]
    return _smallest(array)


@jax.custom_jvp
@jax.jit
def _smallest(tensor: Float[Array, "*batch d d"]) -> Float[Array, "*batch"]:
    mean, spread, scaled = _scaled(tensor)
    return mean + spread * _smallest_scaled(scaled)


@_smallest.defjvp
def _smallest_jvp(primals, tangents):
    (tensor,), (change,) = primals, tangents
    mean, spread, scaled = _scaled(tensor)
    value = _smallest_scaled(scaled)
    slope = _slope(scaled, value, spread)
    return mean + spread * value, jnp.sum(slope * change, axis=(-2, -1))


def _identity(like: Float[Array, "*batch d d"]) -> Float[Array, "*batch d d"]:
    size = like.shape[-1]
    return jnp.broadcast_to(jnp.eye(size, dtype=like.dtype), like.shape)


def _scaled(tensor):
    """Mean eigenvalue, spread about it, and the rest with its spread taken out."""
    size = tensor.shape[-1]
    both = 0.5 * (tensor + jnp.swapaxes(tensor, -1, -2))
    # Squares of 1e-30 m²/s must not underflow in float32.
    unit = jnp.max(jnp.abs(both), axis=(-2, -1))
    unit = jnp.where(unit == 0, 1, unit)
    both = both / unit[..., None, None]
    mean = jnp.einsum("...ii->...", both) / size
    rest = both - mean[..., None, None] * _identity(both)
    # So that the scaled eigenvalues are ±1 in two dimensions and 2 cos in three.
    square = jnp.sum(rest * rest, axis=(-2, -1)) / (2 if size == 2 else 6)
    # A spread that is round-off is none, so that it cannot pick a direction.
    flat = square < (8 * float(jnp.finfo(both.dtype).eps)) ** 2
    spread = jnp.where(flat, 0, jnp.sqrt(jnp.where(flat, 1, square)))
    scaled = rest / jnp.where(flat, 1, spread)[..., None, None]
    return mean * unit, spread * unit, scaled


def _smallest_scaled(scaled):
    if scaled.shape[-1] == 2:
        return -jnp.ones_like(scaled[..., 0, 0])
    # The eigenvalue that stands apart is well conditioned as a cosine. The others
    # follow once its part is taken out: no square root of a cancelled difference.
    half_determinant = 0.5 * jnp.sum(scaled[..., 0] * _adjugate(scaled)[..., 0], -1)
    angle = jnp.arccos(jnp.clip(half_determinant, -1, 1)) / 3
    third = 2 * np.pi / 3
    lowest = 2 * jnp.cos(angle + third)
    highest = 2 * jnp.cos(angle)
    wide = highest[..., None, None]
    one = _identity(scaled)
    minors = _adjugate(scaled - wide * one)
    apart = minors / jnp.einsum("...ii->...", minors)[..., None, None]
    others = scaled + 0.5 * wide * one - 1.5 * wide * apart
    gap = jnp.sqrt(0.5 * jnp.sum(others * others, axis=(-2, -1)))
    return jnp.where(half_determinant < 0, lowest, -0.5 * highest - gap)


def _slope(scaled, value, spread):
    """Mean of v vᵀ over the eigenvectors of the smallest eigenvalue."""
    size, one = scaled.shape[-1], _identity(scaled)
    if size == 2:
        return 0.5 * (one - scaled)
    left = scaled - value[..., None, None] * one
    minors = _adjugate(left)
    total = jnp.einsum("...ii->...", minors)
    simple = total > 64 * float(jnp.finfo(scaled.dtype).eps)
    single = minors / jnp.where(simple, total, 1)[..., None, None]
    trace = jnp.einsum("...ii->...", left)
    double = 0.5 * (one - left / jnp.where(trace == 0, 1, trace)[..., None, None])
    slope = jnp.where(simple[..., None, None], single, double)
    return jnp.where((spread == 0)[..., None, None], one / 3, slope)


def _adjugate(d: Float[Array, "*batch 3 3"]) -> Float[Array, "*batch 3 3"]:
    """Of a symmetric 3 × 3 tensor."""
    xx, yy, zz = d[..., 0, 0], d[..., 1, 1], d[..., 2, 2]
    yz, xz, xy = d[..., 1, 2], d[..., 0, 2], d[..., 0, 1]
    a, b, c = yy * zz - yz * yz, xx * zz - xz * xz, xx * yy - xy * xy
    e, f, g = xz * xy - xx * yz, xy * yz - yy * xz, xz * yz - zz * xy
    rows = [[a, g, f], [g, b, e], [f, e, c]]
    return jnp.stack([jnp.stack(row, axis=-1) for row in rows], axis=-2)


def require_definite(
    tensor: Numbers, name: str, unit: str
) -> Float[Array, "*batch d d"]:
    """A symmetric positive definite tensor, or one sentence about why it is not.

    **Arguments:**

    - `tensor`: what the user passed, in `unit`; shape `(*batch, d, d)` with `d` = 1, 2
        or 3.
    - `name`, `unit`: how the sentence names it.

    **Returns:**

    The tensor as an array, exactly symmetric; same unit and shape.

    **Raises:**

    - `ValueError`, now, if the shape is wrong, or the numbers are known and wrong.
    - `equinox.EquinoxRuntimeError`, when the compiled program runs, if they are traced.
    """
    array = real(tensor)
    size = array.shape[-1] if array.ndim else 0
    if array.ndim < 2 or array.shape[-2] != size or size not in (1, 2, 3):
        raise ValueError(
            f"`{name}` must have shape `(d, d)` with d = 1, 2 or 3 ({unit}); got "
            f"{array.shape}."
        )

    def indefinite():
        if isinstance(array, Tracer):
            return f"`{name}` must be positive definite ({unit})."
        values = np.linalg.eigvalsh(np.asarray(array)).reshape(-1, size)
        worst = values[np.argmin(values[:, 0])]
        named = ", ".join(f"{value:.6g}" for value in worst)
        return (
            f"`{name}` must be positive definite; its eigenvalues are {named} ({unit})."
        )

    def definite(d):
        if isinstance(d, Tracer):
            return smallest_eigenvalue(d) > 0
        return np.linalg.eigvalsh(d)[..., 0] > 0

    array = require(array, finite, f"`{name}` must be finite ({unit}).")
    array = symmetric(array, name, unit)
    return require(array, definite, indefinite)
