"""A half-infinite body whose surface is held, or exchanges with what is outside."""

import math

import jax
import jax.numpy as jnp
from jax.scipy.special import erfc
from jaxtyping import Array, Float

from .._shapes import Numbers
from ._arguments import aligned
from ._functions import chebyshev, erfcx, root, scaled


# Chebyshev coefficients in t = (w - 4)/(w + 4) of (1 + w) g(w), for w >= 0, with
# g(w) = (erfcx(w) - 1 + 2w/sqrt(pi)) / w². Found with 40 digits (mpmath).
_UPTAKE = (
    1.1081994208242683,
    0.04563418237699689,
    -0.03795909460330968,
    0.016951141155344907,
    -0.005704364343002782,
    0.0015454285353138717,
    -0.0003393239353870911,
    5.8479242091474716e-05,
    -7.120933508003801e-06,
    3.6896307278320734e-07,
    6.567437164961302e-08,
    -1.699195876945082e-08,
    9.132477071682345e-10,
    2.688912596726143e-10,
    -5.036868382943173e-11,
    -1.946256333732069e-12,
    1.4830492836906923e-12,
    -5.334432344064741e-14,
    -3.9218382462824987e-14,
    3.6178505052709e-15,
    1.0606852748819252e-15,
    -1.5113442265168145e-16,
    -3.139856637732499e-17,
    5.6705082024819405e-18,
)


def half_space(
    position: Numbers,
    time: Numbers,
    diffusivity: Numbers,
    surface: Numbers,
    initial: Numbers = 0.0,
) -> Float[Array, "..."]:
    r"""Composition in a half space whose surface is held from $t = 0$ on.

    $$c(x, t) = c_0 + (c_s - c_0)\,\mathrm{erfc}\,\frac{x}{2\sqrt{D t}}$$

    **Arguments:** any shapes that broadcast together

    - `position`: depth $x$ under the surface, in m. Negative depths get the same
        formula, so that a fit may move the surface.
    - `time`: $t \ge 0$, in s.
    - `diffusivity`: $D > 0$, in m²/s.
    - `surface`, `initial`: $c_s$ at $x = 0$ and $c_0$ everywhere at first; a mole
        fraction, or any unit of concentration.

    **Returns:**

    Composition, in the unit of `surface`. At $t = 0$: `initial`, with `surface` at
    $x = 0$.

    **Raises:** `ValueError`, if shapes do not broadcast, or a known time or diffusivity
    breaks its condition.

    **Error:** round-off.

    ??? cite "Reference"

        Crank, *The Mathematics of Diffusion*, 2nd ed., Oxford 1975, ch. 2.
    """
    return _half_space(
        *aligned(
            "half_space",
            position=position,
            time=time,
            diffusivity=diffusivity,
            surface=surface,
            initial=initial,
        )
    )


def half_space_uptake(
    time: Numbers,
    diffusivity: Numbers,
    surface: Numbers,
    initial: Numbers = 0.0,
) -> Float[Array, "..."]:
    r"""Amount that a half space has taken up through its held surface, per area.

    $$M(t) = 2\,(c_s - c_0)\sqrt{D t / \pi}$$

    **Arguments:** as in [`diffjax.exact.half_space`][].

    **Returns:**

    Amount per area, in the unit of `surface` times m; the shape of `time`. At $t = 0$
    the slope in time is infinite; 0 is given.

    **Raises:** as in [`diffjax.exact.half_space`][].

    **Error:** round-off.
    """
    return _half_space_uptake(
        *aligned(
            "half_space_uptake",
            time=time,
            diffusivity=diffusivity,
            surface=surface,
            initial=initial,
        )
    )


def half_space_exchange(
    position: Numbers,
    time: Numbers,
    diffusivity: Numbers,
    rate: Numbers,
    equilibrium: Numbers,
    initial: Numbers = 0.0,
) -> Float[Array, "..."]:
    r"""Composition in a half space that exchanges with what is outside.

    The flux out through the surface is $J \cdot n = k\,(c - c_{eq})$. With
    $z = x/2\sqrt{Dt}$ and $w = k\sqrt{t/D}$,

    $$c(x, t) = c_0 + (c_{eq} - c_0)
    \left[\mathrm{erfc}\,z - e^{-z^2}\,\mathrm{erfcx}(z + w)\right]$$

    **Arguments:** any shapes that broadcast together

    - `position`: depth $x$ under the surface, in m. Negative depths get the same
        formula.
    - `time`: $t \ge 0$, in s.
    - `diffusivity`: $D > 0$, in m²/s.
    - `rate`: $k \ge 0$, in m/s.
    - `equilibrium`, `initial`: $c_{eq}$ and $c_0$; a mole fraction, or any unit of
        concentration.

    **Returns:**

    Composition, in the unit of `equilibrium`.

    **Raises:** `ValueError`, if shapes do not broadcast, or a known number breaks its
    condition.

    **Error:** round-off, relative to $c_{eq} - c_0$; nothing overflows for large
    $k^2 t / D$.

    ??? cite "Reference"

        Crank, *The Mathematics of Diffusion*, 2nd ed., Oxford 1975, ch. 3; Carslaw &
        Jaeger, *Conduction of Heat in Solids*, 2nd ed., Oxford 1959, ch. 2.
    """
    return _half_space_exchange(
        *aligned(
            "half_space_exchange",
            position=position,
            time=time,
            diffusivity=diffusivity,
            rate=rate,
            equilibrium=equilibrium,
            initial=initial,
        )
    )


def half_space_exchange_uptake(
    time: Numbers,
    diffusivity: Numbers,
    rate: Numbers,
    equilibrium: Numbers,
    initial: Numbers = 0.0,
) -> Float[Array, "..."]:
    r"""Amount that a half space has taken up by exchange at its surface, per area.

    With $w = k\sqrt{t/D}$,

    $$M(t) = (c_{eq} - c_0)\,k t\,
    \frac{\mathrm{erfcx}\,w - 1 + 2w/\sqrt\pi}{w^2}$$

    **Arguments:** as in [`diffjax.exact.half_space_exchange`][].

    **Returns:**

    Amount per area, in the unit of `equilibrium` times m; the shape of `time`. It goes
    from $(c_{eq} - c_0)\,k t$ for small $w$ to the uptake of a held surface for large
    $w$.

    **Raises:** as in [`diffjax.exact.half_space_exchange`][].

    **Error:** relative, about 1e-15 for every $w$ in float64.
    """
    return _half_space_exchange_uptake(
        *aligned(
            "half_space_exchange_uptake",
            time=time,
            diffusivity=diffusivity,
            rate=rate,
            equilibrium=equilibrium,
            initial=initial,
        )
    )


def exchange_shape(
    z: Float[Array, "..."], w: Float[Array, "..."]
) -> Float[Array, "..."]:
    r"""$\mathrm{erfc}\,z - e^{-z^2}\,\mathrm{erfcx}(z + w)$."""
    # Only for z < 0 (outside the body) can the sum be negative; hold it there, where
    # the Gaussian is nothing, so that the product is not 0 times infinity.
    lowest = -25.0 if z.dtype == jnp.float64 else -9.0
    return erfc(z) - jnp.exp(-(z**2)) * erfcx(jnp.maximum(z + w, lowest))


def exchange_uptake_shape(w: Float[Array, "..."]) -> Float[Array, "..."]:
    r"""$(\mathrm{erfcx}\,w - 1 + 2w/\sqrt\pi)/w^2$, which is 1 at $w = 0$."""
    return chebyshev(_UPTAKE, 1 - 8 / (w + 4)) / (1 + w)


@jax.jit
def _half_space(position, time, diffusivity, surface, initial):
    z = scaled(position, diffusivity * time)
    return initial + (surface - initial) * erfc(z)


@jax.jit
def _half_space_uptake(time, diffusivity, surface, initial):
    return (surface - initial) * root(diffusivity * time) * (2 / math.sqrt(math.pi))


@jax.jit
def _half_space_exchange(position, time, diffusivity, rate, equilibrium, initial):
    z = scaled(position, diffusivity * time)
    w = rate * root(time) / jnp.sqrt(diffusivity)
    return initial + (equilibrium - initial) * exchange_shape(z, w)


@jax.jit
def _half_space_exchange_uptake(time, diffusivity, rate, equilibrium, initial):
    w = rate * root(time) / jnp.sqrt(diffusivity)
    return (equilibrium - initial) * rate * time * exchange_uptake_shape(w)
