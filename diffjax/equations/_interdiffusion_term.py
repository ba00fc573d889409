r"""Interdiffusion along one axis, as a term in time.

Here the counterflow of components is mapped over the faces of one axis. The state holds
all n fractions of a cell; what is eliminated are blocks of the first n - 1, since every
change of a mixture sums to zero.
"""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from ..fluxes import Counterflow, Mixture
from ..grid import FixedFlux, FixedValue, Grid, Spot, Walls
from ..linear import BlockTridiagonal
from ..stepping import AbstractLinearised, AbstractStructuredTerm
from ._diffusion_term import LineMesh
from ._equation import State
from ._fence import once


Crossings = tuple[Float[Array, "cells n"], Float[Array, " cells"]]
Crossing = tuple[Float[Array, " n"], Float[Array, ""]]


class InterdiffusionTerm(AbstractStructuredTerm):
    """[`diffjax.equations.Interdiffusion`][] on a grid, as a diffrax term."""

    flux: Counterflow
    walls: Walls
    anneal: PyTree
    mesh: LineMesh
    faces: Float[Array, " faces"]

    def __init__(self, flux: Counterflow, walls: Walls, grid: Grid, anneal: PyTree):
        self.flux, self.walls, self.anneal = flux, walls, anneal
        self.mesh, self.faces = LineMesh(grid, False), grid.faces

    def rate(self, t: Float[Array, ""], y: PyTree, args: Any) -> PyTree:
        """Rate of change of a [`diffjax.equations.State`][], in its unit per s."""
        del args
        t, temperature = self._clock(t, y)
        sides = self._seen(y.composition, temperature)
        ends = self._ends(y.composition, t, temperature)
        return self._assembled(y, *self._between(sides, _after(sides)), *ends)

    def velocity(self, t: Float[Array, ""], y: State) -> Float[Array, " faces"]:
        """Velocity of the lattice at all faces, in m/s; shape `(cells + 1,)`.

        **Arguments:**

        - `t`: in s; a scalar.
        - `y`: the state.
        """
        t, temperature = self._clock(t, y)
        sides = self._seen(y.composition, temperature)
        ends = self._ends(y.composition, t, temperature)
        return _everywhere(self._between(sides, _after(sides))[1], *ends)

    def linearise(self, t: Float[Array, ""], y: PyTree, args: Any) -> "_Linearised":
        """Rate, its time derivative and its exact blocks, face by face."""
        t, temperature = self._clock(t, y)
        x, mesh = y.composition, self.mesh
        basis = _basis(x)
        # All that follows stands on one evaluation at the points, and one on the faces.
        sides, grow = jax.linearize(self._seen, x, temperature)
        slopes = jax.vmap(
            lambda e: grow(jnp.broadcast_to(e, x.shape), jnp.zeros_like(temperature))
        )(basis)
        nil = jax.tree.map(jnp.zeros_like, sides)
        (inner, speeds), by = jax.linearize(self._between, sides, _after(sides))
        by_left = _blocks(jax.vmap(lambda d: by(d, nil)[0])(slopes))
        by_right = _blocks(jax.vmap(lambda d: by(nil, _after(d))[0])(slopes))
        one = jnp.ones_like(t)
        clock = lambda s: self._clock(s, y)[1]
        heat = grow(jnp.zeros_like(x), jax.jvp(clock, (t,), (one,))[1])
        rest = lambda s, inner, speeds: self._assembled(
            y, inner, speeds, *self._ends(x, s, clock(s))
        )
        rate, drift = jax.jvp(rest, (t, inner, speeds), (one, *by(heat, _after(heat))))
        # A flux raises the cell on its right and lowers the one on its left.
        wide = lambda a: a[:, None, None]
        lower = wide(mesh.from_left) * jnp.roll(by_left, 1, axis=0)
        upper = -wide(mesh.to_right) * by_right
        diagonal = wide(mesh.from_left) * jnp.roll(by_right, 1, axis=0)
        diagonal -= wide(mesh.to_right) * by_left
        ends = []
        for end, into in ((0, mesh.from_lower), (-1, -mesh.from_upper)):
            near = x[end]
            wall = lambda x, e=end: self._wall(e, x, t, temperature)[0]
            slope = jax.vmap(lambda e: jax.jvp(wall, (near,), (e,))[1])(basis).T
            diagonal += wide(into) * slope[None, :-1]
            ends.append(mesh.inward[end] * slope)
        blocks = BlockTridiagonal(lower, diagonal, upper)
        follow, hold = None, None
        if y.markers is not None:
            moving = lambda x, m: self.rate(t, State(x, y.entered, m), args).markers
            follow = lambda dx: jax.jvp(lambda x: moving(x, y.markers), (x,), (dx,))[1]
            ones = jnp.ones_like(y.markers)
            hold = jax.jvp(lambda m: moving(x, m), (y.markers,), (ones,))[1]
        return _Linearised(rate, drift, blocks, jnp.stack(ends), hold, follow)

    def spectral_bound(
        self, t: Float[Array, ""], y: PyTree, args: Any
    ) -> Float[Array, ""]:
        """Largest sum of magnitudes in a row of the blocks, in 1/s; a scalar."""
        blocks = self.linearise(t, y, args).blocks
        parts = (blocks.lower, blocks.diagonal, blocks.upper)
        return jnp.max(sum(jnp.sum(jnp.abs(part), axis=-1) for part in parts))

    def _clock(self, t: Any, y: State) -> tuple[Float[Array, ""], Float[Array, ""]]:
        """Time and temperature in the precision of the field."""
        t = jnp.asarray(t)
        temperature = jnp.asarray(self.anneal.temperature_at(t))
        return t, temperature.astype(y.composition.dtype)

    def _seen(
        self, x: Float[Array, "cells n"], temperature: Float[Array, ""]
    ) -> Mixture:
        return _seen(self.flux, x, temperature)

    def _between(
        self, left: Mixture, right: Mixture
    ) -> tuple[Float[Array, "cells n"], Float[Array, " cells"]]:
        gaps = self.mesh.halves + jnp.roll(self.mesh.halves, -1)
        return _between(self.flux, left, right, gaps)

    def _ends(
        self,
        x: Float[Array, "cells n"],
        t: Float[Array, ""],
        temperature: Float[Array, ""],
    ) -> tuple[Crossing, Crossing]:
        """Fluxes through both walls, and the velocity of the lattice there."""
        lower, upper = (self._wall(end, x[end], t, temperature) for end in (0, -1))
        return lower, upper

    def _assembled(
        self,
        y: State,
        inner: Float[Array, "cells n"],
        speeds: Float[Array, " cells"],
        lower: Crossing,
        upper: Crossing,
    ) -> State:
        """The rate, from what passes the inner faces (numbered by the cell on their
        left, and one more) and both walls."""
        markers = None
        if y.markers is not None:
            everywhere = _everywhere(speeds, lower, upper)
            markers = jnp.interp(y.markers, self.faces, everywhere)
        return self._balance(inner, lower[0], upper[0], markers)

    def _wall(
        self,
        end: int,
        near: Float[Array, " n"],
        t: Float[Array, ""],
        temperature: Float[Array, ""],
    ) -> Crossing:
        """Fluxes along the axis through one wall, and the lattice's velocity there."""
        mesh, flux, wall = self.mesh, self.flux, self.walls.x[end]
        sign = -1 if end == 0 else 1
        spot = Spot(t, mesh.ends[end])

        def leaving(at_wall):
            left, right = flux.seen(near, temperature), flux.seen(at_wall, temperature)
            if end == 0:
                left, right = right, left
            found = flux.through(left, right, mesh.halves[end])
            return jax.tree.map(lambda v: sign * v, found)

        outward = wall.outward_flux(near, lambda x: leaving(x)[0], spot)
        if isinstance(wall, FixedFlux):
            # What is given may be a function, which nobody could check.
            outward = outward.at[-1].set(-jnp.sum(outward[:-1]))
        if isinstance(wall, FixedValue):
            speed = wall.outward_flux(near, lambda x: leaving(x)[1], spot)
        else:
            speed = jnp.zeros_like(near[0])
        return sign * outward, sign * speed

    def _balance(
        self,
        inner: Float[Array, "cells n"],
        lower: Float[Array, " n"],
        upper: Float[Array, " n"],
        markers: Float[Array, " markers"] | None,
    ) -> State:
        mesh, wide = self.mesh, lambda a: a[:, None]
        rate = wide(mesh.from_left) * jnp.roll(inner, 1, axis=0)
        rate -= wide(mesh.to_right) * inner
        rate += wide(mesh.from_lower) * lower[None]
        rate -= wide(mesh.from_upper) * upper[None]
        return State(rate, wide(mesh.inward) * jnp.stack([lower, upper]), markers)


class _Linearised(AbstractLinearised):
    """Blocks of the field, and what walls and markers make of its changes."""

    rate: State
    drift: State
    blocks: BlockTridiagonal
    ends: Float[Array, "2 n k"]
    hold: Float[Array, " markers"] | None
    follow: Callable | None

    def solver(
        self, shift: Float[Array, ""], preconditioner: Any = None
    ) -> Callable[[PyTree], PyTree]:
        """One elimination; two sweeps per right-hand side."""
        del preconditioner
        b = self.blocks
        one = jnp.eye(b.diagonal.shape[-1], dtype=b.diagonal.dtype)
        factored = BlockTridiagonal(
            -b.lower, shift * one[None] - b.diagonal, -b.upper
        ).factor()

        def solve(right: State) -> State:
            free = factored.solve(right.composition[:, :-1])
            change = jnp.concatenate(
                [free, -jnp.sum(free, axis=1, keepdims=True)], axis=1
            )
            gains = jnp.stack([self.ends[0] @ free[0], self.ends[1] @ free[-1]])
            markers = None
            if right.markers is not None:
                assert self.follow is not None and self.hold is not None
                moved = right.markers + self.follow(change)
                markers = moved / (shift - self.hold)
            return State(change, (right.entered + gains) / shift, markers)

        return solve

    def split_solver(self, shift: Float[Array, ""]) -> Callable[[PyTree], PyTree]:
        """The exact inverse: there is one axis only."""
        return self.solver(shift)


def _basis(x: Float[Array, "cells n"]) -> Float[Array, "k n"]:
    """Changes of a mixture: one component more, the last one less."""
    n = x.shape[-1]
    return jnp.eye(n, dtype=x.dtype)[:-1].at[:, -1].set(-1.0)


# Compiled functions of their own, so that they are traced once for all stages.
@eqx.filter_jit
def _seen(
    flux: Counterflow, x: Float[Array, "cells n"], temperature: Float[Array, ""]
) -> Mixture:
    at = lambda fractions: flux.seen(fractions, temperature)
    return once(lambda: jax.vmap(at)(x), x[0, 0])


@eqx.filter_jit
def _between(
    flux: Counterflow, left: Mixture, right: Mixture, gaps: Float[Array, " cells"]
) -> Crossings:
    return jax.vmap(flux.through)(left, right, gaps)


def _everywhere(
    speeds: Float[Array, " cells"], lower: Crossing, upper: Crossing
) -> Float[Array, " faces"]:
    """Velocities of the lattice at all faces, walls included."""
    return jnp.concatenate([lower[1][None], speeds[:-1], upper[1][None]])


def _after(sides: Mixture) -> Mixture:
    return jax.tree.map(lambda x: jnp.roll(x, -1, axis=0), sides)


def _blocks(columns: Float[Array, "k cells n"]) -> Float[Array, "cells k k"]:
    return jnp.moveaxis(columns[:, :, :-1], 0, -1)
