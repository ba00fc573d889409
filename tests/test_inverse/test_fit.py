"""The front door: the same answer by every method, honest verdicts, clear refusals."""

import re
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import optimistix as optx
import pytest

import diffjax as djx
import inverse as inv
from inverse import _core

from .common import ANNEAL, erf_couple, films, HOUR, positions


CONSTANT = djx.diffusivity.Constant(1e-13)
ARRHENIUS = djx.diffusivity.Arrhenius(1e-5, 2.0)
FILMS = djx.diffusivity.Arrhenius(3e-5, 1.9)


def couple(sigma: float | None = 0.003, seed=0, **given):
    return inv.Couple(erf_couple(sigma, seed), ANNEAL, **given)


def test_a_constant_and_its_nuisances():
    fit = inv.fit(CONSTANT, couple())
    assert fit.converged and fit.result == ""
    truth = {"D": 3e-13, "origin": 30e-6, "left": 0.2, "right": 0.8}
    for name, value in truth.items():
        assert fit[name].verdict == "determined"
        assert abs(fit[name].value - value) < 3.5 * fit[name].stderr
        assert fit[name].lower < fit[name].value < fit[name].upper
    assert fit["D"].unit == "m²/s" and fit["origin"].unit == "m"
    assert fit.sigma is None and fit.dof == 56 and 25 < fit.chi2 < 90
    np.testing.assert_allclose(fit.model.value, fit["D"].value)


@pytest.mark.slow
@pytest.mark.parametrize(
    "method",
    [
        optx.LevenbergMarquardt(rtol=1e-8, atol=1e-8),
        optx.Dogleg(rtol=1e-8, atol=1e-8),
        optx.BFGS(rtol=1e-8, atol=1e-8),
        inv.Optax(optax.adam(2e-2), steps=1000),
    ],
    ids=lambda method: type(method).__name__,
)
def test_every_method_reaches_the_same_optimum(method):
    ours = inv.fit(CONSTANT, couple())
    theirs = inv.fit(CONSTANT, couple(), method=method)
    for one, other in zip(ours.parameters, theirs.parameters):
        assert abs(one.value - other.value) < 0.01 * one.stderr
        np.testing.assert_allclose(one.stderr, other.stderr, rtol=1e-3)
        assert one.verdict == other.verdict


def test_arrhenius_at_one_temperature_is_not_determined_and_the_fit_says_so():
    fit = inv.fit(ARRHENIUS, couple())
    slope = 1 / (djx.BOLTZMANN_EV * 1273.15)
    said = f"the data fix only ln prefactor - {slope:.4g}·activation"
    assert fit.verdicts == (said,)
    for name in ("prefactor", "activation"):
        assert fit[name].stderr == np.inf
        assert fit[name].verdict == f"not determined: {said}"
    assert fit["prefactor"].lower == 0.0 and fit["prefactor"].upper == np.inf
    # What the data do fix has an error, and what they do not has none.
    value, error = fit.predict(lambda law: law.over(0.5, 1273.15))
    assert abs(value - 3e-13) < 4 * error < 4e-14
    assert fit.predict(lambda law: law.over(0.5, 1400.0))[1] == np.inf
    constant = inv.fit(CONSTANT, couple())
    np.testing.assert_allclose(error, constant["D"].stderr, rtol=1e-4)
    assert "inf" in fit.table and said in fit.table
    assert fit.to_dict()["parameters"][0]["stderr"] is None
    assert np.isinf(fit.covariance[0, 0]) and np.isnan(fit.covariance[0, 1])


def test_a_prior_is_named_as_the_source():
    prior = inv.Normal(2.0, 0.05)
    free = [
        inv.Free("prefactor", inv.Log(), scale=2.0, unit="m²/s"),
        inv.Free("activation", prior=prior, unit="eV"),
    ]
    fit = inv.fit(ARRHENIUS, couple(), free)
    assert fit["activation"].verdict == "set by its prior"
    assert fit["prefactor"].verdict == "set by the prior of activation"
    np.testing.assert_allclose(fit["activation"].value, 2.0, atol=1e-4)
    np.testing.assert_allclose(fit["activation"].stderr, 0.05, rtol=1e-3)


def test_two_temperatures_fitted_together_determine_both():
    fit = inv.fit(djx.diffusivity.Arrhenius(1e-4, 1.5), films(FILMS))
    assert fit.verdicts == ()
    for name, value in [("prefactor", 3e-5), ("activation", 1.9)]:
        assert abs(fit[name].value - value) < 3.5 * fit[name].stderr
    assert isinstance(fit.sigma, tuple) and len(fit.sigma) == 2
    assert "film 1.amount" in fit.names
    assert len(fit.residuals) == len(fit.diagnostics) == 2


def test_a_law_can_be_picked_from_a_larger_model():
    model = {"a": CONSTANT, "b": djx.diffusivity.Constant(5e-13)}
    one = couple(law=lambda m: m["a"])
    fit = inv.fit(model, one, inv.Free("a.value", inv.Log(), name="D_a"))
    assert abs(fit["D_a"].value - 3e-13) < 4 * fit["D_a"].stderr
    np.testing.assert_allclose(fit.model["b"].value, 5e-13)


def test_a_module_of_one_s_own():
    class Line(eqx.Module):
        log_d: Any

        def __call__(self, c, temperature, x):
            return jnp.exp(self.log_d) + 0 * c

    fit = inv.fit(Line(jnp.asarray(-29.0)), couple())
    reference = inv.fit(CONSTANT, couple())
    np.testing.assert_allclose(
        fit["log_d"].value, np.log(reference["D"].value), atol=1e-5
    )


def test_nothing_is_compiled_anew_for_other_numbers(monkeypatch):
    traces = []

    def counted(*args):
        traces.append(1)
        return _core.minimise_objective(*args)

    monkeypatch.setattr(_core, "_compiled", eqx.filter_jit(counted))
    for d, seed, temperature in [
        (1e-13, 0, 1273.0),
        (4e-13, 1, 1300.0),
        (2e-13, 2, 900.0),
    ]:
        profile = erf_couple(0.002 + 0.001 * seed, seed)
        renamed = inv.Profile(
            profile.position * (1 + seed), profile.value, profile.sigma, f"scan {seed}"
        )
        anneal = djx.Anneal(100 * HOUR * (1 + seed), temperature)
        fit = inv.fit(djx.diffusivity.Constant(d), [inv.Couple(renamed, anneal)])
        assert fit.converged
    assert len(traces) == 1


def few(points):
    return inv.Profile(positions(points), np.linspace(0.0, 1.0, points))


@pytest.mark.parametrize(
    "call, sentence",
    [
        (
            lambda: inv.fit(CONSTANT, inv.Couple(few(4), ANNEAL)),
            "`fit` needs more points than parameters; got 4 points for 4 parameters "
            "and unknown sigma: hold some of them, or add data.",
        ),
        (
            lambda: inv.fit(CONSTANT, []),
            "`fit(experiments=...)` must hold experiments such as `Couple(profile, "
            "anneal)`; got none.",
        ),
        (
            lambda: inv.fit(CONSTANT, couple(), start="mod"),
            "`fit(start=...)` must be 'data' or 'model'; got 'mod'.",
        ),
        (
            lambda: inv.fit(CONSTANT, couple(left=0.2, right=0.8, origin=0.0), free=[]),
            "`fit` found nothing to fit: every parameter is held.",
        ),
        (
            lambda: inv.fit(CONSTANT, couple(), inv.Free("valeu")),
            "`Free(where=...)`: 'valeu' is not in the model; did you mean 'value'?",
        ),
    ],
)
def test_bad_input(call, sentence):
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        call()


def test_single_precision_is_refused():
    one = couple()
    with jax.enable_x64(False):
        with pytest.raises(ValueError, match="`fit` needs double precision"):
            inv.fit(CONSTANT, one)
