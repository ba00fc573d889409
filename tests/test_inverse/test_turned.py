"""A component of a tensor as a coordinate: held while the others are refitted."""

import numpy as np
import pytest

import inverse as inv
from inverse._turned import turned

from .traverses import AXES, films, START


def test_slopes_in_the_turned_coordinates():
    valley = inv.fit(START, films(AXES[:4]))._valley
    for number in (1, 4):
        there, h = turned(valley, number), 1e-6
        assert there.held < 6
        rows, jacobian = there.rows(there.bottom)
        np.testing.assert_allclose(rows, valley.rows(valley.bottom)[0], atol=1e-9)
        for k, step in enumerate(h * np.eye(len(there.bottom))):
            up, down = (there.rows(there.bottom + s)[0] for s in (step, -step))
            np.testing.assert_allclose(
                jacobian[:, k], (up - down) / (2 * h), rtol=1e-4, atol=1e-4
            )


@pytest.mark.parametrize("name", ["D11", "D23"])
def test_the_profile_of_a_component_agrees_with_its_error(name):
    found = inv.fit(START, films(AXES))
    one, profiled = found[name], found.profile(name)
    assert profiled.verdict == "" and profiled.laplace[0] == pytest.approx(one.lower)
    assert abs(profiled.lower - one.lower) < 0.1 * one.stderr
    assert abs(profiled.upper - one.upper) < 0.1 * one.stderr


def test_the_profile_of_an_open_component_has_no_end():
    found = inv.fit(START, films(AXES[:5]))
    profiled = found.profile("D13")
    # D stays definite, so that other numbers bound it far away at most.
    assert profiled.upper - profiled.lower > 1e-14
    assert not np.isfinite(found["D13"].stderr)
