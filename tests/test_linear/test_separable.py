import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg

from diffjax.linear import _separable, AxisModes, conjugate_gradient, Separable


ENDS = [
    ("closed", "closed"),
    ("held", "held"),
    ("closed", "held"),
    ("held", "closed"),
    ("periodic", "periodic"),
]
WALL = {"closed": -1.0, "held": -3.0}


def second_difference(n, ends):
    m = np.diag(np.full(n, -2.0)) + np.diag(np.ones(n - 1), 1)
    m += np.diag(np.ones(n - 1), -1)
    if ends[0] == "periodic":
        m[0, -1] = m[-1, 0] = 1.0
    else:
        m[0, 0], m[-1, -1] = WALL[ends[0]], WALL[ends[1]]
    return m


@pytest.mark.parametrize("ends", ENDS)
@pytest.mark.parametrize("n", [7, 8, 600, 601])
def test_modes_are_those_of_the_second_difference(n, ends):
    """By products and, beyond 512 cells, by fast transforms."""
    modes, m = AxisModes(n, ends), second_difference(n, ends)
    x = jnp.asarray(np.random.default_rng(n).normal(size=(2, n)))
    amplitudes = modes.to_modes(x, 1)
    np.testing.assert_allclose(modes.to_cells(amplitudes, 1), x, atol=1e-12)
    np.testing.assert_allclose(jnp.sum(amplitudes**2), jnp.sum(x**2), rtol=1e-12)
    np.testing.assert_allclose(
        modes.to_modes(x @ m, 1), modes.eigenvalues[None] * amplitudes, atol=1e-11
    )
    spectrum = np.linalg.eigvalsh(m)
    np.testing.assert_allclose(np.sort(modes.eigenvalues), spectrum, atol=1e-12)


@pytest.mark.parametrize("ends", ENDS)
def test_fast_transforms_agree_with_products(ends):
    for n in (9, 10):
        x = jnp.asarray(np.random.default_rng(n).normal(size=(n, 3)))
        rows = _separable._matrix(n, ends)
        np.testing.assert_allclose(
            _separable._forward(ends, x, 0), rows @ x, atol=1e-13
        )
        np.testing.assert_allclose(
            _separable._backward(ends, x, 0), rows.T @ x, atol=1e-13
        )


def plate(rates=(0.7, 2.0)):
    modes = AxisModes(6, ("closed", "held")), AxisModes(5, ("periodic", "periodic"))
    return Separable(modes, jnp.asarray(rates))


def dense_plate(rates):
    a, b = (second_difference(m.cells, m.ends) for m in plate().modes)
    return np.kron(rates[0] * a, np.eye(5)) + np.kron(np.eye(6), rates[1] * b)


X = jnp.asarray(np.random.default_rng(21).normal(size=(6, 5)))


def test_functions_of_the_operator_against_dense():
    operator, matrix = plate(), dense_plate((0.7, 2.0))
    full = np.eye(30)
    for f, dense in (
        (operator.apply(lambda v: v), matrix),
        (operator.inverse(jnp.asarray(0.3)), np.linalg.inv(0.3 * full - matrix)),
        (operator.propagator(jnp.asarray(1.7)), scipy.linalg.expm(1.7 * matrix)),
    ):
        expected = (dense @ np.asarray(X).ravel()).reshape(6, 5)
        np.testing.assert_allclose(jax.jit(f)(X), expected, atol=1e-12)


def test_three_axes():
    ends = ("closed", "closed"), ("held", "held"), ("held", "closed")
    modes = tuple(AxisModes(n, e) for n, e in zip((3, 4, 5), ends))
    operator = Separable(modes, jnp.asarray([1.0, 2.0, 3.0]))
    x = jnp.asarray(np.random.default_rng(3).normal(size=(3, 4, 5)))
    a, b, c = (second_difference(m.cells, m.ends) for m in modes)
    expected = np.einsum("ij,jkl->ikl", a, x) + 2 * np.einsum("ij,kjl->kil", b, x)
    expected += 3 * np.einsum("ij,klj->kli", c, x)
    np.testing.assert_allclose(operator.apply(lambda v: v)(x), expected, atol=1e-12)


@pytest.mark.parametrize("ends", ENDS)
def test_the_continuum_marches_cell_averages_exactly(ends):
    """A wave that fits the walls, averaged over 8 cells, after a long time."""
    n, rate, time = 8, 0.9, 3.0
    q = {"held": np.pi / n, "closed": 3 * np.pi / n, "periodic": 2 * np.pi / n}[ends[0]]
    q = q if ends[0] == ends[1] else 1.5 * np.pi / n
    wave = np.sin if ends[0] == "closed" else lambda x: -np.cos(x)
    faces = np.arange(n + 1.0)
    averages = jnp.asarray(np.diff(wave(q * faces)) / q)
    operator = Separable((AxisModes(n, ends),), jnp.asarray([rate]))
    got = operator.propagator(jnp.asarray(time), continuum=True)(averages)
    np.testing.assert_allclose(got, averages * np.exp(-rate * time * q**2), atol=1e-14)


def test_mass_is_kept_with_closed_ends():
    operator = Separable((AxisModes(40), AxisModes(30)), jnp.asarray([5.0, 0.1]))
    x = jnp.asarray(np.random.default_rng(5).random((40, 30)))
    after = operator.propagator(jnp.asarray(7.0))(x)
    np.testing.assert_allclose(jnp.sum(after), jnp.sum(x), rtol=1e-13)
    assert float(after.min()) > 0


def test_derivatives_in_rate_and_time():
    def total(rate, time):
        operator = plate((rate, 2.0))
        return jnp.sum(jnp.sin(operator.propagator(time)(operator.inverse(time)(X))))

    at, h = (jnp.asarray(0.7), jnp.asarray(0.4)), 1e-6
    got = jax.grad(total, (0, 1))(*at)
    for k in range(2):
        up, down = ([a + s * h * (i == k) for i, a in enumerate(at)] for s in (1, -1))
        differences = (total(*up) - total(*down)) / (2 * h)
        np.testing.assert_allclose(got[k], differences, rtol=1e-7)
        np.testing.assert_allclose(jax.jacfwd(total, k)(*at), got[k], rtol=1e-11)


def test_single_precision_stays():
    operator = Separable((AxisModes(9),), jnp.asarray([1.0], jnp.float32))
    x = jnp.ones(9, jnp.float32)
    after = operator.propagator(jnp.asarray(2.0, jnp.float32))(x)
    assert after.dtype == jnp.float32
    np.testing.assert_allclose(after, x, rtol=1e-6)


def test_as_a_preconditioner_it_saves_iterations():
    n = 32
    operator = Separable((AxisModes(n), AxisModes(n)), jnp.asarray([50.0, 50.0]))
    x = (jnp.arange(float(n)) + 0.5) / n
    coefficient = 1 + 0.5 * jnp.sin(3 * x)[:, None] * jnp.cos(2 * x)[None, :]

    def product(u):
        out = u
        for axis in (0, 1):
            k = jax.lax.slice_in_dim(coefficient, 1, None, 1, axis)
            flux = 50.0 * k * jnp.diff(u, axis=axis)
            low, high = [(0, 0), (0, 0)], [(0, 0), (0, 0)]
            low[axis], high[axis] = (0, 1), (1, 0)
            out = out - jnp.pad(flux, low) + jnp.pad(flux, high)
        return out

    right = jnp.asarray(np.random.default_rng(2).normal(size=(n, n)))
    _, plain = conjugate_gradient(product, right, max_steps=20)
    inverse = operator.inverse(jnp.asarray(1.0))
    u, helped = conjugate_gradient(product, right, inverse=inverse, max_steps=20)
    assert helped and not plain
    np.testing.assert_allclose(product(u), right, atol=1e-6)


def test_wrong_arguments():
    with pytest.raises(ValueError, match="at least 1; got 0"):
        AxisModes(0)
    with pytest.raises(ValueError, match="at both; got"):
        AxisModes(4, ("periodic", "closed"))
    with pytest.raises(ValueError, match="at each end"):
        AxisModes(4, ("open", "closed"))
