"""A plate that exchanges with what is outside through both faces."""

import math

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from .._shapes import Numbers
from ._arguments import aligned, inside
from ._functions import along, cosine_of_root, on_body, root, scaled, sinc_of_root
from ._half_space import exchange_shape, exchange_uptake_shape
from ._slab import reduced


# Dt/l² with l half of the thickness. Below it each half of the plate is a half space to
# within erfc(1/sqrt(0.028)) < 1e-16; above it the first wave left out is below 1e-18.
_SWITCH = 0.028
_WAVES = 13


def slab_exchange(
    position: Numbers,
    time: Numbers,
    diffusivity: Numbers,
    length: Numbers,
    rate: Numbers,
    equilibrium: Numbers,
    initial: Numbers = 0.0,
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
    time: Numbers, diffusivity: Numbers, length: Numbers, rate: Numbers
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
    xi = 2 * on_body(position / length) - 1
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
    z = scaled(1 + along((1, -1), xi) * xi[None], tau[None])
    return jnp.sum(exchange_shape(z, w[None]), axis=0)


def _fraction_short(tau, biot):
    return biot * tau * exchange_uptake_shape(biot * root(tau))


def _long(xi, tau, biot):
    # With tan(beta) = B/beta, 2B / ((beta² + B² + B) cos(beta)) is
    # 2 sin(beta) / (beta + sin(beta) cos(beta)): no small difference, no overflow.
    first, beta, sine, cosine = _roots(biot)
    slow = _first_shape(first) * cosine_of_root(first * xi**2) * jnp.exp(-first * tau)
    fast = 2 * sine / (beta + sine * cosine) * jnp.cos(beta * xi[None])
    return 1 - slow - jnp.sum(fast * jnp.exp(-(beta**2) * tau[None]), axis=0)


def _fraction_long(tau, biot):
    first, beta, sine, cosine = _roots(biot)
    slow = _first_shape(first) * sinc_of_root(first) * jnp.exp(-first * tau)
    fast = 2 * sine**2 / (beta * (beta + sine * cosine))
    return 1 - slow - jnp.sum(fast * jnp.exp(-(beta**2) * tau[None]), axis=0)


def _first_shape(square):
    sinc = sinc_of_root(square)
    return 2 * sinc / (1 + sinc * cosine_of_root(square))


def _roots(biot):
    """Roots of beta tan(beta) = B, by Newton's steps.

    Gives the square of the first (smooth down to B = 0, where the root is not); along a
    new leading axis the others, their sines and their cosines.
    """
    small = biot < 1e-3
    b = jnp.where(small, biot, 0.0)
    # Inversion of beta tan(beta) = p + p²/3 + 2p³/15 + ... with p = beta².
    series = b - b**2 / 3 + 4 * b**3 / 45 - 16 * b**4 / 945 + 16 * b**5 / 14175
    safe = jnp.where(small, 1.0, biot)[None]
    rest = jnp.broadcast_to(biot[None], (_WAVES - 1, *biot.shape))

    base = math.pi * along(range(_WAVES), biot)
    guess = jnp.sqrt(safe / (1 + 4 * safe / math.pi**2))
    guess = jnp.concatenate([guess, jnp.arctan2(rest, base[1:])])
    angle = _newton(guess, base, jnp.concatenate([safe, rest]))

    first = jnp.where(small, series, angle[0] ** 2)
    angle = angle[1:]
    sign = along([(-1) ** n for n in range(1, _WAVES)], biot)
    return first, base[1:] + angle, sign * jnp.sin(angle), sign * jnp.cos(angle)


def _newton(angle, base, biot):
    """Root of angle = atan(B / (base + angle)), between 0 and pi/2.

    The difference of the two sides is concave and rises, so that Newton's steps cannot
    leave the interval and, from the second on, approach the root from below.
    """

    def step(angle):
        beta = base + angle
        target = jnp.arctan2(biot, beta)
        # B / (beta² + B²), which must not overflow.
        slope = 1 + jnp.sin(target) * jnp.cos(target) / beta
        return angle - (angle - target) / slope

    for _ in range(5):
        angle = step(angle)
    # From the root on, each step that is differentiated doubles the number of correct
    # derivatives: two give the first three.
    return step(step(lax.stop_gradient(angle)))
