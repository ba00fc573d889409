"""The cubic through the nearest points."""

import jax.numpy as jnp
import numpy as np
import pytest

from inverse._local import local_slopes, local_weights

from .couples import assert_slopes


X = jnp.asarray(1e-4 * np.sort(np.random.default_rng(0).uniform(size=30)))


@pytest.mark.parametrize("near", [4, 7, 30])
@pytest.mark.parametrize("at", [0.0, 3.3e-5, 1e-4])
def test_a_cubic_is_returned(near, at):
    def cubic(x):
        return 0.3 + 2e3 * x - 1e8 * x**2 + 5e11 * x**3

    value, slope = local_weights(X, jnp.asarray(at), near)
    assert int(jnp.sum(value != 0)) <= near
    np.testing.assert_allclose(value @ cubic(X), cubic(at), rtol=1e-9, atol=1e-12)
    exact = 2e3 - 2e8 * at + 1.5e12 * at**2
    np.testing.assert_allclose(slope @ cubic(X), exact, rtol=1e-7)


def test_slopes_at_all_points_and_their_order():
    errors = []
    for points in (41, 81):
        x = jnp.linspace(-1e-4, 1e-4, points)
        found = local_slopes(x, 7) @ jnp.sin(x / 5e-5)
        exact = jnp.cos(x / 5e-5) / 5e-5
        errors.append(float(jnp.max(jnp.abs(found - exact)[5:-5])))
    assert 3.7 < np.log2(errors[0] / errors[1]) < 4.3


def test_the_weights_move_smoothly_with_the_position():
    centre = jnp.asarray(5e-5)

    def value(at):
        return local_weights(X, at, 7, centre)[0] @ jnp.sin(X / 2e-5)

    assert_slopes(value, jnp.asarray(4.9e-5), 1e-9)
