"""Standard deviations: where they come from, and that Gaussian ones are as before."""

import jax.numpy as jnp
import numpy as np
import optimistix as optx

import inverse as inv
from inverse._core import Outcome
from inverse._sigmas import all_gaussian, first_sigmas, is_finite, next_sigmas

from .common import ANNEAL, positions


X = positions(5)
VALUES = np.array([0.0, 4.0, 9.0, 16.0, 25.0])


def one(sigma=None, noise=None):
    return inv.Couple(inv.Profile(X, VALUES, sigma, noise=noise), ANNEAL)


def outcome(residual, jacobian):
    return Outcome(
        jnp.zeros(1),
        jnp.asarray(residual),
        jnp.asarray(jacobian),
        optx.RESULTS.successful,
        jnp.asarray(1),
    )


def test_what_a_fit_begins_with():
    given, unknown, counts = first_sigmas([one(0.1), one(), one(noise=inv.Poisson())])
    np.testing.assert_allclose(given, 0.1)
    np.testing.assert_allclose(unknown, 0.25)
    np.testing.assert_allclose(counts[1:], [2.0, 3.0, 4.0, 5.0])
    assert all_gaussian([one(), one(0.1)]) and not all_gaussian(
        [one(noise=inv.Poisson())]
    )


def test_only_an_unknown_sigma_changes():
    row = np.array([1.0, -1.0, 2.0, -2.0, 0.0])
    rows = outcome(np.concatenate([row, row]), np.ones((10, 1)))
    before = (np.full(5, 0.1), np.full(5, 0.3))
    held, found = next_sigmas(rows, before, [one(0.1), one()])
    np.testing.assert_allclose(held, 0.1)
    # Ten points and one parameter: half of it belongs to each profile.
    np.testing.assert_allclose(found, 0.3 * np.sqrt(10 / 4.5))


def test_rows_that_are_not_finite_change_nothing():
    bad = outcome(np.array([1.0, np.nan, 0.0, 0.0, 0.0]), np.ones((5, 1)))
    assert not is_finite(bad)
    before = (np.full(5, 0.3),)
    assert next_sigmas(bad, before, [one()]) is before
    assert not is_finite(outcome(np.ones(5), np.zeros((5, 1))))
