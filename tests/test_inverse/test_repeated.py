"""Errors of what is read off a profile, by repeating it."""

import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
import inverse as inv

from .common import ANNEAL, couple_values


X = np.linspace(-2e-3, 2e-3, 81)
LAW = djx.diffusivity.Exponential(4e-13, -1.0)
CLEAN = couple_values(LAW, X)
SIGMA = 0.003
SHARES = jnp.array([0.2, 0.5, 0.8])


def read(profile):
    return inv.sauer_freise(profile, ANNEAL.duration, SHARES, 0.0, 1.0)


def test_the_error_of_a_linear_reading():
    profile = inv.Profile(X, CLEAN, SIGMA)
    found = inv.with_noise(lambda p: jnp.sum(p.value), profile, draws=1000)
    np.testing.assert_allclose(found.error, SIGMA * np.sqrt(81), rtol=0.1)
    assert found.value == jnp.sum(profile.value)


def test_the_error_of_a_smoothed_diffusivity_is_that_of_measuring_again():
    random = np.random.default_rng(1)
    noisy = [inv.Profile(X, CLEAN + SIGMA * random.normal(size=81)) for _ in range(60)]
    spread = np.std([np.asarray(read(p)) for p in noisy], axis=0)
    told = np.mean(
        [np.asarray(inv.with_noise(read, p, draws=20).error) for p in noisy[:4]], axis=0
    )
    assert np.all((told / spread > 0.6) & (told / spread < 1.8))
    off = np.asarray(read(noisy[0]) - LAW.over(SHARES, 1273.0))
    assert np.all(np.abs(off) < 4 * spread)


def test_no_answer_has_no_error():
    profile = inv.Profile(X, CLEAN, SIGMA)
    found = inv.with_noise(
        lambda p: inv.sauer_freise(p, ANNEAL.duration, jnp.array([0.5, 1.3])), profile
    )
    np.testing.assert_array_equal(np.isnan(found.error), [False, True])


def test_bad_input():
    with pytest.raises(
        ValueError, match=r"^`with_noise\(draws=...\)` must be at least"
    ):
        inv.with_noise(read, inv.Profile(X, CLEAN), draws=3)
