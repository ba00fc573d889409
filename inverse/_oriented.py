"""Which number of a tensor an oriented sample sees."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jaxtyping import ArrayLike

import diffjax as djx

from ._experiment import law_of


@dataclasses.dataclass(frozen=True)
class Oriented:
    r"""Picks $n^\top D\, n$ of a sample's law; equal if law and direction are.

    **Attributes:**

    - `pick`: the law of the sample from the model, or `None`.
    - `direction`: $n$, no unit.
    """

    pick: Callable | None
    direction: tuple[float, ...]

    def __call__(self, model: Any) -> djx.diffusivity.AbstractDiffusivity:
        """The law along the direction, in m²/s.

        **Arguments:**

        - `model`: of the fit.
        """
        direction = np.array(self.direction)
        return djx.diffusivity.Along(law_of(model, self.pick), direction)


def oriented(
    pick: Callable | None,
    direction: ArrayLike | Sequence[float | int] | None,
    owner: str,
) -> Callable | None:
    """What picks the law of a sample.

    **Arguments:**

    - `pick`: its law from the model; `None` if the model is the law.
    - `direction`: of the traverse, in the axes of that law, of any length but 0 (no
        unit); `None` if the law gives one number.
    - `owner`: whose argument it is.

    **Raises:** `ValueError` if it is not a direction.
    """
    if direction is None:
        return pick
    n = np.asarray(direction, dtype=float)
    if n.shape not in ((2,), (3,)) or not np.all(np.isfinite(n)) or not np.any(n):
        raise ValueError(
            f"`{owner}(direction=...)` must be 2 or 3 finite numbers, not all zero (no "
            f"unit); got {n.tolist()}."
        )
    return Oriented(pick, tuple(n.tolist()))


def direction_of(pick: Callable | None) -> tuple[float, ...] | None:
    """The direction of a sample, no unit; `None` without one.

    **Arguments:**

    - `pick`: what `oriented` gave.
    """
    return pick.direction if isinstance(pick, Oriented) else None
