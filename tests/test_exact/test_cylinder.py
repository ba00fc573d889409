import jax
import numpy as np
import pytest
import scipy.special

from diffjax.exact import _cylinder as source, cylinder_mode

from .common import D, gauss, HOUR, residual, slopes_agree, slopes_finite, UM


RADIUS = 20 * UM
KINDS = [(0, "fixed"), (1, "no-flux")]


@pytest.mark.parametrize("order, wall", KINDS)
def test_roots_against_scipy(order, wall):
    got = [source._bessel_root(order, n) for n in range(1, 41)]
    np.testing.assert_allclose(got, scipy.special.jn_zeros(order, 40), rtol=4e-16)


@pytest.mark.parametrize("order, wall", KINDS)
@pytest.mark.parametrize("mode", [1, 2, 10, 30])
def test_mode_against_scipy(order, wall, mode):
    alpha = scipy.special.jn_zeros(order, mode)[-1]
    rho, tau = np.linspace(0, 1, 501), np.array([[0.0], [1e-3]])
    expected = scipy.special.j0(alpha * rho) * np.exp(-(alpha**2) * tau)
    got = cylinder_mode(rho * RADIUS, tau * RADIUS**2 / D, D, RADIUS, mode, wall)
    np.testing.assert_allclose(got, expected, atol=3e-15)


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
