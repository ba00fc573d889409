"""What the pages show runs."""

import re

import pytest

import diffjax as djx
from inverse._case import read_fit_case

from .helpers import read_validation, ROOT


PAGES = [
    ROOT / "README.md",
    ROOT / "docs" / "getting_started.md",
    ROOT / "docs" / "machine_learning.md",
    *sorted((ROOT / "docs" / "floors").glob("*.md")),
]
BLOCK = re.compile(r"^```python\n(.*?)^```", flags=re.DOTALL | re.MULTILINE)


# These compile many programs.
SLOW = {
    *("getting_started", "machine_learning", "inverse", "plots_and_storage"),
    *("solution", "solve"),
}


def blocks(page):
    return BLOCK.findall(page.read_text(encoding="utf-8"))


def pages():
    for page in PAGES:
        if blocks(page):
            marks = [pytest.mark.slow] if page.stem in SLOW else []
            yield pytest.param(page, id=page.stem, marks=marks)


@pytest.mark.parametrize("page", list(pages()))
def test_python_on_a_page_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": page.stem}
    for block in blocks(page):
        exec(compile(block, page.name, "exec"), namespace)


def test_cases_on_the_page_of_the_command_line_are_read(tmp_path):
    page = (ROOT / "docs" / "command_line.md").read_text(encoding="utf-8")
    fit_case, run_case = re.findall(r"```toml\n(.*?)```", page, flags=re.DOTALL)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (again,) = re.findall(r"```toml\n(.*?)```", readme, flags=re.DOTALL)
    (tmp_path / "run.toml").write_text(run_case, encoding="utf-8")
    assert djx.storage.read_case(tmp_path / "run.toml").grid.shape == (400,)
    lines = [f"{x},{x / 100}" for x in range(0, 101, 5)]
    (tmp_path / "scan.csv").write_text("\n".join(["dis,X", *lines]), encoding="utf-8")
    for case in (fit_case, again):
        (tmp_path / "fit.toml").write_text(case, encoding="utf-8")
        (experiment,) = read_fit_case(tmp_path / "fit.toml").experiments
        assert experiment.profile.points == 21


def test_readme_has_both_commands():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for tag in ("demo", "tests"):
        lines = text.partition(f"<!-- try: {tag} -->\n```")[2].splitlines()[1:]
        assert lines[0] and lines[1] == "```", f"one line in one block for {tag!r}"


def test_readme_links_to_files_that_exist():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / target).exists(), target


def test_rows_of_the_validation_table_name_their_test():
    for row in read_validation().values():
        file, _, function = row.test.partition("::")
        text = (ROOT / file).read_text(encoding="utf-8")
        assert f"def {function}(" in text, f"{row.test} is gone: take its row away"
