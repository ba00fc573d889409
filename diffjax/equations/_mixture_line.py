"""What mixtures on one axis share: their equations' answers, and in their terms
changes that keep the sum, walls, solves.

A cell holds several numbers. One of them, the dependent one, makes up a sum, so that
blocks are of all the others; where amounts are counted there is none (`None`).
"""

from collections.abc import Callable
from typing import Any, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from .._results import RESULTS
from ..grid import AbstractWall, FixedFlux, FixedValue, Grid, Spot
from ..linear import BlockTridiagonal
from ..stepping import AbstractLinearised
from ._equation import AbstractEquation, State


_Tree = TypeVar("_Tree")


class AbstractMixtureEquation(AbstractEquation):
    """The equation of a mixture on one axis, which must be stable."""

    @property
    def ill_posed(self) -> RESULTS:
        """That a mixture is inside its spinodal."""
        return RESULTS.inside_spinodal

    def axis_aligned(self, grid: Grid) -> bool:
        """Yes: there is one axis."""
        del grid
        return True

    def fastest_rate(
        self, grid: Grid, start: Float[Array, "cells kinds"], anneal: PyTree
    ) -> Float[Array, ""]:
        """A bound from the rows of the Jacobian; see `AbstractEquation`."""
        openings = len(self.openings(grid))
        entered = jnp.zeros((openings, start.shape[-1]), dtype=start.dtype)
        now = jnp.zeros((), dtype=start.dtype)
        term = self.term(grid, anneal)
        return term.spectral_bound(now, State(start, entered), None)

    def left_out(
        self,
        grid: Grid,
        composition: Float[Array, "cells kinds"],
        temperature: Float[Array, ""],
    ) -> Float[Array, ""]:
        """Nothing: 0, in 1/s."""
        del grid, temperature
        return jnp.zeros((), dtype=composition.dtype)


def changes(
    kinds: int, dependent: int | None, dtype: Any
) -> Float[Array, "free kinds"]:
    """Changes of a cell, no unit: one number more, and the dependent one less where the
    number stands before it and so belongs to its sum."""
    if dependent is None:
        return jnp.eye(kinds, dtype=dtype)
    rows = jnp.delete(jnp.eye(kinds, dtype=dtype), dependent, axis=0)
    return rows.at[:dependent, dependent].set(-1.0)


def without(
    columns: Float[Array, "... kinds"], index: int | None
) -> Float[Array, "... free"]:
    """All numbers but the dependent one, in their unit."""
    if index is None:
        return columns
    return jnp.concatenate([columns[..., :index], columns[..., index + 1 :]], axis=-1)


def completed(
    free: Float[Array, "... free"], index: int | None
) -> Float[Array, "... kinds"]:
    """Changes with that of the dependent number put in; undoes `without`."""
    if index is None:
        return free
    before = free[..., :index]
    made_up = -jnp.sum(before, axis=-1, keepdims=True)
    return jnp.concatenate([before, made_up, free[..., index:]], axis=-1)


def blocks_of(
    columns: Float[Array, "free cells kinds"], index: int | None
) -> Float[Array, "cells free free"]:
    """Blocks out of what each change of `changes` makes of all cells."""
    return jnp.moveaxis(without(columns, index), 0, -1)


def after(sides: _Tree) -> _Tree:
    """What each cell's right neighbour has, in its unit; the last one sees the first.

    Rolled rather than cut, which XLA turns into fast code.
    """
    return jax.tree.map(lambda x: jnp.roll(x, -1, axis=0), sides)


def through_wall(
    wall: AbstractWall,
    near: Float[Array, " n"],
    leaving: Callable[
        [Float[Array, " n"]], tuple[Float[Array, " n"], Float[Array, ""]]
    ],
    spot: Spot,
) -> tuple[Float[Array, " n"], Float[Array, ""]]:
    """What a mixture sends out through a wall.

    **Arguments:**

    - `wall`: closed, with a given flux, or one that holds a mixture.
    - `near`: fractions in the cell at the wall, no unit; shape `(n,)`.
    - `leaving`: fluxes from there to a wall of given fractions, and what goes with them
        (the lattice, or vacancies), along the outward normal, in m/s.
    - `spot`: where on the wall, and when.

    **Returns:** fluxes, shape `(n,)`, and what goes with them, a scalar, in m/s: none
    unless the wall holds a mixture.
    """
    outward = wall.outward_flux(near, lambda x: leaving(x)[0], spot)
    if isinstance(wall, FixedFlux):
        # What is given may be a function, which nobody could check.
        outward = outward.at[-1].set(-jnp.sum(outward[:-1]))
    if isinstance(wall, FixedValue):
        return outward, wall.outward_flux(near, lambda x: leaving(x)[1], spot)
    return outward, jnp.zeros_like(near[0])


class LinearisedMixture(AbstractLinearised):
    """Blocks of the field, and what only follows it: amounts that entered, markers.

    **Attributes:**

    - `rate`, `drift`: of the state, in its unit per s and s².
    - `blocks`: of all numbers of a cell but the dependent one, in 1/s.
    - `dependent`: its index, or `None`.
    - `hold`: how markers' velocities change with their places, in 1/s, or `None`.
    - `follow`: what a change of the field makes of the rates of `entered` and of the
        markers; the latter is not looked at where there are none.
    """

    rate: State
    drift: State
    blocks: BlockTridiagonal
    dependent: int | None = eqx.field(static=True)
    hold: Float[Array, " markers"] | None
    follow: Callable[[Array], tuple[Array, Array | None]]

    def solver(
        self, shift: Float[Array, ""], preconditioner: Any = None
    ) -> Callable[[PyTree], PyTree]:
        """One elimination; two sweeps per right-hand side."""
        del preconditioner
        factored = self.blocks.below(shift).factor()

        def solve(right: State) -> State:
            free = factored.solve(without(right.composition, self.dependent))
            change = completed(free, self.dependent)
            entered, moved = self.follow(change)
            markers = None
            if right.markers is not None:
                assert self.hold is not None and moved is not None
                markers = (right.markers + moved) / (shift - self.hold)
            return State(change, (right.entered + entered) / shift, markers)

        return solve

    def split_solver(self, shift: Float[Array, ""]) -> Callable[[PyTree], PyTree]:
        """The exact inverse: there is one axis only."""
        return self.solver(shift)
