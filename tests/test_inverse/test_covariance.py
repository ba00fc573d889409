"""Errors: agreement with scipy where all is determined, infinity where it is not."""

import jax
import jax.numpy as jnp
import numpy as np
import optimistix as optx
import pytest
from scipy import optimize, stats

import inverse as inv
from inverse._covariance import information, leverage, quantile


def misra1a(b, x):
    return b[0] * (1 - jnp.exp(-b[1] * x))


def test_errors_agree_with_curve_fit():
    # The shape of NIST's Misra1a, with synthetic data.
    x = np.linspace(75.0, 760.0, 14)
    truth = np.array([240.0, 5.5e-4])
    y = np.asarray(misra1a(truth, x)) + 0.1 * np.random.default_rng(2).normal(size=14)

    def rows(u):
        return misra1a(u * jnp.array([100.0, 1e-4]), jnp.asarray(x)) - y

    fit = optx.least_squares(
        lambda u, _: rows(u), inv.LevenbergMarquardt(), jnp.array([5.0, 2.0])
    )
    jacobian = np.asarray(jax.jacfwd(rows)(fit.value)) / np.array([100.0, 1e-4])
    sigma = np.sqrt(np.sum(np.asarray(rows(fit.value)) ** 2) / 12)
    found = information(jacobian / sigma)
    numpy_misra = lambda x, a, b: a * (1 - np.exp(-b * x))
    best, covariance = optimize.curve_fit(numpy_misra, x, y, p0=truth, xtol=1e-13)
    np.testing.assert_allclose(fit.value * np.array([100.0, 1e-4]), best, rtol=1e-6)
    np.testing.assert_allclose(found.errors(), np.sqrt(np.diag(covariance)), rtol=1e-4)
    np.testing.assert_allclose(found.correlation()[0, 1], -0.9988, atol=2e-3)


def test_a_flat_direction_has_an_infinite_error():
    # Only a + b is seen, and c.
    jacobian = np.array([[1.0, 1.0, 0.0], [2.0, 2.0, 0.0], [0.0, 0.0, 2.0]])
    found = information(jacobian)
    assert found.rank == 2
    np.testing.assert_array_equal(found.errors(), [np.inf, np.inf, 0.5])
    np.testing.assert_allclose(
        found.error_of(np.array([[1.0, 1.0, 0.0], [1.0, -1.0, 0.0]])),
        [1 / np.sqrt(5), np.inf],
    )
    assert np.isnan(found.correlation()[0, 1])
    # Whatever the units.
    units = np.array([1e-4, 1e3, 1.0])
    np.testing.assert_allclose(information(jacobian * units).errors(), found.errors())
    np.testing.assert_allclose(
        np.abs(found.flat[0]), [0.5**0.5, 0.5**0.5, 0], atol=1e-9
    )


def test_fewer_rows_than_parameters():
    found = information(np.array([[1.0, 0.0]]))
    np.testing.assert_array_equal(found.errors(), [1.0, np.inf])


def test_without_any_information_all_errors_are_infinite():
    assert np.all(np.isinf(information(np.zeros((5, 3))).errors()))


def test_leverage_sums_to_the_rank():
    jacobian = np.random.default_rng(0).normal(size=(12, 3))
    np.testing.assert_allclose(np.sum(leverage(jacobian)), 3.0)
    jacobian[:, 2] = jacobian[:, 0]
    np.testing.assert_allclose(np.sum(leverage(jacobian)), 2.0)


@pytest.mark.parametrize("dof", [1, 2, 3, 7, 30, 47, 1000])
@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_quantiles_are_student_s(dof, level):
    np.testing.assert_allclose(
        quantile(dof, level), stats.t.ppf(0.5 + level / 2, dof), rtol=1e-9
    )


def test_quantiles_of_a_known_variance_are_normal():
    np.testing.assert_allclose(quantile(None), 1.959963984540054)
    assert quantile(0) == np.inf
