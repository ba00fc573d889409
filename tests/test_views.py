"""Slices, lines and regions of solutions on one to three axes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx

from .fields import made
from .helpers import observed_order


def plane_wave(p):
    """Changes along one oblique direction, smooth."""
    return 0.5 + 0.4 * jnp.sin(1.5e5 * (p[..., 0] + 0.5 * p[..., 1]))


def plate(*cells):
    sizes = (40e-6, 30e-6, 20e-6)[: len(cells)]
    grid = djx.grid.uniform((0.0,) * len(cells), sizes, cells)
    return made(
        grid, jnp.stack([0 * plane_wave(grid.centres), plane_wave(grid.centres)])
    )


def test_an_oriented_traverse_is_second_order():
    errors = []
    for n in (20, 40, 80):
        traverse = plate(n, n).line((5e-6, 4e-6), (35e-6, 26e-6), points=101)
        exact = plane_wave(traverse.coordinates)
        miss = traverse.composition - exact
        errors.append(float(jnp.sqrt(jnp.mean(miss**2))))
    orders = observed_order(errors)
    assert np.all(orders > 1.8) and np.all(orders < 3.3), orders
    length = np.hypot(30e-6, 22e-6)
    np.testing.assert_allclose(traverse.position, np.linspace(0, length, 101))
    assert traverse.coordinates.shape == (101, 2)


def test_a_line_in_one_dimension_is_at():
    grid = djx.grid.uniform(0.0, 1e-5, 20)
    solution = made(grid, jnp.cos(3e5 * grid.centres)[None])
    line = solution.line(1e-6, 9e-6, points=7)
    assert line.coordinates.shape == (7,)
    np.testing.assert_allclose(line.composition, solution.at(line.coordinates))
    np.testing.assert_allclose(line.position, line.coordinates - 1e-6, atol=1e-20)


def test_lines_have_derivatives_in_their_ends():
    solution = plate(12, 10)
    value = lambda end: jnp.sum(
        solution.line(jnp.array([5e-6, 5e-6]), end, points=9).composition
    )
    end = jnp.array([31.3e-6, 22.1e-6])
    slope = jax.jit(jax.grad(value))(end)
    for k in range(2):
        h = jnp.zeros(2).at[k].set(1e-11)
        by_hand = (value(end + h) - value(end - h)) / 2e-11
        np.testing.assert_allclose(slope[k], by_hand, rtol=1e-5)
    none = jax.grad(lambda e: solution.line(e, e, points=3).position.sum())(end)
    np.testing.assert_array_equal(none, 0.0)


@pytest.mark.parametrize("axis, name", [(0, "x"), (1, "y"), (2, "z")])
def test_a_slice_keeps_the_other_axes(axis, name):
    solution = plate(8, 7, 6)
    plane = solution.slice(name, 11e-6)
    rest = [k for k in range(3) if k != axis]
    assert plane.cut == name and plane.names == tuple("xyz"[k] for k in rest)
    assert plane.values.shape == plane.grid.shape == tuple((8, 7, 6)[k] for k in rest)
    for one, k in zip(plane.grid.axes, rest):
        np.testing.assert_array_equal(one.faces, solution.grid.axes[k].faces)
    mesh = np.insert(np.asarray(plane.grid.centres), axis, 11e-6, axis=-1)
    np.testing.assert_allclose(plane.values, solution.at(mesh), atol=1e-13)
    same = solution.slice(axis, 11e-6, index=0)
    np.testing.assert_array_equal(same.values, 0.0)


def test_totals_of_regions_add_up():
    solution = plate(8, 6)
    left = solution.total(lambda x: x[..., 0] < 20e-6)
    right = solution.total(np.asarray(solution.grid.centres[..., 0]) >= 20e-6)
    assert left.shape == (2,)
    whole = [solution.grid.total(y) for y in solution.ys]
    np.testing.assert_allclose(left + right, whole, rtol=1e-13)
    np.testing.assert_allclose(solution.total(), whole, rtol=1e-13)
    np.testing.assert_allclose(solution.total(index=1), whole[1], rtol=1e-13)


def test_void_is_in_no_region():
    grid = djx.grid.uniform((0.0, 0.0), (1e-6, 1e-6), (4, 4))
    solid = jnp.ones((4, 4), bool).at[1, 2].set(False)
    body = djx.grid.Grid(grid.axes, grid.geometry, solid)
    solution = made(body, jnp.where(solid, 2.0, jnp.nan)[None])
    np.testing.assert_allclose(solution.total(), [2.0 * 15 / 16 * 1e-12])
    line = solution.line((0.1e-6, 0.6e-6), (0.9e-6, 0.6e-6), points=9)
    held = np.isnan(line.composition)
    inside = np.abs(line.coordinates[:, 0] - 0.375e-6) < 0.125e-6
    np.testing.assert_array_equal(held, inside)


@pytest.mark.parametrize(
    "call, sentence",
    [
        (
            lambda s: s.slice("z", 1e-6),
            '`Solution.slice(axis=...)` must be one of "x", "y", or its number, from '
            "0; got 'z'.",
        ),
        (
            lambda s: s.slice(0, 1.0),
            "`Solution.slice(position=...)` must lie in the grid along x, 0 to 4e-05 "
            "m; got 1..",
        ),
        (
            lambda s: s.line((0.0, 0.0), (1.0, 0.0), points=5),
            "`Solution.line(end=...)` must lie in the grid, 0 to 4e-05 m and 0 to "
            "3e-05 m; got [1. 0.].",
        ),
        (
            lambda s: s.line([(0.0, 0.0)], (0.0, 0.0), points=5),
            "`Solution.line(start=...)` must be one position, shape (2,) (m); got "
            "(1, 2).",
        ),
        (
            lambda s: s.line((0.0, 0.0), (1e-6, 0.0), points=1),
            "`Solution.line(points=...)` must be an integer >= 2; got 1.",
        ),
        (
            lambda s: s.total(jnp.ones((4, 3))),
            "`Solution.total(where=...)` must be booleans of shape (4, 3); got float64 "
            "of shape (4, 3).",
        ),
        (
            lambda s: s.total(lambda x: x > 0),
            "`Solution.total(where=...)` must be booleans of shape (4, 3); got bool of "
            "shape (4, 3, 2).",
        ),
    ],
)
def test_what_does_not_fit_is_one_sentence(call, sentence):
    with pytest.raises(ValueError) as error:
        call(plate(4, 3))
    assert str(error.value) == sentence


def test_one_axis_has_no_slice():
    grid = djx.grid.uniform(0.0, 1e-5, 5)
    with pytest.raises(ValueError) as error:
        made(grid, jnp.ones((1, 5))).slice("x", 1e-6)
    assert str(error.value) == (
        "`Solution.slice` needs a grid with two or three axes; got one axis: use "
        "`Solution.at(positions)`."
    )
