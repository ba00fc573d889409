import jax
import jax.numpy as jnp
import numpy as np

from diffjax.stepping import DenseTerm


def field(t, y, args):
    return jnp.stack([-args * y[0] ** 2 + jnp.sin(t), y[0] * y[1]])


Y, T, ARGS = jnp.array([0.3, 0.7]), jnp.asarray(2.0), jnp.asarray(1.7)


def test_linearised_is_the_derivative():
    here = DenseTerm(field).linearise(T, Y, ARGS)
    np.testing.assert_allclose(here.rate, field(T, Y, ARGS))
    np.testing.assert_allclose(here.drift, [np.cos(2.0), 0.0])
    right = jnp.array([1.0, -2.0])
    jacobian = jax.jacfwd(field, 1)(T, Y, ARGS)
    expected = np.linalg.solve(3.0 * np.eye(2) - jacobian, right)
    np.testing.assert_allclose(here.solver(jnp.asarray(3.0))(right), expected)


def test_split_solver_of_a_small_system_is_exact():
    here = DenseTerm(field).linearise(T, Y, ARGS)
    right, shift = jnp.array([1.0, -2.0]), jnp.asarray(3.0)
    np.testing.assert_array_equal(
        here.split_solver(shift)(right), here.solver(shift)(right)
    )


def test_spectral_bound_holds_the_spectrum():
    rng = np.random.default_rng(5)
    for matrix in rng.normal(size=(20, 6, 6)):
        term = DenseTerm(lambda t, y, args, m=jnp.asarray(matrix): m @ y)
        bound = term.spectral_bound(T, jnp.ones(6), None)
        assert bound >= np.max(np.abs(np.linalg.eigvals(matrix)))


def test_it_is_a_diffrax_term():
    term = DenseTerm(field)
    np.testing.assert_array_equal(term.vf(T, Y, ARGS), field(T, Y, ARGS))
    assert term.contr(1.0, 3.0) == 2.0
    np.testing.assert_array_equal(term.prod(Y, 2.0), 2 * Y)
    np.testing.assert_array_equal(term.vf_prod(T, Y, ARGS, 2.0), 2 * field(T, Y, ARGS))
