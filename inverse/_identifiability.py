"""What the data do not determine, in plain sentences."""

import numpy as np

from ._covariance import Information
from ._many import KEPT, LONGEST, of_parts, together


DETERMINED = "determined"
BY_PRIOR = "set by its prior"
NOT = "not determined: "


def verdicts(
    total: Information,
    data: Information,
    prior: np.ndarray,
    scales: np.ndarray,
    names: tuple[str, ...],
    plain: tuple[str, ...],
    has_prior: np.ndarray,
    rows: np.ndarray | None = None,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Judges each parameter, and says what remains unknown.

    **Arguments:**

    - `total`, `data`: information of all rows, and of the data without priors.
    - `prior`: Jacobian of the priors' rows; shape `(rows, free)`.
    - `scales`: of the transformed parameters; shape `(parameters,)`.
    - `names`, `plain`: what the transformed parameters, and the parameters, are called.
    - `has_prior`: which parameters have a prior of their own.
    - `rows`: where each parameter lies in the space of the free vector, of length 1;
        shape `(parameters, free)`; `None`: they are its numbers.

    **Returns:**

    One verdict per parameter, and sentences about all.
    """
    rows = np.eye(len(scales)) if rows is None else rows
    flat, alone = total.undetermined(rows), data.undetermined(rows)
    errors = total.error_of(rows)
    open_ones = total.flat @ rows.T
    sentences = list(open_sentences(open_ones, scales, names))
    basis, seen = sparse(open_ones), sparse(data.flat @ rows.T)
    each = flat_sentences(open_ones, scales, names)
    # What the priors' rows say of each, as a part of all that is known.
    along = total.covariance @ rows.T
    variance = np.einsum("ij,ji->i", rows, along)
    shares = np.sum((prior @ along) ** 2, axis=0)
    shares = shares / np.where(variance > 0, variance, 1.0)
    out = []
    for i, name in enumerate(names):
        if flat[i]:
            mine = [one for one, row in zip(each, basis) if abs(row[i]) > 1e-3]
            out.append(NOT + (mine[0] if mine else f"the data leave {name} open"))
        elif has_prior[i] and (alone[i] or shares[i] > 0.5):
            out.append(BY_PRIOR)
        elif alone[i]:
            partners = {
                plain[j]
                for row in seen
                if abs(row[i]) > 1e-3
                for j in range(len(names))
                if has_prior[j] and abs(row[j]) > 1e-3
            }
            whose = " and ".join(sorted(partners)) or "other parameters"
            if len(partners) > LONGEST:
                whose = of_parts(sorted(partners))
            out.append(f"set by the prior of {whose}")
        elif errors[i] > 1:
            out.append(
                NOT + "its error is larger than the change that counts as plausible "
                f"({scales[i]:.3g} in {name})"
            )
        else:
            out.append(DETERMINED)
    if len(prior) and len(data.flat) > len(total.flat):
        known = open_sentences(data.flat @ rows.T, scales, names)
        sentences += [f"without the priors: {sentence}" for sentence in known]
    sentences += _weak(total, rows, scales, names)
    return tuple(out), tuple(sentences)


def flat_sentences(
    flat: np.ndarray, scales: np.ndarray, names: tuple[str, ...]
) -> tuple[str, ...]:
    """One sentence for each flat direction, in the units of the parameters."""
    out = []
    for row in sparse(flat):
        natural = row * scales
        parts = np.flatnonzero(np.abs(row) > 1e-3)
        if len(parts) == 1:
            out.append(f"the data do not depend on {names[parts[0]]}")
        elif len(parts) == 2:
            i, j = parts
            ratio = natural[i] / natural[j]
            sign = "-" if ratio > 0 else "+"
            other = _times(abs(ratio), names[j])
            out.append(f"the data fix only {names[i]} {sign} {other}")
        else:
            more = ""
            if len(parts) > LONGEST:
                more = f" and {len(parts) - KEPT} more"
                parts = np.sort(np.argsort(-np.abs(row), kind="stable")[:KEPT])
            terms = _combination(natural, parts.tolist(), names)
            out.append(f"the data do not change along {terms}{more}")
    return tuple(out)


def open_sentences(
    flat: np.ndarray, scales: np.ndarray, names: tuple[str, ...]
) -> tuple[str, ...]:
    """As `flat_sentences`; one for all where there are many directions."""
    said = flat_sentences(flat, scales, names)
    part = np.any(np.abs(sparse(flat)) > 1e-3, axis=0) if len(flat) else []
    involved = [name for name, one in zip(names, part) if one]
    return tuple(together(said, involved, len(names), "open"))


def _combination(natural: np.ndarray, order: list[int], names: tuple[str, ...]) -> str:
    """A sum such as `a - 2·b`, the first term with the factor 1."""
    out = names[order[0]]
    for k in order[1:]:
        ratio = natural[k] / natural[order[0]]
        out += f" {'+' if ratio > 0 else '-'} {_times(abs(ratio), names[k])}"
    return out


def _times(factor: float, name: str) -> str:
    number = f"{factor:.4g}"
    return name if number == "1" else f"{number}·{name}"


def sparse(flat: np.ndarray) -> np.ndarray:
    """The same directions, recombined so that each names few parameters."""
    rows = np.array(flat, dtype=float)
    used: list[int] = []
    for k in range(len(rows)):
        size = np.abs(rows[k])
        size[used] = 0
        pivot = int(np.argmax(size))
        if size[pivot] < 1e-8:
            continue
        used.append(pivot)
        rows[k] /= rows[k, pivot]
        for other in range(len(rows)):
            if other != k:
                rows[other] -= rows[other, pivot] * rows[k]
    norm = np.max(np.abs(rows), axis=1, keepdims=True) if len(rows) else 1.0
    return rows / norm


def _weak(
    total: Information, rows: np.ndarray, scales: np.ndarray, names: tuple[str, ...]
) -> list[str]:
    """Directions that the data see, but less sharply than what is plausible."""
    out, involved = [], set()
    values, directions = total.eigenvalues, total.directions @ rows.T
    largest = max(float(values.max(initial=0.0)), 1e-300)
    for value, row in zip(values[: total.rank], directions[: total.rank]):
        # A prior of one scale gives 1. What moves no reported number is of no weight.
        size = float(np.linalg.norm(row))
        if value < 0.98 * size**2:
            part = np.abs(row) > 0.1 * size
            involved |= set(np.flatnonzero(part).tolist())
            order = [int(k) for k in np.argsort(-np.abs(row))[:3] if part[k]]
            terms = _combination((row / row[order[0]]) * scales, order, names)
            out.append(
                f"the data leave {terms} uncertain by more than its plausible scale"
            )
    whose = [names[k] for k in sorted(involved)]
    words = "uncertain by more than their plausible scales"
    out = together(out, whose, len(names), words)
    rest = values[: total.rank]
    if len(rest) and largest / max(float(rest[-1]), 1e-300) > 1e12:
        out.append(
            "the best and the worst known combination of parameters differ by more "
            f"than a factor {np.sqrt(largest / rest[-1]):.1g} in sharpness: trust few "
            "digits of the latter"
        )
    return out
