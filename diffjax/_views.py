"""Parts of a field: a plane or a line through it."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ._shapes import Numbers
from .grid import from_faces, Grid, sample, section
from .grid._sampling import at_one_place, NAMES, within


class Section(eqx.Module):
    """A field on the plane, or on the line, that cuts an axis at one position.

    Made by `Solution.slice`.

    **Attributes:**

    - `values`: composition at the centres of the cells of `grid`, NaN where the plane
        passes through void; shape `(*cells,)` of that grid.
    - `grid`: the axes that remain, a [`diffjax.grid.Grid`][]; in m.
    - `names`: of these axes, e.g. `("x", "z")`.
    - `cut`: name of the axis that is cut.
    - `position`: where it is cut, in m; a scalar.
    """

    values: Float[Array, "*cells"]
    grid: Grid
    names: tuple[str, ...] = eqx.field(static=True)
    cut: str = eqx.field(static=True)
    position: Float[Array, ""]


class LineProfile(eqx.Module):
    """Composition along a straight line: what an oriented traverse of a probe measures.

    Made by `Solution.line`.

    **Attributes:**

    - `position`: distance from the start of the line, in m; shape `(points,)`.
    - `coordinates`: of the points, in m; shape `(points, d)`, or `(points,)` on a grid
        with one axis.
    - `composition`: there, NaN in void; shape `(points,)`.
    """

    position: Float[Array, " points"]
    coordinates: Float[Array, " points *d"]
    composition: Float[Array, " points"]


def axis_number(grid: Grid, axis: int | str, name: str) -> int:
    """Number of an axis that was given by number or by letter.

    **Arguments:**

    - `grid`: a [`diffjax.grid.Grid`][].
    - `axis`: 0, 1, ... or `"x"`, `"y"`, ...; no unit.
    - `name`: of the argument, for the sentence.

    **Returns:** 0, 1, ...

    **Raises:** `ValueError` for anything else.
    """
    known = NAMES[: grid.dimension]
    if isinstance(axis, str) and axis in known:
        return known.index(axis)
    if isinstance(axis, int) and not isinstance(axis, bool) and 0 <= axis < len(known):
        return axis
    words = ", ".join(f'"{n}"' for n in known)
    raise ValueError(
        f"`{name}` must be one of {words}, or its number, from 0; got {axis!r}."
    )


def cut(
    grid: Grid, field: Float[Array, "*cells"], axis: int | str, position: Numbers
) -> Section:
    """A field where one of its axes has a given position: for `Solution.slice`.

    **Arguments:**

    - `grid`: a [`diffjax.grid.Grid`][] with two or three axes.
    - `field`: any unit; shape `(*cells,)`.
    - `axis`, `position`: as in `Solution.slice`, in m.

    **Returns:** a `Section`.

    **Raises:** `ValueError` as `Solution.slice`.
    """
    if grid.dimension == 1:
        raise ValueError(
            "`Solution.slice` needs a grid with two or three axes; got one axis: use "
            "`Solution.at(positions)`."
        )
    number = axis_number(grid, axis, "Solution.slice(axis=...)")
    x = at_one_place(grid, number, position, "Solution.slice(position=...)")
    rest = [k for k in range(grid.dimension) if k != number]
    return Section(
        values=section(grid, field, number, x),
        grid=from_faces(tuple(grid.axes[k].faces for k in rest)),
        names=tuple(NAMES[k] for k in rest),
        cut=NAMES[number],
        position=x,
    )


def along(
    grid: Grid,
    field: Float[Array, "*cells"],
    start: Numbers,
    end: Numbers,
    points: int,
) -> LineProfile:
    """A field on a straight line: for `Solution.line`.

    **Arguments:**

    - `grid`: a [`diffjax.grid.Grid`][].
    - `field`: any unit; shape `(*cells,)`.
    - `start`, `end`, `points`: as in `Solution.line`, in m.

    **Returns:** a `LineProfile`.

    **Raises:** `ValueError` as `Solution.line`.
    """
    whole = isinstance(points, int | np.integer) and not isinstance(points, bool)
    if not whole or points < 2:
        raise ValueError(
            f"`Solution.line(points=...)` must be an integer >= 2; got {points!r}."
        )
    ends = []
    for given, name in ((start, "start"), (end, "end")):
        call = f"Solution.line({name}=...)"
        x = within(grid, given, call)
        wanted = () if grid.dimension == 1 else (grid.dimension,)
        if x.shape != wanted:
            raise ValueError(
                f"`{call}` must be one position, shape {wanted} (m); got {x.shape}."
            )
        ends.append(x)
    first, last = ends
    share = jnp.linspace(0.0, 1.0, points, dtype=first.dtype)
    column = share.reshape(points, *(1,) * first.ndim)
    row = lambda x: jnp.broadcast_to(x, (points, *x.shape))
    share_of = jnp.broadcast_to(column, (points, *first.shape))
    coordinates = row(first) * (1 - share_of) + row(last) * share_of
    squared = jnp.sum((last - first) ** 2)
    # A line of no length has no slope in its ends: double `where`.
    length = jnp.where(squared > 0, jnp.sqrt(jnp.where(squared > 0, squared, 1.0)), 0.0)
    return LineProfile(length * share, coordinates, sample(grid, field, coordinates))
