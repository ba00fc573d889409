from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import spsolve

from diffjax.lattice import (
    bcc,
    divacancy_jumps,
    divacancy_transport,
    fcc,
    hcp,
    neighbour_jumps,
    triangular,
)

from ..helpers import validation_row
from .common import without_ends


def one_cell(jumps, size):
    """One atom and one pair of vacancies in a periodic box, state by state; per pair
    and site, for a rate of 1."""
    d, r = jumps.crystal.dimension, np.asarray(jumps.vectors)
    steps = {tuple(n): v for n, v in zip(jumps.cells, r)}
    wrap = lambda a: tuple(int(x) % size for x in a)
    plus = lambda a, b: wrap(np.add(a, b))
    origin = (0,) * d
    states, listed = {}, []
    for place in product(range(size), repeat=d):
        for n in steps:
            pair = frozenset((place, plus(place, n)))
            if origin not in pair and pair not in states:
                states[pair] = len(listed)
                listed.append(pair)
    around = {
        p: {plus(p, n): v for n, v in steps.items()}
        for p in product(range(size), repeat=d)
    }
    rows, columns, values = [], [], []
    drive, direct = np.zeros((len(listed), d)), np.zeros((d, d))
    for here, pair in enumerate(listed):
        for stays in pair:
            (leaves,) = pair - {stays}
            for atom in set(around[stays]) & set(around[leaves]):
                end = frozenset((stays, atom))
                if atom == origin:  # the tagged one: seen from where it goes
                    step = around[origin][leaves]
                    shifted = (np.subtract(x, leaves) for x in (stays, origin))
                    end = frozenset(wrap(x) for x in shifted)
                    drive[here] += step
                    direct += 0.5 * np.outer(step, step)
                rows += [here, here]
                columns += [here, states[end]]
                values += [1.0, -1.0]
    laplacian = coo_matrix((values, (rows, columns)), (len(listed),) * 2).tocsc()
    answer = spsolve(laplacian[1:, 1:], drive[1:])  # the first is held
    return (direct - drive[1:].T @ answer.reshape(-1, d)) / (len(steps) / 2)


@pytest.mark.parametrize(
    "name, crystal, sizes, within",
    [
        ("triangular", triangular(1.0), (8, 12, 16, 20), 3e-7),
        ("fcc", fcc(1.0), (5, 6, 7, 8), 2e-4),
        pytest.param("fcc", fcc(1.0), (8, 9, 10, 11), 2e-5, marks=pytest.mark.slow),
    ],
)
def test_against_finite_periodic_cells(name, crystal, sizes, within):
    jumps = neighbour_jumps(crystal)
    found = divacancy_transport(jumps).tracer
    limit = without_ends([one_cell(jumps, n) for n in sizes], sizes, crystal.dimension)
    np.testing.assert_allclose(found, limit, atol=within * np.max(limit))
    if name == "triangular":
        validation_row(
            "Atoms by divacancies, triangular",
            "periodic cells, extrapolated",
            None,
            np.max(abs(found - limit)) / np.max(limit),
            "up to 20^2 cells",
        )


def test_fcc_by_hand():
    a, w = 4e-10, 3e9
    found = divacancy_transport(neighbour_jumps(fcc(a)), w)
    eye = np.eye(3)
    # Eight jumps of a pair: of an atom by a/sqrt 2, of the middle by half of it.
    np.testing.assert_allclose(found.memoryless, 2 / 3 * a**2 * w * eye, atol=1e-24)
    np.testing.assert_allclose(found.pair, a**2 / 6 * w * eye, atol=1e-24)
    np.testing.assert_allclose(found.correlation, 0.45809 * eye, atol=1e-5)


def test_the_middles_of_triangles_are_kagome():
    pairs = divacancy_jumps(neighbour_jumps(triangular(2.0)))
    assert pairs.crystal.sites == 3 and pairs.names == ("0",)
    assert len(pairs.source) == 12
    np.testing.assert_allclose(np.linalg.norm(pairs.vectors, axis=1), 1.0)


def test_the_rate_is_a_factor():
    jumps = neighbour_jumps(triangular(1.0))
    one, slope = jax.jvp(
        lambda w: divacancy_transport(jumps, w).tracer, (jnp.ones(()),), (jnp.ones(()),)
    )
    np.testing.assert_allclose(slope, one, rtol=1e-14)


def test_bad_input():
    with pytest.raises(ValueError, match="keeps two vacancies side by side"):
        divacancy_jumps(neighbour_jumps(bcc(1.0)))
    with pytest.raises(ValueError, match="alike; got 4 classes"):
        divacancy_transport(neighbour_jumps(hcp(1.0)))
    with pytest.raises(ValueError, match=r"rate=...\)` must be one finite number > 0"):
        divacancy_transport(neighbour_jumps(triangular(1.0)), -1.0)
    with pytest.raises(ValueError, match="needs a crystal that is known"):
        jax.jit(
            lambda a: divacancy_jumps(neighbour_jumps(fcc(1.0)).on(fcc(a))).vectors
        )(2.0)
