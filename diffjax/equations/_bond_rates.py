"""Rates of bonds, from the flux through each of them."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ..fluxes import AbstractFlux, Face
from ..grid import Grid
from ..linear import extend, inside, shifted
from ..schemes import Family
from ._fence import once
from ._surface import paths_of


_Rates = tuple[Float[Array, "..."], Float[Array, "..."] | None]


def bond_rates(
    flux: AbstractFlux,
    grid: Grid,
    periodic: tuple[bool, ...],
    family: Family,
    level: Float[Array, "*cells"] | None,
) -> _Rates:
    """Rates of the bonds of one family.

    **Arguments:**

    - `flux`: whose rule for one face is mapped over the bonds.
    - `grid`, `periodic`: of the body.
    - `family`: of a scheme, its coefficient in 1/s (in m²/s on graded grids).
    - `level`: over kT, no unit; `None` where no force acts.

    **Returns:** the rates at which matter leaves each cell by the bond that starts
    there, and at which it comes back, in 1/s, 0 where there is no bond; shape
    `(*cells,)`. Without a force the second is `None`, and the first may be one number.
    """
    k, offset = family.coefficient, family.offset
    reach = tuple(map(abs, offset))
    axis = next(i for i, step in enumerate(offset) if step)
    form = [1] * grid.dimension
    form[axis] = -1
    ahead = lambda x: shifted(extend(x, reach, periodic), offset, reach)
    if grid.even:
        half = jnp.full((), 0.5, dtype=k.dtype)
        gaps = (half, half)
    else:
        widths = 0.5 * grid.axes[axis].widths
        halves = jnp.broadcast_to(widths.reshape(form), grid.shape)
        gaps = (halves, ahead(halves))
    one, nil = jnp.ones((), dtype=k.dtype), jnp.zeros((), dtype=k.dtype)
    partners = inside(offset, grid.shape, periodic)
    if not k.ndim and grid.even and grid.solid is None and level is None:
        weight = flux.through(Face(one, nil, k, k, *gaps))
        # Numbers will do where no bond is cut: the rim repeats the nearest cell.
        if sum(reach) == 1 or partners is None:
            return weight, None
    wide = extend(jnp.broadcast_to(k, grid.shape), _widest(family), periodic)
    left = shifted(wide, family.left, _widest(family))
    right = shifted(wide, family.right, _widest(family))
    rise = nil if level is None else ahead(level) - level
    full = lambda x: jnp.broadcast_to(x, grid.shape)
    sides = left, right, *map(full, gaps)
    through = _over(grid.dimension, flux.through)

    areas = None
    if not grid.even:
        areas = relative_volumes(grid) / grid.axes[axis].widths.reshape(form)

    def rate(here, there):
        out = through(Face(full(here), full(there), *sides, rise=full(rise)))
        out = out if areas is None else out * areas
        return out if partners is None else jnp.where(partners, out, 0.0)

    if level is None:
        return rate(one, nil), None
    return once(lambda: (rate(one, nil), -rate(nil, one)), level.ravel()[0])


def cut_bonds(
    grid: Grid, periodic: tuple[bool, ...], families: list[Family], rates: list[_Rates]
) -> list[_Rates]:
    """Without the bonds that touch the void.

    **Arguments:**

    - `grid`, `periodic`: of a body with a mask.
    - `families`: of a scheme.
    - `rates`: of each, of `bond_rates`.

    **Returns:** rates as these.
    """
    assert grid.solid is not None
    out = []
    for family, both in zip(families, rates):
        dtype = family.coefficient.dtype
        free = grid.solid & ~(paths_of(grid.solid, family.offset, periodic, dtype) < 1)
        forth, back = (r if r is None else jnp.where(free, r, 0.0) for r in both)
        assert forth is not None
        out.append((forth, back))
    return out


def to_surface(
    flux: AbstractFlux,
    grid: Grid,
    periodic: tuple[bool, ...],
    families: list[Family],
    level: Float[Array, "*cells"] | None,
) -> tuple[Float[Array, "*cells"], Float[Array, "*cells"] | None]:
    """Rates between each cell and a surface of fixed value that cuts its bonds.

    **Arguments:** as for `bond_rates`; the mask is the grid's.

    **Returns:** rates of leaving to the surface, and of what a surface at 1 sends, in
    1/s; shape `(*cells,)`. The second is `None` where no force acts: as the first.
    """
    solid = grid.solid
    assert solid is not None
    dtype = families[0].coefficient.dtype
    exits = entries = jnp.zeros(grid.shape, dtype=dtype)
    full = lambda x: jnp.broadcast_to(jnp.asarray(x, dtype), grid.shape)
    through = _over(grid.dimension, flux.through)
    for family in families:
        for way in (1, -1):
            offset = tuple(way * step for step in family.offset)
            fraction = paths_of(solid, offset, periodic, dtype)
            field = full(family.coefficient)
            if not grid.even:
                axis = next(k for k, step in enumerate(offset) if step)
                form = [1] * solid.ndim
                form[axis] = -1
                field = field / (grid.axes[axis].widths ** 2).reshape(form)
            cut = solid & (fraction < 1)
            safe = jnp.where(cut, fraction, 1.0)
            rise = full(0.0)
            if level is not None:
                # Up to where the bond is cut, the level is a straight line.
                reach = tuple(map(abs, offset))
                beyond = shifted(extend(level, reach, periodic), offset, reach)
                rise = safe * (beyond - level)
            sides = field, field, safe, full(0.0)
            leave = through(Face(full(1.0), full(0.0), *sides, rise=rise))
            exits = exits + jnp.where(cut, leave, 0.0)
            if level is not None:
                enter = -through(Face(full(0.0), full(1.0), *sides, rise=rise))
                entries = entries + jnp.where(cut, enter, 0.0)
    return exits, None if level is None else entries


def relative_volumes(grid: Grid) -> Float[Array, "*cells"]:
    """Volumes of the cells over their mean, no unit; shape `(*cells,)`.

    **Arguments:**

    - `grid`: a tensor product of axes.
    """
    relative = jnp.ones((), dtype=grid.faces.dtype)
    for axis in grid.axes:
        relative = jnp.multiply.outer(relative, axis.widths / jnp.mean(axis.widths))
    return relative


def _widest(family: Family) -> tuple[int, ...]:
    """A rim that covers all that a family reads."""
    read = zip(family.left, family.right)
    return tuple(max(abs(left), abs(right)) for left, right in read)


def _over(dimension: int, function):
    for _ in range(dimension):
        function = jax.vmap(function)
    return function
