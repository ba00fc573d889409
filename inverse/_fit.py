"""The front door: from a model and what was measured to estimates with errors."""

import dataclasses
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
import optimistix as optx
from jaxtyping import PyTree

from ._assemble import assemble, Made
from ._core import Method
from ._defaults import declared_free
from ._estimates import Fit
from ._experiment import AbstractExperiment
from ._gradient import Optax
from ._least_squares import LevenbergMarquardt
from ._multistart import best_start
from ._objective import build, Objective
from ._parameters import Derived, Free
from ._priors import MultivariateNormal
from ._run import run


# More parameters than this are differentiated in reverse.
_MOST_FORWARD = 50


def fit(
    model: PyTree,
    experiments: Sequence[AbstractExperiment] | AbstractExperiment,
    free: Sequence[Free | Derived] | Free | None = None,
    *,
    priors: Sequence[MultivariateNormal] | MultivariateNormal = (),
    method: Method | None = None,
    start: str = "data",
    max_steps: int = 200,
    starts: int = 1,
    seed: int = 0,
    throw: bool = True,
) -> Fit:
    r"""Finds the parameters of a model that make it agree with what was measured.

    Least squares on exact Jacobians: $\tfrac12 \sum r^2$ with one row per point, by
    the noise of its profile ($r = (c_{model} - c_{data})/\sigma$ if it is Gaussian),
    and one per prior.

    **Main arguments:**

    - `model`: a law of `diffjax.diffusivity`, or any pytree from which the experiments
        pick their laws. Its values are where the fit starts if the data give no better
        ones.
    - `experiments`: [`inverse.Couple`][], [`inverse.HalfSpace`][],
        [`inverse.ThinFilm`][]: several are fitted together.
    - `free`: what may change in the model; `None`: the law's own parameters (for a
        model that is not a law of diffjax: all its floating-point arrays, but for the
        geometry of crystals). With [`inverse.Derived`][] among them what follows from
        these. Local parameters are declared by the experiments.

    **Other arguments:**

    - `priors`: [`inverse.MultivariateNormal`][] of several parameters together, beside
        those that each `Free` may have.
    - `method`: [`inverse.LevenbergMarquardt`][] by default; any least-squares solver
        or minimiser of optimistix, or [`inverse.Optax`][].
    - `start`: `"data"` to start at diffusivities guessed from the data (Sauer–Freise
        for couples), `"model"` to start at the model's values and `Free(init=...)`.
    - `max_steps`: at most so many steps (no unit) of an optimistix method.
    - `starts`: number of starts (no unit): the one above, and the best of many points
        drawn from the priors and scales. The lowest minimum is kept, and `fit.starts`
        says how the others ended.
    - `seed`: of these points.
    - `throw`: whether a fit that did not converge is raised, or only told in
        `converged` and `result`.

    **Returns:**

    An [`inverse.Fit`][].

    **Raises:**

    - `ValueError` at the call, if an argument is wrong, there are fewer points than
        parameters, or JAX runs in single precision.
    - [`inverse.FitError`][] if the fit does not converge and `throw` is on.

    !!! example

        ```python
        law = djx.diffusivity.Constant(1e-13)
        fit = inv.fit(law, [inv.Couple(profile, djx.Anneal(3.6e5, 1273.15))])
        print(fit.table)
        ```
    """
    experiments, method = checked(experiments, method, start)
    declared = declared_free(model, free)
    priors = (priors,) if isinstance(priors, MultivariateNormal) else tuple(priors)
    objective, words = build(model, experiments, declared, priors=priors)
    size = objective.centre.size
    forward = size <= _MOST_FORWARD
    if forward != objective.forward:
        objective = dataclasses.replace(objective, forward=forward)
    enough_points(objective, experiments, size)
    from_data, told = start == "data", None
    if starts < 1:
        raise ValueError(f"`fit(starts=...)` must be at least 1; got {starts}.")
    if starts > 1:
        args = (objective, experiments, method, from_data, max_steps)
        objective, told = best_start(*args, starts, seed)
        from_data = False
    state = run(objective, experiments, method, from_data, max_steps, throw)
    made = Made(objective, words, np.arange(size))
    found = assemble(state, made, objective, experiments)
    return dataclasses.replace(found, starts=told)


def checked(
    experiments: Sequence[AbstractExperiment] | AbstractExperiment,
    method: Method | None,
    start: str,
) -> tuple[tuple[AbstractExperiment, ...], Method]:
    """Asks of a fit's arguments what can be asked before anything is computed."""
    if not jax.config.read("jax_enable_x64"):
        raise ValueError(
            "`fit` needs double precision, because single precision loses the errors "
            "of the parameters: call `jax.config.update('jax_enable_x64', True)` first."
        )
    if isinstance(experiments, AbstractExperiment):
        experiments = (experiments,)
    experiments = tuple(experiments)
    wrong = [e for e in experiments if not isinstance(e, AbstractExperiment)]
    if not experiments or wrong:
        got = f"a {type(wrong[0]).__name__}" if wrong else "none"
        raise ValueError(
            "`fit(experiments=...)` must hold experiments such as `Couple(profile, "
            f"anneal)`; got {got}."
        )
    for experiment in experiments:
        if experiment.data.value.dtype != jnp.float64:
            raise ValueError(
                "`fit` needs profiles in double precision; "
                f"{experiment.data.name!r} holds {experiment.data.value.dtype}."
            )
    method = LevenbergMarquardt() if method is None else method
    kinds = (optx.AbstractLeastSquaresSolver, optx.AbstractMinimiser, Optax)
    if not isinstance(method, kinds):
        raise ValueError(
            "`fit(method=...)` must be `LevenbergMarquardt()`, a least-squares solver "
            f"or minimiser of optimistix, or `Optax(...)`; got {method!r}."
        )
    if start not in ("data", "model"):
        raise ValueError(f"`fit(start=...)` must be 'data' or 'model'; got {start!r}.")
    return experiments, method


def enough_points(
    objective: Objective, experiments: Sequence[AbstractExperiment], size: int
) -> None:
    """Asks that there are at least as many rows as parameters."""
    points = sum(experiment.data.points for experiment in experiments)
    priors = objective.prior_count
    if size == 0:
        raise ValueError("`fit` found nothing to fit: every parameter is held.")
    unknown = any(e.data.estimates_sigma for e in experiments)
    if points + priors < size or (unknown and points + priors == size):
        more = " and unknown sigma" if unknown else ""
        raise ValueError(
            f"`fit` needs more points than parameters; got {points} points for {size} "
            f"parameters{more}: hold some of them, or add data."
        )
