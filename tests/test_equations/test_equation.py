import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx


D = 1e-14


def test_the_smallest_diffusivity_of_a_field():
    equation = djx.equations.Diffusion(djx.diffusivity.Exponential(D, -2.0))
    grid = djx.grid.uniform(0.0, 1e-6, 3)
    field = jnp.array([0.0, 0.5, 1.0])
    smallest = equation.smallest_diffusivity(grid, field, jnp.asarray(1000.0))
    np.testing.assert_allclose(smallest, D * np.exp(-2.0))


def test_a_function_becomes_a_law():
    equation = djx.equations.Diffusion(lambda c, temperature, x: D)
    assert isinstance(equation.flux.law, djx.diffusivity.Custom)  # pyright: ignore


@pytest.mark.parametrize(
    "grid, walls, sentence",
    [
        (
            djx.grid.uniform(0.0, 1.0, 4, "spherical"),
            djx.grid.Walls(x=djx.grid.Periodic()),
            "`Periodic` walls need a planar grid; got a spherical one",
        ),
        (
            djx.grid.uniform((0.0, 0.0), (1.0, 1.0), (4, 4)),
            djx.grid.Walls(z=djx.grid.FixedValue(1.0)),
            "the grid has 2 axes and no z",
        ),
    ],
)
def test_what_cannot_be_is_refused(grid, walls, sentence):
    equation = djx.equations.Diffusion(djx.diffusivity.Constant(D), walls)
    with pytest.raises(ValueError, match=sentence):
        equation.term(grid, djx.Anneal(1.0, 1000.0))
