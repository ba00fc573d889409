"""The best temperatures, times or directions, where these can be chosen freely."""

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, ArrayLike, Float, PyTree

import diffjax as djx

from ._criteria import Criterion, Goal, goal_of, mean_value, slopes_of
from ._design import draws_of, efficiency_of, errors_of
from ._expected import ask, expected_rows
from ._experiment import AbstractExperiment
from ._objective import nameless
from ._parameters import Derived, Free
from ._planned import local_starts
from ._priors import MultivariateNormal
from ._slots import pack


# Local parameters are found beside the shared ones; one that is open weighs nothing.
_RIDGE = 1e-12
# Step of the differences that the gradient is compared with, as a share of the range.
_STEP = 1e-4


@dataclasses.dataclass(frozen=True, repr=False)
class Refined:
    """The best settings found.

    **Attributes:**

    - `settings`: in the units of `start`; shape `(n,)`.
    - `experiments`: what `make` makes of them.
    - `gain`: how many times as many measurements the start needs for the same
        criterion (without priors).
    - `names`, `units`: of the shared parameters.
    - `errors`, `start_errors`: standard deviations to expect, in these units, at the
        settings and at the start.
    - `value`: of the criterion: the logarithm of a variance.
    - `at_bound`: which settings ended at a bound; shape `(n,)`.
    """

    settings: np.ndarray
    experiments: tuple[AbstractExperiment, ...]
    gain: float
    names: tuple[str, ...]
    units: tuple[str, ...]
    errors: np.ndarray
    start_errors: np.ndarray
    value: float
    at_bound: np.ndarray

    def __repr__(self) -> str:
        return self.table

    @property
    def table(self) -> str:
        """All of it as text."""
        lines = []
        for k, (value, bound) in enumerate(zip(self.settings, self.at_bound)):
            end = "  (at its bound)" if bound else ""
            lines.append(f"setting {k + 1}: {value:.6g}{end}")
        for k, name in enumerate(self.names):
            line = f"{name} ± {self.errors[k]:.2g} {self.units[k]}".rstrip()
            lines.append(f"{line} (start: ± {self.start_errors[k]:.2g})")
        lines.append(
            f"- the start needs {self.gain:.3g} times as many measurements for the same"
        )
        return "\n".join(lines)


def refine(
    model: PyTree,
    make: Callable[[Float[Array, " n"]], Sequence[AbstractExperiment]],
    start: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    free: Sequence[Free | Derived] | Free | None = None,
    *,
    criterion: Criterion = "D",
    over: int | Sequence[PyTree] = 16,
    priors: Sequence[MultivariateNormal] | MultivariateNormal = (),
    steps: int = 300,
    starts: int = 1,
    seed: int = 0,
) -> Refined:
    r"""Moves temperatures, times, positions or directions to where they tell most.

    Descends along the gradient of the criterion through the whole expected
    information, from the start and from random settings. Unlike [`inverse.design`][]
    it need not find the best of all; it is for what candidates cannot list.

    **Main arguments:**

    - `model`, `free`, `priors`, `criterion`, `over`: as in [`inverse.design`][].
    - `make`: from settings, shape `(n,)`, to experiments, built from JAX operations;
        profiles [`inverse.planned`][], as many points for any settings.
    - `start`, `lower`, `upper`: of the settings, in their units; shape `(n,)`.

    **Other arguments:**

    - `steps`: of the descent; no unit.
    - `starts`: how many descents; all but the first from random settings.
    - `seed`: of these, and of the draws from priors.

    **Returns:**

    An [`inverse.Refined`][]; print it.

    **Raises:** `ValueError` if an argument is wrong.

    !!! example

        ```python
        def make(temperatures):
            films = []
            for T in temperatures:
                L = (1e-5 * jnp.exp(-2.0 / (8.617e-5 * T)) * 3.6e5) ** 0.5
                plan = inv.planned(jnp.linspace(0, 4, 20) * L, sigma=0.02)
                films.append(inv.ThinFilm(plan, djx.Anneal(3.6e5, T), amount=2 * L))
            return films

        law = djx.diffusivity.Arrhenius(prefactor=1e-5, activation=2.0)
        ends = jnp.full(4, 900.0), jnp.full(4, 1300.0)
        inv.refine(law, make, jnp.linspace(950.0, 1250.0, 4), *ends)
        ```
    """
    start, lower, upper = map(djx.real, (start, lower, upper))
    if start.ndim != 1 or not start.shape == lower.shape == upper.shape:
        raise ValueError(
            "`refine` needs `start`, `lower` and `upper` of one shape `(n,)`; got "
            f"{start.shape}, {lower.shape} and {upper.shape}."
        )
    if not bool(jnp.all((lower < upper) & (lower <= start) & (start <= upper))):
        raise ValueError("`refine` needs lower < upper, and `start` between them.")
    if steps < 1 or starts < 1:
        raise ValueError(
            f"`refine` needs `steps` and `starts` of at least 1; got {steps}, {starts}."
        )
    question = ask(model, tuple(make(start)), free, priors, "refine")
    objective, shared = question.objective, question.shared
    names = question.names
    draws = draws_of(question, over, seed)
    whole = np.tile(np.asarray(objective.centre), (len(draws), 1))
    whole[:, :shared] = draws
    asked = np.stack([slopes_of(criterion, question, u) for u in whole])
    problem = _Problem(
        objective,
        make,
        lower,
        upper,
        goal_of(criterion, names),
        jnp.asarray(whole),
        jnp.asarray(asked),
        shared,
    )
    random = np.random.default_rng(seed)
    shares = [np.asarray((start - lower) / (upper - lower))]
    shares += list(random.uniform(size=(starts - 1, start.size)))
    first = _look(problem, shares[0])
    exact = _agrees(problem, shares[0])
    best, lowest = shares[0], first
    for share in shares:
        found, look = _descend(problem, share, exact, steps)
        if look.value < lowest.value:
            best, lowest = found, look
    settings = problem.settings(jnp.asarray(best))
    return Refined(
        np.asarray(settings),
        tuple(make(settings)),
        1 / max(efficiency_of(lowest.value, first.value), 1e-300),
        names,
        question.units,
        errors_of(question, lowest.matrix),
        errors_of(question, first.matrix),
        lowest.value,
        (best <= 1e-6) | (best >= 1 - 1e-6),
    )


class _Problem(eqx.Module):
    """The criterion as a function of the settings, as shares of their ranges.

    Of several free vectors the first, the model itself, does not count.
    """

    objective: PyTree
    make: Callable
    lower: Float[Array, " n"]
    upper: Float[Array, " n"]
    goal: Goal
    frees: Float[Array, "samples free"]
    slopes: Float[Array, "samples m p"]
    shared: int = eqx.field(static=True)

    def settings(self, share: Float[Array, " n"]) -> Float[Array, " n"]:
        return self.lower + (self.upper - self.lower) * share

    def matrix(self, share, free):
        """Information on the shared parameters, with the priors."""
        made = tuple(self.make(self.settings(share)))
        experiments = tuple(nameless(experiment) for experiment in made)
        # What is local belongs to the settings: held numbers, and nominal values.
        whole = (self.objective.whole[0], tuple(map(local_starts, made)))
        local = pack(whole, self.objective.slots)[self.shared :]
        free = jnp.concatenate([free[: self.shared], local])
        objective = eqx.tree_at(
            lambda o: (o.whole, o.experiments), self.objective, (whole, experiments)
        )
        noise = tuple(
            jnp.ones(e.data.points) if e.data.sigma is None else e.data.sigma
            for e in made
        )
        data, prior = expected_rows(objective, free, noise)
        rows = jnp.concatenate([data, prior])
        size = self.shared
        whole = rows.T @ rows
        if whole.shape[0] == size:
            return whole
        local = whole[size:, size:]
        root = jnp.sqrt(jnp.diag(local))
        root = jnp.where(root > 0, root, 1.0)
        even = local / (root[:, None] * root[None, :]) + _RIDGE * jnp.eye(root.size)
        across = whole[size:, :size] / root[:, None]
        return whole[:size, :size] - across.T @ jnp.linalg.solve(even, across)

    def value(self, share):
        """The criterion, and the information at the model itself."""
        matrices = jax.lax.map(lambda u: self.matrix(share, u), self.frees)
        kept = slice(1, None) if len(self.frees) > 1 else slice(None)
        return mean_value(self.goal, matrices[kept], self.slopes[kept]), matrices[0]


class _Look(NamedTuple):
    """What is seen at one point."""

    value: float
    slope: np.ndarray
    matrix: np.ndarray


@eqx.filter_jit
def _all(problem, share):
    along = lambda d: jax.jvp(problem.value, (share,), (d,))
    (value, matrix), (slope, _) = jax.lax.map(along, jnp.eye(share.size))
    return value[0], slope, matrix[0]


def _look(problem: _Problem, share: np.ndarray, exact: bool = True) -> _Look:
    """Value and gradient; by differences where solvers give no second slopes."""
    value, slope, matrix = map(np.asarray, _all(problem, jnp.asarray(share)))
    if not exact:
        slope = _differences(problem, share)
    value = float(value) if np.isfinite(value) else math.inf
    return _Look(value, slope, matrix)


def _differences(problem: _Problem, share: np.ndarray) -> np.ndarray:
    # Off the bounds, beyond which experiments may not exist.
    inside = np.clip(share, _STEP, 1 - _STEP)
    rows = _STEP * np.eye(share.size)
    ends = [(_look(problem, inside + d), _look(problem, inside - d)) for d in rows]
    return np.array([(a.value - b.value) / (2 * _STEP) for a, b in ends])


def _agrees(problem: _Problem, share: np.ndarray) -> bool:
    """Whether derivatives through the solver are those of differences."""
    inside = np.clip(share, 0.01, 0.99)
    slope, other = _look(problem, inside).slope, _differences(problem, inside)
    if not np.all(np.isfinite(slope)):
        return False
    return bool(np.max(np.abs(slope - other)) <= 1e-3 * np.max(np.abs(other)) + 1e-9)


def _descend(
    problem: _Problem, share: np.ndarray, exact: bool, steps: int
) -> tuple[np.ndarray, _Look]:
    """Adam with a falling step, kept within the bounds; the best point it met."""
    optimiser = optax.adam(optax.cosine_decay_schedule(0.05, steps))
    update = jax.jit(optimiser.update)
    with jax.numpy_dtype_promotion("standard"):
        state = optimiser.init(jnp.asarray(share))
        best, lowest = share, _Look(math.inf, share, np.zeros((0, 0)))
        for _ in range(steps):
            look = _look(problem, share, exact)
            if look.value < lowest.value:
                best, lowest = share, look
            slope = np.where(np.isfinite(look.slope), look.slope, 0.0)
            change, state = update(jnp.asarray(slope), state)
            share = np.clip(share + np.asarray(change), 0.0, 1.0)
    return best, lowest
