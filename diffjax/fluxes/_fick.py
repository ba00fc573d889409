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
        self.law = law
        self.mean = one_of_means(mean, "Fick")

    def coefficient(self, point: Point) -> Float[Array, "..."]:
        """The diffusivity there, in m²/s; a scalar."""
        return self.law.at(point)

    def through(self, face: Face) -> Float[Array, ""]:
        """Flux from left to right, in composition times m/s; a scalar."""
        return conductance(face, self.mean) * (face.left - face.right)


def conductance(face: Face, mean: Mean) -> Float[Array, ""]:
    """Flux through a face per difference of composition, in m/s; a scalar.

    **Arguments:**

    - `face`: with diffusivities in m²/s as coefficients.
    - `mean`: as for [`diffjax.fluxes.Fick`][].
    """
    left, right = face.left_coefficient, face.right_coefficient
    if mean == "harmonic":
        return 1 / (face.left_gap / left + face.right_gap / right)
    return 0.5 * (left + right) / (face.left_gap + face.right_gap)


def one_of_means(mean: Mean, door: str) -> Mean:
    """A mean, checked.

    **Arguments:**

    - `mean`: `"arithmetic"` or `"harmonic"`.
    - `door`: how the sentence names the flux.

    **Raises:** `ValueError` if it is neither.
    """
    if mean not in ("arithmetic", "harmonic"):
        raise ValueError(
            f'`{door}(mean=...)` must be "arithmetic" or "harmonic"; got {mean!r}.'
        )
    return mean
