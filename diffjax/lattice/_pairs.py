"""A marked atom and a vacancy: the network of their places relative to each other."""

from functools import lru_cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from ._green import equivalent_network, green_table
from ._jumps import Jumps


Place = tuple[int, tuple[int, ...]]
"""A site of the cell, and the cell."""


class Bond(NamedTuple):
    """Two places of the vacancy beside one atom, and the jump from one to the other."""

    first: int
    second: int
    jump: int


class Block(NamedTuple):
    """The places of a vacancy around an atom that stands on one site.

    **Attributes:**

    - `places`: the atom's own first, then those one jump away in the order of `jumps`,
        then the next ones.
    - `jumps`: those that leave the atom's site.
    - `bonds`: jumps of the vacancy between the places next to the atom, and from these
        to the next, each once.
    """

    places: tuple[Place, ...]
    jumps: tuple[int, ...]
    bonds: tuple[Bond, ...]


@lru_cache(maxsize=64)
def _blocks(source: tuple, target: tuple, cells: tuple, sites: int, wide: bool):
    leaving = [[k for k, s in enumerate(source) if s == t] for t in range(sites)]
    blocks = []
    for site, jumps in enumerate(leaving):
        origin: Place = (site, (0,) * len(cells[0]))
        near = [(target[k], cells[k]) for k in jumps]
        places, bonds = [origin, *near], []
        for i, (s, cell) in enumerate(near if wide else (), 1):
            for k in leaving[s]:
                end = target[k], tuple(a + b for a, b in zip(cell, cells[k]))
                if end == origin:
                    continue
                if end not in places:
                    places.append(end)
                j = places.index(end)
                if j > len(near) or j > i:
                    bonds.append(Bond(i, j, k))
        blocks.append(Block(tuple(places), tuple(jumps), tuple(bonds)))
    return tuple(blocks)


def blocks_of(jumps: Jumps, wide: bool) -> tuple[Block, ...]:
    """The places of a vacancy around an atom, for each site of the cell.

    **Arguments:**

    - `jumps`: of the vacancy; their lengths, in m, do not count.
    - `wide`: with those two jumps away.
    """
    sites = jumps.crystal.sites
    return _blocks(jumps.source, jumps.target, jumps.cells, sites, wide)


class PairNetwork(NamedTuple):
    """A crystal with one marked atom and one vacancy, as a network of finite size.

    **Attributes:**

    - `laplacian`: all flows between the places next to the atom (and beyond, where the
        network is wide), the rest of the crystal included, without exchanges; in 1/s.
    - `near`: by jump k that leaves the atom's site, the place at its end.
    - `starts`: for each site of the atom, where its places begin.
    """

    laplacian: Float[Array, "places places"]
    near: Int[np.ndarray, " jumps"]
    starts: tuple[int, ...]


def pair_network(
    jumps: Jumps,
    flows: Float[Array, " jumps"],
    weights: Float[Array, " sites"],
    wide: bool,
) -> PairNetwork:
    """Takes the marked atom's own site out of the crystal, for each of its sites.

    **Arguments:**

    - `jumps`: of the vacancy.
    - `flows`: in the crystal without the marked atom, in 1/s; shape `(jumps,)`.
    - `weights`: of the atom's sites, no unit; shape `(sites,)`.
    - `wide`: with the places two jumps away.
    """
    blocks = blocks_of(jumps, wide)
    sites = [np.array([s for s, _ in block.places]) for block in blocks]
    cells = [np.array([c for _, c in block.places]) for block in blocks]
    reach = np.max([np.ptp(c, axis=0) for c in cells], axis=0)
    green = green_table(jumps, flows, tuple(int(n) for n in reach))
    near, starts, parts, start = np.zeros(len(jumps.source), int), [], [], 0
    for t, block in enumerate(blocks):
        around = 1 + np.arange(len(block.jumps))
        whole = equivalent_network(green, sites[t], cells[t])
        lost = flows[np.array(block.jumps)]
        whole = whole.at[around, around].add(-lost)
        parts.append(weights[t] * whole[1:, 1:])
        near[list(block.jumps)] = start + around - 1
        starts.append(start)
        start += len(block.places) - 1
    return PairNetwork(jax.scipy.linalg.block_diag(*parts), near, tuple(starts))


def with_bonds(
    laplacian: Float[Array, "places places"],
    first: Int[np.ndarray, " bonds"],
    second: Int[np.ndarray, " bonds"],
    flows: Float[Array, " bonds"],
) -> Float[Array, "places places"]:
    """The network with flows added between pairs of places.

    **Arguments:**

    - `laplacian`: in 1/s.
    - `first`, `second`: the places that each bond joins.
    - `flows`: in 1/s; shape `(bonds,)`.
    """
    both = laplacian.at[first, first].add(flows).at[second, second].add(flows)
    return both.at[first, second].add(-flows).at[second, first].add(-flows)


def response(
    laplacian: Float[Array, "places places"], drive: Float[Array, "places m"]
) -> Float[Array, "places m"]:
    r"""How places answer: $u$ with $L u = b$, where $b$ adds up to nothing.

    **Arguments:**

    - `laplacian`: $L$, in 1/s.
    - `drive`: $b$, in m/s.

    **Returns:** $u$, in m, up to a constant.
    """
    size = jax.lax.stop_gradient(jnp.max(jnp.diagonal(laplacian)))
    return jnp.linalg.solve(laplacian / size + 1 / laplacian.shape[0], drive / size)
