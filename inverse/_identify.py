"""What experiments can tell of a model, before or after they are done."""

import dataclasses
import math
from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jaxtyping import PyTree

from ._advice import advice, Confounded
from ._covariance import Information, information
from ._expected import ask, compiled_rows, Question
from ._experiment import AbstractExperiment
from ._identifiability import open_sentences, sparse, verdicts
from ._many import in_rows, Together
from ._parameters import Derived, Free
from ._priors import MultivariateNormal


# Nearby points lie so far away, in scales.
_NEAR = 0.1
# Parameters as correlated as this are told as a pair.
_TIED = 0.99
# A parameter takes part in a flat direction from this share of its largest entry on.
_PART = 1e-3


@dataclasses.dataclass(frozen=True)
class Prospect:
    """What is to be expected of one parameter.

    **Attributes:**

    - `name`, `unit`: as reports call it.
    - `value`: of the model, in `unit`.
    - `error`: standard deviation to expect, in `unit`; infinite where it will not be
        determined.
    - `prior_share`: 1 minus the variance over that without priors: 0 if all comes from
        the data, 1 if all comes from priors; NaN where nothing is known.
    - `verdict`: as in [`inverse.Estimate`][].
    """

    name: str
    value: float
    error: float
    unit: str
    prior_share: float
    verdict: str


@dataclasses.dataclass(frozen=True, repr=False)
class Identifiability:
    """What experiments would tell of the parameters of a model.

    **Attributes:**

    - `parameters`: one [`inverse.Prospect`][] each, local ones last.
    - `structural`: sentences on directions that no amount of such data determines.
    - `null_vectors`: these directions as rows, in the units of the transformed
        parameters (e.g. of ln D), the largest entry in units of the scales being 1;
        shape `(k, p)`.
    - `accidental`: sentences on directions that are flat at these values only, and
        seen at others nearby.
    - `practical`: sentences on what the data see, but not well enough, and on what
        only priors determine.
    - `confounded`: known pairs among them, and what tells them apart.
    - `data`, `total`: expected information without and with the priors.
    - `notes`: what was assumed.
    """

    parameters: tuple[Prospect, ...]
    structural: tuple[str, ...]
    null_vectors: np.ndarray
    accidental: tuple[str, ...]
    practical: tuple[str, ...]
    confounded: tuple[Confounded, ...]
    data: Information
    total: Information
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        return self.table

    def __getitem__(self, name: str) -> Prospect:
        """What is to be expected of one parameter, by its name."""
        for one in self.parameters:
            if one.name == name:
                return one
        raise KeyError(f"{name!r}; there are {', '.join(self.names)}")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return tuple(one.name for one in self.parameters)

    @property
    def identifiable(self) -> bool:
        """Whether the experiments determine all parameters, with the priors."""
        return all(not one.verdict.startswith("not") for one in self.parameters)

    @property
    def table(self) -> str:
        """All of it as text."""
        rows = [("parameter", "value", "± expected", "unit", "prior", "verdict")]
        for one in in_rows(self.parameters):
            if isinstance(one, Together):
                rows.append((one.title, "", "", "", "", one.verdict))
                continue
            share = one.prior_share
            rows.append(
                (
                    one.name,
                    f"{one.value:.6g}",
                    f"{one.error:.2g}",
                    one.unit,
                    "" if math.isnan(share) else f"{100 * share:.0f} %",
                    one.verdict,
                )
            )
        widths = [max(len(row[k]) for row in rows) for k in range(5)]
        lines = []
        for row in rows:
            cells = [row[0].ljust(widths[0])]
            cells += [row[k].rjust(widths[k]) for k in (1, 2)]
            cells += [row[3].ljust(widths[3]), row[4].rjust(widths[4]), row[5]]
            lines.append("  ".join(cells).rstrip())
        lines += [f"- structural: {one}" for one in self.structural]
        lines += [f"- for these values only: {one}" for one in self.accidental]
        lines += [f"- {one}" for one in self.practical]
        lines += [f"> {one}" for one in dict.fromkeys(map(str, self.confounded))]
        lines += [f"({one})" for one in self.notes]
        return "\n".join(lines)


def identify(
    model: PyTree,
    experiments: Sequence[AbstractExperiment] | AbstractExperiment,
    free: Sequence[Free | Derived] | Free | None = None,
    *,
    priors: Sequence[MultivariateNormal] | MultivariateNormal = (),
    nearby: int = 3,
    seed: int = 0,
) -> Identifiability:
    r"""Says which parameters experiments can determine, before they are done.

    From the expected Fisher information $J^\top J$ of the model's own values, with the
    noise that is expected: no data enter. A direction is structural if it is flat at
    random points nearby too; the errors are those of a fit with just these data.

    **Main arguments:**

    - `model`, `free`, `priors`: as in [`inverse.fit`][]; the model's values are the
        guess at which all is asked.
    - `experiments`: with profiles that are [`inverse.planned`][] or measured.

    **Other arguments:**

    - `nearby`: number of random points (no unit) at which flat directions are tried
        again, a tenth of the scales away.
    - `seed`: of these points.

    **Returns:**

    An [`inverse.Identifiability`][]; print it.

    **Raises:** `ValueError` if an argument is wrong, a planned experiment lacks a
    start for what is free in it, or JAX runs in single precision.

    !!! example

        ```python
        profile = inv.planned(jnp.linspace(0.0, 1e-4, 30), sigma=0.01)
        film = inv.ThinFilm(profile, djx.Anneal(3.6e5, 1273.15), amount=1e-5)
        law = djx.diffusivity.Arrhenius(prefactor=1e-5, activation=2.0)
        print(inv.identify(law, film))
        ```
    """
    question = ask(model, experiments, free, priors, "identify")
    objective, words = question.objective, question.words
    centre = np.asarray(objective.centre)
    rows, prior = _rows(question, centre)
    if not np.all(np.isfinite(rows)):
        raise ValueError(
            "`identify`: the model gives NaN or infinite slopes; look at its "
            "parameters and at the anneals (time in s, temperature in K)."
        )
    random = np.random.default_rng(seed)
    around = []
    for _ in range(nearby):
        there, _ = _rows(question, centre + _NEAR * random.normal(size=centre.size))
        if np.all(np.isfinite(there)):
            around.append(information(there))
    data = information(rows)
    total = information(np.vstack([rows, prior]))
    described = question.described
    told = question.told
    generic = max([data, *around], key=lambda one: one.rank)
    # Directions flat at the values themselves, if they are flat nearby too.
    flat = data.flat if generic.rank == data.rank else generic.flat
    along = flat @ told.rows.T
    structural = open_sentences(along, told.sizes, described)
    here = open_sentences(data.flat @ told.rows.T, told.sizes, described)
    accidental = here if generic.rank > data.rank else ()
    judged, sentences = verdicts(
        total,
        data,
        prior,
        told.sizes,
        described,
        tuple(word.name for word in words),
        objective.with_prior,
        told.rows,
    )
    said = (*structural, *accidental)
    practical = tuple(one for one in sentences if not one.endswith(said or ("\n",)))
    return Identifiability(
        _prospects(question, data, total, judged),
        structural,
        sparse(along) * told.sizes if len(flat) else np.zeros((0, len(words))),
        accidental,
        practical,
        advice(_groups(question, data)),
        data,
        total,
        question.notes,
    )


def _rows(question: Question, free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    out = compiled_rows(question.objective, jnp.asarray(free), question.noise)
    return np.asarray(out[0]), np.asarray(out[1])


def _prospects(
    question: Question,
    data: Information,
    total: Information,
    judged: tuple[str, ...],
) -> tuple[Prospect, ...]:
    told = question.told
    values, slopes = told.values, told.slopes
    alone, errors = data.error_of(told.rows), total.error_of(told.rows)
    out = []
    for i, word in enumerate(question.words):
        known = math.isfinite(errors[i])
        share = 1 - (errors[i] / alone[i]) ** 2 if known and alone[i] > 0 else math.nan
        error = abs(slopes[i]) * errors[i] if known else math.inf
        out.append(
            Prospect(
                word.name,
                float(values[i]),
                float(error),
                word.unit,
                float(max(share, 0.0)) if known else math.nan,
                judged[i],
            )
        )
    return tuple(out)


def _groups(question: Question, data: Information) -> list[tuple[tuple[str, str], ...]]:
    """Parameters that the data alone do not tell apart, or hardly."""
    label = [(w.name, p) for w, p in zip(question.words, question.places)]
    out = []
    rows = question.told.rows
    for row in sparse(data.flat @ rows.T):
        out.append(tuple(label[k] for k in np.flatnonzero(np.abs(row) > _PART)))
    tied = np.abs(np.nan_to_num(data.correlation(rows)))
    vague = data.error_of(rows) > 1  # by more than their scales
    for i in range(len(label)):
        for j in range(i + 1, len(label)):
            if tied[i, j] > _TIED and (vague[i] or vague[j]):
                out.append((label[i], label[j]))
    return out
