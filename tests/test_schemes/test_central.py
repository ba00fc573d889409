"""The central scheme: symmetric differences, of either sign."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax.grid import NoFlux, Periodic, Walls
from diffjax.schemes import Central

from .common import energy, tensors


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_families_sum_to_the_tensor(dimension):
    field = tensors(dimension, 100.0)
    families = Central().families(jnp.asarray(field))
    # Both bonds of a pair of axes read the same cell: half of each counts twice.
    np.testing.assert_allclose(energy(families), field, atol=1e-14)
    assert len(families) == {1: 1, 2: 4, 3: 9}[dimension]
    assert float(Central().reduced_by(jnp.asarray(field))) == 0


@pytest.mark.parametrize("walls", [NoFlux, Periodic])
@pytest.mark.parametrize("dimension", [2, 3])
def test_symmetric_and_without_growth(dimension, walls):
    """For tensors that jump from cell to cell by any angle."""
    cells = {2: 6, 3: 4}[dimension]
    count = cells**dimension
    field = tensors(dimension, 1000.0, count)[:count] * 1e-14
    table = jnp.asarray(field.reshape(*(cells,) * dimension, dimension, dimension))

    def law(c, T, x):
        return table[tuple(jnp.clip((p / 1e-6).astype(int), 0, cells - 1) for p in x)]

    grid = djx.grid.uniform(
        (0.0,) * dimension, (cells * 1e-6,) * dimension, (cells,) * dimension
    )
    equation = djx.equations.Diffusion(
        law, Walls(*(walls(),) * dimension), scheme=Central()
    )
    matrix = jax.jit(lambda: equation.generator(grid, 1000.0))().sparse().toarray()
    size = abs(matrix).max()
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-14 * size)
    np.testing.assert_allclose(matrix.sum(axis=0), 0, atol=1e-13 * size)
    # In three dimensions two closed walls that meet each take their part beside the
    # edge, which is a little too much where tensors jump.
    edges = dimension == 3 and walls is NoFlux
    assert np.linalg.eigvalsh(matrix).max() < (1e-4 if edges else 1e-13) * size


def test_a_closed_wall_leaves_the_schur_complement():
    r"""Half of each cell at the wall loses $D_{an} D_{nb} / D_{nn}$."""
    (tensor,) = tensors(3, 5.0, 1)[:1]
    found = np.zeros((3, 3))
    for offset, more in Central().along_closed(jnp.asarray(tensor), 2, 1):
        e = np.asarray(offset, float)
        found += float(more) * np.outer(e, e)
    less = np.outer(tensor[:, 2], tensor[2]) / tensor[2, 2]
    np.testing.assert_allclose(found[:2, :2], -0.5 * less[:2, :2], atol=1e-14)


def test_a_flux_is_carried_along():
    (tensor,) = tensors(3, 5.0, 1)[:1]
    for outward in (-1, 1):
        carried = Central().along_flux(jnp.asarray(tensor), 1, outward)
        wanted = 0.5 * outward * tensor[1] / tensor[1, 1]
        wanted[1] = 0
        np.testing.assert_allclose(carried, wanted, rtol=1e-14)


def test_rates_are_linear_in_the_tensor():
    parts = lambda d: jnp.stack([f.coefficient for f in Central().families(d)])
    tensor, change = (jnp.asarray(t) for t in tensors(2, 5.0, 3)[:2])
    pushed = jax.jvp(parts, (tensor,), (change,))[1]
    np.testing.assert_allclose(pushed, parts(change), atol=1e-15)
