"""Which jumps of a vacancy beside a solute are alike; on the host."""

from string import ascii_lowercase
from typing import NamedTuple

import numpy as np

from .._checks import known
from ._jumps import Jumps
from ._pairs import blocks_of
from ._symmetry import Operation, space_group


class BondClasses(NamedTuple):
    """Classes of the jumps between places next to a solute, and away from them.

    **Attributes:**

    - `rotations`, `dissociations`: a name for each class.
    - `rotation_class`, `dissociation_class`: of each bond, block by block.
    """

    rotations: tuple[str, ...]
    rotation_class: tuple[int, ...]
    dissociations: tuple[str, ...]
    dissociation_class: tuple[int, ...]


def bond_classes(jumps: Jumps) -> BondClasses:
    """Alike are bonds that a symmetry of the network brings onto each other.

    **Arguments:**

    - `jumps`: of the vacancy; the numbers of its crystal, in m, known.

    **Raises:** `ValueError` where they are traced.
    """
    listed = list(zip(jumps.source, jumps.target, jumps.cells))
    label = dict(zip(listed, jumps.classes))
    group = [
        o
        for o in space_group(jumps.crystal)
        if all(label.get(o.jump(jump)) == c for jump, c in label.items())
    ]
    vectors = np.asarray(known(jumps.crystal.vectors), float)
    basis = np.asarray(known(jumps.crystal.basis), float)
    shortest = np.min(np.linalg.norm(np.asarray(known(jumps.vectors)), axis=1))
    keys, names, turns = [], [], []
    for site, block in enumerate(blocks_of(jumps, wide=True)):
        kind = lambda i: jumps.names[jumps.classes[block.jumps[i - 1]]]
        for bond in block.bonds:
            ends = block.places[bond.first], block.places[bond.second]
            keys.append((site, frozenset(ends)))
            turns.append(bond.second <= len(block.jumps))
            if turns[-1]:
                names.append("-".join(sorted((kind(bond.first), kind(bond.second)))))
            else:
                s, cell = ends[1]
                away = (basis[s] + np.array(cell) - basis[site]) @ vectors
                far = np.linalg.norm(away) / shortest
                names.append(f"{kind(bond.first)}-{far:.2f}")
    place = {key: k for k, key in enumerate(keys)}
    orbit: dict[int, int] = {}
    for k, key in enumerate(keys):
        if k not in orbit:
            for operation in group:
                orbit[place[_moved(operation, key)]] = k
    number = lambda chosen: _numbered([(orbit[k], names[k]) for k in chosen])
    return BondClasses(
        *number([k for k, turn in enumerate(turns) if turn]),
        *number([k for k, turn in enumerate(turns) if not turn]),
    )


def _moved(operation: Operation, key):
    """Where an atom and the two ends of a bond beside it go."""
    site, ends = key
    image = [operation.jump((site, s, cell)) for s, cell in ends]
    return image[0][0], frozenset((s, cell) for _, s, cell in image)


def _numbered(found: list[tuple[int, str]]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """A different name for each orbit, and the number of each bond's."""
    name = dict(found)
    order = list(name)
    words = [name[orbit] for orbit in order]
    for k, word in enumerate(words):
        same = [i for i, orbit in enumerate(order) if name[orbit] == word]
        if len(same) > 1:
            words[k] = word + ascii_lowercase[same.index(k)]
    return tuple(words), tuple(order.index(orbit) for orbit, _ in found)
