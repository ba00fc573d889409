"""A long cylinder: its decaying Bessel modes."""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .._shapes import Numbers
from ._arguments import aligned, mode_and_wall, Wall
from ._functions import along
from ._slab import reduced


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
    alpha = _bessel_root(0 if wall == "fixed" else 1, mode)
    return _wave(position, time, diffusivity, radius, alpha)


@functools.partial(jax.jit, static_argnums=4)
def _wave(position, time, diffusivity, radius, alpha):
    decay = jnp.exp(-(alpha**2) * reduced(time, diffusivity, radius))
    x = alpha * (position / radius)
    # J0(x) is the mean of cos(x sin(angle)); the midpoint rule is exact to round-off,
    # and its slopes with it.
    sines = along(np.sin(_angles(alpha)), x)
    return jnp.mean(jnp.cos(sines * x[None]), axis=0) * decay


def _angles(largest: float) -> np.ndarray:
    """Midpoints on a quarter turn, enough for Bessel functions up to x = `largest`.

    With N on the quarter the error is about 2 J_4N(x).
    """
    count = math.ceil((1.3 * largest + 40) / 4)
    return (np.arange(count) + 0.5) * (math.pi / (2 * count))


@functools.lru_cache
def _bessel_root(order: int, n: int) -> float:
    """Positive root number `n` of J0 or J1: McMahon's first terms, Newton's steps."""
    b = (n + order / 2 - 0.25) * math.pi
    x = b - (4 * order**2 - 1) / (8 * b)
    sines = np.sin(_angles(x + 1))
    for _ in range(6):
        j0 = np.mean(np.cos(x * sines))
        j1 = np.mean(sines * np.sin(x * sines))
        x -= -j0 / j1 if order == 0 else j1 / (j0 - j1 / x)
    return float(x)
