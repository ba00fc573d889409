"""Two vacancies side by side: how the pair walks, and how it carries an atom."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from .._checks import one_number, require_kinds, traced
from ._crystal import Crystal
from ._green import equivalent_network, green_table
from ._jumps import Jumps
from ._network import bare_diffusivity, require_connected
from ._pairs import Place, response, with_bonds


class DivacancyTransport(NamedTuple):
    r"""How pairs of vacancies spread, and atoms by them.

    $$D^*_{2v} = f_{2v}\, D_{tracer}$$

    with the number of pairs per site, $f_{2v}$. All are tensors in m²/s, of shape
    `(d, d)`.

    **Attributes:**

    - `tracer`: $D_{tracer}$, of a tagged atom, per pair and site.
    - `memoryless`: what it would be if a new pair came for each jump.
    - `pair`: of one pair.
    """

    tracer: Float[Array, "d d"]
    memoryless: Float[Array, "d d"]
    pair: Float[Array, "d d"]

    @property
    def correlation(self) -> Float[Array, "d d"]:
        """The correlation factor of atoms by pairs, no unit; shape `(d, d)`."""
        return jnp.linalg.solve(self.memoryless, self.tracer).T


def divacancy_jumps(jumps: Jumps) -> Jumps:
    """The jumps of a pair of vacancies, as those of the middle between them.

    One of the two changes places with an atom that is a neighbour of both, so that
    they stay side by side.

    **Arguments:**

    - `jumps`: of one vacancy; they say which sites are neighbours. The numbers of their
        crystal (m) known.

    **Returns:**

    A [`diffjax.lattice.Jumps`][] on the middles of all pairs of neighbours, one site
    for each; vectors in m, half as long as those of the atoms that jump.

    **Raises:** `ValueError` if no atom is a neighbour of both (bcc, simple cubic,
    diamond), two pairs have one middle, or the numbers of the crystal are traced.

    !!! example

        ```python
        jumps = djx.lattice.neighbour_jumps(djx.lattice.fcc(3.6e-10))
        djx.lattice.divacancy_jumps(jumps).names  # one class of jumps
        ```
    """
    require_kinds("divacancy_jumps", jumps=(jumps, Jumps))
    if traced(jumps):
        raise ValueError("`divacancy_jumps(jumps=...)` needs a crystal that is known.")
    bonds = _bonds(jumps)
    steps = _steps(jumps, bonds)
    basis = np.asarray(jumps.crystal.basis)
    middles = [
        0.5 * (basis[jumps.source[k]] + basis[jumps.target[k]] + jumps.cells[k])
        for k in bonds
    ]
    return Jumps(Crystal(jumps.crystal.vectors, np.array(middles)), steps)


def divacancy_transport(jumps: Jumps, rate: ArrayLike = 1.0) -> DivacancyTransport:
    r"""The diffusivity of pairs of vacancies that stay together, and of atoms by them.

    The states are the places of the pair around a tagged atom. Next to it are those
    that have both vacancies as its neighbours; the rest of the crystal is replaced by
    its equivalent network, as in [`diffjax.lattice.correlation_factors`][]. In fcc
    $f = 0.4581$ and $D^*_{2v} = \tfrac23 f a^2 f_{2v}\, \omega_{2v}$.

    **Arguments:**

    - `jumps`: of one vacancy; all of one class, and so must the jumps of the pair be.
    - `rate`: $\omega_{2v} > 0$ of each jump of the pair, in 1/s; a scalar.

    **Returns:** a [`diffjax.lattice.DivacancyTransport`][].

    **Raises:** `ValueError` as [`diffjax.lattice.divacancy_jumps`][], if jumps of the
    pair are of several classes or do not connect, or `rate` is not > 0.

    **Error:** below 1e-8.

    !!! example

        ```python
        jumps = djx.lattice.neighbour_jumps(djx.lattice.fcc(3.6e-10))
        djx.lattice.divacancy_transport(jumps).correlation
        ```
    """
    pairs = divacancy_jumps(jumps)
    if len(pairs.names) > 1:
        raise ValueError(
            "`divacancy_transport(jumps=...)` must be of a crystal in which all jumps "
            f"of pairs are alike; got {len(pairs.names)} classes of them."
        )
    require_connected(pairs)
    w = one_number(rate, "divacancy_transport(rate=...)", "1/s", "> 0")
    blocks = tuple(_block(jumps, pairs, t) for t in range(jumps.crystal.sites))
    found = _transport(jumps, pairs, blocks)
    return DivacancyTransport(*(w.astype(x.dtype) * x for x in found))


class _Block(NamedTuple):
    """The places of a pair around an atom on one site.

    - `bonds`, `cells`: the pairs that hold the atom's site, then those beside it.
    - `blocked`: how many hold the atom's site.
    - `atoms`: for each pair beside it, where its two vacancies are.
    """

    bonds: tuple[int, ...]
    cells: tuple[tuple[int, ...], ...]
    blocked: int
    atoms: tuple[tuple[Place, Place], ...]


def _add(place: Place, cell: tuple[int, ...], sign: int = 1) -> Place:
    return place[0], tuple(a + sign * b for a, b in zip(place[1], cell))


def _neighbours(jumps: Jumps, place: Place) -> list[Place]:
    listed = zip(jumps.source, jumps.target, jumps.cells)
    return [_add((t, n), place[1]) for s, t, n in listed if s == place[0]]


def _bonds(jumps: Jumps) -> list[int]:
    """One jump for each pair of neighbours of a cell."""
    return [k for k, back in enumerate(jumps.reverse) if k < back]


def _steps(jumps: Jumps, bonds: list[int]) -> list[tuple]:
    """The steps between pairs of neighbours that keep two vacancies side by side."""
    origin = (0,) * jumps.crystal.dimension
    steps = set()
    for number, k in enumerate(bonds):
        one, other = (jumps.source[k], origin), (jumps.target[k], jumps.cells[k])
        common = set(_neighbours(jumps, one)) & set(_neighbours(jumps, other))
        for atom in common:
            for stays in (one, other):
                end, cell = _named(jumps, bonds, stays, atom)
                steps.add((number, end, cell))
    if not steps:
        raise ValueError(
            "`divacancy_jumps(jumps=...)` must have neighbours that share a neighbour; "
            "here no jump keeps two vacancies side by side."
        )
    return sorted(steps)


def _named(jumps: Jumps, bonds: list[int], a: Place, b: Place):
    """The number of the pair of neighbours a and b, and its cell."""
    for number, k in enumerate(bonds):
        for first, second in ((a, b), (b, a)):
            if first[0] == jumps.source[k] and second == _add(
                (jumps.target[k], jumps.cells[k]), first[1]
            ):
                return number, first[1]
    raise AssertionError("not neighbours")


def _block(jumps: Jumps, pairs: Jumps, site: int) -> _Block:
    bonds = _bonds(jumps)
    origin: Place = (site, (0,) * jumps.crystal.dimension)
    around = _neighbours(jumps, origin)
    held = [_named(jumps, bonds, origin, place) for place in around]
    near, atoms = [], []
    for i, one in enumerate(around):
        for other in around[i + 1 :]:
            if other in _neighbours(jumps, one):
                near.append(_named(jumps, bonds, one, other))
                atoms.append((one, other))
    numbers, cells = zip(*held, *near)
    return _Block(numbers, cells, len(held), tuple(atoms))


@eqx.filter_jit
def _transport(
    jumps: Jumps, pairs: Jumps, blocks: tuple[_Block, ...]
) -> DivacancyTransport:
    """For a rate of 1/s."""
    dtype, source = pairs.crystal.vectors.dtype, pairs.source
    reach = np.max([np.ptp(np.array(b.cells), axis=0) for b in blocks], axis=0)
    green = green_table(
        pairs, jnp.ones(len(source), dtype), tuple(int(n) for n in reach)
    )
    parts, starts, start = [], [], 0
    for block in blocks:
        whole = equivalent_network(green, np.array(block.bonds), np.array(block.cells))
        # Jumps to and from the places that hold the atom itself are not made.
        listed = list(zip(block.bonds, block.cells))
        lost = np.zeros(len(listed))
        for s, t, n in zip(pairs.source, pairs.target, pairs.cells):
            for k in range(block.blocked, len(listed)):
                end = _add((t, n), listed[k][1])
                if listed[k][0] == s and end in listed[: block.blocked]:
                    lost[k] += 1
        whole = whole - jnp.diag(jnp.asarray(lost, dtype))
        parts.append(whole[block.blocked :, block.blocked :])
        starts.append(start)
        start += len(block.atoms)
    laplacian = jax.scipy.linalg.block_diag(*parts)

    # The atom goes to where one vacancy was, and leaves its own site vacant.
    place = {
        (t, frozenset(both)): starts[t] + k
        for t, block in enumerate(blocks)
        for k, both in enumerate(block.atoms)
    }
    first, second, ends = [], [], []
    for t, block in enumerate(blocks):
        for both in block.atoms:
            for to, stays in (both, both[::-1]):
                rest = (t, tuple(-n for n in to[1])), _add(stays, to[1], -1)
                first.append(place[t, frozenset(both)])
                second.append(place[to[0], frozenset(rest)])
                ends.append((t, to))
    a, b = np.array(first), np.array(second)
    flows = jnp.full(len(a), 0.5, dtype)  # each is listed from both sides
    u, steps = jumps.crystal.basis, np.array([to[1] for _, to in ends])
    start_site, end_site = np.array([(t, to[0]) for t, to in ends]).T
    step = (u[end_site] + jnp.asarray(steps, dtype) - u[start_site]) @ (
        jumps.crystal.vectors
    )
    drive = jnp.zeros((laplacian.shape[0], step.shape[1]), dtype).at[a].add(step)
    answer = response(with_bonds(laplacian, a, b, flows), drive)
    direct = 0.5 * jnp.einsum("ja,jb->ab", step, step)
    share = 1 / pairs.crystal.sites
    ones = jnp.ones(len(pairs.source), dtype)
    return DivacancyTransport(
        tracer=share * (direct - drive.T @ answer),
        memoryless=share * direct,
        pair=bare_diffusivity(pairs, ones, jnp.full(pairs.crystal.sites, share, dtype)),
    )
