"""A sphere: held at its surface, and its decaying modes."""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import erfc
from jaxtyping import Array, Float

from .._shapes import Numbers
from ._arguments import aligned, inside, mode_and_wall, Wall
from ._functions import along, ierfc, on_body, root, scaled, sinc
from ._slab import reduced


# Dt/a² below which the series of images is used, above which the Fourier series: at the
# switch the first term left out is below 1e-20 in either.
_SWITCH = 0.1
_WAVES = tuple(range(1, 8))
_IMAGES = (1, 3, 5)

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(10)


def sphere(
    position: Numbers,
    time: Numbers,
    diffusivity: Numbers,
    radius: Numbers,
    surface: Numbers,
    initial: Numbers = 0.0,
) -> Float[Array, "..."]:
    r"""Composition in a sphere whose surface is held.

    With $\rho = r/a$ and $\tau = Dt/a^2$, for long and for short times,

    $$\frac{c - c_0}{c_s - c_0}
    = 1 + 2\sum_{n \ge 1} (-1)^n \frac{\sin(\pi n \rho)}{\pi n \rho}\,e^{-\pi^2n^2\tau}
    = \frac{1}{\rho} \sum_{n \ge 0} \left[
    \mathrm{erfc}\,\frac{2n + 1 - \rho}{2\sqrt\tau}
    - \mathrm{erfc}\,\frac{2n + 1 + \rho}{2\sqrt\tau}\right]$$

    **Arguments:** any shapes that broadcast together

    - `position`: $r$ from the centre, 0 to `radius`, in m.
    - `time`: $t \ge 0$, in s.
    - `diffusivity`: $D > 0$, in m²/s.
    - `radius`: $a > 0$, in m.
    - `surface`, `initial`: $c_s$ at the surface and $c_0$ inside at first; a mole
        fraction, or any unit of concentration.

    **Returns:**

    Composition, in the unit of `surface`. At $t = 0$: `initial`, with `surface` at
    $r = a$.

    **Raises:** `ValueError`, if shapes do not broadcast, a known number breaks its
    condition, or a known position lies outside.

    **Error:** round-off, relative to $c_s - c_0$, at the centre, too, and on either
    side of the switch ($\tau = 0.1$) from one series to the other.

    ??? cite "Reference"

        Crank, *The Mathematics of Diffusion*, 2nd ed., Oxford 1975, ch. 6.
    """
    inside("sphere", position, "radius", radius)
    return _sphere(
        *aligned(
            "sphere",
            position=position,
            time=time,
            diffusivity=diffusivity,
            radius=radius,
            surface=surface,
            initial=initial,
        )
    )


def sphere_fraction(
    time: Numbers, diffusivity: Numbers, radius: Numbers
) -> Float[Array, "..."]:
    r"""Part of its final uptake that a sphere with held surface has reached.

    With $\tau = Dt/a^2$, for long and for short times,

    $$\frac{M}{M_\infty}
    = 1 - \sum_{n \ge 1} \frac{6}{\pi^2 n^2}\, e^{-\pi^2 n^2 \tau}
    = 6\sqrt\tau \left[\frac{1}{\sqrt\pi}
    + 2\sum_{n \ge 1} \mathrm{ierfc}\,\frac{n}{\sqrt\tau}\right] - 3\tau$$

    **Arguments:** as in [`diffjax.exact.sphere`][].

    **Returns:**

    A fraction, 0 to 1, no unit; $M_\infty = (c_s - c_0)\,4\pi a^3/3$. At $t = 0$ the
    slope in time is infinite; 0 is given.

    **Raises:** as in [`diffjax.exact.sphere`][].

    **Error:** round-off; for short times relative, too.
    """
    return _sphere_fraction(
        *aligned("sphere_fraction", time=time, diffusivity=diffusivity, radius=radius)
    )


def sphere_mode(
    position: Numbers,
    time: Numbers,
    diffusivity: Numbers,
    radius: Numbers,
    mode: int = 1,
    wall: Wall = "fixed",
) -> Float[Array, "..."]:
    r"""A wave in a sphere that decays without changing its shape.

    $$\frac{\sin(\beta r/a)}{\beta r/a}\,e^{-\beta^2 D t/a^2}$$

    with $\beta = \pi n$ under a surface fixed at 0, and $\beta$ the positive root
    number $n$ of $\tan\beta = \beta$ under a surface without flux.

    **Arguments:** any shapes that broadcast together

    - `position`: $r$ from the centre, in m.
    - `time`: $t$, in s.
    - `diffusivity`: $D > 0$, in m²/s.
    - `radius`: $a > 0$, in m.
    - `mode`: $n \ge 1$, a plain integer.
    - `wall`: `"fixed"` or `"no-flux"`.

    **Returns:**

    Composition; no unit, 1 at the centre at first.

    **Raises:** `ValueError`, if shapes do not broadcast, or a known number breaks its
    condition.

    **Error:** round-off.
    """
    mode_and_wall("sphere_mode", mode, wall)
    position, time, diffusivity, radius = aligned(
        "sphere_mode",
        position=position,
        time=time,
        diffusivity=diffusivity,
        radius=radius,
    )
    beta = mode * math.pi if wall == "fixed" else _tangent_root(mode)
    return _wave(position, time, diffusivity, radius, beta)


@jax.jit
def _wave(position, time, diffusivity, radius, beta):
    decay = jnp.exp(-(beta**2) * reduced(time, diffusivity, radius))
    return sinc(beta * (position / radius)) * decay


@functools.lru_cache
def _tangent_root(n: int) -> float:
    """Positive root number `n` of tan(x) = x, by Newton's steps on sin x - x cos x."""
    x = (n + 0.5) * math.pi
    x -= 1 / x
    for _ in range(6):
        x -= (math.sin(x) - x * math.cos(x)) / (x * math.sin(x))
    return x


@jax.jit
def _sphere(position, time, diffusivity, radius, surface, initial):
    tau = reduced(time, diffusivity, radius)
    short = tau < _SWITCH
    rho = on_body(position / radius)
    near = _sphere_short(rho, jnp.where(short, tau, _SWITCH))
    far = _sphere_long(rho, jnp.where(short, _SWITCH, tau))
    return initial + (surface - initial) * jnp.where(short, near, far)


def _sphere_long(rho, tau):
    n = along(_WAVES, rho)
    sign = along([(-1) ** n for n in _WAVES], rho)
    k = math.pi * n
    waves = sign * sinc(k * rho[None]) * jnp.exp(-(k**2) * tau[None])
    return 1 + 2 * jnp.sum(waves, axis=0)


def _sphere_short(rho, tau):
    # Near the centre the difference of two erfc over rho is the mean of a Gaussian over
    # [m - d, m + d], d = rho/(2 sqrt(tau)): by Gauss's rule, with no small difference.
    centre = rho <= root(tau)
    inner, outer = jnp.where(centre, rho, 0.0), jnp.where(centre, 1.0, rho)

    m, node = along(np.repeat(_IMAGES, 10), rho), along(np.tile(_NODES, 3), rho)
    z = scaled(m + node * inner[None], tau[None])
    mean = jnp.sum(along(np.tile(_WEIGHTS / 2, 3), rho) * jnp.exp(-(z**2)), axis=0)
    spread = jnp.where(tau == 0, 1.0, tau)
    mean = mean * 2 / jnp.sqrt(math.pi * spread)

    m, side = along(np.repeat(_IMAGES, 2), rho), along((1, -1) * 3, rho)
    images = side * erfc(scaled(m - side * outer[None], tau[None]))
    return jnp.where(centre, mean, jnp.sum(images, axis=0) / outer)


@jax.jit
def _sphere_fraction(time, diffusivity, radius):
    tau = reduced(time, diffusivity, radius)
    short = tau < _SWITCH
    near = _fraction_short(jnp.where(short, tau, _SWITCH))
    far = _fraction_long(jnp.where(short, _SWITCH, tau))
    return jnp.where(short, near, far)


def _fraction_short(tau):
    images = jnp.sum(ierfc(scaled(along((2, 4), tau), tau[None])), axis=0)
    return 6 * root(tau) * (1 / math.sqrt(math.pi) + 2 * images) - 3 * tau


def _fraction_long(tau):
    k = math.pi * along(_WAVES, tau)
    return 1 - jnp.sum((6 / k**2) * jnp.exp(-(k**2) * tau[None]), axis=0)
