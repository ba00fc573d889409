"""Hooke's law, both ways."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.mechanics import Cubic, Isotropic


STEEL = Isotropic(young=210e9, poisson=0.3)
IRON = Cubic(c11=230e9, c12=135e9, c44=117e9)
RNG = np.random.default_rng(6)
SOME = RNG.normal(size=(3, 3)) * 1e-3
STRAIN = jnp.asarray(0.5 * (SOME + SOME.T))


@pytest.mark.parametrize("stiffness", [STEEL, IRON], ids=["isotropic", "cubic"])
def test_strain_and_stress_are_inverse_and_cost_energy(stiffness):
    stress = stiffness.stress(STRAIN)
    np.testing.assert_allclose(stiffness.strain(stress), STRAIN, rtol=1e-12, atol=1e-18)
    np.testing.assert_allclose(stress, stress.T, rtol=1e-15)
    assert float(jnp.sum(stress * STRAIN)) > 0


def test_pulling_a_rod_stretches_it_by_youngs_modulus_and_thins_it_by_poissons_ratio():
    strain = STEEL.strain(jnp.diag(jnp.array([1e8, 0.0, 0.0])))
    np.testing.assert_allclose(strain[0, 0], 1e8 / 210e9, rtol=1e-14)
    np.testing.assert_allclose(strain[1, 1], -0.3 * 1e8 / 210e9, rtol=1e-14)
    even = STEEL.stress(1e-3 * jnp.eye(3))
    np.testing.assert_allclose(jnp.trace(even) / 3, STEEL.bulk * 3e-3, rtol=1e-13)


def test_a_cubic_crystal_with_the_right_shear_is_isotropic():
    lame = STEEL.bulk - 2 * STEEL.shear / 3
    cubic = Cubic(lame + 2 * STEEL.shear, lame, STEEL.shear)
    np.testing.assert_allclose(
        cubic.stress(STRAIN), STEEL.stress(STRAIN), rtol=1e-12, atol=1e-3
    )


def test_stress_of_a_cubic_crystal_component_by_component():
    stress, e = IRON.stress(STRAIN), STRAIN
    np.testing.assert_allclose(
        stress[1, 1], 230e9 * e[1, 1] + 135e9 * (e[0, 0] + e[2, 2]), rtol=1e-12
    )
    np.testing.assert_allclose(stress[0, 2], 2 * 117e9 * e[0, 2], rtol=1e-12)


def test_derivatives():
    push = lambda young: Isotropic(young, 0.3).stress(STRAIN)[0, 1]
    np.testing.assert_allclose(jax.grad(push)(210e9), push(210e9) / 210e9, rtol=1e-12)


def test_sentences():
    with pytest.raises(ValueError, match="between -1 and 1/2"):
        Isotropic(210e9, 0.5)
    with pytest.raises(ValueError, match=r"young=.*> 0"):
        Isotropic(-1.0, 0.3)
    with pytest.raises(ValueError, match="c11 - c12"):
        Cubic(100e9, 135e9, 117e9)
    with pytest.raises(ValueError, match=r"c44=.*> 0"):
        Cubic(230e9, 135e9, 0.0)
