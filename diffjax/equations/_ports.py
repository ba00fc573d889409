"""Where matter enters and leaves a body, face by face of its walls."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..diffusivity import Point
from ..fluxes import AbstractFlux, Face, level_of
from ..grid import AbstractWall, Grid, Spot
from ..schemes import Crossing


class Passage(eqx.Module):
    """What passes one wall from one layer of cells.

    **Attributes:**

    - `layer`: counted from the wall.
    - `outward`: flux out through the wall's faces, in composition times m/s; shape of
        the wall.
    - `slope`: its derivative in the composition of the cells, in m/s.
    """

    layer: int = eqx.field(static=True)
    outward: Float[Array, "*face"]
    slope: Float[Array, "*face"]


class Port(eqx.Module):
    """One wall of a grid of any number of axes.

    **Attributes:**

    - `wall`: what it does.
    - `axis`: normal to it.
    - `outward`: 1 for the upper wall, -1 for the lower.
    """

    wall: AbstractWall
    axis: int = eqx.field(static=True)
    outward: int = eqx.field(static=True)

    def slab(self, field: Float[Array, "*cells"], layer: int) -> Float[Array, "*face"]:
        """One layer of a field, counted from the wall; shape of the wall."""
        return jax.lax.index_in_dim(
            field, self.index(field.shape, layer), self.axis, keepdims=False
        )

    def index(self, shape: tuple[int, ...], layer: int) -> int:
        """Index of a layer along the axis."""
        return shape[self.axis] - 1 - layer if self.outward > 0 else layer

    def add(
        self, field: Float[Array, "*cells"], layer: int, more: Float[Array, "*face"]
    ) -> Float[Array, "*cells"]:
        """The field with something added to one layer."""
        new = self.slab(field, layer) + more
        return jax.lax.dynamic_update_index_in_dim(
            field, new, self.index(field.shape, layer), self.axis
        )

    def width(self, grid: Grid) -> Float[Array, ""]:
        """Width of the cells at the wall, across it, in m."""
        return grid.axes[self.axis].widths[-1 if self.outward > 0 else 0]

    def areas(self, grid: Grid) -> Float[Array, "*face"]:
        """Areas of the wall's faces; shape of the wall. A scalar 1 in one dimension."""
        areas = jnp.ones((), dtype=grid.faces.dtype)
        for k, axis in enumerate(grid.axes):
            if k != self.axis:
                areas = jnp.multiply.outer(areas, axis.widths)
        return areas

    def passages(
        self,
        crossings: list[Crossing],
        composition: Float[Array, "*cells"],
        normals: list[Float[Array, "..."]],
        level: Float[Array, "*cells"] | None,
        flux: AbstractFlux,
        grid: Grid,
        periodic: tuple[bool, ...],
        time: Float[Array, ""],
        temperature: Float[Array, ""],
    ) -> tuple[list[Passage], Float[Array, "..."]]:
        """What passes the wall along the bonds of all crossings, layer by layer.

        All at once, so that a program does not grow with the number of offsets.

        **Arguments:**

        - `crossings`: of a scheme.
        - `composition`: in the cells; shape `(*cells,)`.
        - `normals`: the flux's coefficient across the wall in the layer of each
            crossing, in m²/s; shape of the wall or `()`.
        - `level`: of the cells, over kT; no unit; `None` where no force acts.
        - `flux`, `grid`, `periodic`: of the equation.
        - `time`, `temperature`: in s and K.

        **Returns:** one [`diffjax.equations.Passage`][] per layer; and the share of
        each face that each crossing has (no unit).
        """
        layers = [crossing.layer for crossing in crossings]
        near = jnp.stack([self.slab(composition, layer) for layer in layers])
        face, dtype = near.shape[1:], near.dtype
        gaps = jnp.asarray(np.asarray(layers) + 0.5, dtype) * self.width(grid)
        coefficient = jnp.stack([jnp.broadcast_to(n, face) for n in normals])
        share = jnp.stack(
            [
                jnp.broadcast_to(
                    c.share.astype(dtype)
                    * jnp.asarray(self._belongs(c, grid.shape, periodic), dtype),
                    face,
                )
                for c in crossings
            ]
        )
        positions, index = self._meeting(crossings, grid, periodic, near)
        nearby = jnp.zeros_like(near)
        if level is not None:
            nearby = jnp.stack([self.slab(level, layer) for layer in layers])

        def one(inside, coefficient, low, gap, position, *index):
            def outward(near):
                def leaving(at_wall):
                    wall = Point(at_wall, temperature, position, time)
                    there = across(flux.coefficient(wall), self.axis)
                    rise = jnp.zeros_like(low)
                    if level is not None:
                        rise = self.outward * (level_of(flux, wall) - low)
                    sides = [(near, coefficient, gap), (at_wall, there, 0 * gap)]
                    left, right = sides if self.outward > 0 else sides[::-1]
                    sides = (part for pair in zip(left, right) for part in pair)
                    return self.outward * flux.through(Face(*sides, rise=rise))

                spot = Spot(time, position, index, temperature)
                return self.wall.outward_flux(near, leaving, spot)

            return jax.jvp(outward, (inside,), (jnp.ones_like(inside),))

        for _ in face:
            one = jax.vmap(one, in_axes=(0, 0, 0, None, *[0] * (1 + len(index))))
        outward, slope = jax.vmap(one)(
            near, coefficient, nearby, gaps, positions, *index
        )
        out = []
        for layer in sorted(set(layers)):
            mine = np.flatnonzero(np.asarray(layers) == layer)
            total = lambda x: jnp.sum((x * share)[mine], axis=0)
            out.append(Passage(layer, total(outward), total(slope)))
        return out, share

    def _meeting(
        self,
        crossings: list[Crossing],
        grid: Grid,
        periodic: tuple[bool, ...],
        like: Float[Array, "..."],
    ) -> tuple[Float[Array, "..."], list[Array]]:
        """Where each bond meets the wall, in m, and the nearest cells along it."""
        others = [k for k in range(grid.dimension) if k != self.axis]
        end = grid.axes[self.axis].faces[-1 if self.outward > 0 else 0]
        where: list[Any] = [end] * grid.dimension
        index = []
        for place, k in enumerate(others):
            axis, cells = grid.axes[k], grid.shape[k]
            form = [1] * like.ndim
            form[0], form[1 + place] = like.shape[0], cells
            shift = np.asarray([crossing.shift[k] for crossing in crossings])[:, None]
            i = np.round(np.arange(cells) + shift).astype(int)
            x = jnp.broadcast_to(axis.centres[None, :], i.shape)
            if np.any(shift):
                away = x + jnp.asarray(shift, like.dtype) * axis.widths[None, :]
                low, long = axis.faces[0], axis.faces[-1] - axis.faces[0]
                if periodic[k]:
                    away, i = low + jnp.mod(away - low, long), i % cells
                else:
                    away = jnp.clip(away, low, low + long)
                    i = np.clip(i, 0, cells - 1)
                x = jnp.where(shift == 0, x, away)
            where[k] = jnp.broadcast_to(x.reshape(form), like.shape)
            index.append(jnp.broadcast_to(jnp.asarray(i).reshape(form), like.shape))
        where = [jnp.broadcast_to(x, like.shape) for x in where]
        positions = where[0] if grid.dimension == 1 else jnp.stack(where, axis=-1)
        return positions, index

    def _belongs(
        self, crossing: Crossing, shape: tuple[int, ...], periodic: tuple[bool, ...]
    ) -> np.ndarray:
        """Near an edge of the body a bond leaves through the wall that it meets first;
        through both, by halves, where it meets the edge."""
        fraction = (crossing.layer + 0.5) / abs(crossing.offset[self.axis])
        others = [k for k in range(len(shape)) if k != self.axis]
        first = np.ones([shape[k] for k in others])
        for place, k in enumerate(others):
            step = crossing.offset[k]
            if not step or periodic[k]:
                continue
            cells = np.arange(shape[k])
            deep = shape[k] - 1 - cells if step > 0 else cells
            there = (deep + 0.5) / abs(step)
            mine = np.where(there < fraction - 1e-9, 0.0, 1.0)
            mine = np.where(abs(there - fraction) < 1e-9, 0.5, mine)
            form = [1] * len(others)
            form[place] = shape[k]
            first = first * mine.reshape(form)
        return first


def across(coefficient: Float[Array, "..."], axis: int) -> Float[Array, "..."]:
    """The component of a coefficient across a wall normal to an axis.

    **Arguments:**

    - `coefficient`: of one point: a scalar, principal values `(d,)` or a tensor.
    - `axis`: of the normal.
    """
    if coefficient.ndim == 0:
        return coefficient
    return coefficient[axis] if coefficient.ndim == 1 else coefficient[axis, axis]


def ports_of(walls: Any, grid: Grid) -> list[Port]:
    """The walls of a grid that are not periodic, lower before upper, axis by axis."""
    pairs = enumerate(walls.along(grid.dimension))
    periodic = walls.periodic_along(grid.dimension)
    return [
        Port(wall, axis, outward)
        for axis, pair in pairs
        if not periodic[axis]
        for wall, outward in zip(pair, (-1, 1))
    ]


def cell_volume(grid: Grid) -> Float[Array, ""]:
    """The mean volume of the cells."""
    widths = [axis.faces[-1] - axis.faces[0] for axis in grid.axes]
    return jnp.prod(jnp.stack(widths)) / grid.cells
