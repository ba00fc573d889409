"""Case depths: order, both ends, slopes, and profiles that do not cross."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.grid import crossing, uniform

from ..helpers import observed_order


L = 1e-3


def profile(cells, scale=2e-4):
    grid = uniform(0.0, L, cells)
    return grid, jnp.exp(-grid.centres / scale)


def test_second_order_towards_where_it_is():
    exact = -2e-4 * np.log(0.3)
    # The mean over the place within a cell: the largest error of some levels.
    errors = []
    for cells in (50, 100, 200):
        grid, field = profile(cells)
        levels = np.linspace(0.25, 0.35, 41)
        found = jnp.stack([crossing(grid, field, level) for level in levels])
        errors.append(float(jnp.max(jnp.abs(found + 2e-4 * np.log(levels)))))
    np.testing.assert_allclose(observed_order(errors), 2.0, atol=0.2)
    np.testing.assert_allclose(crossing(*profile(200), 0.3), exact, rtol=1e-3)


def test_from_either_end_and_for_many_times():
    grid = uniform(0.0, 1.0, 10)
    hill = 1 - jnp.abs(grid.centres - 0.5)
    np.testing.assert_allclose(crossing(grid, hill, 0.75), 0.25, rtol=1e-12)
    upper = crossing(grid, hill, 0.75, from_upper=True)
    np.testing.assert_allclose(upper, 0.75, rtol=1e-12)
    both = crossing(grid, jnp.stack([hill, 2 * hill]), 0.75)
    assert both.shape == (2,) and bool(jnp.isnan(both[1]))
    np.testing.assert_allclose(both[0], 0.25, rtol=1e-12)


def test_slopes_and_none_that_is_not_a_number():
    grid, _ = profile(100)
    at = lambda scale, level: crossing(grid, jnp.exp(-grid.centres / scale), level)
    found = jax.grad(at, (0, 1))(2e-4, 0.3)
    for k, h in ((0, 1e-9), (1, 1e-5)):
        step = [h * (k == 0), h * (k == 1)]
        ahead, behind = (at(2e-4 + s * step[0], 0.3 + s * step[1]) for s in (1, -1))
        np.testing.assert_allclose(found[k], (ahead - behind) / (2 * h), rtol=1e-5)
    forward = jax.jvp(lambda s: at(s, 0.3), (2e-4,), (1.0,))[1]
    np.testing.assert_allclose(found[0], forward, rtol=1e-12)
    lost = jax.grad(lambda s: at(s, 2.0))(2e-4)
    assert float(lost) == 0


def test_sentences():
    grid, field = profile(10)
    with pytest.raises(ValueError, match=r"\(cells,\) or \(times, cells\).*\(3,\)"):
        crossing(grid, field[:3], 0.3)
    flat = uniform((0.0, 0.0), (1.0, 1.0), (2, 2))
    with pytest.raises(ValueError, match="grid with one axis"):
        crossing(flat, jnp.zeros((2, 2)), 0.3)
