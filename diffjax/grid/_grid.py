"""Structured grids of cells: planar in any number of axes, radial in one."""

import functools
import math
from typing import Any, Literal

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, ArrayLike, Bool, Float

from .._checks import finite, known, real, require
from .._shapes import Numbers


Geometry = Literal["planar", "cylindrical", "spherical"]
GEOMETRIES = ("planar", "cylindrical", "spherical")
AXES = ("x", "y", "z")


class Axis(eqx.Module):
    """One axis of a grid: the faces between its cells.

    **Attributes:**

    - `faces`: positions of the faces, increasing, both walls included, in m; shape
        `(cells + 1,)`.
    """

    faces: Float[Array, " faces"]

    @property
    def cells(self) -> int:
        """Number of cells; no unit."""
        return self.faces.shape[0] - 1

    @property
    def centres(self) -> Float[Array, " cells"]:
        """Midpoints between the faces, in m; shape `(cells,)`."""
        return 0.5 * (self.faces[1:] + self.faces[:-1])

    @property
    def widths(self) -> Float[Array, " cells"]:
        """Distances between neighbouring faces, in m; shape `(cells,)`."""
        return self.faces[1:] - self.faces[:-1]


class Grid(eqx.Module):
    r"""A structured grid of cells.

    A planar grid is the product of its axes. A cylindrical or spherical one has a
    single axis, the radius $r$, and its cells are the shells between two faces.

    Made by [`diffjax.grid.uniform`][], [`diffjax.grid.graded`][] or
    [`diffjax.grid.from_faces`][].

    **Attributes:**

    - `axes`: one [`diffjax.grid.Axis`][] per axis.
    - `geometry`: `"planar"`, `"cylindrical"` or `"spherical"`.
    - `solid`: which cells belong to the body, where it does not fill the grid; shape
        `(*cells,)`. See [`diffjax.grid.voxels`][].
    - `even`: whether the cells are known to be equal along each axis.
    """

    axes: tuple[Axis, ...]
    geometry: Geometry = eqx.field(static=True)
    solid: Bool[Array, "*cells"] | None = None
    even: bool = eqx.field(static=True, default=False)

    @property
    def dimension(self) -> int:
        """Number of axes; no unit."""
        return len(self.axes)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of cells along each axis: the shape of a field on this grid."""
        return tuple(axis.cells for axis in self.axes)

    @property
    def cells(self) -> int:
        """Number of cells in all; no unit."""
        return math.prod(self.shape)

    @property
    def lower(self) -> Float[Array, ""]:
        """Position of the lower wall of the first axis, in m; a scalar."""
        return self.axes[0].faces[0]

    @property
    def upper(self) -> Float[Array, ""]:
        """Position of the upper wall of the first axis, in m; a scalar."""
        return self.axes[0].faces[-1]

    @property
    def faces(self) -> Float[Array, " faces"]:
        """Faces of the first axis, walls included, in m; shape `(cells + 1,)`."""
        return self.axes[0].faces

    @property
    def widths(self) -> Float[Array, " cells"]:
        """Widths of the cells along the first axis, in m; shape `(cells,)`."""
        return self.axes[0].widths

    @property
    def centres(self) -> Float[Array, "*cells"]:
        """Centres of the cells, in m; shape `(cells,)` on one axis, `(*cells, d)` on
        more than one."""
        if self.dimension == 1:
            return self.axes[0].centres
        mesh = jnp.meshgrid(*(axis.centres for axis in self.axes), indexing="ij")
        return jnp.stack(mesh, axis=-1)

    @property
    def volumes(self) -> Float[Array, "*cells"]:
        r"""Volumes of the cells; shape `(*cells,)`.

        Per unit area (m) or length (m²) for planar grids of one or two axes, m³ for
        three; the shell $\pi (r_+^2 - r_-^2)$ per unit length (m²) for cylinders;
        $\frac{4}{3}\pi (r_+^3 - r_-^3)$ (m³) for spheres.
        """
        if self.geometry == "planar":
            volumes = self.axes[0].widths
            for axis in self.axes[1:]:
                volumes = jnp.multiply.outer(volumes, axis.widths)
            return volumes
        # Differences of powers are written as products: no digits lost in thin shells.
        inner, outer = self.faces[:-1], self.faces[1:]
        if self.geometry == "cylindrical":
            return jnp.pi * (outer - inner) * (outer + inner)
        squares = outer**2 + outer * inner + inner**2
        return 4 / 3 * jnp.pi * (outer - inner) * squares

    @property
    def areas(self) -> Float[Array, " faces"]:
        r"""Areas of the faces of the first axis; shape `(cells + 1,)`.

        1 (no unit: per unit area) for planar grids of one axis, $2 \pi r$ (m) for
        cylinders, $4 \pi r^2$ (m²) for spheres.
        """
        if self.geometry == "planar":
            return jnp.ones_like(self.faces)
        if self.geometry == "cylindrical":
            return 2 * jnp.pi * self.faces
        return 4 * jnp.pi * self.faces**2

    def total(self, field: Float[Array, "*cells"]) -> Float[Array, ""]:
        """Amount of a field in the body: the sum of value times cell volume.

        **Arguments:**

        - `field`: values in the cells, any unit; shape `(*cells,)`.

        **Returns:**

        A scalar, in the field's unit times that of the volumes.
        """
        amounts = field * self.volumes
        if self.solid is not None:
            amounts = jnp.where(self.solid, amounts, 0.0)
        return jnp.sum(amounts)


def uniform(
    lower: ArrayLike | tuple[float, ...],
    upper: ArrayLike | tuple[float, ...],
    cells: int | tuple[int, ...],
    geometry: Geometry = "planar",
) -> Grid:
    """A grid of equal cells.

    **Arguments:**

    - `lower`, `upper`: positions of the walls, in m; a number, or a tuple with one
        number per axis.
    - `cells`: number of cells (no unit), at least 2; an integer, or a tuple.
    - `geometry`: `"planar"`, or for one axis `"cylindrical"` or `"spherical"` (the axis
        is then the radius).

    **Returns:**

    A [`diffjax.grid.Grid`][].

    **Raises:**

    - `ValueError` if `lower < upper` does not hold, if there are fewer than 2 cells, or
        if a radius would be negative.

    !!! example

        ```python
        grid = djx.grid.uniform(lower=0.0, upper=600e-6, cells=400)
        ```
    """
    lowers = lower if isinstance(lower, tuple) else (lower,)
    uppers = upper if isinstance(upper, tuple) else (upper,)
    counts = cells if isinstance(cells, tuple) else (cells,)
    if not len(lowers) == len(uppers) == len(counts):
        raise ValueError(
            "`uniform` needs `lower`, `upper` and `cells` for the same number of axes; "
            f"got {len(lowers)}, {len(uppers)} and {len(counts)}."
        )
    axes = []
    for low, high, count in zip(lowers, uppers, counts):
        low, high = _ordered(low, high, count, "uniform")
        fraction = jnp.arange(count + 1, dtype=low.dtype) / count
        # Both ends exactly as given.
        axes.append(low * (1 - fraction) + high * fraction)
    grid = from_faces(tuple(axes), geometry)
    return Grid(grid.axes, grid.geometry, None, True)


def graded(
    lower: ArrayLike,
    upper: ArrayLike,
    cells: int,
    centre: ArrayLike,
    finest: ArrayLike,
    geometry: Geometry = "planar",
) -> Grid:
    r"""A grid with its finest cells at one position, growing smoothly away from it.

    The faces lie at $x = x_c + a \sinh(b\,s)$ with $s$ uniform; $a$ and $b$ follow from
    the walls and the finest width. Smooth grading keeps the scheme second order.

    **Arguments:**

    - `lower`, `upper`: positions of the walls, in m.
    - `cells`: number of cells (no unit), at least 2.
    - `centre`: position $x_c$ of the finest cells, between the walls, in m.
    - `finest`: width of a cell there, in m; less than the width of a uniform grid.
    - `geometry`: as in [`diffjax.grid.uniform`][].

    **Returns:**

    A [`diffjax.grid.Grid`][].

    **Raises:**

    - `ValueError` if the numbers are not ordered, or if `finest` is not below the
        uniform width or so small that cells would grow by more than a factor of 2.

    !!! example

        ```python
        grid = djx.grid.graded(-1e-3, 1e-3, 200, centre=0.0, finest=1e-6)
        ```
    """
    low, high = _ordered(lower, upper, cells, "graded")
    if any(isinstance(x, Tracer) for x in (low, high, centre, finest)):
        raise ValueError(
            "`graded` needs numbers that are known now, not traced ones: make the grid "
            "outside `jax.jit`, or pass traced faces to `from_faces`."
        )
    x0, x1 = float(low), float(high)
    xc, fine = float(np.asarray(centre)), float(np.asarray(finest))
    if not x0 <= xc <= x1:
        raise ValueError(
            f"`graded(centre=...)` must lie between `lower` and `upper`, in m; got "
            f"{xc:g} outside [{x0:g}, {x1:g}]."
        )
    even = (x1 - x0) / cells
    if not 0 < fine < even:
        raise ValueError(
            f"`graded(finest=...)` must be > 0 and below the width of a uniform grid, "
            f"{even:g} m; got {fine:g}."
        )

    found = _graded_faces(x0, x1, xc, fine, cells)
    widths = np.diff(found)
    growth = np.max(np.maximum(widths[1:] / widths[:-1], widths[:-1] / widths[1:]))
    if not np.all(widths > 0) or growth > 2:
        raise ValueError(
            f"`graded(finest={fine:g})` with {cells} cells would make neighbouring "
            "cells differ by more than a factor of 2; use more cells or a larger "
            "`finest`."
        )
    return from_faces(jnp.asarray(found, dtype=low.dtype), geometry)


def from_faces(
    faces: Numbers | tuple[Numbers, ...], geometry: Geometry = "planar"
) -> Grid:
    """A grid with any faces.

    **Arguments:**

    - `faces`: positions of the faces, both walls included, increasing, in m; shape
        `(cells + 1,)` with at least 2 cells; or a tuple with one such array per axis.
    - `geometry`: as in [`diffjax.grid.uniform`][].

    **Returns:**

    A [`diffjax.grid.Grid`][].

    **Raises:**

    - `ValueError` if the faces are not finite and increasing, if there are too few, or
        if a radius would be negative.
    """
    if geometry not in GEOMETRIES:
        raise ValueError(
            f"`geometry` must be one of {', '.join(map(repr, GEOMETRIES))}; got "
            f"{geometry!r}."
        )
    arrays = faces if isinstance(faces, tuple) else (faces,)
    axes = []
    for array in arrays:
        array = real(array)
        if array.ndim != 1 or array.shape[0] < 3:
            raise ValueError(
                "`faces` must have shape `(cells + 1,)` with at least 2 cells, in m; "
                f"got {array.shape}."
            )
        array = require(
            array, _increasing, "`faces` must be finite and increasing (m)."
        )
        axes.append(Axis(array))
    if geometry != "planar":
        if len(axes) != 1:
            raise ValueError(
                f"a {geometry} grid has one axis, the radius; got {len(axes)} axes."
            )
        radii = require(
            axes[0].faces,
            lambda r: r >= 0,
            f"a {geometry} grid needs radii >= 0 (m).",
        )
        axes = [Axis(radii)]
    return Grid(tuple(axes), geometry, None, all(map(_equal_cells, axes)))


def _equal_cells(axis: Axis) -> bool:
    """Whether the cells are known to be equal, to round-off of the faces."""
    faces = known(axis.faces)
    if isinstance(faces, Tracer):
        return False
    widths, reach = np.diff(faces), np.max(np.abs(faces))
    slack = 8 * np.finfo(faces.dtype).eps * reach
    return bool(np.ptp(widths) <= slack)


def _ordered(
    lower: ArrayLike, upper: ArrayLike, cells: int, name: str
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    low, high = real(lower), real(upper)
    if low.ndim or high.ndim:
        raise ValueError(
            f"`{name}` needs numbers for `lower` and `upper` (m), or tuples of "
            f"numbers; got shapes {low.shape} and {high.shape}."
        )
    if isinstance(cells, bool) or not isinstance(cells, int | np.integer) or cells < 2:
        raise ValueError(f"`{name}(cells=...)` must be an integer >= 2; got {cells!r}.")
    return require(
        low, known(low) < known(high), f"`{name}` needs `lower < upper` (m)."
    ), high


@functools.lru_cache(maxsize=64)
def _graded_faces(
    lower: float, upper: float, centre: float, finest: float, cells: int
) -> np.ndarray:
    """The faces of `graded`, whose stretch is found by halving; kept, since loops over
    couples ask for the same ones."""
    even = np.arange(cells + 1) / cells

    def faces(stretch: float) -> np.ndarray:
        # Longest side has sinh(stretch); the scale follows from it.
        scale = max(upper - centre, centre - lower) / math.sinh(stretch)
        s0, s1 = (math.asinh((x - centre) / scale) for x in (lower, upper))
        found = centre + scale * np.sinh(s0 + (s1 - s0) * even)
        found[0], found[-1] = lower, upper
        return found

    few, many = 1e-6, min(1.0 * cells, 700.0)  # beyond that sinh overflows
    while few < (middle := 0.5 * (few + many)) < many:
        found = faces(middle)
        if (found[1:] - found[:-1]).min() > finest:
            few = middle
        else:
            many = middle
    found = faces(middle)
    found.flags.writeable = False
    return found


def _increasing(x: Any) -> Any:
    return (x[1:] > x[:-1]) & finite(x[1:] - x[:-1])
