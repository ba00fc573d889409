import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from diffjax.diffusivity import Exponential, LogSpline, Polynomial


KNOTS = np.array([0.0, 0.2, 0.5, 0.7, 1.0])
VALUES = np.array([5.0, 4.0, 3.0, 2.0, 1.0]) * 1e-13
C = np.linspace(0.0, 1.0, 101)


def test_log_spline_against_scipy():
    law = LogSpline(KNOTS, VALUES)
    spline = CubicSpline(KNOTS, np.log(VALUES), bc_type="natural")
    np.testing.assert_allclose(np.log(law.over(C, 1000.0)), spline(C), rtol=1e-13)
    np.testing.assert_allclose(law.over(KNOTS, 1000.0), VALUES, rtol=1e-12)


def test_log_spline_goes_on_linearly():
    law = LogSpline(KNOTS, VALUES)
    for ends in (np.array([-0.3, -0.2, -0.1]), np.array([1.1, 1.2, 1.3])):
        log_d = np.log(law.over(ends, 1000.0))
        np.testing.assert_allclose(np.diff(log_d, 2), 0.0, atol=1e-12)


def test_two_knots_are_an_exponential():
    spline = LogSpline([0.0, 1.0], [1e-13, 3e-13])
    exponential = Exponential(1e-13, np.log(3.0))
    np.testing.assert_allclose(
        spline.over(C, 1e3), exponential.over(C, 1e3), rtol=1e-12
    )


def test_padding_changes_nothing():
    law = LogSpline(KNOTS, VALUES)
    padded = law.padded(9)
    assert padded.log_values.shape == (9,)
    np.testing.assert_allclose(padded.over(C, 1e3), law.over(C, 1e3), rtol=1e-12)
    by_value = jax.grad(
        lambda v: jnp.sum(
            jnp.log(eqx.tree_at(lambda l: l.log_values, padded, v).over(C, 1e3))
        )
    )(padded.log_values)
    np.testing.assert_array_equal(by_value[5:], 0.0)
    with pytest.raises(ValueError, match="must be at least 5"):
        law.padded(4)


def test_knots_may_be_traced_and_differentiated():
    def log_d(shift):
        knots = jnp.asarray(KNOTS) + shift * jnp.array([0.0, 1.0, 0.0, 0.0, 0.0])
        return jnp.log(LogSpline(knots, VALUES).over(0.35, 1e3))

    h = 1e-6
    differences = (log_d(h) - log_d(-h)) / (2 * h)
    np.testing.assert_allclose(jax.jit(jax.grad(log_d))(0.0), differences, rtol=1e-6)


def test_polynomial_is_horner():
    law = Polynomial([1e-13, -2e-14, 3e-14])
    expected = 1e-13 - 2e-14 * C + 3e-14 * C**2
    np.testing.assert_allclose(law.over(C, 1e3), expected, rtol=1e-13)


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: Exponential(-1.0, 1.0), r"`Exponential\(value=...\)`"),
        (lambda: Polynomial(3.0), r"must have shape `\(n,\)`"),
        (lambda: LogSpline([0.0], [1.0]), "at least 2 knots"),
        (lambda: LogSpline([0.0, 0.0], [1.0, 1.0]), "must be finite and increasing"),
        (lambda: LogSpline([0.0, 1.0], [1.0, -1.0]), r"must be > 0 \(m²/s\)"),
        (lambda: LogSpline([0.0, 1.0], [1.0, 1.0, 1.0]), "as the knots"),
    ],
)
def test_bad_laws_are_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
