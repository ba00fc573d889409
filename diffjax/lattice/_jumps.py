"""Jump networks: from which site to which an atom or a vacancy hops."""

from collections.abc import Sequence
from string import ascii_lowercase
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .._checks import known, one_number, require_kinds, traced
from ._crystal import Crystal, SAME
from ._symmetry import classes_of, isotropic, Jump, lattice_points, reversed_jump


class Jumps(eqx.Module):
    r"""The jumps of a crystal, each listed in both directions.

    $$r_k = x_{t(k)} + \sum_i n_{k,i}\, a_i - x_{s(k)}$$

    Which site jumps where is structure; lengths follow from the crystal's vectors and
    basis and can be differentiated.

    **Attributes:**

    - `crystal`: the [`diffjax.lattice.Crystal`][].
    - `source`, `target`: $s$, $t$, the sites that each jump joins.
    - `cells`: $n$, the cell of the target relative to that of the source.
    - `classes`: of each jump, 0, 1, ...; jumps of a class have one rate where the
        sites they leave are alike. A jump and its reverse share one.
    - `names`: one for each class.
    - `reverse`: for each jump, which one leads back.
    """

    crystal: Crystal
    source: tuple[int, ...] = eqx.field(static=True)
    target: tuple[int, ...] = eqx.field(static=True)
    cells: tuple[tuple[int, ...], ...] = eqx.field(static=True)
    classes: tuple[int, ...] = eqx.field(static=True)
    names: tuple[str, ...] = eqx.field(static=True)
    reverse: tuple[int, ...] = eqx.field(static=True)

    def __init__(
        self,
        crystal: Crystal,
        pairs: Sequence[tuple[int, int, Sequence[int]]],
        classes: Sequence[int] | None = None,
        names: Sequence[str] | None = None,
    ):
        """**Arguments:**

        - `crystal`: the sites.
        - `pairs`: `(source, target, cell)`: the two sites by number, and the cell of
            the target relative to that of the source, as d integers. Reverses that are
            not listed are added.
        - `classes`: 0, 1, ... for each pair. By default those that the space group of
            the crystal brings onto each other are one class.
        - `names`: one for each class. By default their numbers.

        **Raises:** `ValueError` if a site does not exist or has no jump, a jump leads
        nowhere or is listed twice, or classes do not fit.

        !!! example

            ```python
            chain = djx.lattice.Crystal([[3e-10]])
            jumps = djx.lattice.Jumps(chain, [(0, 0, (1,)), (0, 0, (2,))])
            ```
        """
        require_kinds("Jumps", crystal=(crystal, Crystal))
        listed = [_jump(crystal, k, pair) for k, pair in enumerate(pairs)]
        if len(set(listed)) < len(listed):
            raise ValueError("`Jumps(pairs=...)` must list each jump once.")
        idle = set(range(crystal.sites)) - {s for jump in listed for s in jump[:2]}
        if idle:
            raise ValueError(
                "`Jumps(pairs=...)` must give each site a jump; none leaves or reaches "
                f"{', '.join(str(s) for s in sorted(idle))}."
            )
        back = [reversed_jump(jump) for jump in listed]
        jumps = listed + [jump for jump in back if jump not in set(listed)]
        place = {jump: k for k, jump in enumerate(jumps)}
        if classes is None:
            labels = classes_of(crystal, jumps)
        else:
            labels = _labels([int(c) for c in classes], listed, jumps)
        count = max(labels) + 1
        words = tuple(map(str, range(count))) if names is None else tuple(names)
        if len(set(words)) != count or len(words) != count:
            raise ValueError(
                f"`Jumps(names=...)` must have {count} different names, one per class; "
                f"got {names!r}."
            )
        self.crystal = crystal
        self.source = tuple(jump[0] for jump in jumps)
        self.target = tuple(jump[1] for jump in jumps)
        self.cells = tuple(jump[2] for jump in jumps)
        self.classes, self.names = labels, words
        self.reverse = tuple(place[reversed_jump(jump)] for jump in jumps)

    @property
    def vectors(self) -> Float[Array, "jumps d"]:
        """$r$, in m; shape `(jumps, d)`."""
        u = self.crystal.basis
        cells = jnp.asarray(self.cells, dtype=u.dtype)
        steps = u[np.array(self.target)] + cells - u[np.array(self.source)]
        return steps @ self.crystal.vectors

    @property
    def isotropic(self) -> bool:
        """Whether symmetry makes the diffusivity one number; of known vectors."""
        listed = list(zip(self.source, self.target, self.cells))
        return isotropic(self.crystal, listed, self.classes)

    def on(self, crystal: Crystal) -> "Jumps":
        """The same network on another crystal: deformed, or with traced numbers.

        **Arguments:**

        - `crystal`: with as many sites; vectors in m.

        **Raises:** `ValueError` if sites or dimension differ.
        """
        require_kinds("on", crystal=(crystal, Crystal))
        if crystal.basis.shape != self.crystal.basis.shape:
            raise ValueError(
                "`on(crystal=...)` must have the same number of sites and dimensions; "
                f"got a basis of shape {crystal.basis.shape} for one of "
                f"{self.crystal.basis.shape}."
            )
        return eqx.tree_at(lambda jumps: jumps.crystal, self, crystal)


def neighbour_jumps(
    crystal: Crystal,
    shells: int = 1,
    cutoff: float | None = None,
    between: Sequence[str] | None = None,
) -> Jumps:
    """Jumps to the nearest sites, in classes that the crystal's symmetry tells apart.

    Classes are named by their shell: `"1"`, or `"1a"`, `"1b"` where a shell has
    several, such as in hcp at the ideal height: basal and out of the plane.

    **Arguments:**

    - `crystal`: its numbers known.
    - `shells`: how many different lengths are taken, the shortest first.
    - `cutoff`: the longest jump, in m; instead of `shells`.
    - `between`: two kinds of sites, the only ones between which to jump. By default
        any.

    **Returns:** a [`diffjax.lattice.Jumps`][].

    **Raises:** `ValueError` if `shells` is not at least 1, a kind does not exist, no
    jump is found, or the crystal is traced.

    !!! example

        ```python
        jumps = djx.lattice.neighbour_jumps(djx.lattice.fcc(3.6e-10))
        ```
    """
    require_kinds("neighbour_jumps", crystal=(crystal, Crystal))
    if isinstance(shells, bool) or not isinstance(shells, int) or shells < 1:
        raise ValueError(
            f"`neighbour_jumps(shells=...)` must be an integer >= 1; got {shells!r}."
        )
    if between is not None and (
        isinstance(between, str)
        or len(between) != 2
        or not set(between) <= set(crystal.types)
    ):
        raise ValueError(
            f"`neighbour_jumps(between=...)` must be two kinds of {crystal.types}; got "
            f"{between!r}."
        )
    if traced(crystal):
        raise ValueError(
            "`neighbour_jumps(crystal=...)` must be known before anything is compiled; "
            "make the jumps outside `jax.jit`, and put the traced one in with "
            "`Jumps.on`."
        )
    if cutoff is None:
        radius = _radius(crystal)
    else:
        radius = float(one_number(cutoff, "neighbour_jumps(cutoff=...)", "m", "> 0"))
    while True:
        lengths, jumps = _within(crystal, radius * (1 + SAME), between)
        starts = _starts(lengths)
        if cutoff is not None or len(starts) > shells:
            break
        radius *= 1.5
    last = len(jumps) if cutoff is not None else starts[shells]
    lengths, jumps = lengths[:last], jumps[:last]
    if not jumps:
        raise ValueError(
            "`neighbour_jumps(cutoff=...)` must reach the nearest site (m); got "
            f"{cutoff!r}."
        )
    classes = classes_of(crystal, jumps)
    return Jumps(crystal, jumps, classes, _names(classes, _starts(lengths)))


def _jump(crystal: Crystal, number: int, pair: Any) -> Jump:
    """One pair as plain integers, checked."""
    source, target, cell = pair
    jump = int(source), int(target), tuple(int(n) for n in np.atleast_1d(cell))
    d, sites = crystal.dimension, range(crystal.sites)
    if jump[0] not in sites or jump[1] not in sites or len(jump[2]) != d:
        raise ValueError(
            f"`Jumps(pairs=...)[{number}]` must be two sites of {crystal.sites} and a "
            f"cell of {d} integers; got {pair!r}."
        )
    if jump == reversed_jump(jump):
        raise ValueError(
            f"`Jumps(pairs=...)[{number}]` must lead to another site; got {pair!r}."
        )
    return jump


def _labels(given: list[int], listed: list[Jump], jumps: list[Jump]) -> tuple[int, ...]:
    """The classes given for the jumps listed, and those of their reverses."""
    if len(given) != len(listed) or set(given) != set(range(max(given, default=0) + 1)):
        raise ValueError(
            f"`Jumps(classes=...)` must have {len(listed)} numbers out of 0, 1, ..., "
            f"one per pair and none left out; got {given}."
        )
    known_by = dict(zip(listed, given))
    for jump, label in zip(listed, given):
        if known_by.get(reversed_jump(jump), label) != label:
            raise ValueError(
                "`Jumps(classes=...)` must give a jump and its reverse one class; got "
                f"{label} and another for {jump}."
            )
    return tuple(
        known_by[jump] if jump in known_by else known_by[reversed_jump(jump)]
        for jump in jumps
    )


def _radius(crystal: Crystal) -> float:
    """A first guess of how far the neighbours are, in m."""
    return float(np.max(np.linalg.norm(known(crystal.vectors), axis=1)))


def _within(
    crystal: Crystal, radius: float, between: Sequence[str] | None
) -> tuple[np.ndarray, list[Jump]]:
    """All jumps up to a length, the shortest first."""
    vectors = np.asarray(known(crystal.vectors), float)
    basis = np.asarray(known(crystal.basis), float)
    spread = np.max(np.linalg.norm((basis[:, None] - basis[None]) @ vectors, axis=-1))
    cells = lattice_points(vectors, radius + spread)
    found = []
    for s, source in enumerate(crystal.kinds):
        for t, target in enumerate(crystal.kinds):
            if between is not None and sorted(between) != sorted((source, target)):
                continue
            r = np.linalg.norm((basis[t] - basis[s] + cells) @ vectors, axis=-1)
            for k in np.flatnonzero((r <= radius) & (r > SAME * radius)):
                found.append((r[k], (s, t, tuple(int(n) for n in cells[k]))))
    found.sort(key=lambda item: item[0])
    lengths = np.array([length for length, _ in found])
    edges = [*_starts(lengths), len(found)]
    jumps = [item[1] for item in found]
    # Within a shell by sites and cells, and not by round-off of the length.
    ordered = [j for a, b in zip(edges, edges[1:]) for j in sorted(jumps[a:b])]
    return lengths, ordered


def _starts(lengths: np.ndarray) -> list[int]:
    """Where each shell begins in a list of increasing lengths."""
    if not len(lengths):
        return []
    steps = np.diff(lengths) > 10 * SAME * lengths[:-1]
    return [0, *(int(k) + 1 for k in np.flatnonzero(steps))]


def _names(classes: Sequence[int], starts: Sequence[int]) -> list[str]:
    names = {}
    for shell, (a, b) in enumerate(zip(starts, [*starts[1:], len(classes)]), 1):
        inside = list(dict.fromkeys(classes[a:b]))
        for k, label in enumerate(inside):
            letter = ascii_lowercase[k % 26] * (k // 26 + 1) if len(inside) > 1 else ""
            names[label] = f"{shell}{letter}"
    return [names[label] for label in sorted(names)]
