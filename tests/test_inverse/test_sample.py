"""Draws from the posterior, and when they are refused."""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

import inverse as inv

from ..helpers import validation_row
from .common import ANNEAL, erf_couple
from .joint_fits import fitted as jointly, KINDS
from .plans import Numbers


pytest.importorskip("blackjax", reason="blackjax, the extra `bayes`, is not installed")
# The sampler takes ten seconds or so to compile.
pytestmark = pytest.mark.slow
AT = np.linspace(0.0, 3.0, 12)
LINE = (
    inv.Free("b[0]", scale=3.0, name="p", unit="m"),
    inv.Free("b[1]", scale=3.0, name="q"),
)


def line(model, local, at):
    del local
    return model.b[0] + model.b[1] * at


def decay(model, local, at):
    del local
    return jnp.exp(-model.b[0] * at)


def fitted(function, values, free, sigma, noise, seed=3):
    drawn = noise * np.random.default_rng(seed).normal(size=12)
    clean = np.asarray(function(Numbers(jnp.array(values)), {}, jnp.asarray(AT)))
    data = inv.Measured(inv.Readings(clean + drawn, sigma, AT), function)
    return inv.fit(Numbers(jnp.array([0.5, 1.0])), data, free)


def widths(fit, drawn):
    """Ends of 95 % intervals in standard errors: Laplace's, profile's, drawn."""
    out = []
    for one in fit.parameters:
        profile = fit.profile(one.name)
        pairs = (
            (one.lower, one.upper),
            (profile.lower, profile.upper),
            drawn.interval(one.name),
        )
        out.append([(np.array(p) - one.value) / one.stderr for p in pairs])
    return np.array(out)


@pytest.fixture(scope="module")
def regular():
    fit = fitted(line, (1.0, -0.4), LINE, 0.1, 0.1)
    return fit, fit.sample(draws=1000)


def test_on_a_regular_problem_three_methods_agree(regular):
    fit, drawn = regular
    ends = widths(fit, drawn)
    assert np.all(np.abs(ends / ends[:, :1] - 1) < 0.1)
    assert drawn.converged and drawn.result == "" and drawn.divergences == 0
    assert np.all(drawn.rhat < 1.01) and np.all(drawn.ess > 400)
    np.testing.assert_allclose(
        drawn.errors, [e.stderr for e in fit.parameters], rtol=0.1
    )
    correlation = np.corrcoef(drawn.flat.T)[0, 1]
    np.testing.assert_allclose(correlation, fit.correlation[0, 1], atol=0.05)
    validation_row(
        "95 % intervals by NUTS of a straight line",
        "Laplace's, which are exact; the relative error is the bound that is tested",
        None,
        0.1,
        "4 chains of 1000 draws",
    )


def test_it_tells_the_priors_that_it_took_and_predicts(regular):
    fit, drawn = regular
    assert drawn.notes == (
        "no prior was given for p, q: a normal one was taken around the estimate, as "
        "wide as the scale",
    )
    assert "95 % interval" in repr(drawn) and "0 % divergent" in drawn.table
    at_two = drawn.predict(lambda model: model.b[0] + 2 * model.b[1])
    assert at_two.shape == (4000,)
    np.testing.assert_allclose(at_two, drawn.flat @ [1, 2], rtol=1e-12)
    value, error = fit.predict(lambda model: model.b[0] + 2 * model.b[1])
    np.testing.assert_allclose(np.mean(at_two), value, atol=0.1 * error)
    np.testing.assert_allclose(np.std(at_two), error, rtol=0.1)
    with pytest.raises(KeyError, match="'r'; the fit has p, q"):
        drawn.interval("r")
    with pytest.raises(ValueError, match=r"`sample\(chains=...\)` must be at least 2"):
        fit.sample(chains=1)


def test_an_unknown_sigma_is_drawn_too():
    """Student's t: with 10 degrees of freedom 2.23 standard errors, not 1.96."""
    fit = fitted(line, (1.0, -0.4), LINE, None, 0.1)
    drawn = fit.sample(draws=1500)
    ends = widths(fit, drawn)
    np.testing.assert_allclose(ends[:, 0], [[-2.228, 2.228]] * 2, rtol=1e-3)
    assert np.all(np.abs(ends[:, 2] / ends[:, 0] - 1) < 0.1)
    assert "an unknown sigma is drawn too, with the prior 1/sigma" in drawn.notes


def test_on_a_skewed_problem_laplace_stands_alone():
    free = inv.Free("b[0]", inv.Log(), scale=1.0, name="rate")
    fit = fitted(decay, (0.7, 0.0), free, 0.3, 0.3)
    drawn = fit.sample()
    laplace, profile, nuts = widths(fit, drawn)[0]
    assert profile[1] > 1.5 * laplace[1] and nuts[1] > 1.5 * laplace[1]
    assert abs(nuts[1] / profile[1] - 1) < 0.2
    assert fit.laplace_check.warnings


def test_a_prior_is_a_density_of_the_parameter_whatever_the_transform():
    """Data that say nothing: what is drawn is the prior."""
    for transform in (inv.Identity(), inv.Log()):
        free = (
            inv.Free("b[0]", transform, prior=inv.Normal(1.0, 0.2), name="p"),
            inv.Free("b[1]", inv.Log(), prior=inv.LogNormal(2.0, 1.3), name="q"),
        )
        drawn = fitted(line, (1.0, 2.0), free, 1e3, 1e-3).sample(draws=1000)
        assert drawn.notes == ()
        np.testing.assert_allclose(drawn.mean[0], 1.0, atol=0.03)
        np.testing.assert_allclose(drawn.errors[0], 0.2, rtol=0.1)
        np.testing.assert_allclose(np.median(drawn.flat[:, 1]), 2.0, rtol=0.04)


def walled(model, local, at):
    """A straight line that is not there half a standard error below its estimate."""
    return jnp.where(model.b[0] > 0.93, line(model, local, at), jnp.nan)


def test_draws_that_diverge_are_refused():
    start = inv.Free("b[0]", scale=3.0, name="p", init=1.0)
    fit = fitted(walled, (1.0, -0.4), (start, LINE[1]), 0.1, 0.1)
    with pytest.raises(inv.FitError, match=r"diverged: the posterior has .* R-hat \d"):
        fit.sample(200, 200)
    found = fit.sample(200, 200, throw=False)
    assert not found.converged and found.divergences > 0.01


def test_draws_that_cannot_be_trusted_give_no_intervals(regular):
    _, drawn = regular
    refused = dataclasses.replace(
        drawn, converged=False, result=str(inv.RESULTS[inv.RESULTS.not_mixed])
    )
    assert refused.table.startswith("NOT TO BE TRUSTED: The chains do not agree")
    assert "95 % interval" not in refused.table
    with pytest.raises(inv.FitError, match="R-hat above 1.01"):
        refused.interval("p")


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_that_are_free_together_are_drawn_as_the_error_bars_say(kind):
    fit = jointly(kind)
    drawn = fit.sample(draws=500)
    assert drawn.converged and drawn.names == fit.names
    assert drawn.rhat.shape == drawn.ess.shape == (len(fit.names),)
    for k, one in enumerate(fit.parameters):
        assert abs(np.median(drawn.flat[:, k]) - one.value) < 0.25 * one.stderr
        ends = (np.array(drawn.interval(one.name)) - one.value) / one.stderr
        laplace = (np.array([one.lower, one.upper]) - one.value) / one.stderr
        np.testing.assert_allclose(ends, laplace, atol=0.4)
    assert "R-hat" in drawn.table
    if kind == "Simplex":
        np.testing.assert_allclose(np.sum(drawn.flat, axis=1), 1.0, rtol=1e-12)


def test_a_spline_of_which_the_data_chose_the_knots_is_drawn_too():
    fit = inv.fit_log_spline(inv.Couple(erf_couple(), ANNEAL), knots=2)
    assert len(fit.ran[1]) > len(fit.names)
    drawn = fit.sample(draws=300)
    assert drawn.converged and drawn.samples.shape[-1] == len(fit.names)
    for k, one in enumerate(fit.parameters):
        assert abs(drawn.mean[k] - one.value) < 0.4 * one.stderr
        assert 0.8 < drawn.errors[k] / one.stderr < 1.25
    levels = drawn.predict(lambda law: law.over(0.5, 1273.0))
    value, error = fit.predict(lambda law: law.over(0.5, 1273.0))
    assert abs(np.mean(levels) - value) < 0.4 * error
