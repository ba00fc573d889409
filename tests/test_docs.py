"""What the pages show runs."""

import re

import pytest

from .helpers import read_validation, ROOT


PAGES = [
    ROOT / "README.md",
    ROOT / "docs" / "getting_started.md",
    *sorted((ROOT / "docs" / "floors").glob("*.md")),
]
BLOCK = re.compile(r"^```python\n(.*?)^```", flags=re.DOTALL | re.MULTILINE)


def blocks(page):
    return BLOCK.findall(page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p)], ids=lambda p: p.stem)
def test_python_on_a_page_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": page.stem}
    for block in blocks(page):
        exec(compile(block, page.name, "exec"), namespace)


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
