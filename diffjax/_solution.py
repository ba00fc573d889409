"""What comes out of a run."""

from typing import Any

import equinox as eqx
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float, PyTree

from ._checks import real, value_of
from ._results import RESULTS
from ._shapes import Numbers
from .grid import Grid, interpolate


class Balance(eqx.Module):
    r"""What a physicist checks first: mass in, out and kept.

    Amounts are composition times volume (per unit area on planar grids, per unit length
    on cylindrical ones): see [`diffjax.grid.Grid`][].

    **Attributes** (scalars, or shape `(times,)` where said):

    - `start`: amount in the body at the start.
    - `amount`: amount in it at each save time; shape `(times,)`.
    - `entered_lower`, `entered_upper`: amount that came in through each wall until each
        save time (negative: it left); shape `(times,)`.
    - `smallest`, `largest`: extreme composition at the start and at the save times.
    - `defect`: largest $|m(t) - m(0) - \text{entered}|$ over the save times, relative
        to the largest amount that the body or the walls held.
    """

    start: Float[Array, ""]
    amount: Float[Array, " times"]
    entered_lower: Float[Array, " times"]
    entered_upper: Float[Array, " times"]
    smallest: Float[Array, ""]
    largest: Float[Array, ""]
    defect: Float[Array, ""]

    @property
    def end(self) -> Float[Array, ""]:
        """Amount in the body at the last save time; a scalar."""
        return self.amount[-1]


class Solution(eqx.Module):
    """What [`diffjax.solve`][] gives back.

    **Attributes:**

    - `ts`: times at which the field was saved, in s; shape `(times,)`.
    - `ys`: cell averages of the composition then; shape `(times, cells)`.
    - `grid`: the [`diffjax.grid.Grid`][] they live on.
    - `balance`: a [`diffjax.Balance`][].
    - `result`: a [`diffjax.RESULTS`][]; prints as a sentence, empty when all went well.
    - `stats`: plain numbers about the run: `"num_steps"`, `"num_accepted_steps"`,
        `"num_rejected_steps"`, and `"method"`, the time stepper's name.
    """

    ts: Float[Array, " times"]
    ys: Float[Array, "times cells"]
    grid: Grid
    balance: Balance
    result: RESULTS
    stats: dict[str, PyTree[Any]]

    def at(self, positions: Numbers, index: int = -1) -> Float[Array, "..."]:
        """Composition at positions, by monotone cubic interpolation between centres.

        **Arguments:**

        - `positions`: inside the grid, in m; any shape.
        - `index`: which of the save times; the last by default.

        **Returns:**

        Composition; shape of `positions`. Between a wall and the nearest centre: the
        value at that centre.

        **Raises:** `ValueError` if a known position lies outside the grid.

        **Error:** second order in the cell width.
        """
        x = real(positions)
        if not any(isinstance(a, Tracer) for a in (x, self.grid.faces)):
            low, high = float(self.grid.lower), float(self.grid.upper)
            slack = 1e-9 * (high - low)
            given = np.asarray(x)
            if not np.all((given >= low - slack) & (given <= high + slack)):
                raise ValueError(
                    f"`Solution.at(positions=...)` must lie in the grid, {low:g} to "
                    f"{high:g} m; got {value_of(positions)}."
                )
        return interpolate(self.grid.centres, self.ys[index], x)
