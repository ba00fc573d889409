"""`diffjax fit`, called as a function of the command line."""

import json
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from diffjax._cli import application
from inverse._case import read_fit_case

from .scans import write_case, write_scan


@pytest.fixture
def diffjax(monkeypatch):
    """Calls the command with words; no cache is touched."""
    monkeypatch.setenv("DIFFJAX_CACHE", "off")

    def call(*words):
        return CliRunner().invoke(application(list(words)), list(words))

    return call


def test_a_fit_shows_its_table_and_writes_three_files(diffjax, tmp_path):
    write_scan(tmp_path)
    out = tmp_path / "out"
    done = diffjax("fit", str(write_case(tmp_path)), "--out", str(out))
    assert done.exit_code == 0, done.output
    words = " ".join(done.stdout.split())
    for word in (
        "a made-up couple",
        "× 10⁻¹⁴ m²/s determined",
        "χ²",
        "The data determine all 4 parameters.",
        f"residuals.csv are in {out}",
    ):
        assert word in words, done.stdout
    names = ["fit.json", "report.html", "residuals.csv"]
    assert sorted(p.name for p in out.iterdir()) == names
    again = diffjax("fit", str(tmp_path / "case.toml"), "--json")
    assert again.exit_code == 0, again.output
    assert json.loads(again.stdout) == json.loads((out / "fit.json").read_text())


@pytest.mark.parametrize(
    "changes, sentence",
    [
        (
            [("time", "tiem")],
            "case.toml, line 10: unknown key `tiem` in `[[experiment]]`; did you mean "
            "`time`? (known: `kind`, `name`, `file`, `position`, `value`, `sigma`, "
            "`noise`, `instrument`, `planned`, `temperature`, `time`, `anneal`, "
            "`direction`, `origin`, `left`, `right`, `road`)\n",
        ),
        (
            [('"X"', '"Y"')],
            'scan.csv, line 1: there is no column "Y"; columns: `dis`, `X`.\n',
        ),
    ],
)
def test_a_wrong_file_is_one_sentence_and_exit_code_2(
    diffjax, tmp_path, changes, sentence
):
    write_scan(tmp_path)
    path = write_case(tmp_path, *changes_of(changes))
    done = diffjax("fit", str(path), "--out", str(tmp_path / "out"))
    assert done.exit_code == 2
    assert (done.stdout, done.stderr) == ("", sentence)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["case.toml", "scan.csv"]


def changes_of(changes):
    from .scans import COUPLE

    return (COUPLE, *changes)


def test_fewer_points_than_parameters(diffjax, tmp_path):
    write_scan(tmp_path, points=3)
    done = diffjax("fit", str(write_case(tmp_path)), "--out", str(tmp_path / "out"))
    assert done.exit_code == 2
    assert done.stderr == (
        "a made-up couple: `fit` needs more points than parameters; got 3 points for 4 "
        "parameters: hold some of them, or add data.\n"
    )
    assert not (tmp_path / "out").exists()


def test_a_fit_that_does_not_converge_is_exit_code_1(diffjax, tmp_path):
    write_scan(tmp_path)
    method = '[method]\nkind = "levenberg-marquardt"\nmax_steps = 1\n[law]'
    path = write_case(tmp_path, *changes_of([("[law]", method)]))
    done = diffjax("fit", str(path), "--out", str(tmp_path / "out"))
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.startswith("a made-up couple: the fit did not converge. ")
    assert done.stderr.count("\n") == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["case.toml", "scan.csv"]


def test_the_built_in_case_can_be_copied(diffjax, tmp_path):
    done = diffjax("fit", "--copy", str(tmp_path / "mine"))
    assert done.exit_code == 0, done.output
    case = read_fit_case(tmp_path / "mine" / "couple.toml")
    assert case.experiments[0].data.points == 71
    assert case.compare is not None and case.compare.name == "truth"


@pytest.mark.slow
def test_the_built_in_case_end_to_end(tmp_path):
    command = [sys.executable, "-m", "diffjax", "fit", "--out", str(tmp_path / "out")]
    kept = tmp_path / "kept"
    environment = {**os.environ, "DIFFJAX_CACHE": str(kept)}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=300, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert "Against truth: " in done.stdout
    found = json.loads((tmp_path / "out" / "fit.json").read_text())
    assert found["x0_m"] == pytest.approx(2080e-6, abs=3e-6)
    assert found["converged"] is True
    # What takes long to compile can be kept: it calls back to no Python.
    programs = {path.name.split("-")[0] for path in kept.iterdir()}
    assert "jit_minimise_objective" in programs
