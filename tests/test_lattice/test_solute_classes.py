from collections import Counter

import numpy as np

from diffjax.lattice import bcc, fcc, hcp, Jumps, neighbour_jumps, SoluteNetwork


def test_fcc_has_the_five_frequencies_in_more_detail():
    around = SoluteNetwork(neighbour_jumps(fcc(3.6e-10)))
    assert around.rotations == ("1-1",)
    # Each of 12 places has 4 beside it, and leads to 1, 4 and 2 farther away.
    assert len(around.rotation_class) == 12 * 4 // 2
    names = [around.dissociations[k] for k in around.dissociation_class]
    assert Counter(names) == {"1-2.00": 12, "1-1.73": 48, "1-1.41": 24}


def test_bcc_has_no_rotations():
    around = SoluteNetwork(neighbour_jumps(bcc(1.0)))
    assert around.rotations == () and len(around.dissociations) == 3
    assert len(around.dissociation_class) == 8 * 7


def test_hcp_tells_faces_apart():
    # Three atoms of the basal plane stand over a hole, or over an atom: not alike.
    around = SoluteNetwork(neighbour_jumps(hcp(1.0)))
    assert around.rotations == ("1a-1aa", "1a-1ab", "1a-1b", "1b-1b")
    counts = Counter(around.rotation_class)
    assert sum(counts.values()) == 2 * 24


def test_classes_split_where_those_of_the_jumps_do():
    # A symmetry that would mix jumps of different rates is none.
    jumps = neighbour_jumps(fcc(1.0))
    flat = [int(abs(v[2]) > 1e-9) for v in np.asarray(jumps.vectors)]
    pairs = list(zip(jumps.source, jumps.target, jumps.cells))
    split = SoluteNetwork(Jumps(jumps.crystal, pairs, flat))
    assert len(split.rotations) > 1
    assert len(split.dissociations) > 3
