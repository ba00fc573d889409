"""Linear systems of diffusion on more axes, against dense solves."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax.equations import Diffusion, State
from diffjax.grid import Exchange, FixedValue, NoFlux, Periodic, Walls
from diffjax.schemes import Central


GRID = djx.grid.uniform((0.0, 0.0), (5e-6, 6e-6), (5, 6))
ANNEAL = djx.Anneal(600.0, 1000.0)
TENSOR = djx.tensors.from_principal([1e-14, 3e-15], djx.tensors.rotation(0.5))
FULL = djx.diffusivity.Tensor(TENSOR)
PAIR = djx.diffusivity.Anisotropic((1e-14, 3e-15))
CASES = {
    "full, closed": Diffusion(FULL),
    "full, central": Diffusion(
        FULL, Walls(x=(FixedValue(1.0), NoFlux())), scheme=Central()
    ),
    "pair, mixed": Diffusion(PAIR, Walls(Periodic(), (Exchange(1e-8, 0.2), NoFlux()))),
    "composition": Diffusion(djx.diffusivity.Exponential(1e-14, 1.0)),
}


@pytest.mark.parametrize("equation", CASES.values(), ids=CASES.keys())
def test_a_solve_is_that_of_the_jacobian(equation):
    rng = np.random.default_rng(0)
    c, right = (jnp.asarray(rng.random(GRID.shape)) for _ in range(2))
    shift, zero = jnp.asarray(1e-2), jnp.asarray(0.0)

    @jax.jit
    def both(c, right):
        term = equation.term(GRID, ANNEAL)
        nothing = jnp.zeros(4)
        found = term.linearise(zero, State(c, nothing), None).solver(shift)(
            State(right, nothing)
        )
        return found, jax.jacfwd(lambda c: term.balance(zero, c))(c)

    found, (jacobian, gains) = both(c, right)
    matrix = float(shift) * np.eye(30) - np.asarray(jacobian).reshape(30, 30)
    expected = np.linalg.solve(matrix, np.asarray(right).ravel())
    scale = abs(expected).max()
    np.testing.assert_allclose(found.composition.ravel(), expected, atol=1e-6 * scale)
    entered = np.asarray(gains).reshape(4, 30) @ expected / float(shift)
    np.testing.assert_allclose(
        found.entered, entered, atol=1e-6 * max(abs(entered).max(), 1e-12)
    )


def test_an_unknown_preconditioner_is_refused():
    term = CASES["full, closed"].term(GRID, ANNEAL)
    state = State(jnp.zeros(GRID.shape), jnp.zeros(4))

    def solver(state):
        here = term.linearise(jnp.asarray(0.0), state, None)
        return here.solver(jnp.asarray(1.0), "magic")(state)

    with pytest.raises(ValueError, match="must be one of 'spectral', 'diagonal'"):
        jax.eval_shape(solver, state)
