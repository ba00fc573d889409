import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.lattice import (
    Crystal,
    green_function,
    honeycomb,
    Jumps,
    neighbour_jumps,
    simple_cubic,
    square,
)
from diffjax.lattice._green import equivalent_network


def test_square_against_resistances_of_the_infinite_net():
    # Unit resistors: 1/2 to a neighbour, 2/pi across a mesh; resistance is 2 (G0 - G).
    jumps = neighbour_jumps(square(1.0))
    g = green_function(jumps, np.ones(4), reach=2)[0, 0]
    resistance = 2 * (g[2, 2] - g)
    np.testing.assert_allclose(resistance[3, 2], 0.5, atol=1e-10)
    np.testing.assert_allclose(resistance[3, 3], 2 / np.pi, atol=1e-10)
    np.testing.assert_allclose(resistance[4, 2], 2 - 4 / np.pi, atol=1e-10)


def test_simple_cubic_net_of_resistors():
    jumps = neighbour_jumps(simple_cubic(1.0))
    g = green_function(jumps, np.ones(6), reach=1)[0, 0]
    resistance = 2 * (g[1, 1, 1] - g)
    np.testing.assert_allclose(resistance[2, 1, 1], 1 / 3, atol=1e-9)
    np.testing.assert_allclose(resistance[2, 2, 1], 0.395079, atol=1e-6)


def test_a_file_of_sites():
    jumps = Jumps(Crystal([[1.0]]), [(0, 0, (1,))])
    g = green_function(jumps, np.full(2, 0.25), reach=3)[0, 0]
    np.testing.assert_allclose(g[3] - g, 2 * abs(np.arange(-3, 4)), atol=1e-9)


def test_it_is_the_inverse_of_the_flows():
    jumps = neighbour_jumps(honeycomb(1.0))
    r = np.asarray(jumps.vectors)
    flows = np.where(abs(r[:, 0]) < 1e-9, 3.0, 0.7)
    g = green_function(jumps, flows, reach=2)
    for start in range(2):
        for end in range(2):
            total = 0.0
            for k in np.flatnonzero(np.array(jumps.source) == end):
                i, j = 2 + np.array(jumps.cells[k])
                total += flows[k] * (
                    g[start, end, 2, 2] - g[start, jumps.target[k], i, j]
                )
            np.testing.assert_allclose(total, float(start == end), atol=1e-9)


def test_the_equivalent_network_is_a_laplacian():
    jumps = neighbour_jumps(square(1.0))
    g = green_function(jumps, np.ones(4), reach=2)
    cells = np.array([[0, 0], [1, 0], [0, 1], [-1, 0], [0, -1]])
    net = equivalent_network(g, np.zeros(5, int), cells)
    np.testing.assert_allclose(net, net.T, atol=1e-14)
    np.testing.assert_allclose(jnp.sum(net, axis=1), 0, atol=1e-9)
    # The middle keeps its own four bonds, and no other.
    np.testing.assert_allclose(net[0], [4, -1, -1, -1, -1], atol=1e-9)
    assert np.all(np.linalg.eigvalsh(net)[1:] > 0)


def test_bad_input():
    jumps = neighbour_jumps(square(1.0))
    with pytest.raises(ValueError, match="flows"):
        green_function(jumps, -np.ones(4))
    with pytest.raises(ValueError, match="connect"):
        green_function(jumps, np.where(np.asarray(jumps.vectors)[:, 0] == 0, 0.0, 1.0))
