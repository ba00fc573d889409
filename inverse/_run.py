"""A fit's numbers: from the start to a minimum, unknown sigmas found on the way."""

import dataclasses
import math
from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ._core import compiled_minimise, Method, Outcome, Ran
from ._experiment import AbstractExperiment
from ._gradient import Optax
from ._objective import Objective
from ._results import FitError, RESULTS
from ._sigmas import (
    all_gaussian,
    first_sigmas,
    is_finite,
    next_sigmas,
    sharpened,
    Sigmas,
)


# Largest distance from the minimum, in standard deviations of the worst combination
# of parameters, at which a fit counts as converged.
_OFFSET = 0.03


@dataclasses.dataclass(frozen=True)
class State:
    """Where the numbers stand after a run.

    **Attributes:**

    - `outcome`: of the last minimisation, as NumPy arrays.
    - `noise`: standard deviation of each point, one array per experiment.
    - `jacobian`, `residual`: in units of `noise`; the squares of the former are the
        expected information.
    - `misfit`: data minus model, in the unit of the values, one array per experiment.
    - `estimated`: for each experiment, whether its sigma was estimated.
    - `normal`: for each experiment, whether its rows are about standard normal.
    - `sentence`: why the fit did not converge; empty if it did.
    - `like`: the method, and the most steps.
    """

    free: np.ndarray
    residual: np.ndarray
    jacobian: np.ndarray
    noise: Sigmas
    misfit: Sigmas
    estimated: tuple[bool, ...]
    normal: tuple[bool, ...]
    steps: int
    sentence: str
    like: Ran

    @property
    def points(self) -> int:
        """Number of measured points; no unit."""
        return sum(len(noise) for noise in self.noise)


def run(
    objective: Objective,
    experiments: Sequence[AbstractExperiment],
    method: Method,
    from_data: bool,
    max_steps: int,
    throw: bool,
) -> State:
    """Minimises from the start that the data give; if that fails, from the model's."""
    args = (objective, experiments, method)
    state = _run_from(*args, from_data, max_steps)
    if state.sentence and from_data:
        other = _run_from(*args, False, max_steps)
        state = state if other.sentence else other
    if state.sentence and throw:
        raise FitError(state.sentence)
    return state


def _run_from(
    objective: Objective,
    experiments: Sequence[AbstractExperiment],
    method: Method,
    from_data: bool,
    max_steps: int,
) -> State:
    """Minimises; where sigma is unknown, finds it from the residuals.

    With one profile of unknown sigma and no priors that is exact in one go; otherwise
    the weights depend on the sigmas, and both are found in turn.
    """
    estimated = tuple(e.data.estimates_sigma for e in experiments)
    noise = first_sigmas(experiments)
    priors = bool(np.any(objective.with_prior))
    gaussian, like = all_gaussian(experiments), (method, max_steps)
    exact = gaussian and not priors and len(experiments) == 1
    turns = 15 if any(estimated) and not exact else 1
    outcome = compiled_minimise(
        objective, objective.centre, _arrays(noise), method, from_data, max_steps
    )
    steps = int(outcome.steps)
    before, noise = noise, next_sigmas(outcome, noise, experiments)
    for _ in range(turns - 1):
        change = max(abs(math.log(a[0] / b[0])) for a, b in zip(noise, before))
        if change < 1e-3 or not is_finite(outcome):
            break
        outcome = compiled_minimise(
            objective, outcome.free, _arrays(noise), method, False, max_steps
        )
        steps += int(outcome.steps)
        before, noise = noise, next_sigmas(outcome, noise, experiments)
    if gaussian:
        ratio = [b / a for a, b in zip(noise, before)]
        rows = np.concatenate(
            [*ratio, np.ones(len(outcome.residual) - sum(map(len, ratio)))]
        )
        residual = np.asarray(outcome.residual) * rows
        jacobian = np.asarray(outcome.jacobian) * rows[:, None]
    else:
        # The rows are not in proportion to one over sigma: they stay those of the run.
        noise = before
        residual, jacobian = np.asarray(outcome.residual), np.asarray(outcome.jacobian)
    spans = [float(np.ptp(np.asarray(e.data.value))) for e in experiments]
    offset = method.offset if isinstance(method, Optax) else _OFFSET
    sentence = _complaint(outcome, residual, jacobian, noise, spans, offset)
    if gaussian:
        ends = np.cumsum([len(sigma) for sigma in noise])
        parts = np.split(residual[: ends[-1]], ends[:-1])
        # Data minus model, in the unit of the values.
        misfit = tuple(-part * sigma for part, sigma in zip(parts, noise))
    else:
        jacobian, misfit, noise = sharpened(
            objective, outcome, experiments, noise, like
        )
    return State(
        np.asarray(outcome.free),
        residual,
        jacobian,
        noise,
        misfit,
        estimated,
        tuple(experiment.data.noise.normal for experiment in experiments),
        steps,
        sentence,
        like,
    )


def _arrays(noise: Sigmas) -> tuple[Float[Array, " _"], ...]:
    return tuple(map(jnp.asarray, noise))


def _complaint(
    outcome: Outcome,
    residual: np.ndarray,
    jacobian: np.ndarray,
    noise: tuple[np.ndarray, ...],
    spans: list[float],
    offset: float,
) -> str:
    """Empty if the end is a minimum: no change of the parameters gains anything."""
    if not is_finite(outcome):
        return str(RESULTS[RESULTS.start_not_finite])
    worst, start = 0.0, 0
    for sigma, span in zip(noise, spans):
        part = residual[start : start + len(sigma)] * sigma
        worst = max(worst, float(np.sqrt(np.mean(part**2))) / max(span, 1e-300))
        start += len(sigma)
    if worst < 1e-7:
        return ""  # as good as exact data: there is no noise to measure slopes by
    left, singular, _ = np.linalg.svd(jacobian, full_matrices=False)
    steep = singular > 1e-7 * max(float(singular.max(initial=0.0)), 1e-300)
    gain = np.sqrt(np.sum((left[:, steep].T @ residual) ** 2))
    scatter = math.sqrt(float(np.sum(residual**2)) / len(residual))
    if gain <= offset * max(scatter, 1e-300):
        return ""
    result = RESULTS.promote(outcome.result)
    if result == RESULTS.nonlinear_divergence:
        result = RESULTS.stalled
    elif result == RESULTS.successful:
        result = RESULTS.not_minimum
    return str(RESULTS[result])
