"""`diffjax fit --identify` and `--design`, called as the command line does."""

import json
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

import inverse as inv
from diffjax._cli import application
from inverse._case import read_fit_case
from inverse._cli_plan import show_identify

from .scans import write_case, write_scan
from .test_case_design import PLAN
from .test_plan_report import films, LAW


@pytest.fixture
def diffjax(monkeypatch):
    """Calls the command with words; no cache is touched."""
    monkeypatch.setenv("DIFFJAX_CACHE", "off")

    def call(*words) -> Any:
        words = ("fit", *map(str, words))
        return CliRunner().invoke(application(list(words)), list(words))

    return call


def test_identify_with_no_case_and_with_one(diffjax, tmp_path):
    done = diffjax("--identify")
    assert done.exit_code == 0, done.output
    assert "would determine all 5 parameters." in done.stdout
    assert "diffjax fit --identify --copy DIR" in done.stdout
    one = ('["900 degC", "950 degC", "1000 degC"]', '"1000 degC"')
    path, out = write_case(tmp_path, PLAN, one), tmp_path / "out"
    done = diffjax(path, "--identify", "--out", out)
    assert done.exit_code == 0, done.output
    words = " ".join(done.stdout.split())
    for word in (
        "would determine 1 of 3 parameters.",
        "not determined: the data fix only ln prefactor - 9.115·activation",
        "No number of such experiments helps",
        "one temperature fixes D there and nothing else",
        f"identify.json and report.html are in {out}",
    ):
        assert word in words, done.stdout
    assert sorted(p.name for p in out.iterdir()) == ["identify.json", "report.html"]
    again = diffjax(path, "--identify", "--json")
    assert json.loads(again.stdout) == json.loads((out / "identify.json").read_text())


def test_identify_reads_data_too(diffjax, tmp_path):
    write_scan(tmp_path)
    law = 'kind = "constant"\nvalue = { free = "1e-14 m^2/s" }'
    from .scans import COUPLE

    path = write_case(tmp_path, COUPLE, ('kind = "constant"', law))
    done = diffjax(path, "--identify")
    assert done.exit_code == 0, done.output
    assert "would determine all 4 parameters." in done.stdout


def test_design(diffjax, tmp_path):
    out = tmp_path / "out"
    done = diffjax("--design", "--out", out)
    assert done.exit_code == 0, done.output
    words = " ".join(done.stdout.split())
    assert "Measure 3 × 700 °C, 10 h and 3 × 1100 °C, 10 h." in words
    assert "of your plan" in words and "Your plan has an efficiency of 3 %" in words
    assert sorted(p.name for p in out.iterdir()) == ["design.json", "report.html"]
    found = json.loads((out / "design.json").read_text())
    assert found["criterion"] == "c:activation"


def test_the_built_in_plan_can_be_copied(diffjax, tmp_path):
    done = diffjax("--design", "--copy", tmp_path / "mine")
    path = tmp_path / "mine" / "plan.toml"
    assert done.stdout.strip() == (
        f"plan.toml is in {path.parent}: diffjax fit {path} --design"
    )
    assert len(read_fit_case(path, "identify").experiments) == 3


@pytest.mark.parametrize(
    "words, changes, sentence",
    [
        (
            ["--identify"],
            [('"1e-5 m^2/s"', '"1e-5 m^2"')],
            'case.toml, line 6, `law.prefactor`: "1e-5 m^2" is not a diffusivity '
            '("m^2" is [length] ** 2); a diffusivity is wanted, e.g. "1e-14 m^2/s".\n',
        ),
        (
            ["--identify", "--design"],
            [],
            "give one of `--identify` and `--design`.\n",
        ),
        (
            [],
            [],
            "case.toml, line 11, `experiment.planned`: this is planned, and there are "
            "no data to fit; ask `--identify` or `--design`.\n",
        ),
    ],
)
def test_what_is_wrong_is_one_sentence_and_exit_code_2(
    diffjax, tmp_path, words, changes, sentence
):
    path = write_case(tmp_path, PLAN, *changes)
    done = diffjax(path, *words, "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert (done.stdout, done.stderr) == ("", sentence)
    assert [p.name for p in tmp_path.iterdir()] == ["case.toml"]


def test_candidates_that_leave_a_parameter_open(diffjax, tmp_path):
    hot = '["700 degC", "800 degC", "900 degC", "1000 degC", "1100 degC"]'
    path = write_case(tmp_path, PLAN, (hot, '"900 degC"'))
    done = diffjax(path, "--design", "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert done.stderr.startswith(
        "Built-in plan: a tracer at three temperatures: `design`: all candidates "
        "together leave parameters of the model open: the data fix only ln prefactor"
    )
    assert not (tmp_path / "out").exists()


def test_what_was_assumed_is_said(capsys):
    data = inv.Profile(films(1200.0)[0].data.at, np.linspace(1.0, 0.0, 10))
    film = inv.ThinFilm(data, films(1200.0)[0].anneal, amount=1e-6)
    found = inv.identify(LAW, film)
    show_identify(Console(), found, "t")
    words = " ".join(capsys.readouterr().out.split())
    assert "The sigma of 'profile' is not given: 1 % of its range is assumed." in words
