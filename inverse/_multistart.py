"""A fit from many random starts: screened first, failures counted."""

import dataclasses
from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optimistix as optx

from ._core import compiled_minimise, Method
from ._expected import from_priors
from ._experiment import AbstractExperiment
from ._objective import Objective
from ._results import FitError
from ._sigmas import first_sigmas, is_finite


# So many points are looked at for each start that is followed.
_SCREENED = 4
# How far starts without a prior scatter, in scales.
_WIDE = 2.0


@dataclasses.dataclass(frozen=True)
class Starts:
    """How the minimisations from many starts ended.

    **Attributes:**

    - `chi2`: where each ended, rising; infinite for those that failed; no unit.
    - `screened`: number of points that were looked at, of which these are the best.
    - `failed`: how many did not end in a minimum.
    - `agreed`: how many ended in the lowest one.
    """

    chi2: np.ndarray
    screened: int
    failed: int
    agreed: int

    def __str__(self) -> str:
        other = len(self.chi2) - self.failed - self.agreed
        said = f"{len(self.chi2)} starts: {self.agreed} reached this minimum"
        if other:
            said += f", {other} a higher one"
        return said + (f", {self.failed} failed" if self.failed else "")


def best_start(
    objective: Objective,
    experiments: Sequence[AbstractExperiment],
    method: Method,
    from_data: bool,
    max_steps: int,
    starts: int,
    seed: int,
) -> tuple[Objective, Starts]:
    """The objective, centred on the lowest minimum that many starts found.

    The first start is that of a fit from one; the others are the best, by chi2, of many
    points drawn from the priors, or two scales around the model's values. They are run
    one after the other by the program of the fit: together all would wait for the
    slowest.

    **Arguments:**

    - `objective`, `experiments`, `method`, `from_data`, `max_steps`: as in a fit from
        one start.
    - `starts`: how many, at least 2; no unit.
    - `seed`: of the random numbers.

    **Raises:** [`inverse.FitError`][] if all fail.
    """
    noise = tuple(map(jnp.asarray, first_sigmas(experiments)))
    count = _SCREENED * starts
    drawn = from_priors(objective, count, seed, _WIDE)
    costs = np.asarray(_costs(objective, jnp.asarray(drawn), noise))
    costs = np.where(np.isfinite(costs), costs, np.inf)
    order = np.argsort(costs, kind="stable")
    order = order[np.isfinite(costs[order])][: starts - 1]
    points = [(objective.centre, from_data)]
    points += [(jnp.asarray(drawn[k]), False) for k in order]
    ends, chi2 = [], []
    for free, guess in points:
        outcome = compiled_minimise(objective, free, noise, method, guess, max_steps)
        good = is_finite(outcome) and bool(outcome.result == optx.RESULTS.successful)
        ends.append(outcome.free)
        chi2.append(
            float(np.sum(np.asarray(outcome.residual) ** 2)) if good else np.inf
        )
    # Points that were never followed, because the model gives nothing there.
    chi2 += [np.inf] * (starts - len(points))
    best = int(np.argmin(chi2))
    if not np.isfinite(chi2[best]):
        blind = count - int(np.sum(np.isfinite(costs)))
        raise FitError(
            f"All {starts} starts failed, and the model gives no number at {blind} of "
            f"the {count} random points that were looked at. Give starts nearer to "
            "the truth (`Free(init=...)`), a smaller `Free(scale=...)` or a prior "
            "where the points may scatter too far, or hold some parameters; a fit "
            "with `starts=1, throw=False` shows where one start goes."
        )
    dof = max(sum(len(s) for s in noise) - objective.centre.size, 1)
    agreed = int(np.sum(np.array(chi2) <= chi2[best] * (1 + 1 / dof) + 1e-12))
    failed = int(np.sum(np.isinf(chi2)))
    told = Starts(np.sort(chi2), count, failed, agreed)
    return dataclasses.replace(objective, centre=ends[best]), told


@eqx.filter_jit
def _costs(objective, frees, noise):
    # One after the other: side by side, a march would wait for the hardest of all.
    return jax.lax.map(lambda u: jnp.sum(objective.residual(u, noise) ** 2), frees)
