"""Sources and held cells: what they make, and what they balance."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax.equations import Diffusion, Held, Source


POINT = (
    jnp.asarray(0.5),
    jnp.asarray(1000.0),
    jnp.array([1e-6, 2e-6]),
    jnp.asarray(3.0),
)
TENSOR = djx.diffusivity.Tensor(
    djx.tensors.from_principal([1e-14, 3e-15], djx.tensors.rotation(0.5))
)
GRID = djx.grid.uniform((0.0, 0.0), (1e-5, 1e-5), (10, 10))
ANNEAL = djx.Anneal(600.0, 1000.0)


@pytest.mark.parametrize(
    "made, rate",
    [
        (1e-3, 1e-3),
        (lambda c, T, x: -1e-3 * c, -5e-4),
        (lambda c, T, x, t: 1e-3 * t * x[1] / 1e-6, 6e-3),
        (lambda c, T, x: 0, 0.0),
    ],
)
def test_what_a_source_makes(made, rate):
    found = Source(made).at(*POINT)
    assert found.shape == () and found.dtype == POINT[0].dtype
    np.testing.assert_allclose(found, rate, rtol=1e-14)


def test_held_cells_are_put():
    where = np.zeros((2, 3), bool)
    where[1] = True
    field = jnp.zeros((2, 3))
    np.testing.assert_array_equal(Held(where, 0.7).put(field), 0.7 * where)
    values = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(Held(where, values).put(field), values * where)
    single = Held(where, 0.7).put(field.astype(jnp.float32))
    assert single.dtype == jnp.float32


@pytest.mark.parametrize("law", [TENSOR, djx.diffusivity.Constant(1e-14)])
def test_a_source_is_all_that_a_closed_body_gains(law):
    equation = Diffusion(law, source=lambda c, T, x: 1e-3 * (x[0] / 1e-5) - 1e-4 * c)
    start = djx.grid.cell_averages(GRID, lambda p: p[..., 1] / 1e-5)
    solution = djx.solve(equation, GRID, start, ANNEAL)
    balance = solution.balance
    assert float(balance.defect) < 1e-12
    gain = float(balance.entered[-1][balance.openings.index("source")])
    np.testing.assert_allclose(balance.amount[-1] - balance.start, gain, rtol=1e-9)
    # The mean obeys an ordinary equation: m' = 5e-4 - 1e-4 m.
    mean = float(balance.amount[-1]) / 1e-10
    exact = 5.0 + (0.5 - 5.0) * np.exp(-1e-4 * 600.0)
    np.testing.assert_allclose(mean, exact, rtol=1e-5)


@pytest.mark.parametrize("law", [TENSOR, djx.diffusivity.Constant(1e-14)])
def test_held_cells_stay_and_say_what_they_give(law):
    where = np.zeros((10, 10), bool)
    where[4:6, 4:6] = True
    equation = Diffusion(law, held=Held(where, 1.0))
    solution = djx.solve(
        equation, GRID, jnp.zeros((10, 10)), ANNEAL, save_at=[60.0, 600.0]
    )
    np.testing.assert_allclose(solution.ys[:, where], 1.0, rtol=1e-12)
    balance = solution.balance
    assert float(balance.defect) < 1e-12
    given = balance.entered[:, balance.openings.index("held")]
    assert np.all(np.asarray(given) > 0) and given[1] > given[0]
    assert float(balance.smallest) > -1e-4 and float(balance.largest) < 1 + 1e-4


def test_a_gradient_through_a_source():
    def gain(rate):
        equation = Diffusion(
            djx.diffusivity.Constant(1e-14), source=lambda c, T, x: rate * (1 - c)
        )
        solution = djx.solve(
            equation, djx.grid.uniform(0.0, 1e-5, 8), jnp.zeros(8), ANNEAL, rtol=1e-8
        )
        return solution.ys[-1][0]

    rate = jnp.asarray(1e-3)
    exact = jax.grad(gain)(rate)
    np.testing.assert_allclose(exact, 600.0 * np.exp(-0.6), rtol=1e-5)


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: Source(np.nan), r"`Diffusion\(source=...\)` must "),
        (lambda: Held(np.ones(3), 1.0), "must hold truth values, .* float64"),
        (lambda: Held(np.ones(3, bool), np.nan), r"`Held\(value=...\)` must "),
        (lambda: Held(np.ones(3, bool), np.ones(2)), r"shape of `where`, \(3,\)"),
        (lambda: Held(np.ones(3, bool), 1.0).fit(GRID), r"shape of the grid, \(10, 10"),
    ],
)
def test_what_is_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
