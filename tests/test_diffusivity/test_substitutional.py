import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax.diffusivity import Substitutional, VacancyMechanism
from diffjax.lattice import bcc, fcc, five_frequency_factor, hcp, neighbour_jumps

from ..helpers import validation_row


A = 4.05e-10
K_EV = 8.617333262e-5
F0 = 0.781451422
HOST = VacancyMechanism(fcc(A), 0.66, 0.61, 2e13, formation_entropy=1.1)


def solute(exchange, bound=0.1, turn=0.61, leave=0.61, frequency=1e13, host=HOST):
    return Substitutional(
        host,
        exchange,
        frequency,
        binding_energy=bound,
        rotation_energy=turn,
        dissociation_energy=leave,
        activation_volume=1e-29,
    )


# A vacancy comes near as easily as it jumps elsewhere: E3 - E_b = E_m. Then the drag
# ends where w1 = (3 + 7/2 F) w3, and F follows from f of the pure crystal.
HELD = solute(0.50, 0.10, turn=0.55, leave=0.71)
TURN = 3 + (2 * F0 - 1) / (1 - F0)


def look(law, hot):
    """D, f2, the drag, and the activation energy in eV."""
    return _look(law, jnp.asarray(hot, float))


@eqx.filter_jit
def _look(law, hot):

    def log(beta):
        return jnp.log(law.over(0.0, 1 / (djx.BOLTZMANN_EV * beta)))

    value, slope = jax.jvp(log, (1 / (djx.BOLTZMANN_EV * hot),), (jnp.ones_like(hot),))
    drag = law.transport(hot).drag[0, 0]
    return jnp.stack([jnp.exp(value), law.correlation(hot), drag, -slope])


def rate(frequency, energy, hot):
    return frequency * np.exp(-energy / (K_EV * hot))


def test_a_solute_like_any_other_atom_of_fcc():
    d, f2, drag, slope = look(solute(0.61, 0.0, frequency=2e13), 800.0)
    np.testing.assert_allclose(d, HOST.over(0.0, 800.0), rtol=1e-8)
    np.testing.assert_allclose(f2, F0, atol=1e-8)
    np.testing.assert_allclose(drag, -1 / F0, rtol=1e-8)
    np.testing.assert_allclose(slope, 0.66 + 0.61, rtol=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize(
    "host",
    [
        VacancyMechanism(bcc(3.3e-10), 1.6, 0.6, 8e12, fraction=1e-6),
        VacancyMechanism(hcp(3.2e-10), 0.8, [0.5, 0.45], 5e12),
    ],
    ids=["bcc", "hcp"],
)
def test_a_solute_like_any_other_atom(host):
    same = Substitutional(host, host.migration_energy, host.attempt_frequency)
    expected = np.asarray(host.over(0.0, 800.0))
    found = same.over(0.0, 800.0)
    np.testing.assert_allclose(found, expected, atol=1e-8 * np.max(expected))
    still = same.transport(800.0)
    np.testing.assert_allclose(still.drag @ still.correlation, -np.eye(3), atol=1e-8)


def test_the_five_frequencies_of_fcc():
    worst = {}
    for bound in (0.10, 0.20):
        law = solute(0.50, bound, turn=0.55, leave=0.71)
        for hot in (500.0, 900.0):
            w0, w2 = rate(2e13, 0.61, hot), rate(1e13, 0.50, hot)
            w1, w3 = rate(2e13, 0.55, hot), rate(2e13, 0.71, hot)
            beta = np.exp(bound / (K_EV * hot))
            f2 = float(five_frequency_factor(w0, w1, w2, w3, beta * w3))
            expected = f2 * A**2 * rate(np.exp(1.1), 0.66, hot) * beta * w2
            d, correlation, _, _ = look(law, hot)
            error = abs(float(d) / expected - 1)
            worst[bound] = max(worst.get(bound, 0.0), error)
            np.testing.assert_allclose(correlation, f2, atol=2e-4)
    assert worst[0.10] < 1e-6 and worst[0.20] < 1e-3, worst
    validation_row(
        "Solute in fcc from energies",
        "five frequencies, polynomial of Koiwa and Ishioka",
        None,
        worst[0.10],
        "500 and 900 K, w4 = w0",
    )


def test_the_drag_ends_in_closed_form_and_with_a_derivative():
    @jax.jit
    def end(rotation, direction):
        def at(energy):
            law = eqx.tree_at(lambda law: law.rotation_energy, HELD, energy)
            return law.drag_reversal(300.0, 3000.0, direction)

        return jax.jvp(at, (rotation,), (jnp.ones(()),))

    turn, leave = jnp.asarray(0.55, float), 0.71
    found, slope = end(turn, jnp.array([1.0, 0.0, 0.0]))
    exact = (leave - 0.55) / (K_EV * np.log(TURN))
    np.testing.assert_allclose(found, exact, rtol=2e-9)
    np.testing.assert_allclose(slope, -found / (leave - 0.55), rtol=1e-7)
    aslant, _ = end(turn, jnp.array([1.0, 1.0, 2.0]))
    np.testing.assert_allclose(aslant, found, rtol=1e-7)
    for hot, sign in ((found - 1, 1), (found + 1, -1)):
        assert np.sign(look(HELD, hot)[2]) == sign
    validation_row(
        "Temperature at which a solute is no longer dragged, fcc",
        "closed form, w4 = w0",
        None,
        abs(float(found) / exact - 1),
        "bisection",
    )


def test_rare_exchanges_forget_and_frequent_ones_wait():
    d, f2, _, slope = look(solute(1.5), 600.0)
    np.testing.assert_allclose(f2, 1.0, atol=1e-6)
    vacant = rate(np.exp(1.1), 0.66 - 0.1, 600.0)
    np.testing.assert_allclose(d, A**2 * vacant * rate(1e13, 1.5, 600.0), rtol=1e-6)
    # So ln D falls by E_v + E_2 - E_b, and where exchanges are frequent by what takes
    # the vacancy round or away instead.
    np.testing.assert_allclose(slope, 0.66 + 1.5 - 0.1, rtol=1e-5)
    slope = look(solute(0.0, 0.0, frequency=1e15), 600.0)[3]
    np.testing.assert_allclose(slope, 0.66 + 0.61, rtol=1e-5)


def test_gradients_against_central_differences():
    names = ("exchange", "binding", "rotation", "dissociation")

    def look(energies):
        where = lambda law: [getattr(law, f"{name}_energy") for name in names]
        law = eqx.tree_at(where, HELD, list(energies))
        return jnp.log(law.over(0.0, 700.0))

    at, h = jnp.array([0.50, 0.10, 0.55, 0.71]), 1e-4
    look = jax.jit(look)
    forward, backward = jax.jit(jax.jacfwd(look))(at), jax.jit(jax.jacrev(look))(at)
    middle = [(look(at + s) - look(at - s)) / (2 * h) for s in h * jnp.eye(4)]
    np.testing.assert_allclose(forward, middle, atol=1e-5)
    np.testing.assert_allclose(backward, forward, rtol=1e-8)


@pytest.mark.slow
def test_a_law_in_solve_like_any_other():
    grid = djx.grid.uniform(0.0, 1e-5, 40)
    start = jnp.where(grid.centres < 5e-6, 1.0, 0.0)
    anneal = djx.Anneal(3600.0, 700.0)
    end = lambda law: djx.solve(djx.equations.Diffusion(law), grid, start, anneal).ys
    plain = djx.diffusivity.Constant(HELD.over(0.0, 700.0))
    np.testing.assert_allclose(end(HELD), end(plain), rtol=1e-6, atol=1e-9)


def test_pressure():
    host = VacancyMechanism(
        fcc(A), 0.66, 0.61, 2e13, formation_entropy=1.1, pressure=1e9
    )
    pressed = solute(0.50, 0.10, turn=0.55, leave=0.71, host=host)
    found = jnp.log(look(pressed, 800.0)[0] / look(HELD, 800.0)[0])
    expected = -1e-29 * 1e9 / (1.380649e-23 * 800.0)
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_single_precision_in_the_cold():
    cold = HELD.over(np.float32(0.0), np.float32(300.0))
    assert cold.dtype == np.float32
    expected = float(look(HELD, 300.0)[0])
    np.testing.assert_allclose(cold, expected, rtol=2e-3)


LAYERS = VacancyMechanism(neighbour_jumps(hcp(3.2e-10)), 0.8, [0.5, 0.4], 5e12)


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: Substitutional(HOST, -0.5, 1e13), r"exchange_energy=...\)` must be"),
        (lambda: Substitutional(HOST, 0.5, [1e13, 1e13]), "for each of 1 classes"),
        (lambda: Substitutional(HOST, 0.5, 1e13, binding_energy=0.7), "without a barr"),
        (
            lambda: Substitutional(LAYERS, 0.5, 1e13, rotation_frequency=1e12),
            r"rotation_energy=...\)` must be given where",
        ),
        (
            lambda: Substitutional(LAYERS, 0.5, 1e13).drag_reversal(300.0, 900.0),
            "may be left out in cubic crystals alone",
        ),
        (lambda: HELD.drag_reversal(300.0, 600.0), "of opposite sign; got drags of 0."),
    ],
)
def test_bad_laws_are_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
