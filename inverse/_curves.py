"""What follows from a fit: quantities of its model, and D(c), with their errors."""

from collections.abc import Callable, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, PyTree

import diffjax as djx

from ._core import derived
from ._covariance import Information
from ._data import AbstractData
from ._experiment import AbstractTraverse, law_of
from ._objective import Objective


Solved = tuple[Objective, Float[Array, " _"], Information]


def predicted(solved: Solved, function: Callable[[Any], ArrayLike]) -> tuple[Any, Any]:
    """A quantity of the model and its standard deviation, by the delta method.

    **Arguments:**

    - `solved`: objective, free vector and information.
    - `function`: from the model to the quantity, in its unit.
    """
    objective, free, known = solved
    value, jacobian = derived(function, objective, free)
    rows = np.asarray(jacobian).reshape(-1, free.size)
    error = known.error_of(rows).reshape(np.shape(value))
    return np.asarray(value)[()], error[()]


def composition_range(profiles: Sequence[AbstractData]) -> tuple[float, float]:
    """Smallest and largest value, in their unit; NaN without profiles."""
    if not profiles:
        return np.nan, np.nan
    values = np.concatenate([np.asarray(one.value) for one in profiles])
    return float(values.min()), float(values.max())


def diffusivity_of(
    experiment: AbstractTraverse,
    ran: Solved,
    alternatives: Sequence[tuple[float, Solved]],
    quantile: float,
    compositions: ArrayLike,
    temperature: ArrayLike,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Diffusivity and both ends of its interval, in m²/s; shape `(n,)`.

    **Arguments:**

    - `experiment`: whose law is meant.
    - `ran`: objective, free vector and information.
    - `alternatives`: the same of other numbers of knots, by their weights.
    - `quantile`: half width in standard deviations.
    - `compositions`: in the unit of the values; shape `(n,)`.
    - `temperature`: in K.
    """
    objective, free, known = ran
    at = jnp.atleast_1d(djx.real(compositions)), djx.real(temperature)
    log_d, jacobian = derived(_LogDiffusivity(experiment.law), objective, free, *at)
    error = known.error_of(np.asarray(jacobian))
    middle = np.asarray(log_d)
    # What other numbers of knots say, by their weights.
    variance, rest = 0.0, 1.0
    for weight, (there, found, sharp) in alternatives:
        log_d, jacobian = derived(_LogDiffusivity(experiment.law), there, found, *at)
        spread = sharp.error_of(np.asarray(jacobian)) ** 2
        variance = variance + weight * (spread + (np.asarray(log_d) - middle) ** 2)
        rest -= weight
    error = np.sqrt(rest * error**2 + variance)
    half = np.where(np.isfinite(error), quantile * error, np.inf)
    with np.errstate(over="ignore"):
        return np.exp(middle), np.exp(middle - half), np.exp(middle + half)


class _LogDiffusivity:
    """ln D of a model at compositions and one temperature; equal if the law is."""

    def __init__(self, pick: Callable | None):
        self.pick = pick

    def __call__(
        self, model: PyTree, c: Float[Array, " n"], temperature: Float[Array, ""]
    ) -> Float[Array, " n"]:
        return jnp.log(law_of(model, self.pick).over(c, temperature))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _LogDiffusivity) and other.pick is self.pick

    def __hash__(self) -> int:
        return hash(self.pick)
