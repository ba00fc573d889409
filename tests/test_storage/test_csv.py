"""Columns from CSV files."""

import numpy as np
import pytest

import diffjax as djx


X, C = djx.storage.Column("x", "um"), djx.storage.Column("c", "at%")


def table(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "scan.csv"
    path.write_bytes(text.encode(encoding))
    return djx.storage.CsvTable(path)


@pytest.mark.parametrize(
    "text, encoding",
    [
        ("x,c\n0,1\n50,2.5\n", "utf-8"),
        ("x;c\n0;1\n50;2,5\n", "utf-8"),
        ("x\tc\n0\t1\n50\t2,5\n", "utf-8"),
        ("# made by\n\nx , c\n# more\n0 , 1\n\n50 , 2.5e0\n,\n", "utf-8"),
        ("x,c\r\n0,1\r\n50,2.5\r\n", "utf-8-sig"),
        ("x,c\n0,1\n50,2.5\n", "utf-16"),
        ("x,c,µ\n0,1,a\n50,2.5,b\n", "latin-1"),
        ('"x","c"\n"0","1"\n"50","2.5"\n', "utf-8"),
    ],
)
def test_one_table_in_many_forms(tmp_path, text, encoding):
    found = table(tmp_path, text, encoding)
    np.testing.assert_allclose(found.positions(X), [0, 50e-6])
    np.testing.assert_allclose(found.compositions(C), [0.01, 0.025])


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("", "scan.csv: the file is empty."),
        ("# only a remark\n\n", "scan.csv: the file is empty."),
        ("x,c\n", "scan.csv: the file has a header but no rows of numbers."),
        (
            "x,cc\n0,1\n",
            'scan.csv, line 1: there is no column "c"; did you mean `cc`? '
            "(columns: `x`, `cc`)",
        ),
        (
            "# r\nx,value\n0,1\n",
            'scan.csv, line 2: there is no column "c"; columns: `x`, `value`.',
        ),
        (
            "x,c,c\n0,1,1\n",
            'scan.csv, line 1: 2 columns are named "c"; give them different names.',
        ),
        (
            "x,c\n0,1\n50,low\n",
            'scan.csv, line 3, column "c": "low" is not a number.',
        ),
        (
            "x,c\n0,1\n\n50,\n",
            'scan.csv, line 4, column "c": the cell is empty.',
        ),
        ("x,c\n0,1\n50\n", 'scan.csv, line 3, column "c": the cell is empty.'),
        (
            "x,c\n0,1\n50,NaN\n",
            'scan.csv, line 3, column "c": "NaN" is not a finite number; remove the '
            "row "
            "or mend the cell.",
        ),
        (
            "x,c\n0,1\n50,inf\n",
            'scan.csv, line 3, column "c": "inf" is not a finite number; remove the '
            "row "
            "or mend the cell.",
        ),
        (
            "x,c\n0,1\n50,1\n50,2\n",
            'scan.csv, line 4, column "x": the position is the same as on line 3; '
            "every "
            "position may occur once.",
        ),
        (
            "x,c\n0,1\n50,1\n40,2\n",
            'scan.csv, line 4, column "x": the position is smaller than on line 3; '
            "sort "
            "the rows by position.",
        ),
        (
            "x,c\n0,1\n50,101.5\n",
            'scan.csv, line 3, column "c": 101.5 is outside 0 to 100 ("at%").',
        ),
        (
            "x,c\n0,-0.1\n50,1\n",
            'scan.csv, line 2, column "c": -0.1 is outside 0 to 100 ("at%").',
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(tmp_path, text, sentence):
    with pytest.raises(djx.storage.CaseError) as e:
        found = table(tmp_path, text)
        found.positions(X)
        found.compositions(C)
    assert str(e.value) == sentence


def test_a_wrong_unit_names_the_column(tmp_path):
    found = table(tmp_path, "x,c\n0,1\n")
    with pytest.raises(djx.storage.CaseError) as e:
        found.positions(djx.storage.Column("x", "umm"))
    assert str(e.value) == (
        'scan.csv, column "x": unknown unit "umm"; did you mean "um"?'
    )


def test_known_noise_may_lead_outside(tmp_path):
    found = table(tmp_path, "x,c\n0,-0.1\n50,1\n")
    assert found.compositions(C, slack=0.002)[0] == pytest.approx(-1e-3)


def test_other_concentrations_have_no_bounds(tmp_path):
    found = table(tmp_path, "x,c\n0,250\n50,-1\n")
    counts = found.compositions(djx.storage.Column("c", "arbitrary"))
    np.testing.assert_allclose(counts, [250, -1])


def test_what_is_not_a_file(tmp_path):
    with pytest.raises(djx.storage.CaseError, match="there is no such file"):
        djx.storage.CsvTable(tmp_path / "no.csv")
    with pytest.raises(djx.storage.CaseError, match="a folder, not a CSV file"):
        djx.storage.CsvTable(tmp_path)
    (tmp_path / "b.csv").write_bytes(b"PK\x00\x01")
    with pytest.raises(djx.storage.CaseError) as e:
        djx.storage.CsvTable(tmp_path / "b.csv")
    assert str(e.value) == "b.csv: this is not a text file."


@pytest.mark.parametrize(
    "unit, kelvin", [("K", [300, 400]), ("degC", [573.15, 673.15])]
)
def test_temperatures_have_a_zero_of_their_own(tmp_path, unit, kelvin):
    found = table(tmp_path, "T,x\n300,1\n400,2\n")
    column = djx.storage.Column("T", unit)
    np.testing.assert_allclose(found.numbers(column, "temperature"), kelvin)
    cold = table(tmp_path, "T,x\n300,1\n-400,2\n")
    with pytest.raises(djx.storage.CaseError) as e:
        cold.numbers(column, "temperature")
    assert str(e.value) == (
        f'scan.csv, line 3, column "T": -400 {unit} is not above absolute zero (0 K, '
        "-273.15 degC)."
    )
