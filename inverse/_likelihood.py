"""How the misfit rises beside its minimum: profile likelihood, Laplace's check."""

import dataclasses
import functools
from typing import Any, Protocol, runtime_checkable

import jax.numpy as jnp
import numpy as np

from ._core import natural_values, Ran, rows_at
from ._covariance import Information
from ._many import MANY, of_parts
from ._objective import Objective
from ._reported import Reported, reported
from ._slots import AnySlot


# A rise of chi2 that departs by more than this share from the parabola is flagged.
_ALARM = 0.3
# No check along eigenvectors beyond so many parameters.
_MOST_CHECKED = 50
# A limit is sought so far away, in the larger of standard deviation and scale.
_FAR = 30.0
# A refit ends when the linear model promises less than this fall of half of chi2.
_PROMISE = 1e-8


@dataclasses.dataclass(frozen=True)
class ProfileLikelihood:
    r"""How well one parameter is known, all others being refitted beside it.

    **Attributes:**

    - `name`, `unit`: of the parameter.
    - `values`: at which the others were refitted, rising, in `unit`; shape `(n,)`.
    - `roots`: $\pm\sqrt{\chi^2(\theta) - \chi^2_{min}}$, negative below the estimate; a
        straight line where Laplace's interval is exact; no unit; shape `(n,)`.
    - `level`: probability of the interval.
    - `threshold`: of $|\mathrm{root}|$ at its ends: the normal quantile, or Student's t
        if sigma was estimated.
    - `lower`, `upper`: its ends, in `unit`; infinite, or the end of the transform's
        range, where the data set no limit.
    - `laplace`: ends of Laplace's interval at the same level, in `unit`.
    - `verdict`: a sentence if the two disagree, else empty.
    """

    name: str
    unit: str
    values: np.ndarray
    roots: np.ndarray
    level: float
    threshold: float
    lower: float
    upper: float
    laplace: tuple[float, float]
    verdict: str

    def plot(self) -> Any:
        r"""Rise of $\chi^2$ beside the parabola of the error bar, as a matplotlib
        figure."""
        from . import _pictures

        return _pictures.plot_likelihood(self)


@dataclasses.dataclass(frozen=True)
class LaplaceCheck:
    r"""Whether $\chi^2$ is a parabola as far as the error bars reach.

    **Attributes:**

    - `ratios`: the rise of $\chi^2$ at -2 and +2 standard deviations along each
        eigenvector of the Fisher matrix, over the 4 of a parabola; no unit; shape
        `(rank, 2)`, infinite where the model cannot be evaluated.
    - `directions`: the eigenvectors, as rows, in scales; shape `(rank, free)`.
    - `warnings`: a sentence for each direction in which the rise departs by more than
        30 %; one for all where there are many.
    """

    ratios: np.ndarray
    directions: np.ndarray
    warnings: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Valley:
    """The misfit around a minimum, by the program that found it: nothing is compiled.

    **Attributes:**

    - `objective`, `noise`, `like`: as in `rows_at`, of the fit that was run.
    - `whole`: its free vector at the minimum.
    - `columns`: where in it the numbers are that are reported: `free` below.
    - `bottom`: those numbers at the minimum.
    - `known`: what the data say of them.
    - `slots`: their parameters.
    """

    objective: Objective
    whole: np.ndarray
    columns: np.ndarray
    bottom: np.ndarray
    known: Information
    noise: tuple[np.ndarray, ...]
    like: Ran
    slots: tuple[AnySlot, ...]

    def rows(self, free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rows and Jacobian at a free vector, in errors of the data; infinite rows
        where the model gives no number."""
        noise = tuple(map(jnp.asarray, self.noise))
        whole = self.whole.copy()
        whole[self.columns] = free
        out = rows_at(self.objective, jnp.asarray(whole), noise, self.like)
        rows, jacobian = map(np.asarray, out)
        # Levenberg-Marquardt leaves zeros where its first point is not finite.
        if not np.any(jacobian):
            rows = np.full(rows.shape, np.inf)
        return rows, jacobian[:, self.columns]

    def misfit(self, free: np.ndarray) -> float:
        """Sum of the squared rows; infinite where they are not finite."""
        return _square(self.rows(free)[0])

    def natural(self, held: int, free: float) -> float:
        """One parameter in its own unit."""
        at = self.bottom.copy()
        at[held] = free
        return float(self.all_natural(at)[held])

    def all_natural(self, free: np.ndarray) -> np.ndarray:
        """All parameters in their own units."""
        return np.asarray(natural_values(self.slots, jnp.asarray(free)))

    @functools.cached_property
    def told(self) -> Reported:
        """What is reported at the minimum."""
        return reported(self.slots, self.bottom)


@runtime_checkable
class AnyValley(Protocol):
    """What a walk needs of a valley: as in `Valley`."""

    @property
    def bottom(self) -> np.ndarray:
        """The minimum."""
        ...

    @property
    def known(self) -> Any:
        """What the data say there."""
        ...

    def rows(self, free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rows and Jacobian."""
        ...

    def misfit(self, free: np.ndarray) -> float:
        """Sum of the squared rows."""
        ...

    def natural(self, held: int, free: float) -> float:
        """One parameter in its own unit."""
        ...


def laplace_check(valley: Valley, names: tuple[str, ...]) -> LaplaceCheck:
    """Evaluates chi2 at two standard deviations along each eigenvector.

    **Arguments:**

    - `valley`: the minimum.
    - `names`: of the parameters.
    """
    known = valley.known
    size = 0 if len(valley.bottom) > _MOST_CHECKED else known.rank
    directions = known.directions[:size]
    lowest = valley.misfit(valley.bottom) if size else 0.0
    ratios, warnings, involved = np.ones((size, 2)), [], set()
    for k, row in enumerate(directions):
        step = 2 * row / np.sqrt(known.eigenvalues[k])
        for side, sign in enumerate((-1, 1)):
            rise = valley.misfit(valley.bottom + sign * step) - lowest
            ratios[k, side] = rise / 4
        # `not <=`: what is not a number is a departure.
        if not np.all(np.abs(ratios[k] - 1) <= _ALARM):
            shown = np.abs(valley.told.rows @ step)
            part = shown > 0.3 * np.max(shown)
            involved |= set(np.flatnonzero(part).tolist())
            who = " and ".join(np.asarray(names)[part][:3])
            below, above = ratios[k]
            warnings.append(
                f"chi2 is no parabola along {who}: at 2 standard deviations it rises "
                f"by {below:.2g} and {above:.2g} times what the error bars assume; use "
                "their profile likelihood"
            )
    if len(names) > MANY and len(warnings) > 3:
        whose = of_parts([names[k] for k in sorted(involved)])
        warnings = [
            f"chi2 is no parabola along {len(warnings)} combinations of {whose}: at 2 "
            f"standard deviations it rises by up to {np.max(ratios):.2g} times what "
            "the error bars assume; use `fit.bootstrap`, or `fit.sample`"
        ]
    return LaplaceCheck(ratios, directions, tuple(warnings))


def profile_likelihood(
    valley: AnyValley,
    held: int,
    name: str,
    unit: str,
    level: float,
    threshold: float,
) -> ProfileLikelihood:
    """Walks away from the minimum on both sides until chi2 has risen enough.

    **Arguments:**

    - `valley`: the minimum.
    - `held`: which number of the free vector is held, while the others are refitted.
    - `name`, `unit`: of the parameter.
    - `level`: probability of the interval.
    - `threshold`: square root of the rise of chi2 at its ends.
    """
    error = float(valley.known.errors()[held])
    half = threshold * error
    at = float(valley.bottom[held])
    laplace = [valley.natural(held, at + sign * half) for sign in (-1, 1)]
    points, ends, better = [(at, 0.0)], [], False
    for sign in (-1, 1):
        walk = _Walk(valley, held, sign, error, threshold)
        ends.append(walk.run())
        points += [(value, sign * root) for value, root in walk.points[1:]]
        better = better or walk.better
    values = np.array([valley.natural(held, value) for value, _ in points])
    roots = np.array([root for _, root in points])
    order = np.argsort(values)
    limits = [valley.natural(held, end) for end in ends]
    rising = limits[0] <= limits[1]
    low, high = limits if rising else limits[::-1]
    no_end = [bool(np.isinf(end)) for end in (ends if rising else ends[::-1])]
    verdict = _verdict(name, level, *no_end)
    if better:
        verdict = (
            f"a refit beside {name} lies lower than the fit itself: this is not the "
            "best minimum; fit again from another start"
        )
    elif not verdict:
        widths = np.abs(np.array(ends) - at) / half
        if np.any(np.abs(widths - 1) > _ALARM):
            verdict = (
                f"the interval of {name} reaches {widths[0]:.2g} and {widths[1]:.2g} "
                "times as far as its standard error says, below and above: report "
                "both ends"
            )
    return ProfileLikelihood(
        name,
        unit,
        values[order],
        roots[order] if rising else -roots[order],
        level,
        threshold,
        low,
        high,
        (min(laplace), max(laplace)),
        verdict,
    )


def _verdict(name: str, level: float, below: bool, above: bool) -> str:
    if not (below or above):
        return ""
    where = "" if below and above else " from below" if below else " from above"
    return f"at {100 * level:.3g} % the data do not limit {name}{where}"


class _Walk:
    """Refits on one side of the minimum, outwards."""

    def __init__(
        self, valley: AnyValley, held: int, sign: int, error: float, threshold: float
    ):
        self.valley, self.held, self.sign, self.target = valley, held, sign, threshold
        self.lowest = valley.misfit(valley.bottom)
        self.known = np.isfinite(error) and error > 0
        self.error = error if self.known else 1.0
        self.better = False
        self.points = [(float(valley.bottom[held]), 0.0)]
        self.vectors = [valley.bottom]

    def run(self) -> float:
        """The end of the interval in the free vector's unit; infinite without one."""
        covariance, held = self.valley.known.covariance, self.held
        slope = np.zeros(len(self.valley.bottom))
        if self.known:
            slope = covariance[:, held] / covariance[held, held]
        slope[held] = 1.0
        step, start = 0.5 * self.error, self.points[0][0]
        far = _FAR * max(self.error, 1.0)
        for _ in range(60):
            here, before = self.points[-1]
            ahead = here + self.sign * step
            found, root = self._refit(ahead, self.vectors[-1] + (ahead - here) * slope)
            if not np.isfinite(root):
                step *= 0.25
                if step < 1e-3 * self.error:
                    break
                continue
            if root >= self.target:
                return self._between(here, before, self.vectors[-1], ahead, root, found)
            self.points.append((ahead, root))
            self.vectors.append(found)
            if abs(ahead - start) > far:
                break
            slope = (self.vectors[-1] - self.vectors[-2]) / (ahead - here)
            gain = max(root - before, 1e-3)
            step *= min(max(0.25 * self.target / gain, 0.5), 2.0)
        return self.sign * np.inf

    def _between(self, inner, low, near, outer, high, found) -> float:
        """Where the root passes the target: false position, the better end kept."""
        weights = [low - self.target, high - self.target]
        last, middle, root = (outer, high), outer, high
        for _ in range(20):
            share = weights[0] / (weights[0] - weights[1])
            middle = inner + share * (outer - inner)
            guess = near + share * (found - near)
            there, root = self._refit(middle, guess)
            miss = root - self.target
            if abs(miss) < 1e-5 * self.target:
                break
            if miss < 0:
                inner, near, weights = middle, there, [miss, 0.5 * weights[1]]
            else:
                outer, found, weights = middle, there, [0.5 * weights[0], miss]
        self.points += [(middle, root), last]
        return middle

    def _refit(self, value: float, guess: np.ndarray) -> tuple[np.ndarray, float]:
        guess = guess.copy()
        guess[self.held] = value
        found, misfit = _lowest(self.valley, guess, self.held)
        rise = misfit - self.lowest
        # Beyond what an unfinished last step of the fit may leave.
        self.better = self.better or rise < -0.01
        return found, float(np.sqrt(max(rise, 0.0)))


def _lowest(
    valley: AnyValley, start: np.ndarray, held: int
) -> tuple[np.ndarray, float]:
    """Refits all numbers of the free vector but one: damped Gauss-Newton steps."""
    others = np.arange(len(start)) != held
    here, (residual, jacobian) = start, valley.rows(start)
    damping, fresh = 1e-8, True
    solved = None
    for _ in range(40):
        if not np.isfinite(_square(residual)) or not np.all(np.isfinite(jacobian)):
            return here, np.inf
        if fresh or solved is None:
            columns = jacobian[:, others]
            lengths = np.linalg.norm(columns, axis=0)
            lengths = np.where(lengths > 0, lengths, 1.0)
            left, singular, right = np.linalg.svd(
                columns / lengths, full_matrices=False
            )
            solved = left.T @ residual, singular, right, lengths
        slope, singular, right, lengths = solved
        steep = singular > 1e-7 * max(float(singular.max(initial=0.0)), 1e-300)
        if 0.5 * np.sum(slope[steep] ** 2) < _PROMISE or damping > 1e6:
            break
        gain = singular / (singular**2 + damping)
        trial = here.copy()
        trial[others] -= right.T @ (gain * slope) / lengths
        rows = valley.rows(trial)
        fresh = _square(rows[0]) < _square(residual)
        if fresh:
            here, (residual, jacobian), damping = trial, rows, damping / 10
        else:
            damping = max(10 * damping, 1e-6)
    return here, _square(residual)


def _square(rows: np.ndarray) -> float:
    total = float(np.sum(rows**2))
    return total if np.isfinite(total) else np.inf
