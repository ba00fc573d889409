"""Errors of parameters and of what follows from them: Fisher, Student, delta method."""

import dataclasses
import functools
import math
import statistics

import numpy as np


# A parameter whose column is this much shorter than the longest has no effect; with
# columns of one length, a direction is flat if the rows move by less than this.
_NO_EFFECT = 1e-9
_FLAT = 1e-6
# A parameter (or a prediction) takes part in a flat direction from this share on.
_PART = 1e-4


@dataclasses.dataclass(frozen=True)
class Information:
    r"""What rows in units of their errors say of parameters in units of their scales.

    From the singular values of the Jacobian, never through a pseudo-inverse of the
    Fisher matrix: along a flat direction the error is infinite. What is flat does not
    depend on the scales.

    **Attributes:**

    - `eigenvalues`: of $J^\top J$, falling; shape `(free,)`.
    - `directions`: the eigenvectors, as rows; shape `(free, free)`.
    - `flat`: a basis of the directions along which nothing changes; shape `(k, free)`.
    - `covariance`: on what is left, in units of the scales; shape `(free, free)`.
    - `lengths`: of the columns of $J$, longer than 0; shape `(free,)`.
    """

    eigenvalues: np.ndarray
    directions: np.ndarray
    flat: np.ndarray
    covariance: np.ndarray
    lengths: np.ndarray

    @property
    def rank(self) -> int:
        """Number of directions that are not flat; no unit."""
        return len(self.eigenvalues) - len(self.flat)

    def undetermined(self, rows: np.ndarray | None = None) -> np.ndarray:
        """Which parameters take part in a flat direction; shape `(free,)`.

        **Arguments:**

        - `rows`: gradients of other quantities, of which it is asked instead; shape
            `(n, free)`.
        """
        rows = np.eye(len(self.eigenvalues)) if rows is None else rows
        return self.share_in_flat(rows) > _PART

    def share_in_flat(self, rows: np.ndarray) -> np.ndarray:
        """Relative part of each gradient that lies along flat directions; no unit."""
        if not len(self.flat):
            return np.zeros(rows.shape[:-1])
        # In units in which all columns have one length.
        rows, flat = rows / self.lengths, self.flat * self.lengths
        basis = np.linalg.qr(flat.T)[0]
        norm = np.linalg.norm(rows, axis=-1)
        along = np.linalg.norm(rows @ basis, axis=-1)
        return np.where(norm > 0, along / np.where(norm > 0, norm, 1.0), 0.0)

    def errors(self) -> np.ndarray:
        """Standard deviations in units of the scales; infinite where undetermined."""
        return self.error_of(np.eye(len(self.eigenvalues)))

    def error_of(self, gradient: np.ndarray) -> np.ndarray:
        """Standard deviations of derived quantities: the delta method.

        **Arguments:**

        - `gradient`: their slopes along the free vector; shape `(n, free)`.

        **Returns:**

        In the unit of the quantities; shape `(n,)`; infinite where they depend on a
        flat direction.
        """
        rows = np.asarray(gradient)
        variance = np.einsum("ni,ij,nj->n", rows, self.covariance, rows)
        error = np.sqrt(np.maximum(variance, 0.0))
        return np.where(self.share_in_flat(rows) > _PART, np.inf, error)

    def correlation(self, rows: np.ndarray | None = None) -> np.ndarray:
        """Correlations; NaN for parameters that are not determined.

        **Arguments:**

        - `rows`: as in `undetermined`.
        """
        both = self.covariance if rows is None else rows @ self.covariance @ rows.T
        errors = np.sqrt(np.maximum(np.diag(both), 0.0))
        errors = np.where(self.undetermined(rows) | (errors == 0), np.nan, errors)
        return both / np.outer(errors, errors)


def information(jacobian: np.ndarray) -> Information:
    """Fisher information from the Jacobian of rows that are in units of their errors.

    **Arguments:**

    - `jacobian`: shape `(rows, free)`.
    """
    rows, free = jacobian.shape
    if rows < free:
        jacobian = np.vstack([jacobian, np.zeros((free - rows, free))])
    _, values, directions = np.linalg.svd(jacobian, full_matrices=False)
    lengths = np.linalg.norm(jacobian, axis=0)
    longest = float(lengths.max(initial=0.0)) or 1.0
    seen = lengths > _NO_EFFECT * longest
    lengths = np.where(seen, lengths, longest)
    even = np.where(seen, jacobian / lengths, 0.0)
    _, singular, right = np.linalg.svd(even, full_matrices=False)
    steep = singular > _FLAT
    kept = right[steep] / singular[steep][:, None] / lengths
    flat = np.linalg.qr((right[~steep] / lengths).T)[0].T
    return Information(values**2, directions, flat, kept.T @ kept, lengths)


def leverage(jacobian: np.ndarray) -> np.ndarray:
    """How many parameters each row determines: the diagonal of the hat matrix."""
    lengths = np.linalg.norm(jacobian, axis=0)
    even = jacobian / np.where(lengths > 0, lengths, 1.0)
    left, singular, _ = np.linalg.svd(even, full_matrices=False)
    return np.sum(left[:, singular > _FLAT] ** 2, axis=1)


@functools.lru_cache(maxsize=256)
def quantile(dof: int | float | None, level: float = 0.95) -> float:
    """Half width of a two-sided interval, in standard deviations.

    **Arguments:**

    - `dof`: degrees of freedom of an estimated variance: Student's t; `None` if the
        variance is known: the normal distribution.
    - `level`: probability inside; no unit.

    **Returns:**

    A number > 0, without unit.
    """
    normal = statistics.NormalDist().inv_cdf(0.5 + level / 2)
    if dof is None:
        return normal
    if dof <= 0:
        return math.inf
    density = math.lgamma(0.5 * (dof + 1)) - math.lgamma(0.5 * dof)
    density -= 0.5 * math.log(dof * math.pi)
    # The probability bends down: Newton's method from below rises to the answer.
    t = normal
    for _ in range(100):
        slope = 2 * math.exp(density - 0.5 * (dof + 1) * math.log1p(t * t / dof))
        change = (level - _student_inside(t, dof)) / slope
        t += change
        if abs(change) < 1e-12 * t:
            break
    return t


def _student_inside(t: float, dof: int | float) -> float:
    """Probability that Student's t lies within ±t."""
    return 1 - _beta_share(0.5 * dof, 0.5, dof / (dof + t * t))


def _beta_share(a: float, b: float, x: float) -> float:
    """Regularised incomplete beta function, by Lentz's continued fraction."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta_share(b, a, 1 - x)
    front = math.exp(
        math.lgamma(a + b)
        - math.lgamma(a)
        - math.lgamma(b)
        + a * math.log(x)
        + b * math.log1p(-x)
    )
    tiny = 1e-300
    c, d = 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d if abs(d) > tiny else tiny)
    out = d
    for m in range(1, 400):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 + term * d
            d = 1 / (d if abs(d) > tiny else tiny)
            c = 1 + term / c
            c = c if abs(c) > tiny else tiny
            out *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return front * out / a
