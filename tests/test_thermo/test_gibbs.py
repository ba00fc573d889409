"""What follows from the Gibbs energy: potentials, factors, stability."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax import GAS_CONSTANT
from diffjax.thermo import Ideal, RedlichKister, regular

from ..helpers import validation_row
from .phases import T, TERNARY, X


RT = GAS_CONSTANT * float(T)


def test_gibbs_and_duhem_and_maxwell_hold():
    h = TERNARY.log_activity_slopes(X, T)
    np.testing.assert_allclose(h, h.T, atol=1e-14)
    np.testing.assert_allclose(h @ X, 0.0, atol=1e-14)
    mu = TERNARY.chemical_potentials(X, T)
    np.testing.assert_allclose(mu @ X, TERNARY.molar(X, T), rtol=1e-13)
    validation_row(
        "Gibbs-Duhem relation of a ternary phase (sum of x over slopes, absolute)",
        "zero",
        None,
        max(float(jnp.max(jnp.abs(h @ X))), 1e-17),
        "one composition",
    )


def test_potentials_are_slopes_of_the_energy():
    step = 1e-5

    def energy(amounts):
        return amounts.sum() * TERNARY.molar(amounts / amounts.sum(), T)

    run = jax.jit(energy)
    mu = TERNARY.chemical_potentials(X, T)
    near = [(run(X + step * e) - run(X - step * e)) / (2 * step) for e in np.eye(3)]
    np.testing.assert_allclose(mu, near, rtol=1e-7)
    logs = TERNARY.log_activity_coefficients
    factors = TERNARY.thermodynamic_factors(X, T)
    potential = lambda x: jnp.log(x) + logs(x, T)
    for j in range(2):
        e = jnp.eye(3)[j] - jnp.eye(3)[2]
        slope = (potential(X + step * e) - potential(X - step * e)) / (2 * step)
        np.testing.assert_allclose(factors[:, j], (X * slope)[:2], rtol=1e-7)


def test_regular_solution_in_closed_form():
    phase = regular(("A", "B"), {("A", "B"): 12e3})
    x = jnp.array([0.3, 0.7])
    np.testing.assert_allclose(
        phase.log_activity_coefficients(x, T) * RT, [12e3 * 0.49, 12e3 * 0.09]
    )
    exact = 1 - 2 * 12e3 * 0.21 / RT
    np.testing.assert_allclose(phase.thermodynamic_factor(x, T), exact, rtol=1e-13)
    np.testing.assert_allclose(phase.stability(x, T), exact, rtol=1e-13)
    np.testing.assert_allclose(
        phase.activities(x, T), x * jnp.exp(phase.log_activity_coefficients(x, T))
    )


def test_attraction_of_like_atoms_slows_mixing_and_of_unlike_atoms_speeds_it():
    x = jnp.array([0.4, 0.6])
    factor = lambda w: regular(("A", "B"), {("A", "B"): w}).thermodynamic_factor(x, T)
    assert float(factor(5e3)) < 1 < float(factor(-5e3))
    assert float(factor(5e4)) < 0


def test_pure_ends_are_finite():
    for x in jnp.eye(3):
        found = TERNARY.log_activity_coefficients(x, T), TERNARY.stability(x, T)
        slopes = TERNARY.thermodynamic_factors(x, T), TERNARY.activities(x, T)
        assert all(bool(jnp.all(jnp.isfinite(f))) for f in (*found, *slopes))
    assert bool(jnp.isfinite(TERNARY.molar(jnp.array([1.0, 0.0, 0.0]), T)))


def test_stability_is_the_smallest_eigenvalue_whichever_fraction_is_dependent():
    for dependent in range(3):
        factors = TERNARY.thermodynamic_factors(X, T, dependent)
        smallest = np.min(np.linalg.eigvals(np.asarray(factors)).real)
        np.testing.assert_allclose(TERNARY.stability(X, T), smallest, rtol=1e-12)
    np.testing.assert_allclose(Ideal(("A", "B", "C")).stability(X, T), 1.0, rtol=1e-13)


def test_slopes_by_parameters_both_ways():
    def smallest(scale):
        pairs = {("A", "B"): [9e3 * scale], ("B", "C"): -8e3, ("A", "C"): 1e3}
        return RedlichKister(("A", "B", "C"), pairs).stability(X, T)

    run, one = jax.jit(smallest), jnp.asarray(1.0)
    near = (run(1.0 + 1e-5) - run(1.0 - 1e-5)) / 2e-5
    np.testing.assert_allclose(jax.grad(smallest)(one), near, rtol=1e-7)
    np.testing.assert_allclose(jax.jvp(smallest, (one,), (one,))[1], near, rtol=1e-7)
    leaves = jax.tree.leaves(eqx.filter(TERNARY, eqx.is_inexact_array))
    assert len(leaves) == len(jax.tree.leaves(TERNARY))


def test_fractions_by_name_and_their_sentences():
    found = TERNARY.fractions({"C": 0.5, "A": 0.2, "B": 0.3})
    np.testing.assert_array_equal(found, X)
    for wrong, sentence in [
        ([0.2, 0.3, 0.6], "sum to 1"),
        ([-0.1, 0.6, 0.5], "from 0 to 1"),
        ([0.5, 0.5], "one for each of A, B, C"),
        ({"A": 0.5, "Q": 0.5}, "must name the components A, B, C"),
    ]:
        with pytest.raises(ValueError, match=sentence):
            TERNARY.fractions(wrong)
    with pytest.raises(ValueError, match="needs two components"):
        TERNARY.thermodynamic_factor(X, T)
