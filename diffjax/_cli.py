"""The command `diffjax`. Other packages add commands to it by entry points."""

import functools
import importlib.metadata
import os
import sys
from collections.abc import Callable
from typing import Any


GROUP = "diffjax.commands"
INSTALL = 'the command `diffjax` needs more packages: pip install "diffjax[cli,plot]"'
_EXTRA = {"typer", "click", "rich", "pydantic", "pydantic_core", "pint", "matplotlib"}


def main() -> None:
    """The script `diffjax`."""
    try:
        application(sys.argv[1:])()
    except ModuleNotFoundError as e:
        if e.name is None or e.name.split(".")[0] not in _EXTRA:
            raise
        print(f"{INSTALL} ({e.name} is missing).", file=sys.stderr)
        sys.exit(1)


def application(arguments: list[str] | None = None) -> Any:
    """The Typer application.

    **Arguments:**

    - `arguments`: words of the command line, no unit; when the first names a command of
        our own, other packages are not loaded. `None` loads all.

    **Returns:**

    A `typer.Typer`.
    """
    import typer

    from ._commands import info, options, run

    app = typer.Typer(
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        help="Diffusion in solids: from the atomic hop to the profile, and back.",
    )
    app.callback()(options)
    own = {"run": run, "info": info}
    for name, function in own.items():
        app.command(name)(guarded(function))
    first = next((a for a in arguments or [] if not a.startswith("-")), None)
    if first not in own:
        for entry in importlib.metadata.entry_points(group=GROUP):
            try:
                app.command(entry.name)(guarded(entry.load()))
            except ModuleNotFoundError as e:
                if e.name is not None and e.name.split(".")[0] in _EXTRA:
                    raise
                print(f"diffjax {entry.name} cannot be loaded: {e}.", file=sys.stderr)
    return app


def guarded(function: Callable[..., None]) -> Callable[..., None]:
    """Wraps a command: JAX set up before it, errors as one sentence after it.

    Exit code 2 for what is wrong in a file, 1 for a calculation that did not succeed.
    """

    @functools.wraps(function)
    def command(*args: Any, **kwargs: Any) -> None:
        import typer

        from .storage import CalculationError, CaseError

        prepare_jax()
        try:
            function(*args, **kwargs)
        except CaseError as e:
            print(e, file=sys.stderr)
            raise typer.Exit(2) from None
        except CalculationError as e:
            print(e, file=sys.stderr)
            raise typer.Exit(1) from None

    return command


def prepare_jax() -> None:
    """Double precision, and compiled programs kept in the user's cache folder."""
    import jax

    from ._commands import cache_folder

    jax.config.update("jax_enable_x64", True)
    folder = cache_folder()
    if folder is None or os.environ.get("JAX_COMPILATION_CACHE_DIR"):
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return  # a cache is a convenience: without one the command is slower
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
