"""Spinodals, common tangents and critical points of binaries."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import fsolve

from diffjax import GAS_CONSTANT as R
from diffjax.thermo import (
    common_tangent,
    critical_point,
    RedlichKister,
    regular,
    spinodal,
    sub_regular,
)

from ..helpers import validation_row
from .phases import TERNARY


OMEGA = 20e3
REGULAR = regular(("A", "B"), {("A", "B"): OMEGA})


def lopsided(first):
    return sub_regular(("A", "B"), {("A", "B"): (first, 17e3)})


def test_spinodal_and_critical_point_of_the_regular_solution():
    exact = (1 - np.sqrt(1 - 2 * R * 800 / OMEGA)) / 2
    found = spinodal(REGULAR, 800.0)
    np.testing.assert_allclose(found, [exact, 1 - exact], rtol=1e-12)
    x, t = critical_point(REGULAR, 300.0, 3000.0)
    np.testing.assert_allclose(t, OMEGA / (2 * R), rtol=1e-12)
    np.testing.assert_allclose(x, 0.5, rtol=1e-9)
    validation_row(
        "critical temperature of a regular solution",
        "interaction over 2R",
        None,
        max(abs(float(t) * 2 * R / OMEGA - 1), 1e-17),
        "20 kJ/mol",
    )


@pytest.mark.parametrize("temperature", [60.0, 800.0, 1202.0])
def test_common_tangent_of_the_regular_solution(temperature):
    # By symmetry ln(x/(1-x)) = -Omega (1-2x)/RT; at 60 K x is 4e-18.
    low, high = (float(x) for x in common_tangent(REGULAR, temperature))
    level = np.log(low / (1 - low)) + OMEGA * (1 - 2 * low) / (R * temperature)
    np.testing.assert_allclose(level, 0.0, atol=1e-11)
    np.testing.assert_allclose(high, 1 - low, rtol=1e-10)
    assert low < 0.5 < high


def test_common_tangent_of_a_lopsided_gap_against_scipy():
    phase, t = lopsided(22e3), 800.0
    low, high = (float(x) for x in common_tangent(phase, t))

    def energy(x):
        mixing = R * t * (x * np.log(x) + (1 - x) * np.log1p(-x))
        return mixing + x * (1 - x) * (22e3 * (1 - x) + 17e3 * x)

    def slope(x):
        mixing = R * t * (np.log(x) - np.log1p(-x))
        ends = 22e3 * (1 - x) + 17e3 * x
        return mixing + (1 - 2 * x) * ends + x * (1 - x) * (17e3 - 22e3)

    def apart(ends):
        intercepts = [energy(x) - x * slope(x) for x in ends]
        return slope(ends[0]) - slope(ends[1]), intercepts[0] - intercepts[1]

    a, b = np.asarray(fsolve(apart, [0.05, 0.9], xtol=1e-13))
    # Mixed at 0.4, the two of them have less energy than any others beside them.
    lever = lambda x, y: energy(x) + (0.4 - x) / (y - x) * (energy(y) - energy(x))
    others = [lever(a + da, b + db) for da in (-0.01, 0.01) for db in (-0.01, 0.01)]
    assert lever(a, b) < min(others)
    np.testing.assert_allclose([low, high], [a, b], atol=1e-11)
    error = max(abs(low - a), abs(high - b))
    validation_row(
        "common tangent of a sub-regular solution (absolute)",
        "equal slopes and intercepts, by SciPy",
        None,
        max(error, 1e-17),
        "800 K",
    )


def test_derivatives_of_the_spinodal_both_ways():
    low = lambda first: spinodal(lopsided(first), 800.0)[0]
    run, first = jax.jit(jax.value_and_grad(low)), jnp.asarray(22e3)
    near = (run(first + 1.0)[0] - run(first - 1.0)[0]) / 2.0
    np.testing.assert_allclose(run(first)[1], near, rtol=1e-6)


@pytest.mark.slow
def test_derivatives_of_all_three_both_ways():
    def all_three(first):
        phase = lopsided(first)
        critical = jnp.stack(critical_point(phase, 300.0, 3000.0))
        return jnp.concatenate(
            [spinodal(phase, 800.0), common_tangent(phase, 800.0), critical]
        )

    run = jax.jit(lambda first: jax.jvp(all_three, (first,), (jnp.ones(()),)))
    first = jnp.asarray(22e3)
    near = (run(first + 1.0)[0] - run(first - 1.0)[0]) / 2.0
    forward = run(first)[1]
    np.testing.assert_allclose(forward, near, rtol=1e-6)
    tangent = lambda first: common_tangent(lopsided(first), 800.0)[0]
    backward = jax.jit(jax.grad(tangent))(first)
    np.testing.assert_allclose(backward, forward[2], rtol=1e-10)


def test_near_picks_one_of_two_gaps():
    # Interactions that favour two gaps, one on each side.
    phase = RedlichKister(("A", "B"), {("A", "B"): [0.0, 0.0, 30e3]})
    left, right = spinodal(phase, 500.0, 0.1), spinodal(phase, 500.0, 0.9)
    np.testing.assert_allclose(left, 1 - right[::-1], rtol=1e-10)
    assert float(left[1]) < 0.5 < float(right[0])


def test_sentences():
    with pytest.raises(ValueError, match="spinodal.*stable there"):
        spinodal(REGULAR, 1300.0)
    with pytest.raises(ValueError, match="common_tangent.*stable there"):
        common_tangent(REGULAR, 1300.0)
    with pytest.raises(ValueError, match="two components"):
        spinodal(TERNARY, 800.0)
    with pytest.raises(ValueError, match="none at `upper`"):
        critical_point(REGULAR, 300.0, 400.0)
    with pytest.raises(ValueError, match="near.*between 0 and 1"):
        spinodal(REGULAR, 800.0, 1.5)
