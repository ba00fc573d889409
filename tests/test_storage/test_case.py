"""Cases for `diffjax run`."""

import numpy as np
import pytest

import diffjax as djx

from .cases import GOOD, write


def test_a_case_is_read_and_solved(tmp_path):
    case = djx.storage.read_case(write(tmp_path))
    assert case.title == "a slab"
    solution = case.solve(rtol=1e-6)
    np.testing.assert_allclose(solution.ts, np.linspace(0, 3600, 5))
    diffusivity = 1e-5 * np.exp(-2.0 / (djx.BOLTZMANN_EV * 1273.15))
    exact = djx.exact.half_space(
        case.grid.centres, djx.real(3600.0), diffusivity, surface=1.0, initial=0.0
    )
    near = np.asarray(case.grid.centres) < 50e-6
    np.testing.assert_allclose(solution.ys[-1][near], exact[near], atol=3e-3)


def test_the_file_names_a_case_without_a_title(tmp_path):
    assert djx.storage.read_case(
        write(tmp_path, GOOD, ('title = "a slab"', ""))
    ).title == ("case")


def test_save_times(tmp_path):
    save = ("[law]", '[save]\ntimes = ["1 min", "1 h"]\n[law]')
    case = djx.storage.read_case(write(tmp_path, GOOD, save))
    np.testing.assert_allclose(case.save_at, [60, 3600])


@pytest.mark.parametrize(
    "text, sentence",
    [
        (
            'times = ["1 h", "2 h"]',
            "case.toml, line 4, `save.times`: 7200 s is after the end of the anneal, "
            "3600 "
            "s.",
        ),
        (
            'times = ["1 h", "1 h"]',
            "case.toml, line 3, `save`: `times` must increase.",
        ),
        (
            'times = ["1 h"]\ncount = 3',
            "case.toml, line 3, `save`: write either `times` or `count`.",
        ),
    ],
)
def test_save_times_that_cannot_be(tmp_path, text, sentence):
    with pytest.raises(djx.storage.CaseError) as e:
        djx.storage.read_case(
            write(tmp_path, GOOD, ("[law]", f"[save]\n{text}\n[law]"))
        )
    assert str(e.value) == sentence


def test_options_reach_the_solver(tmp_path):
    method = ("[law]", "[method]\nrtol = 1e-3\nmax_steps = 3\n[law]")
    case = djx.storage.read_case(write(tmp_path, GOOD, method))
    assert case.options == {"rtol": 1e-3, "max_steps": 3}
    assert case.solve(throw=False).result != djx.RESULTS.successful
