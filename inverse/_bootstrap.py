"""Errors from refits of data drawn anew: parametric, residual and block bootstrap."""

import dataclasses

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from ._core import compiled_minimise, Outcome
from ._covariance import leverage
from ._likelihood import Valley
from ._results import FitError


# As far from its minimum, in standard deviations, may a refit end.
_OFFSET = 0.03


@dataclasses.dataclass(frozen=True)
class Bootstrap:
    """Estimates from data drawn anew around a fit.

    **Attributes:**

    - `kind`: how the data were drawn.
    - `names`: of the parameters.
    - `samples`: estimates of the refits that converged, each parameter in its unit;
        shape `(n, p)`.
    - `failed`: how many refits did not.
    - `determined`: which parameters the data of the fit determine; shape `(p,)`.
    """

    kind: str
    names: tuple[str, ...]
    samples: np.ndarray
    failed: int
    determined: np.ndarray

    @property
    def errors(self) -> np.ndarray:
        """Standard deviations, in the units of the parameters; shape `(p,)`; infinite
        where the data do not determine one."""
        spread = np.std(self.samples, axis=0, ddof=1)
        return np.where(self.determined, spread, np.inf)

    def interval(self, name: str, level: float = 0.95) -> tuple[float, float]:
        """Percentiles of one parameter.

        **Arguments:**

        - `name`: of the parameter.
        - `level`: probability inside, between 0 and 1.

        **Returns:**

        Lower and upper end, in the parameter's unit; infinite where the data do not
        determine it.

        **Raises:** `KeyError` if no parameter is called so.
        """
        if name not in self.names:
            raise KeyError(f"{name!r}; the fit has {', '.join(self.names)}")
        index = self.names.index(name)
        if not self.determined[index]:
            return -np.inf, np.inf
        tails = 0.5 * (1 - level), 0.5 * (1 + level)
        low, high = np.quantile(self.samples[:, index], tails)
        return float(low), float(high)


def bootstrap(
    valley: Valley,
    names: tuple[str, ...],
    count: int,
    kind: str,
    seed: int,
    block: int | None,
) -> Bootstrap:
    """Draws data, refits, and collects, by the program of the fit: nothing is compiled.

    **Arguments:**

    - `valley`: the minimum.
    - `names`: of the parameters.
    - `count`: number of refits.
    - `kind`: how the data are drawn.
    - `seed`: of the random numbers.
    - `block`: points in a block; the cube root of the number of points if `None`, at
        least 2.

    **Raises:** `ValueError` if an argument is wrong; [`inverse.FitError`][] if fewer
    than two refits converge.
    """
    if kind not in ("parametric", "residual", "block"):
        raise ValueError(
            "`bootstrap(kind=...)` must be 'parametric', 'residual' or 'block'; got "
            f"{kind!r}."
        )
    if count < 2:
        raise ValueError(f"`bootstrap(count=...)` must be at least 2; got {count}.")
    if block is not None and block < 1:
        raise ValueError(f"`bootstrap(block=...)` must be at least 1; got {block}.")
    objective, like = valley.objective, valley.like
    noise = tuple(map(jnp.asarray, valley.noise))
    free = jnp.asarray(valley.whole)
    residual, jacobian = valley.rows(valley.bottom)
    # Residuals scatter less than the noise: each by the share that the fit took.
    even = residual / np.sqrt(np.maximum(1 - leverage(jacobian), 1e-3))
    rng = np.random.default_rng(seed)
    samples = []
    for _ in range(count):
        values, start = [], 0
        for experiment, sigma in zip(objective.experiments, valley.noise):
            part = slice(start, start + len(sigma))
            start += len(sigma)
            fitted = np.asarray(experiment.data.value) + sigma * residual[part]
            drawn = _draw(rng, kind, -even[part], block)
            values.append(jnp.asarray(fitted + sigma * drawn))
        anew = eqx.tree_at(
            lambda o: [experiment.data.value for experiment in o.experiments],
            objective,
            values,
        )
        outcome = compiled_minimise(anew, free, noise, like[0], False, like[1])
        if _at_minimum(outcome):
            found = np.asarray(outcome.free)[valley.columns]
            samples.append(valley.all_natural(found))
    if len(samples) < 2:
        raise FitError(
            f"`bootstrap`: {count - len(samples)} of {count} refits did not converge; "
            "hold parameters that the data hardly determine, or use another method."
        )
    failed = count - len(samples)
    determined = ~valley.known.undetermined(valley.told.rows)
    return Bootstrap(kind, names, np.stack(samples), failed, determined)


def _draw(
    rng: np.random.Generator, kind: str, residual: np.ndarray, block: int | None
) -> np.ndarray:
    """New errors of one experiment, in units of their sigma."""
    size = len(residual)
    if kind == "parametric":
        return rng.normal(size=size)
    centred = residual - np.mean(residual)
    if kind == "residual":
        return rng.choice(centred, size=size)
    # Blocks on a circle, so that all points are drawn equally often.
    length = min(max(2, round(size ** (1 / 3))) if block is None else block, size)
    starts = rng.integers(size, size=-(-size // length))
    where = (starts[:, None] + np.arange(length)).reshape(-1)[:size]
    return centred[where % size]


def _at_minimum(outcome: Outcome) -> bool:
    """Whether no change of the parameters gains anything."""
    residual, jacobian = np.asarray(outcome.residual), np.asarray(outcome.jacobian)
    if not (np.all(np.isfinite(residual)) and np.all(np.isfinite(jacobian))):
        return False
    lengths = np.linalg.norm(jacobian, axis=0)
    even = jacobian / np.where(lengths > 0, lengths, 1.0)
    left, singular, _ = np.linalg.svd(even, full_matrices=False)
    gain = np.linalg.norm(left[:, singular > 1e-7].T @ residual)
    scatter = np.sqrt(np.mean(residual**2))
    return bool(gain <= _OFFSET * max(scatter, 1e-300))
