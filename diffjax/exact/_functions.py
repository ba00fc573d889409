"""Functions of one number that the closed forms share: finite, with finite slopes."""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy.special import erfc
from jaxtyping import Array, Float

from .._checks import real
from .._shapes import Numbers


# exp(-_FAR²) is zero in float64 and in float32.
_FAR = 30.0

# Chebyshev coefficients in t = (x - 3)/(x + 3) of (1 + 2x) erfcx(x), for x >= 0. Found
# with 40 digits (mpmath); those left out are below 1e-17. (jax 0.10.2 has an erfcx, but
# for large x its value is lost and its slope is a difference of nearly equal numbers.)
_ERFCX = (
    1.17756257419656,
    0.005353904539615676,
    -0.09377550342284209,
    0.05436652555744322,
    -0.018976596707845208,
    0.004453426061462712,
    -0.0006335531710553147,
    1.7661719523171593e-05,
    1.2841532864056671e-05,
    -2.0072285659059913e-06,
    -1.807522790414837e-07,
    7.549828343825093e-08,
    1.885668523838603e-09,
    -2.699519049798364e-09,
    -1.460079119939105e-11,
    1.0361607445969489e-10,
    1.475715976623473e-12,
    -4.277340064396911e-12,
    -2.07922492859799e-13,
    1.8134502003176963e-13,
    1.973425574544739e-14,
    -7.287943737592673e-15,
    -1.5169878690228116e-15,
    2.3514112258781403e-16,
    1.0006111691821667e-16,
    -2.0572528169538546e-18,
)


def erfcx(x: Numbers) -> Float[Array, "..."]:
    r"""Scaled complementary error function $e^{x^2}\,\mathrm{erfc}\,x$.

    For large $x$ it falls as $1/(\sqrt\pi\,x)$, where the two factors overflow and
    underflow.

    **Arguments:**

    - `x`: no unit; any shape.

    **Returns:**

    No unit; shape of `x`. Overflows for $x$ below about -26 (float64).

    **Error:** relative, about 1e-15 for $x \ge 0$ in float64; the slopes keep their
    relative precision for large $x$ (no difference of nearly equal numbers).
    """
    return _erfcx(real(x))


def ierfc(x: Numbers) -> Float[Array, "..."]:
    r"""Integral of the complementary error function from $x$ to $\infty$.

    $$\mathrm{ierfc}\,x = e^{-x^2}/\sqrt\pi - x\,\mathrm{erfc}\,x$$

    **Arguments:**

    - `x`: no unit; any shape.

    **Returns:**

    No unit; shape of `x`.

    **Error:** absolute, about 1e-16 for $x \ge 0$ in float64.
    """
    return _ierfc(real(x))


@jax.jit
def _erfcx(x):
    left = x < 0
    # Not `abs`: its slope at 0 would be 0.
    size = jnp.where(left, -x, x)
    right = chebyshev(_ERFCX, 1 - 6 / (size + 3)) / (1 + 2 * size)
    growth = 2 * jnp.exp(jnp.where(left, x, 0.0) ** 2)
    return jnp.where(left, growth - right, right)


@jax.jit
def _ierfc(x):
    return jnp.exp(-(x**2)) / math.sqrt(math.pi) - x * erfc(x)


def chebyshev(
    coefficients: tuple[float, ...], t: Float[Array, "..."]
) -> Float[Array, "..."]:
    r"""$\sum_k a_k T_k(t)$ for $-1 \le t \le 1$, by Clenshaw's recurrence."""
    ahead, now = jnp.zeros_like(t), jnp.zeros_like(t)
    for a in coefficients[:0:-1]:
        ahead, now = now, 2 * t * now - ahead + a
    return t * now - ahead + coefficients[0]


def root(x: Float[Array, "..."]) -> Float[Array, "..."]:
    r"""$\sqrt x$ with slope 0, not infinity, at $x = 0$."""
    zero = x == 0
    return jnp.where(zero, 0.0, jnp.sqrt(jnp.where(zero, 1.0, x)))


def along(numbers: Numbers, like: Float[Array, "..."]) -> Float[Array, "..."]:
    """The terms of a sum along a new leading axis, to go with `like[None]`."""
    terms = np.asarray(numbers, dtype=like.dtype)
    return jnp.asarray(terms.reshape((-1,) + (1,) * like.ndim))


def scaled(x: Float[Array, "..."], spread: Float[Array, "..."]) -> Float[Array, "..."]:
    r"""$x / 2\sqrt s$ for `spread` $s = Dt$, held at $\pm 30$ beyond.

    There $e^{-z^2}$ is zero, so a Gaussian or an erfc does not see the hold, and its
    slopes in $x$ and $s$ are 0 instead of $0 \cdot \infty$. At $x = s = 0$ it is 0.
    """
    far = jnp.abs(x) >= 2 * _FAR * jnp.sqrt(spread)
    near = jnp.where(far, 0.0, x) / (2 * jnp.sqrt(jnp.where(far, 1.0, spread)))
    return jnp.where(far, _FAR * jnp.sign(x), near)


def on_body(x: Float[Array, "..."]) -> Float[Array, "..."]:
    """Puts on its face, 0 or 1, a position that round-off left just outside.

    The slope stays 1. Further outside nothing changes.
    """
    off = x - jnp.clip(x, 0.0, 1.0)
    return x - lax.stop_gradient(jnp.where(jnp.abs(off) < 2e-6, off, 0.0))


def sinc(y: Float[Array, "..."]) -> Float[Array, "..."]:
    r"""$\sin y / y$; value and all slopes keep their precision down to $y = 0$."""
    return sinc_of_root(y**2)


def sinc_of_root(p: Float[Array, "..."]) -> Float[Array, "..."]:
    r"""$\sin\sqrt p / \sqrt p$ for $p \ge 0$, with finite slopes at $p = 0$."""
    small = p < 1
    large = jnp.sqrt(jnp.where(small, 1.0, p))
    return jnp.where(
        small, _powers(jnp.where(small, p, 0.0), 1), jnp.sin(large) / large
    )


def cosine_of_root(p: Float[Array, "..."]) -> Float[Array, "..."]:
    r"""$\cos\sqrt p$ for $p \ge 0$, with finite slopes at $p = 0$."""
    small = p < 1
    large = jnp.sqrt(jnp.where(small, 1.0, p))
    series = _powers(jnp.where(small, p, 0.0), 0)
    return jnp.where(small, series, jnp.cos(large))


def _powers(p: Float[Array, "..."], first: int) -> Float[Array, "..."]:
    r"""$\sum_k (-p)^k / (2k + f)!$ for $0 \le p < 1$ and $f$ = 0 or 1."""
    total = jnp.ones_like(p)
    for k in range(9, 0, -1):
        total = 1 - p / ((2 * k - 1 + first) * (2 * k + first)) * total
    return total
