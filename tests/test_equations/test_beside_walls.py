"""What slanted bonds and bent fluxes do beside a wall."""

import jax.numpy as jnp
import numpy as np

from diffjax.equations._beside_walls import carried_along, landing, slants
from diffjax.equations._ports import Port
from diffjax.grid import NoFlux
from diffjax.schemes import Crossing


def crossing(shift):
    """A bond that meets a wall of the first axis `shift` cells along the second."""
    return Crossing(0, (0.5, shift), (1, round(2 * shift)), jnp.ones(()))


def test_only_a_shift_along_the_wall_slants():
    assert not slants(crossing(0.0), 0)
    assert slants(crossing(0.5), 0)
    assert slants(crossing(0.0), 1)


def test_shares_land_between_the_nearest_faces_and_none_is_lost():
    crossings = [crossing(0.5), crossing(-1.0)]
    shares = jnp.array([[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 2.0]])
    found = landing(0, crossings, shares, (False, False))
    np.testing.assert_allclose(found, [0.5, 0.5, 2.0, 0.0])
    # Over the edge it counts for the last face, or for the first of a ring.
    shares = jnp.array([[0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0]])
    np.testing.assert_allclose(
        landing(0, crossings, shares, (False, False)), [0, 0, 0, 1.0]
    )
    np.testing.assert_allclose(
        landing(0, crossings, shares, (False, True)), [0.5, 0, 0, 0.5]
    )


def test_what_is_carried_along_a_wall_leaves_one_cell_for_the_next():
    port = Port(NoFlux(), 0, 1)
    carried = jnp.stack([jnp.zeros(5), jnp.arange(5.0)], axis=-1)
    closed = carried_along(port, carried, (False, False))
    np.testing.assert_allclose(jnp.sum(closed), 0.0, atol=1e-15)
    # The flow between neighbours is the mean of theirs; none through the edges.
    np.testing.assert_allclose(closed, [-0.5, -1.0, -1.0, -1.0, 3.5])
    ring = carried_along(port, carried, (False, True))
    np.testing.assert_allclose(jnp.sum(ring), 0.0, atol=1e-15)
    np.testing.assert_allclose(ring[0], 2.0 - 0.5)
