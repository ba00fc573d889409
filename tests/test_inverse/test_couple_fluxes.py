"""Fluxes of closed-form couples, and the matrices they give back."""

import jax.numpy as jnp
import jax.scipy.special as jsp
import numpy as np
import pytest

import inverse as inv


TIME = 3.6e5
MATRIX = jnp.array([[3e-14, 1e-14], [0.5e-14, 2e-14]])
MIDDLE = jnp.array([0.3, 0.2])


def couple(jump, points=1601, origin=0.0):
    """Profiles, fluxes and slopes of a ternary couple, from the matrix's modes."""
    d, modes = np.linalg.eig(np.asarray(MATRIX))
    x = jnp.linspace(-1.2e-3, 1.2e-3, points)
    width = 2 * np.sqrt(d * TIME)[None, :]
    share = 0.5 * np.linalg.solve(modes, np.asarray(jump))[None, :]
    c = MIDDLE[None, :] + (share * jsp.erf(x[:, None] / width)) @ modes.T
    bell = 2 / np.sqrt(np.pi) * jnp.exp(-((x[:, None] / width) ** 2)) / width
    slope = (share * bell) @ modes.T
    return x + origin, c, slope


@pytest.mark.parametrize("jump", [(0.2, 0.0), (0.1, -0.2)])
def test_fluxes_are_those_of_the_matrix_wherever_the_origin(jump):
    x, c, slope = couple(jump, origin=123e-6)
    exact = -slope @ MATRIX.T
    found = inv.interdiffusion_flux(x, c, TIME)
    np.testing.assert_allclose(found, exact, atol=1e-3 * np.max(np.abs(exact)))


def test_second_order_in_the_spacing():
    errors = []
    for points in (101, 201):
        x, c, slope = couple((0.2, 0.0), points)
        exact = -slope @ MATRIX.T
        errors.append(np.max(np.abs(inv.interdiffusion_flux(x, c, TIME) - exact)))
    assert 1.7 < np.log2(errors[0] / errors[1]) < 2.3


def test_two_crossing_couples_return_the_matrix():
    fluxes, gradients = [], []
    for jump in ((0.2, 0.0), (0.1, -0.2)):
        x, c, slope = couple(jump)
        fluxes.append(inv.interdiffusion_flux(x, c, TIME)[800])
        gradients.append(slope[800])
    found = inv.crossing_matrix(jnp.stack(fluxes), jnp.stack(gradients))
    np.testing.assert_allclose(found.matrix, MATRIX, rtol=0.01)
    assert 1 < found.condition < 10


def test_the_average_of_a_constant_is_the_constant():
    x = jnp.linspace(-1e-3, 1e-3, 801)
    c = 0.5 * jsp.erfc(x / (2 * np.sqrt(2e-14 * TIME)))
    flux = inv.interdiffusion_flux(x, c[:, None], TIME)[:, 0]
    here = slice(300, 480)
    found = inv.average_diffusivity(x[here], c[here], flux[here])
    np.testing.assert_allclose(found, 2e-14, rtol=0.005)


def test_the_kirkendall_plane_gives_both():
    a, b, n, slope = 5e-14, 1e-14, 0.4, -3e3
    mixed = (1 - n) * a + n * b
    found = inv.intrinsic_at_plane(mixed, n, slope, 2 * TIME * (a - b) * slope, TIME)
    np.testing.assert_allclose(jnp.array([found.a, found.b]), [a, b], rtol=1e-12)


def test_zero_flux_planes():
    # The second component drives the first uphill in the middle.
    x, c, slope = couple((0.05, -0.155), origin=123e-6)
    exact = inv.zero_flux_planes(x, (-slope @ MATRIX.T)[:, 0])
    found = inv.zero_flux_planes(x, inv.interdiffusion_flux(x, c, TIME)[:, 0])
    assert found.shape == (2,)
    np.testing.assert_allclose(found, exact, atol=1e-6)
    assert inv.zero_flux_planes(x, slope[:, 1]).size == 0
