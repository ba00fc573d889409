"""What the pages show runs."""

import re

import jax
import numpy as np
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
    *("diffusivity", "equations", "getting_started", "inverse", "lattice"),
    *("machine_learning", "plots_and_storage", "solution", "solve"),
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
    # optax mixes number types in its own arithmetic.
    promotion = "standard" if page.stem == "machine_learning" else "strict"
    with jax.numpy_dtype_promotion(promotion):
        for block in blocks(page):
            exec(compile(block, page.name, "exec"), namespace)


def cases():
    """The cases on the page of the command line, by the name in their first line."""
    page = (ROOT / "docs" / "command_line.md").read_text(encoding="utf-8")
    found = re.findall(r"```toml\n# (\w+\.toml)\n(.*?)```", page, flags=re.DOTALL)
    assert len(found) == page.count("```toml")
    return dict(found)


def test_cases_on_the_page_of_the_command_line_are_read(tmp_path):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (again,) = re.findall(r"```toml\n(.*?)```", readme, flags=re.DOTALL)
    (tmp_path / "run.toml").write_text(cases()["run.toml"], encoding="utf-8")
    assert djx.storage.read_case(tmp_path / "run.toml").grid.shape == (400,)
    lines = [f"{x},{x / 100}" for x in range(0, 101, 5)]
    (tmp_path / "scan.csv").write_text("\n".join(["dis,X", *lines]), encoding="utf-8")
    for case in (cases()["couple.toml"], again):
        (tmp_path / "fit.toml").write_text(case, encoding="utf-8")
        (experiment,) = read_fit_case(tmp_path / "fit.toml").experiments
        assert experiment.data.points == 21


def test_the_case_of_a_tracer_runs(tmp_path):
    path = tmp_path / "tracer.toml"
    path.write_text(cases()["tracer.toml"], encoding="utf-8")
    depth = np.linspace(2.0, 150.0, 38)
    clean = 2000 * np.exp(-(depth**2) / (4 * 1.3e-13 * 3.6e4 * 1e12))
    counts = np.random.default_rng(1).poisson(clean)
    rows = [f"{x},{n}" for x, n in zip(depth, counts)]
    (tmp_path / "counts.csv").write_text("\n".join(["depth,counts", *rows]))
    fit = read_fit_case(path).fit()
    assert fit.names == ("prefactor", "activation", "counts.amount", "a book.bias")
    assert all(
        one.verdict in ("determined", "set by its prior") for one in fit.parameters
    )
    assert abs(fit["activation"].value - 2.0) < 3 * fit["activation"].stderr < 0.5


def test_the_case_of_a_plan_runs(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text(cases()["plan.toml"], encoding="utf-8")
    assert read_fit_case(path, "identify").identify().identifiable
    best = read_fit_case(path, "design").design()
    assert np.sum(best.counts) == 5 and len(best.labels) == 8


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
