"""Runs and correlation: silent on noise, loud on a pattern."""

import math

import numpy as np

from inverse._diagnostics import diagnose, runs_z


def test_noise_is_noise():
    rng = np.random.default_rng(0)
    found = [diagnose("scan", rng.normal(size=50)) for _ in range(200)]
    assert sum(bool(one.warning) for one in found) <= 2
    z = np.array([one.runs_z for one in found])
    assert abs(np.mean(z)) < 0.25 and 0.8 < np.std(z) < 1.2


def test_a_pattern_is_seen():
    found = diagnose("scan", np.sin(np.linspace(0, 6, 50)))
    assert found.lag1 > 0.9 and found.runs_z < -5
    assert found.warning.startswith("residuals of scan follow a pattern (lag-1 corr")


def test_alternating_residuals_have_too_many_runs():
    assert runs_z(np.array([1.0, -1.0] * 10)) > 3


def test_small_samples_and_exact_fits_do_not_fail():
    assert math.isnan(runs_z(np.ones(5)))
    assert diagnose("scan", np.zeros(5)).warning == ""
