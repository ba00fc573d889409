"""Pictures of a fit: profile, residuals, D(c), correlations. Matplotlib when drawn."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

import diffjax as djx

from ._data import Readings
from ._estimates import Fit
from ._experiment import AbstractTraverse, temperature_of
from ._many import part_of
from ._profile import Profile
from ._tensor_found import direction_words, tensor_found, TensorFound


class Palette(NamedTuple):
    """Colours by their use; a report turns them into colours of its page."""

    ink: str = "#1d242e"
    accent: str = "#0b6fc4"
    warm: str = "#d1500b"
    grey: str = "#8a93a0"


PALETTE = Palette()
# Share of the composition range at either end where D(c) counts as extrapolated.
EDGE = 0.03
_DIGITS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def plot_fit(fit: Fit, index: int = 0, known: Any = None) -> Any:
    """Profile, residuals and D(c) of one experiment; correlations of the parameters in
    place of D(c) where no experiment is a profile.

    **Arguments:**

    - `fit`: the result.
    - `index`: which experiment; no unit.
    - `known`: diffusivities from elsewhere: anything with `name`, `composition` (unit
        of the values) and `diffusivity` (m²/s).

    **Returns:**

    A `matplotlib.figure.Figure`.

    **Raises:** `ModuleNotFoundError` without the extra `plot`.
    """
    with look() as Figure:
        figure = Figure(figsize=(10.0, 4.6))
        grid = figure.add_gridspec(2, 2, height_ratios=(3, 1.1))
        top = figure.add_subplot(grid[0, 0])
        bottom = figure.add_subplot(grid[1, 0], sharex=top)
        draw_profile(top, fit, index)
        draw_residuals(bottom, fit, index)
        top.set_xlabel("")
        top.tick_params(labelbottom=False)
        right = figure.add_subplot(grid[:, 1])
        if fit.traverses:
            draw_diffusivity(right, fit, known)
        else:
            draw_correlation(right, fit.names, fit.correlation)
    return figure


def look() -> Any:
    """The house look in the palette's ink."""
    ink = PALETTE.ink
    return djx.plots.styled(
        text_color=ink,
        axes_edgecolor=ink,
        axes_labelcolor=ink,
        xtick_color=ink,
        ytick_color=ink,
        grid_color=PALETTE.grey,
    )


def _scale(fit: Fit, index: int) -> tuple[str, float]:
    x = np.asarray(fit.experiments[index].data.at)
    return djx.plots.length_unit(float(x[-1] - x[0]))


def draw_profile(axes: Any, fit: Fit, index: int) -> None:
    """Points, fitted curve with its 95 % band, and the origin.

    **Arguments:**

    - `axes`: of matplotlib.
    - `fit`, `index`: result and experiment; no unit.
    """
    profile = fit.experiments[index].data
    if not isinstance(profile, Profile):
        _draw_readings(axes, fit, index)
        return
    unit, per_metre = _scale(fit, index)
    x, y = np.asarray(profile.at), np.asarray(profile.value)
    fine = np.linspace(x[0], x[-1], 401)
    middle, lower, upper = fit.band(index, fine)
    if np.all(np.isfinite(upper - lower)):
        axes.fill_between(
            fine * per_metre, lower, upper, color=PALETTE.accent, alpha=0.25, lw=0
        )
    axes.plot(fine * per_metre, middle, color=PALETTE.accent, label="fit, 95 % band")
    axes.errorbar(
        x * per_metre,
        y,
        None if profile.sigma is None else np.asarray(profile.sigma),
        fmt="o",
        ms=3.4,
        mfc="none",
        mew=0.9,
        elinewidth=0.8,
        color=PALETTE.ink,
        label=profile.name,
        zorder=3,
    )
    origin = fit.matano_plane[index]
    couple = "left" in fit.local[index] and np.isfinite(origin)
    rising = y[-1] > y[0]
    if couple:
        axes.axvline(origin * per_metre, color=PALETTE.grey, lw=0.9, ls=(0, (4, 3)))
        axes.annotate(
            f"Matano plane {origin * per_metre:.1f} {unit}".replace("-", "−"),
            (origin * per_metre, 0.03),
            xycoords=("data", "axes fraction"),
            xytext=(5 if rising else -5, 0),
            textcoords="offset points",
            ha="left" if rising else "right",
            color=PALETTE.grey,
            fontsize=8.5,
        )
    axes.set_xlabel(f"position ({unit})")
    axes.set_ylabel(value_word(fit))
    axes.legend(loc="upper left" if rising else "upper right")


def draw_residuals(axes: Any, fit: Fit, index: int) -> None:
    """Data minus fit along the profile, with one standard deviation as a band.

    **Arguments:**

    - `axes`: of matplotlib.
    - `fit`, `index`: result and experiment; no unit.
    """
    x, label = _abscissa(fit, index)
    order = np.argsort(x)
    x, residual, noise = (a[order] for a in (x, fit.residuals[index], fit.noise[index]))
    power = power_of(float(np.max(np.abs(residual), initial=1e-300)))
    size = 10.0**power
    axes.fill_between(
        x, -noise / size, noise / size, color=PALETTE.grey, alpha=0.22, lw=0, step="mid"
    )
    axes.axhline(0, color=PALETTE.grey, lw=0.9)
    axes.vlines(x, 0, residual / size, color=PALETTE.ink, lw=0.8)
    axes.plot(x, residual / size, "o", ms=3, color=PALETTE.ink)
    axes.set_xlabel(label)
    axes.set_ylabel(f"data − fit{_times(power)}")


def _abscissa(fit: Fit, index: int) -> tuple[np.ndarray, str]:
    """What the values of an experiment are drawn against, and its label."""
    data = fit.experiments[index].data
    at = np.asarray(data.at)
    if isinstance(data, Profile):
        unit, per_metre = _scale(fit, index)
        return at * per_metre, f"position ({unit})"
    varying = [column for column in at.T if np.ptp(column) > 0] if at.ndim == 2 else []
    if len(varying) == 1:
        at = varying[0]
    if at.ndim == 1:
        return at, data.axis if isinstance(data, Readings) else ""
    return np.arange(1.0, len(at) + 1), "number of the reading"


def _draw_readings(axes: Any, fit: Fit, index: int) -> None:
    """Readings of any kind, beside what the model gives there with its 95 % band."""
    data = fit.experiments[index].data
    x, label = _abscissa(fit, index)
    order = np.argsort(x)
    middle, lower, upper = fit.band(index, np.asarray(data.at))
    x, middle, lower, upper = (a[order] for a in (x, middle, lower, upper))
    if np.all(np.isfinite(upper - lower)):
        axes.fill_between(x, lower, upper, color=PALETTE.accent, alpha=0.25, lw=0)
    axes.plot(x, middle, "-", color=PALETTE.accent, label="fit, 95 % band")
    axes.errorbar(
        x,
        np.asarray(data.value)[order],
        None if data.sigma is None else np.asarray(data.sigma)[order],
        fmt="o",
        ms=4,
        mfc="none",
        elinewidth=0.8,
        color=PALETTE.ink,
        label=data.name,
        zorder=3,
    )
    axes.set_xlabel(label)
    axes.set_ylabel(data.quantity if isinstance(data, Readings) else "value")
    axes.legend(loc="best")


def draw_diffusivity(axes: Any, fit: Fit, known: Any = None) -> None:
    """D(c) with its 95 % interval, greyed where it is extrapolated.

    **Arguments:**

    - `axes`: of matplotlib.
    - `fit`: the result.
    - `known`: as in `plot_fit`; compositions in the unit of the values.
    """
    tensor = tensor_found(fit)
    if tensor is not None:
        draw_directions(axes, tensor)
        return
    if varies_with(fit) == "temperature":
        _draw_arrhenius(axes, fit)
        return
    low, high = fit.composition_range
    edge = EDGE * (high - low)
    c = np.linspace(low, high, 201)
    trusted = (c >= low + edge) & (c <= high - edge)
    curves = temperatures(fit)
    shown = [fit.diffusivity(c, experiment=i) for i, _ in curves]
    inside = np.concatenate([d[trusted] for d, _, _ in shown])
    wide = inside.max() / inside.min() > 12
    power = 0 if wide else power_of(float(inside.max()), 1)
    size = 10.0**power
    colours = (PALETTE.accent, PALETTE.warm, PALETTE.ink, PALETTE.grey)
    for number, ((_, label), (d, lower, upper)) in enumerate(zip(curves, shown)):
        colour = colours[number % len(colours)]
        for part, tint in ((trusted, colour), (c <= low + edge, PALETTE.grey)):
            _band(axes, c, lower, upper, part, tint, size)
        _band(axes, c, lower, upper, c >= high - edge, PALETTE.grey, size)
        ends = np.where(trusted, np.nan, d)
        axes.plot(c, ends / size, color=PALETTE.grey, ls=(0, (3, 2)), lw=1.3)
        middle = np.where(trusted, d, np.nan) / size
        axes.plot(c, middle, color=colour, label=label or "fit, 95 % interval")
    axes.plot([], [], color=PALETTE.grey, ls=(0, (3, 2)), lw=1.3, label="extrapolated")
    if known is not None:
        axes.plot(
            known.composition,
            known.diffusivity / size,
            "D",
            ms=4.5,
            mfc="none",
            color=PALETTE.warm,
            label=known.name,
        )
    _limits(axes, inside / size, [(u / size)[trusted] for _, _, u in shown], wide)
    axes.set_xlabel(value_word(fit))
    axes.set_ylabel("D (m²/s)" if wide else f"D (10{raised(power)} m²/s)")
    axes.legend(loc="best")


def draw_directions(axes: Any, tensor: TensorFound) -> None:
    """D along each direction that was measured, and the principal values.

    **Arguments:**

    - `axes`: of matplotlib.
    - `tensor`: in m²/s.
    """
    power = power_of(float(tensor.principal[0].max()), 1)
    start, names = 0, []
    groups = (
        (tensor.along, PALETTE.accent, "along the traverses"),
        (tensor.principal, PALETTE.warm, "principal values"),
    )
    for found, colour, label in groups:
        d, lower, upper = found / 10.0**power
        known = np.isfinite(upper)
        ends = np.where(known, [d - lower, upper - d], 0.0)
        places = start + np.arange(len(d))
        axes.errorbar(places, d, ends, fmt="o", ms=5, mfc="none", color=colour,
                      label=f"{label}, 95 %")  # fmt: skip
        start += len(d) + 1
    names = [direction_words(n) for n in tensor.directions]
    names += ["", *(f"D{'₁₂₃'[k]}" for k in range(len(tensor.axes)))]
    shown = [k for k, name in enumerate(names) if name]
    axes.set_xticks(shown, [names[k] for k in shown], rotation=35, ha="right",
                    rotation_mode="anchor")  # fmt: skip
    axes.set_ylim(bottom=0)
    axes.set_ylabel(f"D (10{raised(power)} m²/s)")
    axes.legend(loc="best")


def varies_with(fit: Fit) -> str:
    """`"composition"`, or `"temperature"` where only that matters, or `"nothing"`."""
    ends = np.linspace(*fit.composition_range, 5)
    first = fit.traverses[0]
    if np.ptp(np.log(fit.diffusivity(ends, experiment=first)[0])) > 1e-9:
        return "composition"
    return "temperature" if len(temperatures(fit)) > 1 else "nothing"


def _draw_arrhenius(axes: Any, fit: Fit) -> None:
    low = fit.composition_range[0]
    known = [_temperature(fit, index) for index, _ in temperatures(fit)]
    inverse = np.linspace(1 / max(known), 1 / min(known), 31)
    reach = 0.04 * (inverse[-1] - inverse[0])
    inverse = np.linspace(inverse[0] - reach, inverse[-1] + reach, 31)
    first = fit.traverses[0]
    curve = [fit.diffusivity(low, 1 / i, first) for i in inverse]
    middle, lower, upper = (
        np.array([float(one[k][0]) for one in curve]) for k in range(3)
    )
    x = 1e4 * inverse
    _band(axes, x, lower, upper, np.isfinite(upper), PALETTE.accent, 1.0)
    axes.plot(x, middle, color=PALETTE.accent, label="fit, 95 % interval")
    points = [float(fit.diffusivity(low, t, first)[0][0]) for t in known]
    axes.plot(1e4 / np.array(known), points, "o", mfc="none", color=PALETTE.ink,
              label="temperatures of the experiments")  # fmt: skip
    seen = np.isfinite(upper) & (upper < 10 * middle)
    least, most = (np.where(seen, end, middle) for end in (lower, upper))
    _logarithmic(axes, least.min(), most.max())
    axes.set_xlabel("10⁴ K / temperature")
    axes.set_ylabel("D (m²/s)")
    axes.legend(loc="best")


def _logarithmic(axes: Any, low: float, high: float) -> None:
    """A logarithmic axis for D (m²/s) with labels even where it spans one decade."""
    from matplotlib.ticker import LogLocator, NullFormatter

    def label(value: float, _: Any) -> str:
        if value <= 0:
            return ""
        power = math.floor(math.log10(value) + 1e-9)
        digit = round(value / 10.0**power)
        return f"{'' if digit == 1 else f'{digit} × '}10{raised(power)}"

    axes.set_yscale("log")
    decades = math.log10(high / low)
    steps = (1.0, 2.0, 5.0) if decades < 2.5 else (1.0,)
    axes.yaxis.set_major_locator(LogLocator(subs=steps, numticks=12))
    axes.yaxis.set_major_formatter(label)
    axes.yaxis.set_minor_formatter(NullFormatter())
    room = 10 ** (0.06 * decades)
    axes.set_ylim(low / room, high * room)


def _temperature(fit: Fit, index: int) -> float:
    experiment = fit.experiments[index]
    assert isinstance(experiment, AbstractTraverse)
    return float(temperature_of(experiment, fit.model, fit.local[index]))


def value_word(fit: Fit) -> str:
    """What the values are called: a composition, unless they cannot be one."""
    return "composition" if fit.composition_range[1] < 1.5 else "value"


def _band(axes, c, lower, upper, part, colour, size) -> None:
    finite = part & np.isfinite(upper) & np.isfinite(lower)
    axes.fill_between(
        c, lower / size, upper / size, where=finite, color=colour, alpha=0.25, lw=0
    )


def temperatures(fit: Fit) -> list[tuple[int, str]]:
    """One experiment for each temperature, and its label; empty if there is but one."""
    found: dict[float, int] = {}
    for index in fit.traverses:
        found.setdefault(round(_temperature(fit, index), 2), index)
    if len(found) < 2:
        return [(i, "") for i in found.values()]
    return [(i, f"{t - 273.15:.4g} °C") for t, i in sorted(found.items(), reverse=True)]


def _limits(axes, inside, uppers, wide) -> None:
    """A view that wild bands beyond the data do not set."""
    most = max(float(np.max(np.where(np.isfinite(u), u, 0))) for u in uppers)
    most = min(most, 3 * inside.max())
    if wide:
        _logarithmic(axes, inside.min(), most)
    else:
        axes.set_ylim(0, 1.12 * most)


def draw_correlation(axes: Any, names: Sequence[str], matrix: np.ndarray) -> None:
    """Correlations of the parameters: blue goes together, orange against each other.

    **Arguments:**

    - `axes`: of matplotlib.
    - `names`: of the parameters.
    - `matrix`: correlations, NaN where there are none; shape `(p, p)`.
    """
    from matplotlib.patches import Rectangle

    count = len(names)
    for i in range(count):
        for j in range(count):
            r = float(matrix[i, j])
            if i == j:
                colour, strength, text = PALETTE.grey, 0.25, ""
            elif math.isfinite(r):
                colour = PALETTE.accent if r > 0 else PALETTE.warm
                strength = 0.85 * min(abs(r), 1.0)
                text = f"{round(r, 2) + 0.0:.2f}".replace("-", "−")
            else:
                colour, strength, text = PALETTE.grey, 0.1, "?"
            square = (j - 0.48, i - 0.48), 0.96, 0.96
            axes.add_patch(Rectangle(*square, color=colour, alpha=strength, lw=0))
            if count <= 14:
                axes.text(j, i, text, ha="center", va="center", fontsize=7.5)
    axes.set_xlim(-0.5, count - 0.5)
    axes.set_ylim(count - 0.5, -0.5)
    axes.set_aspect("equal")
    if count <= 30:
        axes.set_xticks(
            range(count), names, rotation=45, ha="right", rotation_mode="anchor"
        )
        axes.set_yticks(range(count), names)
    else:
        # Parts of the model instead of their numbers.
        starts = [k for k in range(count) if k == 0 or part_of(names[k]) != part_of(
            names[k - 1])]  # fmt: skip
        axes.set_yticks(starts, [part_of(names[k]) for k in starts])
        axes.set_xticks([])
    axes.tick_params(length=0)
    axes.grid(False)
    for side in axes.spines.values():
        side.set_visible(False)


def power_of(largest: float, step: int = 3) -> int:
    """The power of ten in which `largest` reads well."""
    if not 0 < largest < math.inf or (step == 3 and 0.1 <= largest < 1000):
        return 0
    return step * math.floor(math.log10(largest) / step)


def raised(power: int) -> str:
    return str(power).translate(_DIGITS)


def _times(power: int) -> str:
    return f" (10{raised(power)})" if power else ""
