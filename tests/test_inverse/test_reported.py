"""Values, slopes and intervals of what is reported."""

import jax.numpy as jnp
import numpy as np

import inverse as inv
from inverse._core import natural_values
from inverse._reported import reported
from inverse._slots import Place, Slot


SLOTS = (
    Slot((Place(0, None, (2,)),), 2, inv.Log(), None, jnp.asarray(0.5)),
    Slot(
        (Place(1, None, (3,)),),
        2,
        inv.Simplex(),
        None,
        jnp.asarray(2.0),
        ("share",) * 3,
    ),
    Slot(
        (Place(2, None, (2, 2)),),
        3,
        inv.LogCholesky(),
        None,
        jnp.asarray(1.0),
        ("positive", "positive", "real"),
    ),
)
FREE = np.array([-58.0, -60.0, 0.2, -0.1, -31.0, -32.0, 0.4])


def test_slopes_are_those_of_the_values():
    told, h = reported(SLOTS, FREE), 1e-6
    assert told.values.shape == (8,) and told.rows.shape == (8, 7)
    np.testing.assert_allclose(np.linalg.norm(told.rows, axis=1), 1.0)
    for k, step in enumerate(h * np.eye(7)):
        up, down = (natural_values(SLOTS, jnp.asarray(FREE + s)) for s in (step, -step))
        difference = np.asarray(up - down) / (2 * h)
        np.testing.assert_allclose(
            told.slopes * told.rows[:, k], difference, rtol=1e-6, atol=1e-22
        )
    assert told.columns.tolist() == [0, 1, -1, -1, -1, -1, -1, -1]
    np.testing.assert_allclose(told.sizes[:2], 0.5)


def test_intervals_stay_where_the_numbers_can_be():
    told = reported(SLOTS, FREE)
    low, high = told.interval(np.full(8, 3.0), 2.0)
    assert np.all(low < told.values) and np.all(told.values < high)
    assert np.all(low[:7] > 0) and np.all(high[2:5] < 1)
    np.testing.assert_allclose(high[:2] / told.values[:2], np.exp(3.0))
    # That of a component that may have any sign is symmetric.
    np.testing.assert_allclose(low[7] + high[7], 2 * told.values[7])
    low, high = told.interval(np.full(8, np.inf), 2.0)
    np.testing.assert_array_equal(low, [0.0] * 7 + [-np.inf])
    np.testing.assert_array_equal(high, [np.inf] * 2 + [1.0] * 3 + [np.inf] * 3)
