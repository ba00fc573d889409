"""A plate that exchanges with what is outside through both faces."""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from ._arguments import aligned, inside
from ._functions import cosine_of_root, root, scaled
from ._half_space import exchange_shape, exchange_uptake_shape
from ._slab import reduced


# Dt/l² with l half of the thickness. Below it each half of the plate is a half space to
# within erfc(1/sqrt(0.028)) < 1e-16; above it the first wave left out is below 1e-18.
_SWITCH = 0.028
_WAVES = 13
_NEWTON = 6


def slab_exchange(
    position: ArrayLike,
    time: ArrayLike,
    diffusivity: ArrayLike,
    length: ArrayLike,
    rate: ArrayLike,
    equilibrium: ArrayLike,
    initial: ArrayLike = 0.0,
) -> Float[Array, "..."]:
    r"""Composition in a plate, $0 \le x \le L$, that exchanges through both faces.

    The flux out through each face is $J \cdot n = k\,(c - c_{eq})$. With $l = L/2$,
    $\xi = x/l - 1$, $\tau = Dt/l^2$, $B = kl/D$ and the positive roots of
    $\beta \tan\beta = B$,

    $$\frac{c - c_0}{c_{eq} - c_0} = 1 - \sum_n
    \frac{2 B \cos(\beta_n \xi)}{(\beta_n^2 + B^2 + B) \cos\beta_n}
    \,e^{-\beta_n^2 \tau}$$

    and for short times ($\tau < 0.028$) the sum of two half spaces.

    **Arguments:** any shapes that broadcast together

    - `position`: $x$ from one face to the other, 0 to `length`, in m.
    - `time`: $t \ge 0$, in s.
    - `diffusivity`: $D > 0$, in m²/s.
    - `length`: whole thickness $L > 0$, in m.
    - `rate`: $k \ge 0$, in m/s.
    - `equilibrium`, `initial`: $c_{eq}$ and $c_0$; a mole fraction, or any unit of
        concentration.

    **Returns:**

    Composition, in the unit of `equilibrium`.

    **Raises:** `ValueError`, if shapes do not broadcast, a known number breaks its
    condition, or a known position lies outside.

    **Error:** about 1e-15 of $c_{eq} - c_0$ in float64.

    ??? cite "Reference"

        Crank, *The Mathematics of Diffusion*, 2nd ed., Oxford 1975, ch. 4.
    """
    inside("slab_exchange", position, "length", length)
    return _slab_exchange(
        *aligned(
            "slab_exchange",
            position=position,
            time=time,
            diffusivity=diffusivity,
            length=length,
            rate=rate,
            equilibrium=equilibrium,
            initial=initial,
        )
    )


def slab_exchange_fraction(
    time: ArrayLike, diffusivity: ArrayLike, length: ArrayLike, rate: ArrayLike
) -> Float[Array, "..."]:
    r"""Part of its final uptake that a plate with exchange at both faces has reached.

    With the symbols of [`diffjax.exact.slab_exchange`][],

    $$\frac{M}{M_\infty} = 1 - \sum_n
    \frac{2 B^2}{\beta_n^2\,(\beta_n^2 + B^2 + B)}\,e^{-\beta_n^2 \tau}$$

    **Arguments:** as in [`diffjax.exact.slab_exchange`][].

    **Returns:**

    A fraction, 0 to 1, no unit; $M_\infty = (c_{eq} - c_0) L$ per area.

    **Raises:** as in [`diffjax.exact.slab_exchange`][].

    **Error:** about 1e-15 in float64; for short times relative, too.
    """
    return _slab_exchange_fraction(
        *aligned(
            "slab_exchange_fraction",
            time=time,
            diffusivity=diffusivity,
            length=length,
            rate=rate,
        )
    )


@jax.jit
def _slab_exchange(position, time, diffusivity, length, rate, equilibrium, initial):
    half = length / 2
    tau = reduced(time, diffusivity, half)
    biot = rate * half / diffusivity
    xi = position / half - 1
    short = tau < _SWITCH
    near = _short(xi, jnp.where(short, tau, _SWITCH), biot)
    far = _long(xi, jnp.where(short, _SWITCH, tau), biot)
    return initial + (equilibrium - initial) * jnp.where(short, near, far)


@jax.jit
def _slab_exchange_fraction(time, diffusivity, length, rate):
    half = length / 2
    tau = reduced(time, diffusivity, half)
    biot = rate * half / diffusivity
    short = tau < _SWITCH
    near = _fraction_short(jnp.where(short, tau, _SWITCH), biot)
    far = _fraction_long(jnp.where(short, _SWITCH, tau), biot)
    return jnp.where(short, near, far)


def _short(xi, tau, biot):
    w = biot * root(tau)
    left, right = scaled(1 + xi, tau), scaled(1 - xi, tau)
    return exchange_shape(left, w) + exchange_shape(right, w)


def _fraction_short(tau, biot):
    return biot * tau * exchange_uptake_shape(biot * root(tau))


def _long(xi, tau, biot):
    ratio, beta, sign = _roots(biot)
    # cos(beta) = (-1)^n beta / sqrt(beta² + B²) leaves no small difference.
    slow = 2 * jnp.sqrt((ratio + biot) / ratio) / (ratio + biot + 1)
    slow = slow * cosine_of_root(biot * ratio * xi**2)
    square = beta**2 + biot**2
    fast = 2 * biot * sign * jnp.sqrt(square) / (beta * (square + biot))
    fast = fast * jnp.cos(beta * xi) * jnp.exp(-(beta**2) * tau)
    return 1 - slow * jnp.exp(-biot * ratio * tau) - jnp.sum(fast, axis=0)


def _fraction_long(tau, biot):
    ratio, beta, _ = _roots(biot)
    slow = 2 / (ratio * (ratio + biot + 1)) * jnp.exp(-biot * ratio * tau)
    fast = 2 * biot**2 / (beta**2 * (beta**2 + biot**2 + biot))
    return 1 - slow - jnp.sum(fast * jnp.exp(-(beta**2) * tau), axis=0)


def _roots(biot: Float[Array, "..."]):
    """Roots of beta tan(beta) = B, by a fixed number of Newton steps.

    Gives beta_0²/B (smooth down to B = 0, where beta_0 is not), the roots after the
    first along a new leading axis, and the sign of each one's cosine.
    """
    small = biot < 1e-3
    b = jnp.where(small, biot, 0.0)
    # Inversion of beta tan(beta) = p + p²/3 + 2p³/15 + ... with p = beta².
    series = 1 - b / 3 + 4 * b**2 / 45 - 16 * b**3 / 945 + 16 * b**4 / 14175
    b = jnp.where(small, 1.0, biot)
    first = _newton(jnp.sqrt(b / (1 + 4 * b / math.pi**2)), jnp.zeros_like(b), b)
    ratio = jnp.where(small, series, first**2 / b)

    n = np.arange(1, _WAVES).reshape((-1,) + (1,) * biot.ndim)
    base = jnp.asarray(n * math.pi, dtype=biot.dtype)
    sign = jnp.asarray((-1.0) ** n, dtype=biot.dtype)
    biot = biot[None]
    beta = base + _newton(jnp.arctan2(biot, base), base, biot)
    return ratio, beta, sign


def _newton(phi, base, biot):
    """Root of phi = atan(B / (base + phi)), 0 <= phi <= pi/2.

    The difference of the two sides is concave and rises, so that Newton's steps cannot
    leave the interval and, from the second on, approach the root from below. The
    derivatives, of all orders, converge with the steps.
    """
    for _ in range(_NEWTON):
        beta = base + phi
        slope = 1 + biot / (beta**2 + biot**2)
        phi = phi - (phi - jnp.arctan2(biot, beta)) / slope
    return phi
