"""`diffjax run` and `diffjax info`, called as functions of the command line."""

import json

import pytest
from typer.testing import CliRunner

import diffjax as djx
from diffjax import _commands
from diffjax._cli import application

from .test_storage.cases import GOOD, write


@pytest.fixture
def diffjax(monkeypatch):
    """Calls the command with words; no cache is touched."""
    monkeypatch.setenv("DIFFJAX_CACHE", "off")

    def call(*words):
        return CliRunner().invoke(application(list(words)), list(words))

    return call


def test_a_run_shows_its_balance_and_writes_three_files(diffjax, tmp_path):
    out = tmp_path / "out"
    done = diffjax("run", str(write(tmp_path)), "--out", str(out))
    assert done.exit_code == 0, done.output
    assert "a slab" in done.output
    assert "20 cells, planar" in done.output
    assert "came in, lower wall" in done.output
    names = ["profile.png", "solution.csv", "solution.json"]
    assert sorted(p.name for p in out.iterdir()) == names
    assert json.loads((out / "solution.json").read_text())["title"] == "a slab"
    assert (out / "profile.png").read_bytes().startswith(b"\x89PNG")


def test_the_built_in_case_runs(diffjax):
    done = diffjax("run")
    assert done.exit_code == 0, done.output
    assert "400 cells, planar" in done.output


def test_the_built_in_case_can_be_copied(diffjax, tmp_path):
    done = diffjax("run", "--copy", str(tmp_path / "mine"))
    assert done.exit_code == 0, done.output
    case = djx.storage.read_case(tmp_path / "mine" / "couple.toml")
    assert case.grid.shape == (400,)


def test_a_wrong_file_is_one_sentence_and_exit_code_2(diffjax, tmp_path):
    path = write(tmp_path, GOOD, ("cells = 20", "cels = 20"))
    done = diffjax("run", str(path), "--out", str(tmp_path / "out"))
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr == (
        "case.toml, line 10: unknown key `cels` in `[grid]`; did you mean `cells`? "
        "(known: `kind`, `lower`, `upper`, `cells`, `geometry`)\n"
    )
    assert sorted(p.name for p in tmp_path.iterdir()) == ["case.toml"]


def test_a_missing_file(diffjax, tmp_path):
    done = diffjax("run", str(tmp_path / "no.toml"))
    assert done.exit_code == 2
    assert done.stderr == f"{tmp_path}/no.toml: there is no such file.\n"


def test_a_failing_run_is_one_sentence_and_exit_code_1(diffjax, tmp_path):
    path = write(tmp_path, GOOD, ("[law]", "[method]\nmax_steps = 2\n[law]"))
    done = diffjax("run", str(path), "--out", str(tmp_path / "out"))
    assert done.exit_code == 1
    assert done.stderr.startswith("a slab: ")
    assert done.stderr.count("\n") == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["case.toml"]


def test_a_file_in_the_way_is_told_before_the_work(diffjax, tmp_path):
    (tmp_path / "out").write_text("")
    done = diffjax("run", "--out", str(tmp_path / "out"))
    assert done.exit_code == 2
    assert done.stderr.endswith("is in the way of the folder.\n")


def test_info_tells_what_a_question_needs(diffjax):
    done = diffjax("info")
    assert done.exit_code == 0, done.output
    for word in ("diffjax", "jax", "devices", "double precision", "inverse is in"):
        assert word in done.stdout
    assert "not kept" in done.stdout
    assert done.stderr == ""


def test_another_inverse_is_complained_of(monkeypatch, tmp_path):
    found, complaint = _commands.find_inverse()
    assert found.endswith("inverse") and complaint == ""
    (tmp_path / "inverse").mkdir()
    (tmp_path / "inverse" / "__init__.py").write_text("")
    spec = importlib_spec(tmp_path / "inverse" / "__init__.py")
    monkeypatch.setattr(_commands.importlib.util, "find_spec", lambda name: spec)
    found, complaint = _commands.find_inverse()
    assert found == str(tmp_path / "inverse")
    assert complaint.startswith(
        f"`import inverse` leads to {tmp_path}/inverse, which is"
    )
    monkeypatch.setattr(_commands.importlib.util, "find_spec", lambda name: None)
    assert _commands.find_inverse() == (
        "nowhere",
        "`inverse` is not installed beside diffjax: install it again.",
    )


def importlib_spec(path):
    from importlib.util import spec_from_file_location

    return spec_from_file_location("inverse", path)


def test_where_compiled_programs_are_kept(monkeypatch, tmp_path):
    for word in ("off", "0", "OFF"):
        monkeypatch.setenv("DIFFJAX_CACHE", word)
        assert _commands.cache_folder() is None
    monkeypatch.setenv("DIFFJAX_CACHE", str(tmp_path))
    assert _commands.cache_folder() == tmp_path
    monkeypatch.delenv("DIFFJAX_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert _commands.cache_folder() == tmp_path / "diffjax" / "compiled"
