"""Magnetic order."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax import GAS_CONSTANT as R
from diffjax.thermo import Magnetic, redlich_kister, RedlichKister


def iron_like(curie=1043.0, moment=2.22):
    names = ("A", "B")
    return Magnetic(
        redlich_kister(names, ends={"A": curie, "B": -300.0}),
        redlich_kister(names, ends={"A": moment, "B": -0.6}),
        structure_factor=0.4,
        antiferromagnetic=-1.0,
    )


PURE = jnp.array([1.0, 0.0])


def test_both_branches_by_hand():
    a = 518 / 1125 + 11692 / 15975 * 1.5
    for t in (500.0, 1500.0):
        tau = t / 1043
        if tau < 1:
            powers = tau**3 / 6 + tau**9 / 135 + tau**15 / 600
            share = 1 - (79 / (140 * 0.4 * tau) + 474 / 497 * 1.5 * powers) / a
        else:
            share = -(tau**-5 / 10 + tau**-15 / 315 + tau**-25 / 1500) / a
        found = iron_like().at(PURE, jnp.asarray(t))
        np.testing.assert_allclose(found, R * t * np.log(3.22) * share, rtol=1e-13)


def test_energy_and_entropy_are_continuous_at_the_curie_temperature():
    energy = lambda t: iron_like().at(PURE, t)
    both = jax.jit(jax.value_and_grad(energy))
    below, above = both(jnp.asarray(1043.0 - 1e-6)), both(jnp.asarray(1043.0 + 1e-6))
    np.testing.assert_allclose(below[0], above[0], rtol=1e-7)
    np.testing.assert_allclose(below[1], above[1], rtol=1e-6)


def test_without_moments_it_is_nothing_and_finite():
    none = redlich_kister(("A", "B"))
    magnet = Magnetic(none, none, 0.28, -3.0)
    grad = jax.grad(lambda x, t: magnet.at(x, t), argnums=(0, 1))(PURE, 300.0)
    assert float(magnet.at(PURE, jnp.asarray(300.0))) == 0.0
    assert all(bool(jnp.all(jnp.isfinite(g))) for g in grad)


def test_slopes_by_temperature_and_moment():
    def energy(moment):
        phase = RedlichKister(
            ("A", "B"), {("A", "B"): 1e3}, magnetic=iron_like(moment=moment)
        )
        return phase.molar(jnp.array([0.8, 0.2]), jnp.asarray(600.0))

    run, m = jax.jit(energy), jnp.asarray(2.22)
    near = (run(m + 1e-5) - run(m - 1e-5)) / 2e-5
    np.testing.assert_allclose(jax.grad(energy)(m), near, rtol=1e-7)
    np.testing.assert_allclose(jax.jvp(energy, (m,), (m / m,))[1], near, rtol=1e-7)


def test_sentences():
    none = redlich_kister(("A", "B"))
    with pytest.raises(ValueError, match=r"structure_factor.*> 0"):
        Magnetic(none, none, 0.0, -1.0)
