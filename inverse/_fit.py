"""The front door: from a model and what was measured to estimates with errors."""

import dataclasses
import math
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
import optimistix as optx
from jaxtyping import Array, Float, PyTree

from ._core import compiled_minimise, Method, natural_values, Outcome, Ran
from ._covariance import Information, information, quantile
from ._diagnostics import diagnose
from ._estimates import Estimate, Fit, Solved
from ._experiments import AbstractExperiment
from ._gradient import Optax
from ._identifiability import verdicts
from ._least_squares import LevenbergMarquardt
from ._objective import build, Objective, Words
from ._parameters import default_free, Free
from ._priors import MultivariateNormal
from ._results import FitError, RESULTS
from ._sigmas import (
    all_gaussian,
    first_sigmas,
    is_finite,
    next_sigmas,
    sharpened,
    Sigmas,
)


# More parameters than this are differentiated in reverse.
_MOST_FORWARD = 50
# Largest distance from the minimum, in standard deviations of the worst combination
# of parameters, at which a fit counts as converged.
_OFFSET = 0.03


def fit(
    model: PyTree,
    experiments: Sequence[AbstractExperiment] | AbstractExperiment,
    free: Sequence[Free] | Free | None = None,
    *,
    priors: Sequence[MultivariateNormal] | MultivariateNormal = (),
    method: Method | None = None,
    start: str = "data",
    max_steps: int = 200,
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
        geometry of crystals). Local parameters are declared by the experiments.

    **Other arguments:**

    - `priors`: [`inverse.MultivariateNormal`][] of several parameters together, beside
        those that each `Free` may have.
    - `method`: [`inverse.LevenbergMarquardt`][] by default; any least-squares solver
        or minimiser of optimistix, or [`inverse.Optax`][].
    - `start`: `"data"` to start at diffusivities guessed from the data (Sauer–Freise
        for couples), `"model"` to start at the model's values and `Free(init=...)`.
    - `max_steps`: at most so many steps (no unit) of an optimistix method.
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
    if free is None:
        declared = default_free(model)
    else:
        declared = (free,) if isinstance(free, Free) else tuple(free)
    priors = (priors,) if isinstance(priors, MultivariateNormal) else tuple(priors)
    objective, words = build(model, experiments, declared, priors=priors)
    size = len(words)
    forward = size <= _MOST_FORWARD
    if forward != objective.forward:
        objective = dataclasses.replace(objective, forward=forward)
    enough_points(objective, experiments, size)
    state = run(objective, experiments, method, start == "data", max_steps, throw)
    made = Made(objective, words, np.arange(size))
    return assemble(state, made, objective, experiments)


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
        if experiment.profile.value.dtype != jnp.float64:
            raise ValueError(
                "`fit` needs profiles in double precision; "
                f"{experiment.profile.name!r} holds {experiment.profile.value.dtype}."
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
    points = sum(experiment.profile.points for experiment in experiments)
    priors = sum(slot.size for slot in objective.slots if slot.prior is not None)
    priors += sum(len(prior.names) for prior, _ in objective.joint)
    if size == 0:
        raise ValueError("`fit` found nothing to fit: every parameter is held.")
    unknown = any(e.profile.estimates_sigma for e in experiments)
    if points + priors < size or (unknown and points + priors == size):
        more = " and unknown sigma" if unknown else ""
        raise ValueError(
            f"`fit` needs more points than parameters; got {points} points for {size} "
            f"parameters{more}: hold some of them, or add data."
        )


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
    estimated = tuple(e.profile.estimates_sigma for e in experiments)
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
    spans = [float(np.ptp(np.asarray(e.profile.value))) for e in experiments]
    sentence = _complaint(outcome, residual, jacobian, noise, spans)
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
        tuple(experiment.profile.noise.normal for experiment in experiments),
        steps,
        sentence,
        like,
    )


def _arrays(noise: Sigmas) -> tuple[Float[Array, " points"], ...]:
    return tuple(map(jnp.asarray, noise))


def _complaint(
    outcome: Outcome,
    residual: np.ndarray,
    jacobian: np.ndarray,
    noise: tuple[np.ndarray, ...],
    spans: list[float],
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
    if gain <= _OFFSET * max(scatter, 1e-300):
        return ""
    result = RESULTS.promote(outcome.result)
    if result == RESULTS.nonlinear_divergence:
        result = RESULTS.stalled
    elif result == RESULTS.successful:
        result = RESULTS.not_minimum
    return str(RESULTS[result])


@dataclasses.dataclass(frozen=True)
class Made:
    """The clean objective of a fit, beside the one that was run.

    **Attributes:**

    - `objective`: whose model is what the user gets.
    - `words`: for each number of its free vector.
    - `columns`: where those numbers are in the free vector that was run.
    """

    objective: Objective
    words: tuple[Words, ...]
    columns: np.ndarray

    def solved(self, state: State) -> Solved:
        """Objective, free vector and information, of the numbers in `columns`."""
        free = jnp.asarray(state.free[self.columns])
        return self.objective, free, information(state.jacobian[:, self.columns])


def assemble(
    state: State,
    made: Made,
    run_with: Objective,
    experiments: Sequence[AbstractExperiment],
) -> Fit:
    """Makes the result of the numbers: errors, verdicts, diagnostics."""
    words, points = made.words, state.points
    objective, free, total = made.solved(state)
    jacobian = state.jacobian[:, made.columns]
    data = information(jacobian[:points])
    prior_rows = jacobian[points:]
    dof = len(state.residual) - total.rank
    q = quantile(dof if any(state.estimated) else None)
    scales = np.concatenate([np.full(s.size, float(s.scale)) for s in objective.slots])
    described = tuple(word.described for word in words)
    plain = tuple(word.name for word in words)
    judged, sentences = verdicts(
        total, data, prior_rows, scales, described, plain, objective.with_prior
    )
    estimates, slopes = _estimates(objective, words, np.asarray(free), total, q, judged)
    chi2 = float(np.sum(state.residual[:points] ** 2))
    diagnostics, start = [], 0
    for experiment, sigma in zip(experiments, state.noise):
        part = state.residual[start : start + len(sigma)]
        start += len(sigma)
        diagnostics.append(diagnose(experiment.profile.name, part))
    if not any(state.estimated) and all(state.normal) and dof > 0:
        sentences = (*sentences, *_chi2_sentence(chi2, dof))
    flat = total.undetermined()
    covariance = total.covariance * np.outer(slopes, slopes)
    covariance = np.where(flat[:, None] | flat[None, :], np.nan, covariance)
    covariance[flat, flat] = np.inf
    sigmas = tuple(
        float(sigma[0])
        for sigma, unknown in zip(state.noise, state.estimated)
        if unknown
    )
    everything = Made(run_with, (), np.arange(len(state.free)))
    return Fit(
        model=objective.model(free),
        experiments=tuple(experiments),
        parameters=estimates,
        covariance=covariance,
        correlation=total.correlation(),
        chi2=chi2,
        dof=dof,
        sigma=None if not sigmas else (sigmas[0] if len(sigmas) == 1 else sigmas),
        aicc=aicc(state),
        residuals=state.misfit,
        converged=not state.sentence,
        result=state.sentence,
        iterations=state.steps,
        verdicts=sentences,
        diagnostics=tuple(diagnostics),
        knots_table=None,
        alternatives=(),
        quantile=q,
        noise=state.noise,
        clean=(objective, free, total),
        ran=everything.solved(state),
        like=state.like,
        logged=_logged(objective, words),
        columns=made.columns,
    )


def _estimates(
    objective: Objective,
    words: tuple[Words, ...],
    free: np.ndarray,
    total: Information,
    q: float,
    judged: tuple[str, ...],
) -> tuple[tuple[Estimate, ...], np.ndarray]:
    logged = _logged(objective, words)
    errors = total.errors()
    half = np.where(np.isfinite(errors), q * errors, np.inf)
    at = lambda u: natural_values(objective.slots, logged, jnp.asarray(u))
    values, slopes = map(np.asarray, at(free))
    low, high = np.asarray(at(free - half)[0]), np.asarray(at(free + half)[0])
    out = []
    for i, word in enumerate(words):
        stderr = abs(slopes[i]) * errors[i] if math.isfinite(errors[i]) else math.inf
        ends = sorted((float(low[i]), float(high[i])))
        out.append(
            Estimate(
                word.name, float(values[i]), float(stderr), word.unit, judged[i], *ends
            )
        )
    return tuple(out), slopes


def _logged(objective: Objective, words: tuple[Words, ...]) -> tuple[bool, ...]:
    """For each slot, whether its exponential is what is reported."""
    out, start = [], 0
    for slot in objective.slots:
        out.append(words[start].logged)
        start += slot.size
    return tuple(out)


def _chi2_sentence(chi2: float, dof: int) -> tuple[str, ...]:
    # Wilson and Hilferty: the cube root of chi2/dof is close to normal.
    spread = 2 / (9 * dof)
    z = ((chi2 / dof) ** (1 / 3) - (1 - spread)) / math.sqrt(spread)
    if z > 4:
        return (
            f"chi2/dof = {chi2 / dof:.2f}: the residuals are larger than the given "
            "sigma; the model is wrong somewhere, or sigma too small",
        )
    return ()


def aicc(state: State) -> float:
    r"""Akaike's criterion for few points; smaller is better; no unit.

    $\chi^2$ for a known sigma, $n \ln(\mathrm{RSS}/n)$ for an unknown one, which counts
    as one parameter more.
    """
    count = state.points
    size, cost, start = information(state.jacobian).rank, 0.0, 0
    for sigma, unknown, normal in zip(state.noise, state.estimated, state.normal):
        part = state.residual[start : start + len(sigma)]
        start += len(sigma)
        size += unknown
        if unknown and normal:
            mean = max(float(np.mean((part * sigma) ** 2)), 1e-300)
            cost += len(part) * math.log(mean)
        else:
            scale = 2 * float(np.sum(np.log(sigma))) if unknown else 0.0
            cost += float(np.sum(part**2)) + scale
    if count - size - 1 <= 0:
        return math.inf
    return cost + 2 * size + 2 * size * (size + 1) / (count - size - 1)
