"""Against dense algebra; limits and orders are in `test_vacancy_interdiffusion.py`."""

import jax
import jax.flatten_util
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax.equations import (
    Interdiffusion,
    Pores,
    State,
    VacancyInterdiffusion,
    VacancySinks,
)
from diffjax.grid import FixedFlux, FixedValue, NoFlux, Walls

from ..alloys import ternary
from .dense import against_dense_algebra


CASES = {
    "pores": (
        (FixedValue([0.2, 0.5, 0.3]), NoFlux()),
        VacancySinks(
            lambda x, hot: 1e-4 * (1 + x[0]) * hot / 1100.0,
            lambda x: 1e5 * x,
            1e12,
            unit=1e-4,
            pores=Pores(0.4, 1.05),
        ),
    ),
    "none": (
        (
            FixedFlux(lambda t: jnp.array([2e-11, -1e-11, 0.0]) * (1 + t / 1e4)),
            FixedValue([0.1, 0.1, 0.8]),
        ),
        VacancySinks(djx.lattice.Vacancies(0.9, 1.0), unit=2e-4),
    ),
}


def term_and_state(case):
    walls, sinks = CASES[case]
    grid = djx.grid.uniform(5e-6, 25e-6, 12, "cylindrical")
    places = jnp.array([8e-6, 13.3e-6])
    mixing = Interdiffusion(ternary(), Walls(x=walls), markers=places)
    equation = VacancyInterdiffusion(mixing, sinks)
    ramp = djx.Ramp([0.0, 1e4], [1000.0, 1200.0])
    s = 3e5 * grid.centres
    a, b = 0.4 + 0.2 * jnp.sin(s), 0.3 + 0.2 * jnp.cos(2 * s)
    columns = [a, b, 1 - a - b, 1.1 + 0.3 * jnp.cos(s)]
    if sinks.pores is not None:
        columns.append(3 * jnp.maximum(jnp.sin(2 * s), 0.0))
    field = jnp.stack(columns, axis=-1)
    state = State(field, jnp.zeros((4, field.shape[1])), places)
    return grid, equation.term(grid, ramp), state


@pytest.mark.parametrize(
    "case", ["pores", pytest.param("none", marks=pytest.mark.slow)]
)
def test_linearised_is_the_jacobian_of_the_rate(case):
    grid, term, state = term_and_state(case)
    rng = np.random.default_rng(0)
    change = jnp.asarray(rng.normal(size=state.composition.shape))
    mean = jnp.mean(change[:, :3], axis=1, keepdims=True)
    change = change.at[:, :3].add(-mean)
    entered = jnp.asarray(rng.normal(size=state.entered.shape) * 1e-9)
    right = State(change, entered, jnp.asarray(rng.normal(size=2)) * 1e-5)
    against_dense_algebra(term, state, right, jnp.asarray(1e-2), 1e-7, 1e-5)


@pytest.mark.parametrize("case", CASES)
def test_what_enters_is_what_the_field_gains_and_sites_come_from_sinks(case):
    grid, term, state = term_and_state(case)
    now = jnp.asarray(0.0)

    @jax.jit
    def look(state):
        return term.rate(now, state, None), term.velocity(now, state)

    rate, speeds = look(state)
    gained = jax.vmap(grid.total, in_axes=-1)(rate.composition)
    sizes = jnp.max(jnp.abs(rate.composition), axis=0) * grid.volumes.sum()
    off = jnp.abs(jnp.sum(rate.entered, 0) - gained)
    assert float(jnp.max(off / jnp.maximum(sizes, 1e-30))) < 1e-13
    sums = jnp.sum(rate.composition[:, :3], axis=1)
    size = jnp.max(jnp.abs(rate.composition[:, :3]))
    assert float(jnp.max(jnp.abs(sums)) / size) < 1e-14
    # What pores take up leaves the vacancies, and moves no lattice.
    pores = rate.entered[3]
    assert float(jnp.abs(jnp.sum(pores))) <= 1e-14 * float(jnp.max(jnp.abs(pores)))
    unit = term.sinks.unit
    passed = speeds * grid.areas
    from_sinks = (passed[-1] - passed[0]) / unit
    np.testing.assert_allclose(from_sinks, rate.entered[2, 3], rtol=1e-12, atol=1e-25)
