import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.lattice import (
    bcc,
    Crystal,
    fcc,
    fcc_interstitial,
    hcp,
    Jumps,
    neighbour_jumps,
)


A = 3e-10


def test_every_jump_has_its_way_back():
    jumps = neighbour_jumps(fcc_interstitial(A), shells=2)
    back = np.array(jumps.reverse)
    np.testing.assert_array_equal(back[back], np.arange(back.size))
    r = np.asarray(jumps.vectors)
    np.testing.assert_allclose(r[back], -r, atol=1e-22)
    np.testing.assert_array_equal(np.array(jumps.source)[back], jumps.target)
    np.testing.assert_array_equal(np.array(jumps.classes)[back], jumps.classes)


def test_hcp_keeps_basal_jumps_apart():
    for height, shells, names in ((None, 1, ("1a", "1b")), (1.6 * A, 2, ("1", "2"))):
        jumps = neighbour_jumps(hcp(A, height), shells)
        assert jumps.names == names
        rise = abs(np.asarray(jumps.vectors)[:, 2]) > 0.1 * A
        labels = np.array(jumps.classes)
        assert len(set(labels[rise])) == len(set(labels[~rise])) == 1
        assert rise.sum() == 12 and labels[rise][0] != labels[~rise][0]


def test_shells_cutoff_and_kinds():
    assert len(neighbour_jumps(bcc(A), shells=3).source) == 8 + 6 + 12
    near = neighbour_jumps(bcc(A), cutoff=1.01 * A)
    assert near.names == ("1", "2") and len(near.source) == 14
    holes = fcc_interstitial(A)
    mixed = neighbour_jumps(holes, 2, between=("octahedral", "tetrahedral"))
    assert mixed.names == ("1", "2")
    for s, t in zip(mixed.source, mixed.target):
        assert holes.kinds[s] != holes.kinds[t]


def test_any_other_crystal_by_hand():
    # Rutile, its cation lattice: tetragonal, body centred by two sites.
    rutile = Crystal(np.diag([4.6e-10, 4.6e-10, 2.96e-10]), [[0.0] * 3, [0.5] * 3])
    pairs = [(0, 0, (0, 0, 1)), (1, 1, (0, 0, 1))]
    corners = [(0, 1, (-i, -j, -k)) for i in (0, 1) for j in (0, 1) for k in (0, 1)]
    jumps = Jumps(rutile, pairs + corners)
    assert len(jumps.source) == 4 + 16 and jumps.names == ("0", "1")
    assert jumps.classes[:10] == (0, 0) + (1,) * 8
    found = neighbour_jumps(rutile, shells=2)
    triple = lambda these: set(zip(these.source, these.target, these.cells))
    assert triple(found) == triple(jumps)


def test_garnet_has_four_neighbours():
    x = 0.125
    quarter = np.array(
        [[x, 0, 0.25], [3 / 8, 0, 0.75], [7 / 8, 0, 0.75], [5 / 8, 0, 0.25]]
    )
    sites = np.concatenate([np.roll(quarter, k, axis=1) for k in range(3)])
    both = np.concatenate([sites, sites + 0.5]) % 1
    both = np.unique(np.round(both, 9), axis=0)
    assert len(both) == 24
    jumps = neighbour_jumps(Crystal(12e-10 * np.eye(3), both))
    assert len(jumps.names) == 1
    np.testing.assert_array_equal(np.bincount(jumps.source), 4)
    assert jumps.isotropic


def test_isotropic_where_symmetry_says_so():
    assert neighbour_jumps(fcc(A)).isotropic
    assert not neighbour_jumps(hcp(A)).isotropic
    cube = Crystal(A * np.eye(3))
    pairs = [(0, 0, (1, 0, 0)), (0, 0, (0, 1, 0)), (0, 0, (0, 0, 1))]
    assert Jumps(cube, pairs).isotropic
    assert not Jumps(cube, pairs, [0, 0, 1]).isotropic


def test_vectors_follow_the_crystal():
    jumps = neighbour_jumps(fcc(A))
    size = lambda a: jnp.sum(jumps.on(fcc(a)).vectors ** 2)
    np.testing.assert_allclose(jax.grad(size)(A), 2 * size(A) / A)
    np.testing.assert_allclose(jax.jit(size)(A), 12 * A**2 / 2)


CHAIN = Crystal([[A]], [[0.0], [0.4]])


@pytest.mark.parametrize(
    "make, sentence",
    [
        (
            lambda: Jumps(CHAIN, [(0, 2, (0,))]),
            r"pairs=...\)\[0\]` must be two sites of 2",
        ),
        (lambda: Jumps(CHAIN, [(0, 0, (0,))]), "must lead to another site"),
        (lambda: Jumps(CHAIN, [(0, 1, (0,))] * 2), "list each jump once"),
        (lambda: Jumps(CHAIN, [(0, 0, (1,))]), "none leaves or reaches 1"),
        (lambda: Jumps(CHAIN, [(0, 1, (0,))], [1]), "none left out"),
        (
            lambda: Jumps(CHAIN, [(0, 1, (0,)), (1, 0, (0,))], [0, 1]),
            "a jump and its reverse one class",
        ),
        (lambda: Jumps(CHAIN, [(0, 1, (0,))], names=["a", "b"]), "1 different names"),
        (lambda: neighbour_jumps(CHAIN, 0), "integer >= 1"),
        (lambda: neighbour_jumps(CHAIN, cutoff=0.1 * A), "must reach the nearest"),
        (lambda: neighbour_jumps(CHAIN, between=("", "x")), "must be two kinds of"),
        (lambda: neighbour_jumps(CHAIN).on(fcc(A)), "same number of sites"),
        (
            lambda: jax.jit(lambda a: neighbour_jumps(fcc(a)).vectors)(A),
            "before anything is compiled",
        ),
    ],
)
def test_bad_networks_are_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
