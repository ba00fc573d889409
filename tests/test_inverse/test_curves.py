"""What follows from a fit."""

import numpy as np
import pytest

import diffjax as djx
import inverse as inv
from inverse._curves import composition_range, diffusivity_of, predicted

from .common import ANNEAL, erf_couple


@pytest.fixture(scope="module")
def fit():
    return inv.fit(djx.diffusivity.Constant(1e-13), inv.Couple(erf_couple(), ANNEAL))


def test_the_range_of_several_profiles():
    low, high = composition_range([erf_couple(), erf_couple(seed=1)])
    both = np.concatenate([erf_couple().value, erf_couple(seed=1).value])
    assert (low, high) == (both.min(), both.max())
    assert np.all(np.isnan(composition_range([])))


def test_errors_follow_the_slope(fit):
    value, error = predicted(fit.clean, lambda law: 3 * law.value)
    np.testing.assert_allclose(value, 3 * fit["D"].value, rtol=1e-12)
    np.testing.assert_allclose(error, 3 * fit["D"].stderr, rtol=1e-9)


def test_other_solutions_widen_the_interval(fit):
    args = fit.quantile, np.array([0.5]), 1100.0
    couple = fit.experiments[0]
    d, lower, upper = diffusivity_of(couple, fit.ran, (), *args)
    # The same solution as its own alternative changes nothing; one far off does.
    again = diffusivity_of(couple, fit.ran, ((0.4, fit.ran),), *args)
    np.testing.assert_allclose([d, lower, upper], again, rtol=1e-12)
    objective, free, known = fit.ran
    far = objective, free.at[0].add(1.0), known
    _, low, high = diffusivity_of(couple, fit.ran, ((0.4, far),), *args)
    error = np.log(upper / d) / fit.quantile
    wide = fit.quantile * np.sqrt(error**2 + 0.4)
    np.testing.assert_allclose([low, high], [d * np.exp(-wide), d * np.exp(wide)])
