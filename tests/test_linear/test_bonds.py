"""Shifts of fields: rims, partners, and who has one."""

import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.linear import along_axis, extend, inside, reach_of, shifted


FIELD = np.random.default_rng(0).normal(size=(4, 3))
OFFSETS = [(1, 0), (0, 1), (1, 1), (2, -1), (-3, 2), (0, 0)]


def test_reach():
    assert reach_of([(1, 0), (2, -3), (-4, 1)]) == (4, 3)


@pytest.mark.parametrize("offset", [*OFFSETS, (5, 0), (-9, 7)])
def test_periodic_shifts_are_rolls(offset):
    """Also where the reach exceeds the cells."""
    reach = reach_of([offset])
    found = shifted(extend(jnp.asarray(FIELD), reach, (True, True)), offset, reach)
    np.testing.assert_array_equal(found, np.roll(FIELD, [-e for e in offset], (0, 1)))


@pytest.mark.parametrize("outside", [None, 0.0, 7.5])
@pytest.mark.parametrize("offset", OFFSETS)
def test_shifts_beyond_walls_see_the_rim(offset, outside):
    reach = reach_of(OFFSETS)
    wide = extend(jnp.asarray(FIELD), reach, (False, False), outside)
    pad = [(r, r) for r in reach]
    if outside is None:
        expected = np.pad(FIELD, pad, mode="edge")
    else:
        expected = np.pad(FIELD, pad, constant_values=outside)
    np.testing.assert_array_equal(wide, expected)
    rows = slice(reach[0] + offset[0], reach[0] + offset[0] + 4)
    columns = slice(reach[1] + offset[1], reach[1] + offset[1] + 3)
    found = shifted(wide, offset, reach)
    np.testing.assert_array_equal(found, expected[rows, columns])


@pytest.mark.parametrize("periodic", [(False, False), (True, False), (False, True)])
@pytest.mark.parametrize("offset", OFFSETS)
def test_who_has_a_partner(offset, periodic):
    there = inside(offset, (4, 3), periodic)
    cells = np.indices((4, 3)) + np.array(offset).reshape(2, 1, 1)
    sizes = np.array([4, 3]).reshape(2, 1, 1)
    wrap = np.array(periodic).reshape(2, 1, 1)
    expected = np.all(wrap | ((cells >= 0) & (cells < sizes)), axis=0)
    if there is None:
        assert expected.all()
    else:
        np.testing.assert_array_equal(there, expected)


@pytest.mark.parametrize("periodic", [False, True])
@pytest.mark.parametrize("axis", [0, 1])
def test_bonds_along_an_axis_are_differences_of_what_passes(axis, periodic):
    rates = np.random.default_rng(1).random((4, 3))
    passed = rates * (np.roll(FIELD, -1, axis) - FIELD)
    if not periodic:
        np.moveaxis(passed, axis, 0)[-1] = 0.0
    found = along_axis(jnp.asarray(FIELD), jnp.asarray(rates), axis, periodic)
    expected = passed - np.roll(passed, 1, axis)
    np.testing.assert_allclose(found, expected, atol=1e-15)
    assert abs(float(jnp.sum(found))) < 1e-15
