"""What comes out of a run."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, PyTree

from ._results import RESULTS
from ._shapes import Numbers
from ._views import along, cut, LineProfile, Section
from .grid import Grid, sample
from .grid._sampling import mask, within


def which(opening: str, openings: tuple[str, ...]) -> int:
    """Place of one opening among all of them.

    **Arguments:**

    - `opening`: such as `"y upper"`.
    - `openings`: all names.

    **Returns:** its index; no unit.

    **Raises:** `ValueError` if there is no opening of that name.
    """
    if opening not in openings:
        raise ValueError(
            f"`through(opening=...)` must be one of "
            f"{', '.join(map(repr, openings))}; got {opening!r}."
        )
    return openings.index(opening)


class Balance(eqx.Module):
    r"""What a physicist checks first: mass in, out and kept.

    Amounts are composition times volume (per unit area on planar grids, per unit length
    on cylindrical ones): see [`diffjax.grid.Grid`][].

    **Attributes** (scalars, or shape `(times,)` where said):

    - `start`: amount in the body at the start.
    - `amount`: amount in it at each save time; shape `(times,)`.
    - `entered`: amount that came in through each opening until each save time
        (negative: it left); shape `(times, openings)`.
    - `components`: names of what is counted apart, where there are several: these
        three then have one more axis, the last, with a number for each.
    - `openings`: their names: the walls `"x lower"`, `"x upper"`, ...; `"surface"` of a
        body of voxels, `"source"`, and `"held"` for cells inside that are held.
    - `smallest`, `largest`: extreme composition at the start and at the save times.
    - `defect`: largest $|m(t) - m(0) - \text{entered}|$ over the save times, relative
        to the largest amount that the body or the walls held.
    """

    start: Float[Array, "..."]
    amount: Float[Array, "times ..."]
    entered: Float[Array, "times openings ..."]
    openings: tuple[str, ...] = eqx.field(static=True)
    smallest: Float[Array, ""]
    largest: Float[Array, ""]
    defect: Float[Array, ""]
    components: tuple[str, ...] = eqx.field(static=True, default=())

    def through(self, opening: str) -> Float[Array, "times ..."]:
        """Amount that came in through one opening until each save time.

        **Arguments:**

        - `opening`: one of `openings`, such as `"y upper"`.

        **Returns:** in composition times volume (negative: it left); shape `(times,)`,
        or `(times, n)` of n components.

        **Raises:** `ValueError` if there is no opening of that name.
        """
        index = which(opening, self.openings)
        return self.entered[(..., index, *(slice(None) for _ in self.components[:1]))]

    @property
    def entered_lower(self) -> Float[Array, "times ..."]:
        """Amount that came in through the lower wall of the first axis; `(times,)`."""
        return self.through("x lower")

    @property
    def entered_upper(self) -> Float[Array, "times ..."]:
        """Amount that came in through the upper wall of the first axis; `(times,)`."""
        return self.through("x upper")

    @property
    def end(self) -> Float[Array, "..."]:
        """Amount in the body at the last save time; a scalar, or one per component."""
        return self.amount[-1]


class Solution(eqx.Module):
    """What [`diffjax.solve`][] gives back.

    **Attributes:**

    - `ts`: times at which the field was saved, in s; shape `(times,)`.
    - `ys`: cell averages of the composition then; shape `(times, *cells)`, or
        `(times, *cells, n)` of n components.
    - `grid`: the [`diffjax.grid.Grid`][] they live on.
    - `balance`: a [`diffjax.Balance`][].
    - `result`: a [`diffjax.RESULTS`][]; prints as a sentence, empty when all went well.
    - `stats`: plain numbers about the run: `"num_steps"`, `"num_accepted_steps"`,
        `"num_rejected_steps"`, and `"method"`, the time stepper's name.
    - `components`: names of what the last axis of `ys` counts; empty where a field is
        one number a cell.
    - `markers`: where markers in a moving lattice were at the save times, in m; shape
        `(times, markers)`, or `None`.
    """

    ts: Float[Array, " times"]
    ys: Float[Array, "times ..."]
    grid: Grid
    balance: Balance
    result: RESULTS
    stats: dict[str, PyTree[Any]]
    components: tuple[str, ...] = eqx.field(static=True, default=())
    markers: Float[Array, "times markers"] | None = None

    def of(self, component: str) -> "Solution":
        """The part of the solution that one component is, as if it were alone.

        For pictures, files and all else that takes one number a cell.

        **Arguments:**

        - `component`: one of `components`.

        **Returns:** a `Solution` whose `ys` has shape `(times, *cells)`; its extremes
        are those at the save times, its defect the largest of all components.

        **Raises:** `ValueError` if there is no component of that name.
        """
        if component not in self.components:
            raise ValueError(
                "`Solution.of(component=...)` must be one of "
                f"{', '.join(self.components) or 'none: there is one'}; got "
                f"{component!r}."
            )
        pick = lambda x: x[..., self.components.index(component)]
        ys, all_of_it = pick(self.ys), self.balance
        balance = Balance(
            start=pick(all_of_it.start),
            amount=pick(all_of_it.amount),
            entered=pick(all_of_it.entered),
            openings=all_of_it.openings,
            smallest=jnp.min(ys),
            largest=jnp.max(ys),
            defect=all_of_it.defect,
        )
        return Solution(
            self.ts, ys, self.grid, balance, self.result, self.stats, (), self.markers
        )

    def at(self, positions: Numbers, index: int = -1) -> Float[Array, "..."]:
        """Composition at positions, by monotone cubic interpolation between centres.

        **Arguments:**

        - `positions`: inside the grid, in m; any shape on a grid with one axis,
            `(..., d)` on one with $d$ axes.
        - `index`: which of the save times; the last by default.

        **Returns:**

        Composition; shape of `positions`, without the last axis where $d > 1$; of n
        components with one more axis, the last. Never outside the values at the centres
        around the position. Between a wall and the nearest centre: the value at that
        centre. In a void cell: NaN. Differentiable in `positions`.

        **Raises:** `ValueError` if a known position lies outside the grid.

        **Error:** second order in the cell width; see [`diffjax.grid.sample`][].
        """
        x = within(self.grid, positions, "Solution.at(positions=...)")
        if self.components:
            part = lambda field: sample(self.grid, field, x)
            return jax.vmap(part, in_axes=-1, out_axes=-1)(self.ys[index])
        return sample(self.grid, self.ys[index], x)

    def slice(self, axis: int | str, position: Numbers, index: int = -1) -> Section:
        """The field on a plane (in two dimensions: a line) across one axis.

        **Arguments:**

        - `axis`: the axis that is cut: `"x"`, `"y"`, `"z"`, or 0, 1, 2; no unit.
        - `position`: where, in m; a scalar.
        - `index`: which of the save times; the last by default.

        **Returns:**

        A [`diffjax.Section`][]: values over the grid of the other axes.

        **Raises:** `ValueError` if the grid has one axis, for an axis that it lacks, or
        if a known position lies outside the grid.

        **Error:** second order in the cell width; see [`diffjax.grid.sample`][].

        !!! example

            ```python
            plane = solution.slice("z", 20e-6)
            ```
        """
        return cut(self.grid, self.ys[index], axis, position)

    def line(
        self, start: Numbers, end: Numbers, points: int, index: int = -1
    ) -> LineProfile:
        """Composition along a straight line in any direction, as a probe measures it.

        **Arguments:**

        - `start`, `end`: inside the grid, in m; shape `(d,)`, or numbers on a grid with
            one axis.
        - `points`: how many, both ends included, at least 2; no unit.
        - `index`: which of the save times; the last by default.

        **Returns:**

        A [`diffjax.LineProfile`][].

        **Raises:** `ValueError` if the ends are not positions, if a known one lies
        outside the grid, or if there are fewer than 2 points.

        **Error:** second order in the cell width; see [`diffjax.grid.sample`][].

        !!! example

            ```python
            traverse = solution.line((0.0, 0.0), (100e-6, 50e-6), points=200)
            ```
        """
        return along(self.grid, self.ys[index], start, end, points)

    def total(
        self,
        where: Numbers | Callable[[Float[Array, "..."]], Bool[Array, "*cells"]] = True,
        index: int | None = None,
    ) -> Float[Array, "..."]:
        """Amount in a region: the sum of composition times cell volume.

        **Arguments:**

        - `where`: which cells: booleans of shape `(*cells,)`, or a function of the
            positions of the centres (m; shape `(*cells, d)`, or `(cells,)` on one axis)
            that gives them; all cells by default. A cell is in or out as a whole; void
            never counts.
        - `index`: one of the save times; all of them by default.

        **Returns:**

        The amount at every save time, shape `(times,)`, or a scalar for one `index`, in
        the unit of the composition times that of the cell volumes.

        **Raises:** `ValueError` if `where` is not boolean or has another shape.

        **Error:** none for a region of whole cells; first order in the cell width for
        one whose rim passes through cells.

        !!! example

            ```python
            solution.total(lambda x: x[..., 0] < 50e-6)  # the left part of a plate
            ```
        """
        grid = self.grid
        chosen = jnp.asarray(where(grid.centres) if callable(where) else where)
        if chosen.dtype != bool or chosen.shape not in ((), grid.shape):
            raise ValueError(
                "`Solution.total(where=...)` must be booleans of shape "
                f"{grid.shape}; got {chosen.dtype} of shape {chosen.shape}."
            )
        chosen = jnp.broadcast_to(chosen, grid.shape)
        solid = mask(grid)
        if solid is not None:
            chosen = chosen & solid
        amount = lambda y: jnp.sum(jnp.where(chosen, y * grid.volumes, 0.0))
        if self.components:
            amount = jax.vmap(amount, in_axes=-1)
        return jax.vmap(amount)(self.ys) if index is None else amount(self.ys[index])

    def to_xarray(self, name: str = "composition", unit: str = "") -> Any:
        """The solution as an `xarray.Dataset`, with names and units on every axis.

        **Arguments:**

        - `name`: of the field.
        - `unit`: of the field, in words, e.g. `"mol/m^3"`; left out if empty.

        **Returns:**

        A dataset with the field over `time` (s) and `x`, `y`, `z` as present (m; `r`
        for cylinders and spheres), NaN in void cells, the faces of the cells as bounds,
        the balance over time beside it, and the statistics of the run as attributes.

        **Raises:** `ModuleNotFoundError` without the extra `io`.
        """
        from .storage._xarray import dataset

        return dataset(self, name, unit)
