import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.exact import (
    _slab_exchange as source,
    half_space_exchange,
    slab,
    slab_exchange,
    slab_exchange_fraction,
    slab_fraction,
)

from .common import D, gauss, residual, slopes_agree, slopes_finite, UM


LENGTH = 20 * UM
HALF = LENGTH / 2
SWITCH = source._SWITCH * HALF**2 / D  # s
SHORT, LONG = jax.jit(source._short), jax.jit(source._long)
FRACTION_SHORT = jax.jit(source._fraction_short)
FRACTION_LONG = jax.jit(source._fraction_long)
INSIDE = np.linspace(0, 1, 81)
TIMES = np.array([1e-3, 0.01, 0.0279, 0.0281, 0.2, 2.0])
BIOTS = [1e-8, 0.9e-3, 1.1e-3, 0.3, 1.0, 20.0, 1e5]


def roots(biot, count):
    """First roots of b tan b = B, by bisection on the angle after n pi."""
    base = np.arange(count) * np.pi
    low, high = np.zeros(count), np.full(count, np.pi / 2)
    for _ in range(200):
        middle = (low + high) / 2
        beta = base + middle
        above = beta * np.sin(middle) > biot * np.cos(middle)
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return base + (low + high) / 2


@pytest.mark.parametrize("biot", BIOTS)
def test_roots_against_bisection(biot):
    first, beta, sine, cosine = jax.jit(source._roots)(jnp.asarray([biot]))
    expected = roots(biot, source._WAVES)
    np.testing.assert_allclose(np.sqrt(first), expected[:1], rtol=1e-13)
    np.testing.assert_allclose(beta[:, 0], expected[1:], rtol=1e-15)
    np.testing.assert_allclose(sine[:, 0], np.sin(expected[1:]), atol=2e-14)
    np.testing.assert_allclose(cosine[:, 0], np.cos(expected[1:]), atol=2e-14)


@pytest.mark.parametrize("biot", [0.3, 1.0, 20.0])
def test_profile_against_200_waves(biot):
    b = roots(biot, 200)[:, None, None]
    xi, tau = 2 * INSIDE - 1, TIMES[:, None]
    waves = 2 * biot * np.cos(b * xi) / ((b**2 + biot**2 + biot) * np.cos(b))
    expected = 1 - np.sum(waves * np.exp(-(b**2) * tau), axis=0)
    rate, t = biot * D / HALF, tau * HALF**2 / D
    got = slab_exchange(INSIDE * LENGTH, t, D, LENGTH, rate, 1.0)
    np.testing.assert_allclose(got, expected, atol=5e-15)


@pytest.mark.parametrize("biot", [0.0, *BIOTS, 1e12])
def test_the_two_forms_meet(biot):
    tau, biot = jnp.full(81, source._SWITCH), jnp.full(81, biot)
    xi = jnp.asarray(2 * INSIDE - 1)
    near, far = SHORT(xi, tau, biot), LONG(xi, tau, biot)
    np.testing.assert_allclose(near, far, atol=2e-15)
    near, far = FRACTION_SHORT(tau, biot), FRACTION_LONG(tau, biot)
    np.testing.assert_allclose(near, far, atol=2e-15)


@pytest.mark.parametrize("biot", [0.1, 20.0])
def test_obeys_equation_and_walls(biot):
    rate = biot * D / HALF
    fn = lambda x, t: slab_exchange(x, t, D, LENGTH, rate, 1.0, 0.2)
    t = TIMES * HALF**2 / D
    assert residual(fn, INSIDE[1:-1] * LENGTH, t[:, None], D) < 1e-10
    slope = jax.jit(jax.vmap(jax.grad(fn), (None, 0)))
    for face, sign in ((0.0, 1), (LENGTH, -1)):
        out = sign * D * slope(face, t)
        np.testing.assert_allclose(out, rate * (fn(face, t) - 1), rtol=1e-9)


def test_starts_uniform_and_short_times_are_a_half_space():
    start = slab_exchange(INSIDE * LENGTH, 0.0, D, LENGTH, 1e-9, 1.0, 0.2)
    np.testing.assert_allclose(start, 0.2, atol=1e-16)
    x = np.linspace(0, 3, 21) * UM
    got = slab_exchange(x, 30.0, D, LENGTH, 1e-9, 1.0, 0.2)
    expected = half_space_exchange(x, 30.0, D, 1e-9, 1.0, 0.2)
    np.testing.assert_allclose(got, expected, atol=1e-15)


def test_limits_of_the_rate():
    x, t = INSIDE * LENGTH, TIMES[:, None] * HALF**2 / D
    fast = slab_exchange(x, t, D, LENGTH, 1e6, 1.0, 0.2)
    np.testing.assert_allclose(fast, slab(x, t, D, LENGTH, 1.0, 0.2), atol=1e-13)
    fast = slab_exchange_fraction(t, D, LENGTH, 1e6)
    np.testing.assert_allclose(fast, slab_fraction(t, D, LENGTH), atol=1e-13)
    closed = slab_exchange(x, t, D, LENGTH, 0.0, 1.0, 0.2)
    np.testing.assert_allclose(closed, 0.2, atol=5e-16)
    # So slow that the plate is uniform: 1 - exp(-2kt/L).
    rate = 1e-8 * D / HALF
    t = 1e8 * HALF**2 / D
    slow = slab_exchange_fraction(t, D, LENGTH, rate)
    np.testing.assert_allclose(slow, -np.expm1(-2 * rate * t / LENGTH), rtol=1e-7)


@pytest.mark.parametrize("biot", [0.01, 1.0, 50.0])
def test_fraction_is_the_mass_inside(biot):
    rate = biot * D / HALF
    for t in TIMES * HALF**2 / D:
        fn = lambda x: slab_exchange(x, t, D, LENGTH, rate, 1.0, 0.2) - 0.2
        got = slab_exchange_fraction(t, D, LENGTH, rate)
        expected = gauss(fn, 0, LENGTH) / (0.8 * LENGTH)
        np.testing.assert_allclose(got, expected, rtol=1e-10)


def test_slopes_on_both_sides_of_the_switches():
    rate = tuple(np.array([1e-4, 1e-3, 0.1, 1.0, 50.0]) * D / HALF)
    t = (0.3 * SWITCH, SWITCH, 1.01 * SWITCH, 20 * SWITCH)
    slopes_agree(slab_exchange, 3 * UM, t, D, LENGTH, rate, 1.0, 0.2)
    slopes_agree(slab_exchange_fraction, t, D, LENGTH, rate, rtol=1e-5)


def test_slopes_are_finite():
    rate, t = (0.0, 1e-3 * D / HALF, 1e-9, 1.0), (0.0, SWITCH, 100 * SWITCH)
    x = (0.0, HALF, LENGTH)
    slopes_finite(slab_exchange, x, t, D, LENGTH, rate, 1.0, 0.2)
    slopes_finite(slab_exchange_fraction, t, D, LENGTH, rate)


def test_second_derivative_in_the_rate():
    t = 5 * SWITCH
    fn = lambda k: slab_exchange(3 * UM, t, D, LENGTH, k * 1e-9, 1.0, 0.2)
    slope = jax.jit(jax.grad(fn))
    central = (slope(1.0 + 1e-5) - slope(1.0 - 1e-5)) / 2e-5
    second = jax.jit(jax.grad(slope))(1.0)
    np.testing.assert_allclose(second, central, rtol=1e-7)
