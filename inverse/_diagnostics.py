"""Whether residuals look like noise."""

import dataclasses
import math

import numpy as np


# Lag-1 correlation above which the misfit is a pattern and not noise.
ALARM = 0.4


@dataclasses.dataclass(frozen=True)
class Diagnostics:
    """How the residuals of one profile follow each other.

    **Attributes:**

    - `name`: of the profile.
    - `runs_z`: standard deviations by which the number of runs of one sign lies above
        (+) or below (-) what chance gives; NaN for too few points.
    - `lag1`: correlation of neighbouring residuals.
    - `warning`: a sentence if they follow a pattern, else empty.
    """

    name: str
    runs_z: float
    lag1: float
    warning: str


def diagnose(name: str, residuals: np.ndarray) -> Diagnostics:
    """Runs and lag-1 correlation of residuals in the order of position.

    **Arguments:**

    - `name`: of the profile.
    - `residuals`: over their errors (no unit); shape `(points,)`.
    """
    r = np.asarray(residuals, dtype=float)
    square = float(np.sum(r**2))
    lag1 = float(np.sum(r[1:] * r[:-1]) / square) if square > 0 else 0.0
    z = runs_z(r)
    warning = ""
    if lag1 > ALARM:
        warning = (
            f"residuals of {name} follow a pattern (lag-1 correlation {lag1:.2f}): the "
            "model is wrong somewhere, or the noise is not independent; the errors of "
            "the parameters are too small"
        )
    return Diagnostics(name, z, lag1, warning)


def runs_z(residuals: np.ndarray) -> float:
    """Wald and Wolfowitz's test of the signs; no unit, NaN if it does not apply."""
    signs = np.sign(residuals)
    signs = signs[signs != 0]
    up, down = int(np.sum(signs > 0)), int(np.sum(signs < 0))
    count = up + down
    if up < 2 or down < 2:
        return math.nan
    runs = 1 + int(np.sum(signs[1:] != signs[:-1]))
    mean = 2 * up * down / count + 1
    variance = (mean - 1) * (mean - 2) / (count - 1)
    return (runs - mean) / math.sqrt(variance) if variance > 0 else math.nan
