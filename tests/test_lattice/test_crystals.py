import numpy as np
import pytest

from diffjax.lattice import (
    bcc,
    bcc_octahedral,
    bcc_tetrahedral,
    diamond,
    fcc,
    fcc_interstitial,
    hcp,
    honeycomb,
    neighbour_jumps,
    simple_cubic,
    square,
    triangular,
)


A = 3e-10


@pytest.mark.parametrize(
    "make, neighbours, length, volume",
    [
        (simple_cubic, 6, 1.0, 1.0),
        (bcc, 8, np.sqrt(3) / 2, 1 / 2),
        (fcc, 12, np.sqrt(1 / 2), 1 / 4),
        (diamond, 4, np.sqrt(3) / 4, 1 / 8),
        (hcp, 12, 1.0, np.sqrt(1 / 2)),
        (square, 4, 1.0, 1.0),
        (triangular, 6, 1.0, np.sqrt(3 / 4)),
        (honeycomb, 3, np.sqrt(1 / 3), np.sqrt(3 / 4) / 2),
        (bcc_octahedral, 4, 1 / 2, 1 / 6),
        (bcc_tetrahedral, 4, np.sqrt(1 / 8), 1 / 12),
    ],
)
def test_neighbours_and_volume_of_a_site(make, neighbours, length, volume):
    crystal = make(A)
    jumps = neighbour_jumps(crystal)
    counts = np.bincount(jumps.source)
    np.testing.assert_array_equal(counts, neighbours)
    lengths = np.linalg.norm(jumps.vectors, axis=1)
    np.testing.assert_allclose(lengths, length * A)
    share = crystal.volume / crystal.sites / A**crystal.dimension
    np.testing.assert_allclose(share, volume)


def test_holes_of_fcc():
    crystal = fcc_interstitial(A)
    jumps = neighbour_jumps(crystal)
    np.testing.assert_array_equal(np.bincount(jumps.source), [8, 4, 4])
    np.testing.assert_allclose(
        np.linalg.norm(jumps.vectors, axis=1), np.sqrt(3) / 4 * A
    )
    assert {crystal.kinds[s] for s in jumps.source} == {"octahedral", "tetrahedral"}


def test_holes_of_bcc_lie_where_they_should():
    # An octahedral hole has two atoms at a/2, a tetrahedral one four at sqrt(5) a/4.
    cells = np.stack(np.meshgrid(*[np.arange(-2, 4)] * 3), axis=-1).reshape(-1, 3)
    atoms = np.concatenate([cells, cells + 0.5])
    for crystal, count, gap in (
        (bcc_octahedral(1.0), 2, 0.5),
        (bcc_tetrahedral(1.0), 4, np.sqrt(5) / 4),
    ):
        for place in np.asarray(crystal.positions):
            distance = np.linalg.norm(atoms - place, axis=1)
            np.testing.assert_allclose(np.sort(distance)[:count], gap)
            assert np.sort(distance)[count] > 1.1 * gap


def test_a_height_of_hcp():
    np.testing.assert_allclose(hcp(A, 2 * A).vectors[2], [0, 0, 2 * A])
    assert hcp(np.float32(A)).vectors.dtype == np.float32


@pytest.mark.parametrize("make", [fcc, hcp, square])
def test_bad_lengths_are_refused(make):
    with pytest.raises(ValueError, match=rf"`{make.__name__}\(a=...\)` must be .* > 0"):
        make(-1.0)
    with pytest.raises(ValueError, match=r"`hcp\(c=...\)`"):
        hcp(A, 0.0)
