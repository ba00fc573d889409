"""The space group of a crystal, found from its vectors and sites; on the host."""

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from .._checks import known, traced
from ._crystal import Crystal, SAME


Jump = tuple[int, int, tuple[int, ...]]
"""Source, target, and the cell of the target relative to that of the source."""


class Operation(NamedTuple):
    """One operation of a space group: what it does to sites and cells.

    **Attributes:**

    - `turn`: $W$ with $u' = u W + t$ in parts of the vectors; integers.
    - `sites`: where each site goes.
    - `cells`: into which cell it goes.
    """

    turn: Int[np.ndarray, "d d"]
    sites: Int[np.ndarray, " sites"]
    cells: Int[np.ndarray, "sites d"]

    def jump(self, jump: Jump) -> Jump:
        """Where a jump goes."""
        source, target, cell = jump
        moved = np.asarray(cell) @ self.turn + self.cells[target] - self.cells[source]
        place = tuple(int(n) for n in moved)
        return int(self.sites[source]), int(self.sites[target]), place


def lattice_points(
    vectors: Float[np.ndarray, "d d"], radius: float
) -> Int[np.ndarray, "points d"]:
    """All cells whose corner can lie within a radius of the origin.

    **Arguments:**

    - `vectors`: lattice vectors in rows, in m.
    - `radius`: in m.

    **Returns:** integers, no unit; shape `(points, d)`.
    """
    reach = np.floor(radius * np.linalg.norm(np.linalg.inv(vectors), axis=0) + SAME)
    ranges = [range(-int(n), int(n) + 1) for n in reach]
    return np.array(list(product(*ranges)), dtype=int)


def space_group(crystal: Crystal) -> list[Operation]:
    """The operations that bring a crystal to itself, up to its lattice translations.

    **Arguments:**

    - `crystal`: its numbers (m) known.

    **Returns:** turns and shifts in parts of its vectors, no unit.

    **Raises:** `ValueError` where they are traced.
    """
    if traced(crystal):
        raise ValueError(
            "the symmetry of a crystal is found before anything is compiled: make its "
            "jumps outside `jax.jit`, and put a traced crystal in with `Jumps.on`."
        )
    vectors = np.asarray(known(crystal.vectors), float)
    basis = np.asarray(known(crystal.basis), float)
    kinds = np.array([crystal.types.index(kind) for kind in crystal.kinds])
    found = []
    for turn in _point_operations(vectors):
        turned = basis @ turn
        for j in np.flatnonzero(kinds == kinds[0]):
            moved = turned + (basis[j] - turned[0])
            gaps = moved[:, None] - basis[None]
            cells = np.round(gaps)
            match = np.all(abs(gaps - cells) < 10 * SAME, axis=-1)
            match &= kinds[:, None] == kinds[None]
            if np.all(match.sum(axis=1) == 1):
                sites = np.argmax(match, axis=1)
                places = cells[np.arange(len(basis)), sites].astype(int)
                found.append(Operation(turn, sites, places))
    return found


def _point_operations(
    vectors: Float[np.ndarray, "d d"],
) -> list[Int[np.ndarray, "d d"]]:
    """Integer matrices that keep all lengths and angles of a lattice."""
    metric = vectors @ vectors.T
    loose = 10 * SAME * np.max(metric)
    points = lattice_points(vectors, np.sqrt(np.max(metric)))
    squares = np.einsum("ni,ij,nj->n", points, metric, points)
    rows: list[np.ndarray] = [np.zeros((0, len(vectors)), dtype=int)]
    for i in range(len(vectors)):
        images = points[abs(squares - metric[i, i]) < loose]
        rows = [
            np.concatenate([done, image[None]])
            for done in rows
            for image in images
            if np.all(abs(done @ metric @ image - metric[:i, i]) < loose)
        ]
    return rows


def classes_of(crystal: Crystal, jumps: Sequence[Jump]) -> tuple[int, ...]:
    """The class of each jump: alike are those that the space group brings onto each
    other, and a jump and its reverse.

    **Arguments:**

    - `crystal`: its numbers (m) known.
    - `jumps`: with the reverse of each.

    **Returns:** 0, 1, ... in order of appearance; no unit.
    """
    group, place = space_group(crystal), {jump: k for k, jump in enumerate(jumps)}
    owner: dict[int, int] = {}
    for k, first in enumerate(jumps):
        if k in owner:
            continue
        name = max(owner.values(), default=-1) + 1
        # One step reaches the whole orbit, since a group is closed.
        for way in (first, reversed_jump(first)):
            for operation in group:
                if (image := place.get(operation.jump(way))) is not None:
                    owner[image] = name
    return tuple(owner[k] for k in range(len(jumps)))


def reversed_jump(jump: Jump) -> Jump:
    """The same way back."""
    source, target, cell = jump
    return target, source, tuple(-n for n in cell)


def cartesian(
    crystal: Crystal, group: Sequence[Operation]
) -> Float[np.ndarray, "operations d d"]:
    """The turns of a group as matrices that act on columns of Cartesian components.

    **Arguments:**

    - `crystal`: its numbers known.
    - `group`: its operations.

    **Returns:** orthogonal matrices, no unit; shape `(operations, d, d)`.
    """
    vectors = np.asarray(known(crystal.vectors), float)
    back = np.linalg.inv(vectors)
    return np.stack([(back @ o.turn @ vectors).T for o in group])


def isotropic(crystal: Crystal, jumps: Sequence[Jump], classes: Sequence[int]) -> bool:
    """Whether a network leaves a symmetric tensor one value.

    **Arguments:**

    - `crystal`: its numbers, in m, known.
    - `jumps`: with the reverse of each.
    - `classes`: of each jump; only operations that keep them count.
    """
    label = dict(zip(jumps, classes))
    keeps = lambda o: all(label.get(o.jump(j), -1) == c for j, c in label.items())
    turns = cartesian(crystal, [o for o in space_group(crystal) if keeps(o)])
    # The mean character of symmetric tensors is how many of them are invariant.
    traces = np.trace(turns, axis1=1, axis2=2)
    squares = np.trace(turns @ turns, axis1=1, axis2=2)
    return round(float(np.mean(0.5 * (traces**2 + squares)))) == 1
