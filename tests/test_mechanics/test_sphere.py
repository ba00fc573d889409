import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.mechanics import IsotropicStiffness, MisfittingSphere

from .common import check_field, check_slopes, STEEL


A = 5e-9
HARD = IsotropicStiffness(400e9, 0.2)
CENTRE = np.array([1e-9, -2e-9, 3e-9])
SPHERE = MisfittingSphere(0.02, A, STEEL, inclusion=HARD, centre=CENTRE)
WAYS = np.random.default_rng(0).normal(size=(6, 3))
WAYS /= np.linalg.norm(WAYS, axis=1, keepdims=True)


def test_forces_balance_and_strains_fit():
    check_field(SPHERE, CENTRE + 1.5 * A * WAYS, A)
    check_field(SPHERE, CENTRE + 0.5 * A * WAYS, A)


def test_against_the_closed_forms():
    outside = jax.vmap(SPHERE.hydrostatic)(jnp.asarray(CENTRE + 1.2 * A * WAYS))
    inside = SPHERE.hydrostatic(CENTRE)
    assert np.max(np.abs(outside)) < 1e-12 * abs(inside)
    # The pressure of a misfit in a hole: both sides of the surface pull alike.
    eps = 1e-9
    for n in WAYS:
        within = SPHERE.stress(CENTRE + (1 - eps) * A * n) @ n
        without = SPHERE.stress(CENTRE + (1 + eps) * A * n) @ n
        np.testing.assert_allclose(within, without, rtol=1e-7)
    # The hole and the sphere are equally wide: hoop strains differ by the misfit.
    n, t = np.array([1.0, 0, 0]), np.array([0, 1.0, 0])
    within = t @ SPHERE.strain(CENTRE + (1 - eps) * A * n) @ t
    without = t @ SPHERE.strain(CENTRE + (1 + eps) * A * n) @ t
    np.testing.assert_allclose(without - within, 0.02, rtol=1e-7)
    # Eshelby's share of the trace, in one body.
    same = MisfittingSphere(0.02, A, STEEL)
    grown = np.trace(same.strain(np.zeros(3))) + 3 * 0.02
    np.testing.assert_allclose(grown, 3 * 0.02 * 1.29 / (3 * 0.71), rtol=1e-12)


def test_slopes():
    def pull(p):
        sphere = MisfittingSphere(
            p[0], p[1] * A, IsotropicStiffness(p[2] * 1e11, p[3]), centre=CENTRE
        )
        x = jnp.asarray(CENTRE) + A * jnp.array([1.0, 0.5, 0.2]) * p[4]
        return (sphere.hydrostatic(CENTRE) + sphere.stress(x)[0, 1]) / 1e9

    check_slopes(pull, [0.02, 1.1, 2.1, 0.29, 1.3])
    for x in (CENTRE, CENTRE + A * np.array([1.0, 0, 0])):
        slope = jax.jacrev(SPHERE.stress)(jnp.asarray(x))
        assert np.all(np.isfinite(slope))


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match=r"radius=...\)` must be .* > 0 \(m\)"):
        MisfittingSphere(0.01, -1e-9, STEEL)
