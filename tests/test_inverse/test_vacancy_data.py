"""What resistivity, length and positrons know of a vacancy, and what they do not."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
import inverse as inv

from .vacancies import E_M, E_V, ENTROPY, FREE, gold, hot_films, TRUTH


ENTROPIES = [inv.Free("law.formation_entropy", scale=1.0, name="S")]
HOT = np.linspace(900.0, 1300.0, 6)
LEVEL = np.asarray(TRUTH.equilibrium(HOT))
STEPS = [330.0, 350.0, 370.0, 390.0, 410.0, 430.0, 450.0]
TIMES = 600.0 * np.arange(1, len(STEPS) + 1)
START = float(TRUTH.quenched(1200.0))


def isochronal():
    anneal = djx.Anneal(600.0, STEPS[0])
    for hot in STEPS[1:]:
        anneal = anneal + djx.Anneal(600.0, hot)
    return anneal


def quenched(rng, **given):
    value = 1.7e-6 * LEVEL * (1 + 0.02 * rng.normal(size=6))
    data = inv.Readings(value, 0.02 * 1.7e-6 * LEVEL, at=HOT, name="quenched")
    return inv.VacancySignal(data, **given)


def dilatometry(rng):
    data = inv.Readings(LEVEL / 3 + 1e-6 * rng.normal(size=6), 1e-6, at=HOT)
    return inv.VacancySignal(data, per_vacancy=1 / 3)


def positrons(rng):
    hot = np.linspace(500.0, 1200.0, 15)
    odds = 1e5 * np.asarray(TRUTH.equilibrium(hot))
    value = (117 + 180 * odds) / (1 + odds) + 0.3 * rng.normal(size=15)
    return inv.Positrons(inv.Readings(value, 0.3, at=hot, name="positrons"))


def resistivity(rng):
    left = np.asarray(TRUTH.after(isochronal(), START, TIMES).fraction) / START
    value = 4e-10 * (left + 0.005 * rng.normal(size=len(TIMES)))
    data = inv.Readings(value, 2e-12, at=TIMES, name="isochronal")
    return inv.ResistivityAnneal(data, isochronal(), 1200.0)


def near(fit, name, truth):
    one = fit[name]
    assert one.verdict == "determined", fit.table
    assert abs(one.value - truth) < 3 * one.stderr


def test_dilatometry_knows_the_energy_and_the_entropy_of_formation():
    free = [*FREE[:2], *ENTROPIES]
    fit = inv.fit(gold(1.1, 0.9), dilatometry(np.random.default_rng(0)), free)
    near(fit, "E_v", E_V)
    near(fit, "S", ENTROPY)
    assert fit["E_m"].verdict.endswith("the data do not depend on E_m")


def test_quenched_resistivity_and_positrons_know_the_energy_alone():
    for experiment in (quenched, positrons):
        one = experiment(np.random.default_rng(1))
        fit = inv.fit(gold(1.1, 0.9), one, [FREE[0], *ENTROPIES])
        near(fit, "E_v", E_V)
        assert fit["S"].verdict.endswith("the data do not depend on S")


def test_how_resistivity_falls_knows_the_barrier_and_one_product():
    fit = inv.fit(gold(0.94, 0.78), resistivity(np.random.default_rng(2)), FREE[1:])
    near(fit, "E_m", E_M)
    assert "the data fix only ln nu + ln sinks" in fit.verdicts
    assert abs(fit["amplitude"].value - 4e-10) < 4 * fit["amplitude"].stderr


@pytest.mark.slow
def test_joined_with_equilibrium_films_one_gauge_is_left():
    rng = np.random.default_rng(3)
    joined = [*hot_films(rng), quenched(rng), resistivity(rng)]
    fit = inv.fit(gold(1.1, 0.75), joined, [*FREE, *ENTROPIES])
    near(fit, "E_v", E_V)
    near(fit, "E_m", E_M)
    assert len(fit.verdicts) == 1
    assert all(name in fit.verdicts[0] for name in ("ln nu", "ln sinks", "S"))
    known = fit.clean[2]
    null = np.zeros(len(fit.names))
    null[2:5] = np.array([1.0, -1.0, -1.0]) / [2.0, 2.0, 1.0]
    null /= np.linalg.norm(null)
    assert abs(abs(null @ known.flat[0]) - 1) < 1e-8
    # What fixes the number of vacancies fixes all.
    fit = inv.fit(gold(1.1, 0.75), [*joined, dilatometry(rng)], [*FREE, *ENTROPIES])
    assert fit.verdicts == ()
    for name, truth in (("E_v", E_V), ("E_m", E_M), ("S", ENTROPY)):
        near(fit, name, truth)


def test_numbers_that_are_given_and_such_as_the_model_gives():
    rng = np.random.default_rng(0)
    at, local = jnp.asarray(HOT), {"offset": jnp.asarray(1e-12)}
    held = quenched(rng, per_vacancy=1.7e-6, efficiency=0.8)
    seen = held.predict(TRUTH, local | {"efficiency": jnp.asarray(0.8)}, at)
    np.testing.assert_allclose(seen, 1e-12 + 0.8 * 1.7e-6 * LEVEL, rtol=1e-12)
    picked = quenched(
        rng, per_vacancy=lambda m: 1e-19 * m.sinks, efficiency=lambda m: 0.5
    )
    assert set(picked.locals()) == {"offset"}
    np.testing.assert_allclose(
        picked.predict(TRUTH, local, at), 1e-12 + 0.5e-8 * LEVEL, rtol=1e-12
    )
    relative = quenched(rng)
    assert set(relative.locals()) == {"offset", "amplitude"}
    top = relative.predict(TRUTH, local | {"amplitude": jnp.asarray(3.0)}, at[-1:])
    np.testing.assert_allclose(top, 3.0, rtol=1e-9)
    # Of a mechanism that knows no sinks as well.
    alone = dilatometry(rng).predict(
        TRUTH.law, {"offset": jnp.zeros(()), "efficiency": jnp.ones(())}, at
    )
    np.testing.assert_allclose(alone, LEVEL / 3, rtol=1e-12)


def test_slopes():
    rng = np.random.default_rng(0)
    ones = quenched(rng), positrons(rng), resistivity(rng)
    rest = [
        {"offset": 0.0, "amplitude": 1.0},
        {"free": 0.2, "trapped": 1.0, "halfway": 900.0},
        {"offset": 0.0, "amplitude": 1.0},
    ]

    def values(pair):
        law = gold(pair[0], pair[1])
        given = [{k: jnp.asarray(v) for k, v in row.items()} for row in rest]
        rows = [e.predict(law, row, e.data.at) for e, row in zip(ones, given)]
        return jnp.concatenate(rows)

    values, at, step = jax.jit(values), jnp.array([E_V, E_M]), 1e-6
    forward, back = jax.jit(jax.jacfwd(values))(at), jax.jit(jax.jacrev(values))(at)
    middle = [(values(at + s) - values(at - s)) / (2 * step) for s in step * jnp.eye(2)]
    np.testing.assert_allclose(forward, np.transpose(middle), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(back, forward, rtol=1e-9, atol=1e-12)
    # Positrons that are all free, or all trapped, leave finite slopes.
    extreme = gold(5.0, E_M), gold(0.0, E_M)
    slope = jax.jit(jax.grad(lambda e: jnp.sum(values(jnp.stack([e, at[1]])))))
    assert all(np.isfinite(slope(law.law.formation_energy)) for law in extreme)


def test_bad_input():
    data = inv.Readings(np.ones(3), 0.1, at=np.array([300.0, 0.0, 500.0]))
    for make, sentence in [
        (lambda: inv.VacancySignal(data), "temperatures > 0"),
        (lambda: inv.Positrons(data), "temperatures > 0"),
        (lambda: quenched(np.random.default_rng(0), per_vacancy=0.0), "per_vacancy="),
        (
            lambda: inv.ResistivityAnneal(data, djx.Anneal(1.0, 300.0), 0.0),
            "quench_temperature=",
        ),
    ]:
        with pytest.raises(ValueError, match=sentence):
            make()
