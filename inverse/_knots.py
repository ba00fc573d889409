"""D(c) without a formula: a log-spline whose number of knots the data choose."""

import dataclasses
import math
from collections.abc import Sequence
from typing import Literal

import jax.numpy as jnp
import numpy as np

import diffjax as djx

from ._assemble import aicc, assemble, Made
from ._core import Method
from ._declare import Words
from ._defaults import default_free
from ._estimates import Fit
from ._experiment import AbstractExperiment, AbstractTraverse
from ._fit import checked, enough_points
from ._objective import build, Objective
from ._results import FitError
from ._run import run, State


# The numbers of knots that are tried, and the number to which all are padded, so that
# one compiled program serves them all.
_FEWEST, _MOST = 2, 8
_PADDED = 8


def fit_log_spline(
    experiments: Sequence[AbstractExperiment] | AbstractExperiment,
    knots: int | Literal["auto"] = "auto",
    *,
    method: Method | None = None,
    max_steps: int = 200,
    throw: bool = True,
) -> Fit:
    r"""Finds D(c) as a natural cubic spline of $\ln D$ on even knots.

    **Arguments:**

    - `experiments`: as in [`inverse.fit`][]; all have one law and one temperature.
    - `knots`: their number (no unit), at least 2, or `"auto"`: the one with the
        smallest AICc of 2 to 8. They are spread evenly over the measured range
        (rounded to a hundredth of it).
    - `method`, `max_steps`, `throw`: as in [`inverse.fit`][].

    **Returns:**

    An [`inverse.Fit`][] whose model is a [`diffjax.diffusivity.LogSpline`][]. With
    `"auto"` its `knots_table` holds the AICc of what was tried, and the intervals of
    `diffusivity` take in what the other numbers of knots give, by their Akaike weights;
    errors of the parameters are those for the chosen number.

    **Raises:** as [`inverse.fit`][]; `ValueError` too if `knots` is something else, or
    an experiment picks its law from a larger model.

    !!! example

        ```python
        fit = inv.fit_log_spline([inv.Couple(profile, djx.Anneal(3.6e5, 1273.15))])
        fit.diffusivity(jnp.array([0.2, 0.5, 0.8]))
        ```
    """
    if knots != "auto" and (
        isinstance(knots, bool) or not isinstance(knots, int) or knots < 2
    ):
        raise ValueError(
            "`fit_log_spline(knots=...)` must be 'auto' or an integer >= 2; got "
            f"{knots!r}."
        )
    experiments, method = checked(experiments, method, "data")
    traverses = [e for e in experiments if isinstance(e, AbstractTraverse)]
    if len(traverses) < len(experiments):
        raise ValueError(
            "`fit_log_spline` needs profiles such as `Couple(profile, anneal)`; use "
            "`fit` with a `djx.diffusivity.LogSpline` to join other data."
        )
    if any(experiment.law is not None for experiment in traverses):
        raise ValueError(
            "`fit_log_spline` makes the one law itself: leave `law=...` out of the "
            "experiments, or use `fit`."
        )
    _one_temperature(traverses)
    values = np.concatenate([np.asarray(e.data.value) for e in experiments])
    low, high = float(values.min()), float(values.max())
    if low == high:
        raise ValueError(
            f"`fit_log_spline` needs profiles that vary; all values are {low:g}."
        )
    # Round numbers, to a hundredth of the range: outside the knots ln D is a line.
    digits = 2 - math.ceil(math.log10(high - low))
    ends = round(low, digits), round(high, digits)
    padded = _PADDED if knots == "auto" else max(knots, _PADDED)
    first = _spline(ends, 2, 1.0).padded(padded)
    objective, words = build(first, experiments, default_free(first))
    log_level = float(np.mean(np.asarray(objective.targets[0][1])))
    centre = np.array(objective.centre)
    centre[:padded] = log_level
    objective = dataclasses.replace(objective, centre=jnp.asarray(centre))
    counts = range(_FEWEST, _MOST + 1) if knots == "auto" else [knots]
    tried: list[_Tried] = []
    for count in counts:
        size = len(objective.centre) - padded + count
        if tried and len(values) - size - 2 <= 0:
            break
        enough_points(objective, experiments, size)
        law = _spline(ends, count, math.exp(log_level))
        whole = (law.padded(padded), objective.whole[1])
        mine = dataclasses.replace(objective, whole=whole)
        state = run(mine, experiments, method, True, max_steps, False)
        if state.sentence and knots != "auto" and throw:
            raise FitError(state.sentence)
        local = np.arange(padded, len(objective.centre))
        columns = np.concatenate([np.arange(count), local])
        score = math.inf if state.sentence else aicc(state)
        tried.append(_Tried(count, law, mine, state, columns, score))
        scores = [one.score for one in tried]
        if len(tried) >= 4 and min(scores[-2:]) > min(scores[:-2]):
            break
    best = min(tried, key=lambda one: one.score)
    if best.state.sentence and throw:
        raise FitError(best.state.sentence)
    # The same without the padding: for reports, and for who goes on with the model.
    slots = objective.slots
    clean = dataclasses.replace(
        objective,
        whole=(best.law, objective.whole[1]),
        slots=(dataclasses.replace(slots[0], size=best.count), *slots[1:]),
        centre=jnp.asarray(centre[best.columns]),
    )
    made = Made(clean, (*knot_words(best.law), *words[padded:]), best.columns)
    found = assemble(best.state, made, best.objective, experiments)
    if knots != "auto":
        return found
    least = best.score if math.isfinite(best.score) else 0.0
    weights = np.array([math.exp(0.5 * (least - one.score)) for one in tried])
    others = []
    for one, weight in zip(tried, weights / max(weights.sum(), 1e-300)):
        if one is not best and weight > 1e-3:
            other = Made(one.objective, (), np.arange(len(one.state.free)))
            others.append((float(weight), other.solved(one.state)))
    return dataclasses.replace(
        found,
        knots_table=tuple((one.count, one.score) for one in tried),
        alternatives=tuple(others),
    )


@dataclasses.dataclass(frozen=True)
class _Tried:
    count: int
    law: djx.diffusivity.LogSpline
    objective: Objective
    state: State
    columns: np.ndarray
    score: float


def _spline(
    ends: tuple[float, float], count: int, level: float
) -> djx.diffusivity.LogSpline:
    return djx.diffusivity.LogSpline(np.linspace(*ends, count), level)


def knot_words(law: djx.diffusivity.LogSpline) -> tuple[Words, ...]:
    """What reports call the values at the knots."""
    (free,) = default_free(law)
    names = free.name if isinstance(free.name, tuple) else ()
    return tuple(Words(name, free.unit, True, f"ln {name}") for name in names)


def _one_temperature(experiments: Sequence[AbstractTraverse]) -> None:
    found = [
        e.anneal.temperature for e in experiments if isinstance(e.anneal, djx.Anneal)
    ]
    different = found and max(map(float, found)) - min(map(float, found)) > 0.5
    if different or len(found) not in (0, len(experiments)):
        raise ValueError(
            "`fit_log_spline` needs experiments at one temperature, because its law "
            "does not know any; use `fit` with `djx.diffusivity.Activated` around a "
            "`LogSpline`."
        )
