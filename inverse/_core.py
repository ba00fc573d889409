"""The compiled part of a fit: from numbers to numbers, retraced for new shapes only."""

import dataclasses
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optimistix as optx
from jaxtyping import Array, Bool, Float, Int

from ._gradient import Optax, Parts
from ._least_squares import LevenbergMarquardt
from ._objective import Objective
from ._slots import AnySlot, natural, slopes


Method = optx.AbstractLeastSquaresSolver | optx.AbstractMinimiser | Optax
# Networks are trained from where they are.
_MOST_FOR_START = 200
Noise = tuple[Float[Array, " _"], ...]


# How a fit was run: the method, and the most steps.
Ran = tuple[Method, int]


class Outcome(NamedTuple):
    """Where a method ended: free vector, rows and Jacobian there, and how it went."""

    free: Float[Array, " free"]
    residual: Float[Array, " rows"]
    jacobian: Float[Array, "rows free"]
    result: optx.RESULTS
    steps: Int[Array, ""]


def minimise_objective(
    objective: Objective,
    free: Float[Array, " free"],
    noise: Noise,
    method: Method,
    from_data: Bool[Array, ""],
    max_steps: int,
) -> Outcome:
    """Runs a method; can be wrapped in `jax.jit`, `jax.lax.map` or `jax.vmap`.

    **Arguments:**

    - `objective`: what is to be made small.
    - `free`: free vector to start from; no unit.
    - `noise`: standard deviation of each point, in the unit of the values.
    - `method`: a solver of optimistix, or `Optax`.
    - `from_data`: first move the law to the diffusivities guessed from the data.
    - `max_steps`: most steps of a solver of optimistix.
    """
    start = free
    if free.size <= _MOST_FOR_START:
        guess = optx.least_squares(
            _start_rows,
            LevenbergMarquardt(rtol=1e-3, cap=10.0),
            free,
            objective,
            max_steps=30,
            throw=False,
        ).value
        good = from_data & jnp.all(jnp.isfinite(guess))
        start = jnp.where(good, guess, free)
    args = (objective, noise)
    if isinstance(method, Optax):
        parts = Parts(
            len(objective.experiments),
            sum(len(sigma) for sigma in noise) + objective.prior_count,
            lambda u, index: objective.part(u, noise, index),
            objective.prior_part,
        )
        end = method.run(lambda u: _rows(u, args), start, objective.forward, parts)
        residual, jacobian = _linearise(end, args, objective.forward)
        steps = jnp.asarray(method.steps)
        return Outcome(end, residual, jacobian, optx.RESULTS.successful, steps)
    solution = optx.least_squares(
        _rows,
        method,
        start,
        args,
        options=dict(jac="fwd" if objective.forward else "bwd"),
        max_steps=max_steps,
        throw=False,
    )
    if isinstance(method, LevenbergMarquardt):
        residual, jacobian = solution.state.residual, solution.state.jacobian
    else:
        residual, jacobian = _linearise(solution.value, args, objective.forward)
    steps = jnp.asarray(solution.stats["num_steps"])
    return Outcome(solution.value, residual, jacobian, solution.result, steps)


_compiled = eqx.filter_jit(minimise_objective)


def compiled_minimise(
    objective: Objective,
    free: Float[Array, " free"],
    noise: Noise,
    method: Method,
    from_data: bool,
    max_steps: int,
) -> Outcome:
    """As `minimise_objective`, compiled once for each shape of its arguments."""
    return _compiled(objective, free, noise, method, jnp.asarray(from_data), max_steps)


def rows_at(
    objective: Objective, free: Float[Array, " free"], noise: Noise, like: Ran
) -> tuple[Float[Array, " rows"], Float[Array, "rows free"]]:
    """Rows and Jacobian at a point, by the program of a fit that has been run.

    **Arguments:**

    - `objective`, `free`, `noise`: as in `minimise_objective`.
    - `like`: how that fit was run.

    **Returns:** both without unit, in errors of the data; shapes `(rows,)` and
    `(rows, free)`.
    """
    method, max_steps = like
    if not isinstance(method, LevenbergMarquardt):
        return _linearised((objective, noise), free)
    still = eqx.tree_at(lambda m: m.halt, method, jnp.asarray(True))
    outcome = compiled_minimise(objective, free, noise, still, False, max_steps)
    return outcome.residual, outcome.jacobian


def values_at(
    objective: Objective, free: Float[Array, " free"], like: Ran
) -> tuple[Float[Array, " points"], Float[Array, "points free"]]:
    """What the model gives at all measured points, and its Jacobian.

    Arguments as in `rows_at`; both in the unit of the values.
    """
    counts = [experiment.data.points for experiment in objective.experiments]
    plain = dataclasses.replace(objective, plain=jnp.asarray(True))
    noise = tuple(jnp.ones(count) for count in counts)
    rows, jacobian = rows_at(plain, free, noise, like)
    data = jnp.concatenate([e.data.value for e in objective.experiments])
    return rows[: data.size] + data, jacobian[: data.size]


@eqx.filter_jit
def _linearised(args, free):
    return _linearise(free, args, args[0].forward)


def _rows(free, args):
    objective, noise = args
    return objective.residual(free, noise)


def _start_rows(free, objective):
    return objective.start_residual(free)


def _linearise(free, args, forward):
    if not forward:
        return _rows(free, args), jax.jacrev(lambda u: _rows(u, args))(free)
    along = lambda direction: jax.jvp(lambda u: _rows(u, args), (free,), (direction,))
    basis = jnp.eye(free.size, dtype=free.dtype)
    return jax.vmap(along, out_axes=(None, -1))(basis)


@eqx.filter_jit
def natural_values(
    slots: tuple[AnySlot, ...], free: Float[Array, " free"]
) -> Float[Array, " parameters"]:
    """Parameters in their own units.

    **Arguments:**

    - `slots`: the parameters.
    - `free`: the free vector; no unit.
    """
    return natural(slots, free)


@eqx.filter_jit
def natural_slopes(
    slots: tuple[AnySlot, ...], free: Float[Array, " free"]
) -> Float[Array, "parameters free"]:
    """Slopes of the parameters along the free vector; arguments as above."""
    return slopes(slots, free)


def profile_band(
    objective: Objective,
    free: Float[Array, " free"],
    index: int,
    positions: np.ndarray,
    like: Ran,
) -> tuple[np.ndarray, np.ndarray]:
    """Values of one experiment at `positions` (of its `data.at`), and their Jacobian.

    As many positions at a time as the experiment has points, so that nothing is
    compiled.
    """
    experiments = objective.experiments
    counts = [experiment.data.points for experiment in experiments]
    noise = tuple(jnp.ones(count) for count in counts)
    first, size = sum(counts[:index]), counts[index]
    values, slopes = [], []
    for start in range(0, len(positions), size):
        part = positions[start : start + size]
        more = np.repeat(part[-1:], size - len(part), axis=0)
        where = np.concatenate([part, more])
        asked = eqx.tree_at(
            lambda o: (
                o.experiments[index].data.at,
                o.experiments[index].data.value,
                o.plain,
            ),
            objective,
            (jnp.asarray(where), jnp.zeros(size), jnp.asarray(True)),
        )
        rows, jacobian = rows_at(asked, free, noise, like)
        values.append(np.asarray(rows)[first : first + len(part)])
        slopes.append(np.asarray(jacobian)[first : first + len(part)])
    return np.concatenate(values), np.concatenate(slopes)


@eqx.filter_jit
def derived(
    function: Any, objective: Objective, free: Float[Array, " free"], *args
) -> tuple[Any, Any]:
    """Any function of the model (and `args`), and its Jacobian."""
    value = lambda u: function(objective.model(u), *args)
    jacobian = jax.jacfwd if objective.forward else jax.jacrev
    return value(free), jacobian(value)(free)
