"""Diffusion on more than one axis as a term in time."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax.equations import State
from diffjax.equations._network_term import NetworkTerm
from diffjax.grid import Exchange, FixedFlux, FixedValue, Periodic, Walls
from diffjax.schemes import Central, Monotone


D = 1e-14
GRID = djx.grid.uniform((0.0, 0.0), (6e-6, 8e-6), (6, 7))
TENSOR = djx.tensors.from_principal(
    D * jnp.array([1.0, 0.3]), djx.tensors.rotation(0.5)
)
FULL = djx.diffusivity.Tensor(TENSOR)
ANNEAL = djx.Anneal(60.0, 1000.0)
FIELD = jnp.sin(1.7 * jnp.arange(42.0)).reshape(6, 7)
WALLS = Walls(
    x=(FixedValue(0.3), Exchange(2e-9, 1.0)), y=(FixedFlux(1e-9), FixedValue(0.1))
)
NOW = jnp.asarray(0.0)


def term_of(law: Any = FULL, walls=WALLS, anneal: Any = ANNEAL, scheme=None, **parts):
    equation = djx.equations.Diffusion(law, walls, scheme=scheme, **parts)
    term = equation.ready(GRID, FIELD, anneal).term(GRID, anneal)
    assert isinstance(term, NetworkTerm)
    return term


def size(x):
    return float(jnp.max(abs(x)))


def test_the_generator_is_the_jacobian():
    term = term_of()
    rate = lambda c: term.balance(NOW, c)[0]
    found = jax.jit(jax.jacfwd(rate))(FIELD).reshape(42, 42)
    generator = jax.jit(lambda c: term.generator(NOW, c))(FIELD)
    wanted = generator.sparse().toarray()
    np.testing.assert_allclose(found, wanted, atol=1e-12 * size(found))
    assert float(generator.smallest_rate) >= 0
    state = State(FIELD, jnp.zeros(4))
    bound = jax.jit(lambda y: term.spectral_bound(NOW, y, None))(state)
    values = np.linalg.eigvals(wanted)
    assert np.max(values.real) < 0
    assert np.max(np.abs(values)) <= float(bound) <= 3 * np.max(np.abs(values))


@pytest.mark.parametrize("scheme", [Monotone(), Central()], ids=["monotone", "central"])
def test_what_enters_is_what_the_body_gains(scheme):
    held = djx.equations.Held(jnp.arange(42).reshape(6, 7) == 17, 0.5)
    made = lambda c, T, x, t: 1e-3 * c + 1e-4
    term = term_of(scheme=scheme, held=held, source=made)
    rate, entered = jax.jit(lambda c: term.balance(NOW, c))(FIELD)
    gain = jnp.sum(rate) * GRID.volumes.ravel()[0]
    np.testing.assert_allclose(jnp.sum(entered), gain, atol=1e-13 * size(entered))
    assert float(rate.ravel()[17]) == 0.0
    assert entered.shape == (6,)


def test_rates_that_stay_are_kept():
    assert term_of().kept is not None
    bent = djx.diffusivity.Scaled(FULL, lambda c, T, x: 1 + c**2)
    assert term_of(bent).kept is None
    warm = djx.diffusivity.Scaled(FULL, lambda c, T, x: T / 1000.0)
    ramp = djx.Ramp([0.0, 60.0], [1000.0, 1100.0])
    assert term_of(warm).kept is not None
    assert term_of(warm, anneal=ramp).kept is None
    opens = Walls(x=Exchange(lambda t: 1e-9 * t, 1.0))
    assert term_of(walls=opens).kept is None


def test_a_ramp_changes_the_rates_with_the_time():
    warm = djx.diffusivity.Scaled(FULL, lambda c, T, x: T / 1000.0)
    ramp = djx.Ramp([0.0, 60.0], [1000.0, 1100.0])
    around = Walls(x=Periodic(), y=Periodic())
    term = term_of(warm, around, ramp)
    first, _ = term.balance(NOW, FIELD)
    last, _ = term.balance(jnp.asarray(60.0), FIELD)
    np.testing.assert_allclose(last, 1.1 * first, atol=1e-12 * size(first))


def test_linear_systems_are_solved():
    law = djx.diffusivity.Scaled(FULL, lambda c, T, x: 1 + 0.1 * c**2)
    term = term_of(law)
    y = State(FIELD, jnp.zeros(4))
    shift = jnp.asarray(0.01)
    right = State(jnp.cos(FIELD), jnp.arange(4.0) * 1e-15)
    solve = lambda y, right: term.linearise(NOW, y, None).solver(shift)(right)
    found = jax.jit(solve)(y, right)
    push = lambda c: jax.jvp(lambda c: term.balance(NOW, c), (FIELD,), (c,))[1]
    rate, entered = jax.jit(push)(found.composition)
    left = shift * found.composition - rate
    np.testing.assert_allclose(left, right.composition, atol=1e-6)
    np.testing.assert_allclose(
        shift * found.entered - entered, right.entered, atol=1e-20
    )


def test_lines_are_exact_where_only_one_axis_counts():
    """With nothing to do along y, one line after the other is the solution."""
    law = djx.diffusivity.Anisotropic((D, 1e-8 * D))
    term = term_of(law, Walls(x=FixedValue(0.0)))
    y, right = State(FIELD, jnp.zeros(4)), State(jnp.cos(FIELD), jnp.zeros(4))
    shift = jnp.asarray(0.01)
    solve = lambda y, right: term.linearise(NOW, y, None).split_solver(shift)(right)
    found = jax.jit(solve)(y, right).composition
    generator = jax.jit(lambda c: term.generator(NOW, c))(FIELD)
    matrix = shift * np.eye(42) - generator.sparse().toarray()
    wanted = np.linalg.solve(matrix, np.asarray(right.composition).ravel())
    np.testing.assert_allclose(found.ravel(), wanted, rtol=1e-6)


def test_time_derivative_of_a_wall_that_moves():
    term = term_of(walls=Walls(x=FixedValue(lambda t: 0.1 * t)))
    drift = jax.jit(lambda y: term.linearise(NOW, y, None).drift)
    rate = jax.jit(lambda t: term.balance(t, FIELD)[0])
    found = drift(State(FIELD, jnp.zeros(4))).composition
    early, late = (rate(jnp.asarray(t)) for t in (0.0, 1.0))
    np.testing.assert_allclose(found, late - early, atol=1e-12 * size(late))
