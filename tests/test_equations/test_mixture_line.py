"""The pieces; `test_interdiffusion_term.py`, `test_vacancy_term.py` hold the terms."""

import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.equations._mixture_line import (
    after,
    blocks_of,
    changes,
    completed,
    through_wall,
    without,
)
from diffjax.grid import FixedFlux, FixedValue, NoFlux, Spot


@pytest.mark.parametrize("kinds, dependent", [(2, 1), (3, 2), (4, 2), (5, 2)])
def test_a_change_is_told_by_all_numbers_but_the_dependent_one(kinds, dependent):
    free = jnp.asarray(np.random.default_rng(kinds).normal(size=(7, kinds - 1)))
    whole = completed(free, dependent)
    np.testing.assert_array_equal(without(whole, dependent), free)
    np.testing.assert_allclose(
        whole, free @ changes(kinds, dependent, free.dtype), atol=1e-15
    )
    sums = jnp.sum(whole[:, : dependent + 1], axis=1)
    np.testing.assert_allclose(sums, 0.0, atol=1e-15)


def test_amounts_are_free_of_each_other():
    whole = jnp.asarray(np.random.default_rng(0).normal(size=(7, 3)))
    np.testing.assert_array_equal(without(whole, None), whole)
    np.testing.assert_array_equal(completed(whole, None), whole)
    np.testing.assert_array_equal(changes(3, None, whole.dtype), np.eye(3))


def test_blocks_stand_cell_by_cell():
    columns = jnp.arange(24.0).reshape(2, 4, 3)  # changes, cells, kinds
    blocks = blocks_of(columns, 2)
    assert blocks.shape == (4, 2, 2)
    np.testing.assert_array_equal(blocks[1], columns[:, 1, :2].T)
    np.testing.assert_array_equal(after(columns[0])[-1], columns[0, 0])


def test_only_a_wall_that_holds_a_mixture_lets_the_lattice_through():
    near, spot = jnp.array([0.3, 0.7]), Spot(jnp.asarray(0.0), jnp.asarray(0.0))
    leaving = lambda x: (1e-9 * (near - x), jnp.asarray(2e-9))
    out, speed = through_wall(FixedValue([0.5, 0.5]), near, leaving, spot)
    np.testing.assert_allclose(out, [-2e-10, 2e-10], rtol=1e-12)
    assert float(speed) == 2e-9
    given = FixedFlux(lambda t: jnp.array([3e-9, 7.0]))
    out, speed = through_wall(given, near, leaving, spot)
    np.testing.assert_array_equal(out, [3e-9, -3e-9])
    assert float(speed) == 0.0
    out, speed = through_wall(NoFlux(), near, leaving, spot)
    np.testing.assert_array_equal(out, [0.0, 0.0])
    assert float(speed) == 0.0
