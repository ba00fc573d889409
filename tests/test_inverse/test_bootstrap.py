"""Refits of data drawn anew scatter as the error bars say."""

import numpy as np
import pytest

import diffjax as djx
import inverse as inv
from inverse import _core
from inverse._bootstrap import _draw

from .common import ANNEAL, erf_couple


@pytest.fixture(scope="module")
def fit():
    return inv.fit(djx.diffusivity.Constant(1e-13), inv.Couple(erf_couple(), ANNEAL))


@pytest.mark.parametrize("kind", ["parametric", "residual", "block"])
def test_on_a_regular_problem_it_gives_the_standard_errors(fit, kind):
    drawn = fit.bootstrap(150, kind)
    assert drawn.failed == 0 and drawn.samples.shape == (150, 4)
    errors = np.array([one.stderr for one in fit.parameters])
    # 150 draws know a standard deviation to 6 %; blocks of white noise scatter more.
    off = 0.35 if kind == "block" else 0.2
    np.testing.assert_allclose(drawn.errors, errors, rtol=off)
    low, high = drawn.interval("D")
    assert low < fit["D"].value < high
    half = 0.5 * (fit["D"].upper - fit["D"].lower)
    np.testing.assert_allclose(0.5 * (high - low), half, rtol=0.3)


def test_the_same_seed_draws_the_same(fit):
    one, two, other = (fit.bootstrap(3, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.samples, two.samples)
    assert np.all(one.samples != other.samples)


def test_blocks_keep_the_correlation_of_neighbours():
    rng = np.random.default_rng(0)
    noise = np.convolve(rng.normal(size=4020), np.ones(21) / 21, "valid")
    lag1 = lambda r: np.sum(r[1:] * r[:-1]) / np.sum(r**2)
    assert lag1(_draw(rng, "block", noise, 50)) > 0.8
    assert abs(lag1(_draw(rng, "residual", noise, None))) < 0.1
    # One block of all points is the residuals themselves, turned.
    turned = np.sort(_draw(rng, "block", noise, 10**6))
    np.testing.assert_allclose(turned, np.sort(noise - noise.mean()))


def test_what_is_not_determined_scatters_without_bound(fit):
    law = djx.diffusivity.Arrhenius(prefactor=1e-5, activation=2.0)
    both = inv.fit(law, inv.Couple(erf_couple(), ANNEAL))
    drawn = both.bootstrap(3)
    flat = np.array([np.isinf(one.stderr) for one in both.parameters])
    assert np.any(flat)
    np.testing.assert_array_equal(np.isinf(drawn.errors), flat)
    name = both.names[int(np.argmax(flat))]
    assert drawn.interval(name) == (-np.inf, np.inf)


def test_of_a_spline_nothing_is_compiled_and_the_padding_stays():
    fit = inv.fit_log_spline(inv.Couple(erf_couple(), ANNEAL), knots=3)
    before = _core._compiled._cached._cache_size()  # pyright: ignore
    ratios = fit.laplace_check.ratios
    found, drawn = fit.profile("origin"), fit.bootstrap(40)
    assert _core._compiled._cached._cache_size() == before  # pyright: ignore
    np.testing.assert_allclose(ratios, 1.0, atol=0.3)
    np.testing.assert_allclose(
        (found.lower, found.upper), found.laplace, atol=0.1 * fit["origin"].stderr
    )
    errors = np.array([one.stderr for one in fit.parameters])
    np.testing.assert_allclose(drawn.errors, errors, rtol=0.4)


def test_wrong_arguments_have_a_sentence(fit):
    with pytest.raises(ValueError, match=r"kind=...\)` must be 'parametric'"):
        fit.bootstrap(10, "wild")
    with pytest.raises(ValueError, match=r"count=...\)` must be at least 2; got 1"):
        fit.bootstrap(1)
    with pytest.raises(ValueError, match=r"block=...\)` must be at least 1; got 0"):
        fit.bootstrap(10, "block", block=0)
    with pytest.raises(KeyError, match="'E'; the fit has D, origin"):
        fit.bootstrap(2).interval("E")
