import equinox as eqx
import jax.numpy as jnp
import numpy as np

from diffjax.lattice import fcc, honeycomb, neighbour_jumps, square
from diffjax.lattice._pairs import blocks_of, pair_network, response, with_bonds


PAIRS = eqx.filter_jit(pair_network)


def test_places_around_an_atom():
    (narrow,) = blocks_of(neighbour_jumps(fcc(1.0)), wide=False)
    assert len(narrow.places) == 1 + 12 and narrow.bonds == ()
    (wide,) = blocks_of(neighbour_jumps(fcc(1.0)), wide=True)
    # Neighbours, and theirs: shells 1 to 4 of 12, 6, 24 and 12.
    assert len(wide.places) == 1 + 12 + 6 + 24 + 12
    assert len(wide.bonds) == 24 + 12 * 7
    assert len(blocks_of(neighbour_jumps(honeycomb(1.0)), wide=True)) == 2


def test_the_atoms_own_site_is_taken_out():
    jumps = neighbour_jumps(square(1.0))
    ones = jnp.ones(1)
    pairs = PAIRS(jumps, jnp.ones(4), ones, wide=False)
    net = np.asarray(pairs.laplacian)
    assert net.shape == (4, 4) and sorted(pairs.near) == [0, 1, 2, 3]
    np.testing.assert_allclose(net.sum(axis=1), 0, atol=1e-9)
    np.testing.assert_allclose(net, net.T, atol=1e-12)
    # Put back, the site joins its neighbours: each is 1/2 from it, as in the whole net.
    whole = np.zeros((5, 5))
    whole[:4, :4] = net
    filled = with_bonds(jnp.asarray(whole), np.arange(4), np.full(4, 4), jnp.ones(4))
    drive = jnp.zeros((5, 1)).at[0, 0].set(1.0).at[4, 0].set(-1.0)
    answer = response(filled, drive)
    np.testing.assert_allclose(answer[0, 0] - answer[4, 0], 0.5, atol=1e-9)


def test_wide_and_narrow_networks_answer_alike():
    jumps = neighbour_jumps(honeycomb(1.0))
    flows = jnp.ones(len(jumps.source))
    answers = []
    for wide in (False, True):
        pairs = PAIRS(jumps, flows, jnp.ones(2), wide=wide)
        size, near = pairs.laplacian.shape[0], np.asarray(pairs.near)
        back = np.array(jumps.reverse)
        once = np.flatnonzero(np.arange(len(back)) < back)
        net = with_bonds(pairs.laplacian, near[once], near[back[once]], flows[once])
        drive = jnp.zeros((size, 2)).at[near].set(jumps.vectors)
        answers.append(response(net, drive)[near])
    np.testing.assert_allclose(answers[0], answers[1], atol=1e-9)
