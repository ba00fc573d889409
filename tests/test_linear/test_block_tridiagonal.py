import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.linear import BlockTridiagonal, small_inverse, Tridiagonal


def a_matrix(cells, size, seed=0, dtype=float):
    """An implicit step of diffusion with coupled coefficients."""
    rng = np.random.default_rng(seed)
    off = [-rng.uniform(0.5, 1.5, (cells, size, size)) for _ in range(2)]
    off[0][0], off[1][-1] = 0.0, 0.0
    middle = rng.normal(size=(cells, size, size)) + 6 * size * np.eye(size)
    return BlockTridiagonal(*(jnp.asarray(x, dtype) for x in (off[0], middle, off[1])))


def dense(matrix):
    cells, size, _ = matrix.diagonal.shape
    full = np.zeros((cells, size, cells, size))
    for i in range(cells):
        full[i, :, i] = matrix.diagonal[i]
        if i:
            full[i, :, i - 1] = matrix.lower[i]
        if i < cells - 1:
            full[i, :, i + 1] = matrix.upper[i]
    return full.reshape(cells * size, -1)


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_solve_product_and_transpose_against_dense_algebra(size):
    matrix = a_matrix(7, size, seed=size)
    b = jnp.asarray(np.random.default_rng(9).normal(size=(7, size)))

    @jax.jit
    def all_three(matrix, b):
        solve = lambda b: matrix.factor().solve(b)
        x, back = jax.vjp(solve, b)
        return x, back(b)[0], matrix.mv(b), matrix.transposed.mv(b)

    found = all_three(matrix, b)
    full, flat = dense(matrix), np.asarray(b).ravel()
    wanted = (
        np.linalg.solve(full, flat),
        np.linalg.solve(full.T, flat),
        full @ flat,
        full.T @ flat,
    )
    for mine, theirs in zip(found, wanted):
        np.testing.assert_allclose(np.ravel(mine), theirs, rtol=1e-12, atol=1e-13)


def test_blocks_of_one_are_the_scalar_elimination():
    matrix = a_matrix(30, 1)
    lower, middle, upper = (
        x[:, 0, 0] for x in (matrix.lower, matrix.diagonal, matrix.upper)
    )
    plain = Tridiagonal(lower, middle, upper)
    b = jnp.linspace(-1.0, 1.0, 30)
    mine = matrix.factor().solve(b[:, None])[:, 0]
    np.testing.assert_allclose(mine, plain.factor().solve(b), rtol=1e-13)


def test_gradients_against_differences():
    matrix, b = a_matrix(6, 2, seed=3), jnp.ones((6, 2))
    moved = a_matrix(6, 2, seed=4)

    @jax.jit
    def slopes(matrix, b):
        def value(s):
            m = jax.tree.map(lambda x, d: x + s * d, matrix, moved)
            return jnp.sum(jnp.sin(m.factor().solve(b * (1 + s))))

        zero, h = jnp.asarray(0.0), 1e-5
        forward = jax.jvp(value, (zero,), (zero + 1,))[1]
        return forward, jax.grad(value)(zero), (value(h) - value(-h)) / (2 * h)

    forward, reverse, differences = slopes(matrix, b)
    np.testing.assert_allclose(forward, differences, rtol=1e-8)
    np.testing.assert_allclose(reverse, forward, rtol=1e-12)


def test_single_precision():
    matrix = a_matrix(50, 3, dtype=jnp.float32)
    b = jnp.ones((50, 3), jnp.float32)
    x = matrix.factor().solve(b)
    assert x.dtype == jnp.float32
    wanted = np.linalg.solve(dense(matrix), np.ones(150))
    np.testing.assert_allclose(np.ravel(x), wanted, rtol=2e-5, atol=1e-7)


def test_small_inverses():
    for size in (1, 2, 3, 4):
        a = jnp.asarray(np.random.default_rng(size).normal(size=(5, size, size)))
        product = np.asarray(small_inverse(a) @ a)
        np.testing.assert_allclose(
            product, np.broadcast_to(np.eye(size), product.shape), atol=1e-12
        )


def test_the_matrix_of_a_step_and_a_bound_on_eigenvalues():
    matrix = a_matrix(6, 2, seed=3)
    full = dense(matrix)
    stepped = dense(matrix.below(jnp.asarray(2.5)))
    np.testing.assert_allclose(stepped, 2.5 * np.eye(12) - full, atol=1e-15)
    np.testing.assert_allclose(matrix.largest_row, np.abs(full).sum(1).max())
    assert np.abs(np.linalg.eigvals(full)).max() <= float(matrix.largest_row)
