"""The optax road: it goes down, keeps the best, and checks its steps."""

import re

import jax.numpy as jnp
import numpy as np
import optax
import pytest

import inverse as inv


@pytest.mark.parametrize("forward", [True, False])
def test_it_finds_a_minimum(forward):
    method = inv.Optax(optax.adam(0.05), steps=600)
    best = method.run(lambda u: u - jnp.array([1.0, -2.0]), jnp.zeros(2), forward)
    np.testing.assert_allclose(best, [1.0, -2.0], atol=1e-3)


def test_the_best_point_is_kept():
    # A learning rate that diverges.
    method = inv.Optax(optax.sgd(30.0), steps=50)
    best = method.run(lambda u: u - 1.0, jnp.array([0.9]), True)
    np.testing.assert_allclose(best, [0.9])


def test_steps_must_be_positive():
    sentence = "`Optax(steps=...)` must be at least 1; got 0."
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        inv.Optax(optax.adam(1e-2), steps=0)
