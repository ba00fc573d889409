"""Interstitials on sites of their own."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax import GAS_CONSTANT as R
from diffjax.thermo import CompoundEnergy, redlich_kister, Sites


T = jnp.asarray(1200.0)


def test_site_fractions_by_hand():
    sites = Sites(("C", "A", "B"), ("C",), 3.0)
    assert sites.species == ("A", "B", "C", "VA")
    y = sites.fractions(jnp.array([0.1, 0.27, 0.63]))
    c = 0.1 / 0.9 / 3
    np.testing.assert_allclose(y, [0.3, 0.7, c, 1 - c], rtol=1e-13)


@pytest.mark.parametrize("ratio", [0.5, 1.0, 3.0])
def test_ideal_filling_of_sites(ratio):
    # Without energies only the entropy is left: the activity of the small atom is that
    # of filling, y / (1 - y), and of the metal (1 - y) to the power of the ratio.
    sites = Sites(("A", "C"), ("C",), ratio)
    none = redlich_kister(sites.species)
    phase = CompoundEnergy(sites, none, redlich_kister(sites.components))
    x = jnp.array([0.9, 0.1])
    y = 0.1 / (0.9 * ratio)
    mu = phase.chemical_potentials(x, T) / (R * T)
    exact = [ratio * np.log(1 - y), np.log(y / (1 - y))]
    np.testing.assert_allclose(mu, exact, rtol=1e-12)
    assert bool(jnp.all(jnp.isfinite(phase.log_activity_slopes(jnp.eye(2)[0], T))))


def test_slopes_by_composition():
    sites = Sites(("A", "C"), ("C",))
    energy = redlich_kister(sites.species, pairs={("C", "VA"): [-9e3, 1e3]})
    phase = CompoundEnergy(sites, energy, redlich_kister(sites.components))
    run = jax.jit(lambda x, t: phase.excess(x, t))
    at = lambda c: run(jnp.array([1.0 - c, c]), T)
    slope = jax.grad(at)(0.1)
    near = (at(0.1 + 1e-6) - at(0.1 - 1e-6)) / 2e-6
    np.testing.assert_allclose(slope, near, rtol=1e-7)


def test_sentences():
    with pytest.raises(ValueError, match="some of A, C"):
        Sites(("A", "C"), ("B",))
    with pytest.raises(ValueError, match="not all of them"):
        Sites(("A", "C"), ("A", "C"))
    with pytest.raises(ValueError, match=r"ratio=.*> 0"):
        Sites(("A", "C"), ("C",), 0.0)
