"""Many pytrees of the same shapes share one program, not one each."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.lax as lax
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np
from jaxtyping import Array, Float, Int, PyTree


# So many alike are mapped over; fewer are written out.
_FEW = 4


class Group(NamedTuple):
    """Items that differ in their numbers only.

    **Attributes:**

    - `members`: which items these are.
    - `arrays`: their arrays, stacked.
    - `rest`: what they have in common.
    """

    members: tuple[int, ...]
    arrays: PyTree
    rest: PyTree

    def item(self, arrays: PyTree) -> Any:
        """One item, from its arrays."""
        return eqx.combine(arrays, self.rest)


def groups(items: Sequence[Any]) -> list[Group]:
    """Sorts items by what compiled code sees of them: structure, shapes, kinds.

    **Arguments:**

    - `items`: pytrees of any kind; arrays of any unit and shape.
    """
    found: dict[Any, list[int]] = {}
    parts = [eqx.partition(item, eqx.is_array) for item in items]
    for index, (arrays, rest) in enumerate(parts):
        leaves, structure = jtu.tree_flatten(arrays)
        shapes = tuple((leaf.shape, str(leaf.dtype)) for leaf in leaves)
        others, outline = jtu.tree_flatten(rest)
        try:
            key = (structure, shapes, outline, tuple(others))
            found.setdefault(key, []).append(index)
        except TypeError:  # something in it has no hash: it stays alone
            found[index] = [index]
    out = []
    for members in found.values():
        stacked = jax.tree.map(lambda *x: jnp.stack(x), *(parts[k][0] for k in members))
        out.append(Group(tuple(members), stacked, parts[members[0]][1]))
    return out


def for_each(
    function: Callable[[Any], Float[Array, " n"]], items: Sequence[Any]
) -> list[Float[Array, " n"]]:
    """The function of each item, in their order; compiled once for those alike.

    **Arguments:**

    - `function`: of one item; it may be differentiated through.
    - `items`: as in `groups`.
    """
    out: list[Any] = [None] * len(items)
    if len(items) < _FEW:
        return [function(item) for item in items]
    for group in groups(items):
        if len(group.members) < _FEW:
            rows = [function(items[k]) for k in group.members]
        else:
            rows = lax.map(lambda arrays: function(group.item(arrays)), group.arrays)
        for k, row in zip(group.members, rows):
            out[k] = row
    return out


def for_one(
    function: Callable[[Any], Float[Array, ""]],
    items: Sequence[Any],
    index: Int[Array, ""],
) -> Float[Array, ""]:
    """The function of one item, which one is known when the program runs.

    **Arguments:**

    - `function`: of one item, giving a scalar.
    - `items`: as in `groups`.
    - `index`: number of the item; no unit.
    """
    found = groups(items)
    kind, place = np.zeros(len(items), int), np.zeros(len(items), int)
    for number, group in enumerate(found):
        kind[list(group.members)] = number
        place[list(group.members)] = np.arange(len(group.members))

    def branch(group):
        def run(at):
            at = jnp.minimum(at, len(group.members) - 1)
            return function(group.item(jax.tree.map(lambda x: x[at], group.arrays)))

        return run

    at = jnp.asarray(place)[index]
    branches = [branch(group) for group in found]
    if len(branches) == 1:
        return branches[0](at)
    return lax.switch(jnp.asarray(kind)[index], branches, at)
