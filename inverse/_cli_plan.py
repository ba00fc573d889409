"""Answers of `diffjax fit --identify` and `--design` on a terminal."""

import math

import numpy as np
from rich.console import Console
from rich.table import Table

from ._design import Design
from ._html import measured, number, sentence, shown_in
from ._identify import Identifiability
from ._many import in_rows, Together
from ._plan_report import design_lead, identify_lead, identify_said


def coloured(verdict: str) -> str:
    """A verdict as a terminal shows it."""
    colour = {"d": "green", "n": "red"}.get(verdict[0], "yellow")
    return f"[{colour}]{verdict}[/]"


def show_identify(console: Console, found: Identifiability, title: str) -> None:
    """The answer as a table and sentences.

    **Arguments:**

    - `console`: where.
    - `found`: the answer, SI units.
    - `title`: for people.
    """
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column("parameter", style="bold")
    table.add_column("value ± expected", justify="right")
    table.add_column("unit")
    table.add_column("from priors", justify="right")
    table.add_column("verdict", overflow="fold")
    for one in in_rows(found.parameters):
        if isinstance(one, Together):
            table.add_row(one.title, "", "", "", one.verdict)
            continue
        size, unit = shown_in(one.name, one.unit)
        share = one.prior_share
        table.add_row(
            one.name,
            measured(size * one.value, size * one.error),
            unit,
            "" if math.isnan(share) else f"{100 * share:.0f} %",
            coloured(one.verdict),
        )
    console.print(table)
    console.print(f"\n{identify_lead(found)}", highlight=False)
    bad, warn, help_, notes = identify_said(found)
    for colour, texts in (("red", bad), ("yellow", warn), ("cyan", help_)):
        for text in texts:
            console.print(f"[{colour}]•[/] {text}", highlight=False)
    for text in notes:
        console.print(f"[dim]• {text}[/]", highlight=False)


def show_design(console: Console, found: Design, title: str) -> None:
    """The answer as tables and sentences; arguments as above."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column("measure", justify="right", style="bold")
    table.add_column("best share", justify="right")
    table.add_column("what")
    for k in np.flatnonzero((found.counts > 0) | (found.weights > 0.02)):
        share = f"{100 * found.weights[k]:.1f} %"
        table.add_row(f"{found.counts[k]} ×", share, found.labels[k])
    console.print(table)
    console.print(f"\n{design_lead(found)}\n", highlight=False)
    errors = Table(box=None, pad_edge=False)
    errors.add_column("parameter", style="bold")
    errors.add_column("error to expect", justify="right")
    if found.plan_errors is not None:
        errors.add_column("of your plan", justify="right")
    errors.add_column("unit")
    for k, (name, unit) in enumerate(zip(found.names, found.units)):
        cells = [f"± {number(found.errors[k], 2)}"]
        if found.plan_errors is not None:
            cells.append(f"± {number(found.plan_errors[k], 2)}")
        errors.add_row(name, *cells, unit)
    console.print(errors)
    for text in found.words:
        console.print(f"[yellow]•[/] {sentence(text)}", highlight=False)
