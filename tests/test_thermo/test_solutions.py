"""Ideal, regular, sub-regular solutions."""

import jax.numpy as jnp
import numpy as np
import pytest

from diffjax import GAS_CONSTANT
from diffjax.thermo import Ideal, RedlichKister, regular, sub_regular

from .phases import T, TERNARY, X


def test_ideal_mixing_is_entropy_alone():
    phase = Ideal(("A", "B", "C"))
    entropy = float(jnp.sum(X * jnp.log(X)))
    np.testing.assert_allclose(phase.molar(X, T), GAS_CONSTANT * T * entropy)
    np.testing.assert_allclose(phase.activities(X, T), X)


def test_sub_regular_solution_by_its_ends():
    phase = sub_regular(("A", "B"), {("A", "B"): (20e3, 8e3)})
    a, b = 0.3, 0.7
    found = phase.excess(jnp.array([a, b]), T)
    np.testing.assert_allclose(found, a * b * (20e3 * a + 8e3 * b), rtol=1e-13)
    alike = sub_regular(("A", "B"), {("A", "B"): (9e3, 9e3)})
    plain = regular(("A", "B"), {("A", "B"): 9e3})
    x = jnp.array([a, b])
    np.testing.assert_allclose(alike.excess(x, T), plain.excess(x, T), rtol=1e-13)


def test_pure_components_have_their_reference():
    mu = -5e3, 1e3 - 20 * float(T)
    for place, value in enumerate(mu):
        found = TERNARY.molar(jnp.eye(3)[place], T)
        np.testing.assert_allclose(found, value, rtol=1e-13)


def test_sentences():
    with pytest.raises(ValueError, match="must list A-C"):
        RedlichKister(("A", "B", "C"), {("A", "B"): 1e3})
    left = RedlichKister(("A", "B", "C"), {("A", "B"): 1e3}, unlisted_ideal=True)
    np.testing.assert_allclose(left.excess(X, T), 60.0, rtol=1e-13)
    with pytest.raises(ValueError, match="Ideal.*each once"):
        Ideal(())
