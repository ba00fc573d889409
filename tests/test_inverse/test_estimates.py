"""What a fit gives back: bands, errors, places."""

import numpy as np
import pytest

import diffjax as djx
import inverse as inv

from .common import ANNEAL, erf_couple


@pytest.fixture(scope="module")
def fit():
    couple = inv.Couple(erf_couple(0.003), ANNEAL)
    return inv.fit(djx.diffusivity.Constant(1e-13), couple)


def test_residuals_and_fitted_values_add_up(fit):
    value = np.asarray(erf_couple().value)
    np.testing.assert_allclose(fit.fitted[0] + fit.residuals[0], value, rtol=1e-12)
    rms = np.sqrt(np.mean(fit.residuals[0] ** 2))
    np.testing.assert_allclose(fit.residual_rms, rms)
    middle, lower, upper = fit.band(0, erf_couple().position)
    np.testing.assert_allclose(middle, fit.fitted[0], atol=1e-9)
    assert np.all((lower <= middle) & (middle <= upper))
    assert np.max(upper - lower) < 0.01


def test_the_band_of_d_is_that_of_the_parameter(fit):
    d, lower, upper = fit.diffusivity(np.array([0.5]))
    np.testing.assert_allclose(d, fit["D"].value)
    np.testing.assert_allclose([lower[0], upper[0]], [fit["D"].lower, fit["D"].upper])
    value, error = fit.predict(lambda law: law.value)
    np.testing.assert_allclose(error, fit["D"].stderr, rtol=1e-9)
    value, error = fit.predict(lambda law: 2 * law.over(np.zeros(3), 1273.0))
    np.testing.assert_allclose(error, [2 * fit["D"].stderr] * 3, rtol=1e-9)


def test_covariance_and_correlation_belong_together(fit):
    errors = np.array([one.stderr for one in fit.parameters])
    np.testing.assert_allclose(np.sqrt(np.diag(fit.covariance)), errors)
    np.testing.assert_allclose(
        np.abs(fit.covariance / np.outer(errors, errors)),
        np.abs(fit.correlation),
        atol=1e-12,
    )


def test_names_and_places(fit):
    assert fit.names == ("D", "origin", "left", "right")
    np.testing.assert_allclose(fit.matano_plane[0], fit["origin"].value)
    assert set(fit.local[0]) == {"origin", "left", "right"}
    low, high = fit.composition_range
    assert 0.18 < low < 0.2 and 0.8 < high < 0.82
    with pytest.raises(KeyError, match="'E'; the fit has D, origin"):
        fit["E"]
