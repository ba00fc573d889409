import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.exact import (
    _sphere as source,
    half_space,
    sphere,
    sphere_fraction,
    sphere_mode,
)

from .common import D, gauss, HOUR, residual, slopes_agree, slopes_finite, UM


RADIUS = 20 * UM
SWITCH = source._SWITCH * RADIUS**2 / D  # s
SHORT, LONG = jax.jit(source._sphere_short), jax.jit(source._sphere_long)
INSIDE = np.concatenate([[0.0, 1e-9, 1e-4], np.linspace(0, 1, 101)[1:]])
TIMES = np.array([1e-4, 1e-3, 0.01, 0.099, 0.101, 0.5])[:, None]


def test_profile_against_500_waves():
    n = np.arange(1, 501.0)[:, None, None]
    waves = (-1) ** n * np.sinc(n * INSIDE) * np.exp(-((np.pi * n) ** 2) * TIMES)
    got = sphere(INSIDE * RADIUS, TIMES * RADIUS**2 / D, D, RADIUS, 1.0)
    np.testing.assert_allclose(got, 1 + 2 * waves.sum(axis=0), atol=1e-14)


def test_the_two_series_meet():
    tau, rho = jnp.full(INSIDE.shape, source._SWITCH), jnp.asarray(INSIDE)
    near, far = SHORT(rho, tau), LONG(rho, tau)
    np.testing.assert_allclose(near, far, atol=1e-15)
    tau = jnp.asarray(source._SWITCH)
    near, far = source._fraction_short, source._fraction_long
    for _ in range(3):
        np.testing.assert_allclose(jax.jit(near)(tau), jax.jit(far)(tau), rtol=1e-13)
        near, far = jax.grad(near), jax.grad(far)


def test_centre_and_rest_of_the_short_form_meet():
    for tau in (1e-4, 0.01, 0.09):
        edge = np.sqrt(tau)
        rho = edge * np.array([1 - 1e-12, 1 + 1e-12])
        below, above = SHORT(jnp.asarray(rho), jnp.full(2, tau))
        np.testing.assert_allclose(below, above, atol=1e-12)


def test_profile_obeys_the_equation():
    fn = lambda x, t: sphere(x, t, D, RADIUS, 1.0, 0.2)
    x = np.linspace(0.02, 0.99, 98) * RADIUS
    assert residual(fn, x, TIMES * RADIUS**2 / D, D, axes=3) < 1e-11


def test_wall_start_and_centre():
    got = sphere(RADIUS, TIMES * RADIUS**2 / D, D, RADIUS, 0.9, 0.2)
    np.testing.assert_allclose(got, 0.9, atol=1e-15)
    start = sphere(np.array([0.0, UM, RADIUS]), 0.0, D, RADIUS, 0.9, 0.2)
    np.testing.assert_allclose(start, [0.2, 0.2, 0.9], atol=1e-16)
    for tau in (0.01, 0.05, 0.5):
        t = tau * RADIUS**2 / D
        slope = jax.grad(sphere)(0.0, t, D, RADIUS, 0.9, 0.2)
        assert abs(slope * RADIUS) < 1e-15


def test_short_times_are_a_half_space_over_r():
    depth = np.linspace(0, 3, 16) * UM
    t = 30.0
    got = sphere(RADIUS - depth, t, D, RADIUS, 1.0)
    expected = RADIUS / (RADIUS - depth) * half_space(depth, t, D, 1.0)
    np.testing.assert_allclose(got, expected, rtol=1e-12)


@pytest.mark.parametrize("tau", [0.001, 0.099, 0.101, 0.5])
def test_fraction_is_the_mass_inside(tau):
    t = tau * RADIUS**2 / D
    fn = lambda r: 3 * r**2 * (sphere(r, t, D, RADIUS, 1.0, 0.2) - 0.2)
    got = sphere_fraction(t, D, RADIUS)
    expected = gauss(fn, 0, RADIUS) / (0.8 * RADIUS**3)
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_slopes_on_both_sides_of_the_switch():
    t = tuple(SWITCH * np.array([0.2, 0.999, 1.0, 1.01, 5.0]))
    slopes_agree(sphere, (UM, 0.9 * RADIUS), t, D, RADIUS, 1.0, 0.2)
    slopes_agree(sphere_fraction, t, D, RADIUS)


def test_slopes_are_finite():
    r, t = (0.0, 1e-12, 3 * UM, RADIUS), (0.0, 1e-6, SWITCH, 100 * SWITCH)
    slopes_finite(sphere, r, t, D, RADIUS, 1.0, 0.2)
    slopes_finite(sphere_fraction, t, D, RADIUS)


@pytest.mark.parametrize("wall", ["fixed", "no-flux"])
@pytest.mark.parametrize("mode", [1, 5])
def test_mode(wall, mode):
    fn = lambda r, t: sphere_mode(r, t, D, RADIUS, mode, wall)
    r, t = np.meshgrid(np.linspace(0.05, 1, 40) * RADIUS, [0.0, 10 * HOUR])
    assert residual(fn, r, t, D, axes=3) < 1e-12
    at_wall = fn(RADIUS, HOUR) if wall == "fixed" else jax.grad(fn)(RADIUS, HOUR)
    assert abs(at_wall) < (1e-15 if wall == "fixed" else 1e-14 / RADIUS)
    assert fn(0.0, 0.0) == 1
    signs = np.sign(fn(np.linspace(0, 0.999, 500) * RADIUS, 0.0))
    crossings = np.sum(signs[1:] != signs[:-1])
    assert crossings == (mode - 1 if wall == "fixed" else mode)
    slopes_agree(fn, 3 * UM, HOUR)
    slopes_finite(fn, 0.0, 0.0)


def test_a_mode_without_flux_holds_no_mass():
    fn = lambda r: r**2 * sphere_mode(r, 0.0, D, RADIUS, 2, "no-flux")
    assert abs(gauss(fn, 0, RADIUS)) < 1e-15 * RADIUS**3
