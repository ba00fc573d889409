"""A potential that is known on a grid."""

from typing import Any

import jax.numpy as jnp
from jax.scipy.interpolate import RegularGridInterpolator
from jaxtyping import Array, Float

from .._checks import finite, real, require, require_kinds
from .._shapes import Numbers
from ..diffusivity import Point
from ..grid import Grid
from ._potential import AbstractPotential


class Field(AbstractPotential):
    """A potential given cell by cell, straight lines between the centres.

    At the centres of its own grid it has the values given, to round-off. Beyond the
    outermost centres the lines go on, up to the walls say.

    **Error:** second order in the distance of the centres.
    """

    centres: tuple[Float[Array, " cells"], ...]
    values: Float[Array, "*cells"]

    def __init__(self, grid: Grid, values: Numbers):
        """**Arguments:**

        - `grid`: a [`diffjax.grid.Grid`][], which need not be the one that is solved
            on.
        - `values`: energies, in eV (or volts, for [`diffjax.potentials.Electric`][]);
            shape `(*cells,)`.

        **Raises:** `ValueError` if the shape is not that of the grid or a value is not
        finite.
        """
        require_kinds("Field", grid=(grid, Grid))
        given = real(values)
        if given.shape != grid.shape:
            raise ValueError(
                f"`Field(values=...)` must have shape {grid.shape}, one value per cell "
                f"of the grid; got {given.shape}."
            )
        self.values = require(given, finite, "`Field(values=...)` must be finite.")
        self.centres = tuple(axis.centres for axis in grid.axes)

    def at(self, point: Point) -> Float[Array, ""]:
        """The energy there, in eV; a scalar."""
        position = jnp.atleast_1d(point.position)
        if position.shape != (len(self.centres),):
            raise ValueError(
                f"`Field` of a grid with {len(self.centres)} axes was asked for at a "
                f"position with {position.size}."
            )
        # Without a value to fill in, the lines go on; JAX's annotation leaves it out.
        beyond: Any = None
        lines = RegularGridInterpolator(self.centres, self.values, fill_value=beyond)
        return lines(position[None])[0].astype(point.composition.dtype)
