r"""The generator of a random walk on a grid: bonds with rates."""

import abc
from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import lineax as lx
import numpy as np
from jaxtyping import Array, Float

from .._checks import traced
from ._bonds import along_axis, extend, inside, Offset, reach_of, shifted


class AbstractGenerator(eqx.Module):
    """The linear operator of a random walk on a grid, as jumps between its cells.

    Each bond is named once, by the cell where it starts and its offset. What leaves one
    cell enters another. Where no rate is negative this is the generator of a Markov
    chain: it keeps what is positive positive.

    Final ones are [`diffjax.linear.Generator`][], whose bonds are alike both ways, and
    [`diffjax.linear.BiasedGenerator`][].
    """

    offsets: eqx.AbstractVar[tuple[Offset, ...]]
    exits: eqx.AbstractVar[Float[Array, "*cells"] | None]
    entries: eqx.AbstractVar[Float[Array, "*cells"] | None]
    volumes: eqx.AbstractVar[Float[Array, "*cells"] | None]
    shape: eqx.AbstractVar[tuple[int, ...]]
    periodic: eqx.AbstractVar[tuple[bool, ...]]

    @abc.abstractmethod
    def between(self, field: Float[Array, "*cells"]) -> Float[Array, "*cells"]:
        """What the bonds bring to each cell, before its volume counts.

        **Arguments:**

        - `field`: any unit; shape `(*cells,)`.

        **Returns:** its unit per s; shape `(*cells,)`.
        """

    @abc.abstractmethod
    def arrivals(
        self, index: int
    ) -> tuple[Float[Array, "*cells"], Float[Array, "*cells"]]:
        """Rates of one offset's bonds into each cell, from ahead and from behind.

        **Arguments:**

        - `index`: which of the offsets.

        **Returns:** two arrays, in 1/s; shape `(*cells,)`.
        """

    @abc.abstractmethod
    def departures(
        self, index: int
    ) -> tuple[Float[Array, "*cells"], Float[Array, "*cells"]]:
        """Rates of one offset's bonds out of each cell, ahead and back.

        **Arguments:**

        - `index`: which of the offsets.

        **Returns:** two arrays, in 1/s; shape `(*cells,)`.
        """

    @property
    @abc.abstractmethod
    def smallest_rate(self) -> Float[Array, ""]:
        """Smallest rate of any bond, in 1/s; below 0 no maximum principle holds."""

    @property
    @abc.abstractmethod
    def symmetric(self) -> bool:
        """Whether the operator equals its transpose, whatever the numbers."""

    def apply(self, field: Float[Array, "*cells"]) -> Float[Array, "*cells"]:
        """The product with a field.

        **Arguments:**

        - `field`: $c$; any unit; shape `(*cells,)`.

        **Returns:** $L c$, in its unit per s; shape `(*cells,)`.
        """
        out = self.between(field)
        if self.volumes is not None:
            out = out / self.volumes
        return out if self.exits is None else out - self.exits * field

    @property
    def diagonal(self) -> Float[Array, "*cells"]:
        """The diagonal, in 1/s; shape `(*cells,)`."""
        total = sum(sum(self.departures(k)) for k in range(len(self.offsets)))
        assert not isinstance(total, int)
        if self.volumes is not None:
            total = total / self.volumes
        return -total if self.exits is None else -total - self.exits

    @property
    def spectral_bound(self) -> Float[Array, ""]:
        """No eigenvalue is larger in size than this (Gershgorin), in 1/s; a scalar.

        An explicit Euler step keeps positive what is positive up to
        `2 / spectral_bound`, where no weight is negative.
        """
        # By columns: what leaves a cell, whatever other cells send.
        sizes = sum(
            abs(rates) for k in range(len(self.offsets)) for rates in self.departures(k)
        )
        if self.volumes is not None:
            sizes = sizes / self.volumes
        return jnp.max(sizes + abs(self.diagonal))

    def operator(self) -> lx.FunctionLinearOperator:
        """As a `lineax` operator on fields, for its solvers.

        Tagged symmetric where it is.
        """
        dtype = jax.eval_shape(lambda g: g.diagonal, self).dtype
        return lx.FunctionLinearOperator(
            self.apply,
            jax.ShapeDtypeStruct(self.shape, dtype),
            lx.symmetric_tag if self.symmetric else frozenset(),
        )

    def sparse(self) -> Any:
        """As a `scipy.sparse.csr_array`, cells counted with the last axis fastest.

        **Returns:** the matrix in 1/s; shape `(cells, cells)`.

        **Raises:** `ValueError` while the rates are traced, inside `jax.jit` say.
        """
        import scipy.sparse

        if traced(self):
            raise ValueError(
                f"`{type(self).__name__}.sparse()` needs rates that are known now, not "
                "traced ones."
            )
        cells = np.arange(np.prod(self.shape)).reshape(self.shape)
        rows, columns, entries = [cells.ravel()], [cells.ravel()], []
        entries.append(np.asarray(self.diagonal).ravel())
        volumes = 1.0 if self.volumes is None else np.asarray(self.volumes)
        for k, offset in enumerate(self.offsets):
            for way, rates in zip((1, -1), self.arrivals(k)):
                step = [-way * e for e in offset]
                partner = np.roll(cells, step, axis=tuple(range(cells.ndim)))
                rates = np.broadcast_to(np.asarray(rates) / volumes, self.shape)
                used = rates != 0
                rows.append(cells[used])
                columns.append(partner[used])
                entries.append(rates[used])
        triple = (
            np.concatenate(entries),
            (np.concatenate(rows), np.concatenate(columns)),
        )
        return scipy.sparse.coo_array(triple, shape=(cells.size,) * 2).tocsr()

    def pieces(self) -> int:
        """Into how many pieces without a bond between them the cells fall; no unit.

        More than one where the body is one means that matter cannot get everywhere.
        """
        return int(np.max(self.labels())) + 1

    def labels(self) -> np.ndarray:
        """Which of these pieces each cell belongs to, counted from 0.

        **Returns:** shape `(*cells,)`.

        **Raises:** as `sparse`.
        """
        import scipy.sparse.csgraph

        _, labels = scipy.sparse.csgraph.connected_components(self.sparse())
        return labels.reshape(self.shape)


class Generator(AbstractGenerator):
    r"""The linear operator of diffusion on a grid: bonds with one rate for both ways.

    $$(L c)_i = \frac{1}{v_i} \sum_e \big[ w_e(i)\,(c_{i+e} - c_i)
    + w_e(i-e)\,(c_{i-e} - c_i) \big] - x_i c_i$$

    Each bond is named once, by the cell $i$ where it starts and its offset $e$. What
    leaves one cell enters another, so $\sum_i v_i (L c)_i = -\sum_i v_i x_i c_i$ to
    round-off. With $w_e \ge 0$ this is the generator of a Markov chain with detailed
    balance: it keeps what is positive positive, and obeys a maximum principle.

    **Attributes:**

    - `offsets`: $e$, one per family of bonds.
    - `weights`: $w_e$, in 1/s, one array per offset: with a rim as wide as the reach,
        0 where there is no bond; or one number for all the bonds of an offset, on grids
        whose closed walls no bond but the nearest neighbours' crosses.
    - `exits`: $x_i \ge 0$, rates of leaving through walls, in 1/s; shape `(*cells,)`,
        or `None`.
    - `entries`: rates at which a surface at 1 feeds each cell, in 1/s; shape
        `(*cells,)`, or `None` where they are the exits' own.
    - `volumes`: $v_i$, relative to their mean; no unit; shape `(*cells,)`, or `None`
        where all are equal.
    - `shape`: number of cells along each axis.
    - `periodic`: along which axes the grid closes upon itself.
    """

    offsets: tuple[Offset, ...] = eqx.field(static=True)
    weights: tuple[Float[Array, "..."], ...]
    exits: Float[Array, "*cells"] | None
    volumes: Float[Array, "*cells"] | None
    shape: tuple[int, ...] = eqx.field(static=True)
    periodic: tuple[bool, ...] = eqx.field(static=True)
    entries: Float[Array, "*cells"] | None

    def __init__(
        self,
        offsets: Sequence[Offset],
        weights: Sequence[Float[Array, "..."]],
        exits: Float[Array, "*cells"] | None,
        volumes: Float[Array, "*cells"] | None,
        shape: tuple[int, ...],
        periodic: tuple[bool, ...],
        entries: Float[Array, "*cells"] | None = None,
    ):
        """**Arguments:** as the attributes."""
        self.offsets, self.weights = tuple(offsets), tuple(weights)
        self.exits, self.entries, self.volumes = exits, entries, volumes
        self.shape, self.periodic = shape, periodic

    @property
    def symmetric(self) -> bool:
        """Where all volumes are equal."""
        return self.volumes is None

    def between(self, field: Float[Array, "*cells"]) -> Float[Array, "*cells"]:
        """What the bonds bring to each cell; see `AbstractGenerator.between`."""
        straight = all(sum(map(abs, offset)) == 1 for offset in self.offsets)
        return self._straight(field) if straight else self._slanted(field)

    def _straight(self, field: Float[Array, "*cells"]) -> Float[Array, "*cells"]:
        """The sum over bonds that all join neighbours along an axis."""
        reach, parts = reach_of(self.offsets), []
        for offset, weight in zip(self.offsets, self.weights):
            axis = next(k for k, step in enumerate(offset) if step)
            here = tuple(max(-step, 0) for step in offset)
            rates = shifted(weight, here, reach) if weight.ndim else weight
            parts.append(along_axis(field, rates, axis, self.periodic[axis]))
        return sum(parts[1:], parts[0])

    def _slanted(self, field: Float[Array, "*cells"]) -> Float[Array, "*cells"]:
        """The sum over bonds of any kind: the field with a rim, computed once."""
        reach, parts = reach_of(self.offsets), []
        wide = jax.lax.optimization_barrier(extend(field, reach, self.periodic))
        for offset, weight in zip(self.offsets, self.weights):
            back = tuple(-step for step in offset)
            ahead = shifted(wide, offset, reach) - field
            behind = shifted(wide, back, reach) - field
            if weight.ndim:
                out, in_ = self._bonds(weight, offset)
                parts.append(out * ahead + in_ * behind)
            else:
                parts.append(weight * (ahead + behind))
        return sum(parts[1:], parts[0])

    def _bonds(
        self, weight: Float[Array, "*more"], offset: Offset
    ) -> tuple[Float[Array, "*cells"], Float[Array, "*cells"]]:
        """Rates of the bonds that start and that end in each cell."""
        reach, back = reach_of(self.offsets), tuple(-step for step in offset)
        here = tuple(0 for _ in offset)
        return shifted(weight, here, reach), shifted(weight, back, reach)

    def bonds(
        self, index: int
    ) -> tuple[Float[Array, "*cells"], Float[Array, "*cells"]]:
        """Rates of the bonds of one offset that start and that end in each cell.

        **Arguments:**

        - `index`: which of the offsets.

        **Returns:** two arrays, in 1/s; shape `(*cells,)`.
        """
        weight, offset = self.weights[index], self.offsets[index]
        if weight.ndim:
            return self._bonds(weight, offset)
        both = []
        for way in (offset, tuple(-step for step in offset)):
            there = inside(way, self.shape, self.periodic)
            rates = jnp.broadcast_to(weight, self.shape)
            both.append(rates if there is None else jnp.where(there, rates, 0.0))
        return both[0], both[1]

    def arrivals(
        self, index: int
    ) -> tuple[Float[Array, "*cells"], Float[Array, "*cells"]]:
        """As `bonds`."""
        return self.bonds(index)

    def departures(
        self, index: int
    ) -> tuple[Float[Array, "*cells"], Float[Array, "*cells"]]:
        """As `bonds`."""
        return self.bonds(index)

    @property
    def smallest_rate(self) -> Float[Array, ""]:
        """Smallest rate of any bond, in 1/s; below 0 no maximum principle holds."""
        return jnp.min(jnp.stack([jnp.min(weight) for weight in self.weights]))
