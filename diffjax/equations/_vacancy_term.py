r"""Interdiffusion with vacancies out of equilibrium, along one axis, as a term in time.

A cell holds the n fractions of its atoms, its vacancies, and its pores if there are
any. The matrix of a step has blocks of n (or n + 1) unknowns: the last fraction makes
up the sum. What is not local, the way of the lattice and of markers in it, only follows
the field.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from ..fluxes import VacancyExchange, VacantMixture
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
from ._vacancy_sinks import VacancySinks


class _Side(eqx.Module):
    """What a face needs to know of a cell beside it."""

    vacant: VacantMixture
    pores: Float[Array, "*points"]


class VacancyInterdiffusionTerm(AbstractStructuredTerm):
    """[`diffjax.equations.VacancyInterdiffusion`][] on a grid, as a diffrax term."""

    flux: VacancyExchange
    sinks: VacancySinks
    walls: Walls
    anneal: PyTree
    mesh: LineMesh
    grid: Grid

    def __init__(
        self,
        flux: VacancyExchange,
        sinks: VacancySinks,
        walls: Walls,
        grid: Grid,
        anneal: PyTree,
    ):
        self.flux, self.sinks, self.walls = flux, sinks, walls
        self.anneal, self.mesh, self.grid = anneal, LineMesh(grid, False), grid

    def rate(self, t: Float[Array, ""], y: PyTree, args: Any) -> PyTree:
        """Rate of change of a [`diffjax.equations.State`][], in its unit per s."""
        del args
        t, temperature = clock(self.anneal, t, y.composition.dtype)
        field = y.composition
        sides = self._seen(field, temperature)
        inner = self._between(sides, after(sides))
        ends, made = self._outside(field, t, temperature)
        rate = self.mesh.balance(inner, ends)[0] + jnp.sum(made, axis=1)
        return State(rate, *self._tail(field, y.markers, ends, made))

    def velocity(self, t: Float[Array, ""], y: State) -> Float[Array, " faces"]:
        """Velocity of the lattice at all faces, in m/s; shape `(cells + 1,)`.

        **Arguments:**

        - `t`: in s; a scalar.
        - `y`: the state.
        """
        t, temperature = clock(self.anneal, t, y.composition.dtype)
        ends, made = self._outside(y.composition, t, temperature)
        return self._speeds(made[:, 0, self._kinds], ends[0, self._kinds])

    def places(self, field: Float[Array, "cells k"]) -> Float[Array, " faces"]:
        """Where the faces are once pores have made room for themselves, in m.

        **Arguments:**

        - `field`: as of the state; shape `(cells, k)`.

        **Returns:** shape `(cells + 1,)`; the lower wall rests.
        """
        faces = self.grid.faces
        if self.sinks.pores is None:
            return faces
        power = {"planar": 1, "cylindrical": 2, "spherical": 3}[self.grid.geometry]
        powers = faces**power
        swollen = 1 + self.sinks.unit * field[:, -1]
        outer = powers[0] + jnp.cumsum(swollen * (powers[1:] - powers[:-1]))
        if power > 1:
            outer = outer ** (1 / power)
        return jnp.concatenate([faces[:1], outer])

    def supersaturation(
        self, t: Float[Array, ""], field: Float[Array, "cells k"]
    ) -> Float[Array, " cells"]:
        """$c_v / c_v^{eq}$ in all cells, no unit; shape `(cells,)`.

        **Arguments:**

        - `t`: in s; a scalar.
        - `field`: as of the state; shape `(cells, k)`.
        """
        temperature = self.anneal.temperature_at(t).astype(field.dtype)
        at = lambda row, x: self._local(row, temperature, x)[0]
        return jax.vmap(at)(field, self.mesh.centres)

    def linearise(self, t: Float[Array, ""], y: PyTree, args: Any) -> LinearisedMixture:
        """Rate, its time derivative and its exact blocks, face by face."""
        t = jnp.asarray(t)
        at_time = lambda s: self.rate(s, y, args)
        rate, drift = jax.jvp(at_time, (t,), (jnp.ones_like(t),))
        t, temperature = clock(self.anneal, t, y.composition.dtype)
        field, mesh = y.composition, self.mesh
        last = self._kinds - 1
        basis = changes(field.shape[-1], last, field.dtype)
        everywhere = lambda e: jnp.broadcast_to(e, field.shape)
        sides, grow = jax.linearize(lambda x: self._seen(x, temperature), field)
        slopes = jax.vmap(lambda e: grow(everywhere(e)))(basis)
        nil = jax.tree.map(jnp.zeros_like, sides)
        beside = after(sides)
        by = lambda *seeds: jax.jvp(self._between, (sides, beside), seeds)[1]
        by_left = blocks_of(jax.vmap(lambda d: by(d, nil))(slopes), last)
        by_right = blocks_of(jax.vmap(lambda d: by(nil, after(d)))(slopes), last)
        lower, diagonal, upper = mesh.bands(by_left, by_right)
        made = lambda x: jnp.sum(self._made(x, temperature), axis=1)
        grown = lambda e: jax.jvp(made, (field,), (everywhere(e),))[1]
        diagonal += blocks_of(jax.vmap(grown)(basis), last)
        for end, into in ((0, mesh.from_lower), (-1, -mesh.from_upper)):
            wall = lambda x, e=end: self._wall(e, x, t, temperature)
            slope = jax.vmap(lambda e: jax.jvp(wall, (field[end],), (e,))[1])(basis)
            diagonal += into[:, None, None] * blocks_of(slope[:, None], last)

        def tail(x, markers):
            return self._tail(x, markers, *self._outside(x, t, temperature))

        follow = jax.linearize(lambda x: tail(x, y.markers), field)[1]
        hold = None
        if y.markers is not None:
            moved = lambda m: tail(field, m)[1]
            hold = jax.jvp(moved, (y.markers,), (jnp.ones_like(y.markers),))[1]
        blocks = BlockTridiagonal(lower, diagonal, upper)
        return LinearisedMixture(rate, drift, blocks, last, hold, follow)

    def spectral_bound(
        self, t: Float[Array, ""], y: PyTree, args: Any
    ) -> Float[Array, ""]:
        """Largest sum of magnitudes in a row of the blocks, in 1/s; a scalar."""
        return self.linearise(t, y, args).blocks.largest_row

    @property
    def _kinds(self) -> int:
        return len(self.flux.law.components)

    def _local(self, row: Float[Array, " k"], temperature: Any, x: Any) -> Any:
        """Supersaturation and equilibrium at one point."""
        n = self._kinds
        equal = self.sinks.equilibrium_at(row[:n], temperature, x)
        return row[n] * (self.sinks.unit / equal), equal

    def _look(self, row: Float[Array, " k"], temperature: Any, x: Any) -> _Side:
        n = self._kinds
        s, _ = self._local(row, temperature, x)
        pores = jnp.zeros_like(s) if self.sinks.pores is None else row[n + 1]
        return _Side(self.flux.seen(row[:n], s, temperature), pores)

    def _seen(self, field: Float[Array, "cells k"], temperature: Any) -> _Side:
        at = lambda row, x: self._look(row, temperature, x)
        return once(lambda: jax.vmap(at)(field, self.mesh.centres), field[0, 0])

    def _between(self, left: _Side, right: _Side) -> Float[Array, "cells k"]:
        gaps = self.mesh.halves + jnp.roll(self.mesh.halves, -1)
        return jax.vmap(self._through)(left, right, gaps)

    def _through(
        self, left: _Side, right: _Side, gap: Float[Array, ""]
    ) -> Float[Array, " k"]:
        """What passes one face, in the number-fixed frame."""
        atoms, vacancies = self.flux.through(left.vacant, right.vacant, gap)
        parts = [atoms, (vacancies / self.sinks.unit)[None]]
        if self.sinks.pores is not None:
            # Pores sit in the lattice, which moves at the vacancies' pace here.
            swept = jnp.where(vacancies > 0, left.pores, right.pores) * vacancies
            parts.append(swept[None])
        return jnp.concatenate(parts)

    def _made(
        self, field: Float[Array, "cells k"], temperature: Float[Array, ""]
    ) -> Float[Array, "cells 2 k"]:
        """What sinks and pores make of each kind in all cells, in 1/s."""
        law, sinks, n = self.flux.law, self.sinks, self._kinds
        gain = 1.0 if law.wind is None else 1 + law.wind

        def at(row, x):
            s, equal = self._local(row, temperature, x)
            hops = row[:n] @ law.tracers_at(row[:n], temperature)
            sites = sinks.exchange_at(gain * hops, equal, temperature, x) * (1 - s)
            from_sinks = jnp.zeros_like(row).at[n].set(sites / sinks.unit)
            to_pores = jnp.zeros_like(row)
            if sinks.pores is not None:
                grown = sinks.pores.growth(sinks.unit * row[n + 1], s, equal)
                taken = jnp.stack([-grown, grown]) / sinks.unit
                to_pores = to_pores.at[n:].set(taken)
            return jnp.stack([from_sinks, to_pores])

        return once(lambda: jax.vmap(at)(field, self.mesh.centres), field[0, 0])

    def _outside(
        self, field: Float[Array, "cells k"], t: Any, temperature: Any
    ) -> tuple[Float[Array, "2 k"], Float[Array, "cells 2 k"]]:
        """What passes both walls along the axis, and what sinks and pores make."""
        ends = [self._wall(e, field[e], t, temperature) for e in (0, -1)]
        return jnp.stack(ends), self._made(field, temperature)

    def _tail(
        self, field: Array, markers: Array | None, ends: Array, made: Array
    ) -> tuple[Float[Array, "4 k"], Float[Array, " markers"] | None]:
        """Rates of what has entered, and of the markers."""
        mesh, n = self.mesh, self._kinds
        by_each = jnp.einsum("c,cep->ep", mesh.volumes, made)
        entered = jnp.concatenate([mesh.inward[:, None] * ends, by_each])
        if markers is None:
            return entered, None
        speeds = self._speeds(made[:, 0, n], ends[0, n])
        return entered, jnp.interp(markers, self.places(field), speeds)

    def _wall(
        self, end: int, row: Float[Array, " k"], t: Any, temperature: Any
    ) -> Float[Array, " k"]:
        """What passes one wall along the axis."""
        mesh, wall, n = self.mesh, self.walls.x[end], self._kinds
        sign, near = -1 if end == 0 else 1, row[:n]
        spot = Spot(t, mesh.ends[end])

        def leaving(at_wall):
            # A held wall is a surface: vacancies are at equilibrium there.
            side = self._look(row, temperature, mesh.centres[end]).vacant
            other = self.flux.seen(at_wall, jnp.ones_like(row[0]), temperature)
            pair = (other, side) if end == 0 else (side, other)
            found = self.flux.through(*pair, mesh.halves[end])
            return jax.tree.map(lambda v: sign * v, found)

        outward, vacancies = through_wall(wall, near, leaving, spot)
        rest = jnp.zeros_like(row[n:]).at[0].set(vacancies / self.sinks.unit)
        return sign * jnp.concatenate([outward, rest])

    def _speeds(
        self, made: Float[Array, " cells"], at_wall: Float[Array, ""]
    ) -> Float[Array, " faces"]:
        """The lattice's velocity at the faces, from the sites made below them."""
        areas, unit = self.grid.areas, self.sinks.unit
        first = areas[:1] * at_wall
        grown = jnp.cumsum(jnp.concatenate([first, made * self.mesh.volumes]))
        open_ = areas > 0
        return unit * jnp.where(open_, grown / jnp.where(open_, areas, 1.0), 0.0)
