"""Both energies from films on quenched crystals, and what a quench loses."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
import inverse as inv

from ..helpers import validation_row
from .vacancies import (
    batch,
    E_M,
    E_V,
    FREE,
    gold,
    hot_films,
    JUMPS,
    kept_of,
    PLANS,
    quenched_films,
    shared,
    TRUTH,
)


PAIR = np.array([E_V, E_M])


def read(fit, what="value"):
    return np.array([getattr(fit[name], what) for name in ("E_v", "E_m")])


def film(**given):
    before, anneal, spread = PLANS[1.0][4]
    x = np.linspace(0, 4 * np.sqrt(spread), 12)
    profile = inv.Profile(x, np.exp(-(x**2) / (4 * spread)), 0.01)
    return inv.QuenchedFilm(profile, anneal, before, **given), x, spread


def test_the_profile_is_that_of_a_film_with_the_spread_of_its_vacancies():
    one, x, spread = film()
    local = {"amount": 2e-6, "origin": 1e-9, "background": 3.0, "efficiency": 1.0}
    local = {name: jnp.asarray(value) for name, value in local.items()}
    seen = one.predict(TRUTH, local, jnp.asarray(x))
    plain = djx.exact.thin_film(x - 1e-9, 1.0, spread, 2e-6, 3.0)
    np.testing.assert_allclose(seen, plain, rtol=1e-12)
    # Long before the sinks are found half the vacancies move atoms half as far.
    half = one.spread(TRUTH, jnp.asarray(0.5)) / one.spread(TRUTH)
    np.testing.assert_allclose(half, 0.5, rtol=1e-4)
    law = one.law(TRUTH)
    np.testing.assert_allclose(law.over(0.0, 365.0), spread / one.anneal.duration)
    assert one.law == one.law and hash(one.law) == hash(one.law)
    # The data alone say how far it went, and that is where a fit starts.
    found = np.exp(one.guess().log_diffusivity[0]) * one.anneal.duration
    np.testing.assert_allclose(found, spread, rtol=0.05)


def test_slopes_of_a_profile():
    one, x, _ = film()
    at = jnp.array([E_V, E_M, 1.0, 0.8])

    def values(numbers):
        local = {"origin": 0.0, "background": 0.0}
        local = {name: jnp.asarray(value) for name, value in local.items()}
        local |= {"amount": 1e-8 * numbers[2], "efficiency": numbers[3]}
        law = gold(numbers[0], numbers[1])
        return one.predict(law, local, jnp.asarray(x))

    values = jax.jit(values)
    forward, back = jax.jit(jax.jacfwd(values))(at), jax.jit(jax.jacrev(values))(at)
    step = 1e-6
    middle = [(values(at + s) - values(at - s)) / (2 * step) for s in step * jnp.eye(4)]
    size = np.max(np.abs(forward))
    np.testing.assert_allclose(forward, np.transpose(middle), atol=1e-6 * size)
    np.testing.assert_allclose(back, forward, atol=1e-10 * size)


def test_equilibrium_alone_knows_two_numbers_of_four():
    entropy = inv.Free("law.formation_entropy", scale=1.0, name="S")
    fit = inv.fit(
        gold(1.2, 0.6), hot_films(np.random.default_rng(1)), [*FREE[:3], entropy]
    )
    assert set(fit.verdicts) == {
        "the data fix only E_v + E_m",
        "the data fix only ln nu + S",
    }
    assert all(np.isinf(read(fit, "stderr")))
    assert "E_v + E_m" in fit["E_m"].verdict
    both, error = fit.predict(lambda m: m.law.formation_energy + m.law.migration_energy)
    assert error < 0.01 and abs(both - E_V - E_M) < 3.5 * error
    # The null vectors in natural units, (1, -1) in (E_v, E_m) and in (ln nu, S).
    known = fit.clean[2]
    assert known.rank == len(fit.names) - 2
    scales = np.array([0.3, 0.3, 2.0, 1.0])
    basis = np.linalg.qr(known.flat.T)[0]
    for pair in ((0, 1), (2, 3)):
        null = np.zeros(len(fit.names))
        null[list(pair)] = np.array([1.0, -1.0]) / scales[list(pair)]
        null /= np.linalg.norm(null)
        assert np.linalg.norm(null - basis @ (basis.T @ null)) < 1e-8


def test_two_durations_are_enough_where_the_strength_of_the_sinks_is_known():
    # One has two answers: vacancies that have hardly begun to die, and such as all
    # have, early.
    rng = np.random.default_rng(2)
    films = [*hot_films(rng, 2), *quenched_films(rng, which=[4, 5])]
    fit = inv.fit(gold(1.2, 0.6), films, FREE[:3])
    assert fit.verdicts == () and all(read(fit, "stderr") < [0.02, 0.02])
    assert all(np.abs(read(fit) - PAIR) < 3 * read(fit, "stderr"))


def from_anywhere(rng, films):
    """A fit from starts up to 0.4 eV off, sinks and frequency up to ten times; and how
    many were tried. One whose chi2 is far too large ended in another valley, where
    vacancies are gone before the anneal, or never go."""
    for tries in range(1, 6):
        start = gold(
            rng.uniform(0.6, 1.4),
            rng.uniform(0.5, 1.2),
            *np.exp(rng.uniform(-2.3, 2.3, 2)) * (2e13, 1e11),
        )
        fit = inv.fit(start, films, FREE, throw=False)
        if fit.converged and fit.chi2 < 2 * fit.dof:
            return fit, tries
    raise AssertionError("five starts failed")


@pytest.mark.slow
def test_thirteen_profiles_give_both_energies_with_honest_errors():
    value, inside, score, tries = [], [], [], []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        fit, tried = from_anywhere(rng, [*hot_films(rng), *quenched_films(rng)])
        tries.append(tried)
        value.append(read(fit))
        inside.append((read(fit, "lower") <= PAIR) & (PAIR <= read(fit, "upper")))
        score.append(np.abs(read(fit) - PAIR) / read(fit, "stderr"))
        assert all(fit[name].verdict == "determined" for name in ("E_v", "E_m"))
    assert np.mean(np.array(tries) == 1) > 0.9
    assert np.max(score[:20]) < 3
    missed = 1 - np.mean(inside, axis=0)
    assert np.all(np.abs(missed - 0.05) < 0.04), missed
    off = np.mean(value, axis=0) - PAIR
    assert np.all(np.abs(off) < 4 * np.std(value, axis=0) / np.sqrt(200))
    for name, miss, spread in zip(("E_v", "E_m"), missed, np.std(value, axis=0)):
        validation_row(
            f"95 % intervals of {name} from 13 tracer profiles, 200 repeats",
            "the truth; error is the share of intervals that miss it (0.05 is meant)",
            None,
            float(miss),
            f"standard deviation {1e3 * spread:.1f} meV",
        )


@pytest.mark.slow
def test_what_a_quench_loses_goes_into_the_energies_unless_it_is_told():
    repeats = 25
    plain, told, chi2 = [], [], []
    for seed in range(repeats):
        rng = np.random.default_rng(seed)
        hot = hot_films(rng)
        lossy = quenched_films(rng, 0.7)
        fit = inv.fit(gold(), [*hot, *lossy], FREE)
        plain.append((read(fit), read(fit, "stderr")))
        chi2.append(fit.chi2 / fit.dof)
        rng = np.random.default_rng(seed)
        films = [*hot_films(rng), *quenched_films(rng, 0.7, kept_of)]
        fit = inv.fit(batch(gold()), films, shared(inv.LogNormal(0.85, 1.4)))
        told.append((read(fit), read(fit, "stderr")))
    bias = lambda runs: np.mean([value for value, _ in runs], axis=0) - PAIR
    unmodelled, modelled = bias(plain), bias(told)
    # 30 % lost: E_m is too high by 18 meV, 19 of its standard errors; chi2 is blind.
    assert unmodelled[1] > 0.015 and unmodelled[1] > 15 * plain[0][1][1]
    assert unmodelled[0] < -0.005 and np.mean(chi2) < 1.1
    spread = np.std([value for value, _ in told], axis=0)
    assert np.all(np.abs(modelled) < 4 * spread / np.sqrt(repeats)), modelled
    error = np.mean([error for _, error in told], axis=0)
    assert np.all((spread < 1.4 * error) & (spread > 0.6 * error))
    for name, runs in (
        ("not told", unmodelled),
        ("a parameter with a prior", modelled),
    ):
        validation_row(
            f"E_m where 30 % of the vacancies are lost in the quench, {name}",
            "what was put in (eV)",
            None,
            float(abs(runs[1])),
            f"mean of {repeats} repeats",
        )


def test_bad_input():
    bad: list[tuple[dict[str, Any], str]] = [
        (dict(quench_temperature=-1.0), "quench_temperature=.*> 0"),
        (dict(quench_temperature=1e3, efficiency=0.0), "efficiency=.*> 0"),
    ]
    for given, sentence in bad:
        one, _, _ = film()
        with pytest.raises(ValueError, match=sentence):
            inv.QuenchedFilm(one.profile, one.anneal, **given)
    one, _, _ = film()
    with pytest.raises(ValueError, match="need a `VacancyRelaxation`.*Constant"):
        one.spread(djx.diffusivity.Constant(1e-14))


def test_by_default_the_sinks_are_free_beside_the_hops():
    law = djx.diffusivity.VacancyMechanism(JUMPS, E_V, E_M, 2e13)
    model = djx.kinetics.VacancyRelaxation(law, 1e11)
    fit = inv.fit(model, film()[0], throw=False)
    assert fit.names[:4] == (
        "law.formation_energy",
        "law.migration_energy",
        "law.attempt_frequency",
        "sinks",
    )
    assert "amount" in fit.names[4]
