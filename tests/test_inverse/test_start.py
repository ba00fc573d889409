"""Guesses from the data: near the truth, whatever the orientation."""

import numpy as np
import pytest

import diffjax as djx
import inverse as inv
from inverse._start import guess_couple, guess_half_space, guess_thin_film

from .common import ANNEAL, couple_values, noisy


TIME = float(ANNEAL.duration)
LAW = djx.diffusivity.Exponential(4e-13, -1.0)


@pytest.mark.parametrize("left, right", [(0.0, 1.0), (0.9, 0.1)])
def test_a_couple(left, right):
    x = np.linspace(-2e-3, 2e-3, 60)
    values = noisy(couple_values(LAW, x, left, right, 1e-4), 0.003)
    guess = guess_couple(inv.Profile(x, values), TIME, None, None)
    assert abs(guess.local["origin"] - 1e-4) < 4e-5
    assert abs(guess.local["left"] - left) < 0.01
    assert abs(guess.local["right"] - right) < 0.01
    truth = np.log(np.asarray(LAW.over(guess.composition, 1273.0)))
    assert np.max(np.abs(guess.log_diffusivity - truth)[2:-2]) < 0.3


def test_what_is_known_is_kept():
    x = np.linspace(-2e-3, 2e-3, 60)
    profile = inv.Profile(x, noisy(couple_values(LAW, x), 0.003))
    guess = guess_couple(profile, TIME, -0.01, 1.02)
    np.testing.assert_allclose(guess.local["left"], -0.01)
    np.testing.assert_allclose(guess.local["right"], 1.02)


def test_a_step_between_two_points_still_starts():
    profile = inv.Profile(np.arange(12.0) * 1e-6, np.repeat([0.0, 1.0], 6))
    guess = guess_couple(profile, 3600.0, None, None)
    assert np.all(np.isfinite(guess.log_diffusivity))
    assert 4.9e-6 < guess.local["origin"] < 6.1e-6


def test_a_half_space():
    x = np.linspace(0, 1.2e-3, 40)
    clean = djx.exact.half_space(x, TIME, 2e-13, surface=0.9, initial=0.1)
    profile = inv.Profile(x, noisy(np.asarray(clean), 0.002))
    guess = guess_half_space(profile, TIME, None, None, 0.0)
    assert abs(guess.local["surface"] - 0.9) < 0.03
    assert abs(guess.local["initial"] - 0.1) < 0.01
    assert np.max(np.abs(guess.log_diffusivity - np.log(2e-13))[2:-2]) < 0.4


def test_a_thin_film():
    x = np.linspace(0, 1e-5, 30)
    clean = djx.exact.thin_film(x, 3600.0, 1e-15, amount=2e-6)
    profile = inv.Profile(x, np.asarray(clean))
    guess = guess_thin_film(profile, 3600.0, 0.0, 0.0)
    np.testing.assert_allclose(guess.local["amount"], 2e-6, rtol=1e-6)
    # Its size is its scale: whoever frees it without a logarithm means so.
    assert "amount" not in guess.scale
    np.testing.assert_allclose(guess.log_diffusivity, np.log(1e-15), rtol=1e-8)
