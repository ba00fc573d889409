"""Quenched vacancies: closed form, an adaptive solver, limits, order, slopes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate

import diffjax as djx
from diffjax.diffusivity import VacancyMechanism
from diffjax.kinetics import VacancyRelaxation
from diffjax.lattice import bcc, fcc, Vacancies

from ..helpers import validation_row


A, K_EV, SINKS = 4.08e-10, djx.BOLTZMANN_EV, 1e11
GOLD = VacancyMechanism(fcc(A), 0.94, 0.83, 2e13, formation_entropy=0.7)
MODEL = VacancyRelaxation(GOLD, SINKS)
FACTOR = 0.78145142
# A quench of finite rate, a hold, and heating.
HISTORY = (
    djx.Ramp(jnp.array([0.0, 50.0]), jnp.array([1200.0, 300.0]))
    + djx.Anneal(1e4, 365.0)
    + djx.Ramp(jnp.array([0.0, 1000.0, 2000.0]), jnp.array([365.0, 600.0, 400.0]))
)
TIMES = np.array([1.0, 10.0, 50.0, 3000.0, 10050.0, 10600.0, 11050.0, 12050.0])

walk = lambda hot: A**2 * 2e13 * np.exp(-0.83 / (K_EV * hot))
level = lambda hot: np.exp(0.7 - 0.94 / (K_EV * hot))


def test_the_parts_of_the_law():
    hot = np.array([365.0, 700.0, 1200.0])
    np.testing.assert_allclose(MODEL.equilibrium(hot), level(hot), rtol=1e-8)
    np.testing.assert_allclose(MODEL.rate(hot), SINKS * walk(hot), rtol=1e-8)
    np.testing.assert_allclose(MODEL.quenched(1200.0, 0.7), 0.7 * level(1200.0))
    np.testing.assert_allclose(MODEL.over(0.0, hot), GOLD.over(0.0, hot), rtol=1e-15)
    product = FACTOR * level(hot) * walk(hot)
    np.testing.assert_allclose(MODEL.over(0.0, hot), product, rtol=1e-7)


def test_a_hold_in_closed_form():
    hot, start = 365.0, 0.7 * level(1200.0)
    rate, ground = SINKS * walk(hot), level(hot)
    times = np.array([0.0, 1e-4, 0.1, 1.0, 5.0, 60.0]) / rate
    found = MODEL.after(djx.Anneal(times[-1], hot), start, times)
    excess = (start - ground) * np.exp(-rate * times)
    np.testing.assert_allclose(found.fraction, ground + excess, rtol=1e-10)
    lost = -(start - ground) * np.expm1(-rate * times) / rate
    spread = FACTOR * walk(hot) * (ground * times + lost)
    np.testing.assert_allclose(found.spread, spread, rtol=1e-7)
    end = MODEL.after(djx.Anneal(times[3], hot), start)
    np.testing.assert_allclose(end, (found.fraction[3], found.spread[3]), rtol=1e-14)


def test_holds_one_after_the_other_are_those_holds():
    holds = [djx.Anneal(600.0, hot) for hot in (350.0, 450.0, 500.0, 420.0, 600.0)]
    c, spread, expected = MODEL.quenched(1200.0), 0.0, []
    for hold in holds:
        c, more = MODEL.after(hold, c)
        spread = spread + more
        expected.append((float(c), float(spread)))
    whole = holds[0] + holds[1] + holds[2] + holds[3] + holds[4]
    times = 600.0 * np.arange(1, 6)
    found = MODEL.after(whole, MODEL.quenched(1200.0), times)
    np.testing.assert_allclose(np.stack(found, axis=1), expected, rtol=1e-10)


def adaptive():
    """c and the spread at `TIMES`, by an implicit method, from corner to corner."""
    state, out = np.array([level(1200.0), 0.0]), []
    edges = [0.0, 50.0, 10050.0, 11050.0, 12050.0]
    ends = [(1200, 300), (365, 365), (365, 600), (600, 400)]
    for start, end, (first, last) in zip(edges, edges[1:], ends):
        hot = lambda t: first + (last - first) * (t - start) / (end - start)
        slope = lambda t, y: [
            -SINKS * walk(hot(t)) * (y[0] - level(hot(t))),
            FACTOR * walk(hot(t)) * y[0],
        ]
        at = [t for t in TIMES if start < t <= end]
        run = scipy.integrate.solve_ivp(
            slope, (start, end), state, "Radau", at, rtol=1e-10, atol=[1e-22, 1e-35]
        )
        state = run.y[:, -1]
        out += list(run.y.T)
    return np.array(out)


def test_any_history_against_an_adaptive_solver():
    found = MODEL.after(HISTORY, MODEL.equilibrium(1200.0), TIMES)
    error = np.abs(np.stack(found, axis=1) / adaptive() - 1)
    assert np.max(error) < 1e-5
    validation_row(
        "vacancies and tracer after a quench in 50 s, a hold and heating",
        "Radau of SciPy, relative tolerance 1e-10",
        None,
        float(np.max(error)),
        "256 panels between corners",
    )


def test_second_order_in_the_panels():
    run = lambda n: MODEL._run(MODEL.equilibrium(1200.0), HISTORY, TIMES[4:], n)
    coarse, middle, fine = (np.stack(run(n)) for n in (64, 128, 256))
    change = np.abs(coarse - middle)[0] / np.abs(middle - fine)[0]
    assert np.all((change > 3.8) & (change < 4.2)), change


def test_early_only_migration_late_only_formation():
    early = lambda E_v, E_m, hot, kept: _spread(E_v, E_m, hot, kept, 1e-4)
    late = lambda E_v, E_m, hot, kept: _spread(E_v, E_m, hot, kept, 40.0)
    # Before any vacancy has died D = F D_v c(0).
    np.testing.assert_allclose(
        early(0.94, 0.83, 365.0, 2e-4),
        FACTOR * walk(365.0) * 2e-4 * 1e-4 / (SINKS * walk(365.0)),
        rtol=1e-3,
    )
    # After all have, each has moved F/k² whatever its barrier was.
    for barrier, hot in ((0.83, 365.0), (0.75, 365.0), (0.83, 400.0)):
        np.testing.assert_allclose(
            late(1.3, barrier, hot, 2e-4), FACTOR * 2e-4 / SINKS, rtol=1e-3
        )


def _spread(formation, migration, hot, kept, taus):
    law = VacancyMechanism(fcc(A), formation, migration, 2e13, formation_entropy=0.7)
    model = VacancyRelaxation(law, SINKS)
    return model.after(djx.Anneal(taus / float(model.rate(hot)), hot), kept).spread


def test_from_equilibrium_nothing_changes():
    hold = djx.Anneal(3600.0, 900.0)
    c, spread = MODEL.after(hold, MODEL.equilibrium(900.0))
    np.testing.assert_allclose(c, level(900.0), rtol=1e-8)
    np.testing.assert_allclose(spread, 3600 * GOLD.over(0.0, 900.0), rtol=1e-12)


def test_the_same_rate_as_that_of_sinks_in_an_alloy():
    sinks = djx.equations.VacancySinks(
        Vacancies(0.94, 0.7), dislocations=SINKS, unit=1e-4
    )
    hot, here = jnp.asarray(900.0), jnp.asarray(0.0)
    ground = sinks.equilibrium_at(jnp.ones(1), hot, here)
    mobility = GOLD.over(0.0, 900.0) / FACTOR
    exchange = sinks.exchange_at(mobility, ground, hot, here)
    np.testing.assert_allclose(exchange / ground, MODEL.rate(900.0), rtol=1e-7)


def test_slopes_in_both_directions():
    def log(numbers):
        E_v, E_m, frequency, sinks, hot, start = numbers
        law = VacancyMechanism(
            GOLD.jumps, E_v, E_m, 2e13 * frequency, formation_entropy=0.7
        )
        model = VacancyRelaxation(law, SINKS * sinks)
        hold = djx.Anneal(3e5, 365.0 * hot)
        ramp = djx.Ramp(jnp.array([0.0, 600.0]), jnp.stack([365.0 * hot, 600.0 * hot]))
        after = (model.after(h, 2e-4 * start) for h in (hold, hold + ramp))
        return jnp.log(jnp.stack([x for one in after for x in one]))

    log = jax.jit(log)
    at = jnp.array([0.94, 0.83, 1.0, 1.0, 1.0, 1.0])
    forward, back = jax.jit(jax.jacfwd(log))(at), jax.jit(jax.jacrev(log))(at)
    step = 1e-6
    middle = [(log(at + s) - log(at - s)) / (2 * step) for s in step * jnp.eye(6)]
    np.testing.assert_allclose(forward, np.transpose(middle), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(back, forward, rtol=1e-9, atol=1e-12)


def test_no_time_and_no_vacancies_are_safe():
    def spread(start, time):
        return MODEL.after(djx.Anneal(1e3, 365.0), start, time[None]).spread[0]

    look = jax.jit(jax.value_and_grad(spread, argnums=(0, 1)))
    value, slopes = look(jnp.asarray(0.0), jnp.asarray(0.0))
    assert value == 0 and np.all(np.isfinite(slopes))
    _, (_, slope) = look(jnp.asarray(2e-4), jnp.asarray(0.0))
    np.testing.assert_allclose(slope, FACTOR * walk(365.0) * 2e-4, rtol=1e-6)


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: VacancyRelaxation(GOLD, 0.0), r"sinks=.*> 0 \(1/m²\); got 0"),
        (
            lambda: VacancyRelaxation(
                VacancyMechanism(fcc(A), 0.94, 0.83, 2e13, fraction=1e-4), 1e11
            ),
            "leave `fraction` out",
        ),
        (
            lambda: VacancyRelaxation(
                VacancyMechanism(fcc(A), 0.94, 0.83, 2e13, pressure=1e9), 1e11
            ),
            "without pressure",
        ),
        (
            lambda: VacancyRelaxation(
                VacancyMechanism(bcc(A), 0.9, 0.8, 2e13, correlation=np.eye(3)), 1e11
            ),
            "alike in all directions",
        ),
        (lambda: MODEL.quenched(1200.0, 0.0), "efficiency=.*> 0"),
        (lambda: MODEL.after(djx.Anneal(1.0, 365.0), -1.0), "initial=.*>= 0"),
    ],
)
def test_bad_input(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
