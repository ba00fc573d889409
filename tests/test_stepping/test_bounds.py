import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import diffjax as djx
from diffjax.equations import State
from diffjax.stepping import WithinBounds
from diffjax.stepping._bounds import overstep

from ..alloys import binary


def test_overstep():
    field = jnp.array([0.2, -0.01, 1.003])
    np.testing.assert_allclose(overstep(field, 0.0, 1.0), 0.01)
    assert float(overstep(field[:1], 0.0, 1.0)) == 0.0


def pid(tolerance):
    norm = lambda error: jnp.sqrt(jnp.mean(error.composition**2))
    return diffrax.PIDController(rtol=tolerance, atol=tolerance, norm=norm)


def test_a_step_that_leaves_the_range_is_taken_again_shorter():
    plain = pid(1e-2)
    bounded = WithinBounds(plain, 0.0, 1.0)
    assert bounded.rtol == plain.rtol and bounded.norm is plain.norm
    here = State(jnp.array([0.5, 0.5]), jnp.zeros(1))
    nothing = jax.tree.map(jnp.zeros_like, here)
    tell = lambda controller, x: controller.adapt_step_size(
        0.0,
        1.0,
        here,
        State(x, jnp.zeros(1)),
        None,
        nothing,
        4,
        (1.0, 1.0, jnp.asarray(False)),
    )[:3]
    over = jnp.array([-0.1, 1.1])
    assert bool(tell(plain, over)[0]) and not bool(tell(bounded, over)[0])
    assert float(tell(bounded, over)[2]) < 1.0
    assert bool(tell(bounded, jnp.array([0.0, 1.0]))[0])


def test_fractions_overstep_by_less_than_the_tolerance():
    """Long steps from a sharp couple, of atoms a thousand times apart."""
    grid = djx.grid.uniform(-50e-6, 50e-6, 60)
    couple = djx.grid.step(grid, 0.0, [1.0, 0.0], [0.0, 1.0])
    equation = djx.equations.Interdiffusion(binary(1e-16, 1e-13))
    anneal = djx.Anneal(2e3, 1100.0)

    @eqx.filter_jit
    def run(couple):
        loose = djx.solve(equation, grid, couple, anneal, rtol=1e-2, throw=False)
        fine = djx.solve(equation, grid, couple, anneal, rtol=1e-5, throw=False)
        return loose.balance.smallest, loose.balance.largest, loose.ys - fine.ys

    smallest, largest, off = run(couple)
    assert float(smallest) > -1e-3 and float(largest) < 1 + 1e-3
    assert float(jnp.max(jnp.abs(off))) < 0.05
