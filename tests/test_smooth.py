import decimal

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax._smooth import bernoulli, bernoulli_pair


@pytest.mark.parametrize("x", [0.0, 1e-12, 1e-2, 0.4999, 0.5001, 1.0, 700.0, 1e6])
def test_identity_and_slope(x):
    x = jnp.asarray(x)
    np.testing.assert_allclose(bernoulli(-x), x + bernoulli(x), rtol=1e-14)
    slope = jax.grad(bernoulli)
    np.testing.assert_allclose(slope(-x), -1.0 - slope(x), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("x", [-30.0, -1.0, -1e-3, 1e-3, 0.5, 3.0, 40.0])
def test_slope_against_differences(x):
    x, h = jnp.asarray(x), 1e-5
    by_hand = (bernoulli(x + h) - bernoulli(x - h)) / (2 * h)
    np.testing.assert_allclose(jax.grad(bernoulli)(x), by_hand, rtol=1e-8, atol=1e-10)


def test_value_and_slopes_are_continuous_at_the_switch():
    switch = jnp.asarray(0.5)
    for derivative in (bernoulli, jax.grad(bernoulli), jax.grad(jax.grad(bernoulli))):
        below, above = derivative(switch - 1e-9), derivative(switch + 1e-9)
        np.testing.assert_allclose(below, above, rtol=1e-7)
    np.testing.assert_allclose(jax.grad(bernoulli)(0 * switch), -0.5)


@pytest.mark.parametrize("x", [1e-9, 0.1, 0.4999, 0.5001, 3.0, 40.0, 600.0])
def test_both_ways_are_exact_to_round_off(x):
    with decimal.localcontext() as context:
        context.prec = 50
        steps = [sign * decimal.Decimal(x) for sign in (1, -1)]
        exact = [float(step / (step.exp() - 1)) for step in steps]
    up, down = bernoulli_pair(jnp.asarray(x))
    np.testing.assert_allclose([up, down], exact, rtol=4e-16)
    down, up = bernoulli_pair(jnp.asarray(-x))
    np.testing.assert_allclose([up, down], exact, rtol=4e-16)


def test_float32_stays_finite():
    x = jnp.array([-1e4, -90.0, -1e-3, 0.0, 1e-3, 90.0, 1e4], dtype=jnp.float32)
    assert jnp.all(jnp.isfinite(bernoulli(x)))
    assert jnp.all(jnp.isfinite(jax.vmap(jax.grad(bernoulli))(x)))
