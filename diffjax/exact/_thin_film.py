"""A thin layer of tracer that spreads out: the Gaussian and its thick relative."""

import math
from typing import Literal

import jax
import jax.numpy as jnp
from jax.scipy.special import erfc
from jaxtyping import Array, Float

from .._checks import require
from .._shapes import Numbers
from ._arguments import aligned
from ._functions import scaled


def thin_film(
    position: Numbers,
    time: Numbers,
    diffusivity: Numbers,
    amount: Numbers,
    background: Numbers = 0.0,
    sides: Literal[1, 2] = 1,
) -> Float[Array, "..."]:
    r"""Composition after a vanishingly thin film at $x = 0$ has spread.

    $$c(x, t) = c_0 + \frac{2}{n}\,\frac{M}{\sqrt{4 \pi D t}}\,e^{-x^2/4Dt}$$

    with $n$ the number of sides that it spreads to.

    **Arguments:** any shapes that broadcast together

    - `position`: distance $x$ from the film, in m.
    - `time`: $t \ge 0$, in s.
    - `diffusivity`: $D > 0$, in m²/s.
    - `amount`: $M$, the whole amount per area, in the unit of `background` times m.
    - `background`: $c_0$, composition without the film; a mole fraction, or any unit of
        concentration.
    - `sides`: 1 if the film lies on the surface of a half space ($x \ge 0$), 2 if it is
        buried between two; a plain integer.

    **Returns:**

    Composition, in the unit of `background`. At $t = 0$ it is `background`, and
    infinite (of the sign of `amount`) at $x = 0$, with slopes given as 0.

    **Raises:** `ValueError`, if shapes do not broadcast, or a known number breaks its
    condition.

    **Error:** round-off. The film must be thin against $\sqrt{Dt}$; otherwise
    [`diffjax.exact.thick_film`][].

    ??? cite "Reference"

        Crank, *The Mathematics of Diffusion*, 2nd ed., Oxford 1975, ch. 2.
    """
    share = _share("thin_film", sides)
    return _thin_film(
        *aligned(
            "thin_film",
            position=position,
            time=time,
            diffusivity=diffusivity,
            amount=amount,
            background=background,
        ),
        share,
    )


def thick_film(
    position: Numbers,
    time: Numbers,
    diffusivity: Numbers,
    thickness: Numbers,
    value: Numbers,
    background: Numbers = 0.0,
    sides: Literal[1, 2] = 1,
) -> Float[Array, "..."]:
    r"""Composition after a layer of finite thickness has spread.

    With $h$ the whole thickness for one side, half of it for two,

    $$c(x, t) = c_0 + \frac{c_1 - c_0}{2}\left[
    \mathrm{erfc}\,\frac{x - h}{2\sqrt{Dt}}
    - \mathrm{erfc}\,\frac{x + h}{2\sqrt{Dt}}\right]$$

    **Arguments:** any shapes that broadcast together

    - `position`: $x$, in m; from the free surface of the layer if `sides` is 1, from
        the middle of the layer if it is 2.
    - `time`: $t \ge 0$, in s.
    - `diffusivity`: $D > 0$, in m²/s; the same in layer and body.
    - `thickness`: whole thickness of the layer, > 0, in m.
    - `value`, `background`: $c_1$ in the layer and $c_0$ beyond, at first; a mole
        fraction, or any unit of concentration.
    - `sides`: 1 if the layer lies on the surface of a half space ($x \ge 0$), 2 if it
        is buried between two; a plain integer.

    **Returns:**

    Composition, in the unit of `value`.

    **Raises:** `ValueError`, if shapes do not broadcast, or a known number breaks its
    condition.

    **Error:** round-off, relative to $c_1 - c_0$.

    ??? cite "Reference"

        Crank, *The Mathematics of Diffusion*, 2nd ed., Oxford 1975, ch. 2.
    """
    share = _share("thick_film", sides)
    return _thick_film(
        *aligned(
            "thick_film",
            position=position,
            time=time,
            diffusivity=diffusivity,
            thickness=thickness,
            value=value,
            background=background,
        ),
        share,
    )


def _share(function: str, sides: int) -> float:
    """What one side gets of the film."""
    message = f"`{function}(sides=...)` must be 1 or 2; got {sides!r}."
    return 1 / require(sides, sides in (1, 2), message)


@jax.jit
def _thin_film(position, time, diffusivity, amount, background, share):
    spread = diffusivity * time
    z = scaled(position, spread)
    start = spread == 0
    height = amount / jnp.sqrt(math.pi * jnp.where(start, 1.0, spread))
    sign = jnp.sign(jax.lax.stop_gradient(amount))
    spike = jnp.where((position == 0) & (sign != 0), sign * jnp.inf, 0.0)
    return background + jnp.where(start, spike, share * height * jnp.exp(-(z**2)))


@jax.jit
def _thick_film(position, time, diffusivity, thickness, value, background, share):
    half = share * thickness
    spread = diffusivity * time
    inner, outer = scaled(position - half, spread), scaled(position + half, spread)
    return background + (value - background) * (erfc(inner) - erfc(outer)) / 2
