import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.mechanics import Bending, Isotropic, Uniform


STEEL = Isotropic(young=210e9, poisson=0.3)


def test_a_film_under_biaxial_strain_has_its_biaxial_stress():
    # With a free surface, the strain across follows from Poisson's ratio.
    e = -4e-3
    across = -2 * 0.3 / (1 - 0.3) * e
    film = Uniform(jnp.diag(jnp.array([across, e, e])), STEEL)
    stress = film.stress(jnp.zeros(3))
    np.testing.assert_allclose(stress[1, 1], 210e9 * e / (1 - 0.3), rtol=1e-12)
    np.testing.assert_allclose(stress[0, 0], 0.0, atol=1e-3)


def test_a_bent_beam_is_pulled_on_one_side_and_free_across():
    beam = Bending(2.0, STEEL, neutral=1e-4)
    stress = beam.stress(jnp.asarray(3e-4))
    np.testing.assert_allclose(stress[1, 1], 210e9 * 2.0 * 2e-4, rtol=1e-14)
    assert float(jnp.sum(jnp.abs(stress))) == float(stress[1, 1])
    np.testing.assert_allclose(
        beam.hydrostatic(jnp.asarray(-1e-4)), -210e9 * 2.0 * 2e-4 / 3, rtol=1e-14
    )


def test_sentences():
    with pytest.raises(ValueError, match=r"shape \(3, 3\); got \(3,\)"):
        Uniform(jnp.ones(3), STEEL)
    with pytest.raises(ValueError, match="symmetric"):
        Uniform(jnp.array([[0, 1.0, 0], [0, 0, 0], [0, 0, 0]]), STEEL)
    with pytest.raises(ValueError, match="two different axes"):
        Bending(1.0, STEEL, across="y", along="y")
