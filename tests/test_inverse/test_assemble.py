"""Errors and intervals of what was found."""

import numpy as np

import diffjax as djx
import inverse as inv

from .common import ANNEAL, erf_couple


CONSTANT = djx.diffusivity.Constant(1e-13)


def couple(sigma: float | None = 0.003, seed=0, **given):
    return inv.Couple(erf_couple(sigma, seed), ANNEAL, **given)


def test_an_unknown_sigma_is_estimated_and_widens_the_intervals():
    known, unknown = inv.fit(CONSTANT, couple()), inv.fit(CONSTANT, couple(None))
    np.testing.assert_allclose(unknown["D"].value, known["D"].value, rtol=1e-6)
    assert isinstance(unknown.sigma, float)
    np.testing.assert_allclose(
        unknown.sigma, 0.003 * np.sqrt(known.chi2 / known.dof), rtol=1e-6
    )
    np.testing.assert_allclose(unknown.chi2, unknown.dof, rtol=1e-6)
    ratio = unknown["D"].stderr / known["D"].stderr
    np.testing.assert_allclose(ratio, unknown.sigma / 0.003, rtol=1e-5)
    assert unknown.quantile > known.quantile
