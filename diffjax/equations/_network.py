r"""Diffusion on a grid of any number of axes: bonds with rates, and walls."""

import itertools
import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .._depends import depends_on
from ..diffusivity import Point
from ..fluxes import AbstractFlux, Face
from ..grid import FixedValue, Grid, NoFlux
from ..linear import extend, Generator, inside, reach_of, shifted
from ..schemes import (
    AbstractScheme,
    axis_crossings,
    axis_families,
    Crossing,
    Family,
    layer_of,
    unit,
)
from ._ports import Passage, Port, ports_of
from ._surface import paths_of


class Network(eqx.Module):
    """A flux on a grid: the coefficients of all cells, and the bonds they make.

    The one place where a law is mapped over cells and a flux over bonds, on more than
    one axis.

    **Attributes:**

    - `flux`, `walls`, `scheme`, `grid`: of the equation.
    - `alike`: whether the coefficient is the same in all cells.
    - `linear`: whether it does not depend on the composition.
    - `order`: 0 for a scalar, 1 for principal values along the axes, 2 for a tensor.
    """

    flux: AbstractFlux
    walls: Any
    scheme: AbstractScheme
    grid: Grid
    alike: bool = eqx.field(static=True)
    linear: bool = eqx.field(static=True)
    order: int = eqx.field(static=True)

    def __init__(self, flux, walls, scheme: AbstractScheme, grid: Grid):
        self.flux, self.walls, self.scheme, self.grid = flux, walls, scheme, grid
        point = Point(
            jnp.zeros((), dtype=grid.faces.dtype),
            jnp.ones((), dtype=grid.faces.dtype),
            grid.centres[(0,) * grid.dimension],
        )
        by_composition, _, by_position = depends_on(
            lambda c, temperature, x: flux.coefficient(Point(c, temperature, x)),
            point.composition,
            point.temperature,
            point.position,
        )
        self.linear = not by_composition
        self.alike = not (by_composition or by_position)
        form = jax.eval_shape(flux.coefficient, point).shape
        d = grid.dimension
        if form not in ((), (d,), (d, d)):
            raise ValueError(
                f"on a grid with {d} axes a diffusivity must be a scalar, {d} values "
                f"along the axes or a {d} by {d} tensor; the law gives shape {form}."
            )
        self.order = len(form)
        if len(form) == 2 and not grid.even:
            raise ValueError(
                "a full tensor needs equal cells along each axis; on a graded grid "
                "use principal values along the axes "
                "(`diffjax.diffusivity.Anisotropic` without `rotation`)."
            )

    @property
    def periodic(self) -> tuple[bool, ...]:
        """Along which axes the grid closes upon itself."""
        return self.walls.periodic_along(self.grid.dimension)

    @property
    def ports(self) -> list[Port]:
        """The walls that are not periodic."""
        return ports_of(self.walls, self.grid)

    def coefficients(
        self, composition: Float[Array, "*cells"], temperature: Float[Array, ""]
    ) -> Float[Array, "..."]:
        """The flux's coefficient in every cell, in m²/s; or once, where all are alike.

        Its shape is that of the cells (or `()`), then that of the coefficient.
        """
        flux, centres = self.flux, self.grid.centres
        point = lambda c, x: flux.coefficient(Point(c, temperature, x))
        if self.alike:
            corner = (0,) * self.grid.dimension
            return point(composition[corner], centres[corner])
        for _ in range(self.grid.dimension):
            point = jax.vmap(point)
        return point(composition, centres)

    def principal(self, k: Float[Array, "..."]) -> tuple[Float[Array, "..."], bool]:
        """Principal values along the axes or a full tensor; and whether it is full.

        **Arguments:**

        - `k`: of `coefficients`, in m²/s.
        """
        if self.order == 0:
            k = jnp.broadcast_to(k[..., None], (*k.shape, self.grid.dimension))
        return k, self.order == 2

    def along_axes(self, k: Float[Array, "..."]) -> Float[Array, "..."]:
        """Diffusivities along the axes, in m²/s; the last axis counts them.

        **Arguments:**

        - `k`: of `coefficients`, in m²/s.
        """
        values, full = self.principal(k)
        return jnp.diagonal(values, axis1=-2, axis2=-1) if full else values

    def scaled(self, k: Float[Array, "..."]) -> Float[Array, "..."]:
        """A tensor over the widths of the cells, in 1/s."""
        inverse = jnp.stack([1 / axis.widths[0] for axis in self.grid.axes])
        metric = jnp.multiply.outer(inverse, inverse)
        return k * metric.reshape((1,) * (k.ndim - 2) + metric.shape)

    def passages(
        self,
        composition: Float[Array, "*cells"],
        k: Float[Array, "..."],
        time: Float[Array, ""],
        temperature: Float[Array, ""],
    ) -> list[tuple[Port, list[Passage], Float[Array, "..."] | None]]:
        """For every port that is not closed: what passes it, and what that carries
        along the wall.

        What is carried is in composition per s times cells; shape `(*face, d)`.
        """
        values, full = self.principal(k)
        tensor = self.scaled(values) if full else values
        out = []
        for port in self.ports:
            if isinstance(port.wall, NoFlux):
                continue

            straight = self._straight(port, values, composition, time, temperature)
            if not full:
                out.append((port, [straight], None))
                continue
            crossings = self.scheme.crossings(tensor, port.axis, port.outward)
            through, shares = port.passages(
                crossings,
                composition,
                [self._across(port, values, c.layer) for c in crossings],
                self.flux,
                self.grid,
                self.periodic,
                time,
                temperature,
            )
            slab = layer_of(tensor, 0, port.axis, port.outward)
            closed = self._closed(port, values, straight)
            if any(_slants(crossing, port.axis) for crossing in crossings):
                # Beside the edges of the body some faces are met by fewer bonds.
                covered = landing(port.axis, crossings, shares, self.periodic)
                rest = (1 - covered) * closed
                through.append(
                    Passage(0, straight.outward * rest, straight.slope * rest)
                )
            carried = self.scheme.along_flux(slab, port.axis, port.outward)
            if carried is not None:
                # The part of the flux to a held wall that goes with the slope along it.
                slopes = self._slopes_along(port, port.slab(composition, 0))
                carried = jnp.broadcast_to(carried, slopes.shape)
                rate = (1 - closed) * slab[..., port.axis, port.axis]
                drawn = -rate * jnp.sum(carried * slopes, axis=-1)
                width = port.width(self.grid)
                through.append(Passage(0, drawn * width, jnp.zeros_like(drawn)))
                carried = (straight.outward / width)[..., None] * carried
            out.append((port, through, carried))
        return out

    def _slopes_along(
        self, port: Port, slab: Float[Array, "*face"]
    ) -> Float[Array, "*face d"]:
        """Next cell minus last along each axis of a wall; 0 across it."""
        others = [k for k in range(self.grid.dimension) if k != port.axis]
        wraps = tuple(self.periodic[k] for k in others)
        out = [jnp.zeros_like(slab)] * self.grid.dimension
        for place, k in enumerate(others):
            step = tuple(int(i == place) for i in range(len(others)))
            back = tuple(-i for i in step)
            wide = extend(slab, step, wraps)
            out[k] = shifted(wide, step, step) - shifted(wide, back, step)
        return jnp.stack(out, axis=-1)

    def generator(
        self,
        composition: Float[Array, "*cells"],
        k: Float[Array, "..."],
        time: Float[Array, ""],
        temperature: Float[Array, ""],
    ) -> Generator:
        """The bonds between the cells, walls left out."""
        values, full = self.principal(k)
        if full:
            families = self._full_families(values, composition, k, time, temperature)
        else:
            if self.grid.even:
                widths = jnp.stack([axis.widths[0] for axis in self.grid.axes])
                values = values / (widths**2).reshape((1,) * (values.ndim - 1) + (-1,))
            families = axis_families(values)
        reach = reach_of([family.offset for family in families])
        weights = [self._weights(family, reach) for family in families]
        exits = None
        if self.grid.solid is not None:
            exits = self._cut(families, weights, reach)
        volumes = None if self.grid.even else self._relative_volumes()
        return Generator(
            tuple(family.offset for family in families),
            tuple(weights),
            exits,
            volumes,
            self.grid.shape,
            self.periodic,
        )

    def _full_families(self, values, composition, k, time, temperature):
        tensor = self.scaled(values)
        families = self.scheme.families(tensor)
        by_offset = {family.offset: i for i, family in enumerate(families)}
        for port in self.ports:
            if isinstance(port.wall, FixedValue):
                continue
            slab = layer_of(tensor, 0, port.axis, port.outward)
            more = self.scheme.along_closed(slab, port.axis, port.outward)
            closed: Any = 1
            if not isinstance(port.wall, NoFlux):
                at = composition, time, temperature
                closed = self._closed(port, values, self._straight(port, values, *at))
            for offset, coefficient in more:
                if offset not in by_offset:
                    # Diagonals along a wall, which the cells inside may not need.
                    by_offset[offset] = len(families)
                    nothing = jnp.zeros(self.grid.shape, dtype=coefficient.dtype)
                    here = (0,) * len(offset)
                    families.append(Family(offset, here, offset, nothing))
                i = by_offset[offset]
                field = jnp.broadcast_to(families[i].coefficient, self.grid.shape)
                field = port.add(field, 0, coefficient * closed)
                families[i] = eqx.tree_at(lambda f: f.coefficient, families[i], field)
        return families

    def _across(self, port: Port, values: Any, layer: int) -> Float[Array, "..."]:
        """Diffusivity across a wall in one layer beside it, in m²/s."""
        if self.order == 2:
            cut = layer_of(values, layer, port.axis, port.outward)
            return cut[..., port.axis, port.axis]
        cut = values[..., port.axis]
        return port.slab(cut, layer) if cut.ndim else cut

    def _straight(self, port: Port, values, composition, time, temperature) -> Passage:
        """What passes a wall straight from the cells beside it."""
        like = self.grid.centres.reshape(-1, self.grid.dimension)
        (passage,), _ = port.passages(
            axis_crossings(port.axis, port.outward, like),
            composition,
            [self._across(port, values, 0)],
            self.flux,
            self.grid,
            self.periodic,
            time,
            temperature,
        )
        return passage

    def _closed(
        self, port: Port, values: Any, straight: Passage
    ) -> Float[Array, "*face"]:
        """1 for a wall that takes a flux as given, 0 for one that holds a value."""
        gap = 0.5 * port.width(self.grid)
        closed = 1 - straight.slope * gap / self._across(port, values, 0)
        return jnp.clip(closed, 0, 1)

    def axis_rates(
        self, principal: Float[Array, "..."], axis: int
    ) -> tuple[Float[Array, "*cells"], Float[Array, "*cells"]]:
        """Rates of nearest-neighbour bonds with given diffusivities along the axes.

        **Arguments:**

        - `principal`: in m²/s; the last axis counts the axes.
        - `axis`: of the bonds.

        **Returns:** rates of the bonds that start and that end in each cell, in 1/s.
        """
        values = principal[..., axis] / self.grid.axes[axis].widths[0] ** 2
        offset = unit(axis, self.grid.dimension)
        zero = (0,) * self.grid.dimension
        weight = self._weights(Family(offset, zero, offset, values), offset)
        bare = Generator(
            (offset,), (weight,), None, None, self.grid.shape, self.periodic
        )
        return bare.bonds(0)

    def _weights(self, family: Family, reach: tuple[int, ...]) -> Float[Array, "..."]:
        """Rates of the bonds of one family, from the flux through each of them."""
        k, grid, periodic = family.coefficient, self.grid, self.periodic
        offset = family.offset
        axis = next(i for i, step in enumerate(offset) if step)
        form = [1] * grid.dimension
        form[axis] = -1
        straight = sum(map(abs, offset)) == 1
        if grid.even:
            half = jnp.full((), 0.5, dtype=k.dtype)
            gaps = (half, half)
        else:
            widths = 0.5 * grid.axes[axis].widths
            halves = jnp.broadcast_to(widths.reshape(form), grid.shape)
            gaps = (halves, shifted(extend(halves, reach, periodic), offset, reach))
        one, nil = jnp.ones((), dtype=k.dtype), jnp.zeros((), dtype=k.dtype)
        partners = inside(offset, grid.shape, periodic)
        if not k.ndim and grid.even and grid.solid is None:
            weight = self.flux.through(Face(one, nil, k, k, *gaps))
            # Numbers will do where no bond is cut: the rim repeats the nearest cell.
            if straight or partners is None:
                return weight
        field = jnp.broadcast_to(k, grid.shape)
        wide = extend(field, reach, periodic)
        left = shifted(wide, family.left, reach)
        right = shifted(wide, family.right, reach)
        full = lambda x: jnp.broadcast_to(x, grid.shape)
        face = Face(full(one), full(nil), left, right, *map(full, gaps))
        through = self.flux.through
        for _ in range(grid.dimension):
            through = jax.vmap(through)
        weight = through(face)
        if not grid.even:
            areas = self._relative_volumes() / grid.axes[axis].widths.reshape(form)
            weight = weight * areas
        if partners is not None:
            weight = jnp.where(partners, weight, 0.0)
        return extend(weight, reach, periodic, outside=0.0)

    def _relative_volumes(self) -> Float[Array, "*cells"]:
        relative = None
        for axis in self.grid.axes:
            share = axis.widths / jnp.mean(axis.widths)
            relative = (
                share if relative is None else jnp.multiply.outer(relative, share)
            )
        assert relative is not None
        return relative

    def _cut(
        self,
        families: list[Family],
        weights: list[Float[Array, "..."]],
        reach: tuple[int, ...],
    ) -> Float[Array, "*cells"] | None:
        """Removes the bonds that touch the void; rates to a surface of fixed value."""
        solid, periodic = self.grid.solid, self.periodic
        assert solid is not None
        held = isinstance(self.walls.surface, FixedValue)
        exits = jnp.zeros(self.grid.shape, dtype=weights[0].dtype) if held else None
        # Beyond the grid counts as solid: the walls there have their own say.
        here = (0,) * solid.ndim
        for i, family in enumerate(families):
            uncut = None
            for way in (1, -1):
                offset = tuple(way * step for step in family.offset)
                fraction = paths_of(solid, offset, periodic, weights[0].dtype)
                free = solid & ~(fraction < 1)
                if way == 1:
                    uncut = free
                if exits is not None:
                    field = jnp.broadcast_to(family.coefficient, self.grid.shape)
                    if not self.grid.even:
                        axis = next(k for k, step in enumerate(offset) if step)
                        form = [1] * solid.ndim
                        form[axis] = -1
                        field = field / (self.grid.axes[axis].widths ** 2).reshape(form)
                    cut = solid & (fraction < 1)
                    safe = jnp.where(cut, fraction, 1.0)
                    exits = exits + jnp.where(cut, field / safe, 0.0)
            weight = weights[i]
            if not weight.ndim:
                weight = jnp.broadcast_to(weight, self.grid.shape)
            else:
                weight = shifted(weight, here, reach)
            assert uncut is not None
            weight = jnp.where(uncut, weight, 0.0)
            weights[i] = extend(weight, reach, periodic, outside=0.0)
        return exits


def _slants(crossing: Crossing, axis: int) -> bool:
    """Whether bonds meet a wall elsewhere than straight ahead of their cell."""
    return any(shift for k, shift in enumerate(crossing.shift) if k != axis)


def landing(
    axis: int,
    crossings: list[Crossing],
    shares: Float[Array, "..."],
    periodic: tuple[bool, ...],
) -> Float[Array, "*face"]:
    """What all bonds bring to each face where they meet the wall.

    **Arguments:**

    - `axis`: of the wall.
    - `crossings`: of a scheme.
    - `shares`: of the cells where the bonds start; no unit; a wall for each crossing.
    - `periodic`: along which axes the grid closes upon itself.

    **Returns:** the same shares, split between the two nearest faces along each axis.
    """
    face = shares.shape[1:]
    others = [k for k in range(len(face) + 1) if k != axis]
    ways = []
    for place, k in enumerate(others):
        shift = np.asarray([crossing.shift[k] for crossing in crossings])
        lower = np.floor(shift).astype(int)
        form = [1] * shares.ndim
        form[0] = len(crossings)
        pair = []
        for step, part in ((lower, 1 - shift + lower), (lower + 1, shift - lower)):
            where = np.arange(face[place]) + step[:, None]
            n = face[place]
            where = where % n if periodic[k] else np.clip(where, 0, n - 1)
            long = [*form]
            long[1 + place] = n
            pair.append((where.reshape(long), part.reshape(form)))
        ways.append(pair)
    total = jnp.zeros(face, dtype=shares.dtype)
    for way in itertools.product(*ways):
        part = math.prod(part for _, part in way)
        if not np.any(part):
            continue
        rows = (np.broadcast_to(where, shares.shape) for where, _ in way)
        weighed = shares * jnp.asarray(part, dtype=shares.dtype)
        total = total.at[tuple(rows)].add(weighed)
    return total


def carried_along(
    port: Port,
    carried: Float[Array, "*face d"],
    periodic: tuple[bool, ...],
) -> Float[Array, "*face"]:
    """What a flux along a wall brings to each cell beside it.

    **Arguments:**

    - `port`: the wall.
    - `carried`: flux along each axis, in composition times cells per s.
    - `periodic`: along which axes the grid closes upon itself.

    **Returns:** composition per s; shape of the wall.
    """
    others = [k for k in range(carried.shape[-1]) if k != port.axis]
    wraps = tuple(periodic[k] for k in others)
    total = jnp.zeros_like(carried[..., 0])
    for place, k in enumerate(others):
        along = carried[..., k]
        reach = tuple(int(i == place) for i in range(len(others)))
        ahead = shifted(extend(along, reach, wraps), reach, reach)
        flow = 0.5 * (along + ahead)
        there = inside(reach, along.shape, wraps)
        if there is not None:
            flow = jnp.where(there, flow, 0.0)
        back = tuple(-step for step in reach)
        behind = shifted(extend(flow, reach, wraps, outside=0.0), back, reach)
        total = total + behind - flow
    return total
