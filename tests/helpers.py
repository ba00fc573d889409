"""What many tests share: observed orders, and rows for `docs/validation.md`."""

import math
import os
import pathlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np


ROOT = pathlib.Path(__file__).resolve().parents[1]
VALIDATION = ROOT / "docs" / "validation.md"
TABLE_HEAD = (
    "| problem | exact solution | observed order | error | at | test |\n"
    "| --- | --- | --- | --- | --- | --- |\n"
)


def observed_order(errors: Sequence[float], ratio: float = 2.0) -> np.ndarray:
    """Order between successive levels of refinement; shape `(levels - 1,)`.

    `ratio` is the factor by which the step shrinks from one level to the next.
    """
    e = np.asarray(errors, dtype=float)
    assert np.all(e > 0) and np.all(np.diff(e) < 0), f"errors do not fall: {e}"
    return np.log(e[:-1] / e[1:]) / np.log(ratio)


class Row(NamedTuple):
    """One line of the table in `docs/validation.md`."""

    problem: str
    exact: str
    order: float | None
    error: float
    resolution: str
    test: str

    def line(self) -> str:
        order = "" if self.order is None else f"{self.order:.2f}"
        cells = self.problem, self.exact, order, f"{self.error:.1e}", self.resolution
        return "| " + " | ".join((*cells, f"`{self.test}`")) + " |\n"


RECORDED: dict[str, Row] = {}


def validation_row(
    problem: str, exact: str, order: float | None, error: float, resolution: str
) -> None:
    """Records one row of `docs/validation.md`; call it where a test has its numbers.

    `problem` names the row and must be unique; `exact` names what it is compared with;
    `order` is the observed order (`None` where there is none); `error` is the error at
    `resolution`, a few words such as `"400 cells"`. Say in `problem` or `exact` what
    kind of error it is if it is not the largest relative one.
    `pytest --write-validation` puts the rows into the page; any other run compares.
    """
    texts = problem, exact, resolution
    assert not any("|" in t or "\n" in t for t in texts), f"no `|` in a row: {texts}"
    test = (
        os.environ.get("PYTEST_CURRENT_TEST", "").partition(" (")[0].partition("[")[0]
    )
    order = None if order is None else float(order)
    row = Row(problem, exact, order, float(error), resolution, test)
    before = RECORDED.get(problem)
    assert before is None or before.test == test, f"two tests record {problem!r}"
    RECORDED[problem] = row


def read_validation() -> dict[str, Row]:
    """The rows that `docs/validation.md` holds, by problem."""
    rows = {}
    if not VALIDATION.exists():
        return rows
    for line in VALIDATION.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if line.startswith("| ") and len(cells) == 6 and cells[5].startswith("`"):
            problem, exact, order, error, resolution, test = cells
            number = float(order) if order else None
            row = Row(problem, exact, number, float(error), resolution, test.strip("`"))
            rows[problem] = row
    return rows


def write_validation(rows: Iterable[Row], whole: bool) -> None:
    """Puts `rows` into the page, beside the rows of tests that did not run now.

    Rows of a test that ran and no longer records them are dropped, where the slow
    cases of it ran too (`whole`).
    """
    rows = list(rows)
    ran = {row.test for row in rows} if whole else set()
    kept = {k: row for k, row in read_validation().items() if row.test not in ran}
    new = kept | {row.problem: row for row in rows}
    ordered = sorted(new.values(), key=lambda row: (row.test, row.problem))
    top, _, _ = VALIDATION.read_text(encoding="utf-8").partition(TABLE_HEAD)
    table = TABLE_HEAD + "".join(row.line() for row in ordered)
    VALIDATION.write_text(top.rstrip("\n") + "\n\n" + table, encoding="utf-8")


def compare_validation(rows: Iterable[Row]) -> list[str]:
    """A sentence for each row that the page lacks, or holds with other numbers."""
    page, complaints = read_validation(), []
    for row in rows:
        held = page.get(row.problem)
        if held is None or held[1] != row.exact or held[4:] != row[4:]:
            complaints.append(f"docs/validation.md lacks the row: {row.line().strip()}")
        elif not _alike(held, row):
            complaints.append(
                f"docs/validation.md says {held.line().strip()}\n"
                f"              but now it is {row.line().strip()}"
            )
    if complaints:
        complaints.append(
            "If this is meant, run: python -m pytest -m '' --write-validation"
        )
    return complaints


def _alike(a: Row, b: Row) -> bool:
    """Same order to 0.1 and same error to a factor 1.5; round-off is all the same."""
    if (a.order is None) != (b.order is None):
        return False
    if a.order is not None and b.order is not None and abs(a.order - b.order) > 0.1:
        return False
    if max(a.error, b.error) < 1e-11:
        return True
    return min(a.error, b.error) > 0 and abs(math.log(a.error / b.error)) < math.log(
        1.5
    )
