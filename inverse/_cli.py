"""The command `diffjax fit`, which joins `diffjax` by an entry point."""

import importlib.resources
import math
import shutil
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

import diffjax as djx

from ._case import Comparison, FitCase, read_fit_case
from ._estimates import Fit
from ._fit_json import fit_text
from ._html import measured, number, shown_in
from ._report import conclusions, lead, write_report
from ._results import FitError


_CASES = importlib.resources.files("inverse") / "cases"


def command(
    case: Annotated[
        Path | None,
        typer.Argument(
            metavar="[CASE.toml]", help="What was measured; a built-in case if none."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Folder for fit.json, report.html and residuals.csv; made whole.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print fit.json instead of tables.")
    ] = False,
    copy: Annotated[
        Path | None,
        typer.Option(
            "--copy", metavar="DIR", help="Copy the built-in case to DIR; stop."
        ),
    ] = None,
) -> None:
    """Fit measured profiles: D(c) with its uncertainty, and verdicts."""
    if copy is not None:
        _copy(copy)
        return
    if out is not None:
        djx.storage.check_folder(out)
    problem = _read(case)
    fit = _fit(problem)
    if out is not None:
        write_report(fit, out, problem.title, problem.compare)
    if as_json:
        typer.echo(fit_text(fit, problem.title), nl=False)
        return
    console = Console()
    _show(console, fit, problem)
    if out is not None:
        console.print(
            f"\nfit.json, report.html and residuals.csv are in [bold]{out}[/]",
            highlight=False,
            soft_wrap=True,
        )
    elif case is None:
        console.print(
            "\nThis was the built-in case. [bold]diffjax fit --copy DIR[/] copies it, "
            "to start your own from; [bold]--out DIR[/] writes a report.",
            highlight=False,
        )


def _read(case: Path | None) -> FitCase:
    if case is not None:
        return read_fit_case(case)
    with importlib.resources.as_file(_CASES) as folder:
        return read_fit_case(folder / "couple.toml")


def _copy(folder: Path) -> None:
    with djx.storage.whole_folder(folder) as partial:
        for name in ("couple.toml", "couple.csv"):
            with importlib.resources.as_file(_CASES / name) as source:
                shutil.copyfile(source, partial / name)
    print(
        f"couple.toml and couple.csv are in {folder}: diffjax fit {folder}/couple.toml"
    )


def _fit(problem: FitCase) -> Fit:
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        points = sum(e.data.points for e in problem.experiments)
        progress.add_task(f"fitting {points} points: {problem.title}")
        try:
            return problem.fit()
        except FitError as e:
            sentence = " ".join(str(e).split())
            raise djx.storage.CalculationError(
                f"{problem.title}: the fit did not converge. {sentence}"
            ) from None
        except ValueError as e:
            raise djx.storage.CaseError(f"{problem.title}: {e}") from None


def _show(console: Console, fit: Fit, problem: FitCase) -> None:
    """The result as a table and sentences."""
    table = Table(title=problem.title, title_justify="left", box=None, pad_edge=False)
    table.add_column("parameter", style="bold")
    table.add_column("value ± standard error", justify="right")
    table.add_column("unit")
    table.add_column("verdict", overflow="fold")
    for p in fit.parameters:
        size, unit = shown_in(p.name, p.unit)
        colour = {"d": "green", "n": "red"}.get(p.verdict[0], "yellow")
        value = measured(size * p.value, size * p.stderr)
        table.add_row(p.name, value, unit, f"[{colour}]{p.verdict}[/]")
    console.print(table)
    sigma = fit.sigma if isinstance(fit.sigma, tuple) else (fit.sigma,)
    known = ", ".join(
        "given" if s is None else f"{number(s, 3)} (estimated)" for s in sigma
    )
    console.print(
        f"\nχ² {number(fit.chi2)} for {fit.dof} degrees of freedom, σ {known}, "
        f"residual rms {number(fit.residual_rms, 3)}, AICc {number(fit.aicc, 5)}, "
        f"{fit.iterations} steps",
        highlight=False,
    )
    console.print(lead(fit), highlight=False)
    if problem.compare is not None:
        console.print(compared(fit, problem.compare), highlight=False)
    fine, warn, bad = conclusions(fit)
    for colour, texts in (("red", bad), ("yellow", warn), ("green", fine)):
        for text in texts:
            console.print(f"[{colour}]•[/] {text}", highlight=False)


def compared(fit: Fit, known: Comparison) -> str:
    """How far a fit is from diffusivities known from elsewhere, in a sentence.

    **Arguments:**

    - `fit`: the result.
    - `known`: diffusivities, in m²/s.
    """
    d, lower, upper = fit.diffusivity(known.composition)
    ratio = np.log(d / known.diffusivity)
    inside = int(np.sum((known.diffusivity >= lower) & (known.diffusivity <= upper)))
    rms = 100 * math.sqrt(float(np.mean(ratio**2)))
    return (
        f"Against {known.name}: {rms:.2g} % rms, at most "
        f"{100 * float(np.max(np.abs(ratio))):.2g} %; {inside} of {len(ratio)} values "
        "lie within the 95 % intervals."
    )
