r"""Diffusion on a grid of any number of axes: bonds with rates, and walls."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from .._depends import depends_on
from ..diffusivity import Point
from ..fluxes import AbstractDrivenFlux, AbstractFlux, level_of
from ..grid import FixedValue, Grid, NoFlux
from ..linear import (
    AbstractGenerator,
    BiasedGenerator,
    extend,
    Generator,
    reach_of,
    shifted,
)
from ..schemes import (
    AbstractScheme,
    axis_crossings,
    axis_families,
    Family,
    layer_of,
    unit,
)
from ._beside_walls import landing, slants
from ._bond_rates import bond_rates, cut_bonds, relative_volumes, to_surface
from ._fence import once
from ._ports import Passage, Port, ports_of


class Seen(eqx.Module):
    """What a flux sees of all cells at one moment.

    **Attributes:**

    - `coefficient`: in m²/s; the shape of the cells (or `()`, where all are alike),
        then that of the coefficient.
    - `level`: potential energy over kT, no unit; shape `(*cells,)`, or `None` where no
        force acts.
    """

    coefficient: Float[Array, "..."]
    level: Float[Array, "*cells"] | None


class Network(eqx.Module):
    """A flux on a grid: the coefficients of all cells, and the bonds they make.

    The one place where a law is mapped over cells and a flux over bonds, on more than
    one axis.

    **Attributes:**

    - `flux`, `walls`, `scheme`, `grid`: of the equation.
    - `alike`: whether the coefficient is the same in all cells.
    - `linear`: whether neither it nor the level depends on the composition.
    - `driven`: whether a force acts.
    - `timed`, `coupled`: whether that force changes in time, or with the composition.
    - `order`: 0 for a scalar, 1 for principal values along the axes, 2 for a tensor.
    """

    flux: AbstractFlux
    walls: Any
    scheme: AbstractScheme
    grid: Grid
    alike: bool = eqx.field(static=True)
    linear: bool = eqx.field(static=True)
    driven: bool = eqx.field(static=True)
    timed: bool = eqx.field(static=True)
    coupled: bool = eqx.field(static=True)
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
        self.driven = isinstance(flux, AbstractDrivenFlux)
        self.coupled = self.timed = False
        if isinstance(flux, AbstractDrivenFlux):
            self.coupled, _, _, self.timed = depends_on(
                lambda *parts: flux.level(Point(*parts)),
                point.composition,
                point.temperature,
                point.position,
                jnp.zeros((), dtype=grid.faces.dtype),
            )
        self.linear = not (by_composition or self.coupled)
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

    def seen(
        self,
        composition: Float[Array, "*cells"],
        temperature: Float[Array, ""],
        time: Float[Array, ""],
    ) -> Seen:
        """What the flux sees of every cell, at a temperature (K) and a time (s)."""
        coefficient = self.coefficients(composition, temperature)
        if not self.driven:
            return Seen(coefficient, None)
        level = lambda c, x: level_of(self.flux, Point(c, temperature, x, time))
        levels = lambda: self._over_cells(level)(composition, self.grid.centres)
        return Seen(coefficient, once(levels, composition.ravel()[0]))

    def slope(
        self, composition: Float[Array, "*cells"], temperature: Float[Array, ""]
    ) -> Float[Array, "*cells"]:
        """How a cell's level changes with its own composition, per unit of it.

        Of a flux that is driven; a force that changes in time is taken at 0 s.
        """
        time = jnp.zeros_like(temperature)
        level = lambda c, x: level_of(self.flux, Point(c, temperature, x, time))
        levels = lambda c: self._over_cells(level)(c, self.grid.centres)
        return jax.jvp(levels, (composition,), (jnp.ones_like(composition),))[1]

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
        return self._over_cells(point)(composition, centres)

    def _over_cells(self, function: Callable) -> Callable:
        """A function of one cell or bond, mapped over all of them."""
        for _ in range(self.grid.dimension):
            function = jax.vmap(function)
        return function

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
        seen: Seen,
        time: Float[Array, ""],
        temperature: Float[Array, ""],
    ) -> list[tuple[Port, list[Passage], Float[Array, "..."] | None]]:
        """For every port that is not closed: what passes it, and what that carries
        along the wall.

        What is carried is in composition per s times cells; shape `(*face, d)`.
        """
        values, full = self.principal(seen.coefficient)
        tensor = self.scaled(values) if full else values
        out = []
        for port in self.ports:
            if isinstance(port.wall, NoFlux):
                continue

            straight = self._straight(port, seen, composition, time, temperature)
            if not full:
                out.append((port, [straight], None))
                continue
            crossings = self.scheme.crossings(tensor, port.axis, port.outward)
            through, shares = port.passages(
                crossings,
                composition,
                [self._across(port, values, c.layer) for c in crossings],
                seen.level,
                self.flux,
                self.grid,
                self.periodic,
                time,
                temperature,
            )
            slab = layer_of(tensor, 0, port.axis, port.outward)
            closed = self._closed(port, seen, composition, time, temperature)
            if any(slants(crossing, port.axis) for crossing in crossings):
                # Beside the edges of the body some faces are met by fewer bonds.
                covered = landing(port.axis, crossings, shares, self.periodic)
                rest = (1 - covered) * closed
                through.append(
                    Passage(0, straight.outward * rest, straight.slope * rest)
                )
            carried = self.scheme.along_flux(slab, port.axis, port.outward)
            if carried is not None:
                # The part of the flux to a held wall that goes with the slope along it.
                near = port.slab(composition, 0)
                slopes = self._slopes_along(port, near)
                if seen.level is not None:
                    tilts = self._slopes_along(port, port.slab(seen.level, 0))
                    slopes = slopes + near[..., None] * tilts
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
        seen: Seen,
        time: Float[Array, ""],
        temperature: Float[Array, ""],
    ) -> AbstractGenerator:
        """The bonds between the cells, walls left out."""
        values, full = self.principal(seen.coefficient)
        if full:
            families = self._full_families(seen, composition, time, temperature)
        else:
            if self.grid.even:
                widths = jnp.stack([axis.widths[0] for axis in self.grid.axes])
                values = values / (widths**2).reshape((1,) * (values.ndim - 1) + (-1,))
            families = axis_families(values)
        rates = [
            bond_rates(self.flux, self.grid, self.periodic, family, seen.level)
            for family in families
        ]
        exits = entries = None
        if self.grid.solid is not None:
            rates = cut_bonds(self.grid, self.periodic, families, rates)
            if isinstance(self.walls.surface, FixedValue):
                exits, entries = to_surface(
                    self.flux, self.grid, self.periodic, families, seen.level
                )
        offsets = tuple(family.offset for family in families)
        volumes = None if self.grid.even else relative_volumes(self.grid)
        body = exits, volumes, self.grid.shape, self.periodic, entries
        if seen.level is None:
            reach = reach_of(offsets)
            rimmed = lambda w: extend(w, reach, self.periodic, outside=0.0)
            weights = [rimmed(w) if w.ndim else w for w, _ in rates]
            return Generator(offsets, tuple(weights), *body)
        forth, back = zip(*rates)
        return BiasedGenerator(offsets, forth, back, *body)

    def _full_families(
        self, seen: Seen, composition, time, temperature
    ) -> list[Family]:
        """The scheme's bonds, and those that closed walls get along them."""
        tensor = self.scaled(seen.coefficient)
        families = self.scheme.families(tensor)
        by_offset = {family.offset: i for i, family in enumerate(families)}
        for port in self.ports:
            if isinstance(port.wall, FixedValue):
                continue
            slab = layer_of(tensor, 0, port.axis, port.outward)
            more = self.scheme.along_closed(slab, port.axis, port.outward)
            closed: Any = 1
            if not isinstance(port.wall, NoFlux):
                closed = self._closed(port, seen, composition, time, temperature)
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

    def _straight(
        self, port: Port, seen: Seen, composition, time, temperature
    ) -> Passage:
        """What passes a wall straight from the cells beside it."""
        like = self.grid.centres.reshape(-1, self.grid.dimension)
        values, _ = self.principal(seen.coefficient)
        (passage,), _ = port.passages(
            axis_crossings(port.axis, port.outward, like),
            composition,
            [self._across(port, values, 0)],
            seen.level,
            self.flux,
            self.grid,
            self.periodic,
            time,
            temperature,
        )
        return passage

    def _closed(
        self, port: Port, seen: Seen, composition, time, temperature
    ) -> Float[Array, "*face"]:
        """1 for a wall that takes a flux as given, 0 for one that holds a value."""
        # A property of the wall: forces have no say.
        still = Seen(seen.coefficient, None)
        slope = self._straight(port, still, composition, time, temperature).slope
        values, _ = self.principal(seen.coefficient)
        gap = 0.5 * port.width(self.grid)
        return jnp.clip(1 - slope * gap / self._across(port, values, 0), 0, 1)

    def along(self, seen: Seen, axis: int) -> AbstractGenerator:
        """The bonds between nearest neighbours along one axis, with the diffusivity
        along it.

        **Arguments:**

        - `seen`: of the cells of an even grid.
        - `axis`: of the bonds.
        """
        values = self.along_axes(seen.coefficient)[..., axis]
        values = values / self.grid.axes[axis].widths[0] ** 2
        offset = unit(axis, self.grid.dimension)
        family = Family(offset, (0,) * self.grid.dimension, offset, values)
        flux, grid, periodic = self.flux, self.grid, self.periodic
        forth, back = bond_rates(flux, grid, periodic, family, seen.level)
        if back is not None:
            body = None, None, grid.shape, periodic
            return BiasedGenerator((offset,), (forth,), (back,), *body)
        if forth.ndim:
            forth = extend(forth, offset, periodic, outside=0.0)
        return Generator((offset,), (forth,), None, None, grid.shape, periodic)
