import jax
import numpy as np
import pytest
import scipy.special

from diffjax.exact import (
    _cylinder as source,
    cylinder,
    cylinder_fraction,
    cylinder_mode,
    half_space,
)

from .common import D, gauss, HOUR, residual, slopes_agree, slopes_finite, UM


RADIUS = 20 * UM
KINDS = [(0, "fixed"), (1, "no-flux")]


SWITCH = source.SWITCH * RADIUS**2 / D  # s
INSIDE = np.linspace(0, 1, 81)
TIMES = np.array([3e-4, 1e-3, 0.0049, 0.0051, 0.1, 1.0])[:, None]


def test_profile_against_500_waves():
    a = scipy.special.jn_zeros(0, 500)[:, None, None]
    waves = 2 / (a * scipy.special.j1(a)) * scipy.special.j0(a * INSIDE)
    expected = 1 - np.sum(waves * np.exp(-(a**2) * TIMES), axis=0)
    got = cylinder(INSIDE * RADIUS, TIMES * RADIUS**2 / D, D, RADIUS, 1.0)
    np.testing.assert_allclose(got, expected, rtol=0, atol=4e-14)


def test_fraction_against_500_waves_and_for_short_times():
    a = scipy.special.jn_zeros(0, 500)
    expected = 1 - np.sum(4 / a**2 * (np.exp(-(a**2) * TIMES) - 1), axis=1) - 1
    tail = np.sum(4 / a**2) - 1  # the sum of all is 1
    got = cylinder_fraction(TIMES[:, 0] * RADIUS**2 / D, D, RADIUS)
    np.testing.assert_allclose(got, expected - tail, rtol=0, atol=3e-15)
    tau = np.array([1e-12, 1e-8, 1e-7])
    series = 4 * np.sqrt(tau / np.pi) - tau - tau**1.5 / (3 * np.sqrt(np.pi))
    got = cylinder_fraction(tau * RADIUS**2 / D, D, RADIUS)
    np.testing.assert_allclose(got, series - tau**2 / 8, rtol=2e-14)


def test_the_two_forms_meet():
    t = np.array([[1 - 1e-13], [1.0]]) * SWITCH
    below, above = cylinder(INSIDE * RADIUS, t, D, RADIUS, 1.0)
    np.testing.assert_allclose(below, above, rtol=0, atol=4e-14)
    below, above = cylinder_fraction(t, D, RADIUS)
    np.testing.assert_allclose(below, above, rtol=1e-13)


def test_profile_obeys_the_equation_and_the_wall():
    fn = lambda x, t: cylinder(x, t, D, RADIUS, 1.0, 0.2)
    x, t = np.linspace(0.02, 0.99, 50) * RADIUS, TIMES * RADIUS**2 / D
    assert residual(fn, x, t, D, axes=2) < 1e-10
    np.testing.assert_allclose(fn(RADIUS, t), 1.0, rtol=0, atol=2e-14)
    start = fn(np.array([0.0, UM, RADIUS]), 0.0)
    np.testing.assert_allclose(start, [0.2, 0.2, 1.0], rtol=0, atol=1e-14)


def test_very_short_times_are_a_half_space():
    depth, t = np.linspace(0, 0.02, 11) * UM, 1e-3
    got = cylinder(RADIUS - depth, t, D, RADIUS, 1.0)
    expected = np.sqrt(RADIUS / (RADIUS - depth)) * half_space(depth, t, D, 1.0)
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("tau", [0.001, 0.1])
def test_fraction_is_the_mass_inside(tau):
    t = tau * RADIUS**2 / D
    fn = lambda r: 2 * r * (cylinder(r, t, D, RADIUS, 1.0, 0.2) - 0.2)
    got = cylinder_fraction(t, D, RADIUS)
    expected = gauss(fn, 0, RADIUS, 20) / (0.8 * RADIUS**2)
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_slopes_of_the_held_cylinder():
    t = tuple(SWITCH * np.array([0.2, 0.99, 1.01, 20.0]))
    slopes_agree(cylinder, 0.9 * RADIUS, t, D, RADIUS, 1.0, 0.2)
    slopes_agree(cylinder_fraction, t, D, RADIUS)
    r, t = (0.0, 1e-12, 3 * UM, RADIUS), (0.0, 1e-6, SWITCH, 100 * SWITCH)
    slopes_finite(cylinder, r, t, D, RADIUS, 1.0, 0.2)
    slopes_finite(cylinder_fraction, t, D, RADIUS)


@pytest.mark.parametrize("order, wall", KINDS)
@pytest.mark.parametrize("mode", [1, 2, 10, 30])
def test_mode_against_scipy(order, wall, mode):
    alpha = scipy.special.jn_zeros(order, mode)[-1]
    rho, tau = np.linspace(0, 1, 501), np.array([[0.0], [1e-3]])
    expected = scipy.special.j0(alpha * rho) * np.exp(-(alpha**2) * tau)
    got = cylinder_mode(rho * RADIUS, tau * RADIUS**2 / D, D, RADIUS, mode, wall)
    np.testing.assert_allclose(got, expected, rtol=0, atol=3e-15)


@pytest.mark.parametrize("order, wall", KINDS)
@pytest.mark.parametrize("mode", [1, 5])
def test_mode_obeys_equation_and_wall(order, wall, mode):
    fn = lambda r, t: cylinder_mode(r, t, D, RADIUS, mode, wall)
    r, t = np.meshgrid(np.linspace(0.05, 1, 40) * RADIUS, [0.0, 10 * HOUR])
    assert residual(fn, r, t, D, axes=2) < 1e-12
    at_wall = fn(RADIUS, HOUR) if wall == "fixed" else jax.grad(fn)(RADIUS, HOUR)
    assert abs(at_wall) < (1e-15 if wall == "fixed" else 2e-14 / RADIUS)
    assert abs(fn(0.0, 0.0) - 1) < 1e-15
    slopes_agree(fn, 3 * UM, HOUR)
    slopes_finite(fn, 0.0, 0.0)


def test_slopes_in_every_argument():
    slopes_agree(cylinder_mode, 3 * UM, HOUR, D, RADIUS)


def test_a_mode_without_flux_holds_no_mass():
    fn = lambda r: r * cylinder_mode(r, 0.0, D, RADIUS, 2, "no-flux")
    assert abs(gauss(fn, 0, RADIUS)) < 1e-15 * RADIUS**2
