"""The command `diffjax` itself: how it starts, fails and finds other commands."""

import importlib.metadata
import subprocess
import sys

import pytest
from typer.testing import CliRunner

import diffjax as djx
from diffjax import _cli


def test_the_version():
    done = CliRunner().invoke(_cli.application(["info"]), ["--version"])
    assert done.exit_code == 0
    assert done.stdout == importlib.metadata.version("diffjax") + "\n"


def test_help_names_all_commands():
    done = CliRunner().invoke(_cli.application(), ["--help"])
    assert done.exit_code == 0
    for name in ("run", "fit", "info"):
        assert name in done.stdout


def test_our_own_commands_load_no_other_package(monkeypatch):
    def refuse(**_):
        raise AssertionError

    monkeypatch.setattr(_cli.importlib.metadata, "entry_points", refuse)
    _cli.application(["info"])


class Entry:
    """An entry point whose package is broken."""

    name = "bend"

    def load(self):
        raise ModuleNotFoundError("No module named 'bender'", name="bender")


def test_a_broken_package_does_not_break_the_command(monkeypatch, capsys):
    monkeypatch.setattr(_cli.importlib.metadata, "entry_points", lambda **_: [Entry()])
    app = _cli.application(["--help"])
    assert capsys.readouterr().err == (
        "diffjax bend cannot be loaded: No module named 'bender'.\n"
    )
    assert CliRunner().invoke(app, ["--help"]).exit_code == 0


@pytest.mark.parametrize(
    "error, code",
    [
        (djx.storage.CaseError("the file is wrong."), 2),
        (djx.storage.CalculationError("no minimum."), 1),
    ],
)
def test_errors_are_one_sentence_and_an_exit_code(monkeypatch, error, code):
    import typer

    monkeypatch.setenv("DIFFJAX_CACHE", "off")
    app = typer.Typer()

    def fail() -> None:
        raise error

    app.command("fail")(_cli.guarded(fail))
    done = CliRunner().invoke(app, [])
    assert done.exit_code == code
    assert done.stderr == f"{error}\n"


def test_without_the_extra_one_sentence_says_what_to_install():
    block = "import sys\nsys.modules['typer'] = None\nsys.argv = ['diffjax', 'info']\n"
    code = f"{block}from diffjax._cli import main\nmain()\n"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1
    assert done.stderr == (
        "the command `diffjax` needs more packages: pip install "
        '"diffjax[cli,plot]" (typer is missing).\n'
    )


def test_the_command_keeps_its_programs(tmp_path):
    code = (
        "from diffjax._cli import prepare_jax\nprepare_jax()\n"
        "import jax, jax.numpy as jnp\n"
        "print(jax.jit(lambda x: jnp.sin(x) + 1)(jnp.ones(3)).dtype)\n"
    )
    environment = {"DIFFJAX_CACHE": str(tmp_path / "kept"), "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=300,
        env=environment,
    )
    assert done.stdout == "float64\n", done.stderr
    assert any(p.name.endswith("-cache") for p in (tmp_path / "kept").iterdir())


def test_python_m_diffjax():
    command = [sys.executable, "-m", "diffjax", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout == importlib.metadata.version("diffjax") + "\n"
