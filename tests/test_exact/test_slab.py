import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.exact import (
    _slab as source,
    half_space,
    half_space_uptake,
    slab,
    slab_fraction,
    slab_mode,
)

from .common import D, gauss, HOUR, residual, slopes_agree, slopes_finite, UM


LENGTH = 20 * UM
SWITCH = source._SWITCH * LENGTH**2 / D  # s
INSIDE = np.linspace(0, 1, 101)
TIMES = np.array([1e-4, 1e-3, 0.01, 0.049, 0.051, 0.2, 1.0])[:, None]


def many_waves(xi, tau):
    m = (2 * np.arange(400) + 1.0)[:, None, None]
    k = np.pi * m
    return 1 - np.sum(4 / k * np.sin(k * xi) * np.exp(-(k**2) * tau), axis=0)


def test_profile_against_400_waves():
    got = slab(INSIDE * LENGTH, TIMES * LENGTH**2 / D, D, LENGTH, 1.0)
    np.testing.assert_allclose(got, many_waves(INSIDE, TIMES), atol=2e-15)


def test_the_two_series_meet():
    xi, tau = jnp.asarray(INSIDE), jnp.full(101, source._SWITCH)
    near, far = (
        jax.jit(source._slab_short)(xi, tau),
        jax.jit(source._slab_long)(xi, tau),
    )
    np.testing.assert_allclose(near, far, atol=1e-15)
    tau = jnp.asarray(source._SWITCH)
    near, far = source._fraction_short, source._fraction_long
    for _ in range(3):
        np.testing.assert_allclose(jax.jit(near)(tau), jax.jit(far)(tau), rtol=1e-13)
        near, far = jax.grad(near), jax.grad(far)


def test_profile_obeys_the_equation():
    x, t = np.meshgrid(INSIDE[1:-1] * LENGTH, TIMES[:, 0] * LENGTH**2 / D)
    fn = lambda x, t: slab(x, t, D, LENGTH, 1.0, 0.2)
    assert residual(fn, x, t, D) < 1e-11


def test_walls_and_start():
    for face in (0.0, LENGTH):
        got = slab(face, TIMES * LENGTH**2 / D, D, LENGTH, 0.9, 0.2)
        np.testing.assert_allclose(got, 0.9, atol=1e-15)
    start = slab(np.array([0.0, UM, LENGTH]), 0.0, D, LENGTH, 0.9, 0.2)
    np.testing.assert_allclose(start, [0.9, 0.2, 0.9], atol=1e-16)


def test_short_times_are_a_half_space():
    x = np.linspace(0, 5, 21) * UM
    got = slab(x, 60.0, D, LENGTH, 1.0, 0.2)
    np.testing.assert_allclose(got, half_space(x, 60.0, D, 1.0, 0.2), atol=1e-15)
    expected = 2 * half_space_uptake(60.0, D, 1.0, 0.2) / (0.8 * LENGTH)
    np.testing.assert_allclose(slab_fraction(60.0, D, LENGTH), expected, rtol=1e-14)


@pytest.mark.parametrize("tau", [0.001, 0.049, 0.051, 0.5])
def test_fraction_is_the_mass_inside(tau):
    t = tau * LENGTH**2 / D
    mass = gauss(lambda x: slab(x, t, D, LENGTH, 1.0, 0.2) - 0.2, 0, LENGTH)
    got = slab_fraction(t, D, LENGTH)
    np.testing.assert_allclose(got, mass / (0.8 * LENGTH), rtol=1e-13)


def test_slopes_on_both_sides_of_the_switch():
    t = tuple(SWITCH * np.array([0.2, 0.99, 1.0, 1.01, 5.0]))
    slopes_agree(slab, 3 * UM, t, D, LENGTH, 1.0, 0.2)
    slopes_agree(slab_fraction, t, D, LENGTH)


def test_slopes_are_finite():
    x, t = (0.0, 3 * UM, LENGTH / 2, LENGTH), (0.0, 1e-6, SWITCH, 100 * SWITCH)
    slopes_finite(slab, x, t, D, LENGTH, 1.0, 0.2)
    slopes_finite(slab_fraction, t, D, LENGTH)


@pytest.mark.parametrize("wall", ["fixed", "no-flux"])
@pytest.mark.parametrize("mode", [1, 5])
def test_mode(wall, mode):
    fn = lambda x, t: slab_mode(x, t, D, LENGTH, mode, wall)
    x, t = np.meshgrid(INSIDE * LENGTH, np.array([0.0, 0.1]) * LENGTH**2 / D)
    assert residual(fn, x, t, D) < 1e-13
    for face in (0.0, LENGTH):
        at_wall = fn(face, HOUR) if wall == "fixed" else jax.grad(fn)(face, HOUR) * UM
        assert abs(at_wall) < 1e-14
    start = {"fixed": np.sin, "no-flux": np.cos}[wall](mode * np.pi * INSIDE)
    np.testing.assert_allclose(fn(INSIDE * LENGTH, 0.0), start, atol=1e-14)
    slopes_agree(fn, 3 * UM, HOUR)
    slopes_finite(fn, 0.0, 0.0)
