"""Two half-infinite bodies pressed together: the diffusion couple."""

import math

import jax
from jax.scipy.special import erfc
from jaxtyping import Array, Float

from .._shapes import Numbers
from ._arguments import aligned
from ._functions import root, scaled


def couple(
    position: Numbers,
    time: Numbers,
    diffusivity: Numbers,
    left: Numbers,
    right: Numbers,
    interface: Numbers = 0.0,
) -> Float[Array, "..."]:
    r"""Composition in a diffusion couple with constant diffusivity.

    $$c(x, t) = c_R + \frac{c_L - c_R}{2}\,
    \mathrm{erfc}\,\frac{x - x_0}{2\sqrt{D t}}$$

    **Arguments:** any shapes that broadcast together

    - `position`: $x$, in m.
    - `time`: $t \ge 0$, in s.
    - `diffusivity`: $D > 0$, in m²/s.
    - `left`, `right`: $c_L$ at $x \to -\infty$ and $c_R$ at $x \to \infty$; a mole
        fraction, or any unit of concentration.
    - `interface`: $x_0$, where the two bodies touch, in m.

    **Returns:**

    Composition, in the unit of `left`. At $t = 0$ it is the step, with the mean of the
    two sides at $x = x_0$; slopes there are given as 0.

    **Raises:** `ValueError`, if shapes do not broadcast, or a known time or diffusivity
    breaks its condition.

    **Error:** round-off.

    ??? cite "Reference"

        Crank, *The Mathematics of Diffusion*, 2nd ed., Oxford 1975, ch. 2.
    """
    return _couple(
        *aligned(
            "couple",
            position=position,
            time=time,
            diffusivity=diffusivity,
            left=left,
            right=right,
            interface=interface,
        )
    )


def couple_through(
    time: Numbers, diffusivity: Numbers, left: Numbers, right: Numbers
) -> Float[Array, "..."]:
    r"""Amount that has crossed the interface of a couple, per area.

    $$M(t) = (c_L - c_R)\sqrt{D t / \pi}$$

    **Arguments:** as in [`diffjax.exact.couple`][].

    **Returns:**

    Amount per area, positive to the right, in the unit of `left` times m; the shape of
    `time`. At $t = 0$
    the slope in time is infinite; 0 is given.

    **Raises:** as in [`diffjax.exact.couple`][].

    **Error:** round-off.
    """
    return _couple_through(
        *aligned(
            "couple_through",
            time=time,
            diffusivity=diffusivity,
            left=left,
            right=right,
        )
    )


@jax.jit
def _couple(position, time, diffusivity, left, right, interface):
    z = scaled(position - interface, diffusivity * time)
    return right + (left - right) * (erfc(z) / 2)


@jax.jit
def _couple_through(time, diffusivity, left, right):
    return (left - right) * root(diffusivity * time) / math.sqrt(math.pi)
