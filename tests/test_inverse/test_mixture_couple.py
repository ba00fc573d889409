"""Profiles and markers of one couple of mixtures in one experiment."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
import inverse as inv


TIME = 3.6e5
ANNEAL = djx.Anneal(TIME, 1273.0)
X = np.linspace(-6e-4, 6e-4, 40)
ORIGIN = 2e-5
TRUTH = {"a": jnp.log(2e-14), "b": jnp.log(8e-14)}
START = {"a": jnp.log(5e-14), "b": jnp.log(5e-14)}
FREE = [
    inv.Free("['a']", scale=1.0, name="ln D_A"),
    inv.Free("['b']", scale=1.0, name="ln D_B"),
]


def alloy(model):
    return djx.diffusivity.Multicomponent(
        {"A": jnp.exp(model["a"]), "B": jnp.exp(model["b"])}
    )


def made(profile=True, markers=True, **options):
    """A narrow couple, measured: D_A and D_B act on its profile alike."""
    wires = inv.planned_readings(np.array([0.0, -4e-5]), 2e-7, "wires")
    plan = inv.MixtureCouple(
        {"B": inv.planned(X, 0.001, "scan")} if profile else None,
        ANNEAL,
        left={"B": inv.Free(init=0.4) if profile else 0.4},
        right={"B": 0.6},
        origin=inv.Free(init=ORIGIN) if profile else ORIGIN,
        markers=wires if markers else None,
        law=alloy,
        cells=100,
        **options,
    )
    return inv.simulate(TRUTH, plan, seed=1)[0]


def test_markers_tell_the_components_apart_and_a_profile_does_not():
    alone = inv.fit(START, made(markers=False), FREE)
    both = inv.fit(START, made(), FREE)
    for name, key in (("ln D_A", "a"), ("ln D_B", "b")):
        one = both[name]
        assert one.verdict == "determined" and one.stderr < 0.08
        assert abs(one.value - float(TRUTH[key])) < 3.5 * one.stderr
        assert alone[name].stderr > 3 * one.stderr
    assert abs(both["origin"].value - ORIGIN) < 3.5 * both["origin"].stderr
    assert abs(both["left B"].value - 0.4) < 3.5 * both["left B"].stderr
    assert both.experiments[0].data.name == "B, markers"
    assert alone.experiments[0].data.name == "scan"
    # The start comes from the data alone.
    guess = made().guess()
    assert abs(guess.local["origin"] - ORIGIN) < 2e-5
    assert abs(guess.local["left B"] - 0.4) < 0.01
    assert guess.local["shift"] == 0.0


def test_what_is_joined_is_what_each_part_alone_would_be():
    blur = inv.GaussianBlur(inv.Free(init=2e-5))
    scan = inv.Profile(X, np.linspace(0.4, 0.6, 40), 0.001, response=blur)
    fast = inv.Readings(np.zeros(2), 1e-12, at=np.array([0.0, 1e-4]))
    ends = {"B": 0.4}, {"B": 0.6}
    options: dict[str, Any] = dict(origin=ORIGIN, law=alloy, cells=100)
    joined = inv.MixtureCouple(
        {"B": scan, "A": scan}, ANNEAL, *ends, velocities=fast, **options
    )
    assert set(joined.locals()) == {
        *("origin", "left B", "right B", "A width", "B width")
    }
    (whole,) = inv.simulate(TRUTH, joined)
    alone = [
        inv.MixtureCouple({"B": scan}, ANNEAL, *ends, **options),
        inv.MixtureCouple({"A": scan}, ANNEAL, *ends, **options),
        inv.MixtureCouple(None, ANNEAL, *ends, velocities=fast, **options),
    ]
    parts = inv.simulate(TRUTH, alone)
    value = np.concatenate([np.asarray(part.data.value) for part in parts])
    np.testing.assert_allclose(whole.data.value, value, rtol=1e-9)
    np.testing.assert_allclose(value[:40] + value[40:80], 1.0, rtol=1e-9)


def test_three_components_are_named_and_one_is_the_rest():
    law = djx.diffusivity.Multicomponent({"A": 2e-14, "B": 8e-14, "C": 4e-14})
    scans = {name: inv.planned(X, 0.001) for name in ("C", "A")}
    plan = inv.MixtureCouple(
        scans, ANNEAL, {"C": 0.1, "B": 0.2}, {"A": 0.3, "C": 0.4}, origin=ORIGIN
    )
    found = np.asarray(inv.simulate(law, plan)[0].data.value).reshape(2, 40)
    left, right = jnp.array([0.7, 0.2, 0.1]), jnp.array([0.3, 0.3, 0.4])
    both = djx.equations.mixture_similarity(law, left, right, 1273.0, cells=200)
    wanted = np.asarray(both.at(X - ORIGIN, TIME))
    np.testing.assert_allclose(found, wanted[:, [2, 0]].T, rtol=1e-12)


def test_a_shift_of_the_markers_is_one_of_their_starts():
    one = made(profile=False, shift=inv.Free(init=0.0))
    assert set(one.locals()) == {"origin", "left B", "right B", "shift"}
    local = {"origin": ORIGIN, "left B": 0.4, "right B": 0.6}
    local = {name: jnp.asarray(value) for name, value in local.items()}
    moved = one.data.at + jnp.array([[3e-6, 0.0, 0.0]])
    predict = jax.jit(lambda s, at: one.predict(TRUTH, local | {"shift": s}, at))
    np.testing.assert_allclose(
        predict(jnp.asarray(3e-6), one.data.at),
        predict(jnp.asarray(0.0), moved),
        rtol=1e-12,
    )


@pytest.mark.slow
def test_a_ramp_of_no_slope_is_a_hold_and_a_march_may_ask_early():
    flat = djx.Ramp(jnp.array([0.0, TIME]), jnp.array([1273.0, 1273.0]))
    scan = inv.planned(X, 0.001)
    at = np.array([[-3e-5, 0.3 * TIME], [-3e-5, TIME]])
    wires = inv.planned_readings(at, 1e-6)
    values = []
    for anneal in (ANNEAL, flat):
        plan = inv.MixtureCouple(
            *({"B": scan}, anneal, {"B": 0.0}, {"B": 1.0}, wires),
            origin=ORIGIN,
            law=alloy,
            cells=100,
        )
        assert plan.road == ("similarity" if anneal is ANNEAL else "march")
        values.append(np.asarray(inv.simulate(TRUTH, plan)[0].data.value))
    np.testing.assert_allclose(values[1][:40], values[0][:40], atol=5e-4)
    np.testing.assert_allclose(values[1][40:], values[0][40:], atol=1e-6)
    # Where a fit steps below 0 a march has no number, and does not stop the fit.
    local = {name: jnp.asarray(one) for name, one in plan.locals().items()}
    below = local | {"left B": jnp.asarray(-0.01)}
    predict = jax.jit(lambda local: plan.predict(TRUTH, local, plan.data.at))
    assert np.all(np.isnan(predict(below))) and np.all(np.isfinite(predict(local)))


def test_bad_input():
    scan, ends = inv.planned(X, 0.001), ({"B": 0.4}, {"B": 0.6})
    loose = inv.Profile(X, X)
    wires = inv.planned_readings(np.array([0.0]), 1e-6)
    late = inv.planned_readings(np.array([[0.0, 2 * TIME]]), 1e-6)
    flat = djx.Ramp(jnp.array([0.0, TIME]), jnp.array([1273.0, 1273.0]))
    odd = inv.planned(X, 0.001, noise=inv.StudentT())
    for given, sentence in [
        ((None, ANNEAL, *ends), "something measured"),
        (({"B": scan}, ANNEAL, {"B": 1.4}, {"B": 0.6}), "left=.*from 0 to 1"),
        ((None, ANNEAL, {"B": None}, {"B": 0.6}, wires), "no profile to start from"),
        ((None, ANNEAL, *ends, late), r"up to 360000 s"),
        ((None, flat, *ends, wires), "reach="),
        (({"B": loose}, ANNEAL, *ends, wires), "each needs its `sigma`"),
        (({"B": odd}, ANNEAL, *ends, wires), "`Gaussian` noise only"),
    ]:
        with pytest.raises(ValueError, match=sentence):
            inv.MixtureCouple(*given)
    for law, name, sentence in [
        (djx.diffusivity.Constant(1e-14), "B", "needs a `diffjax.*Constant"),
        (alloy(TRUTH), "C", "all but one of A, B; it names C"),
    ]:
        one = inv.MixtureCouple({name: scan}, ANNEAL, {name: 0.4}, {name: 0.6})
        local = {"origin": 0.0, f"left {name}": 0.4, f"right {name}": 0.6}
        local = {key: jnp.asarray(value) for key, value in local.items()}
        with pytest.raises(ValueError, match=sentence):
            one.predict(law, local, one.data.at)
