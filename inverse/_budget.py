"""Where the error of a parameter comes from: shares of data and priors."""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from ._likelihood import Valley
from ._slots import Slot
from ._transforms import Log


@dataclasses.dataclass(frozen=True, repr=False)
class Budget:
    r"""Shares of the variance of one parameter.

    To first order an estimate is a weighted sum of all rows, $\delta\theta = g^\top
    (J^\top J)^{-1} J^\top \epsilon$, with independent $\epsilon$ of size 1: the squares
    of the weights are what each piece of data and each prior adds to the variance.

    **Attributes:**

    - `name`: of the parameter.
    - `error`: its standard deviation, of its logarithm where its transform is one.
    - `logged`: whether it is that of a logarithm.
    - `shares`: of the variance, by profile or by what the prior speaks of, the largest
        first; no unit; their sum is 1.
    """

    name: str
    error: float
    logged: bool
    shares: dict[str, float]

    @property
    def factor(self) -> float:
        """One standard deviation as a factor; infinite if it is not of a logarithm."""
        return math.exp(self.error) if self.logged else math.inf

    def __repr__(self) -> str:
        size = f"factor {self.factor:.3g}" if self.logged else f"± {self.error:.3g}"
        lines = [f"{self.name}: {size} (one standard deviation)"]
        lines += [f"{100 * one:5.1f} %  {name}" for name, one in self.shares.items()]
        return "\n".join(lines)


def budget(
    valley: Valley, names: Sequence[str], data: Sequence[str], number: int
) -> Budget:
    """Shares of the variance of one parameter.

    **Arguments:**

    - `valley`: the misfit around the minimum.
    - `names`: of the parameters.
    - `data`: of the experiments.
    - `number`: of the parameter.

    **Raises:** `ValueError` if it is not determined.
    """
    told, known = valley.told, valley.known
    gradient, name = told.rows[number], names[number]
    error = float(known.error_of(gradient[None, :])[0])
    if not math.isfinite(error):
        raise ValueError(
            f"`budget({name!r})`: nothing determines it, neither data nor priors."
        )
    _, jacobian = valley.rows(valley.bottom)
    squares = (jacobian @ (known.covariance @ gradient)) ** 2
    # The rows in the order of `Objective.residual`.
    sources = [(name, len(sigma)) for name, sigma in zip(data, valley.noise)]
    count = 0
    for slot in valley.slots:
        if isinstance(slot, Slot):
            if slot.prior is not None:
                spoken = " and ".join(names[count : count + slot.count])
                sources.append((f"prior of {spoken}", slot.count))
            count += slot.count
    for prior, _ in valley.objective.joint:
        sources.append((f"prior of {' and '.join(prior.names)}", len(prior.names)))
    shares, start = {}, 0
    for source, rows in sources:
        part = float(np.sum(squares[start : start + rows]))
        shares[source] = shares.get(source, 0.0) + part / float(np.sum(squares))
        start += rows
    size = float(told.slopes[number] / told.values[number])
    logged = told.kinds[number] is None and _is_log(valley, number)
    scale = size if logged else float(told.slopes[number])
    ordered = dict(sorted(shares.items(), key=lambda one: -one[1]))
    return Budget(name, abs(scale) * error, logged, ordered)


def _is_log(valley: Valley, number: int) -> bool:
    """Whether a parameter is fitted by its logarithm, or is one."""
    count = 0
    for slot in valley.slots:
        if isinstance(slot, Slot):
            if count <= number < count + slot.count:
                return slot.logged or isinstance(slot.transform, Log)
            count += slot.count
    return False
