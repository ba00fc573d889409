"""From a fit's numbers to its result: estimates, errors, verdicts, diagnostics."""

import dataclasses
import math
from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np

from ._core import natural_values
from ._covariance import Information, information, quantile
from ._diagnostics import diagnose
from ._estimates import Estimate, Fit, Solved
from ._experiment import AbstractExperiment
from ._identifiability import verdicts
from ._objective import Objective, Words
from ._run import State


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
        diagnostics.append(diagnose(experiment.data.name, part))
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
