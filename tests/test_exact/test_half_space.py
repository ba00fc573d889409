import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special

from diffjax.exact import (
    half_space,
    half_space_exchange,
    half_space_exchange_uptake,
    half_space_uptake,
)

from .common import D, gauss, HOUR, residual, slopes_agree, slopes_finite, UM


X, T = np.meshgrid(np.linspace(0, 30, 31) * UM, np.array([0.5, 1.0, 9.0]) * HOUR)


def test_held_surface_against_scipy():
    expected = 0.2 + 0.8 * scipy.special.erfc(X / (2 * np.sqrt(D * T)))
    np.testing.assert_allclose(half_space(X, T, D, 1.0, 0.2), expected, atol=4e-16)


def test_held_surface_obeys_equation_start_and_wall():
    assert residual(lambda x, t: half_space(x, t, D, 1.0, 0.2), X, T, D) < 1e-12
    np.testing.assert_array_equal(half_space(0.0, T, D, 1.0, 0.2), np.ones_like(T))
    start = half_space(np.array([0.0, UM]), 0.0, D, 1.0, 0.2)
    np.testing.assert_allclose(start, [1.0, 0.2])


def test_held_surface_uptake_is_the_mass_inside():
    mass = gauss(lambda x: half_space(x, HOUR, D, 1.0, 0.2) - 0.2, 0, 200 * UM)
    uptake = half_space_uptake(HOUR, D, 1.0, 0.2)
    np.testing.assert_allclose(uptake, mass, rtol=1e-13)


@pytest.mark.parametrize("rate", [1e-13, 1e-10, 1e-9, 1e-6, 1.0])
def test_exchange_against_scipy(rate):
    z, w = X / (2 * np.sqrt(D * T)), rate * np.sqrt(T / D)
    scaled = np.exp(-(z**2)) * scipy.special.erfcx(z + w)
    expected = 0.2 + 0.8 * (scipy.special.erfc(z) - scaled)
    got = half_space_exchange(X, T, D, rate, 1.0, 0.2)
    np.testing.assert_allclose(got, expected, atol=1e-15)


@pytest.mark.parametrize("rate", [1e-11, 1e-9, 1e-6])
def test_exchange_obeys_the_equation(rate):
    fn = lambda x, t: half_space_exchange(x, t, D, rate, 1.0, 0.2)
    assert residual(fn, X, T, D) < 1e-10


@pytest.mark.parametrize("rate", [1e-11, 1e-9, 1e-6])
def test_exchange_obeys_its_wall(rate):
    for t in (HOUR, 50 * HOUR):
        fn = lambda x: half_space_exchange(x, t, D, rate, 1.0, 0.2)
        out = D * jax.grad(fn)(0.0)  # outward flux at the surface of x > 0
        np.testing.assert_allclose(out, rate * (fn(0.0) - 1.0), rtol=1e-9)


def test_exchange_starts_empty_and_ends_held():
    np.testing.assert_allclose(
        half_space_exchange(np.array([0.0, UM]), 0.0, D, 1e-9, 1.0, 0.2), 0.2
    )
    held = half_space(X, T, D, 1.0, 0.2)
    fast = half_space_exchange(X, T, D, 1e6, 1.0, 0.2)
    np.testing.assert_allclose(fast, held, atol=1e-13)
    none = half_space_exchange(X, T, D, 0.0, 1.0, 0.2)
    np.testing.assert_allclose(none, 0.2, atol=3e-16)


@pytest.mark.parametrize("rate", [1e-12, 1e-9, 1e-6])
def test_exchange_uptake_is_the_mass_inside(rate):
    fn = lambda x: half_space_exchange(x, HOUR, D, rate, 1.0, 0.2) - 0.2
    mass = gauss(fn, 0, 200 * UM)
    uptake = half_space_exchange_uptake(HOUR, D, rate, 1.0, 0.2)
    np.testing.assert_allclose(uptake, mass, rtol=1e-11)


def test_exchange_uptake_between_its_limits():
    # Against the series sum (-w)^n / Gamma(n/2 + 2), which needs no difference.
    t = HOUR
    w = np.logspace(-8, np.log10(2.0), 60)
    n = np.arange(100)[:, None]
    terms = (-1.0) ** n * np.exp(n * np.log(w) - scipy.special.gammaln(n / 2 + 2))
    rate = w / np.sqrt(t / D)
    got = half_space_exchange_uptake(t, D, rate, 1.0) / (rate * t)
    np.testing.assert_allclose(got, terms.sum(axis=0), rtol=3e-15)
    w = np.logspace(1.5, 9, 40)
    expected = (scipy.special.erfcx(w) - 1 + 2 * w / np.sqrt(np.pi)) / w**2
    rate = w / np.sqrt(t / D)
    got = half_space_exchange_uptake(t, D, rate, 1.0) / (rate * t)
    np.testing.assert_allclose(got, expected, rtol=3e-15)
    np.testing.assert_allclose(
        half_space_exchange_uptake(t, D, 1e6, 1.0, 0.2),
        half_space_uptake(t, D, 1.0, 0.2),
        rtol=1e-12,
    )


def test_uptake_grows_by_what_the_wall_lets_in():
    fn = lambda t: half_space_exchange_uptake(t, D, 1e-9, 1.0, 0.2)
    inflow = 1e-9 * (1.0 - half_space_exchange(0.0, HOUR, D, 1e-9, 1.0, 0.2))
    np.testing.assert_allclose(jax.grad(fn)(HOUR), inflow, rtol=1e-12)


def test_slopes():
    slopes_agree(half_space, 3 * UM, HOUR, D, 1.0, 0.2)
    slopes_agree(half_space_uptake, HOUR, D, 1.0, 0.2)
    rate = (1e-11, 1e-9, 1e-7)
    slopes_agree(half_space_exchange, 3 * UM, HOUR, D, rate, 1.0, 0.2)
    slopes_agree(half_space_exchange_uptake, HOUR, D, rate, 1.0, 0.2)


def test_slopes_are_finite_at_the_start_at_the_wall_and_outside():
    x, t, rate = (-3 * UM, 0.0, UM, 1.0), (0.0, 1e-9, HOUR), (0.0, 1e-9, 1.0)
    slopes_finite(half_space, x, t, D, 1.0, 0.2)
    slopes_finite(half_space_uptake, t, D, 1.0, 0.2)
    slopes_finite(half_space_exchange, x, t, D, rate, 1.0, 0.2)
    slopes_finite(half_space_exchange_uptake, t, D, rate, 1.0, 0.2)


def test_slope_in_the_rate_at_zero_rate():
    # dM/dk = (c_eq - c_0) t at k = 0.
    slope = jax.grad(lambda k: half_space_exchange_uptake(HOUR, D, k, 1.0, 0.2))(0.0)
    np.testing.assert_allclose(slope, 0.8 * HOUR, rtol=1e-14)
    assert jnp.isfinite(slope)
