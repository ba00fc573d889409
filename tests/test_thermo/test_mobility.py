"""Tracer diffusivities of composition."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax import BOLTZMANN_EV, GAS_CONSTANT as R
from diffjax.diffusivity import Arrhenius, Point
from diffjax.thermo import redlich_kister, Sites, TracerMobility


X = jnp.array([0.3, 0.7])
T = jnp.asarray(1200.0)


def couple(q=-205e3):
    return TracerMobility(
        ("A", "B"),
        {
            "A": {"A": (q, R * math.log(5e-5)), "B": (-258e3, -80.0)},
            "B": redlich_kister(
                ("A", "B"), {"A": -232e3, "B": -287e3}, {("A", "B"): [4e3, (2e3, 1.0)]}
            ),
        },
    )


def test_a_pure_component_follows_arrhenius():
    eV = 205e3 / R * BOLTZMANN_EV
    found = couple().at(jnp.array([1.0, 0.0]), T)[0]
    point = Point(composition=jnp.zeros(()), temperature=T, position=jnp.zeros(()))
    np.testing.assert_allclose(found, Arrhenius(5e-5, eV).at(point), rtol=1e-12)


def test_activations_mix_by_hand():
    t = float(T)
    first = 0.3 * (-205e3 + R * t * math.log(5e-5)) + 0.7 * (-258e3 - 80 * t)
    second = 0.3 * -232e3 + 0.7 * -287e3 + 0.21 * (4e3 + (2e3 + t) * -0.4)
    found = couple().at(X, T)
    np.testing.assert_allclose(
        found, np.exp(np.array([first, second]) / (R * t)), rtol=1e-11
    )
    np.testing.assert_allclose(couple().mobilities(X, T), found / (R * T), rtol=1e-13)


def test_interstitials_need_empty_sites():
    sites = Sites(("A", "C"), ("C",))
    mobility = TracerMobility(("A", "C"), {"A": {}, "C": {}}, sites)
    found = mobility.at(jnp.array([0.8, 0.2]), T)
    np.testing.assert_allclose(found, [1.0, 1 - 0.25], rtol=1e-13)


def test_slope_by_an_activation_energy():
    run = lambda q: couple(q).log_at(X, T)[0]
    np.testing.assert_allclose(jax.grad(run)(-205e3), 0.3 / (R * float(T)), rtol=1e-12)


def test_sentences():
    with pytest.raises(ValueError, match="one for each of A, B"):
        TracerMobility(("A", "B"), {"A": {}})
    with pytest.raises(ValueError, match="components A, B; got Q"):
        TracerMobility(("A", "B"), {"A": {"Q": 1.0}, "B": {}})
