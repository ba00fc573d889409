import jax
import numpy as np
import pytest

from diffjax.lattice import (
    bcc,
    Crystal,
    diamond,
    fcc,
    hcp,
    honeycomb,
    neighbour_jumps,
    square,
    triangular,
)
from diffjax.lattice._symmetry import cartesian, lattice_points, space_group


A = 3e-10


@pytest.mark.parametrize(
    "crystal, order",
    [
        (fcc(A), 48),
        (bcc(A), 48),
        (diamond(A), 48),
        (hcp(A), 24),
        (square(A), 8),
        (triangular(A), 12),
        (honeycomb(A), 12),
        (Crystal([[A]]), 2),
        # Two lattices in one another: the cell of bcc as a cube has twice as many.
        (Crystal(A * np.eye(3), [[0.0] * 3, [0.5] * 3]), 96),
        # Zincblende: the kinds take half of the operations of diamond away.
        (Crystal(diamond(A).vectors, diamond(A).basis, ("Zn", "S")), 24),
        (Crystal(np.diag([A, 1.1 * A, 1.2 * A])), 8),
    ],
)
def test_orders_of_groups(crystal, order):
    assert len(space_group(crystal)) == order


def test_turns_keep_lengths_and_bring_jumps_to_jumps():
    jumps = neighbour_jumps(hcp(A))
    group = space_group(jumps.crystal)
    turns = cartesian(jumps.crystal, group)
    np.testing.assert_allclose(
        turns @ turns.swapaxes(1, 2),
        np.broadcast_to(np.eye(3), turns.shape),
        atol=1e-12,
    )
    listed = list(zip(jumps.source, jumps.target, jumps.cells))
    r = np.asarray(jumps.vectors)
    for operation, turn in zip(group, turns):
        for k, jump in enumerate(listed):
            image = listed.index(operation.jump(jump))
            np.testing.assert_allclose(turn @ r[k], r[image], atol=1e-12 * A)


def test_points_within_a_radius_are_all_there():
    vectors = np.array([[1.0, 0.0], [3.3, 0.4]])  # a skew cell
    points = lattice_points(vectors, 2.0) @ vectors
    wide = np.stack(np.meshgrid(*[np.arange(-30, 31)] * 2), -1).reshape(-1, 2) @ vectors
    close = lambda x: np.sum(np.linalg.norm(x, axis=1) <= 2.0)
    assert close(points) == close(wide)


def test_a_traced_crystal_is_refused():
    with pytest.raises(ValueError, match="before anything is compiled"):
        jax.jit(lambda a: len(space_group(fcc(a))))(A)
