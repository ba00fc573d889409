import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.linear import Tridiagonal


def matrix(cyclic: bool, n: int = 23) -> Tridiagonal:
    rng = np.random.default_rng(3)
    lower, upper = -rng.random(n), -rng.random(n)
    if not cyclic:
        lower[0] = upper[-1] = 0.0
    return Tridiagonal(
        jnp.asarray(lower), jnp.asarray(2.1 + rng.random(n)), jnp.asarray(upper), cyclic
    )


def dense(m: Tridiagonal) -> np.ndarray:
    return np.asarray(jax.vmap(m.mv, out_axes=1)(jnp.eye(m.diagonal.size)))


RIGHT = jnp.asarray(np.random.default_rng(4).normal(size=23))


@pytest.mark.parametrize("cyclic", [False, True])
def test_solution_against_dense(cyclic):
    m = matrix(cyclic)
    expected = np.linalg.solve(dense(m), RIGHT)
    np.testing.assert_allclose(m.factor().solve(RIGHT), expected, rtol=1e-12)
    expected = np.linalg.solve(dense(m).T, RIGHT)
    np.testing.assert_allclose(m.transposed.factor().solve(RIGHT), expected, rtol=1e-12)


@pytest.mark.parametrize("cyclic", [False, True])
def test_forward_and_reverse_derivatives(cyclic):
    m = matrix(cyclic)

    def total(scale, b):
        lower = m.lower * scale if cyclic else m.lower.at[1:].multiply(scale)
        shifted = Tridiagonal(lower, m.diagonal + scale**2, m.upper, cyclic)
        return jnp.sum(jnp.sin(shifted.factor().solve(b)))

    one = jnp.asarray(0.7)
    by_scale, by_right = jax.grad(total, (0, 1))(one, RIGHT)
    h = 1e-6
    differences = (total(one + h, RIGHT) - total(one - h, RIGHT)) / (2 * h)
    np.testing.assert_allclose(by_scale, differences, rtol=1e-8)
    np.testing.assert_allclose(jax.jacfwd(total)(one, RIGHT), by_scale, rtol=1e-12)
    np.testing.assert_allclose(
        jax.jacfwd(total, 1)(one, RIGHT), by_right, rtol=1e-11, atol=1e-14
    )


def test_many_right_hand_sides():
    m = matrix(False)
    many = jnp.stack([RIGHT, 2 * RIGHT, RIGHT[::-1]])
    solved = jax.vmap(m.factor().solve)(many)
    expected = np.linalg.solve(dense(m), np.asarray(many).T).T
    np.testing.assert_allclose(solved, expected, rtol=1e-12)
