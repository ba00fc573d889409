import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax.diffusivity import Point
from diffjax.potentials import Field

from ..helpers import observed_order


LENGTH = 1e-5


def at(potential, x):
    point = lambda x: Point(jnp.asarray(0.0), jnp.asarray(900.0), x)
    return jax.vmap(lambda x: potential.at(point(x)))(jnp.asarray(x))


def test_at_its_centres_a_field_is_what_was_given():
    grid = djx.grid.uniform((0.0, 0.0), (LENGTH, LENGTH), (5, 4))
    values = np.random.default_rng(1).normal(size=(5, 4))
    found = at(Field(grid, values), grid.centres.reshape(-1, 2))
    np.testing.assert_allclose(found, values.ravel(), rtol=1e-12)


def test_a_plane_is_kept_up_to_the_walls():
    grid = djx.grid.uniform((0.0,) * 3, (LENGTH,) * 3, (3, 4, 5))
    plane = lambda x: 1e4 * x[..., 0] - 2e4 * x[..., 1] + 5e3 * x[..., 2]
    x = np.random.default_rng(2).random((20, 3)) * LENGTH
    found = at(Field(grid, plane(grid.centres)), x)
    np.testing.assert_allclose(found, plane(x), rtol=1e-10, atol=1e-14)


def test_second_order_between_centres_and_derivatives_in_the_values():
    wave = lambda x: 0.1 * np.cos(2 * np.pi * x / LENGTH)
    x = np.linspace(0.1, 0.9, 37) * LENGTH
    errors = []
    for cells in (20, 40):
        grid = djx.grid.uniform(0.0, LENGTH, cells)
        errors.append(np.abs(at(Field(grid, wave(grid.centres)), x) - wave(x)).max())
    assert 1.7 < observed_order(errors)[0] < 2.3
    grid = djx.grid.uniform(0.0, LENGTH, 4)
    total = lambda values: at(Field(grid, values), [0.5 * LENGTH])[0]
    np.testing.assert_allclose(
        jax.grad(total)(jnp.zeros(4)), [0, 0.5, 0.5, 0], atol=1e-9
    )


def test_sentences():
    grid = djx.grid.uniform(0.0, LENGTH, 4)
    with pytest.raises(ValueError, match=r"must have shape \(4,\).*got \(5,\)"):
        Field(grid, np.zeros(5))
    with pytest.raises(ValueError, match="finite"):
        Field(grid, [0.0, np.nan, 0.0, 0.0])
    with pytest.raises(ValueError, match="1 axes was asked"):
        at(Field(grid, np.zeros(4)), np.zeros((1, 2)))
