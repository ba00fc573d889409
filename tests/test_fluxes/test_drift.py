"""One face under a force: Boltzmann, the exact flux, and steps of any height."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax.diffusivity import Constant, Point
from diffjax.fluxes import Drift, Face, Fick, level_of


D, GAP = 1e-14, 1e-7
DRIFT = Drift(Constant(D), lambda x: 1e3 * x)


def face(left, right, rise, dtype=float):
    sides = (left, right, D, D, GAP, GAP)
    return Face(*(jnp.asarray(v, dtype) for v in sides), rise=jnp.asarray(rise, dtype))


@pytest.mark.parametrize("rise", [-20.0, -1e-3, 0.0, 0.3, 20.0, 600.0])
def test_nothing_flows_in_boltzmanns_distribution(rise):
    c = np.exp(-abs(rise))
    left, right = (1.0, c) if rise > 0 else (c, 1.0)
    scale = D / (2 * GAP) * max(1.0, abs(rise))
    np.testing.assert_allclose(
        DRIFT.through(face(left, right, rise)) / scale, 0.0, atol=2e-15
    )


@pytest.mark.parametrize("rise", [-3.0, 0.5, 8.0])
def test_the_flux_is_exact_for_a_constant_force(rise):
    # J = -D (c' + c s) with constant J and slope s has c = -J/(D s) + A exp(-s x).
    left, right, h = 0.7, 0.2, 2 * GAP
    slope = rise / h
    amplitude = (left - right) / (1 - np.exp(-rise))
    exact = -D * slope * (left - amplitude)
    np.testing.assert_allclose(
        DRIFT.through(face(left, right, rise)), exact, rtol=1e-13
    )


def test_without_a_step_it_is_ficks():
    for mean in ("arithmetic", "harmonic"):
        level = face(0.7, 0.2, 0.0)
        drift, fick = Drift(Constant(D), lambda x: 0 * x, mean), Fick(Constant(D), mean)
        np.testing.assert_allclose(
            drift.through(level), fick.through(level), rtol=1e-15
        )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_step_of_a_thousand_kt_has_value_slope_and_curvature(dtype):
    steps = np.array([-1e3, -90.0, -1e-2, -1e-9, 0.0, 1e-2, 1.0, 90.0, 1e3])
    flux = lambda rise: DRIFT.through(face(0.7, 0.2, rise, dtype)) / D * GAP
    value = jax.vmap(flux)(jnp.asarray(steps, dtype))
    slope = jax.vmap(jax.grad(flux))(jnp.asarray(steps, dtype))
    curvature = jax.vmap(jax.grad(jax.grad(flux)))(jnp.asarray(steps, dtype))
    assert all(bool(jnp.all(jnp.isfinite(x))) for x in (value, slope, curvature))
    # Steep steps only carry what is upstream.
    np.testing.assert_allclose(value[0], 0.5 * 1e3 * 0.7, rtol=1e-6)
    np.testing.assert_allclose(value[-1], -0.5 * 1e3 * 0.2, rtol=1e-6)
    np.testing.assert_allclose(curvature[jnp.asarray([0, -1])], 0.0, atol=1e-12)
    # Near 0 the curvature of B is 1/6.
    np.testing.assert_allclose(curvature[4], 0.5 * (0.7 - 0.2) / 6, rtol=1e-5)


def test_derivatives_agree_with_differences_across_the_switch_of_formulas():
    flux = lambda rise: DRIFT.through(face(0.7, 0.2, rise)) / D * GAP
    for rise in (-5.0, -1e-2, 9.9e-3, 2.0):
        h = 1e-4
        quotient = (flux(rise + h) - flux(rise - h)) / (2 * h)
        np.testing.assert_allclose(jax.grad(flux)(rise), quotient, rtol=1e-7)
        forward = jax.jvp(flux, (rise,), (1.0,))[1]
        np.testing.assert_allclose(jax.grad(flux)(rise), forward, rtol=1e-13)


def test_the_level_is_energy_over_kt():
    point = Point(jnp.asarray(0.3), jnp.asarray(1000.0), jnp.asarray(2e-6))
    level = level_of(DRIFT, point)
    assert level is not None
    np.testing.assert_allclose(level, 2e-3 / (djx.BOLTZMANN_EV * 1000), rtol=1e-14)
    assert level_of(Fick(Constant(D)), point) is None
    np.testing.assert_allclose(DRIFT.coefficient(point), D)


def test_wrong_parts_are_refused():
    law: Any = Fick(Constant(D))
    with pytest.raises(TypeError, match="law"):
        Drift(law, lambda x: x)
    middle: Any = "median"
    with pytest.raises((TypeError, ValueError), match="mean"):
        Drift(Constant(D), lambda x: x, middle)
