import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.lattice import Crystal, hcp


A = 3e-10


def test_a_cell_and_its_sites():
    crystal = hcp(A)
    assert (crystal.dimension, crystal.sites, crystal.types) == (3, 2, ("",))
    height = np.sqrt(8 / 3) * A
    np.testing.assert_allclose(crystal.volume, np.sqrt(0.75) * A**2 * height)
    gap = crystal.positions[1] - crystal.positions[0]
    np.testing.assert_allclose(np.linalg.norm(gap), A)
    assert Crystal([[A]]).kinds == ("",)


def test_strain_moves_the_vectors():
    strain = np.array([[0.01, 0.002, 0.0], [0.002, -0.02, 0.0], [0.0, 0.0, 0.03]])
    crystal = hcp(A)
    moved = crystal.deformed(strain)
    expected = (np.eye(3) + strain) @ np.asarray(crystal.positions[1])
    np.testing.assert_allclose(moved.positions[1], expected)
    share = moved.volume / crystal.volume
    np.testing.assert_allclose(share, np.linalg.det(np.eye(3) + strain))
    rise = jax.grad(lambda x: crystal.deformed(x * jnp.eye(3)).volume)(0.0)
    np.testing.assert_allclose(rise, 3 * crystal.volume)


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (([[A, 0.0], [2 * A, 0.0]],), "must be independent"),
        (([[np.nan]],), "must be independent"),
        (([A, A],), r"vectors=...\)` must have shape `\(d, d\)`"),
        (([[A]], [0.0]), r"basis=...\)` must have shape `\(sites, 1\)`"),
        (([[A]], [[0.0], [1.0]]), "0 and 1 are one site"),
        (([[A]], [[np.inf]]), "finite numbers"),
        (([[A]], [[0.0]], ("a", "b")), "must have 1 names, one per site"),
    ],
)
def test_bad_crystals_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        Crystal(*arguments)
    with pytest.raises(ValueError, match=r"strain=...\)` must have shape"):
        Crystal([[A]]).deformed(0.1)
