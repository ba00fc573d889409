"""Where a minimisation ends, and what is said if that is no minimum."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import optax
import pytest

import diffjax as djx
import inverse as inv

from .common import ANNEAL, erf_couple


CONSTANT = djx.diffusivity.Constant(1e-13)


def couple(sigma: float | None = 0.003, seed=0, **given):
    return inv.Couple(erf_couple(sigma, seed), ANNEAL, **given)


def test_a_fit_that_cannot_converge():
    sentence = "The maximum number of steps was reached in the nonlinear solver"
    with pytest.raises(inv.FitError, match=sentence):
        inv.fit(CONSTANT, couple(), start="model", max_steps=2)
    fit = inv.fit(CONSTANT, couple(), start="model", max_steps=2, throw=False)
    assert not fit.converged and fit.result.startswith(sentence)
    assert "NOT CONVERGED" in fit.table and fit.to_dict()["converged"] is False
    lazy = inv.Optax(optax.sgd(1e-9), steps=2)
    with pytest.raises(inv.FitError, match="ended before it reached a minimum"):
        inv.fit(CONSTANT, couple(), start="model", method=lazy)


def test_nan_at_the_start():
    law = lambda c, temperature, x: 0 * c + jnp.nan

    class Bad(eqx.Module):
        a: Any

        def __call__(self, c, temperature, x):
            return law(c, temperature, x) * self.a

    with pytest.raises(inv.FitError, match="gives NaN or infinite values at the start"):
        inv.fit(Bad(jnp.asarray(1.0)), couple())
