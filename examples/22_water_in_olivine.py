"""Hydrogen that leaves blocks of olivine: measured series, all axes in one fit.

Two blocks of olivine (Ferriss et al. 2018, MIT licence): one from San Carlos, 2.2 x 2.0
x 2.9 mm, at the start and after seven times at 800 °C, and one from Kilauea Iki, 2.1 x
1.1 x 1.3 mm, after three times at 1000 °C. Infrared light goes right through a block,
so that each value is a mean over a ray; traverses run along a, b and c. First row: the
area of all bands of hydrogen in the first block; second: the height of its band at
3525 cm-1; third: the area in the other. All are over the value before. Three
diffusivities, one even start and one value at the faces are to explain each row; shaded
is 95 % of the fit.

The one band is explained nearly within the scatter of its start, with hydrogen that
stays. The areas are not: their traverses disagree by more than they scatter, so that
the errors count the misfit as scatter, and are still too small where residuals follow a
pattern. The start of the first block lies above what later times extrapolate to; that
of the second was not measured so and is fitted alone, and spots that lie outside of it
by its edges are left out. Hydrogen leaves the first block along a, and hardly anything
shows loss along b and c. It leaves the second one along c, with about the ratio to a
that vacancies of metal have, though ten times as fast: not by one mechanism.

Without the file (`../shared/data/olivine-h`) numbers are made up and said to be so.
"""

import csv
import pathlib
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import matplotlib
import numpy as np


jax.config.update("jax_enable_x64", True)
matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402

import diffjax as djx  # noqa: E402
import inverse as inv  # noqa: E402


FILE = "shared/data/olivine-h/Ferriss_Supplement_astable.csv"
PATH = pathlib.Path(__file__).resolve().parents[2] / FILE
RAYS = {"a": "b", "b": "c", "c": "b"}
# How values of a start scatter about their mean, over all traverses of the band.
SIGMA = 0.06


class Series(NamedTuple):
    """A block: its name and that of what was seen in the file, a title; temperature
    (K), edges along a, b and c (m), and hours at which it was measured; what numbers
    are made up with: D (m²/s), start, faces."""

    sample: str
    seen: str
    title: str
    hot: float
    edges: tuple[float, float, float]
    hours: tuple[int, ...]
    made_up: tuple[tuple[float, float, float], float, float]


CARLOS = ("SC1-2", 1073.15, (2200e-6, 1979e-6, 2861e-6), (0, 1, 3, 7, 13, 19, 43, 68))
SERIES = tuple(
    Series(sample, seen, title, hot, edges, hours, made_up)
    for (sample, hot, edges, hours), seen, title, made_up in (
        (CARLOS, "total H", "all bands", ((1.3e-11, 2e-13, 4e-14), 0.93, 0.40)),
        (CARLOS, "3525", "3525 cm$^{-1}$", ((1.6e-11, 2e-13, 4e-14), 0.95, 0.17)),
        (
            ("kiki", 1273.15, (2063e-6, 1073e-6, 1294e-6), (3, 6, 7)),
            *("total H", "all bands, Iki", ((1.5e-12, 4e-13, 1e-11), 0.98, 0.27)),
        ),
    )
)


class Block(eqx.Module):
    """Diffusivities along a, b and c (m²/s), and what is in the block and at its faces
    over the value at the start."""

    law: djx.diffusivity.Anisotropic
    initial: Any
    surface: Any


def block(values: Any, initial: float, surface: float) -> Block:
    law = djx.diffusivity.Anisotropic(tuple(values))
    return Block(law, jnp.asarray(initial), jnp.asarray(surface))


def law(model: Block) -> djx.diffusivity.Anisotropic:
    return model.law


def initial(model: Block) -> Any:
    return model.initial


def surface(model: Block) -> Any:
    return model.surface


FREE = [
    inv.Free(f"law.principal[{k}].value", inv.Log(), name=f"D_{axis}", unit="m²/s")
    for k, axis in enumerate("abc")
] + [inv.Free("initial", name="start"), inv.Free("surface", name="faces")]


def traverse(
    series: Series, profile: inv.Profile, axis: str, hours: int
) -> inv.AbstractExperiment:
    # A second stands for the start: an anneal has a duration.
    return inv.Block(
        profile, djx.Anneal(3600.0 * hours or 1.0, series.hot), series.edges,
        along="abc".index(axis), through="abc".index(RAYS[axis]),
        initial=initial, surface=surface, law=law,
    )  # fmt: skip


def measured(series: Series, sigma: float) -> Sequence[inv.AbstractExperiment]:
    """The traverses of the block, in the order of time and axis."""
    found: dict[tuple[int, str], dict[float, float]] = {}
    # In the rows of this block value and ratio have changed places.
    ratio = 7 if series.sample == "kiki" else 8
    celsius = f"{series.hot - 273.15:.1f}"
    with open(PATH, newline="", encoding="utf-8") as file:
        for row in list(csv.reader(file))[1:]:
            if row[:3] != [series.sample, series.seen, celsius]:
                continue
            # A start is called by its 17 h of hydration.
            hours = 0 if row[3] == "17" else round(float(row[3]), 9)
            place = 1e-6 * float(row[6])
            inside = abs(place) < 0.5 * series.edges["abc".index(row[4])]
            if hours in series.hours and inside:
                points = found.setdefault((int(hours), row[4]), {})
                points[place] = float(row[ratio])
    out = []
    for (hours, axis), points in found.items():
        x = np.array(sorted(points))
        value = np.array([points[one] for one in x])
        profile = inv.Profile(x, value, sigma, f"{axis}, {hours} h")
        out.append(traverse(series, profile, axis, hours))
    return out


def made_up(series: Series, sigma: float) -> Sequence[inv.AbstractExperiment]:
    plans = []
    for hours in series.hours:
        for axis, edge in zip("abc", series.edges):
            x = 0.46 * edge * np.linspace(-1, 1, 11)
            plan = inv.planned(x, sigma, f"{axis}, {hours} h")
            plans.append(traverse(series, plan, axis, hours))
    return inv.simulate(block(*series.made_up), plans, seed=22)


def fitted(series: Series) -> tuple[inv.Fit, float]:
    """The fit, and chi2 over its degrees of freedom by the scatter of the start."""
    data = measured if PATH.exists() else made_up
    begin = block((1e-11, 1e-12, 1e-12), 1.0, 0.3)
    found = inv.fit(begin, data(series, SIGMA), FREE)
    misfit = found.chi2 / found.dof
    if misfit > 1:
        # What the model does not explain counts as scatter: the intervals are wider.
        found = inv.fit(found.model, data(series, SIGMA * misfit**0.5), FREE)
    return found, misfit


def vacancies(hot: float) -> tuple[float, float, float]:
    """D along a, b and c (m²/s) by vacancies of metal that carry protons (Demouchy and
    Mackwell 2006)."""
    heat = 8.31446 * hot
    across = 3.2e-5 * float(np.exp(-204e3 / heat))
    return across, across, 0.04 * float(np.exp(-258e3 / heat))


def say(series: Series, fit: inv.Fit, misfit: float) -> None:
    print(
        f"-- {series.sample}, {series.seen}: chi2/dof {misfit:.2f} by the scatter of "
        f"the start ({SIGMA})"
    )
    for axis, beside in zip("abc", vacancies(series.hot)):
        known, value = fit.profile(f"D_{axis}"), fit[f"D_{axis}"].value
        if known.lower > 0:
            print(
                f"D_{axis} = {value:.2g} m²/s, {known.lower:.2g} to {known.upper:.2g}: "
                f"{value / beside:.2g} times that of vacancies of metal"
            )
        else:
            print(f"D_{axis} < {known.upper:.2g} m²/s")
    for name in ("start", "faces"):
        one = fit[name]
        print(f"{name} {one.value:.3f}, {one.lower:.3f} to {one.upper:.3f}")
    means = [float(np.mean(r)) for r in fit.residuals]
    begin = [m for e, m in zip(fit.experiments, means) if e.data.name.endswith(", 0 h")]
    patterns = sum(bool(one.warning) for one in fit.diagnostics)
    print(
        f"residuals: rms {fit.residual_rms:.3f}; {patterns} of {len(means)} traverses "
        f"follow a pattern; means of a traverse up to {max(map(abs, means)):.2f}"
        + (f", of the start {np.mean(begin):+.2f}" if begin else "")
    )


def draw(panels: Any, fit: inv.Fit, series: Series) -> None:
    hues = plt.get_cmap("viridis")(np.linspace(0.0, 0.9, len(series.hours)))
    colour = dict(zip(series.hours, hues))
    for index, one in enumerate(fit.experiments):
        axis, hours = one.data.name.removesuffix(" h").split(", ")
        k, hue = "abc".index(axis), colour[int(hours)]
        panel = panels[k]
        panel.plot(1e3 * one.data.at, one.data.value, ".", color=hue, ms=4)
        x = np.linspace(float(one.data.at[0]), float(one.data.at[-1]), 41)
        value, low, high = fit.band(index, x)
        panel.fill_between(1e3 * x, low, high, color=hue, alpha=0.25, lw=0)
        panel.plot(1e3 * x, value, color=hue, lw=1, label=f"{hours} h")
        panel.set(ylim=(-0.2, 1.25), xlabel=f"along {axis}, mm")
    panels[0].set_ylabel(f"{series.title}, over the start")
    panels[2].legend(ncols=4, fontsize=7, loc="lower center")


def main(path: str = "water_in_olivine.png") -> None:
    if not PATH.exists():
        print(f"../{FILE} is not here: the numbers are made up")
    figure, rows = plt.subplots(
        3, 3, figsize=(10, 10), layout="constrained", sharey=True
    )
    for panels, series in zip(rows, SERIES):
        fit, misfit = fitted(series)
        say(series, fit, misfit)
        draw(panels, fit, series)
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main(*sys.argv[1:])
