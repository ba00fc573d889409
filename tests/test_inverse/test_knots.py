"""D(c) with the number of knots that the data want; the measured Ti–Zr couple."""

import re

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
import inverse as inv
from inverse import _core

from ..helpers import validation_row
from .common import ANNEAL, couple_values, erf_couple, noisy, tizr


# Published values for the Ti-Zr couple (forward simulation), m²/s.
X = np.array([0.02, 0.10, 0.20, 0.40, 0.50, 0.60, 0.80, 0.90])
PUBLISHED = 1e-13 * np.array([4.92, 4.68, 4.37, 3.76, 3.45, 3.10, 1.99, 1.43])


def test_a_constant_needs_no_knots():
    fit = inv.fit_log_spline(inv.Couple(erf_couple(None, 1), ANNEAL))
    assert fit.knots_table is not None
    assert fit.knots_table[0][0] == 2 and len(fit.model.knots) == 2
    d, lower, upper = fit.diffusivity(np.array([0.3, 0.5, 0.7]))
    assert np.all((lower < 3e-13) & (3e-13 < upper))
    # The spread among numbers of knots widens the interval.
    _, error = fit.predict(lambda law: jnp.log(law.over(0.5, 1273.0)))
    assert np.log(upper[1] / d[1]) > fit.quantile * error


def test_structure_asks_for_knots():
    law = djx.diffusivity.LogSpline(
        np.array([0.0, 0.3, 0.6, 1.0]), np.array([1e-13, 4e-13, 2e-13, 5e-13])
    )
    x = np.linspace(-2.4e-3, 2.4e-3, 80)
    profile = inv.Profile(x, noisy(couple_values(law, x), 0.001))
    fit = inv.fit_log_spline(inv.Couple(profile, ANNEAL))
    assert len(fit.model.knots) >= 4
    assert fit.names[0].startswith("D(X=") and len(fit.names) == len(
        fit.model.knots
    ) + len(fit.local[0])
    c = np.linspace(0.1, 0.9, 9)
    d, _, _ = fit.diffusivity(c)
    np.testing.assert_allclose(d, law.over(c, 1273.0), rtol=0.1)
    best = min(score for _, score in fit.knots_table or ())
    np.testing.assert_allclose(fit.aicc, best, rtol=1e-12)


def test_a_number_of_knots_is_the_plain_fit():
    couple = inv.Couple(erf_couple(), ANNEAL)
    fit = inv.fit_log_spline(couple, knots=3)
    assert fit.knots_table is None and len(fit.model.knots) == 3
    plain = inv.fit(djx.diffusivity.LogSpline(fit.model.knots, 1e-13), couple)
    for one, other in zip(fit.parameters, plain.parameters):
        assert one.name == other.name and one.unit == other.unit
        assert abs(one.value - other.value) < 1e-3 * one.stderr
        np.testing.assert_allclose(one.stderr, other.stderr, rtol=1e-4)
    assert fit.to_dict().keys() == plain.to_dict().keys()


def test_all_numbers_of_knots_share_one_program(monkeypatch):
    traces = []

    def counted(*args):
        traces.append(1)
        return _core.minimise_objective(*args)

    monkeypatch.setattr(_core, "_compiled", eqx.filter_jit(counted))
    for seed in (0, 1):
        fit = inv.fit_log_spline(inv.Couple(erf_couple(None, seed), ANNEAL))
        assert len(fit.knots_table or ()) >= 4
    assert len(traces) == 1


@pytest.fixture(scope="module")
def measured():
    return inv.fit_log_spline(inv.Couple(tizr(), ANNEAL), knots="auto")


def test_titanium_zirconium(measured):
    d, lower, upper = measured.diffusivity(X)
    inner = (X > 0.05) & (X < 0.95)
    rms = float(np.sqrt(np.mean(np.log(d / PUBLISHED)[inner] ** 2)))
    assert rms < 0.03
    assert np.all((lower < d) & (d < upper))
    assert measured.residual_rms < 1e-3 and measured.iterations <= 15
    for plane in (measured.matano_plane[0], measured.to_dict()["matano_plane_m"]):
        assert abs(plane - 1755e-6) < 5e-6
    assert abs(float(inv.matano_plane(tizr(), 0.0, 1.0)) - 1755e-6) < 5e-6
    assert measured.diagnostics[0].warning == "" and measured.verdicts == ()
    validation_row(
        "Ti-Zr couple, 1000 °C, 100 h: D(c) of fit_log_spline",
        "published forward simulation, rms of ln ratio for 0.05 < X < 0.95",
        None,
        rms,
        "55 measured points",
    )


@pytest.mark.slow
def test_titanium_zirconium_by_the_march(measured):
    knots = len(measured.model.knots)
    couple = inv.Couple(tizr(), ANNEAL, road="march")
    marched = inv.fit_log_spline(couple, knots=knots)
    d, _, _ = marched.diffusivity(X)
    reference, _, _ = measured.diffusivity(X)
    worst = float(np.max(np.abs(np.log(d / reference))))
    assert worst < 0.005
    validation_row(
        "Ti-Zr couple fitted by the march",
        "the fit by the similarity solution, largest ln ratio of D",
        None,
        worst,
        "300 cells",
    )


@pytest.mark.parametrize(
    "call, sentence",
    [
        (
            lambda c: inv.fit_log_spline(c, knots=1),
            "`fit_log_spline(knots=...)` must be 'auto' or an integer >= 2; got 1.",
        ),
        (
            lambda c: inv.fit_log_spline(
                [c, inv.Couple(c.profile, djx.Anneal(1.0, 900.0))]
            ),
            "`fit_log_spline` needs experiments at one temperature, because its law "
            "does not know any; use `fit` with `djx.diffusivity.Activated` around a "
            "`LogSpline`.",
        ),
        (
            lambda c: inv.fit_log_spline(
                inv.Couple(c.profile, ANNEAL, law=lambda m: m)
            ),
            "`fit_log_spline` makes the one law itself: leave `law=...` out of the "
            "experiments, or use `fit`.",
        ),
    ],
)
def test_bad_input(call, sentence):
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        call(inv.Couple(erf_couple(), ANNEAL))


def test_too_few_points_for_the_knots():
    x = np.linspace(-1e-3, 1e-3, 6)
    profile = inv.Profile(x, couple_values(djx.diffusivity.Constant(2e-13), x))
    sentence = "needs more points than parameters; got 6 points for 8 parameters"
    with pytest.raises(ValueError, match=sentence):
        inv.fit_log_spline(inv.Couple(profile, ANNEAL), knots=5)
