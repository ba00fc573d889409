"""One look for all pictures, and numbers in the units people use."""

import contextlib
from collections.abc import Iterator
from typing import Any


_LOOK: dict[Any, Any] = {
    "figure.figsize": (6.4, 4.0),
    "figure.constrained_layout.use": True,
    "font.size": 10.0,
    "axes.titlesize": 11.0,
    "axes.titleweight": "normal",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "savefig.dpi": 160,
}


def pyplot() -> Any:
    """Matplotlib's `Figure`, or a sentence when it is not installed."""
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as e:
        raise ModuleNotFoundError(
            'pictures need matplotlib: `pip install "diffjax[plot]"`.', name=e.name
        ) from e
    return Figure


@contextlib.contextmanager
def styled(**changes: Any) -> Iterator[Any]:
    """Draws in the house look; gives Matplotlib's `Figure`.

    **Arguments:**

    - `changes`: of Matplotlib's `rcParams`, with `_` for `.`; no unit.

    !!! example

        ```python
        with djx.plots.styled() as Figure:
            figure = Figure()
        ```
    """
    figure = pyplot()
    from matplotlib import rc_context

    look = {**_LOOK, **{k.replace("_", "."): v for k, v in changes.items()}}
    with rc_context(look):
        yield figure


def length_unit(span: float) -> tuple[str, float]:
    """The unit in which a length reads well.

    **Arguments:**

    - `span`: largest length of a picture, in m.

    **Returns:**

    The unit's name and how many of it are one metre, e.g. `("µm", 1e6)`.
    """
    for unit, per_metre in (("m", 1.0), ("cm", 1e2), ("mm", 1e3), ("µm", 1e6)):
        if span * per_metre >= (10 if unit == "mm" else 1):
            return unit, per_metre
    return "nm", 1e9


_TIMES = (
    ("Myr", 31557600e6),
    ("kyr", 31557600e3),
    ("yr", 31557600.0),
    ("d", 86400.0),
    ("h", 3600.0),
    ("min", 60.0),
    ("s", 1.0),
    ("ms", 1e-3),
    ("µs", 1e-6),
)


def time_words(seconds: float) -> str:
    """A time as people write it: `360000.0` is `"100 h"`.

    **Arguments:**

    - `seconds`: >= 0, in s.

    **Returns:**

    Number and unit, to four digits.
    """
    if seconds == 0:
        return "0 s"
    for unit, size in _TIMES:
        least = 10 if unit == "d" else 1
        if seconds >= least * size * (1 - 1e-9):
            return f"{seconds / size:.4g} {unit}"
    return f"{seconds:.3g} s"
