import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.tensors import require_definite, smallest_eigenvalue

from .common import needles_and_plates, rotations, turned


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_against_numpy(dimension):
    half = np.random.default_rng(0).normal(size=(50, 4, dimension, dimension))
    tensor = half + half.swapaxes(-1, -2)
    expected = np.linalg.eigvalsh(tensor)[..., 0]
    np.testing.assert_allclose(smallest_eigenvalue(tensor), expected, atol=2e-14)
    assert smallest_eigenvalue(jnp.asarray(tensor, jnp.float32)).dtype == jnp.float32
    for anisotropy in (1.0, 1 + 1e-9, 10.0, 1e4, 1e9):
        tensor = needles_and_plates(dimension, anisotropy)
        expected = np.linalg.eigvalsh(tensor)[..., 0]
        np.testing.assert_allclose(smallest_eigenvalue(tensor), expected, atol=2e-15)
        low = smallest_eigenvalue(jnp.asarray(1e-30 * tensor, jnp.float32))
        np.testing.assert_allclose(low, 1e-30 * expected, atol=2e-36)


@pytest.mark.parametrize(
    "values", [(2.0, 5.0, 9.0), (-1.0, 4.0, 4.0), (1.0, 1.01, 3.0), (2.0, 3.0)]
)
def test_the_gradient_is_the_eigenvector_squared(values):
    size = len(values)
    (tensor,) = 1e-14 * turned(np.array(values), rotations(size, 5)[2:3])
    vector = np.linalg.eigh(tensor)[1][:, 0]
    gradient = jax.grad(smallest_eigenvalue)(tensor)
    np.testing.assert_allclose(gradient, np.outer(vector, vector), atol=1e-9)
    move = np.random.default_rng(0).normal(size=(size, size))
    move = 1e-14 * (move + move.T)
    h = 1e-6
    differences = (
        smallest_eigenvalue(tensor + h * move) - smallest_eigenvalue(tensor - h * move)
    ) / (2 * h)
    forward = jax.jvp(smallest_eigenvalue, (tensor,), (move,))[1]
    np.testing.assert_allclose(forward, differences, rtol=1e-6)


@pytest.mark.parametrize("values", [(1, 1), (1, 1, 1), (0, 0, 0), (1, 1, 2)])
def test_the_gradient_is_finite_where_eigenvalues_meet(values):
    size = len(values)
    (turn,) = rotations(size, 5)[2:3]
    tensor = np.diag(values) * 1e-14
    lowest = np.array(values) == min(values)
    expected = np.diag(lowest / lowest.sum())
    gradient = jax.jit(jax.grad(smallest_eigenvalue))(tensor)
    np.testing.assert_allclose(gradient, expected, atol=1e-14)
    tensor = turned(np.array(values), turn)
    gradient = jax.jacfwd(smallest_eigenvalue)(tensor)
    assert np.all(np.isfinite(gradient))
    np.testing.assert_allclose(np.trace(gradient), 1.0, rtol=1e-6)


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_nan_stays_nan(dimension):
    tensor = np.eye(dimension)
    tensor[0, -1] = tensor[-1, 0] = np.nan
    assert np.isnan(smallest_eigenvalue(tensor))
    assert smallest_eigenvalue(np.zeros((dimension, dimension))) == 0.0


def test_definite_tensors_pass():
    for dimension in (1, 2, 3):
        tensor = 1e-14 * needles_and_plates(dimension, 1e3)
        found = require_definite(tensor, "D", "m²/s")
        np.testing.assert_array_equal(found, tensor)
    uneven = np.array([[1.0, 0.5], [0.5 * (1 + 1e-15), 1.0]])
    found = require_definite(uneven, "D", "m²/s")
    np.testing.assert_array_equal(found, found.T)
    low = require_definite(jnp.eye(3, dtype=jnp.float32), "D", "m²/s")
    assert low.dtype == jnp.float32


@pytest.mark.parametrize(
    "tensor, sentence",
    [
        (
            np.ones(3),
            r"`D` must have shape `\(d, d\)` with d = 1, 2 or 3 \(m²/s\); got",
        ),
        (np.diag([1.0, np.nan]), r"`D` must be finite \(m²/s\)."),
        (
            np.array([[1.0, 0.5], [0.25, 1.0]]),
            r"`D` must be symmetric; got 0.5 at \[0,1\] and 0.25 at \[1,0\] \(m²/s\)",
        ),
        (
            np.array([[1.0, 2.0], [2.0, 1.0]]),
            r"must be positive definite; its eigenvalues are -1, 3 \(m²/s\)",
        ),
        (np.diag([1.0, 0.0, 2.0]), "positive definite; its eigenvalues are 0, 1, 2"),
    ],
)
def test_others_are_refused_now_or_when_they_run(tensor, sentence):
    with pytest.raises(ValueError, match=sentence):
        require_definite(tensor, "D", "m²/s")
    if tensor.ndim == 2:
        run = eqx.filter_jit(lambda t: require_definite(t, "D", "m²/s"))
        np.testing.assert_array_equal(run(jnp.eye(2)), np.eye(2))
        with pytest.raises(eqx.EquinoxRuntimeError, match="`D` must be"):
            jax.block_until_ready(run(jnp.asarray(tensor)))
