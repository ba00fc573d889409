"""One wall at one spot: numbers, arrays along it, functions of time and position."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.grid import Exchange, FixedFlux, FixedValue, NoFlux, Periodic, Spot


CONDUCTANCE = 2e-8  # D over the distance to the wall, in m/s
INSIDE = jnp.asarray(0.6)
SPOT = Spot(
    jnp.asarray(100.0), jnp.asarray([0.0, 3e-6]), (jnp.asarray(2, dtype=jnp.int32),)
)
ROW = np.array([0.1, 0.2, 0.3, 0.4])


def outward(wall, inside=INSIDE, spot=SPOT):
    return wall.outward_flux(inside, lambda c: CONDUCTANCE * (inside - c), spot)


@pytest.mark.parametrize(
    "given, here",
    [
        (0.3, 0.3),
        (ROW, 0.3),
        (jnp.asarray(ROW), 0.3),
        (lambda t: t / 1000, 0.1),
        (lambda t, x: t / 1000 + x[1] / 1e-6, 3.1),
        (lambda time, position: 0.5, 0.5),
        # Sources of other programs return arrays of one number, or Python integers.
        (lambda t: jnp.ones(1), 1.0),
        (lambda t: 1, 1.0),
    ],
)
def test_numbers_arrays_and_functions(given, here):
    flux = lambda wall: float(outward(wall))
    np.testing.assert_allclose(flux(FixedFlux(given)), here, rtol=1e-14)
    held = CONDUCTANCE * (0.6 - here)
    np.testing.assert_allclose(flux(FixedValue(given)), held, rtol=1e-13)
    series = 1 / (1 / 1e-8 + 1 / CONDUCTANCE)
    film = flux(Exchange(1e-8, given))
    np.testing.assert_allclose(film, series * (0.6 - here), rtol=1e-13)
    if not callable(given):
        speed = np.asarray(given) * 1e-8
        series = 0.6 / (1 / (here * 1e-8) + 1 / CONDUCTANCE)
        np.testing.assert_allclose(flux(Exchange(speed, 0.0)), series, rtol=1e-13)


def test_each_spot_has_its_own_number():
    indices = jnp.arange(4, dtype=jnp.int32)
    at = lambda i: outward(FixedFlux(ROW), spot=Spot(SPOT.time, SPOT.position, (i,)))
    np.testing.assert_array_equal(jax.vmap(at)(indices), ROW)
    plane = np.arange(6.0).reshape(2, 3)
    spot = Spot(SPOT.time, SPOT.position, (indices[1], indices[2]))
    assert float(outward(FixedFlux(plane), spot=spot)) == plane[1, 2]


def test_a_closed_wall_and_one_without_a_flux():
    assert float(outward(NoFlux())) == 0
    with pytest.raises(ValueError, match="`Periodic` joins two walls"):
        outward(Periodic())


def test_exchange_runs_from_closed_to_held():
    held = float(outward(FixedValue(0.1)))
    np.testing.assert_allclose(float(outward(Exchange(1e3, 0.1))), held, rtol=1e-9)
    assert float(outward(Exchange(0.0, 0.1))) == 0


def test_the_precision_of_the_field_is_kept():
    inside = jnp.asarray(0.6, dtype=jnp.float32)
    for wall in (FixedFlux(ROW), FixedValue(lambda t: t), Exchange(1e-8, ROW)):
        flux = wall.outward_flux(
            inside, lambda c: (inside - c) * jnp.float32(CONDUCTANCE), SPOT
        )
        assert flux.dtype == jnp.float32


def test_gradients_with_respect_to_arrays_and_functions():
    """A spot depends on one number of an array; a function on what it holds."""
    by_row = jax.grad(lambda row: outward(FixedValue(row)))(jnp.asarray(ROW))
    np.testing.assert_allclose(by_row, [0, 0, -CONDUCTANCE, 0], rtol=1e-14)

    def through(p):
        return outward(Exchange(lambda t, x: p[0] * 1e-8, lambda t: p[1]))

    p = jnp.array([1.3, 0.2])
    exact = jax.grad(through)(p)
    step = 1e-5
    for k, unit in enumerate(jnp.eye(2)):
        central = (through(p + step * unit) - through(p - step * unit)) / (2 * step)
        np.testing.assert_allclose(exact[k], central, rtol=1e-8)
        pushed = jax.jvp(through, (p,), (unit,))[1]
        np.testing.assert_allclose(pushed, exact[k], rtol=1e-12)


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: FixedValue([0.1, np.nan]), r"`FixedValue\(value=...\)` must "),
        (lambda: FixedFlux(np.inf), r"`FixedFlux\(outward=...\)` must "),
        (lambda: Exchange([1e-8, -1.0], 0.0), r"`Exchange\(rate=...\)` must .*>= 0"),
        (lambda: Exchange(1.0, np.nan), r"`Exchange\(equilibrium=...\)` must "),
    ],
)
def test_bad_numbers_are_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
