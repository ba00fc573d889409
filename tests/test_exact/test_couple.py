import jax
import jax.numpy as jnp
import numpy as np
import scipy.special

from diffjax.exact import couple, couple_through

from .common import D, gauss, HOUR, residual, slopes_agree, slopes_finite, UM


def test_against_scipy():
    x = np.linspace(-60, 60, 241) * UM
    t = np.array([[1.0], [20.0], [100.0]]) * HOUR
    expected = 0.1 + 0.4 * scipy.special.erfc((x - 2 * UM) / (2 * np.sqrt(D * t)))
    got = couple(x, t, D, 0.9, 0.1, interface=2 * UM)
    np.testing.assert_allclose(got, expected, atol=4e-16)


def test_obeys_the_equation():
    x, t = np.meshgrid(np.linspace(-30, 30, 41) * UM, np.array([1.0, 9.0]) * HOUR)
    fn = lambda x, t: couple(x, t, D, 0.9, 0.1, UM)
    assert residual(fn, x, t, D) < 1e-12


def test_starts_as_a_step():
    x = np.array([-1e-3, -1e-12, 0.0, 1e-12, 1e-3])
    expected = [0.9, 0.9, 0.5, 0.1, 0.1]
    np.testing.assert_allclose(couple(x, 0.0, D, 0.9, 0.1), expected, atol=1e-16)


def test_mass_that_crossed():
    t = 100 * HOUR
    gained = gauss(lambda x: couple(x, t, D, 0.9, 0.1) - 0.1, 0, 1000 * UM)
    np.testing.assert_allclose(couple_through(t, D, 0.9, 0.1), gained, rtol=1e-13)


def test_slopes():
    slopes_agree(couple, 3 * UM, HOUR, D, 0.9, 0.1, UM)
    slopes_agree(couple_through, HOUR, D, 0.9, 0.1)


def test_slopes_are_finite_at_the_start_and_far_away():
    x, t = (-UM, 0.0, UM, 1.0), (0.0, 1e-12, HOUR)
    slopes_finite(couple, x, t, D, 0.9, 0.1, 0.0)
    slopes_finite(couple_through, 0.0, D, 0.9, 0.1)


def test_interface_and_position_are_interchangeable():
    args = 3 * UM, HOUR, D, 0.9, 0.1, UM
    by_x, by_interface = jax.grad(couple, (0, 5))(*map(jnp.asarray, args))
    assert by_x == -by_interface
