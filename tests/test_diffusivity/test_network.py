"""Networks as laws: what they are, what they cannot be, and their slopes."""

import re

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

import diffjax as djx
from diffjax.diffusivity import Activated, Constant, Exponential, MonotoneMLP, Network

from ..helpers import validation_row


C = np.linspace(0.0, 1.0, 41)
HOT, TIME = 1273.15, 3.6e5


def layers(seed=0, width=6, size=1.0):
    key = jax.random.key(seed)
    mlp = eqx.nn.MLP("scalar", "scalar", width, 2, jnp.tanh, key=key)
    grown = lambda x: size * x if eqx.is_inexact_array(x) else x
    return jax.tree.map(grown, mlp)


def test_a_linear_layer_is_the_exponential_law():
    law = Network(lambda u: 0.7 * u - 0.2, 3e-13, compositions=[0.1, 0.9])
    slope = 2 * 0.7 / 0.8
    start = 3e-13 * np.exp(-0.2 - 0.7 - slope * 0.1)
    exact = np.asarray(Exponential(start, slope).over(C, HOT))
    error = np.max(np.abs(np.asarray(law.over(C, HOT)) / exact - 1))
    assert error < 1e-13
    validation_row("network of one linear layer", "exponential law", None, error, "D")


def test_one_linear_in_the_second_number_is_an_arrhenius_law():
    colder, hotter, k = 1100.0, 1400.0, 8.617333262e-5
    activation = 2.1
    half = 0.5 * activation / k * (1 / colder - 1 / hotter)
    law = Network(
        lambda uv: -0.3 * uv[0] + half * uv[1], 1e-13, temperatures=(colder, hotter)
    )
    middle = 2 / (1 / colder + 1 / hotter)
    plain = Network(lambda u: -0.3 * u, 1e-13)
    T = np.linspace(1050.0, 1450.0, 5)[:, None]
    np.testing.assert_allclose(
        law.over(C[None], T),
        Activated(plain, activation, middle).over(C[None], T),
        1e-8,
    )


def test_without_weights_it_is_a_constant():
    law = Network(layers(size=0.0), 2e-13)
    np.testing.assert_allclose(law.over(C, HOT), Constant(2e-13).over(C, HOT), 1e-13)


def through_a_couple(law):
    """A number that a profile gives; no unit."""
    couple = djx.equations.similarity(law, 0.1, 0.9, HOT, cells=60)
    x = jnp.linspace(-1e-3, 1e-3, 11)
    return jnp.sum(jnp.sin(jnp.arange(11.0)) * couple.at(x, TIME))


@pytest.mark.parametrize(
    "module",
    [
        pytest.param(lambda: layers(3, size=1.5), id="mlp"),
        pytest.param(lambda: MonotoneMLP(4, False, key=jax.random.key(2)), id="falls"),
    ],
)
def test_slopes_by_the_weights_through_a_couple(module):
    weights, rest = eqx.partition(Network(module(), 3e-13), eqx.is_inexact_array)
    flat, back = ravel_pytree(weights)
    run = lambda w: through_a_couple(eqx.combine(back(w), rest))
    way = np.random.default_rng(4).normal(size=flat.size)
    # Ranges and the reference are numbers too, but of other sizes.
    way = jnp.asarray(way / np.linalg.norm(way))
    value = jax.jit(run)
    h = 1e-5
    quotient = (value(flat + h * way) - value(flat - h * way)) / (2 * h)
    forward = jax.jit(lambda w: jax.jvp(run, (w,), (way,))[1])(flat)
    back_again = jnp.vdot(jax.jit(jax.grad(run))(flat), way)
    np.testing.assert_allclose([forward, back_again], quotient, rtol=1e-6)


def test_slopes_stay_finite_far_outside_and_for_single_precision():
    law = Network(MonotoneMLP(4, key=jax.random.key(0)), np.float32(1e-13))
    assert {leaf.dtype for leaf in jax.tree.leaves(law)} == {jnp.dtype("float32")}
    far, hot = np.float32(50.0), np.float32(HOT)
    by_all = jax.grad(lambda law: jnp.log(law.over(far, hot)))(law)
    assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(by_all))


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: Network(jnp.sin, 0.0), "`Network(value=...)` must be one finite"),
        (lambda: Network(jnp.sin, 1e-13, [0.0]), "must be two numbers (composition)"),
        (lambda: Network(jnp.sin, 1e-13, [1.0, 0.0]), "two finite, increasing numbers"),
        (
            lambda: Network(jnp.sum, 1e-13, temperatures=[-1.0, 9.0]),
            "`Network(temperatures=...)` must be > 0 (K).",
        ),
        (
            lambda: Network(lambda u: jnp.ones(2) * u, 1e-13).over(0.5, HOT),
            "must give one number, ln(D/D_ref); got shape (2,)",
        ),
        (
            lambda: MonotoneMLP(0, key=jax.random.key(0)),
            "`MonotoneMLP(width=...)` must be an integer >= 1; got 0.",
        ),
    ],
)
def test_bad_networks_are_refused(make, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        make()


@pytest.mark.parametrize("seed", range(3))
def test_it_is_positive_whatever_the_weights_are(seed):
    values = np.asarray(Network(layers(seed, size=5.0), 1e-13).over(C, HOT))
    assert np.all(values > 0) and np.all(np.isfinite(values))
    assert np.ptp(np.log(values)) > 0.1


@pytest.mark.parametrize("rising", [True, False])
def test_a_monotone_one_is_monotone_whatever_the_weights_are(rising):
    flat, back = ravel_pytree(MonotoneMLP(5, rising, key=jax.random.key(1)))
    fine = np.linspace(-0.2, 1.2, 301)

    @jax.jit
    def curves(weights):
        return jax.vmap(lambda w: jnp.log(Network(back(w), 1e-13).over(fine, HOT)))(
            weights
        )

    draws = np.random.default_rng(0).normal(scale=4.0, size=(50, flat.size))
    steps = jnp.diff(curves(jnp.asarray(draws)), axis=1)
    assert jnp.min(steps if rising else -steps) > 0
