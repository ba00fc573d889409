"""From the free vector to the numbers that are reported: values, slopes, intervals."""

import dataclasses

import jax.numpy as jnp
import numpy as np

from ._core import natural_slopes, natural_values
from ._joint import Kind
from ._slots import AnySlot, Slot


@dataclasses.dataclass(frozen=True)
class Estimate:
    """One parameter of a fit.

    **Attributes:**

    - `name`: e.g. `"activation"`, `"D(X=0.25)"`, `"origin"`.
    - `value`: in `unit`.
    - `stderr`: standard deviation, in `unit`; infinite where it is not determined.
    - `unit`: a word; empty for pure numbers.
    - `verdict`: `"determined"`, `"set by its prior"`, or `"not determined: ..."` with
        the reason.
    - `lower`, `upper`: ends of the 95 % interval, in `unit`.
    """

    name: str
    value: float
    stderr: float
    unit: str
    verdict: str
    lower: float
    upper: float


@dataclasses.dataclass(frozen=True)
class Reported:
    """The numbers that are reported, at one free vector.

    **Attributes:**

    - `slots`: the parameters.
    - `free`: the free vector; no unit.
    - `values`: the numbers in their units; shape `(parameters,)`.
    - `rows`: where each lies in the space of the free vector: the free number it is
        made of, or of a joint transform its gradient, scaled to length 1; shape
        `(parameters, free)`.
    - `slopes`: of each along its row, in its unit.
    - `sizes`: changes that would surprise, of what sentences speak of, in its unit.
    - `kinds`: of each that belongs to a joint transform; else `None`.
    - `columns`: the free number that each is made of; -1 in a joint transform.
    """

    slots: tuple[AnySlot, ...]
    free: np.ndarray
    values: np.ndarray
    rows: np.ndarray
    slopes: np.ndarray
    sizes: np.ndarray
    kinds: tuple[Kind | None, ...]
    columns: np.ndarray

    def interval(self, errors: np.ndarray, q: float) -> tuple[np.ndarray, np.ndarray]:
        """Ends of the intervals of `q` standard deviations, in the numbers' units.

        **Arguments:**

        - `errors`: along the rows; no unit; infinite where undetermined.
        - `q`: half width in standard deviations.
        """
        half = np.where(np.isfinite(errors), q * errors, np.inf)
        own = self.columns >= 0
        step = np.zeros(len(self.free))
        step[self.columns[own]] = half[own]
        at = lambda u: np.asarray(natural_values(self.slots, jnp.asarray(u)))
        ends = np.stack([at(self.free - step), at(self.free + step)])
        for i in np.flatnonzero(~own).tolist():
            wide = half[i] * self.slopes[i]
            ends[:, i] = self.linked(i, self.values[i], np.array([-wide, wide]))
        return np.min(ends, axis=0), np.max(ends, axis=0)

    def linked(self, i: int, value: float, change: np.ndarray) -> np.ndarray:
        """A number of a joint transform after a change of first order that it may not
        be able to make: positive ones and shares stay so."""
        match self.kinds[i]:
            case "positive" | "log":
                with np.errstate(over="ignore"):
                    return value * np.exp(change / value)
            case "share":
                logit = np.log(value / (1 - value)) + change / (value * (1 - value))
                return 0.5 * (1 + np.tanh(0.5 * logit))
            case _:
                return value + change


def reported(slots: tuple[AnySlot, ...], free: np.ndarray) -> Reported:
    """What is reported at a free vector.

    **Arguments:**

    - `slots`: the parameters.
    - `free`: the free vector; no unit.
    """
    at = jnp.asarray(free)
    values = np.asarray(natural_values(slots, at))
    gradients = np.asarray(natural_slopes(slots, at))
    rows, slopes = np.zeros_like(gradients), np.zeros(len(values))
    sizes, kinds, columns = np.ones(len(values)), [], []
    row = column = 0
    for slot in slots:
        if not isinstance(slot, Slot):
            continue
        for k in range(slot.count):
            i = row + k
            if slot.kinds is None:
                rows[i, column + k] = 1.0
                slopes[i] = gradients[i, column + k]
                sizes[i] = float(slot.scale)
                columns.append(column + k)
                kinds.append(None)
                continue
            length = float(np.linalg.norm(gradients[i])) or 1.0
            rows[i], slopes[i] = gradients[i] / length, length
            sizes[i] = length / values[i] if slot.kinds[k] == "log" else length
            columns.append(-1)
            kinds.append(slot.kinds[k])
        row += slot.count
        column += slot.size
    return Reported(
        slots,
        np.asarray(free),
        values,
        rows,
        slopes,
        sizes,
        tuple(kinds),
        np.array(columns, dtype=int),
    )
