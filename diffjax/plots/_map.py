"""Maps of a field on a plane, and of a body by its three middle planes."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .._solution import Solution
from .._views import Section
from ..grid import Grid, section
from ._style import length_unit, styled, time_words


_FRAMED = {
    "axes_grid": False,
    "axes_spines_top": True,
    "axes_spines_right": True,
    "axes_linewidth": 0.6,
}
_LETTERS = ("x", "y", "z")


def plot_map(
    what: Solution | Section | Float[Array, "*cells"] | np.ndarray,
    grid: Grid | None = None,
    index: int = -1,
    *,
    contours: int = 0,
    limits: tuple[float | int, float | int] | None = None,
    title: str | None = None,
    label: str = "composition",
) -> Any:
    """Draws a field as a map; on a grid with three axes, the three middle planes.

    **Arguments:**

    - `what`: a [`diffjax.Solution`][] or a [`diffjax.Section`][] of one, or a field of
        any unit and shape `(*cells,)`.
    - `grid`: of the field, with two or three axes, where `what` is an array.
    - `index`: which save time of a solution; the last by default.
    - `contours`: about how many lines of equal composition; none by default. On maps of
        two axes only.
    - `limits`: of the colours, in the unit of the field; its extremes by default.
    - `title`: above the picture; the time, or the position of the plane, by default.
    - `label`: of the colour bar, with the unit in words if there is one.

    **Returns:**

    A `matplotlib.figure.Figure`: lengths in the unit that reads well, both axes to the
    same scale, void cells blank.

    **Raises:** `ModuleNotFoundError` without the extra `plot`; `ValueError` if the grid
    has one axis, or does not fit the field.
    """
    field, grid, names, words = _parts(what, grid, index)
    if limits is None:
        limits = field_limits(field)
    with styled(**_FRAMED, figure_figsize=map_size(grid)) as Figure:
        figure = Figure()
        show = (drawn_planes if grid.dimension == 3 else drawn_map)(
            figure, grid, names, limits, label
        )
        show(field, words if title is None else title)
        if contours and grid.dimension == 2:
            _contours(figure.axes[0], grid, field, contours)
    return figure


def _parts(
    what: Any, grid: Grid | None, index: int
) -> tuple[np.ndarray, Grid, tuple[str, ...], str]:
    """The field (NaN in void), its grid, the names of the axes, and a title."""
    names, words = _LETTERS, ""
    if isinstance(what, Solution):
        field, grid = np.asarray(what.ys[index]), what.grid
        words = time_words(float(what.ts[index]))
    elif isinstance(what, Section):
        field, grid, names = np.asarray(what.values), what.grid, what.names
        unit, per_metre = length_unit(float(what.position) or 1e-6)
        words = f"{what.cut} = {float(what.position) * per_metre:.4g} {unit}"
    elif grid is None:
        raise ValueError("`plot_map` of an array needs `grid=...`; got none.")
    else:
        field = np.asarray(what)
    if field.shape != grid.shape:
        raise ValueError(
            f"`plot_map` needs a field of the grid's shape, {grid.shape}; got "
            f"{field.shape}."
        )
    if grid.dimension == 1:
        raise ValueError(
            "`plot_map` needs a grid with two or three axes; got one axis: use "
            "`diffjax.plots.profile`, or `diffjax.plots.plot_line`."
        )
    return without_void(field, grid), grid, names, words


def without_void(field: np.ndarray, grid: Grid) -> np.ndarray:
    """The field with NaN in void cells; any unit, shape `(..., *cells)`."""
    solid = getattr(grid, "solid", None)
    return field if solid is None else np.where(np.asarray(solid), field, np.nan)


def field_limits(field: np.ndarray) -> tuple[float, float]:
    """Smallest and largest finite value, a little apart where they are the same."""
    finite = field[np.isfinite(field)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0, 1)
    # Round-off around a constant is no picture.
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        half = 0.05 * abs(high) or 0.5
        low, high = 0.5 * (low + high) - half, 0.5 * (low + high) + half
    return low, high


def map_size(grid: Grid) -> tuple[float, float]:
    """Size of a figure in which the grid's map leaves little white, in inches."""
    spans = [float(axis.faces[-1] - axis.faces[0]) for axis in grid.axes]
    if len(spans) == 3:
        across, up = spans[0] + spans[2], spans[1] + spans[2]
        return 7.2, float(np.clip(5.6 * up / across + 1.1, 3.0, 9.0))
    if len(spans) == 1:
        return 6.4, 4.0
    return 6.4, float(np.clip(4.9 * spans[1] / spans[0] + 0.9, 1.9, 8.0))


def drawn_map(
    figure: Any,
    grid: Grid,
    names: tuple[str, ...],
    limits: tuple[float | int, float | int],
    label: str,
) -> Callable[[np.ndarray, str], None]:
    """An empty map; gives back what fills it with a field and a title."""
    spans = [float(axis.faces[-1] - axis.faces[0]) for axis in grid.axes]
    unit, per_metre = length_unit(max(spans))
    axes = figure.add_subplot()
    mesh = _mesh(axes, grid.axes[0].faces, grid.axes[1].faces, per_metre, limits)
    axes.set_xlabel(f"{names[0]} ({unit})")
    axes.set_ylabel(f"{names[1]} ({unit})")
    if spans[1] < 0.35 * spans[0]:
        from matplotlib.ticker import MaxNLocator

        bar = figure.colorbar(
            mesh, ax=axes, label=label, location="bottom", shrink=0.6, aspect=30,
            pad=0.03, ticks=MaxNLocator(5),
        )  # fmt: skip
    else:  # a bar as high as the map
        side = axes.inset_axes((1.03, 0.0, 0.035, 1.0))
        bar = figure.colorbar(mesh, cax=side, label=label)
    bar.outline.set_linewidth(0.6)

    def show(field: np.ndarray, title: str) -> None:
        mesh.set_array(np.ma.masked_invalid(field).T)
        axes.set_title(title)

    return show


def drawn_planes(
    figure: Any,
    grid: Grid,
    names: tuple[str, ...],
    limits: tuple[float | int, float | int],
    label: str,
) -> Callable[[np.ndarray, str], None]:
    """The three middle planes of a body, unfolded as in a technical drawing."""
    ends = [np.asarray(axis.faces)[[0, -1]] for axis in grid.axes]
    spans = [float(b - a) for a, b in ends]
    middles = [0.5 * float(a + b) for a, b in ends]
    unit, per_metre = length_unit(max(spans))
    cells = figure.add_gridspec(
        2, 2, width_ratios=(spans[0], spans[2]), height_ratios=(spans[2], spans[1])
    )
    front = figure.add_subplot(cells[1, 0])
    above = figure.add_subplot(cells[0, 0], sharex=front)
    aside = figure.add_subplot(cells[1, 1], sharey=front)
    panels = []
    for axes, across, up, gone in (
        (front, 0, 1, 2),
        (above, 0, 2, 1),
        (aside, 2, 1, 0),
    ):
        faces = grid.axes[across].faces, grid.axes[up].faces
        mesh = _mesh(axes, *faces, per_metre, limits)
        panels.append((mesh, across, up, gone))
        look = {
            "color": "0.75",
            "linewidth": 0.6,
            "linestyle": (0, (6, 5)),
            "alpha": 0.8,
        }
        axes.axvline(middles[across] * per_metre, **look)
        axes.axhline(middles[up] * per_metre, **look)
    front.set_xlabel(f"{names[0]} ({unit})")
    front.set_ylabel(f"{names[1]} ({unit})")
    above.set_ylabel(f"{names[2]} ({unit})")
    aside.set_xlabel(f"{names[2]} ({unit})")
    above.tick_params(labelbottom=False)
    aside.tick_params(labelleft=False)
    corner = figure.add_subplot(cells[0, 1])
    corner.set_axis_off()
    at = [f"{n} = {m * per_metre:.4g} {unit}" for n, m in zip(names, middles)]
    corner.text(
        0.08, 0.92, "planes at\n" + "\n".join(at), va="top", transform=corner.transAxes,
        fontsize=8.5, color="0.25",
    )  # fmt: skip
    bar = figure.colorbar(
        panels[0][0], ax=[front, above, aside, corner], label=label, aspect=30, pad=0.03
    )
    bar.outline.set_linewidth(0.6)

    def show(field: np.ndarray, title: str) -> None:
        for mesh, across, up, gone in panels:
            plane = section(grid, jnp.asarray(field), gone, middles[gone])
            values = np.ma.masked_invalid(np.asarray(plane))
            mesh.set_array(values.T if across < up else values)
        above.set_title(title)

    return show


def _mesh(
    axes: Any,
    across: Any,
    up: Any,
    per_metre: float,
    limits: tuple[float | int, float | int],
) -> Any:
    x, y = np.asarray(across) * per_metre, np.asarray(up) * per_metre
    mesh = axes.pcolormesh(
        x,
        y,
        np.ma.masked_all((len(y) - 1, len(x) - 1)),
        cmap="viridis",
        vmin=limits[0],
        vmax=limits[1],
        rasterized=True,  # no hairlines between the cells in a PDF
    )
    axes.set_aspect("equal")
    axes.set_xlim(x[0], x[-1])
    axes.set_ylim(y[0], y[-1])
    return mesh


def _contours(axes: Any, grid: Grid, field: np.ndarray, count: int) -> None:
    _, per_metre = length_unit(
        max(float(axis.faces[-1] - axis.faces[0]) for axis in grid.axes)
    )
    x, y = (np.asarray(axis.centres) * per_metre for axis in grid.axes)
    values = np.ma.masked_invalid(field).T
    if np.ptp(values.compressed()) == 0:
        return
    lines = axes.contour(x, y, values, count, colors="white", linewidths=0.8)
    axes.clabel(lines, fontsize=7.5, fmt="%.3g")
