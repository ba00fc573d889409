"""Standard deviations of the data: given, estimated from residuals, or of a model."""

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np

from ._core import Outcome, Ran, values_at
from ._covariance import leverage
from ._experiment import AbstractExperiment
from ._noise import Gaussian
from ._objective import Objective


Sigmas = tuple[np.ndarray, ...]


def first_sigmas(experiments: Sequence[AbstractExperiment]) -> Sigmas:
    """Standard deviations to begin with, in the unit of the values.

    Those given; a hundredth of the range where they are to be estimated; else what the
    noise says of the measured values.
    """
    return tuple(_first(experiment) for experiment in experiments)


def _first(experiment: AbstractExperiment) -> np.ndarray:
    data = experiment.data
    if data.sigma is not None:
        return np.asarray(data.sigma)
    value = np.asarray(data.value)
    if data.estimates_sigma:
        return np.full(len(value), 1e-2 * max(float(np.ptp(value)), 1e-30))
    return np.asarray(data.noise.deviation(data.value, jnp.ones(len(value))))


def is_finite(outcome: Outcome) -> bool:
    """Whether rows are finite, and some of them depend on a parameter."""
    return bool(np.all(np.isfinite(np.asarray(outcome.residual)))) and bool(
        np.any(np.asarray(outcome.jacobian))
    )


def next_sigmas(
    outcome: Outcome, sigmas: Sigmas, experiments: Sequence[AbstractExperiment]
) -> Sigmas:
    """Each unknown sigma from its own residuals and the parameters they determine.

    **Arguments:**

    - `outcome`: of a minimisation with `sigmas`.
    - `sigmas`: standard deviations, in the unit of the values.
    - `experiments`: of which some have an unknown sigma.
    """
    estimated = [experiment.data.estimates_sigma for experiment in experiments]
    if not any(estimated) or not is_finite(outcome):
        return sigmas
    residual = np.asarray(outcome.residual)
    used = leverage(np.asarray(outcome.jacobian))
    out, start = [], 0
    for experiment, sigma in zip(experiments, sigmas):
        part = slice(start, start + len(sigma))
        start += len(sigma)
        if experiment.data.estimates_sigma:
            left = max(len(sigma) - float(np.sum(used[part])), 1e-3)
            factor = experiment.data.noise.spread(residual[part], left)
            out.append(sigma * max(factor, 1e-12))
        else:
            out.append(sigma)
    return tuple(out)


def all_gaussian(experiments: Sequence[AbstractExperiment]) -> bool:
    """Whether rows are differences over sigma, all of them."""
    return all(type(e.data.noise) is Gaussian for e in experiments)


def sharpened(
    objective: Objective,
    outcome: Outcome,
    experiments: Sequence[AbstractExperiment],
    sigmas: Sigmas,
    like: Ran,
) -> tuple[np.ndarray, Sigmas, Sigmas]:
    """What noise that is not Gaussian leaves to know, from its expected information.

    **Returns:** Jacobian of the rows whose squares are that information; data minus
    model, and standard deviations at the model, in the unit of the values.
    """
    values, slopes = map(np.asarray, values_at(objective, outcome.free, like))
    jacobian = np.array(outcome.jacobian)
    misfit, out, start = [], [], 0
    for experiment, sigma in zip(experiments, sigmas):
        part = slice(start, start + len(sigma))
        start += len(sigma)
        noise, given = experiment.data.noise, jnp.asarray(sigma)
        model = jnp.asarray(values[part])
        sharp = np.asarray(noise.sharpness(model, given))
        jacobian[part] = sharp[:, None] * slopes[part]
        misfit.append(np.asarray(experiment.data.value) - values[part])
        out.append(np.asarray(noise.deviation(model, given)))
    return jacobian, tuple(misfit), tuple(out)
