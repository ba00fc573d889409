"""A run as a moving picture."""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .._solution import Solution
from ._map import _FRAMED, drawn_map, drawn_planes, field_limits, map_size, without_void
from ._style import length_unit, styled, time_words


def movie(
    solution: Solution,
    path: str | Path,
    *,
    fps: float | int = 10,
    limits: tuple[float | int, float | int] | None = None,
    label: str = "composition",
    dpi: int = 120,
) -> Path:
    """Writes a movie of the field, one frame per save time.

    One axis gives a moving profile, two a map, three the three middle planes; scale and
    colours stay the same throughout.

    **Arguments:**

    - `solution`: of [`diffjax.solve`][], at the times wanted.
    - `path`: of the file: `.gif`, or `.mp4` where the program `ffmpeg` is installed. It
        appears when it is whole.
    - `fps`: frames per second of watching, > 0.
    - `limits`: of the colours, in the unit of the field; the extremes over all times by
        default.
    - `label`: of the colours, with the unit in words if there is one.
    - `dpi`: dots per inch; no unit.

    **Returns:**

    The path.

    **Raises:** `ModuleNotFoundError` without the extra `plot`; `ValueError` for another
    ending of the file, or for `.mp4` without `ffmpeg`.
    """
    path = Path(path).absolute()
    ending = path.suffix.lower()
    if ending not in (".gif", ".mp4"):
        raise ValueError(
            f"`movie(path=...)` must end in .gif or .mp4; got {path.name}."
        )
    if not fps > 0:
        raise ValueError(
            f"`movie(fps=...)` must be > 0 (frames per second); got {fps}."
        )
    if ending == ".mp4" and shutil.which("ffmpeg") is None:
        raise ValueError(
            f"`movie` needs the program ffmpeg for {path.name}; install it, or let the "
            "name end in .gif."
        )
    grid = solution.grid
    fields = without_void(np.asarray(solution.ys), grid)
    limits = field_limits(fields) if limits is None else limits
    look = {} if grid.dimension == 1 else _FRAMED
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        with styled(**look, figure_figsize=map_size(grid)) as Figure:
            from matplotlib.animation import FFMpegWriter, PillowWriter

            figure = Figure(dpi=dpi)
            draw = (_drawn_profile, drawn_map, drawn_planes)[grid.dimension - 1]
            show = draw(figure, grid, ("x", "y", "z"), limits, label)
            # The layout of the first frame is kept, so that nothing jumps.
            show(fields[0], time_words(float(solution.ts[0])))
            for _ in range(2):
                figure.draw_without_rendering()
            figure.set_layout_engine("none")
            kind = PillowWriter if ending == ".gif" else FFMpegWriter
            writer = kind(fps=fps)  # pyright: ignore[reportArgumentType]
            with writer.saving(figure, str(partial / path.name), dpi):
                for time, field in zip(np.asarray(solution.ts), fields):
                    show(field, time_words(float(time)))
                    writer.grab_frame()
        os.replace(partial / path.name, path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return path


def _drawn_profile(
    figure: Any,
    grid: Any,
    names: tuple[str, ...],
    limits: tuple[float | int, float | int],
    label: str,
) -> Callable[[np.ndarray, str], None]:
    """An empty profile; gives back what fills it with a field and a title."""
    faces = np.asarray(grid.faces)
    unit, per_metre = length_unit(float(faces[-1] - faces[0]))
    axes = figure.add_subplot()
    (line,) = axes.plot(
        np.asarray(grid.centres) * per_metre, np.full(grid.shape, np.nan)
    )
    line.set_color("#31688e")
    name = names[0] if grid.geometry == "planar" else "radius"
    axes.set_xlabel(f"{name} ({unit})")
    axes.set_ylabel(label)
    axes.set_xlim(faces[0] * per_metre, faces[-1] * per_metre)
    margin = 0.04 * (limits[1] - limits[0])
    axes.set_ylim(limits[0] - margin, limits[1] + margin)

    def show(field: np.ndarray, title: str) -> None:
        line.set_ydata(field)
        axes.set_title(title)

    return show
