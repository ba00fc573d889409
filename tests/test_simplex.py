import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax._simplex import across_root, lowest


@pytest.mark.parametrize("x", [[0.5, 0.3, 0.2], [0.0, 1.0, 0.0], [0.2, 0.8, 0.0]])
def test_a_basis_across_the_roots_of_fractions(x):
    root, across = across_root(jnp.array(x))
    whole = jnp.concatenate([across, root[:, None]], axis=1)
    np.testing.assert_allclose(whole.T @ whole, np.eye(3), atol=1e-15)
    np.testing.assert_allclose(root**2, x, rtol=1e-15)
    slope = jax.jacfwd(lambda x: across_root(x)[1])(jnp.array(x))
    assert bool(jnp.all(jnp.isfinite(slope)))


@pytest.mark.parametrize("size", [1, 2, 3])
def test_lowest_eigenvalue_and_its_slope_where_two_meet(size):
    rng = np.random.default_rng(size)
    a = rng.normal(size=(size, size))
    a = jnp.asarray(a + a.T)
    np.testing.assert_allclose(lowest(a), np.linalg.eigvalsh(a)[0], rtol=1e-13)
    value, slope = jax.value_and_grad(lowest)(3.0 * jnp.eye(size))
    np.testing.assert_allclose(value, 3.0, rtol=1e-15)
    np.testing.assert_allclose(jnp.trace(slope), 1.0, rtol=1e-14)


def test_lowest_of_small_numbers_in_single_precision():
    """Interdiffusivities of cold alloys: their squares underflow."""
    matrix = np.array([[2.0, 3.0], [3.0, 1.0]])
    small = jnp.asarray(1e-24 * matrix, jnp.float32)
    expected = 1e-24 * np.linalg.eigvalsh(matrix)[0]
    np.testing.assert_allclose(lowest(small), expected, rtol=1e-6)


def test_lowest_of_more_than_three():
    a = np.random.default_rng(5).normal(size=(5, 5))
    a = a + a.T
    np.testing.assert_allclose(
        lowest(jnp.asarray(a)), np.linalg.eigvalsh(a)[0], rtol=1e-13
    )
