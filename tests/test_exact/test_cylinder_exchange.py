import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import j0, j1, jn_zeros

from diffjax.exact import (
    _cylinder_exchange as source,
    cylinder,
    cylinder_exchange,
    cylinder_exchange_fraction,
    cylinder_fraction,
)

from .common import D, gauss, residual, slopes_agree, slopes_finite, UM


RADIUS = 20 * UM
SWITCH = source.SWITCH * RADIUS**2 / D  # s
INSIDE = np.concatenate([[1e-9], np.linspace(0, 1, 61)])
TIMES = np.array([3e-4, 1e-3, 0.0049, 0.0051, 0.1, 1.0])
BIOTS = [1e-8, 0.3, 1.0, 20.0, 1e5]


def roots(biot, count):
    """First roots of b J1(b) = B J0(b), by bisection between those of J1 and J0."""
    low = np.concatenate([[1e-9], jn_zeros(1, count - 1)])
    high, sign = jn_zeros(0, count), (-1.0) ** np.arange(count)
    for _ in range(200):
        b = (low + high) / 2
        below = sign * b * j1(b) < sign * biot * j0(b)
        low, high = np.where(below, b, low), np.where(below, high, b)
    return (low + high) / 2


@pytest.mark.parametrize("biot", BIOTS)
def test_roots_against_bisection(biot):
    square, beta, _, _ = jax.jit(source._roots)(jnp.asarray([biot]))
    expected = roots(biot, source.WAVES)
    np.testing.assert_allclose(np.sqrt(square), expected[:1], rtol=1e-14)
    np.testing.assert_allclose(beta[:, 0], expected[1:], rtol=1e-15)


@pytest.mark.parametrize("biot", [0.3, 20.0])
def test_profile_and_fraction_against_200_waves(biot):
    b = roots(biot, 200)[:, None, None]
    rho, t = INSIDE, TIMES[:, None]
    weight = 2 * biot / ((b**2 + biot**2) * j0(b)) * np.exp(-(b**2) * t)
    expected = 1 - np.sum(weight * j0(b * rho), axis=0)
    rate, t = biot * D / RADIUS, t * RADIUS**2 / D
    got = cylinder_exchange(rho * RADIUS, t, D, RADIUS, rate, 1.0)
    np.testing.assert_allclose(got, expected, rtol=0, atol=4e-14)
    b = b[..., 0]
    weight = 4 * biot**2 / (b**2 * (b**2 + biot**2)) * np.exp(-(b**2) * TIMES)
    got = cylinder_exchange_fraction(t[:, 0], D, RADIUS, rate)
    np.testing.assert_allclose(got, 1 - np.sum(weight, axis=0), rtol=0, atol=1e-14)


@pytest.mark.parametrize("biot", [0.0, *BIOTS, 1e12])
def test_the_two_forms_meet(biot):
    rate, t = biot * D / RADIUS, np.array([1 - 1e-14, 1.0]) * SWITCH
    below, above = cylinder_exchange(INSIDE * RADIUS, t[:, None], D, RADIUS, rate, 1.0)
    np.testing.assert_allclose(below, above, rtol=0, atol=3e-14)
    below, above = cylinder_exchange_fraction(t, D, RADIUS, rate)
    np.testing.assert_allclose(below, above, rtol=0, atol=3e-15)


@pytest.mark.parametrize("biot", [0.1, 20.0])
def test_obeys_equation_and_wall(biot):
    rate = biot * D / RADIUS
    fn = lambda x, t: cylinder_exchange(x, t, D, RADIUS, rate, 1.0, 0.2)
    t = TIMES * RADIUS**2 / D
    x = np.linspace(0.2, 0.99, 20) * RADIUS
    assert residual(fn, x, t[:, None], D, axes=2) < 1e-9
    slope = jax.jit(jax.vmap(jax.grad(fn), (None, 0)))(RADIUS, t)
    np.testing.assert_allclose(-D * slope, rate * (fn(RADIUS, t) - 1), rtol=1e-9)


def test_limits_of_the_rate():
    x, t = INSIDE * RADIUS, TIMES[:, None] * RADIUS**2 / D
    fast = cylinder_exchange(x, t, D, RADIUS, 1e6, 1.0, 0.2)
    np.testing.assert_allclose(
        fast, cylinder(x, t, D, RADIUS, 1.0, 0.2), rtol=0, atol=1e-13
    )
    fast = cylinder_exchange_fraction(t, D, RADIUS, 1e6)
    np.testing.assert_allclose(
        fast, cylinder_fraction(t, D, RADIUS), rtol=0, atol=1e-13
    )
    closed = cylinder_exchange(x, t, D, RADIUS, 0.0, 1.0, 0.2)
    np.testing.assert_allclose(closed, 0.2, rtol=0, atol=1e-15)
    # So slow that the cylinder is uniform: 1 - exp(-2kt/a).
    rate, t = 1e-8 * D / RADIUS, 1e8 * RADIUS**2 / D
    slow = cylinder_exchange_fraction(t, D, RADIUS, rate)
    np.testing.assert_allclose(slow, -np.expm1(-2 * rate * t / RADIUS), rtol=1e-7)


@pytest.mark.parametrize("biot", [0.01, 50.0])
def test_fraction_is_the_mass_inside(biot):
    rate = biot * D / RADIUS
    for t in TIMES[[1, 3]] * RADIUS**2 / D:
        fn = lambda r: 2 * r * cylinder_exchange(r, t, D, RADIUS, rate, 1.0)
        got = cylinder_exchange_fraction(t, D, RADIUS, rate)
        expected = gauss(fn, 0, RADIUS, 20) / RADIUS**2
        np.testing.assert_allclose(got, expected, rtol=1e-10)


def test_slopes_on_both_sides_of_the_switches():
    rate = tuple(np.array([1e-3, 1.0, 50.0]) * D / RADIUS)
    t = (0.3 * SWITCH, 0.99 * SWITCH, 1.01 * SWITCH, 20 * SWITCH)
    slopes_agree(cylinder_exchange, 17 * UM, t, D, RADIUS, rate, 1.0, 0.2)
    slopes_agree(cylinder_exchange_fraction, t, D, RADIUS, rate, rtol=1e-5)


def test_slopes_are_finite():
    rate, t = (0.0, 1e-9, 1.0), (0.0, 1e-6, SWITCH, 100 * SWITCH)
    x = (0.0, RADIUS / 2, RADIUS)
    slopes_finite(cylinder_exchange, x, t, D, RADIUS, rate, 1.0, 0.2)
    slopes_finite(cylinder_exchange_fraction, t, D, RADIUS, rate)


def test_second_derivative_in_the_rate():
    t = 5 * SWITCH
    fn = lambda k: cylinder_exchange(15 * UM, t, D, RADIUS, k * 1e-9, 1.0, 0.2)
    slope = jax.jit(jax.grad(fn))
    central = (slope(1.0 + 1e-5) - slope(1.0 - 1e-5)) / 2e-5
    second = jax.jit(jax.grad(slope))(1.0)
    np.testing.assert_allclose(second, central, rtol=1e-6)
