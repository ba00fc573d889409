r"""Interdiffusion on a grid that moves with the lattice, as a term in time.

A cell is a piece of lattice and holds amounts, which are free of each other: blocks are
of all n. Its fractions and its width both follow from them, so that everything a face
needs to know is in the two cells beside it.
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
from ._mixture_line import after, blocks_of, changes, LinearisedMixture


class _Side(eqx.Module):
    """What a face needs to know of a cell beside it."""

    mixture: Mixture
    stretch: Float[Array, "*points"]


class LatticeInterdiffusionTerm(AbstractStructuredTerm):
    """[`diffjax.equations.LatticeInterdiffusion`][] on a grid, as a diffrax term."""

    flux: Counterflow
    walls: Walls
    anneal: PyTree
    mesh: LineMesh

    def __init__(self, flux: Counterflow, walls: Walls, grid: Grid, anneal: PyTree):
        self.flux, self.walls, self.anneal = flux, walls, anneal
        self.mesh = LineMesh(grid, False)

    def rate(self, t: Float[Array, ""], y: PyTree, args: Any) -> PyTree:
        """Rate of change of a [`diffjax.equations.State`][], in its unit per s."""
        del args
        t, temperature = clock(self.anneal, t, y.composition.dtype)
        sides = self._seen(y.composition, temperature)
        return self._assembled(y, self._between(sides, after(sides)), t)

    def linearise(self, t: Float[Array, ""], y: PyTree, args: Any) -> LinearisedMixture:
        """Rate, its time derivative and its exact blocks, face by face."""
        del args
        t, temperature = clock(self.anneal, t, y.composition.dtype)
        u = y.composition
        basis = changes(u.shape[-1], None, u.dtype)
        # All that follows stands on one evaluation in the cells, and one on the faces.
        sides, grow = jax.linearize(self._seen, u, temperature)
        slopes = jax.vmap(
            lambda e: grow(jnp.broadcast_to(e, u.shape), jnp.zeros_like(temperature))
        )(basis)
        nil = jax.tree.map(jnp.zeros_like, sides)
        inner, by = jax.linearize(self._between, sides, after(sides))
        by_left = blocks_of(jax.vmap(lambda d: by(d, nil))(slopes), None)
        by_right = blocks_of(jax.vmap(lambda d: by(nil, after(d)))(slopes), None)
        one = jnp.ones_like(t)
        warmth = lambda s: clock(self.anneal, s, u.dtype)[1]
        heat = grow(jnp.zeros_like(u), jax.jvp(warmth, (t,), (one,))[1])
        rate, drift = jax.jvp(
            lambda s, inner: self._assembled(y, inner, s),
            (t, inner),
            (one, by(heat, after(heat))),
        )
        blocks = BlockTridiagonal(*self.mesh.bands(by_left, by_right))
        # What passes the walls is given, whatever the field.
        still = jnp.zeros_like(y.entered)
        return LinearisedMixture(
            rate, drift, blocks, None, None, lambda du: (still, None)
        )

    def spectral_bound(
        self, t: Float[Array, ""], y: PyTree, args: Any
    ) -> Float[Array, ""]:
        """Largest sum of magnitudes in a row of the blocks, in 1/s; a scalar."""
        return self.linearise(t, y, args).blocks.largest_row

    def _seen(self, u: Float[Array, "cells n"], temperature: Float[Array, ""]) -> _Side:
        return _seen(self.flux, u, temperature)

    def _between(self, left: _Side, right: _Side) -> Float[Array, "cells n"]:
        return _between(self.flux, left, right, self.mesh.halves)

    def _assembled(
        self, y: State, inner: Float[Array, "cells n"], t: Float[Array, ""]
    ) -> State:
        """The rate, from what passes the inner faces (numbered by the cell on their
        left, and one more) and from what the walls are told."""
        ends = []
        for end, sign in ((0, -1), (-1, 1)):
            spot = Spot(t, self.mesh.ends[end])
            wall, near = self.walls.x[end], jnp.zeros_like(y.composition[end])
            ends.append(sign * wall.outward_flux(near, jnp.zeros_like, spot))
        return State(*self.mesh.balance(inner, jnp.stack(ends)))


# Compiled functions of their own, so that they are traced once for all stages.
@eqx.filter_jit
def _seen(
    flux: Counterflow, u: Float[Array, "cells n"], temperature: Float[Array, ""]
) -> _Side:
    def at(row):
        stretch = jnp.sum(row)
        return _Side(flux.seen(row / stretch, temperature), stretch)

    return once(lambda: jax.vmap(at)(u), u[0, 0])


@eqx.filter_jit
def _between(
    flux: Counterflow, left: _Side, right: _Side, halves: Float[Array, " cells"]
) -> Float[Array, "cells n"]:
    def at(left, right, half, next_half):
        gap = half * left.stretch + next_half * right.stretch
        return flux.in_lattice(left.mixture, right.mixture, gap)

    return jax.vmap(at)(left, right, halves, jnp.roll(halves, -1))
