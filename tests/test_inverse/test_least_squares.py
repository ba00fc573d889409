"""Levenberg–Marquardt on problems with known answers, in optimistix's interface."""

import jax.numpy as jnp
import numpy as np
import optimistix as optx
import pytest

import inverse as inv


def solve(fn, start, max_steps=200, **given):
    solver = inv.LevenbergMarquardt(**given)
    return optx.least_squares(
        fn, solver, jnp.asarray(start), max_steps=max_steps, throw=False
    )


def rosenbrock(y, _):
    return jnp.array([10 * (y[1] - y[0] ** 2), 1 - y[0]])


def test_rosenbrock():
    solution = solve(rosenbrock, [-1.2, 1.0])
    assert solution.result == optx.RESULTS.successful
    np.testing.assert_allclose(solution.value, [1.0, 1.0], atol=1e-8)
    assert int(solution.stats["num_steps"]) < 40


def test_a_linear_problem_is_the_least_squares_solution():
    rng = np.random.default_rng(0)
    matrix, right = rng.normal(size=(20, 4)), rng.normal(size=20)
    solution = solve(lambda y, _: jnp.asarray(matrix) @ y - right, np.zeros(4))
    exact = np.linalg.lstsq(matrix, right, rcond=None)[0]
    np.testing.assert_allclose(solution.value, exact, atol=1e-7)


def test_columns_of_very_different_size_do_not_matter():
    scale = jnp.array([1e-8, 1.0, 1e8])
    rng = np.random.default_rng(1)
    matrix, right = jnp.asarray(rng.normal(size=(9, 3))), rng.normal(size=9)
    plain = solve(lambda y, _: matrix @ y - right, np.zeros(3), cap=1e12)
    scaled = solve(
        lambda y, _: matrix @ (scale * y) - right, np.zeros(3), cap=1e12, atol=1e-20
    )
    np.testing.assert_allclose(scaled.value * scale, plain.value, atol=1e-6)


def test_a_parameter_without_effect_stays():
    solution = solve(lambda y, _: jnp.array([y[0] - 2.0, 0.1 * y[0]]), [0.0, 5.0])
    assert solution.result == optx.RESULTS.successful
    np.testing.assert_allclose(solution.value[1], 5.0)


def test_steps_are_capped():
    # From 10 the plain Gauss–Newton step goes to -1e4 and beyond.
    def fn(y, _):
        return jnp.array([jnp.exp(-y[0]) - 1.0])

    solution = solve(fn, [10.0], cap=2.0)
    np.testing.assert_allclose(solution.value, [0.0], atol=1e-8)


def test_a_step_to_nan_is_rejected():
    # sqrt is NaN below 0, and a full first step goes there.
    def fn(y, _):
        return jnp.array([jnp.sqrt(y[0]) - 0.01])

    solution = solve(fn, [1.0])
    assert solution.result == optx.RESULTS.successful
    np.testing.assert_allclose(solution.value, [1e-4], rtol=1e-6)


def test_nan_at_the_start_is_said():
    solution = solve(lambda y, _: jnp.log(y), [-1.0])
    assert solution.result == optx.RESULTS.nonfinite


def test_too_few_steps_are_said():
    solution = solve(rosenbrock, [-1.2, 1.0], max_steps=3)
    assert solution.result == optx.RESULTS.nonlinear_max_steps_reached


@pytest.mark.parametrize("start", [{"a": 3.0, "b": [1.0, 1.0]}])
def test_any_pytree_can_be_solved_for(start):
    start = {"a": jnp.asarray(3.0), "b": jnp.array([1.0, 1.0])}

    def fn(y, _):
        return {"x": y["a"] - 1.0, "y": y["b"] ** 2 - 4.0}

    solver = inv.LevenbergMarquardt()
    solution = optx.least_squares(fn, solver, start)
    np.testing.assert_allclose(solution.value["b"], [2.0, 2.0], rtol=1e-8)
