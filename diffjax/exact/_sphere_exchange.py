"""A sphere that exchanges with what is outside through its surface."""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from .._shapes import Numbers
from ._arguments import aligned, inside
from ._functions import (
    along,
    cosine_of_root,
    erfcx,
    on_body,
    root,
    scaled,
    sinc,
    sinc_of_root,
)
from ._half_space import exchange_shape, exchange_uptake_shape
from ._slab import reduced


# Dt/a² below which the sphere is a half space seen through 1/r, above which the Fourier
# series is used: there the first wave left out is below 1e-17. Before it nothing comes
# closer to the centre than 0.1 a: less than 10 erfc(6.3), which is 5e-18.
_SWITCH = 0.005
_WAVES = 29
_INNER = 0.1

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)


def sphere_exchange(
    position: Numbers,
    time: Numbers,
    diffusivity: Numbers,
    radius: Numbers,
    rate: Numbers,
    equilibrium: Numbers,
    initial: Numbers = 0.0,
) -> Float[Array, "..."]:
    r"""Composition in a sphere that exchanges with what is outside.

    The flux out through the surface is $J \cdot n = k\,(c - c_{eq})$. With
    $\rho = r/a$, $\tau = Dt/a^2$, $B = ka/D$ and the positive roots of
    $\beta \cot\beta = 1 - B$,

    $$\frac{c - c_0}{c_{eq} - c_0} = 1 - \frac{2B}{\rho} \sum_n
    \frac{\sin(\beta_n \rho)}{(\beta_n^2 + B^2 - B) \sin\beta_n}
    \,e^{-\beta_n^2 \tau}$$

    and for short times ($\tau < 0.005$), with $z = (1 - \rho)/2\sqrt\tau$,

    $$\frac{c - c_0}{c_{eq} - c_0} = \frac{B}{\rho\,(B - 1)}
    \left[\mathrm{erfc}\,z - e^{-z^2}\,
    \mathrm{erfcx}\bigl(z + (B - 1)\sqrt\tau\bigr)\right]$$

    **Arguments:** any shapes that broadcast together

    - `position`: $r$ from the centre, 0 to `radius`, in m.
    - `time`: $t \ge 0$, in s.
    - `diffusivity`: $D > 0$, in m²/s.
    - `radius`: $a > 0$, in m.
    - `rate`: $k \ge 0$, in m/s.
    - `equilibrium`, `initial`: $c_{eq}$ and $c_0$; a mole fraction, or any unit of
        concentration.

    **Returns:**

    Composition, in the unit of `equilibrium`.

    **Raises:** `ValueError`, if shapes do not broadcast, a known number breaks its
    condition, or a known position lies outside.

    **Error:** about 1e-14 of $c_{eq} - c_0$ in float64.

    ??? cite "Reference"

        Crank, *The Mathematics of Diffusion*, 2nd ed., Oxford 1975, ch. 6.
    """
    inside("sphere_exchange", position, "radius", radius)
    return _sphere_exchange(
        *aligned(
            "sphere_exchange",
            position=position,
            time=time,
            diffusivity=diffusivity,
            radius=radius,
            rate=rate,
            equilibrium=equilibrium,
            initial=initial,
        )
    )


def sphere_exchange_fraction(
    time: Numbers, diffusivity: Numbers, radius: Numbers, rate: Numbers
) -> Float[Array, "..."]:
    r"""Part of its final uptake that a sphere with surface exchange has reached.

    With the symbols of [`diffjax.exact.sphere_exchange`][],

    $$\frac{M}{M_\infty} = 1 - \sum_n
    \frac{6 B^2}{\beta_n^2\,(\beta_n^2 + B^2 - B)}\,e^{-\beta_n^2 \tau}$$

    **Arguments:** as in [`diffjax.exact.sphere_exchange`][].

    **Returns:**

    A fraction, 0 to 1, no unit; $M_\infty = (c_{eq} - c_0)\,4\pi a^3/3$.

    **Raises:** as in [`diffjax.exact.sphere_exchange`][].

    **Error:** about 1e-14 in float64; for short times relative, too.
    """
    return _sphere_exchange_fraction(
        *aligned(
            "sphere_exchange_fraction",
            time=time,
            diffusivity=diffusivity,
            radius=radius,
            rate=rate,
        )
    )


@jax.jit
def _sphere_exchange(position, time, diffusivity, radius, rate, equilibrium, initial):
    tau = reduced(time, diffusivity, radius)
    biot = rate * radius / diffusivity
    rho = on_body(position / radius)
    short = tau < _SWITCH
    near = _short(rho, jnp.where(short, tau, _SWITCH), biot)
    far = _long(rho, jnp.where(short, _SWITCH, tau), biot)
    return initial + (equilibrium - initial) * jnp.where(short, near, far)


@jax.jit
def _sphere_exchange_fraction(time, diffusivity, radius, rate):
    tau = reduced(time, diffusivity, radius)
    biot = rate * radius / diffusivity
    short = tau < _SWITCH
    near = _fraction_short(jnp.where(short, tau, _SWITCH), biot)
    far = _fraction_long(jnp.where(short, _SWITCH, tau), biot)
    return jnp.where(short, near, far)


def _short(rho, tau, biot):
    centre = rho < _INNER
    rho = jnp.where(centre, _INNER, rho)
    z = scaled(1 - rho, tau)
    # r c obeys the equation of a plate, and its wall has the number B - 1.
    w = (biot - 1) * root(tau)
    flat = biot * root(tau) * _exchange_ratio(z, w)
    return jnp.where(centre, 0.0, flat / rho)


def _exchange_ratio(z, w):
    r"""$[\mathrm{erfc}\,z - e^{-z^2}\,\mathrm{erfcx}(z + w)]/w$, also near w = 0."""
    small = jnp.abs(w) < 0.3
    # The mean of -erfcx' = 2/sqrt(pi) - 2x erfcx(x) from z to z + w, by Gauss's rule.
    step = jnp.where(small, w, 0.0)
    x = z[None] + along((_NODES + 1) / 2, w) * step[None]
    slope = 2 / math.sqrt(math.pi) - 2 * x * erfcx(x)
    mean = jnp.sum(along(_WEIGHTS / 2, w) * slope, axis=0) * jnp.exp(-(z**2))
    large = jnp.where(small, 1.0, w)
    return jnp.where(small, mean, exchange_shape(z, large) / large)


def _fraction_short(tau, biot):
    # 3 B times the integral over time of 1 - c at the surface.
    speed = biot * root(tau)
    w = (biot - 1) * root(tau)
    small = jnp.abs(w) < 0.3
    near = 1 - speed * _series(jnp.where(small, w, 0.0))
    large = jnp.where(small, 1.0, w)
    far = (biot * exchange_uptake_shape(large) - 1) / jnp.where(small, 1.0, biot - 1)
    return 3 * biot * tau * jnp.where(small, near, far)


def _series(w):
    """(1 - g(w)) / w with g the shape of the uptake, for |w| < 0.3."""
    total = jnp.zeros_like(w)
    for j in range(22, 0, -1):
        total = 1 / math.gamma(2 + j / 2) - w * total
    return total


def _long(rho, tau, biot):
    square, beta, shape, _ = _roots(biot)
    slow = shape[0] * sinc_of_root(square * rho**2) * jnp.exp(-square * tau)
    fast = shape[1:] * sinc(beta * rho[None]) * jnp.exp(-(beta**2) * tau[None])
    return 1 - slow - jnp.sum(fast, axis=0)


def _fraction_long(tau, biot):
    square, beta, shape, part = _roots(biot)
    slow = shape[0] * part[0] * jnp.exp(-square * tau)
    fast = shape[1:] * part[1:] * jnp.exp(-(beta**2) * tau[None])
    return 1 - slow - jnp.sum(fast, axis=0)


def _roots(biot):
    """Roots of beta cot(beta) = 1 - B, by Newton's steps.

    Gives the square of the first (smooth down to B = 0, where the root is not); along a
    new leading axis the others; then, for all, the amplitudes of the waves and the
    parts of them in the amount.
    """
    square = _first(biot)
    base = math.pi * along(range(1, _WAVES), biot)
    beta = _rest(biot)
    angle = beta - base
    sign = along([(-1) ** n for n in range(1, _WAVES)], biot)
    ratio, cosine = sign * jnp.sin(angle) / beta, sign * jnp.cos(angle)
    part = jnp.concatenate([_lag(square)[None], (ratio - cosine) / beta**2])
    ratio = jnp.concatenate([sinc_of_root(square)[None], ratio])
    cosine = jnp.concatenate([cosine_of_root(square)[None], cosine])
    # The same as in the docstring, without 0/0 at B = 0 and at infinity.
    shape = 2 * part / (ratio**2 - cosine * part)
    return square, beta, shape, 3 * part


@jax.custom_jvp
def _first(biot):
    """Square of the first root, 0 to pi², also relatively precise for small B."""
    slow, fast = 1 / (1 + biot), biot / (1 + biot)

    def step(_, p):
        value = slow * p * _lag(p) - fast * sinc_of_root(p)
        slope = (slow * sinc_of_root(p) + (fast - slow) * _lag(p)) / 2
        return p - value / slope

    return lax.fori_loop(0, 7, step, 3 * fast / (slow + (3 / math.pi**2) * fast))


@_first.defjvp
def _first_slope(primals, tangents):
    (biot,), (change,) = primals, tangents
    p = _first(biot)
    small = biot < 1
    near = sinc_of_root(p) + (biot - 1) * _lag(p)
    near = 2 * sinc_of_root(p) / jnp.where(small, near, 1.0)
    b = jnp.where(small, 1.0, biot)
    far = 2 * p / (jnp.where(small, 1.0, p) + b * (b - 1))
    return p, jnp.where(small, near, far) * change


@jax.custom_jvp
def _rest(biot):
    """The other roots, along a new leading axis.

    The angle after n pi is arg(1 - B + i beta), between 0 and pi; there the slope of
    the right-hand side is below 1/6, so that Newton's steps cannot go astray.
    """
    base = math.pi * along(range(1, _WAVES), biot)
    rest = jnp.broadcast_to(biot[None], base.shape[:1] + biot.shape)

    def step(_, angle):
        beta = base + angle
        target = jnp.arctan2(beta, 1 - rest)
        # (1 - B) / (beta² + (1 - B)²), which must not overflow.
        slope = 1 - jnp.sin(target) * jnp.cos(target) / beta
        return angle - (angle - target) / slope

    return base + lax.fori_loop(0, 5, step, jnp.arctan2(base + 0 * rest, 1 - rest))


@_rest.defjvp
def _rest_slope(primals, tangents):
    (biot,), (change,) = primals, tangents
    beta = _rest(biot)
    return beta, beta / (beta**2 + (biot * (biot - 1))[None]) * change[None]


def _lag(p):
    r"""$(\sin x - x\cos x)/x^3$ with $p = x^2$, 1/3 at p = 0, for p up to 10."""
    small = p < 1
    inner = jnp.where(small, p, 0.0)
    total = jnp.zeros_like(p)
    for k in range(9, -1, -1):
        total = (-1) ** k * (2 * k + 2) / math.factorial(2 * k + 3) + inner * total
    outer = jnp.where(small, 1.0, p)
    return jnp.where(
        small, total, (sinc_of_root(outer) - cosine_of_root(outer)) / outer
    )
