import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special

from diffjax.exact import _bessel as source


@pytest.mark.parametrize("order", [0, 1])
def test_roots_against_scipy(order):
    got = [source.bessel_root(order, n) for n in range(1, 41)]
    np.testing.assert_allclose(got, scipy.special.jn_zeros(order, 40), rtol=4e-16)
    if order == 0:
        got = [source.bessel_slope(x) for x in got]
        expected = scipy.special.j1(scipy.special.jn_zeros(0, 40))
        np.testing.assert_allclose(got, expected, rtol=0, atol=5e-15)


def test_functions_against_scipy():
    x = jnp.linspace(0, 90, 301)
    for fn, expected in (
        (source.bessel_j0, scipy.special.j0(x)),
        (source.bessel_j1, scipy.special.j1(x)),
    ):
        got = jax.jit(fn, static_argnums=1)(x, 90.0)
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-14)
    p = jnp.linspace(0, 6, 101)[1:]
    j0, part = jax.jit(source.bessel_of_root, static_argnums=1)(p, 3.0)
    np.testing.assert_allclose(j0, scipy.special.j0(np.sqrt(p)), rtol=0, atol=1e-15)
    expected = scipy.special.j1(np.sqrt(p)) / np.sqrt(p)
    np.testing.assert_allclose(part, expected, rtol=0, atol=1e-15)


def test_functions_of_the_root_are_smooth_at_zero():
    fn = lambda p: source.bessel_of_root(p, 3.0)
    values, slopes = jax.jvp(fn, (jnp.asarray(0.0),), (jnp.asarray(1.0),))
    np.testing.assert_allclose(values, [1, 1 / 2], rtol=1e-15)
    np.testing.assert_allclose(slopes, [-1 / 4, -1 / 16], rtol=1e-14)


@pytest.mark.parametrize("order", [0, 1])
def test_modified_functions_against_scipy(order):
    z = np.array([25, 40 + 10j, 60 + 30j, 300 + 400j])
    shift = np.exp(np.abs(np.real(z)) - z)
    expected = scipy.special.ive(order, z) * shift * np.sqrt(2 * np.pi * z)
    got = source.modified_far(order, jnp.asarray(1 / z))
    np.testing.assert_allclose(got, expected, rtol=3e-14)


@pytest.mark.parametrize("dtype, tol", [(np.float64, 1e-14), (np.float32, 3e-7)])
def test_contour_inverts_what_diffusion_makes(dtype, tol):
    z, w = source.contour(np.dtype(dtype))
    for y in (0.0, 0.3, 1.0, 3.0, 10.0):
        got = np.real(np.sum(w * np.exp(-y * np.sqrt(z))))
        np.testing.assert_allclose(got, scipy.special.erfc(y / 2), rtol=0, atol=tol)
    np.testing.assert_allclose(np.real(np.sum(w / z)), 1, rtol=0, atol=20 * tol)
