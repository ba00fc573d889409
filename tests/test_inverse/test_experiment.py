"""What experiments share: the law picked, its mean over a history, bare copies."""

import re

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
import inverse as inv
from inverse._experiment import law_of, mean_diffusivity

from .common import ANNEAL, erf_couple


CONSTANT = djx.diffusivity.Constant(3e-13)
RAMP = djx.Ramp(np.array([0.0, 1.8e5, 3.6e5]), np.array([1273.15, 1273.15, 1173.15]))


def test_the_law_is_picked_from_the_model():
    assert law_of({"a": CONSTANT}, lambda m: m["a"]) is CONSTANT
    law = law_of(lambda c, temperature, x: 2e-13 + 0 * c, None)
    np.testing.assert_allclose(law.over(0.5, 1000.0), 2e-13)
    with pytest.raises(ValueError, match=re.escape("an experiment finds a dict: pick")):
        law_of({"a": CONSTANT}, None)


def test_the_mean_over_a_ramp_is_that_of_a_fine_sum_and_its_slope_too():
    law = djx.diffusivity.Arrhenius(1e-5, 2.0)
    times = jnp.linspace(0.0, 3.6e5, 20001)
    temperatures = jax.vmap(RAMP.temperature_at)(times)

    def means(q):
        moved = eqx.tree_at(lambda law: law.activation, law, q)
        fine = jnp.trapezoid(moved.over(0.0, temperatures), times) / 3.6e5
        return mean_diffusivity(moved, RAMP, jnp.zeros(1))[0], fine

    value, slope = jax.jit(jax.jvp, static_argnums=0)(
        means, (jnp.asarray(2.0),), (jnp.asarray(1.0),)
    )
    np.testing.assert_allclose(*value, rtol=1e-7)
    np.testing.assert_allclose(*slope, rtol=1e-7)


def test_a_traverse_shows_its_profile_and_loses_its_numbers():
    profile = erf_couple()
    couple = inv.Couple(profile, ANNEAL, left=0.2)
    assert couple.data is profile
    bare = couple.bare(profile.nameless())
    assert (
        bare.profile.name == "" and vars(bare)["left"] is None and bare.anneal is ANNEAL
    )
    assert couple.profile.name == profile.name != ""
