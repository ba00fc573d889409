"""A fit from many starts: the lowest minimum, failures counted."""

import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
import inverse as inv

from .common import ANNEAL, erf_couple
from .plans import Numbers


AT = np.linspace(0.0, 6.0, 25)
FREE = (
    inv.Free("b[0]", scale=1.0, name="frequency"),
    inv.Free("b[1]", scale=1.0, name="size"),
)


def wave(model, local, at):
    """Many minima in the frequency; no number beyond 6."""
    del local
    frequency, size = model.b
    return size * jnp.sin(jnp.where(frequency < 6.0, frequency, jnp.nan) * at)


def nowhere(model, local, at):
    del local
    return jnp.where(model.b[0] > 1e3, model.b[1], jnp.nan) * at


def data(function=wave, sigma=0.1):
    clean = 1.5 * np.sin(2.3 * AT)
    noise = 0.1 * np.random.default_rng(0).normal(size=25)
    return inv.Measured(inv.Readings(clean + noise, sigma, AT), function)


def told_by(fit) -> inv.Starts:
    assert fit.starts is not None
    return fit.starts


def test_many_starts_find_the_lowest_minimum_where_one_does_not():
    model = Numbers(jnp.array([4.5, 1.0]))
    one = inv.fit(model, data(), FREE)
    assert one.chi2 > 10 * one.dof and one.starts is None
    fit = inv.fit(model, data(), FREE, starts=16)
    assert abs(fit["frequency"].value - 2.3) < 4 * fit["frequency"].stderr
    told = told_by(fit)
    assert told.screened == 64 and len(told.chi2) == 16
    assert told.agreed >= 1 and np.all(np.diff(told.chi2) >= 0)
    np.testing.assert_allclose(told.chi2[0], fit.chi2, rtol=1e-6)
    assert told.chi2[-1] > 10 * fit.dof
    assert "16 starts: " in fit.table and "a higher one" in str(told)
    # Seeds repeat.
    again = inv.fit(model, data(), FREE, starts=16)
    assert np.array_equal(told.chi2, told_by(again).chi2)


def test_starts_that_fail_are_counted():
    # The model's own start gives no number; others do.
    fit = inv.fit(Numbers(jnp.array([6.5, 1.0])), data(), FREE, starts=16)
    assert fit.converged and told_by(fit).failed >= 1
    assert np.isinf(told_by(fit).chi2[-1]) and "failed" in fit.table
    with pytest.raises(inv.FitError, match="All 4 starts failed.*16 random points"):
        inv.fit(Numbers(jnp.array([1.0, 1.0])), data(nowhere), FREE, starts=4)
    with pytest.raises(ValueError, match=r"`fit\(starts=...\)` must be at least 1"):
        inv.fit(Numbers(jnp.array([1.0, 1.0])), data(), FREE, starts=0)


def test_priors_say_where_to_start():
    near = inv.Free("b[0]", prior=inv.Normal(2.3, 0.05), name="frequency")
    fit = inv.fit(Numbers(jnp.array([4.5, 1.0])), data(), (near, FREE[1]), starts=4)
    assert abs(fit["frequency"].value - 2.3) < 0.1


def test_a_couple_of_unknown_sigma():
    law = djx.diffusivity.Constant(1e-15)
    one = inv.fit(law, inv.Couple(erf_couple(), ANNEAL))
    many = inv.fit(law, inv.Couple(erf_couple(), ANNEAL), starts=4)
    np.testing.assert_allclose(many["D"].value, one["D"].value, rtol=1e-6)
    assert told_by(many).agreed == 4
