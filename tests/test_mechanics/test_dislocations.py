"""Dislocations: classical far from the core, finite in it, closed around it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.mechanics import EdgeDislocation, Isotropic, ScrewDislocation


STEEL = Isotropic(young=210e9, poisson=0.3)
G, NU, B = 210e9 / 2.6, 0.3, 2.5e-10
EDGE = EdgeDislocation(B, STEEL, core=1e-10)
SCREW = ScrewDislocation(B, STEEL, core=1e-10)


def test_hydrostatic_stress_is_the_classical_one_far_away():
    x, y = 3e-8, 4e-8
    exact = -G * B * (1 + NU) / (3 * np.pi * (1 - NU)) * y / (x**2 + y**2)
    found = EDGE.hydrostatic(jnp.array([x, y]))
    np.testing.assert_allclose(found, exact, rtol=1e-5)
    assert found < 0  # pressed where the extra half plane is
    np.testing.assert_allclose(SCREW.hydrostatic(jnp.array([x, y])), 0.0)
    stress = EDGE.stress(jnp.array([x, y]))
    size = G * B / (2 * np.pi * (1 - NU))
    r4 = (x**2 + y**2) ** 2
    np.testing.assert_allclose(
        stress[0, 0], -size * y * (3 * x**2 + y**2) / r4, rtol=2e-5
    )
    np.testing.assert_allclose(stress[0, 1], size * x * (x**2 - y**2) / r4, rtol=4e-5)


@pytest.mark.parametrize("field, component", [(EDGE, 0), (SCREW, 2)])
def test_the_way_around_the_line_closes_but_for_burgers_vector(field, component):
    # The slip that closes a loop is that of the strain and rotation along it: by
    # Cesaro's integral, here with the curl of the strain as the rotation's slope.
    radius, n = 5e-9, 720
    angles = 2 * np.pi * np.arange(n) / n

    def slopes(position):
        full = jnp.concatenate([position, jnp.zeros(1)])
        return field.strain(full), jax.jacfwd(field.strain)(full)

    positions = radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    strain, gradient = jax.jit(jax.vmap(slopes))(jnp.asarray(positions))
    tangent = radius * 2 * np.pi / n * np.stack([-np.sin(angles), np.cos(angles)], 1)
    tangent = np.concatenate([tangent, np.zeros((n, 1))], axis=1)
    at = np.concatenate([positions, np.zeros((n, 1))], axis=1)
    # b_i = loop integral of (e_ik + (x0 - x)_j (d_i e_jk ... )), with x0 the origin.
    twist = np.einsum("pikj->pijk", gradient) - np.einsum("pjki->pijk", gradient)
    slip = np.einsum("pik,pk->i", strain, tangent)
    slip -= np.einsum("pj,pijk,pk->i", at, twist, tangent)
    np.testing.assert_allclose(abs(slip[component]), B, rtol=2e-3)
    others = np.delete(slip, component)
    np.testing.assert_allclose(others, 0.0, atol=1e-6 * B)


def test_values_and_slopes_on_the_line_itself():
    for field in (EDGE, SCREW):
        stress = field.stress(jnp.zeros(2))
        slopes = jax.jacrev(field.stress)(jnp.zeros(2))
        assert bool(jnp.all(jnp.isfinite(stress)) & jnp.all(jnp.isfinite(slopes)))
        np.testing.assert_allclose(stress, 0.0, atol=1e-3)
    h = 1e-14
    quotient = (
        EDGE.hydrostatic(jnp.array([0.0, h])) - EDGE.hydrostatic(jnp.array([0.0, -h]))
    ) / (2 * h)
    slope = jax.grad(EDGE.hydrostatic)(jnp.zeros(2))[1]
    np.testing.assert_allclose(slope, quotient, rtol=1e-6)


def test_sentences():
    for kind in (EdgeDislocation, ScrewDislocation):
        with pytest.raises(ValueError, match=r"core=.*> 0"):
            kind(B, STEEL, 0.0)
        with pytest.raises(ValueError, match=r"centre=.*shape \(2,\)"):
            kind(B, STEEL, 1e-10, (0.0, 0.0, 0.0))
