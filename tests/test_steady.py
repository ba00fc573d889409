"""Steady states against closed forms, conservation and implicit derivatives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax.grid import Exchange, FixedValue, Walls


LENGTH, D = 1e-3, 1e-12
GRID = djx.grid.uniform(0.0, LENGTH, 100)
BETWEEN = Walls(x=(FixedValue(1.0), FixedValue(0.0)))


def permeation(slope, value=1.0):
    law = djx.diffusivity.Exponential(D, slope)
    walls = Walls(x=(FixedValue(value), FixedValue(0.0)))
    equation = djx.equations.Diffusion(law, walls)
    return djx.steady_state(equation, GRID, 900.0, guess=0.5)


def test_linear_permeation_is_a_straight_line_found_in_few_steps():
    equation = djx.equations.Diffusion(djx.diffusivity.Constant(D), BETWEEN)
    steady = djx.steady_state(equation, GRID, 900.0)
    np.testing.assert_allclose(
        steady.composition, 1 - GRID.centres / LENGTH, rtol=0, atol=1e-10
    )
    np.testing.assert_allclose(steady.through("x lower"), D / LENGTH, rtol=1e-9)
    np.testing.assert_allclose(jnp.sum(steady.rates), 0.0, atol=1e-12 * D / LENGTH)
    np.testing.assert_allclose(steady.at(0.5 * LENGTH), 0.5, atol=1e-9)
    assert int(steady.iterations) <= 4


def test_a_diffusivity_of_composition_gives_its_integral():
    steady = permeation(2.0)
    # The flux is the integral of D over the compositions, over the length.
    exact = D / LENGTH * (np.exp(2.0) - 1) / 2.0
    np.testing.assert_allclose(steady.through("x lower"), exact, rtol=1e-3)


def test_derivatives_are_those_of_the_difference_quotient():
    flow = lambda slope, value: permeation(slope, value).through("x lower") / D * LENGTH
    h = 1e-5
    for argument in (0, 1):
        shift = np.eye(2)[argument] * h
        quotient = (flow(2.0 + shift[0], 1 + shift[1])) - flow(
            2.0 - shift[0], 1 - shift[1]
        )
        reverse = jax.grad(flow, argument)(2.0, 1.0)
        forward = jax.jacfwd(flow, argument)(2.0, 1.0)
        np.testing.assert_allclose(reverse, quotient / (2 * h), rtol=1e-6)
        np.testing.assert_allclose(forward, reverse, rtol=1e-9)


def test_exchange_and_source_balance():
    walls = Walls(x=(Exchange(1e-9, 0.2), FixedValue(0.0)))
    equation = djx.equations.Diffusion(
        djx.diffusivity.Constant(D), walls, source=lambda c, T, x: 1e-6 - 1e-6 * c
    )
    steady = djx.steady_state(equation, GRID, 900.0)
    assert steady.openings == ("x lower", "x upper", "source")
    scale = float(jnp.max(jnp.abs(steady.rates)))
    np.testing.assert_allclose(jnp.sum(steady.rates), 0.0, atol=1e-9 * scale)


def test_a_tensor_between_two_walls():
    grid = djx.grid.uniform((0.0, 0.0), (LENGTH, LENGTH), (16, 12))
    tensor = djx.tensors.from_principal(
        jnp.array([D, 0.2 * D]), djx.tensors.rotation(0.5)
    )
    # A linear field is steady, and its flux is that of the tensor.
    rise = lambda t, x: (x[0] + 0.5 * x[1]) / LENGTH
    walls = Walls(x=FixedValue(rise), y=FixedValue(rise))
    equation = djx.equations.Diffusion(djx.diffusivity.Tensor(tensor), walls)
    steady = djx.steady_state(equation, grid, 900.0)
    x = grid.centres
    exact = (x[..., 0] + 0.5 * x[..., 1]) / LENGTH
    np.testing.assert_allclose(steady.composition, exact, rtol=0, atol=1e-8)


def test_a_closed_body_keeps_its_amount():
    grid = djx.grid.uniform((0.0, 0.0), (LENGTH, LENGTH), (12, 12))
    guess = jnp.linspace(0.0, 1.0, 144).reshape(12, 12)
    equation = djx.equations.Diffusion(djx.diffusivity.Constant(D))
    steady = djx.steady_state(equation, grid, 900.0, guess=guess)
    np.testing.assert_allclose(steady.composition, 0.5, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    "call, sentence",
    [
        (
            lambda e: djx.steady_state(e, GRID, 900.0, guess=jnp.zeros(3)),
            "must be a number or have shape \\(100,\\)",
        ),
        (lambda e: djx.steady_state(e, GRID, -1.0), "must be one finite number > 0"),
        (
            lambda e: djx.steady_state(e, GRID, 900.0).through("roof"),
            "must be one of 'x lower', 'x upper'; got 'roof'",
        ),
    ],
)
def test_bad_input_is_told(call, sentence):
    equation = djx.equations.Diffusion(djx.diffusivity.Constant(D), BETWEEN)
    with pytest.raises(ValueError, match=sentence):
        call(equation)
