"""A fit as files: `fit.json`, `report.html`, `residuals.csv`."""

import csv
import html
import os
import string
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import diffjax as djx

from ._diagnostics import ALARM
from ._estimates import Fit
from ._fit_json import fit_text, title_of
from ._html import (
    coloured,
    footer,
    interval,
    measured,
    number,
    PAGE,
    sentence,
    sentences,
    shown_in,
    svg,
    table,
)
from ._many import in_rows, Together
from ._plots import (
    draw_correlation,
    draw_diffusivity,
    draw_profile,
    draw_residuals,
    EDGE,
    look,
    temperatures,
    value_word,
    varies_with,
)
from ._reported import Estimate
from ._tensor_found import tensor_found
from ._tensor_report import tensor_section


def write_report(
    fit: Fit, out: str | os.PathLike, title: str = "", known: Any = None
) -> Path:
    """Writes the three files of a fit; the folder is there whole or not at all.

    **Arguments:**

    - `fit`: the result.
    - `out`: the folder; made if it is missing.
    - `title`: for people; the names of the profiles if empty.
    - `known`: diffusivities from elsewhere, as in `plot_fit` (m²/s).

    **Returns:**

    The folder.

    **Raises:** [`diffjax.storage.CaseError`][] if the folder cannot be written to, and
    `ModuleNotFoundError` without the extra `plot`.
    """
    title = title or title_of(fit)
    page = report_page(fit, title, known)
    with djx.storage.whole_folder(Path(out)) as folder:
        (folder / "fit.json").write_text(fit_text(fit, title), encoding="utf-8")
        (folder / "report.html").write_text(page, encoding="utf-8")
        _write_residuals(fit, folder / "residuals.csv")
    return Path(out)


def _write_residuals(fit: Fit, path: Path) -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        all_profiles = len(fit.traverses) == len(fit.experiments)
        place = "position_m" if all_profiles else "at"
        writer.writerow(
            ["experiment", place, "measured", "fitted", "residual", "sigma"]
        )
        for i, experiment in enumerate(fit.experiments):
            data = experiment.data
            at = np.asarray(data.at)
            columns = (
                at if at.ndim == 1 else np.arange(1.0, len(at) + 1),
                np.asarray(data.value),
                fit.fitted[i],
                fit.residuals[i],
                fit.noise[i],
            )
            for row in zip(*columns):
                writer.writerow([data.name, *(repr(float(x)) for x in row)])


def report_page(fit: Fit, title: str, known: Any = None) -> str:
    """The report as one HTML page that needs nothing else.

    **Arguments:**

    - `fit`: the result.
    - `title`: its heading.
    - `known`: diffusivities from elsewhere, as in `plot_fit` (m²/s).
    """
    body = "\n".join(
        (
            f"<h1>{html.escape(title)}</h1>",
            f'<p class="lead">{html.escape(lead(fit)).replace("± ", "±&nbsp;")}</p>',
            _facts(fit),
            _said(fit),
            *(_profile(fit, i) for i in range(len(fit.experiments))),
            _diffusivity(fit, known),
            _parameters(fit),
            _how(fit),
            footer(),
        )
    )
    return string.Template(PAGE).substitute(title=html.escape(title), body=body)


def lead(fit: Fit) -> str:
    """The result in a sentence or two."""
    if not fit.traverses:
        return _of_parameters(fit)
    tensor = tensor_found(fit)
    if tensor is not None:
        first, *more = (_with_percent(*one) for one in tensor.principal.T.tolist())
        text = f"Principal values of D: {first.replace(' (', ' m²/s (', 1)}"
        return f"{text}{_listed(more)}. The intervals are of 95 %."
    low, high = fit.composition_range
    curves = temperatures(fit)
    if len(curves) > 1:
        middle = 0.5 * (low + high)
        found = [fit.diffusivity(middle, experiment=i) for i, _ in curves]
        first, *more = (
            f"{_with_percent(*(float(a[0]) for a in one))} at {label}"
            for one, (_, label) in zip(found, curves)
        )
        text = f"D = {first.replace(' (', ' m²/s (', 1)}"
        return f"{text}{_listed(more)}. The intervals are of 95 %."
    at = np.array([0.1, 0.5, 0.9]) * (high - low) + low
    found = list(zip(*fit.diffusivity(at, experiment=fit.traverses[0])))
    words = [_with_percent(*one) for one in found]
    words[0] = words[0].replace(" (", " m²/s (", 1)
    if varies_with(fit) == "nothing":
        return f"D = {words[0]} at every composition. The interval is one of 95 %."
    first, *more = (f"{word} at {c:.2g}" for word, c in zip(words, at))
    first = first.replace(" at ", f" at {value_word(fit)} ")
    return f"D = {first}{_listed(more)}. The intervals are of 95 %."


def _of_parameters(fit: Fit) -> str:
    """The first three parameters, where there is no D(c) to tell."""
    words = []
    for one in fit.parameters[:3]:
        size, unit = shown_in(one.name, one.unit)
        error = size * one.stderr
        known = f" ± {number(error, 2)}" if np.isfinite(error) else " (not determined)"
        words.append(f"{one.name} = {number(size * one.value, 4)}{known} {unit}")
    return f"{words[0].strip()}{_listed([w.strip() for w in words[1:]])}."


def _with_percent(value: float, below: float, above: float) -> str:
    if not above < 1e3 * below:
        return f"{number(value, 3)} (not determined)"
    return f"{number(value, 3)} (± {100 * (np.sqrt(above / below) - 1):.2g} %)"


def _listed(parts: list[str]) -> str:
    return "".join(f", {p}" for p in parts[:-1]) + "".join(
        f" and {p}" for p in parts[-1:]
    )


def _facts(fit: Fit) -> str:
    facts = [("residual rms", number(fit.residual_rms, 3))]
    if fit.sigma is None:
        facts.append(("σ", fit.origin_of_sigma))
    elif isinstance(fit.sigma, tuple):
        facts.append(("σ (estimated)", ", ".join(number(s, 3) for s in fit.sigma)))
    else:
        facts.append(("σ (estimated)", number(fit.sigma, 3)))
    facts.append(("χ² / dof", f"{number(fit.chi2)} / {fit.dof}"))
    facts.append(("AICc", number(fit.aicc, 5)))
    for i, experiment in enumerate(fit.experiments):
        if "left" in fit.local[i]:
            name = f" of {experiment.data.name}" if len(fit.experiments) > 1 else ""
            plane = f"{fit.matano_plane[i] * 1e6:.2f} µm".replace("-", "−")
            facts.append((f"Matano plane{name}", plane))
    if fit.knots_table is not None:
        best = min(fit.knots_table, key=lambda pair: pair[1])
        facts.append(("knots", f"{best[0]}"))
    facts.append(("converged", f"in {fit.iterations} steps" if fit.converged else "no"))
    items = "".join(
        f"<div><dt>{html.escape(k)}</dt><dd>{html.escape(v)}</dd></div>"
        for k, v in facts
    )
    return f'<dl class="facts">{items}</dl>'


def conclusions(fit: Fit) -> tuple[list[str], list[str], list[str]]:
    """Sentences that reassure, that warn, and that say what is not known."""
    bad = [] if fit.converged else [f"The fit did not converge: {fit.result}"]
    bad += [sentence(v) for v in fit.verdicts]
    warn = [sentence(d.warning) for d in fit.diagnostics if d.warning]
    patterns = bool(warn)
    warn += [sentence(w) for w in fit.laplace_check.warnings]
    fine = []
    if fit.converged and all(p.verdict == "determined" for p in fit.parameters):
        fine.append(f"The data determine all {len(fit.parameters)} parameters.")
    if not patterns:
        fine.append("The residuals look like noise: no pattern along the profile.")
    return fine, warn, bad


def _said(fit: Fit) -> str:
    fine, warn, bad = conclusions(fit)
    lists = sentences(bad, "bad") + sentences(warn, "warn") + sentences(fine, "fine")
    return f"<h2>What the data say</h2>{lists}"


def _profile(fit: Fit, index: int) -> str:
    name = html.escape(fit.experiments[index].data.name)
    with look() as Figure:
        figure = Figure(figsize=(9.0, 4.9))
        top, bottom = figure.subplots(
            2, 1, sharex=True, gridspec_kw={"height_ratios": (3, 1.1)}
        )
        draw_profile(top, fit, index)
        top.set_xlabel("")
        draw_residuals(bottom, fit, index)
        picture = svg(figure, f"Measured and fitted profile of {name}, and residuals")
    profile = fit.experiments[index].data
    sigma = "the σ estimated from them" if profile.estimates_sigma else "the given σ"
    if not profile.noise.scaled:
        sigma = "the σ of the noise"
    kind = "Profile" if index in fit.traverses else "Readings"
    return (
        f"<h2>{kind}: {name}</h2><figure>{picture}<figcaption>Points: measured. Line: "
        "fit, with the 95 % band of the fitted curve. Below: measured minus fitted; "
        f"the grey band is {sigma}.</figcaption></figure>"
    )


def _diffusivity(fit: Fit, known: Any) -> str:
    if not fit.traverses:
        return ""
    tensor = tensor_found(fit)
    if tensor is not None:
        return tensor_section(tensor)
    with look() as Figure:
        figure = Figure(figsize=(5.2, 4.1))
        draw_diffusivity(figure.add_subplot(), fit, known)
        picture = svg(figure, "Diffusivity against composition with its 95 % interval")
    low, high = fit.composition_range
    edge = EDGE * (high - low)
    curves = temperatures(fit)
    rows: list[list[str]] = []
    if varies_with(fit) != "composition":
        head = ["temperature", "D (m²/s)", "95 % interval (m²/s)"]
        for index, label in curves:
            d, lower, upper = (
                float(a[0]) for a in fit.diffusivity(low, experiment=index)
            )
            rows.append([label or "", number(d, 3), interval(lower, upper)])
        caption = "The law does not depend on composition."
    else:
        at = _round_numbers(low, high)
        rows += [[f"{c:.4g}" + _mark(c, low + edge, high - edge)] for c in at]
        head = [value_word(fit), "D (m²/s)", "95 % interval (m²/s)"]
        if len(curves) > 1:
            head[1:] = [f"D at {label} (m²/s)" for _, label in curves]
        for index, _ in curves:
            for row, one in zip(rows, zip(*fit.diffusivity(at, experiment=index))):
                alone = [number(one[0], 3), interval(one[1], one[2])]
                row += alone if len(curves) == 1 else [_with_percent(*one)]
        caption = (
            f"Grey and dashed: the outer {100 * EDGE:.0f} % of the composition range, "
            "where D is extrapolated rather than measured."
        )
    compared = ""
    if known is not None:
        at = np.asarray(known.composition)
        d = fit.diffusivity(at, experiment=fit.traverses[0])[0]
        ratio = np.log(d / known.diffusivity)
        compared = (
            f'<p class="note">Against {html.escape(known.name)}: '
            f"{100 * np.sqrt(np.mean(ratio**2)):.2g} % rms, at most "
            f"{100 * np.max(np.abs(ratio)):.2g} % (differences of ln D).</p>"
        )
    return (
        f'<h2>Diffusivity</h2><div class="two"><figure>{picture}<figcaption>{caption}'
        f"</figcaption></figure><div>{table(head, rows)}{compared}</div></div>"
    )


def _mark(c: float, low: float, high: float) -> str:
    return "" if low <= c <= high else " (extrapolated)"


def _round_numbers(low: float, high: float) -> np.ndarray:
    """Six to thirteen round numbers between two ends."""
    size = (high - low) / 6
    power = 10.0 ** np.floor(np.log10(size))
    step = power * max(s for s in (1, 2, 5) if s * power <= size * (1 + 1e-9))
    first = int(np.ceil(low / step))
    return step * np.arange(first, int(np.floor(high / step)) + 1)


def _parameters(fit: Fit) -> str:
    few, hidden = [], []
    for one in in_rows(fit.parameters):
        if isinstance(one, Together):
            few.append((html.escape(one.title), "", "", "", one.verdict))
            hidden += one.members
        else:
            few += _rows([one])
    head = ("parameter", "value ± standard error", "unit", "95 % interval", "verdict")
    full = ""
    if hidden:
        inside = table(head, _rows(hidden), (0, 2, 4))
        full = f"<details><summary>each of them</summary>{inside}</details>"
    with look() as Figure:
        side = min(3.0 + 0.38 * len(fit.parameters), 8.0)
        figure = Figure(figsize=(side + 0.4, side))
        draw_correlation(figure.add_subplot(), fit.names, fit.correlation)
        picture = svg(figure, "Correlations of the parameters")
    return (
        f"<h2>Parameters</h2>{table(head, few, (0, 2, 4))}{full}"
        f'<h2>Correlations</h2><figure style="max-width: {95 * side:.0f}px">{picture}'
        "<figcaption>Blue: two parameters that may grow together; orange: one may grow "
        "as the other shrinks. ?: not determined.</figcaption></figure>"
    )


def _rows(parameters: Sequence[Estimate]) -> list[tuple[str, ...]]:
    """Rows of the table of parameters."""
    rows = []
    for p in parameters:
        size, unit = shown_in(p.name, p.unit)
        value = measured(size * p.value, size * p.stderr)
        ends = interval(size * p.lower, size * p.upper)
        words = html.escape(p.name), value, html.escape(unit), ends
        rows.append((*words, coloured(p.verdict)))
    return rows


def _how(fit: Fit) -> str:
    rows = []
    for d in fit.diagnostics:
        good = not d.lag1 > ALARM
        word = "like noise" if good else "a pattern: the model misses something"
        rows.append((html.escape(d.name), number(d.runs_z, 2), number(d.lag1, 2), word))
    head = ("profile", "runs test z", "lag-1 correlation", "residuals")
    parts = [f"<h2>Diagnostics</h2>{table(head, rows, (0, 3))}"]
    if fit.knots_table is not None:
        least = min(a for _, a in fit.knots_table)
        rows = [
            (
                f"{k}" + (" (chosen)" if a == least else ""),
                f"{a:.1f}",
                f"{a - least:.1f}",
            )
            for k, a in fit.knots_table
        ]
        head = ("knots", "AICc", "above the best")
        note = "The number of knots with the smallest AICc is used."
        parts.append(
            f'<h2>Number of knots</h2><div class="two"><div>{table(head, rows)}</div>'
            f'<p class="note">{note}</p></div>'
        )
    parts.append(
        '<p class="note">Intervals follow from the curvature of χ² at the minimum, '
        "with Student’s t where σ is estimated. They hold for noise, not for a wrong "
        "model: wrong times, temperatures or molar volumes are not in them.</p>"
    )
    return "".join(parts)
