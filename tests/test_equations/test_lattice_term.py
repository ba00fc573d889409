"""Against dense algebra; frames, limits are in `test_lattice_interdiffusion.py`."""

import jax
import jax.numpy as jnp
import numpy as np

import diffjax as djx
from diffjax.equations import LatticeInterdiffusion, State
from diffjax.grid import FixedFlux, NoFlux, Walls

from ..alloys import ternary
from .dense import against_dense_algebra


def term_and_state():
    grid = djx.grid.graded(0.0, 30e-6, 12, 10e-6, 2e-6)
    flux = FixedFlux(lambda t: jnp.array([2e-11, -1e-11, 3e-11]) * (1 + t / 1e4))
    equation = LatticeInterdiffusion(ternary(), Walls(x=(NoFlux(), flux)))
    ramp = djx.Ramp([0.0, 1e4], [1000.0, 1200.0])
    s = 3e5 * grid.centres
    x = jnp.stack([0.4 + 0.2 * jnp.sin(s), 0.3 + 0.2 * jnp.cos(2 * s)], axis=-1)
    x = jnp.concatenate([x, 1 - jnp.sum(x, axis=1, keepdims=True)], axis=1)
    u = x * jnp.exp(jnp.sin(5 * s))[:, None]
    return grid, equation, equation.term(grid, ramp), State(u, jnp.zeros((2, 3)))


def test_linearised_is_the_jacobian_of_the_rate():
    _, _, term, state = term_and_state()
    rng = np.random.default_rng(0)
    # Free of each other: nothing keeps a sum.
    change = jnp.asarray(rng.normal(size=(12, 3)))
    right = State(change, jnp.asarray(rng.normal(size=(2, 3)) * 1e-9))
    against_dense_algebra(term, state, right, jnp.asarray(1e-4), 1e-9, 1e-6)


def test_what_enters_is_what_the_cells_gain_and_moves_the_faces():
    grid, equation, term, state = term_and_state()
    now = jnp.asarray(0.0)
    rate = jax.jit(lambda s: term.rate(now, s, None))(state)
    gained = jax.vmap(grid.total, in_axes=-1)(rate.composition)
    size = float(jnp.max(jnp.abs(rate.composition))) * 30e-6
    assert float(jnp.max(jnp.abs(jnp.sum(rate.entered, 0) - gained))) < 1e-14 * size
    speed = equation.velocity(grid, state.composition, 1000.0)
    assert float(speed[0]) == 0.0
    np.testing.assert_allclose(speed[-1], -4e-11, rtol=1e-10)
    moved = lambda h: equation.places(grid, state.composition + h * rate.composition)
    np.testing.assert_allclose(
        speed, (moved(1e-3) - moved(-1e-3)) / 2e-3, atol=1e-9 * size
    )


def test_a_cell_that_was_stretched_is_a_wider_cell():
    """All that counts is where the faces are now, not where they started."""
    grid, equation, _, state = term_and_state()
    closed = LatticeInterdiffusion(equation.law)
    now, hot = jnp.asarray(0.0), djx.Anneal(1.0, 1100.0)
    there = closed.deformed(grid, state.composition)
    fresh = State(closed.fractions(state.composition), state.entered)
    run = jax.jit(lambda g, s: closed.term(g, hot).rate(now, s, None).composition)
    old = run(grid, state) * grid.widths[:, None]
    new = run(there, fresh) * there.widths[:, None]
    np.testing.assert_allclose(old, new, atol=1e-12 * float(jnp.max(jnp.abs(new))))
