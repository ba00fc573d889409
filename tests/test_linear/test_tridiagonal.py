import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.linear import Tridiagonal
from diffjax.linear._tridiagonal import _platform_solve, _sweeps


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


def plate(cyclic: bool, axis: int) -> Tridiagonal:
    rng = np.random.default_rng(7)
    shape = (5, 7, 4)
    lower, upper = -rng.random(shape), -rng.random(shape)
    if not cyclic:
        np.moveaxis(lower, axis, 0)[0] = 0.0
        np.moveaxis(upper, axis, 0)[-1] = 0.0
    bands = (jnp.asarray(b) for b in (lower, 2.1 + rng.random(shape), upper))
    lower, diagonal, upper = bands
    return Tridiagonal(lower, diagonal, upper, cyclic, axis)


@pytest.mark.parametrize("cyclic", [False, True])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_lines_side_by_side_are_the_lines_one_by_one(axis, cyclic):
    m = plate(cyclic, axis)
    right = jnp.asarray(np.random.default_rng(8).normal(size=m.diagonal.shape))
    solved = jax.jit(lambda m, b: m.factor().solve(b))(m, right)
    np.testing.assert_allclose(m.mv(solved), right, rtol=1e-11, atol=1e-13)
    to_rows = lambda x: np.moveaxis(np.asarray(x), axis, -1).reshape(-1, x.shape[axis])
    fields = (m.lower, m.diagonal, m.upper, right, solved)
    for lower, diagonal, upper, b, x in list(zip(*map(to_rows, fields)))[::5]:
        lower, diagonal, upper = (jnp.asarray(v) for v in (lower, diagonal, upper))
        one = Tridiagonal(lower, diagonal, upper, cyclic)
        np.testing.assert_allclose(np.linalg.solve(dense(one), b), x, rtol=1e-11)
    back = m.transposed
    other = jnp.sin(right)
    np.testing.assert_allclose(
        jnp.sum(other * m.mv(right)), jnp.sum(right * back.mv(other)), rtol=1e-12
    )


@pytest.mark.parametrize("cyclic", [False, True])
def test_derivatives_of_lines_side_by_side(cyclic):
    m = plate(cyclic, 1)
    right = jnp.asarray(np.random.default_rng(9).normal(size=m.diagonal.shape))

    def total(scale):
        diagonal = m.diagonal + scale**2 * jnp.abs(right)
        matrix = Tridiagonal(m.lower, diagonal, m.upper, cyclic, 1)
        return jnp.sum(jnp.sin(matrix.factor().solve(scale * right)))

    one, h = jnp.asarray(0.7), 1e-6
    differences = (total(one + h) - total(one - h)) / (2 * h)
    by_reverse = jax.grad(total)(one)
    np.testing.assert_allclose(by_reverse, differences, rtol=1e-7)
    np.testing.assert_allclose(jax.jacfwd(total)(one), by_reverse, rtol=1e-12)


def test_the_platform_routine_agrees_with_the_sweeps():
    m = plate(False, 2)
    right = jnp.asarray(np.random.default_rng(10).normal(size=m.diagonal.shape))
    f = m.factor()
    moved = jnp.moveaxis(right, 2, 0)
    operands = (f.core, f.multipliers, f.inverse_pivots, f.core.upper, moved)
    np.testing.assert_allclose(
        _platform_solve(*operands), _sweeps(*operands), rtol=1e-11
    )
