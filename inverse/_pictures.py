"""Pictures of what is known: draws, profile likelihoods, designs."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

import diffjax as djx

from ._design import Design
from ._estimates import Fit
from ._experiment import AbstractExperiment
from ._likelihood import ProfileLikelihood
from ._plots import look, PALETTE, power_of, raised
from ._profile import Profile
from ._sample import Posterior


# So many draws are dots of a corner plot.
_DOTS = 2000
# Of two normal numbers 95 % lie within this radius.
_RADIUS = np.sqrt(-2 * np.log(0.05))


def plot_corner(posterior: Posterior, fit: Fit | None = None) -> Any:
    """Draws of each parameter, and of each pair.

    **Arguments:**

    - `posterior`: the draws.
    - `fit`: whose Laplace intervals are drawn beside them: a bell curve for each
        parameter and the 95 % ellipse for each pair.

    **Returns:**

    A `matplotlib.figure.Figure`.

    **Raises:** `ModuleNotFoundError` without the extra `plot`.
    """
    laplace = None
    if fit is not None:
        laplace = np.array([one.value for one in fit.parameters]), fit.covariance
    return corner(posterior.flat, posterior.names, posterior.units, laplace)


def corner(
    flat: np.ndarray,
    names: tuple[str, ...],
    units: tuple[str, ...],
    laplace: tuple[np.ndarray, np.ndarray] | None,
) -> Any:
    """As `plot_corner`, from draws of shape `(draws, p)`, and estimates with their
    covariance, in the units of the parameters."""
    count = len(names)
    said = [_unit(flat[:, k], names[k], units[k]) for k in range(count)]
    sizes, words = np.array([size for size, _ in said]), [word for _, word in said]
    every = max(1, len(flat) // _DOTS)
    views = []
    for k in range(count):
        low, high = np.quantile(flat[:, k] / sizes[k], (0.002, 0.998))
        views.append((low - 0.15 * (high - low), high + 0.15 * (high - low)))
    with look() as Figure:
        side = 1.2 + 1.7 * count
        figure = Figure(figsize=(side, side))
        for i in range(count):
            for j in range(i + 1):
                axes = figure.add_subplot(count, count, count * i + j + 1)
                x, y = flat[:, j] / sizes[j], flat[:, i] / sizes[i]
                if i == j:
                    axes.hist(x, bins=40, density=True, color=PALETTE.accent, alpha=0.5)
                    axes.set_yticks([])
                else:
                    dots = dict(ms=1.6, alpha=0.3, mew=0, color=PALETTE.accent)
                    axes.plot(x[::every], y[::every], "o", **dots)
                if laplace is not None:
                    both = laplace[0] / sizes, laplace[1] / np.outer(sizes, sizes)
                    _laplace(axes, *both, i, j)
                axes.set_xlabel(words[j] if i == count - 1 else "")
                axes.set_ylabel(words[i] if j == 0 and i > 0 else "")
                axes.tick_params(labelbottom=i == count - 1, labelleft=j == 0 and i > 0)
                axes.locator_params(nbins=4)
                axes.set_xlim(*views[j])
                if i > j:
                    axes.set_ylim(*views[i])
        figure.align_labels()
    return figure


def _unit(draws: np.ndarray, name: str, unit: str) -> tuple[float, str]:
    """A power of ten in which a parameter reads well, and its name with it."""
    size = float(np.median(np.abs(draws)))
    power = power_of(size, 1 if 0 < size < 1e-3 else 3)
    unit = f"10{raised(power)} {unit}" if power else unit
    return 10.0**power, f"{name} ({unit.strip()})" if unit else name


def _laplace(
    axes: Any, middle: np.ndarray, covariance: np.ndarray, i: int, j: int
) -> None:
    """What the curvature at the estimate says: a bell curve, or an ellipse."""
    pair = covariance[np.ix_([j, i], [j, i])]
    if not np.all(np.isfinite(pair)):
        return
    if i == j:
        sd = float(np.sqrt(pair[0, 0]))
        x = np.linspace(-4, 4, 161)
        bell = np.exp(-0.5 * x**2) / (sd * np.sqrt(2 * np.pi))
        axes.plot(middle[i] + sd * x, bell, color=PALETTE.warm, lw=1.2)
        return
    around = np.linspace(0, 2 * np.pi, 121)
    ring = np.stack([np.cos(around), np.sin(around)])
    values, vectors = np.linalg.eigh(pair)
    ends = vectors @ (np.sqrt(np.maximum(values, 0.0))[:, None] * ring)
    x, y = middle[j] + _RADIUS * ends[0], middle[i] + _RADIUS * ends[1]
    axes.plot(x, y, color=PALETTE.warm, lw=1.2)


def plot_likelihood(profile: ProfileLikelihood) -> Any:
    r"""Rise of $\chi^2$ along one parameter, beside the parabola of its error bar.

    **Arguments:**

    - `profile`: of one parameter.

    **Returns:**

    A `matplotlib.figure.Figure`.

    **Raises:** `ModuleNotFoundError` without the extra `plot`.
    """
    values, rise = profile.values, profile.roots**2
    power = power_of(float(np.max(np.abs(values))), 1)
    power = power if abs(power) > 2 else 0
    size, limit = 10.0**power, profile.threshold**2
    with look() as Figure:
        figure = Figure(figsize=(5.6, 4.0))
        axes = figure.add_subplot()
        low, high = profile.laplace
        if np.isfinite(high - low):
            # A half on either side: the transform makes them differ.
            middle = float(values[np.argmin(np.abs(profile.roots))])
            x = np.linspace(1.3 * low - 0.3 * middle, 1.3 * high - 0.3 * middle, 161)
            half = np.where(x < middle, middle - low, high - middle)
            parabola = limit * ((x - middle) / half) ** 2
            label = "as the error bar assumes"
            axes.plot(
                x / size, parabola, ls=(0, (4, 3)), color=PALETTE.warm, label=label
            )
        axes.plot(values / size, rise, "o-", ms=3.2, color=PALETTE.accent,
                  label="others refitted")  # fmt: skip
        axes.axhline(limit, color=PALETTE.grey, lw=0.9)
        ends = [e / size for e in (profile.lower, profile.upper) if np.isfinite(e)]
        for end in ends:
            axes.vlines(end, 0, limit, color=PALETTE.grey, lw=0.9)
        word = f"{100 * profile.level:.3g} %"
        axes.annotate(word, (0.01, limit), xycoords=("axes fraction", "data"),
                      va="bottom", color=PALETTE.grey, fontsize=8.5)  # fmt: skip
        unit = f"10{raised(power)} {profile.unit}" if power else profile.unit
        unit = f" ({unit.strip()})" if unit else ""
        axes.set_xlabel(f"{profile.name}{unit}")
        axes.set_ylabel("rise of χ²")
        axes.set_ylim(0, 1.6 * limit)
        axes.legend(loc="upper center")
    return figure


def plot_design(design: Design) -> Any:
    """Shares of the candidates as bars, whole numbers above them.

    **Arguments:**

    - `design`: the result.

    **Returns:**

    A `matplotlib.figure.Figure`.

    **Raises:** `ModuleNotFoundError` without the extra `plot`.
    """
    count = len(design.labels)
    places = np.arange(count)
    with look() as Figure:
        figure = Figure(figsize=(7.0, 3.6))
        axes = figure.add_subplot()
        axes.bar(places, 100 * design.weights, color=PALETTE.accent, alpha=0.6,
                 width=0.8, label="best share")  # fmt: skip
        for k in np.flatnonzero(design.counts):
            axes.annotate(str(design.counts[k]), (float(k), 100 * design.weights[k]),
                          xytext=(0, 2), textcoords="offset points", ha="center",
                          fontsize=8.5, color=PALETTE.ink)  # fmt: skip
        every = max(1, -(-count // 9))
        shown = places[::every]
        axes.set_xticks(shown, [design.labels[k] for k in shown])
        long = max(len(design.labels[k]) for k in shown) * len(shown) > 70
        if long:
            axes.tick_params(axis="x", rotation=30)
        axes.set_ylabel(f"share of {int(np.sum(design.counts))} measurements (%)")
        axes.set_ylim(0, 1.15 * 100 * float(np.max(design.weights)))
        axes.set_xlim(-0.7, count - 0.3)
    return figure


def plot_expected(experiments: Sequence[AbstractExperiment]) -> Any:
    """What experiments are expected to show, each value with its scatter.

    **Arguments:**

    - `experiments`: with values of a model, as [`inverse.simulate`][] makes them.

    **Returns:**

    A `matplotlib.figure.Figure`.

    **Raises:** `ModuleNotFoundError` without the extra `plot`.
    """
    across = min(3, len(experiments))
    down = -(-len(experiments) // across)
    with look() as Figure:
        figure = Figure(figsize=(3.4 * across + 0.3, 2.7 * down + 0.2))
        for k, experiment in enumerate(experiments):
            axes = figure.add_subplot(down, across, k + 1)
            _draw_expected(axes, experiment)
            axes.set_title(experiment.data.name, fontsize=9.5)
    return figure


def _draw_expected(axes: Any, experiment: AbstractExperiment) -> None:
    data = experiment.data
    value, at = np.asarray(data.value), np.asarray(data.at)
    given = jnp.ones(len(value)) if data.sigma is None else data.sigma
    known = data.sigma is not None or not data.noise.scaled
    scatter = np.asarray(data.noise.deviation(jnp.asarray(value), given))
    if isinstance(data, Profile):
        unit, per_metre = djx.plots.length_unit(float(at[-1] - at[0]))
        x, label = at * per_metre, f"position ({unit})"
    else:
        x = at[:, 0] if at.ndim == 2 else at
        label = str(getattr(data, "axis", ""))
        axes.set_ylabel(str(getattr(data, "quantity", "")))
    axes.errorbar(x, value, scatter if known else None, fmt="o", ms=3, mfc="none",
                  mew=0.9, elinewidth=0.8, color=PALETTE.accent)  # fmt: skip
    axes.set_xlabel(label)
    axes.locator_params(nbins=5)
