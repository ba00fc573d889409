"""Rutile and wurtzite: tensors have the symmetry of the crystal, and exact values."""

import numpy as np

from diffjax.lattice import (
    correlation_factors,
    Crystal,
    neighbour_jumps,
    network_diffusivity,
    tracer_diffusivity,
)
from diffjax.lattice._symmetry import cartesian, space_group
from diffjax.tensors import project

from .common import chain_route


A, C = 4.594e-10, 2.959e-10
TETRAGONAL = np.diag([A, A, C])
HEXAGON = np.array([[1.0, 0.0, 0.0], [-0.5, 0.75**0.5, 0.0], [0.0, 0.0, 1.0]])
TITANIUM = Crystal(TETRAGONAL, [[0, 0, 0], [0.5, 0.5, 0.5]])
U = 0.305
OXYGEN = Crystal(
    TETRAGONAL,
    [[U, U, 0], [-U, -U, 0], [0.5 + U, 0.5 - U, 0.5], [0.5 - U, 0.5 + U, 0.5]],
)
BASAL, HEIGHT = 3.25e-10, 5.2e-10
WURTZITE = Crystal(
    HEXAGON * np.array([[BASAL], [BASAL], [HEIGHT]]),
    [
        [1 / 3, 2 / 3, 0],
        [2 / 3, 1 / 3, 0.5],
        [1 / 3, 2 / 3, 0.37],
        [2 / 3, 1 / 3, 0.87],
    ],
    ("zinc", "zinc", "oxygen", "oxygen"),
)


def rates_of(jumps, *per_class):
    return np.array(per_class)[np.array(jumps.classes)]


def close(found, expected, rtol=1e-12):
    size = float(np.max(abs(np.asarray(expected))))
    np.testing.assert_allclose(found, expected, rtol=0, atol=rtol * size)


def has_the_symmetry(tensor, crystal, system, rtol=1e-12):
    close(project(tensor, system), tensor, rtol)
    for turn in cartesian(crystal, space_group(crystal)):
        close(turn @ tensor @ turn.T, tensor, rtol)
    assert np.all(np.linalg.eigvalsh(tensor) > 0)


def test_titanium_in_rutile_by_the_sum_over_jumps():
    jumps = neighbour_jumps(TITANIUM, shells=2)
    assert jumps.names == ("1", "2")
    along, between = 3e9, 5e9
    found = network_diffusivity(jumps, rates_of(jumps, along, between))
    across = between * A**2
    close(found, np.diag([across, across, (along + between) * C**2]))
    # By vacancies, with jumps between the chains alone: the network is that of bcc, and
    # lengths do not count.
    f = correlation_factors(jumps, rates_of(jumps, 0.0, between))
    close(f, 0.727194140 * np.eye(3), 2e-8)


def test_oxygen_in_rutile():
    # An edge that two octahedra share, the eight others of an octahedron, and along c.
    jumps = neighbour_jumps(OXYGEN, shells=3)
    assert jumps.names == ("1", "2", "3")
    counts = np.bincount(jumps.classes) // 4
    np.testing.assert_array_equal(counts, [1, 8, 2])
    w = rates_of(jumps, 2e9, 3e8, 7e8)
    found = np.asarray(network_diffusivity(jumps, w))
    has_the_symmetry(found, OXYGEN, "tetragonal")
    close(chain_route(jumps, w, np.full(4, 0.25)), found, 1e-6)
    tracer = np.asarray(tracer_diffusivity(jumps, w))
    has_the_symmetry(tracer, OXYGEN, "tetragonal", 2e-8)
    assert np.all(np.diag(tracer) < np.diag(found))
    assert abs(tracer[0, 0] / tracer[2, 2] - 1) > 0.1


def test_a_walk_over_both_kinds_of_sites_of_wurtzite():
    jumps = neighbour_jumps(WURTZITE, shells=2)
    vertical = abs(np.asarray(jumps.vectors)[:, 0]) < 1e-3 * BASAL
    vertical &= abs(np.asarray(jumps.vectors)[:, 1]) < 1e-3 * BASAL
    upright, slanted = 4e9, 1e9  # flows, over all sites of a cell
    flows = np.where(vertical, upright, slanted)
    assert len(jumps.names) == 2 and np.sum(vertical) == 4 and len(flows) == 16
    rho = np.array([0.4, 0.4, 0.1, 0.1])
    w = flows / rho[np.array(jumps.source)]
    found = network_diffusivity(jumps, w, rho)
    # Upwards bonds of both kinds follow each other, three slanted ones side by side.
    up = 0.5 * HEIGHT**2 / (1 / (3 * slanted) + 1 / upright)
    across = slanted * BASAL**2
    close(found, np.diag([across, across, up]))
    has_the_symmetry(np.asarray(found), WURTZITE, "hexagonal")


def test_vacancies_on_the_net_of_wurtzite():
    jumps = neighbour_jumps(WURTZITE, shells=2)
    w = rates_of(jumps, 1.0, 1.0)
    tracer = np.asarray(tracer_diffusivity(jumps, w))
    has_the_symmetry(tracer, WURTZITE, "hexagonal", 2e-8)
    # Four neighbours as in diamond, stacked otherwise, and the same factor.
    close(correlation_factors(jumps, w), 0.5 * np.eye(3), 1e-7)
    uneven = np.diagonal(correlation_factors(jumps, rates_of(jumps, 1.0, 3.0)))
    assert abs(uneven[0] - uneven[2]) > 0.05


def test_zinc_in_wurtzite_is_hcp():
    zinc = Crystal(WURTZITE.vectors, WURTZITE.basis[:2])
    jumps = neighbour_jumps(zinc, shells=2)
    basal = abs(np.asarray(jumps.vectors)[:, 2]) < 1e-3 * HEIGHT
    found = network_diffusivity(jumps, np.where(basal, 3e9, 1e9))
    across = 0.5 * BASAL**2 * (3 * 3e9 + 1e9)
    close(found, np.diag([across, across, 0.75 * HEIGHT**2 * 1e9]))
