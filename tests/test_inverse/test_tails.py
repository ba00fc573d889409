"""Rows of Student's distribution: likelihood, small and large deviations, slopes."""

import jax
import jax.numpy as jnp
import numpy as np

from inverse._tails import student_rows


def test_half_the_square_is_minus_the_log_likelihood():
    e, dof = jnp.array([-30.0, -1.0, -1e-3, 0.0, 0.03, 0.05, 7.0]), jnp.asarray(4.0)
    rows = student_rows(e, dof)
    wanted = 2.5 * jnp.log1p(e**2 / 4)
    np.testing.assert_allclose(rows**2 / 2, wanted, rtol=1e-12, atol=1e-300)
    np.testing.assert_array_equal(np.sign(rows), np.sign(e))


def test_slopes_are_smooth_through_zero_and_where_the_series_ends():
    dof, h = jnp.asarray(3.0), 1e-6
    slope = jax.vmap(jax.grad(student_rows), (0, None))
    at = jnp.array([-2.0, -0.0548, 0.0, 0.0547, 40.0])
    difference = (student_rows(at + h, dof) - student_rows(at - h, dof)) / (2 * h)
    np.testing.assert_allclose(slope(at, dof), difference, rtol=1e-7)
