"""Bessel functions and their roots, as the cylinders need them; and a contour."""

import functools
import math

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Complex, Float

from ._functions import along, cosine_of_root


def angles(largest: float) -> np.ndarray:
    """Midpoints on a quarter turn, enough for Bessel functions up to x = `largest`.

    With N on the quarter the error is about 2 J_4N(x).
    """
    count = math.ceil((1.3 * largest + 40) / 4)
    return (np.arange(count) + 0.5) * (math.pi / (2 * count))


@functools.lru_cache
def bessel_root(order: int, n: int) -> float:
    """Positive root number `n` of J0 or J1: McMahon's first terms, Newton's steps."""
    b = (n + order / 2 - 0.25) * math.pi
    x = b - (4 * order**2 - 1) / (8 * b)
    sines = np.sin(angles(x + 1))
    for _ in range(6):
        j0 = np.mean(np.cos(x * sines))
        j1 = np.mean(sines * np.sin(x * sines))
        x -= -j0 / j1 if order == 0 else j1 / (j0 - j1 / x)
    return float(x)


def bessel_slope(x: float) -> float:
    """J1(x), which is the slope of -J0, for one plain number."""
    sines = np.sin(angles(x))
    return float(np.mean(sines * np.sin(x * sines)))


def bessel_j0(x: Float[Array, "..."], largest: float) -> Float[Array, "..."]:
    r"""$J_0(x)$ for $|x| \le$ `largest`, to round-off, and its slopes with it.

    $J_0(x)$ is the mean of $\cos(x \sin\theta)$; the midpoint rule converges faster
    than any power.
    """
    sines = along(np.sin(angles(largest)), x)
    return jnp.mean(jnp.cos(sines * x[None]), axis=0)


def bessel_j1(x: Float[Array, "..."], largest: float) -> Float[Array, "..."]:
    r"""$J_1(x)$, the mean of $\sin\theta \sin(x \sin\theta)$, as `bessel_j0`."""
    sines = along(np.sin(angles(largest)), x)
    return jnp.mean(sines * jnp.sin(sines * x[None]), axis=0)


def bessel_of_root(
    p: Float[Array, "..."], largest: float
) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
    r"""$J_0(\sqrt p)$ and $J_1(\sqrt p)/\sqrt p$, $p \ge 0$; smooth at $p = 0$.

    `largest`: the largest $\sqrt p$.
    """
    theta = angles(largest)
    waves = cosine_of_root(along(np.sin(theta) ** 2, p) * p[None])
    cosines = along(np.cos(theta) ** 2, p)
    return jnp.mean(waves, axis=0), jnp.mean(cosines * waves, axis=0)


def _modified(order: int) -> tuple[float, ...]:
    r"""Coefficients of $z^{-k}$ in $\sqrt{2\pi z}\,e^{-z} I_n(z)$ for large $z$."""
    out = [1.0]
    for k in range(1, 15):
        out.append(-out[-1] * (4 * order**2 - (2 * k - 1) ** 2) / (8 * k))
    return tuple(out)


_I0, _I1 = _modified(0), _modified(1)


def modified_far(order: int, inverse: Complex[Array, "..."]) -> Complex[Array, "..."]:
    r"""$\sqrt{2\pi z}\,e^{-z} I_n(z)$ from `inverse` $1/z$, for $|z| > 25$ or so.

    **Error:** below 1e-15 for $|z| > 25$ away from the imaginary axis; n is 0 or 1.
    """
    total = jnp.zeros_like(inverse)
    for a in (_I0, _I1)[order][::-1]:
        total = total * inverse + a
    return total


def contour(dtype: np.dtype) -> tuple[np.ndarray, np.ndarray]:
    r"""Nodes $z$ and weights $w$ for the inverse of a Laplace transform.

    With $g(s) = s\,\bar f(s)$, the function is $f(t) = \mathrm{Re} \sum w\,g(z/t)$. The
    contour goes around the negative real axis, where all that diffusion does lies.

    **Error:** about 1e-14 of the largest $|g|$ in float64.

    ??? cite "Reference"

        Trefethen, Weideman & Schmelzer, *BIT Numer. Math.* 46 (2006) 653.
    """
    n = 26 if dtype == np.float64 else 12
    theta = (np.arange(n // 2) * 2 + 1) * math.pi / n
    turn = 0.6407 * theta
    z = n * (0.5071 * theta / np.tan(turn) - 0.6122 + 0.2645j * theta)
    slope = 0.5071 * (1 / np.tan(turn) - turn / np.sin(turn) ** 2) + 0.2645j
    return z, 2 * np.exp(z) * slope / (1j * z)


def contour_along(
    like: Float[Array, "..."],
) -> tuple[Complex[Array, "..."], Complex[Array, "..."]]:
    """Nodes and weights of `contour` on a new leading axis, to go with `like[None]`."""
    dtype = np.complex128 if like.dtype == jnp.float64 else np.complex64
    shape = (-1,) + (1,) * like.ndim
    z, w = (x.astype(dtype).reshape(shape) for x in contour(like.dtype))
    return jnp.asarray(z), jnp.asarray(w)


def as_complex(x: Float[Array, "..."]) -> Complex[Array, "..."]:
    """The same numbers as complex ones of the same precision."""
    return lax.complex(x, jnp.zeros_like(x))
