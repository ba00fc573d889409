"""The state that time leads to, found without marching there."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from ._anneal import Anneal
from ._checks import finite, in_precision, one_number, real, require, require_kinds
from ._results import raise_failure, RESULTS
from ._shapes import Numbers
from ._solution import which
from .equations import AbstractEquation, State
from .grid import Grid, sample
from .stepping import AbstractStructuredTerm


_MOST_ITERATIONS = 60


class Steady(eqx.Module):
    """A steady state; made by [`diffjax.steady_state`][].

    **Attributes:**

    - `composition`: cell averages; shape `(*cells,)`.
    - `grid`: the [`diffjax.grid.Grid`][] they live on.
    - `rates`: what enters through each opening, in composition times volume per s
        (negative: it leaves); they add up to zero; shape `(openings,)`.
    - `openings`: their names, as in [`diffjax.Balance`][].
    - `result`: a [`diffjax.RESULTS`][].
    - `iterations`: of Newton's method; no unit.
    """

    composition: Float[Array, "*cells"]
    grid: Grid
    rates: Float[Array, " openings"]
    openings: tuple[str, ...] = eqx.field(static=True)
    result: RESULTS
    iterations: Array

    def through(self, opening: str) -> Float[Array, ""]:
        """What enters through one opening, in composition times volume per s.

        **Arguments:**

        - `opening`: one of `openings`, such as `"x lower"`.

        **Returns:** the rate, > 0 where matter enters; shape `()`.

        **Raises:** `ValueError` if there is no opening of that name.
        """
        return self.rates[which(opening, self.openings)]

    def at(self, positions: Numbers) -> Float[Array, "..."]:
        """Composition at positions (m) inside the grid; see `Solution.at`."""
        return sample(self.grid, self.composition, real(positions))


def steady_state(
    equation: AbstractEquation,
    grid: Grid,
    temperature: ArrayLike,
    *,
    guess: Numbers = 0.0,
    rtol: float = 1e-9,
    throw: bool = True,
) -> Steady:
    r"""Finds the state in which nothing changes any more.

    Newton's method in pseudo-time on $f(c) = 0$: implicit Euler steps that grow as the
    rate of change falls, quadratic at the end; one step where the equation is linear.
    Walls and forces are taken at time 0. A closed body keeps the amount of the guess:
    it comes to rest in Boltzmann's distribution, which needs no iteration.

    **Arguments:**

    - `equation`: e.g. [`diffjax.equations.Diffusion`][].
    - `grid`: a [`diffjax.grid.Grid`][].
    - `temperature`: > 0, in K.
    - `guess`: composition to start from; a number or shape `(*cells,)`.
    - `rtol`: the last step must be smaller than this times the largest composition.
    - `throw`: whether a failure is raised, or only told in `result`.

    **Returns:**

    A [`diffjax.Steady`][]. Its derivatives follow from the implicit function theorem,
    forward and reverse, at the price of one more linear solve.

    **Raises:**

    - `ValueError` at the call, for a wrong shape or a number that is not finite.
    - `equinox.EquinoxRuntimeError`, with the sentence of a [`diffjax.RESULTS`][], if
        the iteration stalls and `throw` is on.

    **Error:** second order in the cell width.

    !!! example

        ```python
        walls = djx.grid.Walls(x=(djx.grid.FixedValue(1.0), djx.grid.FixedValue(0.0)))
        equation = djx.equations.Diffusion(djx.diffusivity.Constant(1e-12), walls)
        grid = djx.grid.uniform(lower=0.0, upper=1e-3, cells=100)
        permeation = djx.steady_state(equation, grid, 900.0).through("x lower")
        ```
    """
    require_kinds(
        "steady_state", equation=(equation, AbstractEquation), grid=(grid, Grid)
    )
    hot = one_number(temperature, "steady_state(temperature=...)", "K", "> 0")
    start = real(guess)
    if start.shape not in ((), grid.shape):
        raise ValueError(
            f"`steady_state(guess=...)` must be a number or have shape {grid.shape}, "
            f"one value per cell of the grid; got {start.shape}."
        )
    start = require(start, finite, "`steady_state(guess=...)` must be finite.")
    dtype = jnp.result_type(start.dtype, grid.faces.dtype)
    equation.fit(grid)
    start = equation.start(jnp.broadcast_to(start.astype(dtype), grid.shape))
    anneal = Anneal(1.0, hot)
    equation = equation.ready(grid, start, anneal)
    rest = equation.at_rest(grid, start, hot.astype(dtype))
    if rest is None:
        steady = _searched(equation, grid, anneal, start, rtol)
    else:
        steady = _known(equation, grid, anneal, rest)
    return raise_failure(steady, steady.result) if throw else steady


@eqx.filter_jit
def _known(
    equation: AbstractEquation, grid: Grid, anneal: Anneal, rest: Float[Array, "*cells"]
) -> Steady:
    """A steady state that needs no search."""
    equation, grid, anneal = in_precision((equation, grid, anneal), rest.dtype)
    openings = equation.openings(grid)
    state, now = _state(rest, len(openings)), jnp.zeros((), rest.dtype)
    rates = equation.term(grid, anneal).rate(now, state, None).entered
    result = RESULTS.where(
        jnp.all(jnp.isfinite(rest)),
        RESULTS.successful,
        RESULTS.steady_state_not_reached,
    )
    return Steady(rest, grid, rates, openings, result, jnp.asarray(0))


@eqx.filter_jit
def _searched(
    equation: AbstractEquation,
    grid: Grid,
    anneal: Anneal,
    start: Float[Array, "*cells"],
    rtol: float,
) -> Steady:
    """The jitted storey: never raises on its own."""
    equation, grid, anneal = in_precision((equation, grid, anneal), start.dtype)
    openings = equation.openings(grid)
    term = equation.term(grid, anneal)
    frozen = jax.tree.map(
        lambda x: jax.lax.stop_gradient(x) if eqx.is_array(x) else x, term
    )
    found, change, shift, count = _iterate(
        frozen, jax.lax.stop_gradient(start), len(openings), rtol
    )
    found = jax.lax.stop_gradient(found)
    # The last Newton step, with its matrix frozen, carries the derivative.
    here, now = _state(found, len(openings)), jnp.zeros((), start.dtype)
    rest = term.rate(now, here, None)
    solve = frozen.linearise(now, here, None).solver(shift)
    composition = found + solve(State(rest.composition, 0 * here.entered)).composition
    rates = term.rate(now, _state(composition, len(openings)), None).entered
    scale = jnp.max(jnp.abs(found))
    reached = jnp.isfinite(change) & (change <= rtol * jnp.where(scale > 0, scale, 1))
    result = RESULTS.where(
        reached, RESULTS.successful, RESULTS.steady_state_not_reached
    )
    return Steady(composition, grid, rates, openings, result, count)


def _state(composition: Array, openings: int) -> State:
    return State(composition, jnp.zeros(openings, dtype=composition.dtype))


def _iterate(
    term: AbstractStructuredTerm, start: Array, openings: int, rtol: float
) -> tuple[Array, Array, Array, Array]:
    """Composition, last change, last shift and number of iterations."""
    now = jnp.zeros((), start.dtype)
    fastest = term.spectral_bound(now, _state(start, openings), None)
    eps = float(jnp.finfo(start.dtype).eps)
    # Below this a closed body's level would drown in round-off; above, what the shift
    # leaves undone is done by the next iteration.
    least = eps**0.7 * fastest

    def unfinished(carry):
        c, change, _, _, count = carry
        scale = jnp.max(jnp.abs(c))
        moving = change > rtol * jnp.where(scale > 0, scale, 1)
        return moving & jnp.isfinite(change) & (count < _MOST_ITERATIONS)

    def iterate(carry):
        c, _, before, shift, count = carry
        here = term.linearise(now, _state(c, openings), None)
        step = here.solver(shift)(here.rate).composition
        size = jnp.sqrt(jnp.mean(here.rate.composition**2))
        falls = size / jnp.where(before > 0, before, size)
        shift = jnp.maximum(least, shift * jnp.clip(falls, 0.02, 5.0))
        return c + step, jnp.max(jnp.abs(step)), size, shift, count + 1

    one = jnp.ones((), start.dtype)
    first = term.rate(now, _state(start, openings), None).composition
    size = jnp.sqrt(jnp.mean(first**2))
    carry = (start, one * jnp.finfo(start.dtype).max, size, 100 * least, jnp.asarray(0))
    c, change, _, shift, count = jax.lax.while_loop(unfinished, iterate, carry)
    return c, change, shift, count
