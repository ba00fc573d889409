"""A gas beside one spot of a wall: limits, rest, and slopes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.grid import Exchange, Gas, Spot, Timetable


CONDUCTANCE, INSIDE = 2e-8, jnp.asarray(0.03)
SPOT = Spot(jnp.asarray(100.0), jnp.asarray(2e-6), temperature=jnp.asarray(1200.0))


def outward(wall, inside=INSIDE, spot=SPOT):
    return wall.outward_flux(inside, lambda c: CONDUCTANCE * (inside - c), spot)


def test_by_a_straight_activity_it_is_the_exchange():
    gas = Gas(2e-9, 0.5, lambda c: 14 * c)
    film = Exchange(14 * 2e-9, 0.5 / 14)
    np.testing.assert_allclose(outward(gas), outward(film), rtol=1e-13)
    assert float(outward(Gas(0.0, 0.5, lambda c: 14 * c))) == 0


@pytest.mark.parametrize("inside", [1e-6, 0.03, 0.4])
def test_nothing_passes_at_equal_activity(inside):
    law = lambda c, temperature, x: c * jnp.exp(5 * c + 900 / temperature + 1e4 * x)
    inside = jnp.asarray(inside)
    gas = law(inside, SPOT.temperature, SPOT.position)
    assert float(outward(Gas(2e-9, gas, law), inside)) == 0


def test_a_fast_surface_has_the_activity_of_the_gas():
    # Where the flux is straight in the activity, one Newton step is exact.
    law = lambda c: c * jnp.exp(5 * c)
    wall = Gas(1e3, 0.5, law)
    inside = INSIDE
    leaving = lambda c: CONDUCTANCE * (law(inside) - law(c))
    exact = CONDUCTANCE * (law(inside) - 0.5)
    np.testing.assert_allclose(
        wall.outward_flux(inside, leaving, SPOT), exact, rtol=1e-9
    )
    series = 1 / (1 / 2e-9 + 1 / CONDUCTANCE) * (law(inside) - 0.5)
    slow = Gas(2e-9, 0.5, law).outward_flux(inside, leaving, SPOT)
    np.testing.assert_allclose(slow, series, rtol=1e-12)


def test_slopes_and_precision():
    def through(p):
        gas = Timetable(jnp.array([0.0, 200.0]), jnp.stack([p[0], p[1]]))
        wall = Gas(lambda t, x: 1e-9 * p[2], gas, lambda c: c * jnp.exp(p[3] * c))
        return outward(wall) / 1e-9

    p = jnp.array([0.9, 0.3, 1.5, 4.0])
    back = jax.grad(through)(p)
    for k, unit in enumerate(jnp.eye(4)):
        near = (through(p + 1e-5 * unit) - through(p - 1e-5 * unit)) / 2e-5
        np.testing.assert_allclose(back[k], near, rtol=1e-7)
        pushed = jax.jvp(through, (p,), (unit,))[1]
        np.testing.assert_allclose(pushed, back[k], rtol=1e-11)
    inside = jnp.asarray(0.03, jnp.float32)
    small = Gas(1e-9, 0.5, lambda c: 14 * c).outward_flux(
        inside, lambda c: (inside - c) * jnp.float32(CONDUCTANCE), SPOT
    )
    assert small.dtype == jnp.float32


def test_sentences():
    with pytest.raises(ValueError, match=r"`Gas\(rate=...\)` must .*>= 0"):
        Gas(-1.0, 0.5, lambda c: c)
    with pytest.raises(ValueError, match=r"`Gas\(activity=...\)` must .*>= 0"):
        Gas(1.0, -0.5, lambda c: c)
    with pytest.raises((TypeError, ValueError), match="of"):
        Gas(1.0, 0.5, 0.3)  # pyright: ignore
    with pytest.raises(ValueError, match="Spot` with a temperature"):
        outward(Gas(1.0, 0.5, lambda c, T: c), spot=Spot(SPOT.time, SPOT.position))
    with pytest.raises(ValueError, match=r"one number .* shape \(2,\)"):
        outward(Gas(1.0, 0.5, lambda c: jnp.stack([c, c])))
