"""From a fit's numbers to its result: estimates, errors, verdicts, diagnostics."""

import dataclasses
import math
from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np

from ._covariance import information, quantile
from ._curves import Solved
from ._declare import Words
from ._diagnostics import diagnose
from ._estimates import Fit
from ._experiment import AbstractExperiment
from ._identifiability import verdicts
from ._objective import Objective
from ._reported import Estimate, Reported, reported
from ._run import State


@dataclasses.dataclass(frozen=True)
class Made:
    """The clean objective of a fit, beside the one that was run.

    **Attributes:**

    - `objective`: whose model is what the user gets.
    - `words`: for each number that is reported.
    - `columns`: where its free vector is in the one that was run.
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
    told = reported(objective.slots, np.asarray(free))
    described = tuple(word.described for word in words)
    plain = tuple(word.name for word in words)
    judged, sentences = verdicts(
        total,
        data,
        prior_rows,
        told.sizes,
        described,
        plain,
        objective.with_prior,
        told.rows,
    )
    chi2 = float(np.sum(state.residual[:points] ** 2))
    diagnostics, start = [], 0
    for experiment, sigma in zip(experiments, state.noise):
        part = state.residual[start : start + len(sigma)]
        start += len(sigma)
        diagnostics.append(diagnose(experiment.data.name, part))
    if not any(state.estimated) and all(state.normal) and dof > 0:
        sentences = (*sentences, *_chi2_sentence(chi2, dof))
    flat = total.undetermined(told.rows)
    inside = told.rows @ total.covariance @ told.rows.T
    covariance = inside * np.outer(told.slopes, told.slopes)
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
        parameters=_estimates(told, words, total.error_of(told.rows), q, judged),
        covariance=covariance,
        correlation=total.correlation(told.rows),
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
        columns=made.columns,
    )


def _estimates(
    told: Reported,
    words: tuple[Words, ...],
    errors: np.ndarray,
    q: float,
    judged: tuple[str, ...],
) -> tuple[Estimate, ...]:
    low, high = told.interval(errors, q)
    out = []
    for i, word in enumerate(words):
        known = math.isfinite(errors[i])
        stderr = abs(told.slopes[i]) * errors[i] if known else math.inf
        ends = float(low[i]), float(high[i])
        value = float(told.values[i])
        out.append(
            Estimate(word.name, value, float(stderr), word.unit, judged[i], *ends)
        )
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
