"""Tables of experiments in a case for `diffjax fit`."""

from typing import Any

import numpy as np
import pytest

import diffjax as djx
import inverse as inv
from inverse._case import read_fit_case
from inverse._case_experiments import (
    AbstractProfileTable,
    CoupleTable,
    HalfSpaceTable,
    ThinFilmTable,
)

from .scans import COUPLE, write_case, write_scan


PLAN = """\
[law]
kind = "arrhenius"
prefactor = { free = "1e-5 m^2/s" }
activation = { free = "2 eV" }

[[experiment]]
kind = "thin-film"
planned = { lengths = 4, points = 20 }
sigma = 0.01
amount = { free = "1e-6 m" }
temperature = ["900 degC", "1000 degC"]
time = ["10 h", "1000 h"]
"""


def planned(tmp_path, *changes, ask: Any = "identify") -> Any:
    return read_fit_case(write_case(tmp_path, PLAN, *changes), ask)


@pytest.mark.parametrize("table", [CoupleTable, HalfSpaceTable, ThinFilmTable])
def test_what_profiles_share_is_written_once(table):
    shared = list(AbstractProfileTable.model_fields)
    assert shared[0] == "kind" and list(table.model_fields)[: len(shared)] == shared
    assert set(vars(table)["__annotations__"]).isdisjoint(set(shared) - {"kind"})


def test_every_pair_of_a_temperature_and_a_time_is_planned(tmp_path):
    films = planned(tmp_path).experiments
    assert [film.data.name for film in films] == [
        "900 °C, 10 h",
        "900 °C, 41.67 d",
        "1000 °C, 10 h",
        "1000 °C, 41.67 d",
    ]
    for film in films:
        assert not film.data.measured and film.data.points == 20
        d = 1e-5 * np.exp(-2 / (djx.BOLTZMANN_EV * float(film.anneal.temperature)))
        length = np.sqrt(d * float(film.anneal.duration))
        np.testing.assert_allclose(film.data.at[-1], 4 * length, rtol=1e-6)
        assert float(film.amount.init) == 1e-6
        assert isinstance(film.amount.transform, inv.Log)


def test_a_couple_is_planned_on_both_sides(tmp_path):
    ends = 'left = 0.0\nright = { free = 1.0, sd = 0.01 }\norigin = { free = "0 m" }'
    changes = ("thin-film", "couple"), ('amount = { free = "1e-6 m" }', ends)
    couple = planned(tmp_path, *changes).experiments[0]
    np.testing.assert_allclose(couple.data.at[0], -couple.data.at[-1])
    assert float(couple.right.prior.sd) == 0.01 and float(couple.left) == 0.0


def test_noise_and_instrument_of_a_file(tmp_path):
    write_scan(tmp_path)
    more = (
        'noise = { kind = "student", dof = 3 }\n'
        'instrument = { kind = "blur", width = "2 um" }\n[law]'
    )
    case = read_fit_case(write_case(tmp_path, COUPLE, ("[law]", more)))
    data = case.experiments[0].data
    assert isinstance(data.noise, inv.StudentT) and float(data.noise.dof) == 3
    assert isinstance(data.response, inv.GaussianBlur)
    np.testing.assert_allclose(data.response.width, 2e-6)  # pyright: ignore


@pytest.mark.parametrize(
    "changes, sentence",
    [
        (
            [("sigma = 0.01\n", "")],
            "line 6, `experiment`: `sigma` is missing: what scatter to expect.",
        ),
        (
            [("sigma = 0.01", 'sigma = { column = "s", unit = "at%" }')],
            "line 6, `experiment`: a plan needs a number as its `sigma`.",
        ),
        (
            [("sigma = 0.01", 'sigma = 0.01\nfile = "a.csv"')],
            "line 6, `experiment`: write either `file` for what was measured, or "
            "`planned` for what is to be.",
        ),
        (
            [("sigma = 0.01", 'sigma = 1.0\nvalue = { column = "X", unit = "at%" }')],
            "line 6, `experiment`: `value` is for a `file`.",
        ),
        (
            [("planned = { lengths = 4, points = 20 }", 'file = "a.csv"\nposition = '
              '{ column = "x", unit = "um" }\nvalue = { column = "c", unit = "cps" }')],
            "line 6, `experiment`: several temperatures or times are for `planned` "
            "experiments; what was measured has one of each.",
        ),
        (
            [('{ free = "1e-6 m" }', '"free"')],
            "line 10, `experiment.amount`: `--identify` asks at numbers, and there is "
            "none for `amount`: hold it, or write where it starts, as in { free = "
            "... }.",
        ),
        (
            [('"1e-6 m"', '"1e-6 h"')],
            'line 10, `experiment.amount`: "1e-6 h" is a time; a length is wanted, '
            'e.g. "600 um".',
        ),
        (
            [('"10 h"', '"10 m"')],
            'line 12, `experiment.time`: "10 m" is a length; a time is wanted, e.g. '
            '"100 h".',
        ),
        (
            [("sigma", "direction = [1, 0]\nsigma")],
            'line 9, `experiment.direction`: a direction needs the law "tensor".',
        ),
        (
            [('{ free = "1e-5 m^2/s" }', '"free"')],
            "line 1, `law`: `--identify` asks at numbers, and there is none for "
            "`prefactor`: write where it starts, as in { free = ... }.",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_plan(tmp_path, changes, sentence):
    with pytest.raises(djx.storage.CaseError) as e:
        planned(tmp_path, *changes)
    assert str(e.value) == f"case.toml, {sentence}"


def test_a_plan_holds_no_data_to_fit(tmp_path):
    with pytest.raises(djx.storage.CaseError) as e:
        planned(tmp_path, ask="fit")
    assert str(e.value) == (
        "case.toml, line 8, `experiment.planned`: this is planned, and there are no "
        "data to fit; ask `--identify` or `--design`."
    )
