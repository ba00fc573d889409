"""Profiles from CSV files."""

from typing import Any

import numpy as np
import pytest

import diffjax as djx
import inverse as inv

from ..helpers import ROOT


GOOD = "dis,X,err\n0,0.1,0.01\n50,0.2,0.02\n100,0.4,0.03\n"
POSITION = inv.Column("dis", "um")
VALUE = inv.Column("X", "mole fraction")


def read(tmp_path, text=GOOD, **options) -> Any:
    (tmp_path / "scan.csv").write_text(text, encoding="utf-8")
    options = {"position": POSITION, "value": VALUE, **options}
    return inv.read_profile(tmp_path / "scan.csv", **options)


def test_positions_and_values_come_in_si_units(tmp_path):
    profile = read(tmp_path)
    np.testing.assert_allclose(profile.position, [0, 50e-6, 100e-6])
    np.testing.assert_allclose(profile.value, [0.1, 0.2, 0.4])
    assert profile.sigma is None
    assert profile.name == "scan"
    assert read(tmp_path, name="mine").name == "mine"


def test_columns_of_other_names_and_units(tmp_path):
    text = "# EPMA\nspot;Zr at%;depth mm\na;10,5;0,1\nb;20;0,2\nc;30;0,4\n"
    profile = read(
        tmp_path,
        text,
        position=inv.Column("depth mm", "mm"),
        value=inv.Column("Zr at%", "at%"),
    )
    np.testing.assert_allclose(profile.position, [1e-4, 2e-4, 4e-4])
    np.testing.assert_allclose(profile.value, [0.105, 0.2, 0.3])


def test_sigma_is_a_number_or_a_column(tmp_path):
    one = read(tmp_path, sigma=0.01).sigma
    np.testing.assert_allclose(one, [0.01, 0.01, 0.01])
    column = inv.Column("err", "at%")
    np.testing.assert_allclose(read(tmp_path, sigma=column).sigma, [1e-4, 2e-4, 3e-4])


def test_noise_that_is_known_may_lead_below_zero(tmp_path):
    text = GOOD.replace("0,0.1", "0,-0.004")
    assert float(read(tmp_path, text, sigma=0.001).value[0]) == -0.004
    with pytest.raises(djx.storage.CaseError):
        read(tmp_path, text, sigma=0.0005)


@pytest.mark.parametrize(
    "text, options, sentence",
    [
        ("", {}, "scan.csv: the file is empty."),
        (
            GOOD.replace("X", "x"),
            {},
            'scan.csv, line 1: there is no column "X"; did you mean `x`? (columns: '
            "`dis`, `x`, `err`)",
        ),
        (
            GOOD.replace("0.2", "high"),
            {},
            'scan.csv, line 3, column "X": "high" is not a number.',
        ),
        (
            GOOD.replace("0.2", "nan"),
            {},
            'scan.csv, line 3, column "X": "nan" is not a finite number; remove the '
            "row "
            "or mend the cell.",
        ),
        (
            GOOD.replace("100,", "20,"),
            {},
            'scan.csv, line 4, column "dis": the position is smaller than on line 3; '
            "sort the rows by position.",
        ),
        (
            GOOD.replace("100,", "50,"),
            {},
            'scan.csv, line 4, column "dis": the position is the same as on line 3; '
            "every position may occur once.",
        ),
        (
            GOOD.replace("0.4", "40"),
            {},
            'scan.csv, line 4, column "X": 40 is outside 0 to 1 ("mole fraction"); is '
            "it "
            'in "at%"?',
        ),
        (
            GOOD.replace("0,0.1", "0,-0.001"),
            {},
            'scan.csv, line 2, column "X": -0.001 is outside 0 to 1 ("mole fraction"); '
            "if that is noise, give `sigma`.",
        ),
        (
            GOOD.replace("0,0.1", "0,-0.1"),
            {"sigma": 0.001},
            'scan.csv, line 2, column "X": -0.1 is outside 0 to 1 ("mole fraction").',
        ),
        (
            GOOD,
            {"position": inv.Column("dis", "micorn")},
            'scan.csv, column "dis": unknown unit "micorn"; a length may be in "m", '
            '"cm", "mm", "um", "nm", "angstrom", "inch".',
        ),
        (
            GOOD,
            {"value": inv.Column("X", "wt%")},
            'scan.csv, column "X": "wt%" is by weight; convert it to atoms first and '
            'write "at%" or "mole fraction".',
        ),
        (
            GOOD.replace("0.02\n", "0\n"),
            {"sigma": inv.Column("err", "at%")},
            'scan.csv, line 3, column "err": 0 is not above zero; a standard deviation '
            "must be.",
        ),
        (
            GOOD,
            {"sigma": -0.1},
            "`sigma` is -0.1; a standard deviation must be above zero.",
        ),
        (
            "dis,X\n0,0.1\n50,0.2\n",
            {},
            "scan.csv: a profile needs at least 3 points; got 2.",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(tmp_path, text, options, sentence):
    with pytest.raises(djx.storage.CaseError) as e:
        read(tmp_path, text, **options)
    assert str(e.value) == sentence


def test_a_real_scan():
    path = ROOT.parent / "shared" / "data" / "tizr" / "TiZr_exp.csv"
    if not path.exists():
        pytest.skip("../shared/data is not here")
    profile = inv.read_profile(path, position=POSITION, value=VALUE)
    assert profile.points == 55
    assert float(profile.position[-1]) == pytest.approx(2.7e-3)
