"""Symbols become sums of powers."""

import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.thermo._polynomial import of_expression


symengine = pytest.importorskip("symengine", reason="comes with pycalphad")


def test_branches_names_and_powers():
    t = symengine.Symbol("T")
    low = 5 - 2 * t * symengine.log(t) + 3 * t**2.0
    branches = symengine.Piecewise(
        (low, symengine.And(t < 800, t >= 300)), (7 * t**-9, t >= 800)
    )
    expression = 2 * symengine.Symbol("G") - t
    found = of_expression(expression, {"G": branches}, 0.5)
    for value in (300.0, 500.0):
        exact = 5 - 2 * value * np.log(value) + 3 * value**2 - value / 2
        np.testing.assert_allclose(found.at(jnp.asarray(value)), exact, rtol=1e-13)


def test_no_branches():
    t = symengine.Symbol("T")
    found = of_expression(4 + t / 3, {})
    np.testing.assert_allclose(found.at(jnp.asarray(600.0)), 204.0, rtol=1e-13)
    np.testing.assert_allclose(
        of_expression(symengine.Integer(0), {}).at(jnp.asarray(600.0)), 0.0
    )


def test_sentence():
    t = symengine.Symbol("T")
    with pytest.raises(ValueError, match="sums of powers"):
        of_expression(symengine.exp(t), {})
