"""Tables of diffusivities in a case for `diffjax fit`."""

from typing import Any

import numpy as np
import pytest

import diffjax as djx
import inverse as inv
from inverse._case import read_fit_case

from .scans import write_case


LISTS = """\
[law]
kind = "arrhenius"

[[experiment]]
kind = "diffusivities"
name = "a laboratory"
temperature = ["1000 K", "1100 K", "1200 K"]
value = ["8.3e-16 m^2/s", "6.9e-11 cm^2/s", "4.0e-14 m^2/s"]
error = 0.1
"""
COLUMNS = """\
[law]
kind = "constant"
activation = "free"

[[experiment]]
kind = "diffusivities"
file = "table.csv"
temperature = { column = "T", unit = "degC" }
value = { column = "D", unit = "cm^2/s" }
error = { column = "error", unit = "%" }
composition = { column = "X", unit = "at%" }
bias = { free = 0.0, sd = 0.2 }
"""
CSV = "T,D,error,X\n700,1e-12,10,5\n900,3e-11,20,10\n"


def read(tmp_path, text, *changes, ask: Any = "fit", csv=CSV) -> Any:
    (tmp_path / "table.csv").write_text(csv)
    return read_fit_case(write_case(tmp_path, text, *changes), ask)


def test_lists(tmp_path):
    (table,) = read(tmp_path, LISTS).experiments
    assert isinstance(table, inv.Measured) and table.data.name == "a laboratory"
    np.testing.assert_allclose(table.data.at[:, 0], [1000, 1100, 1200])
    np.testing.assert_allclose(
        np.exp(table.data.value), [8.3e-16, 6.9e-15, 4e-14], rtol=1e-12
    )
    np.testing.assert_allclose(np.asarray(table.data.sigma, float), 0.1)
    assert float(table.local["bias"]) == 0.0  # pyright: ignore


def test_columns(tmp_path):
    (table,) = read(tmp_path, COLUMNS).experiments
    assert table.data.name == "table"
    np.testing.assert_allclose(table.data.at, [[973.15, 0.05], [1173.15, 0.1]])
    np.testing.assert_allclose(np.exp(table.data.value), [1e-16, 3e-15])
    np.testing.assert_allclose(table.data.sigma, [0.1, 0.2])
    assert float(table.local["bias"].prior.sd) == 0.2


def test_a_table_is_fitted(tmp_path):
    case = read(tmp_path, LISTS)
    t, d = np.array([1000.0, 1100.0, 1200.0]), np.array([8.3e-16, 6.9e-15, 4e-14])
    slope, level = np.polyfit(1 / t, np.log(d), 1)
    fit = case.fit()
    found = fit["activation"].value / djx.BOLTZMANN_EV
    np.testing.assert_allclose(found, -slope, rtol=1e-6)
    np.testing.assert_allclose(np.log(fit["prefactor"].value), level, rtol=1e-6)


def test_a_table_without_values_is_planned(tmp_path):
    value = 'value = ["8.3e-16 m^2/s", "6.9e-11 cm^2/s", "4.0e-14 m^2/s"]\n'
    start = 'prefactor = { free = "1e-5 m^2/s" }\nactivation = { free = "2 eV" }\n'
    changes = (value, ""), ('"arrhenius"\n', f'"arrhenius"\n{start}')
    case = read(tmp_path, LISTS, *changes, ask="identify")
    assert not case.experiments[0].data.measured
    x = 1 / (djx.BOLTZMANN_EV * np.array([1000.0, 1100.0, 1200.0]))
    error = 0.1 / np.sqrt(np.sum((x - x.mean()) ** 2))
    np.testing.assert_allclose(case.identify()["activation"].error, error, rtol=1e-6)
    with pytest.raises(djx.storage.CaseError) as e:
        read(tmp_path, LISTS, *changes)
    assert str(e.value) == (
        "case.toml, line 6, `experiment.value`: this is planned, and there are no data "
        "to fit; ask `--identify` or `--design`."
    )


@pytest.mark.parametrize(
    "text, changes, csv, sentence",
    [
        (
            LISTS,
            [('"1000 K", ', "")],
            CSV,
            "case.toml, line 4, `experiment`: `temperature` and `value` must be of one "
            "length; got 2 and 3.",
        ),
        (
            LISTS,
            [('["1000 K", "1100 K", "1200 K"]', "[]")],
            CSV,
            "case.toml, line 7, `experiment.temperature`: at least 1 are wanted; got "
            "0.",
        ),
        (
            LISTS,
            [('"1000 K"', '"1000 s"')],
            CSV,
            'case.toml, line 7, `experiment.temperature`: "1000 s" is a time; a '
            'temperature is wanted, e.g. "1000 degC".',
        ),
        (
            LISTS,
            [("cm^2/s", "cm^2")],
            CSV,
            'case.toml, line 8, `experiment.value`: "6.9e-11 cm^2" is not a '
            'diffusivity ("cm^2" is [length] ** 2); a diffusivity is wanted, e.g. '
            '"1e-14 m^2/s".',
        ),
        (
            LISTS,
            [("error = 0.1\n", ""), ("value = ", "#")],
            CSV,
            "case.toml, line 4, `experiment`: `value` is missing; or `error` is, if "
            "these are planned.",
        ),
        (
            LISTS,
            [("error", 'noise = { kind = "poisson" }\nerror')],
            CSV,
            "case.toml, line 4, `experiment`: `noise` of ln D cannot be poisson: "
            "`error` is relative already.",
        ),
        (
            COLUMNS,
            [('file = "table.csv"\n', "")],
            CSV,
            "case.toml, line 5, `experiment`: `temperature` is a column, so that "
            "`file` is missing.",
        ),
        (
            COLUMNS,
            [('"degC"', '"um"')],
            CSV,
            'case.toml, line 8, `experiment.temperature.unit`: "1000 um" is a length; '
            'a temperature is wanted, e.g. "1000 degC".',
        ),
        (
            COLUMNS,
            [('"cm^2/s"', '"cm/s"')],
            CSV,
            'case.toml, line 9, `experiment.value.unit`: "cm/s" is a speed; a '
            'diffusivity is wanted, e.g. "1e-14 m^2/s".',
        ),
        (
            COLUMNS,
            [('"%"', '"ppm"')],
            CSV,
            'case.toml, line 10, `experiment.error.unit`: "ppm" is not known; known: '
            "`fraction`, `%`.",
        ),
        (
            COLUMNS,
            [],
            CSV.replace("900,3e-11", "900,-3e-11"),
            'table.csv, line 3, column "D": -3e-11 is not above zero.',
        ),
        (
            COLUMNS,
            [],
            CSV.replace("900", "-900"),
            'table.csv, line 3, column "T": -900 degC is not above absolute zero (0 K, '
            "-273.15 degC).",
        ),
        (
            COLUMNS,
            [],
            CSV.replace(",10\n", ",110\n"),
            'table.csv, line 3, column "X": 110 is outside 0 to 100 ("at%").',
        ),
    ],
)
def test_what_is_wrong_is_said(tmp_path, text, changes, csv, sentence):
    with pytest.raises(djx.storage.CaseError) as e:
        read(tmp_path, text, *changes, csv=csv)
    assert str(e.value) == sentence
