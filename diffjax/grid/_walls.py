"""The walls around a body."""

from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from ._grid import AXES, Grid
from ._wall import AbstractWall, FixedValue, NoFlux, Periodic, Spot


class Patch(AbstractWall):
    """A wall of two parts: one wall inside a patch, another around it."""

    where: Bool[Array, "..."] | Callable
    wall: AbstractWall
    elsewhere: AbstractWall

    def __init__(
        self,
        where: Array | np.ndarray | Callable,
        wall: AbstractWall,
        elsewhere: AbstractWall | None = None,
    ):
        """**Arguments:**

        - `where`: the patch: truth values, one per cell along the wall; or a function
            of the position (m) that gives one.
        - `wall`: what the wall does there.
        - `elsewhere`: what it does around the patch; closed by default.

        **Raises:** `ValueError` if `where` is neither, or a part is not a wall of its
        own ([`diffjax.grid.Periodic`][] is not).

        !!! example

            ```python
            mask = djx.grid.Patch(lambda x: x[0] < 50e-6, djx.grid.FixedValue(1.0))
            walls = djx.grid.Walls(y=(mask, djx.grid.NoFlux()))
            ```
        """
        elsewhere = NoFlux() if elsewhere is None else elsewhere
        for name, part in (("wall", wall), ("elsewhere", elsewhere)):
            if not isinstance(part, AbstractWall) or isinstance(part, Periodic):
                raise ValueError(
                    f"`Patch({name}=...)` must be a wall other than `Periodic`; got "
                    f"{part!r}."
                )
        if not callable(where):
            where = jnp.asarray(where)
            if where.dtype != bool:
                raise ValueError(
                    "`Patch(where=...)` must hold truth values, one per cell along the "
                    f"wall, or be a function of position; got {where.dtype} numbers."
                )
        self.where, self.wall, self.elsewhere = where, wall, elsewhere

    def outward_flux(
        self,
        inside: Float[Array, ""],
        leaving: Callable[[Float[Array, ""]], Float[Array, ""]],
        spot: Spot,
    ) -> Float[Array, ""]:
        """The flux of the part that the spot lies in, in composition times m/s."""
        if callable(self.where):
            here = jnp.asarray(self.where(spot.position)).reshape(())
        else:
            here = self.where[spot.index]
        parts = (
            wall.outward_flux(inside, leaving, spot)
            for wall in (self.wall, self.elsewhere)
        )
        return jnp.where(here, *parts)


class Walls(eqx.Module):
    """The walls of a body: a pair per axis, and the surface of a voxel body.

    **Attributes:**

    - `x`, `y`, `z`: the walls at the lower and upper end of each axis.
    - `surface`: the wall between solid and void, on a grid with a mask.
    """

    x: tuple[AbstractWall, AbstractWall]
    y: tuple[AbstractWall, AbstractWall]
    z: tuple[AbstractWall, AbstractWall]
    surface: AbstractWall

    def __init__(
        self,
        x: AbstractWall | tuple[AbstractWall, AbstractWall] | None = None,
        y: AbstractWall | tuple[AbstractWall, AbstractWall] | None = None,
        z: AbstractWall | tuple[AbstractWall, AbstractWall] | None = None,
        surface: AbstractWall | None = None,
    ):
        """**Arguments:**

        - `x`, `y`, `z`: the walls at the lower and the upper end of each axis; or one
            wall for both; `None` is [`diffjax.grid.NoFlux`][] at both. Axes that the
            grid does not have are left out.
        - `surface`: on a grid with a mask, the wall between solid and void:
            [`diffjax.grid.NoFlux`][] (the default) or [`diffjax.grid.FixedValue`][].

        **Raises:** `ValueError` if there are not two walls, or if only one of them is
        [`diffjax.grid.Periodic`][].

        !!! example

            ```python
            walls = djx.grid.Walls(x=(djx.grid.FixedValue(1.0), djx.grid.NoFlux()))
            ```
        """
        self.x, self.y, self.z = _pair(x, "x"), _pair(y, "y"), _pair(z, "z")
        surface = NoFlux() if surface is None else surface
        if not isinstance(surface, NoFlux | FixedValue):
            raise ValueError(
                "`Walls(surface=...)` must be `NoFlux()` or a `FixedValue`; got "
                f"{surface!r}."
            )
        self.surface = surface

    def along(self, dimension: int) -> tuple[tuple[AbstractWall, AbstractWall], ...]:
        """The pairs of walls of the first `dimension` axes."""
        return (self.x, self.y, self.z)[:dimension]

    def periodic_along(self, dimension: int) -> tuple[bool, ...]:
        """Whether each of the first `dimension` axes is periodic."""
        return tuple(isinstance(w[0], Periodic) for w in self.along(dimension))

    @property
    def periodic(self) -> bool:
        """Whether the first axis is periodic."""
        return isinstance(self.x[0], Periodic)

    def fit(self, grid: Grid) -> None:
        """Checks that these walls suit a grid.

        **Arguments:**

        - `grid`: a [`diffjax.grid.Grid`][].

        **Raises:** `ValueError` if a wall is set on an axis that the grid lacks, if an
        array on a wall does not have the shape of the wall, if `Periodic` walls meet a
        radius, or if a surface is set and the grid has no mask.
        """
        for name, pair in zip(
            AXES[grid.dimension :], (self.x, self.y, self.z)[grid.dimension :]
        ):
            if not all(isinstance(wall, NoFlux) for wall in pair):
                raise ValueError(
                    f"`Walls({name}=...)`: the grid has {grid.dimension} "
                    f"{'axis' if grid.dimension == 1 else 'axes'} and no {name}."
                )
        if grid.geometry != "planar" and self.periodic:
            raise ValueError(
                f"`Periodic` walls need a planar grid; got a {grid.geometry} one."
            )
        if grid.solid is None and not isinstance(self.surface, NoFlux):
            raise ValueError(
                "`Walls(surface=...)` needs a grid with a mask, such as "
                "`diffjax.grid.voxels(...)` makes; this one has none."
            )
        for axis, pair in enumerate(self.along(grid.dimension)):
            shape = tuple(n for k, n in enumerate(grid.shape) if k != axis)
            for wall in pair:
                for held in _held_by(wall):
                    if held.shape not in ((), shape):
                        raise ValueError(
                            f"`Walls({AXES[axis]}=...)`: an array on this wall needs "
                            f"one value per cell along it, shape {shape}; got "
                            f"{held.shape}."
                        )
        for held in _held_by(self.surface):
            if held.shape:
                raise ValueError(
                    "`Walls(surface=...)` takes one number or a function of time and "
                    f"position; got an array of shape {held.shape}."
                )


def _held_by(wall: AbstractWall) -> list[Array]:
    """The numbers and arrays of one of our own walls."""
    if not type(wall).__module__.startswith(__package__ or ""):
        return []
    parts = [v for v in vars(wall).values() if not isinstance(v, AbstractWall)]
    inner = [v for v in vars(wall).values() if isinstance(v, AbstractWall)]
    here = [v for v in parts if eqx.is_array(v)]
    return here + [v for part in inner for v in _held_by(part)]


def _pair(
    walls: AbstractWall | tuple[AbstractWall, AbstractWall] | None, name: str
) -> tuple[AbstractWall, AbstractWall]:
    if walls is None:
        walls = NoFlux()
    pair = (walls, walls) if isinstance(walls, AbstractWall) else tuple(walls)
    if len(pair) != 2 or not all(isinstance(w, AbstractWall) for w in pair):
        raise ValueError(
            f"`Walls({name}=...)` needs one wall or a pair of walls (lower, upper), "
            f"such as `(FixedValue(1.0), NoFlux())`; got {walls!r}."
        )
    if isinstance(pair[0], Periodic) != isinstance(pair[1], Periodic):
        raise ValueError(
            f"`Walls({name}=...)`: `Periodic` joins both walls of an axis; got it for "
            "one wall only."
        )
    return pair
