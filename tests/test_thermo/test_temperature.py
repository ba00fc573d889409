"""Sums of powers of temperature."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.thermo import OfTemperature, redlich_kister


def test_usual_terms_and_ranges():
    t = jnp.asarray(700.0)
    usual = OfTemperature([2e3, -3.0, 0.5])
    np.testing.assert_allclose(
        usual.at(t), 2e3 - 3 * 700 + 0.5 * 700 * np.log(700), rtol=1e-14
    )
    ranged = OfTemperature([[1.0, 2.0], [5.0, 0.0]], ((0, 0), (-1, 0)), [600.0])
    values = [ranged.at(jnp.asarray(v)) for v in (500.0, 600.0, 700.0)]
    np.testing.assert_allclose(values, [1 + 2 / 500, 5.0, 5.0], rtol=1e-14)


def test_functions_of_different_ranges_share_a_table():
    one = OfTemperature([[1.0], [2.0]], ((0, 0),), [500.0])
    two = OfTemperature([[0.0, 1.0], [4.0, 0.0]], ((1, 1), (1, 0)), [800.0])
    both = redlich_kister(("A", "B"), ends={"A": one, "B": two})
    x = jnp.array([0.25, 0.75])
    for value in (400.0, 600.0, 900.0):
        t = jnp.asarray(value)
        mixed = 0.25 * one.at(t) + 0.75 * two.at(t)
        np.testing.assert_allclose(both.at(x, t), mixed, rtol=1e-14)


def test_slope_in_temperature():
    energy = lambda t: OfTemperature([2e3, -3.0, 0.5]).at(t)
    t = jnp.asarray(700.0)
    near = (energy(t + 0.1) - energy(t - 0.1)) / 0.2
    np.testing.assert_allclose(jax.grad(energy)(t), near, rtol=1e-8)


def test_sentences():
    with pytest.raises(ValueError, match="at most 3"):
        OfTemperature([1.0, 2.0, 3.0, 4.0])
    with pytest.raises(ValueError, match="limits.*increase"):
        OfTemperature([[1.0], [2.0], [3.0]], ((0, 0),), [900.0, 300.0])
    with pytest.raises(ValueError, match="one number a"):
        redlich_kister(("A", "B"), ends={"A": [[1.0]]})
