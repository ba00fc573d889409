"""A long cylinder: held at its surface, and its decaying Bessel modes."""

import functools

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from .._shapes import Numbers
from ._arguments import aligned, inside, mode_and_wall, Wall
from ._bessel import (
    as_complex,
    bessel_j0,
    bessel_root,
    bessel_slope,
    contour_along,
    modified_far,
)
from ._functions import along, on_body, root, scaled
from ._slab import reduced


# Dt/a² below which the transform is inverted, above which the Bessel series is used: at
# the switch the first wave left out is below 1e-17. Before it nothing comes closer to
# the axis than 0.15 a: less than erfc(6), which is 2e-17.
SWITCH = 0.005
WAVES = 29
_INNER = 0.15
_ROOTS = tuple(bessel_root(0, n) for n in range(1, WAVES + 1))
_SLOPES = tuple(bessel_slope(x) for x in _ROOTS)


def cylinder(
    position: Numbers,
    time: Numbers,
    diffusivity: Numbers,
    radius: Numbers,
    surface: Numbers,
    initial: Numbers = 0.0,
) -> Float[Array, "..."]:
    r"""Composition in a long cylinder whose surface is held.

    With $\rho = r/a$, $\tau = Dt/a^2$ and the positive roots of $J_0(\alpha) = 0$,

    $$\frac{c - c_0}{c_s - c_0} = 1 - \sum_n
    \frac{2\,J_0(\alpha_n \rho)}{\alpha_n J_1(\alpha_n)}\,e^{-\alpha_n^2 \tau}$$

    and for short times ($\tau < 0.005$) the inverse of its Laplace transform
    $I_0(\sqrt s \rho) / s\,I_0(\sqrt s)$, with the expansion of $I_0$ for large
    arguments.

    **Arguments:** any shapes that broadcast together

    - `position`: $r$ from the axis, 0 to `radius`, in m.
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

    **Error:** about 1e-14 of $c_s - c_0$ in float64 on either side of the switch.

    ??? cite "Reference"

        Crank, *The Mathematics of Diffusion*, 2nd ed., Oxford 1975, ch. 5.
    """
    inside("cylinder", position, "radius", radius)
    return _cylinder(
        *aligned(
            "cylinder",
            position=position,
            time=time,
            diffusivity=diffusivity,
            radius=radius,
            surface=surface,
            initial=initial,
        )
    )


def cylinder_fraction(
    time: Numbers, diffusivity: Numbers, radius: Numbers
) -> Float[Array, "..."]:
    r"""Part of its final uptake that a long cylinder with held surface has reached.

    With the symbols of [`diffjax.exact.cylinder`][],

    $$\frac{M}{M_\infty}
    = 1 - \sum_n \frac{4}{\alpha_n^2}\,e^{-\alpha_n^2 \tau}
    = 4\sqrt{\tau/\pi} - \tau - \frac{\tau^{3/2}}{3\sqrt\pi} - \ldots$$

    **Arguments:** as in [`diffjax.exact.cylinder`][].

    **Returns:**

    A fraction, 0 to 1, no unit; $M_\infty = (c_s - c_0)\,\pi a^2$ per length. At
    $t = 0$ the slope in time is infinite; 0 is given.

    **Raises:** as in [`diffjax.exact.cylinder`][].

    **Error:** about 1e-14 in float64; for short times relative, too.
    """
    return _cylinder_fraction(
        *aligned("cylinder_fraction", time=time, diffusivity=diffusivity, radius=radius)
    )


def cylinder_mode(
    position: Numbers,
    time: Numbers,
    diffusivity: Numbers,
    radius: Numbers,
    mode: int = 1,
    wall: Wall = "fixed",
) -> Float[Array, "..."]:
    r"""A wave in a long cylinder that decays without changing its shape.

    $$J_0(\alpha r/a)\,e^{-\alpha^2 D t/a^2}$$

    with $\alpha$ the positive root number $n$ of $J_0$ under a surface fixed at 0, and
    of $J_1$ under a surface without flux.

    **Arguments:** any shapes that broadcast together

    - `position`: $r$ from the axis, 0 to `radius`, in m.
    - `time`: $t$, in s.
    - `diffusivity`: $D > 0$, in m²/s.
    - `radius`: $a > 0$, in m.
    - `mode`: $n \ge 1$, a plain integer.
    - `wall`: `"fixed"` or `"no-flux"`.

    **Returns:**

    Composition; no unit, 1 on the axis at first.

    **Raises:** `ValueError`, if shapes do not broadcast, or a known number breaks its
    condition.

    **Error:** round-off, about 1e-15 in float64.

    ??? cite "Reference"

        Crank, *The Mathematics of Diffusion*, 2nd ed., Oxford 1975, ch. 5.
    """
    mode_and_wall("cylinder_mode", mode, wall)
    position, time, diffusivity, radius = aligned(
        "cylinder_mode",
        position=position,
        time=time,
        diffusivity=diffusivity,
        radius=radius,
    )
    alpha = bessel_root(0 if wall == "fixed" else 1, mode)
    return _wave(position, time, diffusivity, radius, alpha)


@functools.partial(jax.jit, static_argnums=4)
def _wave(position, time, diffusivity, radius, alpha):
    decay = jnp.exp(-(alpha**2) * reduced(time, diffusivity, radius))
    return bessel_j0(alpha * (position / radius), alpha) * decay


@jax.jit
def _cylinder(position, time, diffusivity, radius, surface, initial):
    tau = reduced(time, diffusivity, radius)
    short = tau < SWITCH
    rho = on_body(position / radius)
    near = short_profile(rho, jnp.where(short, tau, SWITCH))
    far = _long(rho, jnp.where(short, SWITCH, tau))
    return initial + (surface - initial) * jnp.where(short, near, far)


@jax.jit
def _cylinder_fraction(time, diffusivity, radius):
    tau = reduced(time, diffusivity, radius)
    short = tau < SWITCH
    near = short_fraction(jnp.where(short, tau, SWITCH))
    far = _fraction_long(jnp.where(short, SWITCH, tau))
    return jnp.where(short, near, far)


def _long(rho, tau):
    alpha, slope = along(_ROOTS, rho), along(_SLOPES, rho)
    waves = bessel_j0(alpha * rho[None], _ROOTS[-1]) * jnp.exp(-(alpha**2) * tau[None])
    return 1 - jnp.sum(2 / (alpha * slope) * waves, axis=0)


def _fraction_long(tau):
    alpha = along(_ROOTS, tau)
    return 1 - jnp.sum((4 / alpha**2) * jnp.exp(-(alpha**2) * tau[None]), axis=0)


def short_profile(rho, tau, biot=None):
    r"""$(c - c_0)/(c_s - c_0)$ for `tau` up to `SWITCH`; held unless `biot` is given.

    With $z = s\tau$, all is a power series in $\sqrt\tau$: the exponent is
    $-\sqrt z\,(1 - \rho)/\sqrt\tau$ and the Bessel functions are series in
    $1/\sqrt s = \sqrt\tau/\sqrt z$.
    """
    z, w = contour_along(tau)
    axis = rho < _INNER
    rho = jnp.where(axis, _INNER, rho)
    # Distance over sqrt(tau), held where the exponential is nothing.
    depth = 2 * scaled(1 - rho, tau)
    inverse, share = _surface(z, tau, biot)
    decay = jnp.exp(-jnp.sqrt(z) * as_complex(depth[None]))
    here = decay * modified_far(0, inverse / as_complex(rho[None]))
    total = jnp.sum(jnp.real(w * here * share), axis=0) / jnp.sqrt(rho)
    return jnp.where(axis, 0.0, total)


def short_fraction(tau, biot=None):
    """Fraction of the uptake for `tau` up to `SWITCH`; held unless `biot` is given."""
    z, w = contour_along(tau)
    inverse, share = _surface(z, tau, biot)
    flux = modified_far(1, inverse) * share / jnp.sqrt(z)
    return 2 * root(tau) * jnp.sum(jnp.real(w * flux), axis=0)


def _surface(z, tau, biot):
    """1/sqrt(s), and the factor that surface and exchange set."""
    inverse = as_complex(root(tau)[None]) / jnp.sqrt(z)
    held = modified_far(0, inverse)
    if biot is None:
        return inverse, 1 / held
    speed = (biot * root(tau))[None]
    # Not w / (sqrt(z) I1 + w I0), which overflows in its slopes for large w.
    slow, fast = as_complex(1 / (1 + speed)), as_complex(speed / (1 + speed))
    drag = slow * jnp.sqrt(z) * modified_far(1, inverse)
    return inverse, fast / (drag + fast * held)
