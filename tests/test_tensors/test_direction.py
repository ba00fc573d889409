import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.tensors import along_forced, along_front

from .common import needles_and_plates


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_against_numpy(dimension):
    tensor = 1e-14 * needles_and_plates(dimension, 30.0)
    n = np.random.default_rng(0).normal(size=(len(tensor), dimension))
    unit = n / np.linalg.norm(n, axis=-1, keepdims=True)
    front = np.einsum("ni,nij,nj->n", unit, tensor, unit)
    forced = 1 / np.einsum("ni,nij,nj->n", unit, np.linalg.inv(tensor), unit)
    np.testing.assert_allclose(along_front(tensor, n), front, rtol=1e-12)
    np.testing.assert_allclose(along_forced(tensor, n), forced, rtol=1e-12)
    assert np.all(forced <= front * (1 + 1e-12))
    low = along_forced(jnp.asarray(tensor, jnp.float32), jnp.asarray(n, jnp.float32))
    assert low.dtype == jnp.float32
    np.testing.assert_allclose(low, forced, rtol=2e-5)
    one = along_forced(tensor[0], n)
    np.testing.assert_allclose(one[0], forced[0], rtol=1e-12)


@pytest.mark.parametrize("along", [along_front, along_forced])
def test_on_a_principal_axis_both_are_its_value(along):
    values = np.array([1e-14, 2e-14, 3e-15])
    np.testing.assert_allclose(
        along(np.diag(values), 5.0 * np.eye(3)), values, rtol=1e-14
    )


@pytest.mark.parametrize("along", [along_front, along_forced])
@pytest.mark.parametrize("dimension", [2, 3])
def test_gradients_against_central_differences(along, dimension):
    tensor = needles_and_plates(dimension, 5.0)[7]
    n = jnp.arange(1.0, 1 + dimension)
    move, h = np.ones((dimension, dimension)) + np.eye(dimension), 1e-6
    look = lambda t: along(t, n)
    differences = (look(tensor + h * move) - look(tensor - h * move)) / (2 * h)
    np.testing.assert_allclose(
        jax.jvp(look, (tensor,), (move,))[1], differences, rtol=1e-7
    )
    np.testing.assert_allclose(
        jnp.sum(jax.grad(look)(tensor) * move), differences, rtol=1e-7
    )


@pytest.mark.parametrize("along", [along_front, along_forced])
def test_bad_shapes_are_refused(along):
    with pytest.raises(ValueError, match=r"got \(2, 2\) and \(3,\)"):
        along(np.eye(2), np.ones(3))
    with pytest.raises(ValueError, match=r"got \(\) and \(\)"):
        along(1.0, 1.0)
