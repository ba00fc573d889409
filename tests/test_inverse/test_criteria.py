"""Criteria of a plan: their values, slopes, scaling and convexity."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from inverse._criteria import Goal, goal_of, mean_value


ROWS = np.random.default_rng(0).normal(size=(9, 4))
MATRIX = jnp.asarray(ROWS.T @ ROWS)
OTHER = jnp.asarray(np.diag([1.0, 5.0, 0.3, 2.0]))
SLOPES = jnp.array(
    [[1.0, -2.0, 0.5]]
)  # of three shared parameters; the fourth is local
KINDS = ("D", "A", "E", "c")


def exact(kind, matrix):
    block = np.linalg.inv(np.asarray(matrix))[:3, :3]
    return {
        "D": np.log(np.linalg.det(block)) / 3,
        "A": np.log(np.trace(block) / 3),
        "E": np.log(np.linalg.eigvalsh(block)[-1]),
        "c": np.log(float(SLOPES[0] @ block @ SLOPES[0])),
    }[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_values_scaling_convexity_and_slopes(kind):
    goal = Goal(kind)
    value = jax.jit(lambda m: goal.value(m, SLOPES))
    # "E" takes a mean of a high power in place of the largest eigenvalue.
    below = np.log(3) / 12 if kind == "E" else 0.0
    assert -below - 1e-7 <= float(value(MATRIX)) - exact(kind, MATRIX) < 1e-7
    np.testing.assert_allclose(
        float(value(7 * MATRIX)), float(value(MATRIX)) - np.log(7), rtol=1e-9
    )
    shares = jnp.linspace(0.0, 1.0, 9)
    path = jax.vmap(lambda s: value((1 - s) * MATRIX + s * OTHER))(shares)
    bends = path[2:] - 2 * path[1:-1] + path[:-2]
    assert bool(jnp.all(bends > 0))
    f = lambda s: value(MATRIX + s * OTHER)
    h, zero = 1e-5, jnp.zeros(())
    central = (f(zero + h) - f(zero - h)) / (2 * h)
    np.testing.assert_allclose(jax.jvp(f, (zero,), (zero + 1,))[1], central, rtol=1e-6)
    np.testing.assert_allclose(jax.grad(f)(zero), central, rtol=1e-6)


def test_over_samples_the_mean_counts():
    both = jnp.stack([MATRIX, OTHER])
    slopes = jnp.stack([SLOPES, SLOPES])
    found = float(mean_value(Goal("A"), both, slopes))
    np.testing.assert_allclose(
        found, (exact("A", MATRIX) + exact("A", OTHER)) / 2, rtol=1e-8
    )


def test_words_become_goals():
    assert goal_of("D", ("Q",)).kind == "D" and goal_of("c:Q", ("Q",)).kind == "c"
    assert goal_of(lambda law: law, ("Q",)).kind == "c"
    with pytest.raises(ValueError, match="the parameters are D0, Q"):
        goal_of("c:E", ("D0", "Q"))
    with pytest.raises(ValueError, match="must be 'D', 'A', 'E', 'c:NAME', or a func"):
        goal_of("G", ("D0", "Q"))
