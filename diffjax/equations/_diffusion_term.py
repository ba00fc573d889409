r"""Diffusion along one axis, as a term in time.

Here a flux is mapped over the faces of one axis: a flux sees one face at a time
(`fluxes/`), a law one point (`diffusivity/`).
"""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PyTree

from ..diffusivity import Point
from ..fluxes import AbstractFlux, Face, level_of
from ..grid import Grid, Spot, Walls
from ..linear import Tridiagonal
from ..stepping import AbstractLinearised, AbstractStructuredTerm
from ._equation import clock, State
from ._fence import once
from ._inner import Held, Source


class LineMesh(eqx.Module):
    """What the loop needs of a grid, computed once.

    Inner faces are numbered by the cell on their left; the last of them joins the last
    cell to the first, and counts on periodic axes only.
    """

    centres: Float[Array, " cells"]
    halves: Float[Array, " cells"]
    ends: Float[Array, " 2"]
    inward: Float[Array, " 2"]
    from_left: Float[Array, " cells"]
    to_right: Float[Array, " cells"]
    volumes: Float[Array, " cells"]
    from_lower: Float[Array, " cells"]
    from_upper: Float[Array, " cells"]

    def __init__(self, grid: Grid, periodic: bool):
        areas, volumes = grid.areas, grid.volumes
        self.volumes = volumes
        self.centres, self.halves = grid.centres, 0.5 * grid.widths
        self.ends = jnp.stack([grid.lower, grid.upper])
        # Along the axis means in through the lower wall, out through the upper.
        self.inward = jnp.stack([areas[0], -areas[-1]])
        # Areas over volumes (1/m), so that nothing tiny is formed on the way.
        first = np.arange(grid.cells) == 0
        last = first[::-1]
        lower, upper = areas[:-1] / volumes, areas[1:] / volumes
        self.from_lower = jnp.where(first & (not periodic), lower, 0.0)
        self.from_upper = jnp.where(last & (not periodic), upper, 0.0)
        self.from_left = lower - self.from_lower
        self.to_right = upper - self.from_upper

    def balance(
        self, inner: Float[Array, "cells ..."], ends: Float[Array, "2 ..."]
    ) -> tuple[Float[Array, "cells ..."], Float[Array, "2 ..."]]:
        """What fluxes (composition times m/s, of one or several components) through the
        inner faces and the two walls make of the cells, in composition per s, and what
        enters through the walls, in composition times volume per s."""
        wide = lambda a: a.reshape(*a.shape, *[1] * (inner.ndim - 1))
        rate = wide(self.from_left) * jnp.roll(inner, 1, axis=0)
        rate -= wide(self.to_right) * inner
        rate += wide(self.from_lower) * ends[:1] - wide(self.from_upper) * ends[1:]
        return rate, wide(self.inward) * ends

    def bands(
        self, by_left: Float[Array, "cells ..."], by_right: Float[Array, "cells ..."]
    ) -> tuple[Array, Array, Array]:
        """Lower, diagonal and upper band, or blocks of these, in 1/s, out of the slopes
        of each inner face's flux by the cell on its left and on its right (m/s)."""
        wide = lambda a: a.reshape(*a.shape, *[1] * (by_left.ndim - 1))
        from_left, to_right = wide(self.from_left), wide(self.to_right)
        # A flux raises the cell on its right and lowers the one on its left.
        lower = from_left * jnp.roll(by_left, 1, axis=0)
        diagonal = from_left * jnp.roll(by_right, 1, axis=0) - to_right * by_left
        return lower, diagonal, -to_right * by_right


class DiffusionTerm(AbstractStructuredTerm):
    """[`diffjax.equations.Diffusion`][] on a grid, as a diffrax term."""

    flux: AbstractFlux
    walls: Walls
    source: Source | None
    held: Held | None
    anneal: PyTree
    mesh: LineMesh

    def __init__(
        self,
        flux: AbstractFlux,
        walls: Walls,
        source: Source | None,
        held: Held | None,
        grid: Grid,
        anneal: PyTree,
    ):
        self.flux, self.walls, self.source, self.held = flux, walls, source, held
        self.anneal, self.mesh = anneal, LineMesh(grid, walls.periodic)

    def rate(self, t: Float[Array, ""], y: PyTree, args: Any) -> PyTree:
        """Rate of change of a [`diffjax.equations.State`][], in its unit per s."""
        del args
        t, temperature = clock(self.anneal, t, y.composition.dtype)
        c = y.composition
        inner = self._through(self._faces(c, *self._seen(c, t, temperature)))
        if self.walls.periodic:
            ends = jnp.stack([inner[-1], inner[-1]])
        else:
            walls = [self._wall(end, c[end], t, temperature) for end in (0, -1)]
            ends = jnp.stack(walls)
        return self._within(State(*self.mesh.balance(inner, ends)), t, c, temperature)

    def linearise(self, t: Float[Array, ""], y: PyTree, args: Any) -> "_Linearised":
        """Rate, its time derivative and its exact bands, face by face."""
        drift = jax.jvp(
            lambda s: self.rate(s, y, args),
            (jnp.asarray(t),),
            (jnp.ones_like(jnp.asarray(t)),),
        )[1]
        t, temperature = clock(self.anneal, t, y.composition.dtype)
        c, mesh = y.composition, self.mesh
        one, nil = jnp.ones_like(c), jnp.zeros_like(c)
        seen = lambda x: self._seen(x, t, temperature)
        (k, level), (dk, slope) = jax.jvp(seen, (c,), (one,))
        faces = self._faces(c, k, level)
        slope = nil if slope is None else slope
        after = lambda x: jnp.roll(x, -1)
        by_left_side = Face(one, nil, dk, nil, nil, nil, -slope)
        by_right_side = Face(nil, one, nil, after(dk), nil, nil, after(slope))
        inner, by_left = jax.jvp(self._through, (faces,), (by_left_side,))
        _, by_right = jax.jvp(self._through, (faces,), (by_right_side,))
        lower, diagonal, upper = mesh.bands(by_left, by_right)
        cyclic = self.walls.periodic
        if cyclic:
            ends = jnp.stack([inner[-1], inner[-1]])
            slopes = jnp.stack([jnp.stack([by_right[-1], by_left[-1]])] * 2)
        else:
            (low, low_slope), (high, high_slope) = (
                jax.jvp(
                    lambda x, e=end: self._wall(e, x, t, temperature),
                    (c[end],),
                    (one[end],),
                )
                for end in (0, -1)
            )
            ends = jnp.stack([low, high])
            slopes = jnp.diag(jnp.stack([low_slope, high_slope]))
            diagonal += mesh.from_lower * low_slope - mesh.from_upper * high_slope
        rows = []
        if self.source is not None:
            made = lambda x: self._made(t, x, temperature)
            slope = jax.jvp(made, (c,), (one,))[1]
            diagonal = diagonal + slope
            rows.append(slope * mesh.volumes)
        if self.held is not None:
            free = jnp.where(self.held.where, 0.0, 1.0).astype(c.dtype)
            # What would change the held cells leaves through them.
            moved = Tridiagonal(lower, diagonal, upper, cyclic)
            rows.append(-moved.transposed.mv((1 - free) * mesh.volumes))
            lower, diagonal, upper = free * lower, free * diagonal, free * upper
        return _Linearised(
            self._within(State(*self.mesh.balance(inner, ends)), t, c, temperature),
            drift,
            Tridiagonal(lower, diagonal, upper, cyclic),
            mesh.inward[:, None] * slopes,
            jnp.stack(rows) if rows else None,
        )

    def spectral_bound(
        self, t: Float[Array, ""], y: PyTree, args: Any
    ) -> Float[Array, ""]:
        """Largest sum of magnitudes in a row of the bands, in 1/s; a scalar."""
        bands = self.linearise(t, y, args).bands
        rows = jnp.abs(bands.lower) + jnp.abs(bands.diagonal) + jnp.abs(bands.upper)
        return jnp.max(rows)

    def _seen(
        self, c: Float[Array, " cells"], t: Any, temperature: Float[Array, ""]
    ) -> tuple[Float[Array, " cells"], Float[Array, " cells"] | None]:
        """The flux's coefficient and level in every cell."""
        flux, centres = self.flux, self.mesh.centres

        def at(value, x):
            point = Point(value, temperature, x, t)
            return flux.coefficient(point), level_of(flux, point)

        return once(lambda: jax.vmap(at)(c, centres), c[0])

    def _faces(
        self,
        c: Float[Array, " cells"],
        k: Float[Array, " cells"],
        level: Float[Array, " cells"] | None,
    ) -> Face:
        """Every inner face: rolled rather than cut, which XLA turns into fast code."""
        halves, after = self.mesh.halves, lambda x: jnp.roll(x, -1)
        rise = jnp.zeros_like(c) if level is None else after(level) - level
        return Face(c, after(c), k, after(k), halves, after(halves), rise)

    def _through(self, faces: Face) -> Float[Array, " cells"]:
        return jax.vmap(self.flux.through)(faces)

    def _wall(
        self,
        end: int,
        near: Float[Array, ""],
        t: Float[Array, ""],
        temperature: Float[Array, ""],
    ) -> Float[Array, ""]:
        """Flux along the axis through one wall, with `near` in the cell beside it."""
        mesh, flux = self.mesh, self.flux
        half = mesh.halves[end]

        # In the cell and on the wall by one program, which is compiled once.
        def at(value, x):
            point = Point(value, temperature, x, t)
            return flux.coefficient(point), level_of(flux, point)

        def leaving(at_wall):
            places = jnp.stack([mesh.centres[end], mesh.ends[end]])
            k, level = jax.vmap(at)(jnp.stack([near, at_wall]), places)
            sides = [(near, k[0], half), (at_wall, k[1], jnp.zeros_like(half))]
            left, right = (None, None) if level is None else level
            if end == 0:
                sides, left, right = sides[::-1], right, left
            parts = [part for pair in zip(*sides) for part in pair]
            rise = jnp.zeros_like(half) if right is None else right - left
            along = flux.through(Face(*parts, rise=rise))
            return -along if end == 0 else along

        spot = Spot(t, mesh.ends[end], temperature=temperature)
        outward = self.walls.x[end].outward_flux(near, leaving, spot)
        return -outward if end == 0 else outward

    def _made(
        self, t: Any, c: Float[Array, " cells"], temperature: Float[Array, ""]
    ) -> Float[Array, " cells"]:
        source = self.source
        assert source is not None
        at = lambda value, x: source.at(value, temperature, x, t)
        return jax.vmap(at)(c, self.mesh.centres)

    def _within(self, state: State, t: Any, c: Any, temperature: Any) -> State:
        """What sources and held cells make of a rate of change."""
        rate, entered = state.composition, state.entered
        if self.source is not None:
            made = self._made(t, c, temperature)
            rate = rate + made
            entered = jnp.append(entered, jnp.sum(made * self.mesh.volumes))
        if self.held is not None:
            lost = jnp.where(self.held.where, rate, 0.0)
            entered = jnp.append(entered, -jnp.sum(lost * self.mesh.volumes))
            rate = rate - lost
        return State(rate, entered)


class _Linearised(AbstractLinearised):
    """Bands of the field, and what the walls' fluxes depend on."""

    rate: State
    drift: State
    bands: Tridiagonal
    ends: Float[Array, "2 2"]
    rows: Float[Array, "rows cells"] | None

    def solver(
        self, shift: Float[Array, ""], preconditioner: Any = None
    ) -> Callable[[PyTree], PyTree]:
        """One elimination; two sweeps per right-hand side."""
        del preconditioner
        b = self.bands
        factored = Tridiagonal(
            -b.lower, shift - b.diagonal, -b.upper, b.cyclic
        ).factor()

        def solve(right: State) -> State:
            c = factored.solve(right.composition)
            gains = self.ends @ jnp.stack([c[0], c[-1]])
            if self.rows is not None:
                gains = jnp.concatenate([gains, self.rows @ c])
            return State(c, (right.entered + gains) / shift)

        return solve

    def split_solver(self, shift: Float[Array, ""]) -> Callable[[PyTree], PyTree]:
        """The exact inverse: there is one axis only."""
        return self.solver(shift)
