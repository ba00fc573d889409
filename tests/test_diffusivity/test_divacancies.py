import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax.diffusivity import VacancyMechanism, WithDivacancies
from diffjax.lattice import bcc, fcc, Vacancies


A = 4.09e-10
K_EV = 8.617333262e-5
SINGLE = VacancyMechanism(fcc(A), 1.10, 0.66, 5e12, formation_entropy=1.5)
LAW = WithDivacancies(SINGLE, 0.20, 0.50, 8e12, binding_entropy=0.5)


@eqx.filter_jit
def look(law, hot):
    """D, the share of pairs and the activation energy in eV."""
    log = lambda beta: jnp.log(law.over(0.0, 1 / (djx.BOLTZMANN_EV * beta)))
    beta = 1 / (djx.BOLTZMANN_EV * hot)
    value, slope = jax.jvp(log, (beta,), (jnp.ones_like(beta),))
    return jnp.exp(value), law.share(hot), -slope


def test_the_sum_in_closed_form():
    hot = 1100.0
    pairs = Vacancies(1.10, 1.5, binding_energy=0.20, binding_entropy=0.5).pairs(
        hot, 12
    )
    expected = 2 / 3 * 0.458094 * A**2 * pairs * 8e12 * np.exp(-0.50 / (K_EV * hot))
    d, share, _ = look(LAW, jnp.asarray(hot, float))
    np.testing.assert_allclose(d - SINGLE.over(0.0, hot), expected, rtol=2e-6)
    np.testing.assert_allclose(share * d, expected, rtol=2e-6)


def test_the_plot_bends_from_singles_to_pairs():
    with_binding = lambda energy: eqx.tree_at(
        lambda law: law.binding_energy, LAW, jnp.asarray(energy, float)
    )
    slope = lambda energy, hot: look(with_binding(energy), jnp.asarray(hot, float))[2]
    slopes = np.array([slope(0.20, hot) for hot in (300.0, 700.0, 1000.0, 1230.0)])
    np.testing.assert_allclose(slopes[0], 1.10 + 0.66, atol=1e-5)
    assert np.all(np.diff(slopes) > 0)
    # Pairs that repel are none, and such as hardly part are all.
    np.testing.assert_allclose(slope(-2.0, 1000.0), 1.10 + 0.66, atol=1e-8)
    np.testing.assert_allclose(slope(1.60, 1000.0), 2.20 - 1.60 + 0.50, atol=1e-4)


def test_gradients_against_central_differences():
    names = ("binding_energy", "migration_energy", "attempt_frequency")

    def log(numbers):
        where = lambda law: [
            law.single.formation_energy,
            *(getattr(law, n) for n in names),
        ]
        law = eqx.tree_at(where, LAW, [numbers[0], *numbers[1:3], 8e12 * numbers[3]])
        return jnp.log(law.over(0.0, 1100.0))

    at, h = jnp.array([1.10, 0.20, 0.50, 1.0]), 1e-5
    log = jax.jit(log)
    forward, backward = jax.jacfwd(log)(at), jax.jacrev(log)(at)
    middle = [(log(at + s) - log(at - s)) / (2 * h) for s in h * jnp.eye(4)]
    np.testing.assert_allclose(forward, middle, atol=1e-7)
    np.testing.assert_allclose(backward, forward, rtol=1e-12)


def test_pressure_and_single_precision():
    at = lambda p: WithDivacancies(
        VacancyMechanism(fcc(A), 1.1, 0.66, 5e12, fraction=1e-3, pressure=p),
        2.0,
        0.2,
        8e12,
        activation_volume=1e-29,
    ).over(0.0, 900.0)
    expected = -1e-29 * 1e9 / (1.380649e-23 * 900.0)
    np.testing.assert_allclose(jnp.log(at(1e9) / at(0.0)), expected, rtol=1e-4)
    cold = LAW.over(np.float32(0.0), np.float32(400.0))
    assert cold.dtype == np.float32
    np.testing.assert_allclose(cold, LAW.over(0.0, 400.0), rtol=1e-4)


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: WithDivacancies(SINGLE, 0.2, -0.5, 1e13), r"migration_energy=...\)`"),
        (lambda: WithDivacancies(SINGLE, 0.2, 0.5, 0.0), r"attempt_frequency=...\)`"),
        (
            lambda: WithDivacancies(
                VacancyMechanism(bcc(3e-10), 2.0, 0.6, 1e13), 0.2, 0.5, 1e13
            ),
            "side by side",
        ),
    ],
)
def test_bad_laws_are_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
