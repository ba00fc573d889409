"""Amounts and rates in time: closed forms, marches, and ramps of two rates."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
import inverse as inv

from ..helpers import observed_order, validation_row


D, HOLD, SIZE = 1e-13, djx.Anneal(3.6e5, 1000.0), 2e-4
AT = np.linspace(2e4, 3.6e5, 8)
LAW = djx.diffusivity.Constant(D)
GAS = djx.diffusivity.Arrhenius(1e-6, 0.8)


def curve(law: Any = LAW, at=AT, anneal: Any = HOLD, **options):
    """What a model gives."""
    given: dict[str, Any] = dict(size=SIZE, shape="sphere", amount=1.0) | options
    plan = inv.Uptake(inv.planned_readings(at, 1.0), anneal, **given)
    return np.asarray(inv.simulate(law, plan)[0].data.value)


def desorption(minutes, **options):
    """A plate of 0.2 mm from 300 to 1000 K, 2 % of the peak as error."""
    end = 60.0 * minutes
    ramp = djx.Ramp(jnp.array([0.0, end]), jnp.array([300.0, 1000.0]))
    plan = inv.planned_readings(np.linspace(0.2, 1.0, 40) * end, 0.06 / end, "ramp")
    given: dict[str, Any] = dict(
        signal="rate",
        amount=inv.Free(init=1.0, transform=inv.Log()),
        initial=1.0,
        outside=0.0,
    )
    return inv.Uptake(plan, ramp, 2e-4, **given | options)


@pytest.mark.parametrize("shape", ["slab", "cylinder", "sphere"])
def test_a_hold_gives_the_closed_forms(shape):
    held = getattr(djx.exact, f"{shape}_fraction")(AT, D, SIZE)
    slow = getattr(djx.exact, f"{shape}_exchange_fraction")(AT, D, SIZE, 1e-9)
    np.testing.assert_allclose(curve(shape=shape), held, rtol=1e-12)
    found = curve(shape=shape, exchange=1e-9, amount=-2.0, background=5.0)
    np.testing.assert_allclose(found, 5 - 2 * slow, rtol=1e-12)
    # A law of the temperature may stand for the exchange; a delay moves the clock.
    law = djx.diffusivity.Constant(1e-9)
    late = curve(at=AT[1:], shape=shape, exchange=lambda m: law, start=1e4)
    moved = curve(at=AT[1:] - 1e4, shape=shape, exchange=1e-9)
    np.testing.assert_allclose(late, moved, rtol=1e-12)


def test_a_rate_is_what_an_amount_gains_and_nothing_passes_before_the_start():
    fine = np.linspace(5e4, 3e5, 401)
    for given in (dict(), dict(exchange=1e-9)):
        rate = curve(at=fine, signal="rate", **given)
        gain = np.trapezoid(rate, fine)
        amount = curve(at=fine, **given)
        np.testing.assert_allclose(gain, amount[-1] - amount[0], rtol=5e-5)
    for signal in ("amount", "rate"):
        early = curve(start=1e5, signal=signal, background=3.0)
        assert np.all(early[:2] == 3.0) and np.all(early[3:] > 3.0)


def test_along_a_ramp_only_the_integral_of_the_diffusivity_matters():
    one = desorption(60.0, signal="amount", amount=1.0)
    value = np.asarray(inv.simulate(GAS, one)[0].data.value)
    t = np.linspace(0.0, 3600.0, 40001)
    d = np.asarray(GAS.over(0.0, 300 + 700 * t / 3600))
    passed = np.concatenate([[0.0], np.cumsum(0.5 * (d[1:] + d[:-1]) * np.diff(t))])
    passed = np.interp(np.asarray(one.data.at), t, passed)
    wanted = djx.exact.slab_fraction(passed, 1.0, 2e-4)
    np.testing.assert_allclose(value, wanted, rtol=1e-6)
    # A ramp of no slope is a hold.
    flat = djx.Ramp(jnp.array([0.0, 3.6e5]), jnp.array([1000.0, 1000.0]))
    for signal in ("amount", "rate"):
        np.testing.assert_allclose(
            curve(anneal=flat, signal=signal), curve(signal=signal), rtol=1e-12
        )


def values_of(one, march=False):
    """Readings as a function of ln D0, Q, start (100 s) and amount."""

    def values(u):
        law = djx.diffusivity.Arrhenius(1e-6 * jnp.exp(u[0]), u[1])
        local = {"start": 100 * u[2], "amount": u[3], "background": jnp.zeros(())}
        return 1e4 * one.predict(law, local, one.data.at, forward=march)

    return jax.jit(values)


def slopes_agree(values, at, rtol, steps=1e-5):
    middle = [
        (values(at + steps * e) - values(at - steps * e)) / (2 * steps)
        for e in np.eye(len(at))
    ]
    forward = np.asarray(jax.jit(jax.jacfwd(values))(at))
    size = np.max(np.abs(forward))
    np.testing.assert_allclose(forward, np.transpose(middle), atol=rtol * size)
    return forward, size


def test_slopes():
    values, at = values_of(desorption(60.0)), jnp.array([0.0, 0.8, 0.3, 1.0])
    forward, size = slopes_agree(values, at, 1e-7)
    back = np.asarray(jax.jit(jax.jacrev(values))(at))
    np.testing.assert_allclose(back, forward, atol=1e-10 * size)


@pytest.mark.slow
@pytest.mark.parametrize("signal", ["amount", "rate"])
def test_slopes_of_a_march(signal):
    one = desorption(60.0, road="march", cells=40, signal=signal)
    values, at = values_of(one, march=True), jnp.array([0.0, 0.8, 0.3, 1.0])
    forward, size = slopes_agree(values, at, 2e-3, 1e-3)
    exact = values_of(desorption(60.0, signal=signal))
    wanted = np.asarray(jax.jacfwd(exact)(at))
    np.testing.assert_allclose(forward, wanted, atol=2e-2 * size)


@pytest.mark.parametrize(
    ("shape", "given"),
    [
        ("slab", dict(signal="rate", size=2 * SIZE)),
        pytest.param("sphere", dict(exchange=1e-9), marks=pytest.mark.slow),
        pytest.param("cylinder", dict(start=1e4), marks=pytest.mark.slow),
    ],
)
def test_a_march_comes_to_the_closed_form_as_its_cells_shrink(shape, given):
    wanted, errors = curve(shape=shape, **given), []
    # The law names the composition, so that no closed form is known to hold.
    law = djx.diffusivity.Exponential(value=D, slope=0.0)
    for cells in (15, 30, 60):
        found = curve(law, shape=shape, cells=cells, **given)
        errors.append(float(np.max(np.abs(found / wanted - 1))))
    order = observed_order(errors)
    assert np.all((order > 1.8) & (order < 2.2)), errors
    if shape == "slab":
        validation_row(
            "rate of uptake of a plate, marched with a law of composition",
            "the closed form of a constant D",
            float(order[-1]),
            errors[-1],
            "60 cells",
        )


@pytest.mark.slow
def test_a_law_of_composition_takes_up_and_gives_off_at_two_paces():
    law = djx.diffusivity.Exponential(value=D, slope=1.5)
    up = curve(law, cells=40)
    down = curve(law, cells=40, initial=1.0, outside=0.0)
    # In takes place at the large D of the surface, out through a skin of small D.
    assert np.all(up[:-1] > down[:-1]) and down[0] > curve()[0]
    assert np.all(np.diff(up) > 0) and up[-1] < 1 + 1e-9


def test_with_an_unknown_delay_one_ramp_does_not_tell_and_two_that_share_it_do():
    free = [
        inv.Free("['law'].prefactor", inv.Log(), name="D0"),
        inv.Free("['law'].activation", name="Q"),
        inv.Free("['lag']", scale=20.0, name="lag", unit="s"),
    ]
    shared: dict[str, Any] = dict(
        start=lambda model: model["lag"], law=lambda model: model["law"]
    )
    slow, fast = desorption(60.0, **shared), desorption(6.0, **shared)
    truth = {"law": GAS, "lag": jnp.asarray(15.0)}
    one = inv.identify(truth, slow, free)
    assert "not determined" in str(one) and "the data leave lag" in str(one)
    start = {"law": djx.diffusivity.Arrhenius(1e-5, 1.0), "lag": jnp.asarray(0.0)}
    fit = inv.fit(start, inv.simulate(truth, [slow, fast], seed=1), free)
    for name, value in (("D0", 1e-6), ("Q", 0.8), ("lag", 15.0)):
        assert fit[name].verdict == "determined"
        assert abs(fit[name].value - value) < 3.5 * fit[name].stderr
    assert fit["Q"].stderr < 0.02
    # With a clock that is right one is enough.
    alone = inv.fit(start["law"], inv.simulate(GAS, desorption(60.0), seed=2))
    assert abs(alone["activation"].value - 0.8) < 3.5 * alone["activation"].stderr
    assert alone["activation"].stderr < 0.02


def test_both_resistances_of_an_uptake_curve():
    noise = 0.003 * np.random.default_rng(0).normal(size=30)
    at = np.linspace(5e3, 3.6e5, 30)
    seen = inv.Readings(curve(at=at, exchange=1e-9) + noise, 0.003, at=at)
    free = inv.Free(transform=inv.Log())
    one = inv.Uptake(seen, HOLD, SIZE, "sphere", amount=1.0, exchange=free)
    fit = inv.fit(djx.diffusivity.Constant(3e-13), one)
    for name, value in (("D", D), ("exchange", 1e-9)):
        assert fit[name].verdict == "determined"
        assert abs(fit[name].value - value) < 3.5 * fit[name].stderr


def test_bad_input():
    good = inv.planned_readings(AT, 1.0)
    late = inv.planned_readings(2 * AT, 1.0)
    for data, given, sentence in [
        (late, {}, "within the anneal, 0 to 360000 s"),
        (good, dict(size=-1.0), r"size=.*> 0 \(m\)"),
        (good, dict(initial=1.0), "two numbers that differ"),
        (good, dict(exchange=-1.0), r"exchange=.*> 0 \(m/s\)"),
    ]:
        with pytest.raises(ValueError, match=sentence):
            inv.Uptake(data, HOLD, **dict(size=1e-3) | given)
    steep = djx.diffusivity.Exponential(value=D, slope=1.0)
    with pytest.raises(ValueError, match="no closed form here: the law depends"):
        curve(steep, road="exact")
    flat = djx.Ramp(jnp.array([0.0, 3.6e5]), jnp.array([1000.0, 1000.0]))
    with pytest.raises(ValueError, match="exchange has one for one temperature"):
        curve(anneal=flat, exchange=1e-9, road="exact")
    tensor = djx.diffusivity.Tensor(D * jnp.eye(3))
    with pytest.raises(ValueError, match=r"one number \(m²/s\); got shape \(3, 3\)"):
        curve(tensor)
