"""Composition along lines through a body."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._views import LineProfile
from ._style import length_unit, styled


def plot_line(
    lines: LineProfile | Sequence[LineProfile],
    labels: Sequence[str] = (),
    *,
    title: str = "",
    label: str = "composition",
) -> Any:
    """Draws composition against the distance along one or several lines.

    **Arguments:**

    - `lines`: one [`diffjax.LineProfile`][] of `Solution.line`, or several.
    - `labels`: one word for each line; no legend without.
    - `title`: above the picture.
    - `label`: of the vertical axis, with the unit in words if there is one.

    **Returns:**

    A `matplotlib.figure.Figure`; distances in the unit that reads well, gaps where a
    line passes through void.

    **Raises:** `ModuleNotFoundError` without the extra `plot`; `ValueError` if the
    labels are not as many as the lines.
    """
    chosen = [lines] if isinstance(lines, LineProfile) else list(lines)
    if labels and len(labels) != len(chosen):
        raise ValueError(
            f"`plot_line(labels=...)` must be one for each of the {len(chosen)} lines; "
            f"got {len(labels)}."
        )
    longest = max(float(line.position[-1]) for line in chosen)
    unit, per_metre = length_unit(longest)
    with styled() as Figure:
        from matplotlib import colormaps

        figure = Figure()
        axes = figure.add_subplot()
        shades = colormaps["viridis_r"](np.linspace(0.95, 0.25, len(chosen)))
        for i, (line, colour) in enumerate(zip(chosen, shades)):
            x = np.asarray(line.position) * per_metre
            word = labels[i] if labels else None
            axes.plot(x, np.asarray(line.composition), color=colour, label=word)
        axes.set_xlabel(f"distance along the line ({unit})")
        axes.set_ylabel(label)
        axes.set_xlim(0, longest * per_metre)
        if labels:
            axes.legend()
        if title:
            axes.set_title(title)
    return figure
