"""Times to find: a hold of unknown length or temperature, and what tells it."""

import re
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
import inverse as inv

from ..helpers import validation_row


KELVIN = 8.617333262e-5  # eV/K
HOT, TIME, Q = 1463.0, 3e7, 201 / 96.485332
X = np.linspace(-1.0, 1.0, 60)
TRUTH = djx.diffusivity.Arrhenius(6e-10, Q)
LENGTH = float(np.sqrt(TRUTH.over(0.0, HOT) * TIME))
WARM = inv.Free(prior=inv.Normal(HOT, 20.0), unit="K", scale=20.0)
UNKNOWN = inv.Hold(temperature=WARM)


def published(sd_log=0.1, sd_activation=0.1, at=HOT):
    """An Arrhenius law known to 10 % where it was measured, with its covariance."""
    mean = np.array([np.log(6e-10), Q])
    lever = np.array([1 / (KELVIN * at), 1.0])
    cov = sd_activation**2 * np.outer(lever, lever)
    cov[0, 0] += sd_log**2
    return inv.MultivariateNormal(("prefactor", "activation"), mean, cov)


def couple(seed=0, anneal: djx.AbstractAnneal = UNKNOWN, sigma=0.008, **options):
    x = 3 * LENGTH * X
    d = float(TRUTH.over(0.0, HOT))
    clean = np.asarray(djx.exact.couple(x, TIME, d, left=0.0, right=1.0))
    noise = sigma * np.random.default_rng(seed).normal(size=60)
    profile = inv.Profile(x, clean + noise, sigma, name="rim")
    return inv.Couple(profile, anneal, 0.0, 1.0, origin=0.0, **options)


def test_a_time_has_the_error_of_its_law_and_its_temperature():
    found = inv.fit(TRUTH, couple(), priors=published())
    time = found["duration"]
    assert time.verdict.startswith("set by the prior of")
    budget = found.budget("duration")
    # 2 % of the profile, 10 % of the law, 20 K at 201 kJ/mol.
    wanted = np.exp(np.hypot(0.1, Q / (KELVIN * HOT**2) * 20))
    assert budget.logged and budget.factor == pytest.approx(wanted, rel=0.01)
    assert budget.factor == pytest.approx(1.28, abs=0.01)
    assert abs(np.log(time.value / TIME)) < 3 * budget.error
    parts = list(budget.shares)
    assert parts == ["prior of temperature", "prior of prefactor and activation", "rim"]
    assert sum(budget.shares.values()) == pytest.approx(1.0)
    assert 0.78 < budget.shares["prior of temperature"] < 0.88
    assert 0.01 < np.sqrt(budget.shares["rim"]) * budget.error < 0.03
    assert "factor 1.28" in repr(budget)
    validation_row(
        "error of a time from 2 % of a profile, 10 % of a law and 20 K",
        "sum of the squares; error is that of the factor of one standard deviation",
        None,
        abs(budget.factor / wanted - 1),
        "couple of 60 points, Q = 201 kJ/mol, 1463 K",
    )


def test_without_the_covariance_the_law_is_nothing_worth():
    free = [
        inv.Free("prefactor", inv.Log(), prior=inv.LogNormal(6e-10, np.exp(0.8))),
        inv.Free("activation", prior=inv.Normal(Q, 0.1)),
    ]
    apart = inv.fit(TRUTH, couple(), free).budget("duration")
    joint = inv.fit(TRUTH, couple(), priors=published()).budget("duration")
    assert apart.error > 3 * joint.error


def test_times_cover_the_truth_as_often_as_they_say():
    off, random = [], np.random.default_rng(5)
    prior = published()
    root = np.asarray(prior.root)
    for seed in range(60):
        log, activation = np.asarray(prior.mean) + root @ random.normal(size=2)
        law = djx.diffusivity.Arrhenius(np.exp(log), activation)
        hot = HOT + 20 * random.normal()
        x, d = 3 * LENGTH * X, float(law.over(0.0, hot))
        clean = np.asarray(djx.exact.couple(x, TIME, d, left=0.0, right=1.0))
        noisy = clean + 0.008 * random.normal(size=60)
        profile = inv.Profile(x, noisy, 0.008, name="rim")
        one = inv.Couple(profile, UNKNOWN, 0.0, 1.0, origin=0.0)
        found = inv.fit(TRUTH, one, priors=prior)["duration"]
        off.append(np.log(found.value / TIME) / (found.stderr / found.value))
    assert np.mean(np.abs(off) < 1.96) >= 0.88
    assert 0.75 < np.std(off) < 1.25


@pytest.mark.parametrize("time", [1e2, 1e6, 1e13])
def test_where_a_time_begins_does_not_matter(time):
    own = inv.Free(transform=inv.Log(), init=time, unit="s")
    held = inv.Hold(own, HOT)
    found = inv.fit(TRUTH, couple(anneal=held), priors=published())
    assert abs(np.log(found["duration"].value / TIME)) < 0.3


def test_a_profile_alone_tells_no_time():
    plan = inv.planned(3 * LENGTH * X, 0.008, name="rim")
    start = inv.Free(transform=inv.Log(), init=TIME, scale=2.3, unit="s")
    one = inv.Couple(plan, inv.Hold(start, HOT), 0.0, 1.0, origin=0.0)
    free = inv.Free("value", inv.Log(), name="D", unit="m²/s")
    law = djx.diffusivity.Constant(float(TRUTH.over(0.0, HOT)))
    report = inv.identify(law, one, free)
    assert not report.identifiable
    assert report.structural == ("the data fix only ln D + ln duration",)
    (pair,) = report.confounded
    assert set(pair.names) == {"D", "duration"}
    assert "only their product" in pair.advice
    found = inv.fit(law, couple(anneal=inv.Hold(temperature=HOT)), free)
    assert np.isinf(found["duration"].stderr)
    with pytest.raises(ValueError, match="nothing determines it"):
        found.budget("duration")


def exchange(kind, anneal, name, x):
    plan = inv.planned(x, 0.01, name=name)
    if kind == "half":
        return inv.HalfSpace(plan, anneal, 1.0, 0.0, law=first)
    if kind == "film":
        return inv.ThinFilm(plan, anneal, LENGTH, law=first)
    middle = inv.planned(x - x[-1] / 2, 0.01, name=name)
    edges = (2.2 * float(x[-1]),) * 3
    return inv.Block(middle, anneal, edges, 0, 1, 1.0, 0.0, law=first)


def first(model):
    return model["law"]


def length(model):
    return model["time"]


def heat(model):
    return model["heat"]


@pytest.mark.parametrize("kind", ["half", "film", "block"])
def test_samples_of_one_event_share_its_time(kind):
    x = np.linspace(0.1, 3.0, 25) * LENGTH
    model = {"law": TRUTH, "time": jnp.asarray(TIME), "heat": jnp.asarray(HOT)}
    shared = inv.Hold(length, heat)
    data = inv.simulate(model, [exchange(kind, shared, n, x) for n in "ab"], seed=1)
    known = exchange(kind, djx.Anneal(TIME, HOT), "a", x)
    clean = inv.simulate(model, exchange(kind, shared, "a", x))[0]
    np.testing.assert_allclose(
        clean.data.value, inv.simulate(model, known)[0].data.value, rtol=1e-13
    )
    free = [
        inv.Free("['time']", inv.Log(), scale=2.3, name="time", unit="s", init=1e5),
        inv.Free("['heat']", prior=inv.Normal(HOT, 5.0), name="heat", unit="K"),
    ]
    found = inv.fit(model, data, free)
    assert set(found.names) == {"time", "heat"}
    error = found.budget("time").error
    assert error == pytest.approx(Q / (KELVIN * HOT**2) * 5, rel=0.1)
    assert abs(np.log(found["time"].value / TIME)) < 3 * error


def test_the_prediction_has_the_slopes_of_differences():
    one, at = couple(), jnp.linspace(-LENGTH, LENGTH, 5)
    local = {k: jnp.asarray(v) for k, v in one.locals().items() if k in ("left",)}
    local |= {"right": jnp.ones(()), "origin": jnp.zeros(())}

    @jax.jit
    def values(u):
        own = local | {"duration": TIME * jnp.exp(u), "temperature": HOT + 10 * u}
        return one.predict(TRUTH, own, at)

    slope, h = jax.jvp(values, (0.2,), (1.0,))[1], 1e-3
    difference = (values(0.2 + h) - values(0.2 - h)) / (2 * h)
    np.testing.assert_allclose(slope, difference, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize(
    "options,words",
    [
        ({}, "must be a number (K), a function, or a `Free` with an `init`"),
        ({"temperature": inv.Free()}, "or a prior to start from."),
        ({"temperature": -5.0}, "must be one finite number > 0 (K)."),
        ({"duration": 0.0, "temperature": HOT}, "must be one finite number > 0 (s)."),
        (
            {"duration": inv.Free(transform=inv.Simplex()), "temperature": HOT},
            "is one number; `Simplex` is for arrays of the model.",
        ),
    ],
)
def test_wrong_arguments_are_told(options: Any, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        inv.Hold(**options)


def test_what_needs_a_known_history_says_so():
    profile = couple().profile
    with pytest.raises(ValueError, match="`Hold` is for couples, half spaces"):
        inv.QuenchedFilm(profile, UNKNOWN, 1600.0)


def test_the_diffusivity_of_a_fit_is_read_at_its_temperature():
    warm = inv.Free(init=1400.0, scale=20.0, unit="K")
    held = inv.Hold(TIME, warm)
    law = inv.Free("prefactor", inv.Log(), prior=inv.LogNormal(6e-10, 1.01))
    found = inv.fit(TRUTH, couple(anneal=held), law)
    assert found["temperature"].value == pytest.approx(HOT, abs=5)
    middle = found.diffusivity(0.5)[0]
    wanted = found.model.over(0.5, found["temperature"].value)
    assert middle[0] == pytest.approx(float(wanted))


def test_a_reference_temperature_comes_from_the_hold():
    both = inv.Free(("prefactor", "activation"), inv.ArrheniusAt())
    tied = inv.Hold(length, heat)
    model = {"law": TRUTH, "time": jnp.asarray(TIME), "heat": jnp.asarray(HOT)}
    one = couple(anneal=tied, law=first)
    with pytest.raises(ValueError, match="no temperature of their own"):
        there = inv.Free(("['law'].prefactor", "['law'].activation"), both.transform)
        inv.identify(model, one, there)
    # As much as from a known anneal, of one nobody shares.
    known = inv.identify(TRUTH, couple(anneal=djx.Anneal(TIME, HOT)), both)
    held = inv.identify(TRUTH, couple(anneal=inv.Hold(TIME, HOT)), both)
    assert held.names == known.names
    assert held.structural == known.structural


def test_a_march_takes_the_time_that_the_similarity_takes():
    law = djx.diffusivity.Activated(
        djx.diffusivity.Exponential(3e-17, 0.5), Q, reference_temperature=HOT
    )
    plan = inv.planned(2 * LENGTH * X[::4], 0.01, name="rim")
    ends: dict[str, Any] = {"left": 0.0, "right": 1.0, "origin": 0.0}
    local = {k: jnp.asarray(v) for k, v in ends.items()}
    local |= {"duration": jnp.asarray(0.6 * TIME), "temperature": jnp.asarray(1450.0)}
    own = inv.Free(transform=inv.Log(), init=TIME)
    roads: list[Any] = ["similarity", "march"]
    both = [
        inv.Couple(plan, inv.Hold(own, HOT), road=road, cells=200, **ends).predict(
            law, local, plan.at
        )
        for road in roads
    ]
    np.testing.assert_allclose(both[0], both[1], atol=5e-4)
