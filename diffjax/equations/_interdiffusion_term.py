r"""Interdiffusion along one axis, as a term in time.

Here the counterflow of components is mapped over the faces of one axis. The state holds
all n fractions of a cell; what is eliminated are blocks of the first n - 1, since every
change of a mixture sums to zero.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from ..fluxes import Counterflow, Mixture
from ..grid import Grid, Spot, Walls
from ..linear import BlockTridiagonal
from ..stepping import AbstractStructuredTerm
from ._diffusion_term import LineMesh
from ._equation import clock, State
from ._fence import once
from ._mixture_line import (
    after,
    blocks_of,
    changes,
    LinearisedMixture,
    through_wall,
)


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
        t, temperature = clock(self.anneal, t, y.composition.dtype)
        sides = self._seen(y.composition, temperature)
        ends = self._ends(y.composition, t, temperature)
        return self._assembled(y, *self._between(sides, after(sides)), *ends)

    def velocity(self, t: Float[Array, ""], y: State) -> Float[Array, " faces"]:
        """Velocity of the lattice at all faces, in m/s; shape `(cells + 1,)`.

        **Arguments:**

        - `t`: in s; a scalar.
        - `y`: the state.
        """
        t, temperature = clock(self.anneal, t, y.composition.dtype)
        sides = self._seen(y.composition, temperature)
        ends = self._ends(y.composition, t, temperature)
        return _everywhere(self._between(sides, after(sides))[1], *ends)

    def linearise(self, t: Float[Array, ""], y: PyTree, args: Any) -> LinearisedMixture:
        """Rate, its time derivative and its exact blocks, face by face."""
        t, temperature = clock(self.anneal, t, y.composition.dtype)
        x, mesh = y.composition, self.mesh
        last = x.shape[-1] - 1
        basis = changes(last + 1, last, x.dtype)
        # All that follows stands on one evaluation at the points, and one on the faces.
        sides, grow = jax.linearize(self._seen, x, temperature)
        slopes = jax.vmap(
            lambda e: grow(jnp.broadcast_to(e, x.shape), jnp.zeros_like(temperature))
        )(basis)
        nil = jax.tree.map(jnp.zeros_like, sides)
        (inner, speeds), by = jax.linearize(self._between, sides, after(sides))
        by_left = blocks_of(jax.vmap(lambda d: by(d, nil)[0])(slopes), last)
        by_right = blocks_of(jax.vmap(lambda d: by(nil, after(d))[0])(slopes), last)
        one = jnp.ones_like(t)
        warmth = lambda s: clock(self.anneal, s, x.dtype)[1]
        heat = grow(jnp.zeros_like(x), jax.jvp(warmth, (t,), (one,))[1])
        rest = lambda s, inner, speeds: self._assembled(
            y, inner, speeds, *self._ends(x, s, warmth(s))
        )
        rate, drift = jax.jvp(rest, (t, inner, speeds), (one, *by(heat, after(heat))))
        lower, diagonal, upper = mesh.bands(by_left, by_right)
        ends = []
        for end, into in ((0, mesh.from_lower), (-1, -mesh.from_upper)):
            near = x[end]
            wall = lambda x, e=end: self._wall(e, x, t, temperature)[0]
            slope = jax.vmap(lambda e: jax.jvp(wall, (near,), (e,))[1])(basis).T
            diagonal += into[:, None, None] * slope[None, :-1]
            ends.append(mesh.inward[end] * slope)
        blocks = BlockTridiagonal(lower, diagonal, upper)
        moving = lambda x, m: self.rate(t, State(x, y.entered, m), args).markers

        def follow(dx):
            gains = [by_end @ dx[end, :last] for by_end, end in zip(ends, (0, -1))]
            moved = None
            if y.markers is not None:
                moved = jax.jvp(lambda x: moving(x, y.markers), (x,), (dx,))[1]
            return jnp.stack(gains), moved

        hold = None
        if y.markers is not None:
            ones = jnp.ones_like(y.markers)
            hold = jax.jvp(lambda m: moving(x, m), (y.markers,), (ones,))[1]
        return LinearisedMixture(rate, drift, blocks, last, hold, follow)

    def spectral_bound(
        self, t: Float[Array, ""], y: PyTree, args: Any
    ) -> Float[Array, ""]:
        """Largest sum of magnitudes in a row of the blocks, in 1/s; a scalar."""
        return self.linearise(t, y, args).blocks.largest_row

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
        ends = jnp.stack([lower[0], upper[0]])
        return State(*self.mesh.balance(inner, ends), markers)

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

        outward, speed = through_wall(wall, near, leaving, spot)
        return sign * outward, sign * speed


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
