"""The valley of a fit with a number of a joint transform among its coordinates."""

import dataclasses

import jax.numpy as jnp
import numpy as np

from ._core import natural_slopes, natural_values
from ._likelihood import Valley


@dataclasses.dataclass(frozen=True)
class Known:
    """What the data say in the turned coordinates; as `Information`."""

    covariance: np.ndarray
    held: int
    error: float

    def errors(self) -> np.ndarray:
        """Standard deviations; no unit; infinite for the number if undetermined."""
        out = np.sqrt(np.maximum(np.diag(self.covariance), 0.0))
        out[self.held] = self.error
        return out


@dataclasses.dataclass(frozen=True)
class Turned:
    r"""The misfit around a minimum, in which one reported number is a coordinate.

    The component $D_{12}$ of a tensor is no free number but a function $g(u)$ of
    several. Here it takes the place of the free number on which it depends the most,
    which is found from $g(u) = v$ by Newton's method; then it can be held while the
    others are refitted.

    **Attributes:**

    - `valley`: the misfit in the free vector of the fit.
    - `number`: which of the reported numbers is meant.
    - `held`: whose place it takes.
    - `bottom`: the minimum; no unit.
    - `known`: what the data say there.
    """

    valley: Valley
    number: int
    held: int
    bottom: np.ndarray
    known: Known

    def rows(self, free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As `Valley.rows`, in the turned coordinates."""
        point = self._back(free)
        rows, jacobian = self.valley.rows(point)
        gradient = self.gradient(point)
        pivot = gradient[self.held]
        off = abs(self.link(self._value(point)) - free[self.held])
        if not (np.isfinite(pivot) and pivot != 0 and off < 1e-8):
            return np.full(rows.shape, np.inf), jacobian
        turn = np.eye(len(free))
        turn[self.held] = -gradient / pivot
        turn[self.held, self.held] = 1 / pivot
        return rows, jacobian @ turn

    def misfit(self, free: np.ndarray) -> float:
        """Sum of the squared rows; infinite where they are not finite."""
        total = float(np.sum(self.rows(free)[0] ** 2))
        return total if np.isfinite(total) else np.inf

    def natural(self, held: int, free: float) -> float:
        """The number in its own unit."""
        del held
        with np.errstate(over="ignore"):
            match self.valley.told.kinds[self.number]:
                case "positive" | "log":
                    return float(np.exp(free))
                case "share":
                    return float(0.5 * (1 + np.tanh(0.5 * free)))
                case _:
                    return float(free * self._unit)

    @property
    def _unit(self) -> float:
        return float(self.valley.told.slopes[self.number])

    def link(self, value: float) -> float:
        """From the number, in its unit, to the coordinate: any real number."""
        with np.errstate(invalid="ignore", divide="ignore"):
            match self.valley.told.kinds[self.number]:
                case "positive" | "log":
                    return float(np.log(value))
                case "share":
                    return float(np.log(value / (1 - value)))
                case _:
                    return float(value / self._unit)

    def _value(self, point: np.ndarray) -> float:
        values = natural_values(self.valley.slots, jnp.asarray(point))
        return float(values[self.number])

    def gradient(self, point: np.ndarray) -> np.ndarray:
        """Slopes of the coordinate along the free vector; no unit."""
        slopes = natural_slopes(self.valley.slots, jnp.asarray(point))
        row, value = np.asarray(slopes)[self.number], self._value(point)
        with np.errstate(invalid="ignore", divide="ignore"):
            match self.valley.told.kinds[self.number]:
                case "positive" | "log":
                    return row / value
                case "share":
                    return row / (value * (1 - value))
                case _:
                    return row / self._unit

    def _back(self, free: np.ndarray) -> np.ndarray:
        """The free vector of the fit at a point of the turned coordinates."""
        point = free.copy()
        point[self.held] = self.valley.bottom[self.held]
        for _ in range(50):
            miss = free[self.held] - self.link(self._value(point))
            pivot = self.gradient(point)[self.held]
            if not np.isfinite(miss) or not np.isfinite(pivot) or pivot == 0:
                break
            step = miss / pivot
            point[self.held] += np.clip(step, -1.0, 1.0)
            if abs(step) < 1e-13 * (1 + abs(point[self.held])):
                break
        return point


def turned(valley: Valley, number: int) -> Turned:
    """Makes a reported number a coordinate.

    **Arguments:**

    - `valley`: the minimum.
    - `number`: which of the reported numbers is meant.
    """
    told, before = valley.told, valley.known
    held = int(np.argmax(np.abs(told.rows[number])))
    plain = Turned(
        valley, number, held, valley.bottom, Known(before.covariance, 0, 0.0)
    )
    gradient = plain.gradient(valley.bottom)
    turn = np.eye(len(gradient))
    turn[held] = gradient
    error = float(before.error_of(gradient[None, :])[0])
    bottom = valley.bottom.copy()
    bottom[held] = plain.link(told.values[number])
    known = Known(turn @ before.covariance @ turn.T, held, error)
    return dataclasses.replace(plain, bottom=bottom, known=known)
