"""What is asked before there are data, as files: JSON, and a page."""

import html
import string
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import diffjax as djx

from ._design import Design
from ._experiment import AbstractExperiment
from ._html import (
    coloured,
    footer,
    measured,
    number,
    PAGE,
    sentence,
    sentences,
    shown_in,
    svg,
    table,
)
from ._identify import Identifiability
from ._many import in_rows, Together
from ._pictures import plot_design, plot_expected


# So many pictures of what is expected are enough.
_MOST = 9


def identify_words(found: Identifiability, title: str) -> dict[str, Any]:
    """What `identify.json` holds.

    **Arguments:**

    - `found`: the answer, SI units.
    - `title`: for people.
    """
    return {
        "schema": 1,
        "title": title,
        "identifiable": found.identifiable,
        "parameters": [
            {
                "name": one.name,
                "value": one.value,
                "error": one.error,
                "unit": one.unit,
                "prior_share": one.prior_share,
                "verdict": one.verdict,
            }
            for one in found.parameters
        ],
        "structural": list(found.structural),
        "null_vectors": found.null_vectors,
        "accidental": list(found.accidental),
        "practical": list(found.practical),
        "confounded": [str(one) for one in found.confounded],
        "notes": list(found.notes),
        "versions": djx.storage.versions(),
    }


def design_words(found: Design, title: str, criterion: str) -> dict[str, Any]:
    """What `design.json` holds.

    **Arguments:**

    - `found`: the answer, SI units.
    - `title`: for people.
    - `criterion`: as the case says.
    """
    plan = found.plan_errors
    return {
        "schema": 1,
        "title": title,
        "criterion": criterion,
        "measurements": int(np.sum(found.counts)),
        "candidates": [
            {"label": label, "share": float(share), "count": int(count)}
            for label, share, count in zip(found.labels, found.weights, found.counts)
        ],
        "efficiency": found.efficiency,
        "plan_efficiency": found.plan_efficiency,
        "parameters": [
            {
                "name": name,
                "unit": unit,
                "error": float(found.errors[k]),
                "plan_error": None if plan is None else float(plan[k]),
            }
            for k, (name, unit) in enumerate(zip(found.names, found.units))
        ],
        "words": list(found.words),
        "gap": found.gap,
        "samples": found.samples,
        "versions": djx.storage.versions(),
    }


def identify_lead(found: Identifiability) -> str:
    """The answer in a sentence."""
    good = sum(not one.verdict.startswith("not") for one in found.parameters)
    count = len(found.parameters)
    if good == count:
        return f"The experiments would determine all {count} parameters."
    return f"The experiments would determine {good} of {count} parameters."


def identify_said(
    found: Identifiability,
) -> tuple[list[str], list[str], list[str], list[str]]:
    """Sentences on what no such data determine, on what they hardly do, on what would
    help, and on what was assumed."""
    bad = [f"No number of such experiments helps: {one}" for one in found.structural]
    warn = [f"At these values only: {one}" for one in found.accidental]
    warn += list(found.practical)
    help_ = list(dict.fromkeys(map(str, found.confounded)))
    groups = bad, warn, help_, list(found.notes)
    bad, warn, help_, notes = ([sentence(one) for one in group] for group in groups)
    return bad, warn, help_, notes


def design_lead(found: Design) -> str:
    """The answer in a sentence."""
    chosen = [
        f"{found.counts[k]} × {found.labels[k]}" for k in np.flatnonzero(found.counts)
    ]
    more = f" and {chosen[-1]}" if len(chosen) > 1 else ""
    first = "; ".join(chosen[:-1] if more else chosen)
    return f"Measure {first}{more}."


def write_identify(
    found: Identifiability,
    out: Path,
    title: str,
    expected: Sequence[AbstractExperiment],
) -> None:
    """Writes `identify.json` and `report.html`; the folder is there whole or not.

    **Arguments:**

    - `found`: the answer.
    - `out`: the folder.
    - `title`: for people.
    - `expected`: the experiments with the values of the model.
    """
    page = identify_page(found, title, expected)
    _write(out, "identify.json", identify_words(found, title), page)


def write_design(found: Design, out: Path, title: str, criterion: str) -> None:
    """Writes `design.json` and `report.html`; arguments as above."""
    page = design_page(found, title)
    _write(out, "design.json", design_words(found, title, criterion), page)


def _write(out: Path, name: str, words: dict[str, Any], page: str) -> None:
    with djx.storage.whole_folder(out) as folder:
        djx.storage.write_json(folder / name, words)
        (folder / "report.html").write_text(page, encoding="utf-8")


def _page(title: str, lead: str, parts: Sequence[str]) -> str:
    head = f'<h1>{html.escape(title)}</h1><p class="lead">{html.escape(lead)}</p>'
    body = "\n".join([head, *parts, footer()])
    return string.Template(PAGE).substitute(title=html.escape(title), body=body)


def identify_page(
    found: Identifiability, title: str, expected: Sequence[AbstractExperiment]
) -> str:
    """The answer as one HTML page that needs nothing else; arguments as above."""
    rows = []
    for one in in_rows(found.parameters):
        if isinstance(one, Together):
            rows.append((html.escape(one.title), "", "", "", one.verdict))
            continue
        size, unit = shown_in(one.name, one.unit)
        share = one.prior_share
        rows.append(
            (
                html.escape(one.name),
                measured(size * one.value, size * one.error),
                html.escape(unit),
                "" if np.isnan(share) else f"{100 * share:.0f} %",
                coloured(one.verdict),
            )
        )
    head = ("parameter", "value ± expected", "unit", "from priors", "verdict")
    bad, warn, help_, notes = identify_said(found)
    said = [
        sentences(bad, "bad"),
        sentences([*warn, *help_], "warn"),
        *(f'<p class="note">{html.escape(one)}</p>' for one in notes),
    ]
    picture = svg(plot_expected(expected[:_MOST]), "What the experiments would show")
    more = len(expected) - _MOST
    rest = f" The first {_MOST} of {len(expected)}." if more > 0 else ""
    parts = [
        "".join(said),
        f"<h2>Parameters</h2>{table(head, rows, (0, 2, 4))}",
        f"<h2>What they would show</h2><figure>{picture}<figcaption>Values of the "
        f"model with the scatter that is expected.{rest}</figcaption></figure>",
        '<p class="note">Errors are those of a fit with just these data, if the model '
        "and its values are right.</p>",
    ]
    return _page(title, identify_lead(found), parts)


def design_page(found: Design, title: str) -> str:
    """The answer as one HTML page that needs nothing else; arguments as above."""
    used = np.flatnonzero((found.counts > 0) | (found.weights > 0.02))
    rows = [
        (
            html.escape(found.labels[k]),
            str(found.counts[k]),
            f"{100 * found.weights[k]:.1f} %",
        )
        for k in used
    ]
    plan = found.plan_errors
    errors = [
        (
            html.escape(name),
            f"± {number(found.errors[k], 2)}",
            *(() if plan is None else (f"± {number(plan[k], 2)}",)),
            html.escape(unit),
        )
        for k, (name, unit) in enumerate(zip(found.names, found.units))
    ]
    head = ("parameter", "error", *(() if plan is None else ("your plan",)), "unit")
    picture = svg(plot_design(found), "Shares of the candidates")
    parts = [
        sentences([sentence(one) for one in found.words], "warn"),
        '<h2>Which measurements</h2><figure style="max-width: 640px">'
        f"{picture}<figcaption>Bars: best shares. Numbers: how many to make."
        "</figcaption></figure>",
        table(("measurement", "how many", "best share"), rows),
        f"<h2>Errors to expect</h2>{table(head, errors, (0, len(head) - 1))}",
        '<p class="note">What is best depends on what is true: it was asked '
        + (
            "at the values of the case."
            if found.samples == 1
            else f"at {found.samples} draws from the priors."
        )
        + "</p>",
    ]
    return _page(title, design_lead(found), parts)
