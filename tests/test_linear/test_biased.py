"""Bonds with two rates: the operator, its matrix, and what both know of each other."""

import jax
import jax.numpy as jnp
import lineax as lx
import numpy as np
import pytest

from diffjax.linear import BiasedGenerator, extend, Generator, inside, reach_of


RNG = np.random.default_rng(3)
SLANTED = ((1, 0), (0, 1), (1, 1), (2, -1))
STRAIGHT = ((0, 1), (1, 0))


def made(shape=(6, 5), periodic=(False, False), offsets=SLANTED, graded=False):
    """A biased generator of random rates (1/s)."""
    forth, back = [], []
    for offset in offsets:
        there = inside(offset, shape, periodic)
        there = np.ones(shape, bool) if there is None else there
        forth.append(jnp.where(there, RNG.random(shape), 0.0))
        back.append(jnp.where(there, RNG.random(shape), 0.0))
    volumes = jnp.asarray(0.5 + RNG.random(shape)) if graded else None
    exits = jnp.asarray(RNG.random(shape)) if graded else None
    return BiasedGenerator(offsets, forth, back, exits, volumes, shape, periodic)


CASES = {
    "closed": made(),
    "periodic": made(periodic=(True, True)),
    "one way round": made(periodic=(False, True)),
    "graded, with exits": made(graded=True),
    "straight": made(offsets=STRAIGHT),
    "straight, periodic": made(periodic=(True, True), offsets=STRAIGHT),
    "straight, one cell across": made((1, 4), offsets=STRAIGHT),
}


@pytest.mark.parametrize("name", CASES)
def test_the_product_is_the_matrix(name):
    generator = CASES[name]
    field = jnp.asarray(RNG.random(generator.shape))
    matrix = generator.sparse()
    found = generator.apply(field)
    np.testing.assert_allclose(
        found.ravel(), matrix @ field.ravel(), rtol=1e-12, atol=1e-13
    )
    np.testing.assert_allclose(
        generator.diagonal.ravel(), matrix.diagonal(), rtol=1e-12
    )
    operator = generator.operator()
    assert not lx.is_symmetric(operator)
    np.testing.assert_allclose(operator.mv(field), found, rtol=1e-13)


@pytest.mark.parametrize("name", CASES)
def test_what_leaves_one_cell_enters_another(name):
    generator = CASES[name]
    field = jnp.asarray(RNG.random(generator.shape))
    volumes = 1.0 if generator.volumes is None else generator.volumes
    exits = 0.0 if generator.exits is None else generator.exits
    change = jnp.sum(volumes * (generator.apply(field) + exits * field))
    scale = jnp.sum(jnp.abs(generator.diagonal) * field)
    assert abs(float(change)) < 1e-14 * float(scale)


@pytest.mark.parametrize("name", CASES)
def test_the_bound_holds_and_euler_steps_up_to_it_keep_positive(name):
    generator = CASES[name]
    values = np.linalg.eigvals(generator.sparse().toarray())
    bound = float(generator.spectral_bound)
    assert np.abs(values).max() <= bound * (1 + 1e-12)
    spot = jnp.zeros(generator.shape).at[0, 0].set(1.0)
    step = spot + generator.apply(spot) * 2 / bound
    assert float(jnp.min(step)) >= -1e-15
    assert float(generator.smallest_rate) >= 0
    assert not generator.symmetric


def test_equal_rates_are_those_of_the_plain_generator():
    shape, periodic = (6, 5), (False, True)
    forth = []
    for offset in SLANTED:
        there = inside(offset, shape, periodic)
        there = np.ones(shape, bool) if there is None else there
        forth.append(jnp.where(there, RNG.random(shape), 0.0))
    biased = BiasedGenerator(SLANTED, forth, forth, None, None, shape, periodic)
    wide = [extend(w, reach_of(SLANTED), periodic, outside=0.0) for w in forth]
    plain = Generator(SLANTED, wide, None, None, shape, periodic)
    difference = (biased.sparse() - plain.sparse()).toarray()
    np.testing.assert_allclose(difference, 0.0, atol=1e-13)
    field = jnp.asarray(RNG.random(shape))
    np.testing.assert_allclose(biased.apply(field), plain.apply(field), atol=1e-13)


def test_rates_in_detailed_balance_leave_boltzmann_at_rest_and_derivatives_exist():
    shape, offset = (7,), ((1,),)
    level = jnp.asarray(RNG.normal(size=shape) * 3)

    def rest(level):
        rise = jnp.roll(level, -1) - level
        there = jnp.arange(7) < 6
        forth = jnp.where(there, jnp.exp(-rise / 2), 0.0)
        back = jnp.where(there, jnp.exp(rise / 2), 0.0)
        made = BiasedGenerator(offset, [forth], [back], None, None, shape, (False,))
        return made.apply(jnp.exp(-level))

    np.testing.assert_allclose(rest(level), 0.0, atol=1e-13)
    # It rests at every level: the derivative is nothing.
    np.testing.assert_allclose(jax.jacrev(rest)(level), 0.0, atol=1e-12)
    np.testing.assert_allclose(jax.jacfwd(rest)(level), 0.0, atol=1e-12)
