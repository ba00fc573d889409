"""The picture of a run: composition along the body at several times."""

from typing import Any

import numpy as np

from .._solution import Solution
from ._style import length_unit, styled, time_words


def profile(solution: Solution, title: str = "", most: int = 8) -> Any:
    """Draws the field at the saved times.

    **Arguments:**

    - `solution`: of [`diffjax.solve`][], on a grid with one axis.
    - `title`: above the picture.
    - `most`: how many times at most are drawn, first and last among them; no unit.

    **Returns:**

    A `matplotlib.figure.Figure`; positions in the unit that reads well.

    **Raises:** `ModuleNotFoundError` without the extra `plot`.
    """
    ts, ys = np.asarray(solution.ts), np.asarray(solution.ys)
    faces = np.asarray(solution.grid.faces)
    unit, per_metre = length_unit(float(faces[-1] - faces[0]))
    chosen = np.unique(np.linspace(0, len(ts) - 1, min(most, len(ts))).round())
    with styled() as Figure:
        from matplotlib import colormaps

        figure = Figure()
        axes = figure.add_subplot()
        shades = colormaps["viridis_r"](np.linspace(0.12, 0.95, len(chosen)))
        x = np.asarray(solution.grid.centres) * per_metre
        for colour, index in zip(shades, chosen.astype(int)):
            axes.plot(x, ys[index], color=colour, label=time_words(float(ts[index])))
        radial = solution.grid.geometry != "planar"
        axes.set_xlabel(f"{'radius' if radial else 'position'} ({unit})")
        axes.set_ylabel("composition")
        axes.set_xlim(faces[0] * per_metre, faces[-1] * per_metre)
        axes.legend(title="time")
        if title:
            axes.set_title(title)
    return figure
