import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.mechanics import CubicStiffness, GeneralStiffness, IsotropicStiffness
from diffjax.tensors import rotation_from_axis

from .common import check_slopes, COPPER, STEEL


TURN = rotation_from_axis([1.0, 2.0, -1.0], 0.7)
_RANDOM = np.random.default_rng(0).normal(size=(4, 3, 3))
STRAINS = jnp.asarray(1e-3 * (_RANDOM + _RANDOM.swapaxes(1, 2)))


def test_hookes_law_of_an_isotropic_body():
    mu = 210e9 / (2 * 1.29)
    lam = 2 * mu * 0.29 / (1 - 0.58)
    trace = jnp.einsum("nii->n", STRAINS)[:, None, None]
    expected = lam * trace * jnp.eye(3)[None] + 2 * mu * STRAINS
    np.testing.assert_allclose(STEEL.stress(STRAINS), expected, rtol=1e-12)
    np.testing.assert_allclose(STEEL.shear_modulus, mu, rtol=1e-14)
    np.testing.assert_allclose(STEEL.bulk_modulus, lam + 2 * mu / 3, rtol=1e-14)
    pull = jnp.zeros((3, 3)).at[0, 0].set(1e8)
    diagonal = jnp.diag(STEEL.strain(pull))
    expected = 1e8 / 210e9 * np.array([1, -0.29, -0.29])
    np.testing.assert_allclose(diagonal, expected, rtol=1e-12)


@pytest.mark.parametrize("body", [STEEL, COPPER, COPPER.rotated(TURN)])
def test_there_and_back_and_the_tensor(body):
    stress = body.stress(STRAINS)
    np.testing.assert_allclose(body.strain(stress), STRAINS, atol=1e-17)
    by_tensor = jnp.einsum("ijkl,nkl->nij", body.tensor, STRAINS)
    np.testing.assert_allclose(stress, by_tensor, rtol=1e-12, atol=1e-4)


def test_cubic_becomes_isotropic():
    c11, c12 = (float(STEEL.matrix[0, k]) for k in (0, 1))
    same = CubicStiffness(c11, c12, (c11 - c12) / 2)
    np.testing.assert_allclose(same.matrix, STEEL.matrix, rtol=1e-14)
    turned = same.rotated(TURN).matrix
    np.testing.assert_allclose(turned, STEEL.matrix, atol=1e-3)
    assert np.abs(COPPER.rotated(TURN).matrix - COPPER.matrix).max() > 1e9


def test_turning_the_body_and_turning_the_strain():
    turned = jnp.einsum("ia,jb,nab->nij", TURN, TURN, STRAINS)
    expected = jnp.einsum("ia,jb,nab->nij", TURN, TURN, COPPER.stress(STRAINS))
    np.testing.assert_allclose(
        COPPER.rotated(TURN).stress(turned), expected, rtol=1e-10, atol=1e-3
    )
    back = COPPER.rotated(TURN).rotated(TURN.T).matrix
    np.testing.assert_allclose(back, COPPER.matrix, atol=1e-3)
    # Along <111> of a cubic crystal: 1/E = S11 - 2 (S11 - S12 - S44/2) / 3.
    s = COPPER.compliance
    n = jnp.ones(3) / jnp.sqrt(3.0)
    pull = jnp.outer(n, n)
    found = jnp.sum(pull * COPPER.strain(pull))
    expected = s[0, 0] - 2 / 3 * (s[0, 0] - s[0, 1] - s[3, 3] / 2)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_slopes():
    def energy(p):
        body = CubicStiffness(p[0] * 1e11, p[1] * 1e11, p[2] * 1e11).rotated(TURN)
        strain = body.strain(1e11 * STRAINS)
        return jnp.sum(jnp.sin(strain * 1e3)) + jnp.sum(body.stress(STRAINS)) / 1e9

    check_slopes(energy, [1.684, 1.214, 0.754])
    grown = jax.grad(lambda e: jnp.sum(IsotropicStiffness(e, 0.3).stress(STRAINS)))
    expected = jnp.sum(IsotropicStiffness(1.0, 0.3).stress(STRAINS))
    np.testing.assert_allclose(grown(2e11), expected, rtol=1e-10)


@pytest.mark.parametrize(
    "make, sentence",
    [
        (
            lambda: IsotropicStiffness(-1.0, 0.3),
            r"youngs_modulus=...\)` must be .* > 0",
        ),
        (lambda: IsotropicStiffness(1e11, 0.5), "must lie between -1 and 1/2"),
        (lambda: CubicStiffness(1e11, 2e11, 1e11), "must be positive definite"),
        (lambda: GeneralStiffness(np.eye(3)), r"must have shape `\(6, 6\)`"),
        (lambda: GeneralStiffness(-np.eye(6)), "must be positive definite"),
        (lambda: GeneralStiffness(np.eye(6) + np.eye(6, k=1)), "must be symmetric"),
        (lambda: STEEL.stress(np.eye(2)), r"must have shape `\(\*batch, 3, 3\)`"),
    ],
)
def test_bad_input_is_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
