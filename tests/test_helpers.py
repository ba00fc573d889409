"""The helpers of the tests do what the tests believe."""

import numpy as np
import pytest

from . import helpers
from .helpers import Row


ROW = Row("couple", "erf", 2.004, 3.21e-5, "400 cells", "tests/test_a.py::test_it")


@pytest.fixture
def page(tmp_path, monkeypatch):
    page = tmp_path / "validation.md"
    page.write_text("# Validation\n\nWords.\n\n" + helpers.TABLE_HEAD)
    monkeypatch.setattr(helpers, "VALIDATION", page)
    return page


def test_observed_order():
    errors = [4.0, 1.0, 0.25]
    np.testing.assert_allclose(helpers.observed_order(errors), [2.0, 2.0])
    with pytest.raises(AssertionError, match="do not fall"):
        helpers.observed_order([1.0, 2.0])


def test_rows_go_into_the_page_and_come_back(page):
    other = ROW._replace(problem="sphere", order=None, test="tests/test_b.py::test_it")
    helpers.write_validation([ROW, other], whole=True)
    assert helpers.compare_validation([ROW, other]) == []
    assert list(helpers.read_validation()) == ["couple", "sphere"]
    assert page.read_text().startswith("# Validation\n\nWords.\n\n| problem")


def test_rows_of_tests_that_did_not_run_stay_and_stale_ones_go(page):
    stale = ROW._replace(problem="old name")
    other = ROW._replace(problem="sphere", test="tests/test_b.py::test_it")
    helpers.write_validation([stale, other], whole=True)
    helpers.write_validation([ROW], whole=True)
    assert set(helpers.read_validation()) == {"couple", "sphere"}


def test_a_moved_number_is_told(page):
    helpers.write_validation([ROW], whole=True)
    assert not helpers.compare_validation([ROW._replace(error=3.5e-5, order=1.96)])
    assert helpers.compare_validation([ROW._replace(error=6e-5)])
    assert helpers.compare_validation([ROW._replace(order=1.8)])
    assert helpers.compare_validation([ROW._replace(problem="another")])
    round_off = ROW._replace(error=1e-16, order=None)
    helpers.write_validation([round_off], whole=True)
    assert not helpers.compare_validation([round_off._replace(error=5e-14)])


def test_a_row_knows_its_test(monkeypatch):
    monkeypatch.setattr(helpers, "RECORDED", {})
    helpers.validation_row("p", "e", 2, 1e-3, "10 cells")
    here = "tests/test_helpers.py::test_a_row_knows_its_test"
    assert helpers.RECORDED["p"].test == here
