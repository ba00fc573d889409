"""The term of one axis: what it adds for sources and held cells, against dense algebra.

Orders, walls and limits are tested through the front door in `test_diffusion.py`.
"""

import jax
import jax.flatten_util
import jax.numpy as jnp
import numpy as np

import diffjax as djx
from diffjax.equations import DiffusionTerm, Held, State
from diffjax.grid import FixedValue, Walls


GRID = djx.grid.uniform(0.0, 20e-6, 20)
ANNEAL = djx.Anneal(3600.0, 1000.0)
LAW = djx.diffusivity.Exponential(1e-14, 1.5)
HELD = Held(np.arange(20) == 12, 0.7)


def term_and_state():
    equation = djx.equations.Diffusion(
        LAW,
        Walls(x=(FixedValue(1.0), djx.grid.NoFlux())),
        source=lambda c, T, x: 1e-5 * c * (1 - c),
        held=HELD,
    )
    term = equation.term(GRID, ANNEAL)
    assert isinstance(term, DiffusionTerm)
    c = HELD.put(0.5 + 0.3 * jnp.sin(3e5 * GRID.centres))
    return term, State(c, jnp.zeros(len(equation.openings(GRID))))


def test_linearised_is_the_jacobian_of_the_rate():
    term, state = term_and_state()
    now, shift = jnp.asarray(0.0), jnp.asarray(1e-3)
    flat, unravel = jax.flatten_util.ravel_pytree(state)
    rate = lambda y: jax.flatten_util.ravel_pytree(term.rate(now, unravel(y), None))[0]
    dense = jax.jacfwd(rate)(flat)
    right = jnp.asarray(np.cos(np.arange(flat.size) + 0.3))
    solved = term.linearise(now, state, None).solver(shift)(unravel(right))
    found = jax.flatten_util.ravel_pytree(solved)[0]
    expected = np.linalg.solve(shift * np.eye(flat.size) - np.asarray(dense), right)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_what_enters_is_what_the_field_gains():
    term, state = term_and_state()
    rate = term.rate(jnp.asarray(0.0), state, None)
    gained = float(GRID.total(rate.composition))
    entered = float(jnp.sum(rate.entered))
    np.testing.assert_allclose(
        entered, gained, rtol=0, atol=1e-12 * abs(gained) + 1e-25
    )
    assert float(rate.composition[12]) == 0.0
