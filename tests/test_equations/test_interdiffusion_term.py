"""Against dense algebra; orders, walls and limits are in `test_interdiffusion.py`."""

import jax
import jax.flatten_util
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax.equations import Interdiffusion, State
from diffjax.grid import FixedFlux, FixedValue, NoFlux, Walls

from ..alloys import ternary
from .dense import against_dense_algebra


WALLS = (
    (FixedValue([0.2, 0.5, 0.3]), NoFlux()),
    (
        FixedFlux(lambda t: jnp.array([2e-11, -1e-11, 0.0]) * (1 + t / 1e4)),
        FixedValue([0.1, 0.1, 0.8]),
    ),
)


def term_and_state(walls):
    grid = djx.grid.uniform(5e-6, 25e-6, 12, "cylindrical")
    places = jnp.array([8e-6, 13.3e-6])
    equation = Interdiffusion(ternary(), Walls(x=walls), markers=places)
    ramp = djx.Ramp([0.0, 1e4], [1000.0, 1200.0])
    s = 3e5 * grid.centres
    x = jnp.stack([0.4 + 0.2 * jnp.sin(s), 0.3 + 0.2 * jnp.cos(2 * s)], axis=-1)
    x = jnp.concatenate([x, 1 - jnp.sum(x, axis=1, keepdims=True)], axis=1)
    return grid, equation.term(grid, ramp), State(x, jnp.zeros((2, 3)), places)


@pytest.mark.parametrize("walls", WALLS)
def test_linearised_is_the_jacobian_of_the_rate(walls):
    grid, term, state = term_and_state(walls)
    rng = np.random.default_rng(0)
    change = jnp.asarray(rng.normal(size=(12, 3)))
    change = change - jnp.mean(change, axis=1, keepdims=True)
    entered = jnp.asarray(rng.normal(size=(2, 3)) * 1e-9)
    right = State(change, entered, jnp.asarray(rng.normal(size=2)) * 1e-5)
    against_dense_algebra(term, state, right, jnp.asarray(1e-4), 1e-9, 1e-6)


@pytest.mark.parametrize("walls", WALLS)
def test_what_enters_is_what_the_field_gains(walls):
    grid, term, state = term_and_state(walls)
    rate = jax.jit(lambda s: term.rate(jnp.asarray(0.0), s, None))(state)
    gained = jax.vmap(grid.total, in_axes=-1)(rate.composition)
    size = float(jnp.max(jnp.abs(rate.composition))) * float(grid.volumes.sum())
    assert float(jnp.max(jnp.abs(jnp.sum(rate.entered, 0) - gained))) < 1e-14 * size
    sums = jnp.sum(rate.composition, axis=1) / jnp.max(jnp.abs(rate.composition))
    assert float(jnp.max(jnp.abs(sums))) < 1e-14
