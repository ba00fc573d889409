"""Bodies of voxels: paths of bonds, closed and held surfaces."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax.equations import Diffusion
from diffjax.equations._surface import paths_of
from diffjax.schemes import Monotone

from ..helpers import observed_order, validation_row


TENSOR = djx.tensors.from_principal([1e-14, 2e-15], djx.tensors.rotation(0.5))


def disc(cells, radius=0.4):
    x, y = np.meshgrid(*(np.linspace(-0.5, 0.5, 2 * cells + 1)[1::2],) * 2)
    return np.hypot(x, y) < radius


@pytest.mark.parametrize("offset", [(1, 0), (0, -1), (1, 1), (2, 1), (-3, 2)])
def test_where_a_bond_first_meets_the_void(offset):
    """Against many points along each bond."""
    solid = disc(12)
    found = np.asarray(
        paths_of(jnp.asarray(solid), offset, (False, False), np.dtype(float))
    )
    s = (np.arange(4000) + 0.5) / 4000
    for i, j in np.argwhere(solid)[::5]:
        rows = np.floor(i + s * offset[0] + 0.5).astype(int)
        columns = np.floor(j + s * offset[1] + 0.5).astype(int)
        there = (rows >= 0) & (rows < 12) & (columns >= 0) & (columns < 12)
        void = there & ~solid[np.clip(rows, 0, 11), np.clip(columns, 0, 11)]
        first = s[void][0] if void.any() else 1.0
        assert abs(found[i, j] - first) < 1e-3


def test_a_closed_surface_keeps_the_mass_and_the_void_empty():
    grid = djx.grid.voxels(disc(16), 1e-6)
    assert grid.solid is not None
    start = jnp.where(
        grid.solid, djx.grid.cell_averages(grid, lambda p: p[..., 0]), 0.0
    )
    equation = Diffusion(djx.diffusivity.Tensor(TENSOR))
    solution = djx.solve(equation, grid, start / 16e-6, djx.Anneal(3600.0, 1000.0))
    balance = solution.balance
    np.testing.assert_allclose(balance.amount[-1], balance.start, rtol=1e-12)
    assert np.all(np.asarray(solution.ys[-1])[~disc(16)] == 0)
    spread = lambda c: np.ptp(np.asarray(c)[disc(16)])
    assert spread(solution.ys[-1]) < spread(start / 16e-6)


@pytest.mark.parametrize("held", [False, True])
def test_the_generator_of_a_voxel_body(held):
    """In one piece, symmetric, monotone; what leaves does so through the surface."""
    solid = disc(12)
    grid = djx.grid.voxels(solid, 1e-6)
    surface = djx.grid.FixedValue(0.0) if held else djx.grid.NoFlux()
    scheme = Monotone(offsets=djx.tensors.offsets_of(np.asarray(TENSOR)[None] * 1e12))
    equation = Diffusion(
        djx.diffusivity.Tensor(TENSOR), djx.grid.Walls(surface=surface), scheme=scheme
    )
    generator = jax.jit(lambda: equation.generator(grid, 1000.0))()
    assert float(generator.smallest_rate) >= 0
    assert generator.pieces() == 1 + int(np.sum(~solid))
    matrix = generator.sparse().toarray()
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-16)
    rows = matrix.sum(axis=1).reshape(grid.shape)
    np.testing.assert_allclose(rows[~solid], 0, atol=1e-16)
    if held:
        edge = solid & ~np.roll(solid, 1, 0)
        assert np.all(rows[edge] < 0) and np.all(rows <= 1e-16)
        np.testing.assert_allclose(rows[6, 6], 0, atol=1e-15)
    else:
        np.testing.assert_allclose(rows, 0, atol=1e-15)


def test_two_bodies_do_not_exchange():
    solid = np.ones((9, 6), bool)
    solid[4] = False
    grid = djx.grid.voxels(solid, 1e-6)
    generator = Diffusion(djx.diffusivity.Tensor(TENSOR)).generator(grid, 1000.0)
    assert generator.pieces() == 2 + 6


def decay(cells):
    """A disc whose surface is held at 0, in its slowest mode: relative error."""
    from scipy.special import j0

    radius, d, zero = 0.4e-5, 1e-14, 2.404825557695773
    grid = djx.grid.voxels(disc(cells), 1e-5 / cells, lower=-0.5e-5)
    r = np.hypot(*np.moveaxis(np.asarray(grid.centres), -1, 0))
    start = np.where(disc(cells), j0(zero * r / radius), 0.0)
    walls = djx.grid.Walls(surface=djx.grid.FixedValue(0.0))
    end = 400.0
    equation = Diffusion(djx.diffusivity.Constant(d), walls)
    solution = djx.solve(
        equation, grid, jnp.asarray(start), djx.Anneal(end, 1e3), rtol=1e-6
    )
    assert float(solution.balance.defect) < 1e-12
    assert "surface" in solution.balance.openings
    exact = start * np.exp(-d * (zero / radius) ** 2 * end)
    found = np.asarray(solution.ys[-1])
    return float(np.linalg.norm(found - exact) / np.linalg.norm(exact))


@pytest.mark.slow
def test_a_staircase_is_first_order():
    errors = [decay(cells) for cells in (20, 40, 80, 160)]
    order = np.log2(errors[0] / errors[-1]) / 3
    assert 0.6 < order < 2.1
    validation_row(
        "disc of voxels, surface held",
        "Bessel mode, relative root mean square error",
        order,
        errors[-1],
        "160 cells across the grid",
    )
    assert observed_order(errors[::3], 8.0)[0] > 0.6
