"""Rates of bonds against the flux through one face."""

import jax.numpy as jnp
import numpy as np

import diffjax as djx
from diffjax._smooth import bernoulli
from diffjax.equations._bond_rates import (
    bond_rates,
    cut_bonds,
    relative_volumes,
    to_surface,
)
from diffjax.fluxes import Drift, Fick
from diffjax.schemes import Family


LAW = djx.diffusivity.Constant(1e-14)
GRID = djx.grid.uniform((0.0, 0.0), (4e-6, 3e-6), (4, 3))
CLOSED = (False, False)
SLANTED = Family((1, -1), (0, 0), (1, -1), jnp.full((4, 3), 0.2))


def test_a_bond_has_one_rate_without_a_force_and_two_with_one():
    flux = Drift(LAW, lambda x: 0.0 * x[0])
    forth, back = bond_rates(Fick(LAW), GRID, CLOSED, SLANTED, None)
    assert back is None
    # Where the bond would leave the grid there is none.
    expected = np.zeros((4, 3))
    expected[:-1, 1:] = 0.2
    np.testing.assert_allclose(forth, expected, rtol=1e-14)
    level = jnp.asarray(np.random.default_rng(5).normal(size=(4, 3)))
    ahead, behind = bond_rates(flux, GRID, CLOSED, SLANTED, level)
    rise = level[1:, :-1] - level[:-1, 1:]
    np.testing.assert_allclose(ahead[:-1, 1:], 0.2 * bernoulli(rise), rtol=1e-13)
    assert behind is not None
    np.testing.assert_allclose(behind[:-1, 1:], 0.2 * bernoulli(-rise), rtol=1e-13)
    np.testing.assert_allclose(
        ahead[:-1, 1:] / behind[:-1, 1:], np.exp(-rise), rtol=1e-13
    )


def test_bonds_that_touch_the_void_are_cut_and_lead_to_its_surface():
    solid = np.ones((4, 3), bool)
    solid[2, 1] = False
    grid = djx.grid.voxels(solid, 1e-6)
    straight = Family((1, 0), (0, 0), (1, 0), jnp.full((4, 3), 0.2))
    families, flux = [straight], Drift(LAW, lambda x: 0.0 * x[0])
    level = 0.4 * jnp.arange(4.0)[:, None] * jnp.ones((4, 3))
    rates = [bond_rates(flux, grid, CLOSED, straight, level)]
    ((forth, back),) = cut_bonds(grid, CLOSED, families, rates)
    assert back is not None
    assert forth[1, 1] == back[1, 1] == forth[2, 1] == back[2, 1] == 0
    assert forth[0, 1] > 0
    exits, entries = to_surface(flux, grid, CLOSED, families, level)
    assert entries is not None
    # The surface lies half way: twice the conductance, half the rise.
    np.testing.assert_allclose(exits[1, 1], 0.4 * bernoulli(jnp.asarray(0.2)))
    np.testing.assert_allclose(entries[1, 1], 0.4 * bernoulli(jnp.asarray(-0.2)))
    np.testing.assert_allclose(exits[3, 1], 0.4 * bernoulli(jnp.asarray(-0.2)))
    assert float(jnp.sum(exits)) == float(exits[1, 1] + exits[3, 1])
    _, none = to_surface(Fick(LAW), grid, CLOSED, families, None)
    assert none is None


def test_volumes_over_their_mean():
    faces = jnp.array([0.0, 1e-6, 3e-6])
    grid = djx.grid.from_faces((faces, faces))
    np.testing.assert_allclose(
        relative_volumes(grid) * 9 / 4, [[1.0, 2.0], [2.0, 4.0]], rtol=1e-13
    )
