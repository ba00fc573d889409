import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.mechanics import Isotropic, MisfittingSphere


STEEL = Isotropic(young=210e9, poisson=0.3)
RADIUS, MISFIT = 5e-9, 0.01
SPHERE = MisfittingSphere(RADIUS, MISFIT, STEEL)


def test_the_pressure_inside_is_that_of_lames_shell():
    # p = 12 G K e / (3 K + 4 G) for a sphere in a body of the same stiffness.
    g, k = float(STEEL.shear), float(STEEL.bulk)
    exact = -12 * g * k * MISFIT / (3 * k + 4 * g)
    inside = SPHERE.stress(jnp.array([1e-9, 2e-9, -1e-9]))
    np.testing.assert_allclose(inside, exact * jnp.eye(3), rtol=1e-12, atol=1e-2)
    outside = jnp.array([4e-9, 5e-9, -1e-9])
    np.testing.assert_allclose(SPHERE.hydrostatic(outside), 0.0, atol=1e-3)


def test_the_pull_on_the_surface_is_the_same_from_both_sides():
    n = jnp.array([1.0, 2.0, -2.0]) / 3
    inner = SPHERE.stress(RADIUS * (1 - 1e-9) * n) @ n
    outer = SPHERE.stress(RADIUS * (1 + 1e-9) * n) @ n
    np.testing.assert_allclose(inner, outer, rtol=1e-7)


def test_strain_outside_is_that_of_a_displacement_along_the_radius():
    grown = MISFIT * 1.3 / (3 * 0.7)
    shift = lambda x: grown * RADIUS**3 * x / jnp.sum(x**2) ** 1.5
    x = jnp.array([4e-9, 5e-9, -1e-9])
    slope = jax.jacfwd(shift)(x)
    np.testing.assert_allclose(SPHERE.strain(x), 0.5 * (slope + slope.T), rtol=1e-9)


def test_derivatives_are_finite_in_the_centre_and_sentences():
    slopes = jax.jacrev(SPHERE.stress)(jnp.zeros(3))
    np.testing.assert_allclose(slopes, 0.0)
    by_misfit = lambda m: MisfittingSphere(RADIUS, m, STEEL).hydrostatic(jnp.zeros(3))
    np.testing.assert_allclose(
        jax.grad(by_misfit)(MISFIT), by_misfit(MISFIT) / MISFIT, rtol=1e-12
    )
    with pytest.raises(ValueError, match=r"radius=.*> 0"):
        MisfittingSphere(0.0, MISFIT, STEEL)
    with pytest.raises(ValueError, match=r"shape \(3,\)"):
        MisfittingSphere(RADIUS, MISFIT, STEEL, (0.0, 0.0))
