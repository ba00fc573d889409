"""Diffusivities read off a couple's profile without fitting a model.

All of them assume one isothermal anneal, ends that the diffusion has not reached, and
a molar volume that does not depend on composition.
"""

import math
from typing import Literal

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

import diffjax as djx

from ._profile import Profile
from ._smoothing import noise_of, probit, SmoothShare


def profile_ends(profile: Profile) -> tuple[float, float]:
    """Compositions of the two ends: means of what is level with the last points.

    **Arguments:**

    - `profile`: a couple's profile, positions in m.

    **Returns:**

    The value far to the left and far to the right, in the unit of the values.
    """
    value = np.asarray(profile.value)
    level = 1.5 * noise_of(value)

    def end(values):
        values = values[: max(1, len(values) // 5)]
        off = np.abs(values - values[0]) > level
        return float(np.mean(values[: int(np.argmax(off)) if off.any() else None]))

    return end(value), end(value[::-1])


def _numbers(
    profile: Profile, left: ArrayLike | None, right: ArrayLike | None, name: str
) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Positions, shares Y rising from 0 to 1, and the two ends."""
    first, last = profile_ends(profile)
    low = first if left is None else float(np.asarray(left))
    high = last if right is None else float(np.asarray(right))
    if not abs(high - low) > 0:
        raise ValueError(
            f"`{name}` needs a profile with different ends; got {low:g} on both sides."
        )
    share = (np.asarray(profile.value, dtype=float) - low) / (high - low)
    return np.asarray(profile.position, dtype=float), share, low, high


def matano_plane(
    profile: Profile, left: ArrayLike | None = None, right: ArrayLike | None = None
) -> Float[Array, ""]:
    r"""Position of the Matano plane: as much has left one side as entered the other.

    $$\int_{-\infty}^{x_M} (c - c_L)\,dx = \int_{x_M}^{\infty} (c_R - c)\,dx$$

    **Arguments:**

    - `profile`: values over the whole couple.
    - `left`, `right`: compositions $c_L$, $c_R$ of the ends, in the unit of the values;
        read off the outermost points if `None`.

    **Returns:**

    $x_M$, in m; a scalar.

    **Raises:** `ValueError` if the two ends are equal.

    **Error:** trapezoidal rule on the points as they are; an error $\delta$ in an end
    moves the plane by about $\delta/(c_R - c_L)$ of the plateau's length.
    """
    x, share, _, _ = _numbers(profile, left, right, "matano_plane")
    return djx.real(x[-1] - float(np.trapezoid(share, x)))


def _curve(
    x: np.ndarray, share: np.ndarray, smooth: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if smooth:
        return SmoothShare(x, share).table()
    return x, np.maximum.accumulate(share), np.gradient(share, x)


def _read(
    compositions: ArrayLike,
    low: float,
    high: float,
    share: np.ndarray,
    diffusivity: np.ndarray,
) -> Float[Array, "*s"]:
    wanted = (np.asarray(compositions, dtype=float) - low) / (high - low)
    rising = np.concatenate([[True], np.diff(share) > 0])
    read = np.interp(
        wanted, share[rising], diffusivity[rising], left=np.nan, right=np.nan
    )
    return djx.real(np.where((wanted > 0) & (wanted < 1), read, np.nan))


def _positive_time(time: ArrayLike, name: str) -> float:
    if np.ndim(time):
        raise ValueError(
            f"`{name}(time=...)` must be one number > 0 (s); got an array of shape "
            f"{np.shape(time)}."
        )
    t = float(np.asarray(time))
    if not (t > 0 and math.isfinite(t)):
        raise ValueError(f"`{name}(time=...)` must be > 0 (s); got {t:g}.")
    return t


def boltzmann_matano(
    profile: Profile,
    time: ArrayLike,
    compositions: ArrayLike,
    left: ArrayLike | None = None,
    right: ArrayLike | None = None,
    smooth: bool = True,
) -> Float[Array, "*s"]:
    r"""Interdiffusion coefficient from the slope and the area up to a composition.

    $$D(c^*) = -\frac{1}{2t}\,\frac{dx}{dc}\Big|_{c^*}
    \int_{c_L}^{c^*} (x - x_M)\,dc$$

    **Arguments:**

    - `profile`: values over the whole couple.
    - `time`: duration of the anneal, > 0, in s.
    - `compositions`: $c^*$, in the unit of the values; any shape.
    - `left`, `right`: compositions of the ends; see [`inverse.matano_plane`][].
    - `smooth`: draw a smooth monotone curve through the points first.

    **Returns:**

    Diffusivity, in m²/s; shape of `compositions`; NaN beyond the ends.

    **Raises:** `ValueError` if the ends are equal, the time is not > 0, or fewer than 3
    points lie on the slope.

    **Error:** about 1 % between 5 and 95 % of the range on clean data; a relative error
    of the slope, or of the small area near an end, goes into $D$ as it is.
    """
    t = _positive_time(time, "boltzmann_matano")
    x, share, low, high = _numbers(profile, left, right, "boltzmann_matano")
    x, share, slope = _curve(x, share, smooth)
    total = share[-1] - share[0]
    middle = 0.5 * (x[1:] + x[:-1])
    plane = np.sum(middle * np.diff(share)) / total
    below = np.concatenate([[0.0], np.cumsum((middle - plane) * np.diff(share))])
    with np.errstate(divide="ignore", invalid="ignore"):
        diffusivity = -below / (2 * t * slope)
    return _read(compositions, low, high, share, diffusivity)


def sauer_freise(
    profile: Profile,
    time: ArrayLike,
    compositions: ArrayLike,
    left: ArrayLike | None = None,
    right: ArrayLike | None = None,
    smooth: bool = True,
) -> Float[Array, "*s"]:
    r"""Interdiffusion coefficient without a Matano plane.

    With $Y = (c - c_L)/(c_R - c_L)$,

    $$D(Y^*) = \frac{1}{2t}\,\frac{dx}{dY}\Big|_{Y^*} \Big[(1 - Y^*)
    \int_{-\infty}^{x^*} Y\,dx + Y^* \int_{x^*}^{\infty} (1 - Y)\,dx\Big]$$

    **Arguments:**

    - `profile`: values over the whole couple.
    - `time`: duration of the anneal, > 0, in s.
    - `compositions`: where $D$ is wanted, in the unit of the values; any shape.
    - `left`, `right`: compositions of the ends; see [`inverse.matano_plane`][].
    - `smooth`: draw a smooth monotone curve through the points first.

    **Returns:**

    Diffusivity, in m²/s; shape of `compositions`; NaN beyond the ends.

    **Raises:** `ValueError` if the ends are equal, the time is not > 0, or fewer than 3
    points lie on the slope.

    **Error:** about 1 % between 5 and 95 % of the range on clean data.
    """
    t = _positive_time(time, "sauer_freise")
    x, share, low, high = _numbers(profile, left, right, "sauer_freise")
    share, diffusivity = sauer_freise_curve(*_curve(x, share, smooth), t)
    return _read(compositions, low, high, share, diffusivity)


def sauer_freise_curve(
    x: np.ndarray, share: np.ndarray, slope: np.ndarray, time: float
) -> tuple[np.ndarray, np.ndarray]:
    """Sauer and Freise's formula all along a curve.

    **Arguments:**

    - `x`: positions, increasing, in m; shape `(points,)`.
    - `share`: $Y$ there, from 0 to 1; shape `(points,)`.
    - `slope`: $dY/dx$ there, in 1/m; shape `(points,)`.
    - `time`: in s.

    **Returns:**

    `share` and the diffusivity there, in m²/s; shape `(points,)`.
    """
    widths = np.diff(x)

    def from_left(values):
        pieces = 0.5 * (values[1:] + values[:-1]) * widths
        return np.concatenate([[0.0], np.cumsum(pieces)])

    before = from_left(share)
    after = from_left(1 - share)
    after = after[-1] - after
    with np.errstate(divide="ignore", invalid="ignore"):
        diffusivity = ((1 - share) * before + share * after) / (2 * time * slope)
    return share, diffusivity


def hall(
    profile: Profile,
    time: ArrayLike,
    compositions: ArrayLike,
    left: ArrayLike | None = None,
    right: ArrayLike | None = None,
    tail: Literal["left", "right"] = "left",
    within: float = 0.1,
) -> Float[Array, "*s"]:
    r"""Diffusivity in one tail, where the profile is straight on probability paper.

    With $\lambda = (x - x_M)/\sqrt{t}$ and $Y = \tfrac12 [1 + \mathrm{erf}\,u]$, a line
    $u = h \lambda + \varphi$ is drawn through the tail, and on the left

    $$D = \frac{1}{4 h^2} \big[1 + 2 \sqrt{\pi}\, \varphi\, Y\, e^{u^2}\big]$$

    (on the right $Y \to 1 - Y$ and $\varphi \to -\varphi$).

    **Arguments:**

    - `profile`: values over the whole couple.
    - `time`: duration of the anneal, > 0, in s.
    - `compositions`: where $D$ is wanted, in the unit of the values; any shape.
    - `left`, `right`: compositions of the ends; see [`inverse.matano_plane`][]. The
        answer is sensitive to the end of the tail: give it if it is known.
    - `tail`: the end that is looked at.
    - `within`: the tail is where $Y$ (or $1 - Y$) is below this number; no unit.

    **Returns:**

    Diffusivity, in m²/s; shape of `compositions`; NaN outside the tail.

    **Raises:** `ValueError` if the ends are equal, the time is not > 0, `tail` is
    unknown, `within` is not from 0 to 0.5, or fewer than 3 points lie in the tail.

    **Error:** exact where $D$ is constant in the tail and beyond; otherwise the error
    of taking a bent line as straight. Points within three times the scatter of the end
    are left out: they are level, and would make the tail look long.
    """
    t = _positive_time(time, "hall")
    if tail not in ("left", "right"):
        raise ValueError(f"`hall(tail=...)` must be 'left' or 'right'; got {tail!r}.")
    if not 0 < within <= 0.5:
        raise ValueError(
            f"`hall(within=...)` must be > 0 and at most 0.5 (no unit); got {within:g}."
        )
    x, share, low, high = _numbers(profile, left, right, "hall")
    plane = float(matano_plane(profile, low, high))
    wanted = (np.asarray(compositions, dtype=float) - low) / (high - low)
    if tail == "right":
        x, share, plane, wanted = -x[::-1], 1 - share[::-1], -plane, 1 - wanted
    # Scatter about the level end is no tail: one connected run, above three times it.
    floor = max(1e-6 * within, 3 * noise_of(share))
    top = int(np.argmax(share >= within)) if np.any(share >= within) else len(share)
    low_points = np.flatnonzero(share[:top] <= floor)
    use = np.zeros(share.shape, dtype=bool)
    use[low_points.max(initial=-1) + 1 : top] = True
    if use.sum() < 3:
        raise ValueError(
            f"`hall(tail={tail!r}, within={within:g})` needs at least 3 points in the "
            f"tail; got {int(use.sum())}."
        )
    u = probit(share[use]) / math.sqrt(2)
    slope, offset = np.polyfit((x[use] - plane) / math.sqrt(t), u, 1, w=np.exp(-(u**2)))
    inside = (wanted > 0) & (wanted <= within)
    safe = np.where(inside, wanted, 0.5 * within)
    at = (probit(safe.reshape(-1)) / math.sqrt(2)).reshape(safe.shape)
    bracket = 1 + 2 * math.sqrt(math.pi) * offset * safe * np.exp(at**2)
    return jnp.where(djx.real(inside) > 0, djx.real(bracket / (4 * slope**2)), jnp.nan)
