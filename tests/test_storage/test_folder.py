"""Folders that are there whole or not at all."""

import os

import pytest

import diffjax as djx
from diffjax.storage._folder import whole_file


def test_a_new_folder_appears_at_the_end(tmp_path):
    out = tmp_path / "deep" / "out"
    with djx.storage.whole_folder(out) as folder:
        (folder / "a.txt").write_text("a")
        assert not out.exists()
    assert [p.name for p in out.iterdir()] == ["a.txt"]
    assert [p.name for p in out.parent.iterdir()] == ["out"]


def test_nothing_remains_of_a_failure(tmp_path):
    with pytest.raises(RuntimeError):
        with djx.storage.whole_folder(tmp_path / "out") as folder:
            (folder / "a.txt").write_text("a")
            raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_an_old_folder_keeps_what_is_not_replaced(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.txt").write_text("old")
    (out / "mine.txt").write_text("mine")
    with djx.storage.whole_folder(out) as folder:
        (folder / "a.txt").write_text("new")
    assert (out / "a.txt").read_text() == "new"
    assert (out / "mine.txt").read_text() == "mine"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_file_in_the_way(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(djx.storage.CaseError) as e:
        djx.storage.check_folder(tmp_path / "out")
    assert str(e.value) == (
        f"{tmp_path}/out: a file with this name is in the way of the folder."
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_place_that_cannot_be_written_to(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(djx.storage.CaseError, match="cannot be written to"):
        djx.storage.check_folder(tmp_path / "out")
    tmp_path.chmod(0o700)


def test_a_file_appears_at_the_end_or_not_at_all(tmp_path):
    path = tmp_path / "deep" / "a.txt"
    with whole_file(path) as partial:
        partial.write_text("a")
        assert partial.name == "a.txt" and not path.exists()
    with pytest.raises(RuntimeError):
        with whole_file(path) as partial:
            partial.write_text("b")
            raise RuntimeError
    assert path.read_text() == "a"
    assert [p.name for p in path.parent.iterdir()] == ["a.txt"]
