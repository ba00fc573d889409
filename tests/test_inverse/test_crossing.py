"""Two crossing paths of a ternary return its matrix."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import inverse as inv

from ..helpers import observed_order, validation_row
from .couples import assert_slopes, MATRIX, profiles, ternary, TIME


JUMPS = (0.2, 0.05), (-0.05, -0.2)


def couples(points=201, sigma=None, origins=(0.0, 0.0), noise=0.0):
    random = np.random.default_rng(0)

    def one(jump, origin):
        x, c, _ = ternary(jump, points, origin)
        return profiles(x, c + noise * random.normal(size=c.shape), sigma)

    return one(JUMPS[0], origins[0]), one(JUMPS[1], origins[1])


def test_the_matrix_comes_back_wherever_the_origins_and_its_order():
    errors = []
    for points in (101, 201):
        # The paths cross between points.
        found = inv.interdiffusion_matrix(*couples(points, None, (1e-6, 77e-6)), TIME)
        errors.append(float(np.max(np.abs(found.matrix - MATRIX)) / 3e-14))
    assert errors[1] < 0.01 and found.error is None
    np.testing.assert_allclose(found.composition, [0.3, 0.2], atol=1e-9)
    np.testing.assert_allclose(found.positions, [1e-6, 77e-6], atol=1e-9)
    assert 1 < found.condition < 10
    (order,) = observed_order(errors)
    assert 1.7 < order < 2.3
    validation_row(
        "interdiffusion matrix from two crossing paths",
        "constant matrix put in, over its largest entry",
        order,
        errors[1],
        "201 points",
    )


def test_components_may_change_places():
    (a, b), (c, d) = couples(101)
    found = inv.interdiffusion_matrix([a, b], [c, d], TIME)
    turned = inv.interdiffusion_matrix([b, a], [d, c], TIME)
    np.testing.assert_allclose(turned.matrix, found.matrix[::-1, ::-1], rtol=1e-9)
    swapped = inv.interdiffusion_matrix([c, d], [a, b], TIME)
    np.testing.assert_allclose(swapped.matrix, found.matrix, rtol=1e-9)


def test_errors_are_those_of_repeated_noise():
    sigma = 1e-3
    ends = [e for jump in JUMPS for e in _ends(jump)]
    found = inv.interdiffusion_matrix(*couples(81, sigma), TIME, points=11, ends=ends)
    (x, c, _), (_, d, _) = ternary(JUMPS[0], 81), ternary(JUMPS[1], 81)

    @jax.jit
    def repeat(key):
        first, second = jax.random.split(key)
        one = profiles(x, c + sigma * jax.random.normal(first, c.shape))
        two = profiles(x, d + sigma * jax.random.normal(second, c.shape))
        found = inv.interdiffusion_matrix(one, two, TIME, points=11, ends=ends)
        return found.matrix

    many = jax.lax.map(repeat, jax.random.split(jax.random.key(0), 1000))
    assert found.error is not None
    np.testing.assert_allclose(np.std(np.asarray(many), axis=0), found.error, rtol=0.15)


def _ends(jump):
    _, c, _ = ternary(jump, 3)
    return np.asarray(c[0]), np.asarray(c[-1])


def test_noise_in_the_level_ends_is_no_crossing():
    found = inv.interdiffusion_matrix(*couples(161, None, noise=1e-3), TIME, points=15)
    np.testing.assert_allclose(found.composition, [0.3, 0.2], atol=3e-3)
    # The one nearest to a composition is the same here.
    near = inv.interdiffusion_matrix(
        *couples(161, None, noise=1e-3), TIME, points=15, near=np.array([0.3, 0.2])
    )
    np.testing.assert_allclose(near.composition, found.composition, atol=2e-3)


def test_slopes_against_central_differences():
    (a, b), second = couples(61)
    c = jnp.stack([a.value, b.value], axis=1)

    def value(c):
        given = profiles(a.position, c)
        found = inv.interdiffusion_matrix(given, second, TIME)
        return 1e14 * jnp.sum(found.matrix[0]) + jnp.sum(found.composition)

    # Off the middle, where a point more or less would join the cubic.
    assert_slopes(value, c + jnp.array([[2e-3, 0.0]]), 1e-6)


def test_the_matrix_of_given_fluxes_and_gradients():
    gradients = np.array([[1e3, 2e2], [-3e2, 8e2]])
    found = inv.crossing_matrix(-gradients @ MATRIX.T, gradients)
    np.testing.assert_allclose(found.matrix, MATRIX, rtol=1e-12)
    np.testing.assert_allclose(found.condition, np.linalg.cond(gradients))


@pytest.mark.parametrize(
    "call, sentence",
    [
        (
            lambda p, q: inv.interdiffusion_matrix(p[:1], q, TIME),
            "`interdiffusion_matrix(first=...)` must be 2 profiles; got 1.",
        ),
        (
            lambda p, q: inv.interdiffusion_matrix(p, q, -1.0),
            "`interdiffusion_matrix(time=...)` must be one finite number > 0 (s); got "
            "-1.",
        ),
        (
            lambda p, q: inv.interdiffusion_matrix(p, q, TIME, points=99),
            "`interdiffusion_matrix(points=...)` must be from 4 to the 41 points of "
            "the profile; got 99.",
        ),
        (
            lambda p, q: inv.interdiffusion_matrix(p, q, TIME, near=np.ones(3)),
            "`interdiffusion_matrix(near=...)` must have shape (2,), a composition; "
            "got (3,).",
        ),
        (
            lambda p, q: inv.interdiffusion_matrix(p, q, TIME, ends=[0.1, 0.2]),
            "`interdiffusion_matrix(ends=...)` must be 4 compositions, two of each "
            "couple; got 2.",
        ),
        (
            lambda p, q: inv.interdiffusion_matrix(
                p,
                profiles(q[0].position, np.stack([q[0].value, q[1].value + 0.5], 1)),
                TIME,
            ),
            "`interdiffusion_matrix(first=..., second=...)` must be couples whose "
            "paths cross, and these do not.",
        ),
        (
            lambda p, q: inv.interdiffusion_matrix(p, p, TIME),
            "`crossing_matrix(gradients=...)` must not be parallel: the paths touch "
            "and do not cross; the condition number is",
        ),
        (
            lambda p, q: inv.crossing_matrix(np.ones((2, 3)), np.ones((2, 3))),
            "`crossing_matrix(fluxes=..., gradients=...)` must both have shape "
            "`(k, k)`; got (2, 3) and (2, 3).",
        ),
        (
            lambda p, q: inv.crossing_matrix(np.eye(2), np.ones((2, 2))),
            "`crossing_matrix(gradients=...)` must not be parallel: the paths touch "
            "and do not cross; the condition number is",
        ),
    ],
)
def test_bad_input(call, sentence):
    with pytest.raises(ValueError, match="^" + re.escape(sentence)):
        call(*couples(41))
