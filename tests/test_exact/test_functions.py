import jax
import jax.numpy as jnp
import numpy as np
import scipy.special

from diffjax.exact import erfcx, ierfc
from diffjax.exact._functions import (
    chebyshev,
    cosine_of_root,
    on_body,
    root,
    scaled,
    sinc,
)


X = np.concatenate([np.linspace(0, 60, 6001), np.logspace(-12, 12, 2401)])


def test_erfcx_against_scipy():
    np.testing.assert_allclose(erfcx(X), scipy.special.erfcx(X), rtol=3e-15)
    left = np.linspace(-25, 0, 501)
    np.testing.assert_allclose(erfcx(left), scipy.special.erfcx(left), rtol=1e-13)
    single = jnp.asarray(X, jnp.float32)
    expected = scipy.special.erfcx(np.asarray(single, float))
    np.testing.assert_allclose(erfcx(single), expected, rtol=1e-6)


def test_erfcx_slope_keeps_its_digits():
    slope = jax.jit(jax.vmap(jax.grad(erfcx)))
    x = np.linspace(-5, 5, 101)
    expected = 2 * x * scipy.special.erfcx(x) - 2 / np.sqrt(np.pi)
    np.testing.assert_allclose(slope(jnp.asarray(x)), expected, rtol=1e-12)
    # -1/(sqrt(pi) x²) (1 - 3/(2x²) + 15/(4x⁴) - 105/(8x⁶)) for large x
    x = np.array([1e2, 1e4, 1e8])
    u = 1 / (2 * x**2)
    expected = -2 * u / np.sqrt(np.pi) * (1 - 3 * u + 15 * u**2 - 105 * u**3)
    np.testing.assert_allclose(slope(jnp.asarray(x)), expected, rtol=1e-13)


def test_erfcx_at_infinity():
    assert erfcx(jnp.inf) == 0
    assert jax.grad(erfcx)(jnp.inf) == 0


def test_ierfc():
    x = np.linspace(-3, 10, 261)
    expected = np.exp(-(x**2)) / np.sqrt(np.pi) - x * scipy.special.erfc(x)
    np.testing.assert_allclose(ierfc(x), expected, atol=3e-16, rtol=1e-14)
    slope = jax.vmap(jax.grad(ierfc))(jnp.asarray(x))
    np.testing.assert_allclose(slope, -scipy.special.erfc(x), atol=1e-15)


def test_chebyshev():
    t = np.linspace(-1, 1, 11)
    a = (0.3, -1.0, 2.0, 0.5)
    expected = np.polynomial.chebyshev.chebval(t, a)
    np.testing.assert_allclose(chebyshev(a, jnp.asarray(t)), expected, atol=1e-15)


def test_root_has_no_infinite_slope():
    x = jnp.array([0.0, 1e-300, 4.0])
    np.testing.assert_allclose(root(x), np.sqrt(x))
    slope = jax.vmap(jax.grad(root))(x)
    assert slope[0] == 0 and np.all(np.isfinite(slope)) and slope[2] == 0.25


def test_scaled():
    x, s = (
        jnp.array([-1.0, 0.0, 0.0, 2.0, 1e200]),
        jnp.array([0.0, 0.0, 1.0, 4.0, 1e-9]),
    )
    np.testing.assert_array_equal(scaled(x, s), [-30, 0, 0, 0.5, 30])
    for i in range(5):
        slopes = jax.grad(scaled, (0, 1))(x[i], s[i])
        assert np.all(np.isfinite(slopes))


def test_sinc():
    y = np.concatenate([np.linspace(0, 60, 6001), [1e-12, 1 - 1e-12, 1 + 1e-12]])
    np.testing.assert_allclose(sinc(jnp.asarray(y)), np.sinc(y / np.pi), atol=4e-16)
    # The slope is minus the spherical Bessel function j_1.
    slope = jax.jit(jax.vmap(jax.grad(sinc)))(jnp.asarray(y))
    expected = -scipy.special.spherical_jn(1, y)
    np.testing.assert_allclose(slope, expected, atol=1e-15)
    tiny = jax.grad(sinc)(jnp.asarray(1e-9))
    np.testing.assert_allclose(tiny, -1e-9 / 3, rtol=1e-14)
    assert abs(jax.jit(jax.grad(jax.grad(sinc)))(0.0) + 1 / 3) < 1e-15


def test_cosine_of_root():
    p = np.concatenate([np.linspace(0, 10, 1001), [1e-14, 1 - 1e-12]])
    np.testing.assert_allclose(
        cosine_of_root(jnp.asarray(p)), np.cos(np.sqrt(p)), atol=3e-16
    )
    slope = jax.jit(jax.vmap(jax.grad(cosine_of_root)))(jnp.asarray(p))
    np.testing.assert_allclose(slope, -np.sinc(np.sqrt(p) / np.pi) / 2, atol=1e-15)


def test_on_body_moves_only_what_round_off_left_outside():
    x = jnp.array([-1e-7, 0.0, 0.3, 1.0, 1 + 1e-15, 1.1])
    np.testing.assert_array_equal(on_body(x), [0, 0, 0.3, 1, 1, 1.1])
    np.testing.assert_array_equal(jax.vmap(jax.grad(on_body))(x), np.ones(6))
