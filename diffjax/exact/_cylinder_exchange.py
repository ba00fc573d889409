"""A long cylinder that exchanges with what is outside through its surface."""

import math

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from .._shapes import Numbers
from ._arguments import aligned, inside
from ._bessel import bessel_j0, bessel_j1, bessel_of_root, bessel_root
from ._cylinder import short_fraction, short_profile, SWITCH, WAVES
from ._functions import along, on_body
from ._slab import reduced


# Each root lies between a root of J1 (no exchange) and the next of J0 (held surface).
_CLOSED = tuple(bessel_root(1, n) for n in range(1, WAVES))
_HELD = tuple(bessel_root(0, n) for n in range(1, WAVES + 1))


def cylinder_exchange(
    position: Numbers,
    time: Numbers,
    diffusivity: Numbers,
    radius: Numbers,
    rate: Numbers,
    equilibrium: Numbers,
    initial: Numbers = 0.0,
) -> Float[Array, "..."]:
    r"""Composition in a long cylinder that exchanges with what is outside.

    The flux out through the surface is $J \cdot n = k\,(c - c_{eq})$. With
    $\rho = r/a$, $\tau = Dt/a^2$, $B = ka/D$ and the positive roots of
    $\beta J_1(\beta) = B J_0(\beta)$,

    $$\frac{c - c_0}{c_{eq} - c_0} = 1 - \sum_n
    \frac{2 B\,J_0(\beta_n \rho)}{(\beta_n^2 + B^2)\,J_0(\beta_n)}
    \,e^{-\beta_n^2 \tau}$$

    and for short times ($\tau < 0.005$) the inverse of its Laplace transform
    $B\,I_0(q \rho) / s\,[q\,I_1(q) + B\,I_0(q)]$, $q = \sqrt s$, with the expansions of
    $I_0$ and $I_1$ for large arguments.

    **Arguments:** any shapes that broadcast together

    - `position`: $r$ from the axis, 0 to `radius`, in m.
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

        Crank, *The Mathematics of Diffusion*, 2nd ed., Oxford 1975, ch. 5.
    """
    inside("cylinder_exchange", position, "radius", radius)
    return _cylinder_exchange(
        *aligned(
            "cylinder_exchange",
            position=position,
            time=time,
            diffusivity=diffusivity,
            radius=radius,
            rate=rate,
            equilibrium=equilibrium,
            initial=initial,
        )
    )


def cylinder_exchange_fraction(
    time: Numbers, diffusivity: Numbers, radius: Numbers, rate: Numbers
) -> Float[Array, "..."]:
    r"""Part of its final uptake that a long cylinder with exchange has reached.

    With the symbols of [`diffjax.exact.cylinder_exchange`][],

    $$\frac{M}{M_\infty} = 1 - \sum_n
    \frac{4 B^2}{\beta_n^2\,(\beta_n^2 + B^2)}\,e^{-\beta_n^2 \tau}$$

    **Arguments:** as in [`diffjax.exact.cylinder_exchange`][].

    **Returns:**

    A fraction, 0 to 1, no unit; $M_\infty = (c_{eq} - c_0)\,\pi a^2$ per length.

    **Raises:** as in [`diffjax.exact.cylinder_exchange`][].

    **Error:** about 1e-14 in float64; for short times relative, too.
    """
    return _cylinder_exchange_fraction(
        *aligned(
            "cylinder_exchange_fraction",
            time=time,
            diffusivity=diffusivity,
            radius=radius,
            rate=rate,
        )
    )


@jax.jit
def _cylinder_exchange(position, time, diffusivity, radius, rate, equilibrium, initial):
    tau = reduced(time, diffusivity, radius)
    biot = rate * radius / diffusivity
    rho = on_body(position / radius)
    short = tau < SWITCH
    near = short_profile(rho, jnp.where(short, tau, SWITCH), biot)
    far = _long(rho, jnp.where(short, SWITCH, tau), biot)
    return initial + (equilibrium - initial) * jnp.where(short, near, far)


@jax.jit
def _cylinder_exchange_fraction(time, diffusivity, radius, rate):
    tau = reduced(time, diffusivity, radius)
    biot = rate * radius / diffusivity
    short = tau < SWITCH
    near = short_fraction(jnp.where(short, tau, SWITCH), biot)
    far = _fraction_long(jnp.where(short, SWITCH, tau), biot)
    return jnp.where(short, near, far)


def _long(rho, tau, biot):
    square, beta, shape, _ = _roots(biot)
    first, _ = bessel_of_root(square * rho**2, _HELD[0])
    slow = shape[0] * first * jnp.exp(-square * tau)
    waves = bessel_j0(beta * rho[None], _HELD[-1]) * jnp.exp(-(beta**2) * tau[None])
    return 1 - slow - jnp.sum(shape[1:] * waves, axis=0)


def _fraction_long(tau, biot):
    square, beta, shape, part = _roots(biot)
    slow = shape[0] * part[0] * jnp.exp(-square * tau)
    fast = shape[1:] * part[1:] * jnp.exp(-(beta**2) * tau[None])
    return 1 - slow - jnp.sum(fast, axis=0)


def _roots(biot):
    """Roots of beta J1(beta) = B J0(beta), by Newton's steps.

    Gives the square of the first (smooth down to B = 0, where the root is not); along a
    new leading axis the others; then, for all, the amplitudes of the waves and the
    parts of them in the amount.
    """
    square = _first(biot)
    beta = _rest(biot)
    j0, j1 = bessel_of_root(square, _HELD[0])
    j0 = jnp.concatenate([j0[None], bessel_j0(beta, _HELD[-1])])
    part = jnp.concatenate([j1[None], bessel_j1(beta, _HELD[-1]) / beta])
    p = jnp.concatenate([square[None], beta**2])
    # The same as in the docstring, without 0/0 at B = 0 and at infinity.
    return square, beta, 2 * part / (j0**2 + p * part**2), 2 * part


@jax.custom_jvp
def _first(biot):
    """Square of the first root, also relatively precise for small B.

    p J1(sqrt(p))/sqrt(p) - B J0(sqrt(p)) rises and is concave up to the first root of
    J0, so that Newton's steps cannot stray.
    """
    slow, fast = 1 / (1 + biot), biot / (1 + biot)

    def step(_, p):
        j0, part = bessel_of_root(p, 3.0)
        value = slow * p * part - fast * j0
        return p - 2 * value / (slow * j0 + fast * part)

    return lax.fori_loop(0, 7, step, 2 * fast / (slow + 2 / _HELD[0] ** 2 * fast))


@_first.defjvp
def _first_slope(primals, tangents):
    (biot,), (change,) = primals, tangents
    p = _first(biot)
    small = biot < 1
    j0, part = bessel_of_root(p, 3.0)
    near = 2 * j0 / jnp.where(small, j0 + biot * part, 1.0)
    far = 2 * p / jnp.where(small, 1.0, p + biot**2)
    return p, jnp.where(small, near, far) * change


@jax.custom_jvp
def _rest(biot):
    """The other roots: where the angle of (J0, J1) is that of (beta, B)."""
    low, high = along(_CLOSED, biot), along(_HELD[1:], biot)
    sign = along([(-1.0) ** n for n in range(1, WAVES)], biot)
    rest = jnp.broadcast_to(biot[None], low.shape[:1] + biot.shape)

    def step(_, beta):
        j0 = sign * bessel_j0(beta, _HELD[-1])
        j1 = sign * bessel_j1(beta, _HELD[-1])
        angle, target = jnp.arctan2(j1, j0), jnp.arctan2(rest, beta)
        turn = jnp.sin(angle) * jnp.cos(angle) - jnp.sin(target) * jnp.cos(target)
        return beta - (angle - target) / (1 - turn / beta)

    share = jnp.arctan2(rest, low) * (2 / math.pi)
    return lax.fori_loop(0, 5, step, low + (high - low) * share)


@_rest.defjvp
def _rest_slope(primals, tangents):
    (biot,), (change,) = primals, tangents
    beta = _rest(biot)
    return beta, beta / (beta**2 + (biot**2)[None]) * change[None]
