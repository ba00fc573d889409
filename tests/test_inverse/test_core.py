"""The compiled part: natural units, bands, and one program for many profiles."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import diffjax as djx
import inverse as inv
from inverse._core import (
    derived,
    minimise_objective,
    natural_slopes,
    natural_values,
    profile_band,
)
from inverse._objective import build

from .common import ANNEAL, erf_couple


LAW = djx.diffusivity.Constant(1e-13)


def objective():
    couple = inv.Couple(erf_couple(), ANNEAL, left=0.2, right=0.8, origin=30e-6)
    return build(LAW, [couple], (inv.Free("value", inv.Log()),))[0]


def test_natural_values_and_slopes():
    slots = objective().slots
    at = jnp.array([-29.0])
    np.testing.assert_allclose(natural_values(slots, at), np.exp(at))
    np.testing.assert_allclose(natural_slopes(slots, at), np.exp(at)[:, None])
    logged = (dataclasses.replace(slots[0], logged=True),)
    value = natural_values(logged, jnp.array([0.5]))
    np.testing.assert_allclose(value, np.exp(np.exp([0.5])))


def test_bands_and_derived_quantities_have_exact_slopes():
    made, h = objective(), 1e-5
    at = made.centre
    x, like = np.linspace(-1e-3, 1e-3, 130), (inv.LevenbergMarquardt(), 50)
    value, slope = profile_band(made, at, 0, x, like)
    couple = made.experiments[0]
    local = made.whole[1][0]
    np.testing.assert_allclose(
        value, couple.predict(LAW, local, jnp.asarray(x)), rtol=1e-12
    )
    up, down = (profile_band(made, at + s, 0, x, like)[0] for s in (h, -h))
    np.testing.assert_allclose(slope[:, 0], (up - down) / (2 * h), atol=1e-8)
    value, slope = derived(lambda law: law.over(0.5, 1273.0), made, at)
    np.testing.assert_allclose(value, 1e-13)
    np.testing.assert_allclose(slope, [1e-13])


def test_the_core_can_be_mapped_over_profiles():
    made = objective()
    clean = made.experiments[0].data.value
    shifts = 0.001 * jax.random.normal(jax.random.key(0), (3, 60))

    @jax.jit
    def run(shift):
        moved = eqx.tree_at(lambda o: o.experiments[0].data.value, made, clean + shift)
        noise = (jnp.full(60, 0.003),)
        method = inv.LevenbergMarquardt()
        outcome = minimise_objective(
            moved, made.centre, noise, method, jnp.asarray(False), 50
        )
        return outcome.free

    found = jax.lax.map(run, shifts)
    assert found.shape == (3, 1)
    np.testing.assert_allclose(found, np.log(3e-13), atol=0.1)
    np.testing.assert_allclose(found[1], run(shifts[1]), rtol=1e-12)
