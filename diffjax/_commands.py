"""The commands `diffjax run` and `diffjax info`. They need the extra `cli`."""

import importlib.metadata
import importlib.resources
import importlib.util
import os
import platform
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ._results import RESULTS
from ._solution import Solution
from .plots import profile, time_words


Case = Annotated[
    Path | None,
    typer.Argument(metavar="[CASE.toml]", help="What to do; a built-in case if none."),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Folder for the results; made whole."),
]
Copy = Annotated[
    Path | None,
    typer.Option("--copy", metavar="DIR", help="Copy the built-in case to DIR; stop."),
]


def _print_version(wanted: bool) -> bool:
    if wanted:
        typer.echo(importlib.metadata.version("diffjax"))
        raise typer.Exit()
    return wanted


def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            is_eager=True,
            callback=_print_version,
            help="Print the version and stop.",
        ),
    ] = False,
) -> None:
    """What comes before the name of a command."""
    del version


def run(case: Case = None, out: Out = None, copy: Copy = None) -> None:
    """Solve a diffusion problem given as a TOML file."""
    from .storage import CalculationError, check_folder, read_case, whole_folder

    built_in = importlib.resources.files("diffjax.storage") / "cases/couple.toml"
    if copy is not None:
        with whole_folder(copy) as folder:
            text = built_in.read_text(encoding="utf-8")
            (folder / "couple.toml").write_text(text, encoding="utf-8")
        typer.echo(f"couple.toml is in {copy}: diffjax run {copy / 'couple.toml'}")
        return
    if out is not None:
        check_folder(out)
    if case is None:
        with importlib.resources.as_file(built_in) as path:
            problem = read_case(path)
    else:
        problem = read_case(case)
    start = time.perf_counter()
    with Console(stderr=True).status(f"solving: {problem.title}"):
        solution = problem.solve(throw=False)
        solution.ys.block_until_ready()
    seconds = time.perf_counter() - start
    if solution.result != RESULTS.successful:
        raise CalculationError(f"{problem.title}: {sentence(solution.result)}")
    console = Console()
    console.print(_summary(problem.title, solution, seconds))
    if out is not None:
        _save(solution, out, problem.title)
        console.print(f"solution.csv, solution.json and profile.png are in {out}")


def _save(solution: Solution, out: Path, title: str) -> None:
    from .storage import save_solution, whole_folder

    with whole_folder(out) as folder:
        save_solution(solution, folder, title)
        profile(solution, title=title).savefig(folder / "profile.png", dpi=160)


def sentence(result: RESULTS) -> str:
    """A result as words on one line."""
    return " ".join(RESULTS[result].split())


def _summary(title: str, solution: Solution, seconds: float) -> Table:
    """The balance of a run, as a table."""
    table = Table(title=title, title_justify="left", show_header=False, box=None)
    table.add_column(style="bold")
    table.add_column()
    cells = " x ".join(str(n) for n in solution.grid.shape)
    table.add_row("grid", f"{cells} cells, {solution.grid.geometry}")
    table.add_row("saved at", ", ".join(time_words(float(t)) for t in solution.ts))
    balance = solution.balance
    for words, value in (
        ("amount at the start", balance.start),
        ("amount at the end", balance.end),
        ("came in, lower wall", balance.entered_lower[-1]),
        ("came in, upper wall", balance.entered_upper[-1]),
    ):
        table.add_row(words, f"{float(value):.9g} m")
    table.add_row("lost by rounding", f"{float(balance.defect):.1e} of it")
    least, most = float(balance.smallest), float(balance.largest)
    table.add_row("composition", f"{least:.6g} to {most:.6g}")
    steps, method = solution.stats.get("num_steps"), solution.stats.get("method")
    table.add_row("steps", f"{int(steps) if steps is not None else '?'}, {method}")
    table.add_row("time", f"{seconds:.2f} s with compilation")
    return table


def info() -> None:
    """Show versions, devices and paths: what to send with a question."""
    import jax

    from .storage import versions

    table = Table(show_header=False, box=None)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, version in versions().items():
        table.add_row(name, version)
    table.add_row("system", f"{platform.system()} {platform.machine()}")
    devices = [f"{d.platform}:{d.id} ({d.device_kind})" for d in jax.devices()]
    table.add_row("devices", ", ".join(devices))
    table.add_row("double precision", "on" if jax.config.jax_enable_x64 else "off")  # pyright: ignore[reportAttributeAccessIssue]
    folder = cache_folder()
    table.add_row("compiled programs", str(folder) if folder else "not kept")
    table.add_row("diffjax is in", str(Path(__file__).parent))
    found, complaint = find_inverse()
    table.add_row("inverse is in", found)
    Console(soft_wrap=True).print(table)
    if complaint:
        typer.echo(complaint, err=True)


def find_inverse() -> tuple[str, str]:
    """Where `import inverse` leads, and a complaint if that is not our package.

    **Returns:**

    A path or `"nowhere"`, and a sentence that is empty when all is well.
    """
    spec = importlib.util.find_spec("inverse")
    if spec is None:
        return "nowhere", "`inverse` is not installed beside diffjax: install it again."
    if spec.origin is None:
        places = spec.submodule_search_locations
        found = Path(next(iter(places))) if places else Path("?")
    else:
        found = Path(spec.origin).parent
    ours = Path(__file__).resolve().parent.parent / "inverse"
    if found.resolve() == ours and spec.origin is not None:
        return str(found), ""
    return str(found), (
        f"`import inverse` leads to {found}, which is not the package that came with "
        f"diffjax ({ours}): another folder or distribution is in the way."
    )


def cache_folder() -> Path | None:
    """Where compiled programs are kept; `None` if `DIFFJAX_CACHE` says `off`."""
    chosen = os.environ.get("DIFFJAX_CACHE", "")
    if chosen.lower() in ("off", "0", "no", "none", "false"):
        return None
    if chosen:
        return Path(chosen).expanduser()
    if home := os.environ.get("XDG_CACHE_HOME"):
        return Path(home) / "diffjax" / "compiled"
    if sys.platform == "win32" and (local := os.environ.get("LOCALAPPDATA")):
        return Path(local) / "diffjax" / "compiled"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "diffjax" / "compiled"
    return Path.home() / ".cache" / "diffjax" / "compiled"
