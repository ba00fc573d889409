"""The front door: march an equation through an anneal."""

from collections.abc import Callable
from typing import Any

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from ._anneal import AbstractAnneal
from ._checks import finite, in_precision, known, real, require, require_kinds, value_of
from ._methods import choose, default_adjoint
from ._reduced import reduce, Reduced, reducible
from ._results import raise_failure, RESULTS
from ._shapes import Numbers
from ._solution import Balance, Solution
from ._spectral import fits, propagate
from .equations import AbstractEquation, State
from .grid import cell_averages, Grid
from .stepping import Spectral, WithinBounds


def solve(
    equation: AbstractEquation,
    grid: Grid,
    initial: Numbers | Callable,
    anneal: AbstractAnneal,
    *,
    save_at: Numbers | None = None,
    method: diffrax.AbstractSolver | Spectral | None = None,
    controller: diffrax.AbstractStepSizeController | None = None,
    rtol: ArrayLike = 1e-4,
    atol: ArrayLike | None = None,
    adjoint: diffrax.AbstractAdjoint | None = None,
    max_steps: int = 4096,
    progress: bool = False,
    throw: bool = True,
) -> Solution:
    """Marches an equation through an anneal.

    **Main arguments:**

    - `equation`: what happens, e.g. [`diffjax.equations.Diffusion`][].
    - `grid`: where: a [`diffjax.grid.Grid`][].
    - `initial`: composition at the start: cell averages of shape `(*cells,)`, or
        `(*cells, n)` where the equation tells n components apart; or a function of the
        position (m; shape `(d,)` in more than one dimension), which is averaged over
        each cell. For a couple use [`diffjax.grid.step`][].
    - `anneal`: when, and how hot: [`diffjax.Anneal`][], [`diffjax.Ramp`][] or a sum.

    **Other arguments:**

    - `save_at`: times at which to keep the field, increasing, within the anneal, in s;
        shape `(times,)`. The end alone by default.
    - `method`: any diffrax solver. By default one that suits the problem, named with
        the reason in `solution.stats`: [`diffjax.stepping.Rodas4`][] on one axis; on
        more, [`diffjax.stepping.Ros2`][] line by line where the diffusivity lies along
        the axes, and [`diffjax.stepping.Rkl2`][] for full tensors, or
        [`diffjax.stepping.Rodas3`][] where these are very stiff. Or
        [`diffjax.stepping.Spectral`][], exact for a uniform body.
    - `controller`: any diffrax step size controller; by default a
        `diffrax.PIDController` with `rtol` and `atol` on the root mean square over the
        cells, stepping exactly onto the save times and the corners of the anneal.
    - `rtol`, `atol`: relative tolerance (no unit) and absolute tolerance (composition)
        per step. `atol` defaults to `rtol` times the largest composition at the start
        or held at a wall, or to `rtol` where that is 0. A spot that spreads until it is
        faint wants a smaller `atol`: that of the faint end.
    - `adjoint`: any diffrax adjoint: how derivatives are taken. By default reverse
        mode (`jax.grad`), with at most 128 states in memory; for `jax.jvp` and
        `jax.jacfwd`, faster where parameters are few, pass `diffrax.ForwardMode()`.
    - `max_steps`: at most so many steps (no unit).
    - `progress`: whether to show a progress meter on the terminal.
    - `throw`: whether a numerical failure is raised, or only told in `result`.

    **Returns:**

    A [`diffjax.Solution`][].

    **Raises:**

    - `ValueError` at the call, if shapes disagree, the initial state is not finite, or
        save times do not increase within the anneal.
    - `equinox.EquinoxRuntimeError`, with the sentence of a [`diffjax.RESULTS`][], if
        the run fails and `throw` is on.

    **Error:** second order in the cell width; in time set by `rtol`.

    !!! example

        ```python
        law = djx.diffusivity.Constant(1e-14)
        grid = djx.grid.uniform(lower=-200e-6, upper=200e-6, cells=400)
        couple = djx.grid.step(grid, at=0.0, left=1.0, right=0.0)
        solution = djx.solve(
            djx.equations.Diffusion(law), grid, couple, djx.Anneal(3600.0, 1100.0)
        )
        ```
    """
    require_kinds(
        "solve",
        equation=(equation, AbstractEquation),
        grid=(grid, Grid),
        anneal=(anneal, AbstractAnneal),
    )
    names = equation.components
    if callable(initial):
        start = _averages(grid, initial, len(names))
    else:
        start = real(initial)
    shape = (*grid.shape, len(names)) if names else grid.shape
    if start.shape != shape:
        each = f", for each of {', '.join(names)}" if names else ""
        raise ValueError(
            f"`solve(initial=...)` must have shape {shape}, one value per cell of "
            f"the grid{each}; got {start.shape}."
        )
    start = require(start, finite, "`solve(initial=...)` must be finite everywhere.")
    equation.fit(grid)
    start = equation.start(start)
    equation = equation.ready(grid, start, anneal)
    duration = anneal.duration
    times = None if save_at is None else _times(save_at, duration)
    if controller is None:
        relative = real(rtol)
        relative = require(relative, lambda v: v > 0, "`solve(rtol=...)` must be > 0.")
        absolute = None if atol is None else real(atol)
    else:
        relative, absolute = None, None
    said, reduced = {"reason": "as asked for"}, False
    if isinstance(method, Spectral):
        fits(equation, grid)
    if method is None:
        method, said["reason"] = choose(equation, grid, start, anneal, adjoint)
        if grid.dimension > 1 and reducible(equation, anneal):
            reduced = True
            said["reason"] += "; in the reduced time of its one temperature factor"
    solution = _solve(
        equation,
        grid,
        start,
        anneal,
        times,
        method,
        controller,
        relative,
        absolute,
        default_adjoint(start) if adjoint is None else adjoint,
        max_steps,
        progress,
        reduced,
    )
    solution.stats.update(said)  # this run's own: nobody else has seen it
    return raise_failure(solution, solution.result) if throw else solution


def _averages(grid: Grid, function: Callable, components: int) -> Array:
    """Cell averages of a function, of each component where there are several."""
    if not components:
        return cell_averages(grid, function)
    part = lambda i: cell_averages(grid, lambda x: real(function(x))[..., i])
    return jnp.stack([part(i) for i in range(components)], axis=-1)


def _times(save_at: Numbers, duration: Float[Array, ""]) -> Float[Array, " times"]:
    times = jnp.atleast_1d(real(save_at))
    if times.ndim != 1 or times.shape[0] == 0:
        raise ValueError(
            f"`solve(save_at=...)` must be a row of times (s); got {times.shape}."
        )
    end = known(duration)
    slack = end * (1 + 4 * float(np.finfo(times.dtype).eps))
    times = require(
        times,
        (known(times) >= 0) & (known(times) <= slack),
        lambda: (
            "`solve(save_at=...)` must lie between 0 and the end of the anneal, "
            f"{value_of(end)} s; got {value_of(save_at)}."
        ),
    )
    times = require(
        times,
        lambda t: t[1:] > t[:-1],
        lambda: f"`solve(save_at=...)` must increase (s); got {value_of(save_at)}.",
    )
    return jnp.minimum(times, duration)


@eqx.filter_jit
def _solve(
    equation: AbstractEquation,
    grid: Grid,
    start: Float[Array, "*cells"],
    anneal: AbstractAnneal,
    times: Float[Array, " times"] | None,
    method: diffrax.AbstractSolver | Spectral,
    controller: diffrax.AbstractStepSizeController | None,
    rtol: Float[Array, ""] | None,
    atol: Float[Array, ""] | None,
    adjoint: diffrax.AbstractAdjoint,
    max_steps: int,
    progress: bool,
    reduced: bool,
) -> Solution:
    """The jitted storey: never raises on its own."""
    parts = (equation, grid, anneal, times)
    equation, grid, anneal, times = in_precision(parts, start.dtype)
    openings = equation.openings(grid)
    kinds = start.shape[grid.dimension :]
    nothing = jnp.zeros((len(openings), *kinds), dtype=start.dtype)
    y0 = State(start, nothing, equation.markers)
    ends = anneal.duration[None] if times is None else times
    if isinstance(method, Spectral):
        fields = propagate(equation, grid, start, anneal, ends)
        none = jnp.zeros((ends.shape[0], len(openings)), dtype=start.dtype)
        entered, markers, result, stats = none, None, RESULTS.successful, {}
    else:
        now = Reduced(equation, anneal, ends)
        if reduced:
            now = reduce(equation, anneal, jnp.append(ends, anneal.duration))
            now = eqx.tree_at(lambda r: r.times, now, now.times[:-1])
        if controller is None:
            save = None if times is None else now.times
            controller = _controller(
                start, rtol, atol, now.anneal, save, equation.bounds
            )
        run = diffrax.diffeqsolve(
            now.equation.term(grid, now.anneal),
            method,
            jnp.zeros_like(anneal.duration),
            now.anneal.duration,
            dt0=None,
            y0=y0,
            saveat=diffrax.SaveAt(
                ts=None if times is None else now.times, t1=times is None
            ),
            stepsize_controller=controller,
            adjoint=adjoint,
            max_steps=max_steps,
            throw=False,
            progress_meter=(
                diffrax.TextProgressMeter() if progress else diffrax.NoProgressMeter()
            ),
        )
        result, stats = RESULTS.promote(run.result), run.stats
        assert run.ys is not None
        fields, entered = run.ys.composition, run.ys.entered
        markers = run.ys.markers
    times = ends
    asked, when = fields, times
    if equation.components:
        # What un-mixes may have left the spinodal by the time that it is looked at.
        asked = jnp.concatenate([start[None], fields])
        when = jnp.concatenate([jnp.zeros_like(times[:1]), times])
    hot = jax.vmap(anneal.temperature_at)(when).astype(fields.dtype)
    smallest, missed = _each(
        lambda c, T: (
            equation.smallest_diffusivity(grid, c, T),
            equation.left_out(grid, c, T),
        ),
        (asked, hot),
    )
    for failed, reason in (
        (~(jnp.min(smallest) > 0), equation.ill_posed),
        # Spreading by more than about a tenth of a cell in the whole run counts.
        (jnp.max(missed) * anneal.duration > 2e-2, RESULTS.tensor_beyond_reach),
        (~jnp.all(jnp.isfinite(fields)), RESULTS.not_finite),
    ):
        bad = failed & (result == RESULTS.successful)
        result = RESULTS.where(bad, reason, result)
    return Solution(
        ts=times,
        ys=fields,
        grid=grid,
        balance=_balance(grid, start, fields, entered, openings, equation.components),
        result=result,
        stats=dict(stats, method=type(method).__name__),
        components=equation.components,
        markers=markers,
    )


def _each(function: Callable, rows: tuple) -> Any:
    """A function over the save times: side by side where fields are small."""
    if rows[0][0].size <= 4096:
        return jax.vmap(function)(*rows)
    return jax.lax.map(lambda row: function(*row), rows)


def _controller(
    start: Float[Array, "*cells"],
    rtol: Float[Array, ""] | None,
    atol: Float[Array, ""] | None,
    anneal: AbstractAnneal,
    times: Float[Array, " times"] | None,
    bounds: tuple[float, float] | None = None,
) -> diffrax.AbstractStepSizeController:
    assert rtol is not None
    rtol = rtol.astype(start.dtype)
    if atol is None:
        scale = jnp.max(jnp.abs(start))
        atol = rtol * jnp.where(scale > 0, scale, 1.0)
    atol = atol.astype(start.dtype)
    pid: diffrax.AbstractAdaptiveStepSizeController = diffrax.PIDController(
        rtol=jax.lax.stop_gradient(rtol),
        atol=jax.lax.stop_gradient(atol),
        norm=lambda error: jnp.sqrt(jnp.mean(error.composition**2)),
    )
    if bounds is not None:
        pid = WithinBounds(pid, *bounds)
    corners = anneal.corners if anneal.corners.shape[0] else None
    if corners is None and times is None:
        return pid
    # Steps end on the save times: what is saved is a step's end, not an interpolation.
    return diffrax.ClipStepSizeController(pid, step_ts=times, jump_ts=corners)


def _balance(
    grid: Grid,
    start: Float[Array, "*cells"],
    fields: Float[Array, " times *cells"],
    entered: Float[Array, "times openings ..."],
    openings: tuple[str, ...],
    components: tuple[str, ...],
) -> Balance:
    total = grid.total
    if components:
        total = jax.vmap(grid.total, in_axes=-1)
    before, amounts = total(start), _each(total, (fields,))
    defect = jnp.abs(amounts - before[None] - jnp.sum(entered, axis=1))
    # What the body or its walls handled; absolute, for fields of both signs.
    held = _each(lambda c: total(jnp.abs(c)), (fields,))
    scale = jnp.maximum(held, total(jnp.abs(start))[None])
    scale = jnp.maximum(scale, jnp.max(jnp.abs(entered), axis=1))
    everything = jnp.concatenate([start[None], fields])
    inside = True if grid.solid is None else grid.solid
    return Balance(
        start=before,
        amount=amounts,
        entered=entered,
        openings=openings,
        components=components,
        smallest=jnp.min(everything, where=inside, initial=jnp.inf),
        largest=jnp.max(everything, where=inside, initial=-jnp.inf),
        defect=jnp.max(defect / jnp.where(scale > 0, scale, 1.0)),
    )
