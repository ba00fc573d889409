"""Closed bodies, and what they come to."""

import jax.numpy as jnp
import numpy as np

import diffjax as djx
from diffjax.equations._network import Network
from diffjax.equations._rest import at_rest, closed
from diffjax.grid import FixedFlux, FixedValue, NoFlux, Periodic, Walls
from diffjax.schemes import Monotone


GRID = djx.grid.uniform((0.0, 0.0), (1e-6, 2e-6), (4, 3))
HOT = jnp.asarray(900.0)


def network(walls, flux=None, grid=GRID):
    flux = djx.fluxes.Fick(djx.diffusivity.Constant(1e-14)) if flux is None else flux
    return Network(flux, walls, Monotone(), grid)


def test_only_walls_that_let_nothing_pass_close_a_body():
    assert closed(Walls(), GRID)
    assert closed(Walls(x=Periodic()), GRID)
    assert not closed(Walls(x=(NoFlux(), FixedFlux(0.0))), GRID)
    assert not closed(Walls(y=FixedValue(1.0)), GRID)
    assert not closed(Walls(surface=FixedValue(0.0)), GRID)


def test_without_a_force_it_is_the_mean_and_pieces_keep_theirs():
    start = jnp.arange(12.0).reshape(4, 3)
    even = at_rest(network(Walls()), start, HOT)
    np.testing.assert_allclose(even, 5.5, rtol=1e-14)
    labels = np.repeat([0, 0, 1, 1], 3).reshape(4, 3)
    halves = at_rest(network(Walls()), start, HOT, labels, 2)
    np.testing.assert_allclose(halves[:2], 2.5, rtol=1e-14)
    np.testing.assert_allclose(halves[2:], 8.5, rtol=1e-14)


def test_energies_far_from_zero_make_no_overflow():
    far = lambda x: 500.0 + 1e5 * x[0]
    flux = djx.fluxes.Drift(djx.diffusivity.Constant(1e-14), far)
    rest = at_rest(network(Walls(), flux), jnp.full((4, 3), 0.1), HOT)
    share = np.exp(-1e5 * np.asarray(GRID.centres[..., 0]) / (djx.BOLTZMANN_EV * HOT))
    np.testing.assert_allclose(rest, 0.1 * share / share.mean(), rtol=1e-10)
