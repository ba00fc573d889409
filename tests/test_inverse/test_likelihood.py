"""Profile likelihood, and whether chi2 is a parabola where the error bars end."""

import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
import inverse as inv

from .certified import Curve, fit_certified, plain
from .common import ANNEAL, erf_couple
from .joint_fits import fitted as jointly, KINDS


@pytest.fixture(scope="module")
def couple():
    return inv.fit(djx.diffusivity.Constant(1e-13), inv.Couple(erf_couple(), ANNEAL))


def line(b, x):
    return b[0] + b[1] * x


def decay(b, x):
    return jnp.exp(-b[0] * x) + 0 * b[1]


def plain_fit(function, values, free=None, sigma=0.1, noise=1.0):
    x = np.linspace(0.0, 3.0, 12)
    drawn = noise * sigma * np.random.default_rng(3).normal(size=12)
    clean = np.asarray(function(jnp.array(values), jnp.asarray(x)))
    profile = inv.Profile(x, clean + drawn, sigma)
    free = inv.Free("b", scale=1.0, name=("p", "q")) if free is None else free
    model = Curve(jnp.array([0.5, 1.0]))
    method = inv.LevenbergMarquardt(rtol=1e-15, atol=1e-14)
    return inv.fit(model, plain(profile, function), free, start="model", method=method)


def test_of_a_straight_line_it_is_laplaces_interval():
    fit = plain_fit(line, (1.0, -0.4))
    for name in fit.names:
        found = fit.profile(name)
        np.testing.assert_allclose((found.lower, found.upper), found.laplace, rtol=2e-5)
        # The signed root is a straight line.
        one = fit[name]
        np.testing.assert_allclose(
            found.roots, (found.values - one.value) / one.stderr, atol=1e-5
        )
        assert found.verdict == "" and np.all(np.diff(found.values) > 0)
        np.testing.assert_allclose(found.laplace, (one.lower, one.upper), rtol=1e-9)
    np.testing.assert_allclose(fit.laplace_check.ratios, 1.0, rtol=1e-6)
    assert fit.laplace_check.warnings == ()
    narrow, wide = fit.profile("p", 0.68), fit.profile("p", 0.99)
    assert wide.lower < narrow.lower < narrow.upper < wide.upper


def test_of_one_parameter_the_ends_solve_an_equation():
    """With nothing to refit, chi2 at the ends is known without any search."""
    free = inv.Free("b[0]", scale=1.0, name="rate")
    fit = plain_fit(decay, (0.7, 0.0), free)
    found, x = fit.profile("rate"), np.linspace(0.0, 3.0, 12)
    value = np.asarray(fit.experiments[0].data.value)
    chi2 = lambda rate: np.sum(((np.exp(-rate * x) - value) / 0.1) ** 2)
    for end in (found.lower, found.upper):
        rise = chi2(end) - chi2(fit["rate"].value)
        np.testing.assert_allclose(rise, found.threshold**2, rtol=1e-4)
    np.testing.assert_allclose(found.threshold, 1.959964, rtol=1e-6)


def test_the_interval_does_not_depend_on_the_transform():
    ends = []
    for transform in (inv.Identity(), inv.Log(), inv.Interval(0.0, 5.0)):
        free = inv.Free("b[0]", transform, scale=1.0, name="rate")
        found = plain_fit(decay, (0.3, 0.0), free, sigma=0.3).profile("rate")
        ends.append((found.lower, found.upper))
    np.testing.assert_allclose(ends[1:], [ends[0]] * 2, rtol=1e-4)


def test_a_couple_is_regular(couple):
    for name in couple.names:
        found = couple.profile(name)
        half = found.laplace[1] - found.laplace[0]
        assert abs(found.lower - found.laplace[0]) < 0.05 * half
        assert abs(found.upper - found.laplace[1]) < 0.05 * half
        assert found.verdict == ""
    np.testing.assert_allclose(couple.laplace_check.ratios, 1.0, atol=0.1)
    assert couple.laplace_check.warnings == ()


def test_a_skewed_problem_is_flagged_and_its_interval_lopsided():
    fit = fit_certified("MGH17")
    assert len(fit.laplace_check.warnings) == 1
    assert "no parabola along b2 and b3" in fit.laplace_check.warnings[0]
    found = fit.profile("b2")
    assert found.upper - fit["b2"].value > 1.7 * (found.laplace[1] - fit["b2"].value)
    assert "report both ends" in found.verdict
    # Inside, the roots rise without a break.
    assert np.all(np.diff(found.values) > 0)
    assert np.all(np.diff(found.roots) > -1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_that_are_free_together_are_checked_along_their_own_directions(kind):
    fit = jointly(kind)
    check, free = fit.laplace_check, len(fit.clean[1])
    assert check.ratios.shape == (free, 2) and check.directions.shape == (free, free)
    np.testing.assert_allclose(check.ratios, 1.0, atol=0.25)
    assert check.warnings == ()
    # The last share follows, and so does D at the temperature.
    assert len(fit.names) == free + (kind in ("Simplex", "ArrheniusAt"))


def test_what_the_data_do_not_limit_has_no_end():
    free = [
        inv.Free("b[0]", scale=1.0, name="rate"),
        inv.Free("b[1]", scale=1.0, name="idle"),
    ]
    found = plain_fit(decay, (0.7, 0.0), free).profile("idle")
    assert (found.lower, found.upper) == (-np.inf, np.inf)
    assert found.verdict == "at 95 % the data do not limit idle"
    # From one side only: a decay so fast that it may be over at the second point.
    free = inv.Free("b[0]", inv.Log(), scale=1.0, name="rate")
    fast = plain_fit(decay, (4.0, 0.0), free, sigma=0.2, noise=0.01)
    found = fast.profile("rate")
    assert np.isinf(found.upper) and 0 < found.lower < fast["rate"].value
    assert found.verdict == "at 95 % the data do not limit rate from above"


def test_wrong_arguments_have_a_sentence(couple):
    with pytest.raises(ValueError, match=r"`profile\(level=...\)` must be in"):
        couple.profile("D", 95.0)
    with pytest.raises(KeyError, match="'E'; the fit has D, origin"):
        couple.profile("E")
