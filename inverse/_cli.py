"""The command `diffjax fit`, which joins `diffjax` by an entry point."""

import importlib.resources
import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

import diffjax as djx

from ._case import Ask, Comparison, FitCase, read_fit_case
from ._cli_plan import coloured, show_design, show_identify
from ._estimates import Fit
from ._fit_json import fit_text
from ._html import measured, number, shown_in
from ._many import in_rows, Together
from ._plan_report import (
    design_words,
    identify_words,
    write_design,
    write_identify,
)
from ._report import conclusions, lead, write_report
from ._results import FitError


_X = TypeVar("_X")
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
    identify: Annotated[
        bool,
        typer.Option(
            "--identify", help="Say what the experiments can determine, without data."
        ),
    ] = False,
    design: Annotated[
        bool,
        typer.Option(
            "--design", help="Choose the best of the measurements that are possible."
        ),
    ] = False,
) -> None:
    """Fit measured profiles: D(c) with its uncertainty, and verdicts."""
    if identify and design:
        raise djx.storage.CaseError("give one of `--identify` and `--design`.")
    ask = "identify" if identify else "design" if design else "fit"
    if copy is not None:
        _copy(copy, ask)
        return
    if out is not None:
        djx.storage.check_folder(out)
    problem = _read(case, ask)
    if ask != "fit":
        _plan(problem, ask, out, as_json, case is None)
        return
    fit = _fit(problem)
    if out is not None:
        write_report(fit, out, problem.title, problem.compare)
    if as_json:
        typer.echo(fit_text(fit, problem.title), nl=False)
        return
    console = Console()
    _show(console, fit, problem)
    files = "fit.json, report.html and residuals.csv"
    _close(console, ask, files, out, case is None)


_BUILT_IN = {
    "fit": ("couple.toml", "couple.csv"),
    "identify": ("plan.toml",),
    "design": ("plan.toml",),
}


def _read(case: Path | None, ask: Ask) -> FitCase:
    if case is not None:
        return read_fit_case(case, ask)
    with importlib.resources.as_file(_CASES) as folder:
        return read_fit_case(folder / _BUILT_IN[ask][0], ask)


def _copy(folder: Path, ask: Ask) -> None:
    names = _BUILT_IN[ask]
    with djx.storage.whole_folder(folder) as partial:
        for name in names:
            with importlib.resources.as_file(_CASES / name) as source:
                shutil.copyfile(source, partial / name)
    are = "are" if len(names) > 1 else "is"
    call = f"diffjax fit {folder}/{names[0]}{_flag(ask)}"
    print(f"{' and '.join(names)} {are} in {folder}: {call}")


def _waited(words: str, title: str, work: Callable[[], _X]) -> _X:
    """Does long work beside a clock; what is wrong with the case is one sentence."""
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        progress.add_task(f"{words}: {title}")
        try:
            return work()
        except FitError as e:
            said = " ".join(str(e).split())
            raise djx.storage.CalculationError(
                f"{title}: the fit did not converge. {said}"
            ) from None
        except ValueError as e:
            raise djx.storage.CaseError(f"{title}: {e}") from None


def _fit(problem: FitCase) -> Fit:
    points = sum(e.data.points for e in problem.experiments)
    return _waited(f"fitting {points} points", problem.title, problem.fit)


def _plan(
    problem: FitCase, ask: Ask, out: Path | None, as_json: bool, built_in: bool
) -> None:
    """Asks what is asked before there are data, and shows or writes the answer."""
    title, console = problem.title, Console()
    if ask == "identify":
        found = _waited("asking", title, problem.identify)
        words = lambda: identify_words(found, title)
        show = lambda: show_identify(console, found, title)
        write = lambda folder: write_identify(found, folder, title, problem.expected())
    else:
        best = _waited("choosing", title, problem.design)
        goal = problem.designed["criterion"]
        words = lambda: design_words(best, title, goal)
        show = lambda: show_design(console, best, title)
        write = lambda folder: write_design(best, folder, title, goal)
    if out is not None:
        write(out)
    if as_json:
        text = json.dumps(djx.storage.strict(words()), indent=2, ensure_ascii=False)
        typer.echo(text)
        return
    show()
    _close(console, ask, f"{ask}.json and report.html", out, built_in)


def _close(
    console: Console, ask: Ask, files: str, out: Path | None, built_in: bool
) -> None:
    """Says where the files are, or how to go on from what is built in."""
    if out is not None:
        said = f"\n{files} are in [bold]{out}[/]"
        console.print(said, highlight=False, soft_wrap=True)
    elif built_in:
        what = "case" if ask == "fit" else "plan"
        console.print(
            f"\nThis was the built-in {what}. [bold]diffjax fit{_flag(ask)} --copy "
            "DIR[/] copies it, to start your own from; [bold]--out DIR[/] writes a "
            "report.",
            highlight=False,
        )


def _flag(ask: Ask) -> str:
    return "" if ask == "fit" else f" --{ask}"


def _show(console: Console, fit: Fit, problem: FitCase) -> None:
    """The result as a table and sentences."""
    table = Table(title=problem.title, title_justify="left", box=None, pad_edge=False)
    table.add_column("parameter", style="bold")
    table.add_column("value ± standard error", justify="right")
    table.add_column("unit")
    table.add_column("verdict", overflow="fold")
    for p in in_rows(fit.parameters):
        if isinstance(p, Together):
            table.add_row(p.title, "", "", p.verdict)
            continue
        size, unit = shown_in(p.name, p.unit)
        value = measured(size * p.value, size * p.stderr)
        table.add_row(p.name, value, unit, coloured(p.verdict))
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
