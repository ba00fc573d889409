import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.linear import bicgstab, conjugate_gradient


N = 12
RNG = np.random.default_rng(11)
FACES = jnp.asarray(0.2 + RNG.random((N - 1, N)))
RIGHT = jnp.asarray(RNG.normal(size=(N, N)))


def apply(weights, drift, shift):
    """Shifted diffusion on a plate, with drift along the second axis: not symmetric."""

    def product(x):
        flux = weights * jnp.diff(x, axis=0)
        out = (
            shift * x
            - jnp.pad(flux, ((0, 1), (0, 0)))
            + jnp.pad(flux, ((1, 0), (0, 0)))
        )
        side = jnp.diff(x, axis=1)
        out += jnp.pad(side, ((0, 0), (1, 0))) - jnp.pad(side, ((0, 0), (0, 1)))
        return out + drift * (x - jnp.pad(x, ((0, 0), (1, 0)))[:, :-1])

    return product


def dense(product):
    eye = jnp.eye(N * N).reshape(N * N, N, N)
    return np.asarray(jax.vmap(product)(eye).reshape(N * N, N * N).T)


CASES = [(conjugate_gradient, 0.0), (bicgstab, 0.7)]
NAMES = ["cg", "bicgstab"]


@pytest.mark.parametrize("method, drift", CASES, ids=NAMES)
@pytest.mark.parametrize("help", [False, True])
def test_solution_against_dense(method, drift, help):
    product = apply(FACES, drift, 0.3)
    exact = np.linalg.solve(dense(product), RIGHT.ravel()).reshape(N, N)
    options = {}
    if help:
        diagonal = jnp.asarray(np.diag(dense(product)).reshape(N, N))
        options = dict(inverse=lambda x: x / diagonal, start=jnp.asarray(exact) + 1e-3)
    x, converged = jax.jit(lambda b: method(product, b, rtol=1e-12, **options))(RIGHT)
    assert converged
    np.testing.assert_allclose(x, exact, atol=1e-10)


@pytest.mark.parametrize("method, drift", CASES, ids=NAMES)
def test_forward_and_reverse_derivatives(method, drift):
    start = jnp.full((N, N), 5.0)

    def total(shift, b):
        product = apply(FACES * shift, drift * shift, shift)
        inverse = lambda x: x / (shift + 4 * shift)
        x, _ = method(product, b, inverse=inverse, start=start, rtol=1e-13)
        return jnp.sum(jnp.sin(x))

    def exact(shift, b):
        product = apply(FACES * shift, drift * shift, shift)
        matrix = jax.vmap(product)(jnp.eye(N * N).reshape(N * N, N, N))
        x = jnp.linalg.solve(matrix.reshape(N * N, N * N).T, b.ravel())
        return jnp.sum(jnp.sin(x))

    shift = jnp.asarray(0.8)
    wanted = jax.grad(exact, (0, 1))(shift, RIGHT)
    got = jax.jit(jax.grad(total, (0, 1)))(shift, RIGHT)
    np.testing.assert_allclose(got[0], wanted[0], rtol=1e-9)
    np.testing.assert_allclose(got[1], wanted[1], atol=1e-10)
    pushed = jax.jvp(total, (shift, RIGHT), (jnp.asarray(1.0), RIGHT))[1]
    np.testing.assert_allclose(
        pushed, wanted[0] + jnp.sum(wanted[1] * RIGHT), rtol=1e-9
    )


@pytest.mark.parametrize("method, drift", CASES, ids=NAMES)
def test_it_tells_when_it_has_not_arrived(method, drift):
    x, converged = method(apply(FACES, drift, 1e-3), RIGHT, rtol=1e-10, max_steps=3)
    assert not converged and np.all(np.isfinite(x))


@pytest.mark.parametrize("method, drift", CASES, ids=NAMES)
def test_zero_gives_zero_with_finite_derivatives(method, drift):
    zero = jnp.zeros((N, N))
    solve = lambda b: method(apply(FACES, drift, 1.0), b)
    x, converged = solve(zero)
    assert converged
    np.testing.assert_array_equal(x, 0.0)
    assert np.all(np.isfinite(jax.grad(lambda b: jnp.sum(solve(b)[0]))(zero)))


def test_single_precision_and_many_at_once():
    faces = FACES.astype(jnp.float32)
    many = jnp.stack([RIGHT, 2 * RIGHT]).astype(jnp.float32)
    product = apply(faces, 0.0, 1.0)
    x, converged = jax.vmap(lambda b: conjugate_gradient(product, b))(many)
    assert x.dtype == jnp.float32 and np.all(converged)
    np.testing.assert_allclose(jax.vmap(product)(x), many, atol=1e-4)
