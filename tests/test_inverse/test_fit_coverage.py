"""Intervals mean what they say: 200 synthetic couples."""

import numpy as np
import pytest

import diffjax as djx
import inverse as inv

from ..helpers import validation_row
from .common import ANNEAL, couple_values


LAW = djx.diffusivity.LogSpline(
    np.array([0.0, 0.5, 1.0]), np.array([5e-13, 3e-13, 1e-13])
)
TRUTH = np.array([5e-13, 3e-13, 1e-13, 20e-6, 0.02, 0.97])
SHARES = np.array([0.1, 0.3, 0.5, 0.7, 0.9])


@pytest.mark.slow
@pytest.mark.parametrize("known", [True, False], ids=["known sigma", "unknown sigma"])
def test_95_percent_intervals_cover_95_percent(known):
    x = np.linspace(-1.8e-3, 1.8e-3, 50)
    clean = couple_values(LAW, x, 0.02, 0.97, 20e-6, cells=400)
    rng = np.random.default_rng(1)
    inside, band = [], []
    for _ in range(200):
        values = clean + 0.005 * rng.normal(size=50)
        profile = inv.Profile(x, values, 0.005 if known else None)
        fit = inv.fit(LAW, inv.Couple(profile, ANNEAL))
        inside.append(
            [one.lower <= true <= one.upper for one, true in zip(fit.parameters, TRUTH)]
        )
        _, lower, upper = fit.diffusivity(SHARES)
        true = np.asarray(LAW.over(SHARES, 1273.15))
        band.append((lower <= true) & (true <= upper))
    assert np.all(np.abs(np.mean(inside, axis=0) - 0.95) < 0.04)
    assert np.all(np.abs(np.mean(band, axis=0) - 0.95) < 0.04)
    word = "known" if known else "unknown"
    validation_row(
        f"95 % intervals of 200 synthetic couples, {word} sigma",
        "the truth; error is the share of intervals that miss it (0.05 is meant)",
        None,
        1 - float(np.mean(inside)),
        "50 points, noise 0.5 at%",
    )
