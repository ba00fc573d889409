import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx

from .helpers import observed_order


D = 1e-14
LAW = djx.diffusivity.Constant(D)
ANNEAL = djx.Anneal(60.0, 1000.0)


def couple(cells):
    grid = djx.grid.uniform(-5e-6, 5e-6, cells)
    start = djx.grid.step(grid, 0.0, 1.0, 0.0)
    return djx.solve(djx.equations.Diffusion(LAW), grid, start, ANNEAL, rtol=1e-7)


def test_values_between_the_cells_are_second_order():
    x = jnp.linspace(-2e-6, 2e-6, 333)
    exact = djx.exact.couple(x, 60.0, D, 1.0, 0.0)
    errors = [float(jnp.max(jnp.abs(couple(n).at(x) - exact))) for n in (100, 200)]
    np.testing.assert_allclose(observed_order(errors), 2.0, atol=0.3)


def test_positions_have_a_derivative():
    solution = couple(100)
    slope = jax.grad(lambda x: solution.at(x))(jnp.asarray(1e-7))
    h = 1e-10
    by_hand = (solution.at(1e-7 + h) - solution.at(1e-7 - h)) / (2 * h)
    np.testing.assert_allclose(slope, by_hand, rtol=1e-5)


def test_any_shape_and_any_save_time():
    grid = djx.grid.uniform(-5e-6, 5e-6, 50)
    start = djx.grid.step(grid, 0.0, 1.0, 0.0)
    solution = djx.solve(
        djx.equations.Diffusion(LAW), grid, start, ANNEAL, save_at=[1.0, 60.0]
    )
    assert solution.at(jnp.zeros((2, 3))).shape == (2, 3)
    assert float(solution.at(1e-6, index=0)) < float(solution.at(1e-6))


def test_positions_outside_are_refused():
    with pytest.raises(ValueError, match=r"must lie in the grid, -5e-06 to 5e-06 m"):
        couple(50).at([0.0, 6e-6])


def test_balance_of_an_open_body():
    grid = djx.grid.uniform(0.0, 1e-6, 50)
    walls = djx.grid.Walls(x=(djx.grid.FixedValue(1.0), djx.grid.FixedValue(0.0)))
    solution = djx.solve(
        djx.equations.Diffusion(LAW, walls), grid, jnp.zeros(50), djx.Anneal(1e4, 1e3)
    )
    balance = solution.balance
    # In the end as much leaves as enters: D dc/dx t, and half the body is full.
    np.testing.assert_allclose(balance.end, 0.5e-6, rtol=1e-4)
    gained = balance.entered_lower + balance.entered_upper
    np.testing.assert_allclose(gained, balance.end, rtol=1e-10)
    assert float(balance.entered_lower[0]) > 0 > float(balance.entered_upper[0])
    assert float(balance.smallest) >= 0.0 and float(balance.largest) <= 1.0


def test_components_are_seen_together_and_alone():
    grid = djx.grid.uniform(0.0, 4e-6, 4)
    ys = jnp.stack([jnp.array([[0.1, 0.2, 0.3, 0.4]])] * 2, axis=-1)
    ys = ys.at[..., 1].set(1 - ys[..., 0])
    amount = 1e-6 * jnp.sum(ys, axis=1)
    one, entered = jnp.asarray(1.0), jnp.arange(4.0).reshape(1, 2, 2)
    openings = ("x lower", "x upper")
    balance = djx.Balance(
        amount[0], amount, entered, openings, 0 * one, one, 0 * one, ("A", "B")
    )
    solution = djx.Solution(
        one[None], ys, grid, balance, djx.RESULTS.successful, {}, ("A", "B")
    )
    np.testing.assert_allclose(solution.at(1.5e-6), [0.2, 0.8])
    assert solution.at(jnp.array([[1e-6], [2e-6]])).shape == (2, 1, 2)
    np.testing.assert_allclose(solution.total(), amount)
    np.testing.assert_allclose(solution.total(index=0), amount[0])
    np.testing.assert_array_equal(balance.through("x upper"), [[2.0, 3.0]])
    alone = solution.of("B")
    np.testing.assert_array_equal(alone.ys, ys[..., 1])
    np.testing.assert_allclose(alone.at(1.5e-6), 0.8)
    np.testing.assert_array_equal(alone.balance.through("x upper"), [3.0])
    np.testing.assert_allclose(alone.total(), amount[:, 1])
    assert float(alone.balance.smallest) == 0.6 and not alone.components
    with pytest.raises(ValueError, match="A, B"):
        solution.of("C")
