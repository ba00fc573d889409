"""Bonds with rates: the operator, its matrix, and what both know of each other."""

import jax
import jax.numpy as jnp
import lineax as lx
import numpy as np
import pytest

import diffjax as djx
from diffjax.linear import extend, Generator, inside, reach_of


RNG = np.random.default_rng(1)
OFFSETS = ((1, 0), (0, 1), (1, 1), (2, -1))
STRAIGHT = ((0, 1), (-1, 0))


def made(
    shape=(6, 5),
    periodic=(False, False),
    numbers=False,
    graded=False,
    exits=True,
    offsets=OFFSETS,
):
    """A generator of random rates (1/s)."""
    reach = reach_of(offsets)
    weights = []
    for offset in offsets:
        rates = RNG.random() if numbers else RNG.random(shape)
        there = inside(offset, shape, periodic)
        if not numbers and there is not None:
            rates = np.where(there, rates, 0.0)
        if not numbers:
            rates = extend(jnp.asarray(rates), reach, periodic, outside=0.0)
        weights.append(jnp.asarray(rates))
    return Generator(
        offsets,
        tuple(weights),
        jnp.asarray(RNG.random(shape)) if exits else None,
        jnp.asarray(0.5 + RNG.random(shape)) if graded else None,
        shape,
        periodic,
    )


CASES = {
    "closed": made(),
    "periodic": made(periodic=(True, True)),
    "one way round": made(periodic=(False, True)),
    "few cells": made((2, 2), periodic=(True, True)),
    "one cell across": made((1, 4), periodic=(True, False)),
    "numbers": made(periodic=(True, True), numbers=True),
    "graded": made(graded=True),
    "no exits": made(graded=True, exits=False),
    "straight": made(graded=True, offsets=STRAIGHT),
    "straight, periodic": made(periodic=(True, True), offsets=STRAIGHT),
    "straight, few cells": made((1, 2), (True, True), offsets=STRAIGHT),
    "straight, numbers": made(
        periodic=(False, True), numbers=True, offsets=((0, 1), (1, 0))
    ),
}
cases = pytest.mark.parametrize("generator", CASES.values(), ids=CASES.keys())


def dense(generator):
    return generator.sparse().toarray()


@cases
def test_the_product_is_that_of_the_matrix(generator):
    c = RNG.normal(size=generator.shape)
    found = generator.apply(jnp.asarray(c))
    np.testing.assert_allclose(found.ravel(), dense(generator) @ c.ravel(), atol=1e-13)
    if min(generator.shape) > 2:  # else some bonds lead back to where they start
        diagonal = dense(generator).diagonal()
        np.testing.assert_allclose(generator.diagonal.ravel(), diagonal, atol=1e-13)


@cases
def test_symmetric_in_the_inner_product_of_the_volumes(generator):
    matrix = dense(generator)
    if generator.volumes is not None:
        matrix = np.asarray(generator.volumes).reshape(-1, 1) * matrix
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-14)


@cases
def test_what_leaves_a_cell_enters_another(generator):
    shape = generator.shape
    volumes = np.ones(shape) if generator.volumes is None else generator.volumes
    exits = np.zeros(shape) if generator.exits is None else generator.exits
    columns = np.asarray(volumes).ravel() @ dense(generator)
    lost = -(np.asarray(volumes) * np.asarray(exits)).ravel()
    np.testing.assert_allclose(columns, lost, atol=1e-14)
    # Nothing flows in an even field but through the exits.
    even = generator.apply(jnp.ones(shape))
    np.testing.assert_allclose(even, -np.asarray(exits), atol=1e-14)


@cases
def test_the_bound_holds_the_spectrum(generator):
    values = np.linalg.eigvals(dense(generator))
    assert values.real.max() < 1e-12 and abs(values.imag).max() < 1e-6
    assert generator.spectral_bound >= abs(values).max() * (1 - 1e-12)
    assert generator.smallest_rate >= 0


@pytest.mark.parametrize("periodic", [True, False])
def test_the_bound_is_close_on_a_body_of_many_cells(periodic):
    tensor = djx.tensors.from_principal([1e-14, 2e-15], djx.tensors.rotation(0.4))
    sides = djx.grid.Periodic() if periodic else djx.grid.NoFlux()
    equation = djx.equations.Diffusion(
        djx.diffusivity.Tensor(tensor), djx.grid.Walls(sides, sides)
    )
    grid = djx.grid.uniform((0.0, 0.0), (2e-5, 2e-5), (20, 20))
    generator = jax.jit(lambda: equation.generator(grid, 1000.0))()
    largest = -np.linalg.eigvalsh(dense(generator))[0]
    bound = float(generator.spectral_bound)
    assert largest * (1 - 1e-12) <= bound <= 1.3 * largest


def test_as_an_operator_of_lineax():
    generator = made((5, 4))
    step = lambda c: c - 0.3 * generator.apply(c)
    right = jnp.asarray(RNG.normal(size=(5, 4)))
    operator = lx.FunctionLinearOperator(
        step, jax.eval_shape(lambda: right), lx.positive_semidefinite_tag
    )
    plain = lx.linear_solve(operator, right, lx.CG(1e-12, 1e-12)).value
    matrix = np.eye(20) - 0.3 * dense(generator)
    expected = np.linalg.solve(matrix, np.asarray(right).ravel())
    np.testing.assert_allclose(plain.ravel(), expected, rtol=1e-9)
    # The generator itself, with exits, can be inverted too.
    own = generator.operator()
    assert lx.is_symmetric(own)
    found = lx.linear_solve(own, right, lx.GMRES(1e-12, 1e-12)).value
    expected = np.linalg.solve(dense(generator), np.asarray(right).ravel())
    np.testing.assert_allclose(found.ravel(), expected, rtol=1e-6, atol=1e-9)
    assert not lx.is_symmetric(made(graded=True).operator())


def test_pieces():
    reach = (1, 1)
    bonds = lambda rates: extend(jnp.asarray(rates), reach, (False, False), 0.0)
    across = np.ones((4, 3))
    across[1] = across[-1] = 0.0  # cut between the second and the third row
    along = np.ones((4, 3))
    along[:, -1] = 0.0
    cut = Generator(
        ((1, 0), (0, 1)),
        (bonds(across), bonds(along)),
        None,
        None,
        (4, 3),
        (False, False),
    )
    assert cut.pieces() == 2
    assert made().pieces() == 1


def test_traced_rates_have_no_matrix():
    def matrix(rate):
        numbers = (rate,) * len(OFFSETS)
        closed = (True, True)
        return Generator(OFFSETS, numbers, None, None, (5, 5), closed).sparse()

    with pytest.raises(ValueError, match="needs rates that are known now"):
        jax.jit(matrix)(jnp.asarray(1.0))


@pytest.mark.parametrize("name", ["closed", "few cells", "numbers", "graded"])
def test_derivatives_in_rates_and_field(name):
    generator = CASES[name]
    c = jnp.asarray(RNG.normal(size=generator.shape))
    target = jnp.asarray(RNG.normal(size=generator.shape))

    def loss(x):
        weights = tuple(w * jnp.exp(x[k]) for k, w in enumerate(generator.weights))
        changed = Generator(
            generator.offsets,
            weights,
            generator.exits,
            generator.volumes,
            generator.shape,
            generator.periodic,
        )
        return jnp.sum(changed.apply(c * jnp.cos(x[0])) * target)

    x, step = 0.1 * jnp.arange(4.0), 1e-5
    exact = jax.jit(jax.grad(loss))(x)
    forward = jax.jit(jax.jacfwd(loss))(x)
    np.testing.assert_allclose(forward, exact, rtol=1e-11, atol=1e-13)
    run = jax.jit(loss)
    central = [(run(x + step * e) - run(x - step * e)) / (2 * step) for e in jnp.eye(4)]
    np.testing.assert_allclose(exact, central, rtol=1e-6, atol=1e-8)


def test_float32_stays():
    rates = tuple(jnp.ones((), dtype=jnp.float32) for _ in OFFSETS)
    generator = Generator(OFFSETS, rates, None, None, (6, 5), (True, True))
    c = jnp.asarray(RNG.random((6, 5)), dtype=jnp.float32)
    assert generator.apply(c).dtype == jnp.float32
    assert generator.spectral_bound.dtype == jnp.float32
