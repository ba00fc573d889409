"""Exact propagation in modes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax.grid import FixedValue, NoFlux, Periodic, Walls
from diffjax.stepping import Spectral


LENGTH = 1e-4
GRID = djx.grid.uniform((0.0, 0.0), (LENGTH, 2 * LENGTH), (24, 32))
TENSOR = 1e-14 * np.array([[1.0, 0.3], [0.3, 0.5]])
RAMP = djx.Ramp(jnp.array([0.0, 3600.0, 7200.0]), jnp.array([900.0, 1100.0, 950.0]))
PERIODIC = Walls(x=Periodic(), y=Periodic())


def test_a_mode_of_a_full_tensor_decays_exactly():
    law = djx.diffusivity.Activated(djx.diffusivity.Tensor(TENSOR), 1.5, 1000.0)
    equation = djx.equations.Diffusion(law, PERIODIC)
    q = 2 * np.pi / LENGTH * np.array([1.0, 0.5])
    start = jnp.cos(GRID.centres @ q)
    solution = djx.solve(
        equation, GRID, start, RAMP, save_at=[3600.0, 7200.0], method=Spectral()
    )
    times, tau = jnp.linspace(0.0, 3600.0, 20001), 0.0
    for half, row in enumerate(solution.ys):
        hot = jax.vmap(RAMP.temperature_at)(times + 3600.0 * half)
        boost = np.exp(-1.5 / djx.BOLTZMANN_EV * (1 / hot - 1 / 1000.0))
        tau = tau + np.trapezoid(boost, times)
        exact = np.exp(-q @ TENSOR @ q * tau) * start
        np.testing.assert_allclose(row, exact, rtol=0, atol=1e-6)
    assert solution.stats["method"] == "Spectral"
    assert float(solution.balance.defect) < 1e-12


def test_closed_walls_agree_with_a_march_and_differ_by_its_error():
    law = djx.diffusivity.Anisotropic((1e-14, 0.3e-14))
    walls = Walls(x=NoFlux(), y=Periodic())
    equation = djx.equations.Diffusion(law, walls)
    anneal = djx.Anneal(20 * 3600.0, 1000.0)

    def errors(n):
        grid = djx.grid.uniform((0.0, 0.0), (LENGTH, 2 * LENGTH), (n, n))
        x = grid.centres / LENGTH
        start = jnp.exp(-30 * ((x[..., 0] - 0.4) ** 2 + (x[..., 1] - 1.0) ** 2))
        exact = djx.solve(equation, grid, start, anneal, method=Spectral())
        march = djx.solve(equation, grid, start, anneal, rtol=1e-7)
        return float(jnp.max(jnp.abs(exact.ys - march.ys)))

    coarse, fine = errors(16), errors(32)
    assert 1.7 < np.log2(coarse / fine) < 2.3


def test_gradient_through_the_modes():
    start = jnp.exp(-20 * (GRID.centres[..., 0] / LENGTH - 0.5) ** 2)

    def middle(scale):
        law = djx.diffusivity.Tensor(scale * jnp.asarray(TENSOR))
        equation = djx.equations.Diffusion(law, PERIODIC)
        anneal = djx.Anneal(3600.0, 1000.0)
        return djx.solve(equation, GRID, start, anneal, method=Spectral()).ys[-1, 12, 3]

    h = 1e-5
    quotient = (middle(1.0 + h) - middle(1.0 - h)) / (2 * h)
    np.testing.assert_allclose(jax.grad(middle)(1.0), quotient, rtol=1e-6)


@pytest.mark.parametrize(
    "law, walls, grid, sentence",
    [
        (djx.diffusivity.Tensor(TENSOR), Walls(), GRID, "periodic walls on all axes"),
        (
            djx.diffusivity.Constant(1e-14),
            Walls(x=FixedValue(1.0)),
            GRID,
            "closed or periodic walls",
        ),
        (
            djx.diffusivity.Exponential(1e-14, 1.0),
            Walls(),
            GRID,
            "depends on the temperature alone",
        ),
        (
            djx.diffusivity.Constant(1e-14),
            Walls(),
            djx.grid.graded(0.0, 1.0, 20, centre=0.5, finest=0.01),
            "a planar grid of equal cells",
        ),
    ],
)
def test_what_has_no_modes_is_refused(law, walls, grid, sentence):
    equation = djx.equations.Diffusion(law, walls)
    with pytest.raises(ValueError, match=sentence):
        anneal = djx.Anneal(1.0, 900.0)
        djx.solve(equation, grid, jnp.zeros(grid.shape), anneal, method=Spectral())
