"""Fick's first law between two points."""

from typing import Literal

import equinox as eqx
from jaxtyping import Array, Float

from ..diffusivity import AbstractDiffusivity, Point
from ._flux import AbstractFlux, Face


Mean = Literal["arithmetic", "harmonic"]


class Fick(AbstractFlux):
    r"""Fick's first law, $J = -D \, \partial c / \partial x$.

    Between two points a distance $h$ apart, $J = \bar D\, (c_L - c_R) / h$.

    **Error:** second order in the distance.
    """

    law: AbstractDiffusivity
    mean: Mean = eqx.field(static=True)

    def __init__(self, law: AbstractDiffusivity, mean: Mean = "arithmetic"):
        r"""**Arguments:**

        - `law`: the diffusivity, in m²/s.
        - `mean`: how the face gets its $D$ from both sides. `"arithmetic"` (the
            trapezoidal rule for $\int D\,dc$) suits a $D$ that varies with composition,
            and lets a front move where $D$ falls to nearly nothing;
            `"harmonic"` (resistances in series) is exact for a body of layers.

        **Raises:** `ValueError` if `mean` is neither.
        """
        if mean not in ("arithmetic", "harmonic"):
            raise ValueError(
                f'`Fick(mean=...)` must be "arithmetic" or "harmonic"; got {mean!r}.'
            )
        self.law = law
        self.mean = mean

    def coefficient(self, point: Point) -> Float[Array, "..."]:
        """The diffusivity there, in m²/s; a scalar."""
        return self.law.at(point)

    def through(self, face: Face) -> Float[Array, ""]:
        """Flux from left to right, in composition times m/s; a scalar."""
        left, right = face.left_coefficient, face.right_coefficient
        distance = face.left_gap + face.right_gap
        if self.mean == "harmonic":
            resistance = face.left_gap / left + face.right_gap / right
            return (face.left - face.right) / resistance
        return 0.5 * (left + right) * (face.left - face.right) / distance
