"""Columns from Excel workbooks."""

import sys

import numpy as np
import pytest

import diffjax as djx
import inverse as inv


X, C = djx.storage.Column("x", "um"), djx.storage.Column("c", "at%")
ROWS = [("# a remark",), ("x", "c", "spot", None), (), (0, 1.0, "a"), (50.0, "2,5")]


def book(tmp_path, rows, name="scan.xlsx"):
    openpyxl = pytest.importorskip("openpyxl")
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    made.save(tmp_path / name)
    return tmp_path / name


@pytest.mark.parametrize("name", ["scan.xlsx", "SCAN.XLSX"])
def test_a_sheet_is_a_table(tmp_path, name):
    table = djx.storage.CsvTable(book(tmp_path, ROWS, name))
    np.testing.assert_allclose(table.positions(X), [0, 50e-6])
    np.testing.assert_allclose(table.compositions(C), [0.01, 0.025])
    assert table.header == ["x", "c", "spot"]
    assert table.header_line == 2 and table.lines[-1] == 5


def test_numbers_are_those_of_the_file(tmp_path):
    values = np.random.default_rng(0).normal(size=20) * 10.0 ** np.arange(-10, 10)
    rows = [("x", "c"), *((float(k), float(v)) for k, v in enumerate(values))]
    table = djx.storage.CsvTable(book(tmp_path, rows))
    found = table.numbers(djx.storage.Column("c", "arbitrary"), "composition")
    np.testing.assert_allclose(found, values, rtol=1e-15)


def test_a_profile_from_a_workbook(tmp_path):
    rows = [("x", "c"), *((10 * k, 0.1 * k) for k in range(5))]
    x, c = inv.Column("x", "um"), inv.Column("c", "mole fraction")
    profile = inv.read_profile(book(tmp_path, rows), x, c, sigma=0.01)
    np.testing.assert_allclose(profile.value, 0.1 * np.arange(5))
    assert profile.name == "scan"


@pytest.mark.parametrize(
    "rows, sentence",
    [
        ([], "scan.xlsx: the file is empty."),
        ([("x", "c")], "scan.xlsx: the file has a header but no rows of numbers."),
        (
            [("x", "c"), (0, 1), (1, None), (2, 3)],
            'scan.xlsx, line 3, column "c": the cell is empty.',
        ),
        (
            [("x", "c"), (0, "n.d.")],
            'scan.xlsx, line 2, column "c": "n.d." is not a number.',
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path, rows, sentence):
    path = book(tmp_path, rows)
    with pytest.raises(djx.storage.CaseError) as error:
        djx.storage.CsvTable(path).numbers(C, "composition")
    assert str(error.value) == sentence


def test_files_that_are_no_workbooks(tmp_path):
    pytest.importorskip("openpyxl")
    path = tmp_path / "scan.xlsx"
    with pytest.raises(djx.storage.CaseError, match="there is no such file"):
        djx.storage.CsvTable(path)
    path.write_text("x,c\n0,1\n", encoding="utf-8")
    with pytest.raises(djx.storage.CaseError, match="this is not an Excel workbook"):
        djx.storage.CsvTable(path)


def test_a_missing_package_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(ModuleNotFoundError) as error:
        djx.storage.CsvTable(tmp_path / "scan.xlsx")
    sentence = 'Excel workbooks need openpyxl: `pip install "diffjax[io]"`.'
    assert str(error.value) == sentence
