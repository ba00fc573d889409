"""Which measurements to make: shares of a budget among candidates."""

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PyTree

from ._covariance import information
from ._criteria import Criterion, Goal, goal_of, slopes_of
from ._data import changed, Readings
from ._expected import ask, expected_rows, from_priors, Question
from ._experiment import AbstractExperiment
from ._identifiability import open_sentences
from ._objective import nameless
from ._parameters import Derived, Free
from ._planned import with_data
from ._priors import MultivariateNormal
from ._slots import pack
from ._weights import best_weights, Pieces, whole_numbers


_GAP = 1e-4


@dataclasses.dataclass(frozen=True, repr=False)
class Design:
    """The best use of a number of measurements, and what it is worth.

    **Attributes:**

    - `labels`: one for each candidate: the name of an experiment, or of a point.
    - `weights`: best share of each candidate; they sum to 1; shape `(n,)`.
    - `counts`: whole numbers near them that sum to the number of measurements.
    - `efficiency`: of `counts` relative to `weights`: the share of the measurements
        that the latter need for the same criterion (without priors).
    - `plan_efficiency`: the same of the plan; `None` without one.
    - `names`, `units`: of the shared parameters.
    - `errors`, `plan_errors`: standard deviations to expect at the model's values, in
        these units, from `counts` and from the plan.
    - `value`: of the criterion at `weights`: the logarithm of a variance.
    - `gap`: no shares have a criterion that is lower by more.
    - `samples`: number of values of the parameters that it is the mean of.
    - `words`: sentences.
    """

    labels: tuple[str, ...]
    weights: np.ndarray
    counts: np.ndarray
    efficiency: float
    plan_efficiency: float | None
    names: tuple[str, ...]
    units: tuple[str, ...]
    errors: np.ndarray
    plan_errors: np.ndarray | None
    value: float
    gap: float
    samples: int
    words: tuple[str, ...]

    def __repr__(self) -> str:
        return self.table

    def plot(self) -> Any:
        """Shares as bars, whole numbers above them, as a matplotlib figure."""
        from . import _pictures

        return _pictures.plot_design(self)

    @property
    def table(self) -> str:
        """All of it as text."""
        lines = ["measure     share  what"]
        for k in np.flatnonzero((self.counts > 0) | (self.weights > 0.02)):
            share = f"{100 * self.weights[k]:.1f} %"
            lines.append(f"{self.counts[k]:>5} x  {share:>8}  {self.labels[k]}")
        for k, name in enumerate(self.names):
            line = f"{name} ± {self.errors[k]:.2g} {self.units[k]}".rstrip()
            if self.plan_errors is not None:
                line += f" (your plan: ± {self.plan_errors[k]:.2g})"
            lines.append(line)
        return "\n".join([*lines, *(f"- {one}" for one in self.words)])


def design(
    model: PyTree,
    candidates: Sequence[AbstractExperiment] | AbstractExperiment,
    free: Sequence[Free | Derived] | Free | None = None,
    *,
    criterion: Criterion = "D",
    each: str = "experiment",
    total: int | None = None,
    plan: Sequence[AbstractExperiment] | AbstractExperiment | None = None,
    over: int | Sequence[PyTree] = 16,
    priors: Sequence[MultivariateNormal] | MultivariateNormal = (),
    seed: int = 0,
) -> Design:
    r"""Chooses among candidates the measurements that determine a model best.

    With shares $w_i$ of `total` measurements and the expected information $F_i$ of one
    of each,

    $$M = N \sum_i w_i F_i + P,$$

    the criterion of $M$, a logarithm of a variance averaged over what the parameters
    may be, is made small over all $w$. That is a convex problem, solved to a gap that
    is told.

    **Main arguments:**

    - `model`, `free`, `priors`: as in [`inverse.identify`][].
    - `candidates`: experiments, e.g. at many temperatures, or few with many points.
    - `criterion`: of the parameters of the model, in their scales (those of the
        experiments are free beside them):
        `"D"` (volume of the error ellipsoid), `"A"` (mean variance), `"E"` (worst
        combination), `"c:NAME"` (variance of one), or a function from the model to
        numbers, of which the mean variance counts.
    - `each`: `"experiment"` if whole experiments are to be chosen, `"point"` if points
        of their profiles.
    - `total`: number of measurements (no unit); that of the plan, or two more than
        parameters, if `None`.
    - `plan`: the experiments that you had in mind, to be compared; with
        `each="point"` one for each candidate, in their order.

    **Other arguments:**

    - `over`: number of draws from the priors of the model's parameters over which the
        criterion is averaged (one, the model itself, if none has a prior), or models.
    - `seed`: of these draws.

    **Returns:**

    An [`inverse.Design`][]; print it.

    **Raises:** `ValueError` if an argument is wrong, or all candidates together leave
    a parameter of the model open.

    !!! example

        ```python
        law = djx.diffusivity.Arrhenius(prefactor=1e-5, activation=2.0)
        films = [
            inv.ThinFilm(
                inv.planned(jnp.linspace(0, 4, 30) * (law.over(0.0, T) * t) ** 0.5,
                            sigma=0.02, name=f"{T} K"),
                djx.Anneal(t, T),
                amount=inv.Free(init=1e-5),
            )
            for T, t in [(900, 1e7), (1100, 1e6), (1300, 1e5)]
        ]
        print(inv.design(law, films, criterion="c:activation", total=5))
        ```
    """
    if each not in ("experiment", "point"):
        raise ValueError(
            f"`design(each=...)` must be 'experiment' or 'point'; got {each!r}."
        )
    asked = _Asked(model, free, priors, each)
    first = asked.questions(candidates)
    names = first[0].names
    goal = goal_of(criterion, names)
    draws = draws_of(first[0], over, seed)
    each_one, prior = asked.worth(first, draws)
    labels = _labels(candidates, each)
    good = np.all(np.isfinite(each_one), axis=(1, 2, 3))
    if not good[0]:
        raise ValueError(
            "`design`: the model gives NaN or infinite values for some candidate; look "
            "at its parameters and at the anneals (time in s, temperature in K)."
        )
    _all_seen(first[0], np.sum(each_one[0], axis=0) + prior[0])
    slopes = np.stack(
        [slopes_of(criterion, first[0], asked.whole(first[0], d)) for d in draws]
    )
    # The first draw is the model itself, and only counts if it is the only one.
    kept = np.flatnonzero(good)[1:] if np.sum(good) > 1 else np.array([0])
    pieces = Pieces(*(jnp.asarray(a[kept]) for a in (each_one, prior, slopes)))
    other = None
    if plan is not None:
        other = _plan_worth(asked, first, plan, draws)
        total = other.shape[1] if total is None else total
    total = first[0].shared + 2 if total is None else total
    if total < 1:
        raise ValueError(f"`design(total=...)` must be at least 1; got {total}.")
    weights, value, gap = best_weights(
        goal, pieces, jnp.asarray(float(total)), jnp.asarray(_GAP)
    )
    weights, value = np.asarray(weights), float(value)
    counts, rounded = whole_numbers(goal, pieces, weights, total)
    errors = lambda f: errors_of(first[0], f + prior[0])
    plan_value, plan_errors = None, None
    if other is not None:
        share = total / other.shape[1]
        theirs = Pieces(jnp.asarray(other[kept]), pieces.prior, pieces.slopes)
        plan_value = float(theirs.value(goal, jnp.full(other.shape[1], share)))
        plan_errors = errors(share * np.sum(other[0], axis=0))
        if not np.all(np.isfinite(plan_errors)):
            plan_value = math.inf
    efficiency = efficiency_of(value, rounded)
    plan_efficiency = None if plan_value is None else efficiency_of(value, plan_value)
    words = _words(
        first[0], goal, each, labels, weights, efficiency, plan_efficiency, float(gap)
    )
    dropped = len(draws) - int(np.sum(good))
    if dropped:
        words += (f"{dropped} draws from the priors gave no finite model: left out",)
    return Design(
        labels,
        weights,
        counts,
        efficiency,
        plan_efficiency,
        names,
        first[0].units,
        errors(np.einsum("n,nij->ij", counts, each_one[0])),
        plan_errors,
        value,
        float(gap),
        len(kept),
        words,
    )


@dataclasses.dataclass(frozen=True)
class _Asked:
    """How experiments become pieces of information."""

    model: PyTree
    free: Sequence[Free | Derived] | Free | None
    priors: Sequence[MultivariateNormal] | MultivariateNormal
    each: str

    def questions(self, experiments) -> list[Question]:
        """One for each experiment that is chosen as a whole, or one for all points."""
        if isinstance(experiments, AbstractExperiment):
            experiments = (experiments,)
        groups = [experiments] if self.each == "point" else [[e] for e in experiments]
        if not groups:
            groups = [[]]
        args = (self.free, self.priors, "design")
        return [ask(self.model, group, *args) for group in groups]

    def whole(self, question: Question, shared: np.ndarray) -> np.ndarray:
        """A free vector with other values of the shared parameters."""
        out = np.array(question.objective.centre)
        out[: question.shared] = shared
        return out

    def worth(
        self, questions: list[Question], draws: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Information of each candidate and of the priors, for each draw."""
        parts, prior = [], np.zeros(0)
        for question in questions:
            at = jnp.asarray([self.whole(question, draw) for draw in draws])
            rows, known = map(
                np.asarray, _rows_over(question.objective, at, question.noise)
            )
            shared = question.shared
            if self.each == "point":
                parts.append(np.einsum("sni,snj->snij", rows, rows))
                prior = np.einsum("sni,snj->sij", known, known)
                continue
            mine = np.any(known[:, :, shared:] != 0, axis=(0, 2))
            both = np.concatenate([rows, known[:, mine]], axis=1)
            parts.append(np.stack([_beside_locals(r, shared) for r in both])[:, None])
            rest = known[:, ~mine, :shared]
            prior = np.einsum("sni,snj->sij", rest, rest)
        return np.concatenate(parts, axis=1), prior


def _plan_worth(asked: _Asked, first: list[Question], plan, draws) -> np.ndarray:
    """Information of each measurement of the user's plan, for each draw."""
    if asked.each == "experiment":
        return asked.worth(asked.questions(plan), draws)[0]
    plan = (plan,) if isinstance(plan, AbstractExperiment) else tuple(plan)
    mine = first[0].objective.experiments
    if len(plan) != len(mine):
        raise ValueError(
            "`design(plan=...)` with each='point' needs one experiment for each "
            f"candidate: {len(mine)}; got {len(plan)}."
        )
    padded = [_padded(p, m) for p, m in zip(plan, mine)]
    if all(one is not None for one in padded):
        # By the program of the candidates.
        experiments, noise = zip(*(one for one in padded if one is not None))
        objective = eqx.tree_at(
            lambda o: o.experiments, first[0].objective, experiments
        )
        question = dataclasses.replace(first[0], objective=objective, noise=noise)
        use = [np.arange(m.data.points) < p.data.points
               for p, m in zip(plan, mine)]  # fmt: skip
        return asked.worth([question], draws)[0][:, np.concatenate(use)]
    second = asked.questions(plan)
    if [w.name for w in second[0].words] != [w.name for w in first[0].words]:
        raise ValueError(
            "`design(plan=...)` with each='point' needs the same local parameters as "
            "the candidates."
        )
    return asked.worth(second, draws)[0]


def _padded(plan: AbstractExperiment, mine: AbstractExperiment):
    """An experiment with as many points as another, and their sigmas; `None` if that
    cannot be."""
    data, more = plan.data, mine.data.points - plan.data.points
    if more < 0 or data.estimates_sigma:
        return None
    fill = lambda x: jnp.concatenate([x, jnp.repeat(x[-1:], more, axis=0)])
    sigma = jnp.ones(data.points) if data.sigma is None else data.sigma
    where = "at" if isinstance(data, Readings) else "position"
    data = changed(data, value=mine.data.value, **{where: fill(data.at)})
    out = nameless(with_data(plan, data))
    shapes = lambda tree: [jnp.shape(leaf) for leaf in jax.tree.leaves(tree)]
    same = jax.tree.structure(out) == jax.tree.structure(mine)
    return (out, fill(sigma)) if same and shapes(out) == shapes(mine) else None


@eqx.filter_jit
def _rows_over(objective, at, noise):
    return jax.lax.map(lambda u: expected_rows(objective, u, noise), at)


def _beside_locals(rows: np.ndarray, shared: int) -> np.ndarray:
    """Information on the shared parameters, local ones being found beside them."""
    if not np.all(np.isfinite(rows)):
        return np.full((shared, shared), np.nan)
    ours, local = rows[:, :shared], rows[:, shared:]
    if local.shape[1]:
        lengths = np.linalg.norm(local, axis=0)
        local = local / np.where(lengths > 0, lengths, 1.0)
        left, singular, _ = np.linalg.svd(local, full_matrices=False)
        left = left[:, singular > 1e-7]
        ours = ours - left @ (left.T @ ours)
    return ours.T @ ours


def _labels(
    experiments: Sequence[AbstractExperiment] | AbstractExperiment, each: str
) -> tuple[str, ...]:
    """The names of experiments, or of their points."""
    if isinstance(experiments, AbstractExperiment):
        experiments = (experiments,)
    names = [experiment.data.name for experiment in experiments]
    if each == "experiment":
        return tuple(names)
    out = []
    for name, experiment in zip(names, experiments):
        before = f"{name}: " if len(names) > 1 else ""
        data = experiment.data
        size, unit = (1.0, "") if isinstance(data, Readings) else (1e6, " µm")
        for x in size * np.asarray(data.at).reshape(data.points, -1):
            out.append(before + ", ".join(f"{y:.4g}" for y in x.tolist()) + unit)
    return tuple(out)


def draws_of(question: Question, over: int | Sequence[PyTree], seed: int) -> np.ndarray:
    """Values of the shared parameters, the model's own first; shape `(n, shared)`."""
    objective, shared = question.objective, question.shared
    own = np.asarray(objective.centre)[None, :shared]
    if isinstance(over, int):
        if over < 1:
            raise ValueError(f"`design(over=...)` must be at least 1; got {over}.")
        if not np.any(objective.with_prior[: question.first]):
            return own
        return np.concatenate([own, from_priors(objective, over, seed)[:, :shared]])
    local = objective.whole[1]
    rows = [np.asarray(pack((m, local), objective.slots))[:shared] for m in over]
    return np.stack([own[0], *rows])


def _all_seen(question: Question, matrix: np.ndarray) -> None:
    """Asks that all candidates together determine the shared parameters."""
    size = question.shared
    root = np.linalg.cholesky(matrix + 1e-13 * np.diag(np.diag(matrix) + 1e-300)).T
    known = information(root)
    told, count = question.told, question.first
    rows = told.rows[:, : len(matrix)]
    if np.any(known.undetermined(rows[:count])):
        count = count if len(matrix) == size else len(rows)
        along = known.flat @ rows[:count].T
        said = open_sentences(along, told.sizes[:count], question.described[:count])
        raise ValueError(
            "`design`: all candidates together leave parameters of the model open: "
            + "; ".join(said)
            + ". Hold one, give it a prior, or add other candidates."
        )


def errors_of(question: Question, matrix: np.ndarray) -> np.ndarray:
    """Standard deviations of the shared parameters in their units."""
    told, count = question.told, question.first
    rows = told.rows[:count, : len(matrix)]
    root = np.sqrt(np.diag(matrix))
    root = np.where(root > 0, root, 1.0)
    values, vectors = np.linalg.eigh(matrix / root[:, None] / root)
    known = values > 1e-12 * values[-1]
    part = (rows / root) @ vectors
    variance = np.sum(part[:, known] ** 2 / values[known], axis=1)
    lost = np.sum((rows @ vectors[:, ~known]) ** 2, axis=1) > 1e-8
    error = np.where(lost, np.inf, np.sqrt(variance))
    return np.abs(told.slopes[:count]) * error


def efficiency_of(best: float, other: float) -> float:
    return math.exp(best - other) if math.isfinite(other) else 0.0


def _words(
    question: Question,
    goal: Goal,
    each: str,
    labels: tuple[str, ...],
    weights: np.ndarray,
    efficiency: float,
    plan_efficiency: float | None,
    gap: float,
) -> tuple[str, ...]:
    out = []
    used = int(np.sum(weights > 0.02))
    if each == "experiment" and used <= question.shared:
        out.append(
            f"only {used} of {len(labels)} candidates are used, for "
            f"{question.shared} parameters: nothing would show that the model is "
            "wrong; give one measurement to another candidate"
        )
    if efficiency < 0.9:
        out.append(
            f"whole numbers reach {100 * efficiency:.0f} % of what the shares promise"
        )
    if plan_efficiency is not None:
        more = math.inf if plan_efficiency <= 0 else 1 / plan_efficiency
        out.append(
            f"your plan has an efficiency of {100 * plan_efficiency:.0f} %: it needs "
            f"{more:.3g} times as many measurements for the same {goal.words}"
        )
    if gap > 0.01:
        out.append(f"the search was stopped early: up to {100 * gap:.0f} % are left")
    return tuple(out)
