"""A plate between two faces: held at both, and its decaying modes."""

import math

import jax
import jax.numpy as jnp
from jax.scipy.special import erfc
from jaxtyping import Array, Float

from .._shapes import Numbers
from ._arguments import aligned, inside, mode_and_wall, Wall
from ._functions import along, ierfc, on_body, root, scaled


# Dt/L² below which the series of images is used, above which the Fourier series: at the
# switch the first term left out is below 1e-20 in one and 1e-25 in the other.
_SWITCH = 0.05
_WAVES = (1, 3, 5, 7, 9)
# Where the images stand, on which side, and their signs: n + xi and n + 1 - xi.
_IMAGES = ((0, 1, 1), (1, -1, 1), (1, 1, -1), (2, -1, -1), (2, 1, 1), (3, -1, 1))


def slab(
    position: Numbers,
    time: Numbers,
    diffusivity: Numbers,
    length: Numbers,
    surface: Numbers,
    initial: Numbers = 0.0,
) -> Float[Array, "..."]:
    r"""Composition in a plate, $0 \le x \le L$, whose two faces are held.

    With $\xi = x/L$ and $\tau = Dt/L^2$, for long and for short times,

    $$\frac{c - c_0}{c_s - c_0}
    = 1 - \sum_{m\ \mathrm{odd}} \frac{4}{\pi m} \sin(\pi m \xi)\, e^{-\pi^2 m^2 \tau}
    = \sum_{n \ge 0} (-1)^n \left[\mathrm{erfc}\,\frac{n + \xi}{2\sqrt\tau}
    + \mathrm{erfc}\,\frac{n + 1 - \xi}{2\sqrt\tau}\right]$$

    **Arguments:** any shapes that broadcast together

    - `position`: $x$ from one face to the other, 0 to `length`, in m.
    - `time`: $t \ge 0$, in s.
    - `diffusivity`: $D > 0$, in m²/s.
    - `length`: whole thickness $L > 0$, in m.
    - `surface`, `initial`: $c_s$ at both faces and $c_0$ inside at first; a mole
        fraction, or any unit of concentration.

    **Returns:**

    Composition, in the unit of `surface`. At $t = 0$: `initial`, with `surface` at the
    faces.

    **Raises:** `ValueError`, if shapes do not broadcast, a known number breaks its
    condition, or a known position lies outside.

    **Error:** round-off, relative to $c_s - c_0$, on either side of the switch
    ($\tau = 0.05$) from one series to the other.

    ??? cite "Reference"

        Crank, *The Mathematics of Diffusion*, 2nd ed., Oxford 1975, ch. 4.
    """
    inside("slab", position, "length", length)
    return _slab(
        *aligned(
            "slab",
            position=position,
            time=time,
            diffusivity=diffusivity,
            length=length,
            surface=surface,
            initial=initial,
        )
    )


def slab_fraction(
    time: Numbers, diffusivity: Numbers, length: Numbers
) -> Float[Array, "..."]:
    r"""Part of its final uptake that a plate with held faces has reached.

    With $\tau = Dt/L^2$, for long and for short times,

    $$\frac{M}{M_\infty}
    = 1 - \sum_{m\ \mathrm{odd}} \frac{8}{\pi^2 m^2}\, e^{-\pi^2 m^2 \tau}
    = 4\sqrt\tau \left[\frac{1}{\sqrt\pi}
    + 2\sum_{n \ge 1} (-1)^n\,\mathrm{ierfc}\,\frac{n}{2\sqrt\tau}\right]$$

    **Arguments:** as in [`diffjax.exact.slab`][].

    **Returns:**

    A fraction, 0 to 1, no unit; $M_\infty = (c_s - c_0) L$ per area. At $t = 0$ the
    slope in time is infinite; 0 is given.

    **Raises:** as in [`diffjax.exact.slab`][].

    **Error:** round-off; for short times relative, too.
    """
    return _slab_fraction(
        *aligned("slab_fraction", time=time, diffusivity=diffusivity, length=length)
    )


def slab_mode(
    position: Numbers,
    time: Numbers,
    diffusivity: Numbers,
    length: Numbers,
    mode: int = 1,
    wall: Wall = "fixed",
) -> Float[Array, "..."]:
    r"""A wave in a plate, $0 \le x \le L$, that decays without changing its shape.

    $\sin(\pi n x / L)\,e^{-\pi^2 n^2 D t/L^2}$ between faces fixed at 0,
    $\cos(\pi n x / L)\,e^{-\pi^2 n^2 D t/L^2}$ between faces without flux. Smooth from
    the start, so a scheme shows its order on it.

    **Arguments:** any shapes that broadcast together

    - `position`: $x$ from one face to the other, in m.
    - `time`: $t$, in s.
    - `diffusivity`: $D > 0$, in m²/s.
    - `length`: whole thickness $L > 0$, in m.
    - `mode`: $n \ge 1$, a plain integer.
    - `wall`: `"fixed"` or `"no-flux"`.

    **Returns:**

    Composition; no unit, amplitude 1 at first.

    **Raises:** `ValueError`, if shapes do not broadcast, or a known number breaks its
    condition.

    **Error:** round-off.
    """
    mode_and_wall("slab_mode", mode, wall)
    position, time, diffusivity, length = aligned(
        "slab_mode",
        position=position,
        time=time,
        diffusivity=diffusivity,
        length=length,
    )
    wave = _sine if wall == "fixed" else _cosine
    return wave(position, time, diffusivity, length, mode * math.pi)


def reduced(
    time: Float[Array, "..."],
    diffusivity: Float[Array, "..."],
    length: Float[Array, "..."],
) -> Float[Array, "..."]:
    """Dt/L², in an order that does not underflow in float32."""
    return (diffusivity / length) * (time / length)


@jax.jit
def _slab(position, time, diffusivity, length, surface, initial):
    tau = reduced(time, diffusivity, length)
    short = tau < _SWITCH
    xi = on_body(position / length)
    near = _slab_short(xi, jnp.where(short, tau, _SWITCH))
    far = _slab_long(xi, jnp.where(short, _SWITCH, tau))
    return initial + (surface - initial) * jnp.where(short, near, far)


def _slab_short(xi, tau):
    offset, side, sign = (along(column, xi) for column in zip(*_IMAGES))
    images = sign * erfc(scaled(offset + side * xi[None], tau[None]))
    return jnp.sum(images, axis=0)


def _slab_long(xi, tau):
    k = math.pi * along(_WAVES, xi)
    waves = (4 / k) * jnp.sin(k * xi[None]) * jnp.exp(-(k**2) * tau[None])
    return 1 - jnp.sum(waves, axis=0)


@jax.jit
def _sine(position, time, diffusivity, length, k):
    decay = jnp.exp(-(k**2) * reduced(time, diffusivity, length))
    return jnp.sin(k * (position / length)) * decay


@jax.jit
def _cosine(position, time, diffusivity, length, k):
    decay = jnp.exp(-(k**2) * reduced(time, diffusivity, length))
    return jnp.cos(k * (position / length)) * decay


@jax.jit
def _slab_fraction(time, diffusivity, length):
    tau = reduced(time, diffusivity, length)
    short = tau < _SWITCH
    near = _fraction_short(jnp.where(short, tau, _SWITCH))
    far = _fraction_long(jnp.where(short, _SWITCH, tau))
    return jnp.where(short, near, far)


def _fraction_short(tau):
    signs, n = along((-1, 1), tau), along((1, 2), tau)
    images = jnp.sum(signs * ierfc(scaled(n, tau[None])), axis=0)
    return 4 * root(tau) * (1 / math.sqrt(math.pi) + 2 * images)


def _fraction_long(tau):
    k = math.pi * along(_WAVES, tau)
    return 1 - jnp.sum((8 / k**2) * jnp.exp(-(k**2) * tau[None]), axis=0)
