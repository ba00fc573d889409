"""Ports: where bonds meet a wall, and which wall they meet first."""

import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax.equations._ports import across, cell_volume, Port, ports_of
from diffjax.grid import FixedValue, NoFlux, Periodic, Walls


GRID = djx.grid.uniform((0.0, 0.0), (4e-6, 6e-6), (4, 3))
FIELD = jnp.arange(12.0).reshape(4, 3)


def test_the_walls_that_are_not_periodic():
    ports = ports_of(Walls(x=Periodic(), y=(NoFlux(), FixedValue(1.0))), GRID)
    assert [(p.axis, p.outward) for p in ports] == [(1, -1), (1, 1)]
    assert isinstance(ports[1].wall, FixedValue)
    assert len(ports_of(Walls(), GRID)) == 4


@pytest.mark.parametrize(
    "axis, outward, layer, expected",
    [
        (0, -1, 0, FIELD[0]),
        (0, -1, 1, FIELD[1]),
        (0, 1, 0, FIELD[3]),
        (1, 1, 2, FIELD[:, 0]),
    ],
)
def test_slabs_are_counted_from_the_wall(axis, outward, layer, expected):
    port = Port(NoFlux(), axis, outward)
    np.testing.assert_array_equal(port.slab(FIELD, layer), expected)
    more = port.add(FIELD, layer, jnp.ones_like(expected))
    np.testing.assert_array_equal(port.slab(more, layer), expected + 1)
    assert float(jnp.sum(more - FIELD)) == expected.size


def test_widths_areas_and_volumes():
    port = Port(NoFlux(), 0, 1)
    np.testing.assert_allclose(port.width(GRID), 1e-6, rtol=1e-12)
    np.testing.assert_allclose(port.areas(GRID), 2e-6, rtol=1e-12)
    np.testing.assert_allclose(cell_volume(GRID), 2e-12, rtol=1e-12)


def test_the_component_across():
    assert float(across(jnp.asarray(3.0), 1)) == 3
    assert float(across(jnp.array([3.0, 4.0]), 1)) == 4
    assert float(across(jnp.array([[3.0, 1.0], [1.0, 5.0]]), 1)) == 5
