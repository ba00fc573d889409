r"""Interdiffusion with vacancies out of equilibrium, along one axis, as a term in time.

A cell holds the n fractions of its atoms, its vacancies, and its pores if there are
any. The matrix of a step has blocks of n (or n + 1) unknowns: the last fraction makes
up the sum. What is not local, the way of the lattice and of markers in it, only follows
the field.
"""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from ..fluxes import VacancyExchange, VacantMixture
from ..grid import FixedFlux, FixedValue, Grid, Spot, Walls
from ..linear import BlockTridiagonal
from ..stepping import AbstractLinearised, AbstractStructuredTerm
from ._diffusion_term import LineMesh
from ._equation import State
from ._fence import once
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
        t, temperature = self._clock(t, y)
        field, mesh = y.composition, self.mesh
        wide = lambda a: a[:, None]
        sides = self._seen(field, temperature)
        inner = self._between(sides, _after(sides))
        ends, made = self._outside(field, t, temperature)
        rate = wide(mesh.from_left) * jnp.roll(inner, 1, axis=0)
        rate -= wide(mesh.to_right) * inner
        rate += wide(mesh.from_lower) * ends[:1] - wide(mesh.from_upper) * ends[1:]
        rate = rate + jnp.sum(made, axis=1)
        return State(rate, *self._tail(field, y.markers, ends, made))

    def velocity(self, t: Float[Array, ""], y: State) -> Float[Array, " faces"]:
        """Velocity of the lattice at all faces, in m/s; shape `(cells + 1,)`.

        **Arguments:**

        - `t`: in s; a scalar.
        - `y`: the state.
        """
        t, temperature = self._clock(t, y)
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

    def linearise(self, t: Float[Array, ""], y: PyTree, args: Any) -> "_Linearised":
        """Rate, its time derivative and its exact blocks, face by face."""
        t = jnp.asarray(t)
        at_time = lambda s: self.rate(s, y, args)
        rate, drift = jax.jvp(at_time, (t,), (jnp.ones_like(t),))
        t, temperature = self._clock(t, y)
        field, mesh = y.composition, self.mesh
        basis = self._basis(field)
        everywhere = lambda e: jnp.broadcast_to(e, field.shape)
        sides, grow = jax.linearize(lambda x: self._seen(x, temperature), field)
        slopes = jax.vmap(lambda e: grow(everywhere(e)))(basis)
        nil = jax.tree.map(jnp.zeros_like, sides)
        after = _after(sides)
        by = lambda *seeds: jax.jvp(self._between, (sides, after), seeds)[1]
        by_left = self._blocks(jax.vmap(lambda d: by(d, nil))(slopes))
        by_right = self._blocks(jax.vmap(lambda d: by(nil, _after(d)))(slopes))
        # A flux raises the cell on its right and lowers the one on its left.
        wide = lambda a: a[:, None, None]
        lower = wide(mesh.from_left) * jnp.roll(by_left, 1, axis=0)
        upper = -wide(mesh.to_right) * by_right
        diagonal = wide(mesh.from_left) * jnp.roll(by_right, 1, axis=0)
        diagonal -= wide(mesh.to_right) * by_left
        made = lambda x: jnp.sum(self._made(x, temperature), axis=1)
        grown = lambda e: jax.jvp(made, (field,), (everywhere(e),))[1]
        diagonal += self._blocks(jax.vmap(grown)(basis))
        for end, into in ((0, mesh.from_lower), (-1, -mesh.from_upper)):
            wall = lambda x, e=end: self._wall(e, x, t, temperature)
            slope = jax.vmap(lambda e: jax.jvp(wall, (field[end],), (e,))[1])(basis)
            diagonal += wide(into) * self._blocks(slope[:, None])

        def tail(x, markers):
            return self._tail(x, markers, *self._outside(x, t, temperature))

        follow = jax.linearize(lambda x: tail(x, y.markers), field)[1]
        hold = None
        if y.markers is not None:
            moved = lambda m: tail(field, m)[1]
            hold = jax.jvp(moved, (y.markers,), (jnp.ones_like(y.markers),))[1]
        blocks = BlockTridiagonal(lower, diagonal, upper)
        return _Linearised(rate, drift, blocks, basis, self._kinds - 1, hold, follow)

    def spectral_bound(
        self, t: Float[Array, ""], y: PyTree, args: Any
    ) -> Float[Array, ""]:
        """Largest sum of magnitudes in a row of the blocks, in 1/s; a scalar."""
        blocks = self.linearise(t, y, args).blocks
        parts = (blocks.lower, blocks.diagonal, blocks.upper)
        return jnp.max(sum(jnp.sum(jnp.abs(part), axis=-1) for part in parts))

    @property
    def _kinds(self) -> int:
        return len(self.flux.law.components)

    def _basis(self, field: Float[Array, "cells k"]) -> Float[Array, "free k"]:
        """Changes of a cell: one component more and the last one less; vacancies."""
        n, one = self._kinds, jnp.eye(field.shape[-1], dtype=field.dtype)
        return jnp.delete(one, n - 1, axis=0).at[: n - 1, n - 1].set(-1.0)

    def _blocks(self, columns: Float[Array, "free cells k"]) -> Array:
        return jnp.moveaxis(_without(columns, self._kinds - 1), 0, -1)

    def _clock(self, t: Any, y: State) -> tuple[Float[Array, ""], Float[Array, ""]]:
        """Time and temperature in the precision of the field."""
        t = jnp.asarray(t)
        temperature = jnp.asarray(self.anneal.temperature_at(t))
        return t, temperature.astype(y.composition.dtype)

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

        outward = wall.outward_flux(near, lambda x: leaving(x)[0], spot)
        vacancies = jnp.zeros_like(row[0])
        if isinstance(wall, FixedFlux):
            # What is given may be a function, which nobody could check.
            outward = outward.at[-1].set(-jnp.sum(outward[:-1]))
        if isinstance(wall, FixedValue):
            vacancies = wall.outward_flux(near, lambda x: leaving(x)[1], spot)
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


class _Linearised(AbstractLinearised):
    """Blocks of the field, and what walls, sinks and markers make of its changes."""

    rate: State
    drift: State
    blocks: BlockTridiagonal
    basis: Float[Array, "free k"]
    dependent: int = eqx.field(static=True)
    hold: Float[Array, " markers"] | None
    follow: Callable

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
            free = factored.solve(_without(right.composition, self.dependent))
            change = free @ self.basis
            entered, moved = self.follow(change)
            markers = None
            if right.markers is not None:
                assert self.hold is not None
                markers = (right.markers + moved) / (shift - self.hold)
            return State(change, (right.entered + entered) / shift, markers)

        return solve

    def split_solver(self, shift: Float[Array, ""]) -> Callable[[PyTree], PyTree]:
        """The exact inverse: there is one axis only."""
        return self.solver(shift)


def _without(columns: Float[Array, "... k"], index: int) -> Float[Array, "... free"]:
    return jnp.concatenate([columns[..., :index], columns[..., index + 1 :]], axis=-1)


def _after(sides: _Side) -> _Side:
    return jax.tree.map(lambda x: jnp.roll(x, -1, axis=0), sides)
