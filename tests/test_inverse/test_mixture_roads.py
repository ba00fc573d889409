"""Markers and velocities in a couple of mixtures, without a march and with one."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from inverse._mixture_roads import by_march, by_similarity

from ..helpers import observed_order, validation_row


D_A, D_B, TIME = 2e-14, 8e-14, 3.6e5
ANNEAL = djx.Anneal(TIME, 1273.0)
STARTS = jnp.array([0.0, 1e-6, -3e-5, 6e-5, 1.5e-3])


def binary(a: Any = D_A, b: Any = D_B):
    return djx.diffusivity.Multicomponent({"A": a, "B": b})


def ends(left=0.0, right=1.0):
    return jnp.array([1 - left, left]), jnp.array([1 - right, right])


def test_markers_of_a_dilute_step_follow_the_error_function():
    # To first order in the step the lattice moves by an error function's slope.
    law, errors = binary(), []
    mean = 0.5 * (D_A + D_B)
    width = np.sqrt(mean * TIME)
    for step in (0.08, 0.04, 0.02):
        seen = by_similarity(
            law, ends(0.5 - step / 2, 0.5 + step / 2), STARTS, ANNEAL, 200
        )
        way = (D_B - D_A) * step / mean * width
        wanted = way * djx.exact.ierfc(jnp.abs(STARTS) / (2 * width))
        found = seen.moved(jnp.full(5, TIME)) - STARTS
        errors.append(float(jnp.max(jnp.abs(found - wanted)) / way))
    order = observed_order(errors)
    assert np.all((order > 0.8) & (order < 1.2)), errors
    validation_row(
        "markers in a couple with a small step, by similarity",
        "shift by ierfc(x/2√Dt); order in the step, error relative to the largest",
        float(order[-1]),
        errors[-1],
        "step 0.02, 200 cells",
    )


def test_those_of_the_joint_gather_on_the_kirkendall_plane_and_go_as_root_time():
    seen = by_similarity(binary(), ends(), STARTS[:1], ANNEAL, 400)
    planes = djx.equations.mixture_similarity(binary(), *ends(), 1273.0, cells=400)
    plane = planes.planes(TIME).positions[0]
    late = seen.moved(jnp.full(1, TIME))
    np.testing.assert_allclose(late, plane, rtol=2e-5)
    np.testing.assert_allclose(seen.moved(jnp.full(1, TIME / 9)), late / 3, rtol=1e-12)
    # What lies beyond the profile has not moved, and of all the order is kept.
    both = by_similarity(binary(), ends(), STARTS, ANNEAL, 400).moved(jnp.full(5, TIME))
    assert abs(both[-1] - STARTS[-1]) < 1e-9
    assert np.all(np.diff(np.asarray(both)[[2, 0, 1, 3, 4]]) > 0)


def test_alike_components_leave_the_lattice_at_rest():
    seen = by_similarity(binary(D_A, D_A), ends(), STARTS, ANNEAL, 100)
    np.testing.assert_allclose(seen.moved(jnp.full(5, TIME)), STARTS, atol=1e-13)
    assert np.all(np.abs(seen.speed(STARTS, jnp.full(5, TIME))) < 1e-18)
    wanted = djx.exact.couple(STARTS, TIME, D_A, 0.0, 1.0)
    np.testing.assert_allclose(seen.fractions(STARTS)[:, 1], wanted, atol=2e-4)


def test_slopes():
    at = jnp.array([0.0, 0.0, 1e-6])

    @jax.jit
    def values(u):
        law = binary(D_A * jnp.exp(u[0]), D_B * jnp.exp(u[1]))
        seen = by_similarity(law, ends(0.1, 0.9), STARTS[1:4] + u[2], ANNEAL, 100)
        time = jnp.array([0.3, 1.0, 1.0]) * TIME
        return jnp.concatenate(
            [1e5 * seen.moved(time), 1e10 * seen.speed(STARTS[1:4], time)]
        )

    steps = np.array([1e-5, 1e-5, 1e-9])
    forward = np.asarray(jax.jit(jax.jacfwd(values))(at))
    back = np.asarray(jax.jit(jax.jacrev(values))(at))
    middle = [
        (values(at + h * e) - values(at - h * e)) / (2 * h)
        for h, e in zip(steps, np.eye(3))
    ]
    size = np.max(np.abs(forward), axis=0)
    np.testing.assert_allclose(forward / size, np.transpose(middle) / size, atol=2e-6)
    np.testing.assert_allclose(back / size, forward / size, atol=1e-10)


@pytest.mark.slow
def test_a_march_comes_to_the_same_as_its_cells_shrink():
    fine = by_similarity(binary(), ends(), STARTS[1:4], ANNEAL, 800)
    places, times = jnp.array([-1e-4, 0.0, 1e-4]), jnp.array([0.4, 1.0, 1.0]) * TIME
    wanted = [
        fine.fractions(places)[:, 1],
        fine.moved(times),
        fine.speed(places, times),
    ]
    errors = []
    for cells in (30, 60, 120):
        reach = 8e-4
        grid = djx.grid.graded(-reach, reach, cells, 0.0, 0.2 * reach / cells)
        stops = jnp.array([0.4, 1.0]) * TIME
        march = by_march(
            binary(), ends(), STARTS[1:4], ANNEAL, grid.faces, stops, False
        )
        found = [
            march.fractions(places)[:, 1],
            march.moved(times),
            march.speed(places, times),
        ]
        errors.append(
            [float(jnp.max(jnp.abs(f / w - 1))) for f, w in zip(found, wanted)]
        )
    orders = np.array([observed_order(column) for column in np.transpose(errors)])
    assert np.all(orders[[0, 2]] > 1.4), orders
    assert np.all(orders < 2.8) and np.all(orders[1] > 0.7)
    assert np.all(np.array(errors[-1]) < [2e-3, 5e-3, 2e-3]), errors
