"""Transforms: there and back, slopes, bounds."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import inverse as inv


CASES = [
    (inv.Identity(), jnp.array([-2.0, 0.0, 3.0])),
    (inv.Log(), jnp.array([1e-14, 1.0, 1e5])),
    (inv.Interval(-1.0, 3.0), jnp.array([-0.999, 0.5, 2.999])),
]


@pytest.mark.parametrize("transform, values", CASES)
def test_inverse_undoes_forward(transform, values):
    np.testing.assert_allclose(
        transform.inverse(transform.forward(values)), values, rtol=1e-12
    )


@pytest.mark.parametrize("transform, values", CASES)
def test_slopes_agree_with_differences(transform, values):
    free = transform.forward(values)
    slope = jax.vmap(jax.grad(transform.inverse))(free)
    h = 1e-6
    difference = (transform.inverse(free + h) - transform.inverse(free - h)) / (2 * h)
    np.testing.assert_allclose(slope, difference, rtol=1e-6)


def test_an_interval_is_never_left():
    transform = inv.Interval(0.0, 1.0)
    far = transform.inverse(jnp.array([-800.0, 800.0]))
    slope = jax.vmap(jax.grad(transform.inverse))(jnp.array([-800.0, 800.0]))
    np.testing.assert_array_equal(far, [0.0, 1.0])
    assert np.all(np.isfinite(slope))


def test_names_in_sentences():
    assert inv.Log().describe("D") == "ln D"
    assert inv.Identity().describe("D") == "D"
    assert inv.Interval(0.0, 1.0).describe("D") == "logit D"


def test_bounds_must_be_ordered():
    sentence = "`Interval(lower, upper)` needs finite numbers with `lower < upper`."
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        inv.Interval(1.0, 0.0)
