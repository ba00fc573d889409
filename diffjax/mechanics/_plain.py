"""Bodies strained evenly, and bent ones."""

from typing import Literal

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from .._checks import all_numbers, one_number, require
from .._shapes import Numbers
from ._field import AbstractElasticField, coordinates
from ._stiffness import AbstractStiffness, Isotropic


Across = Literal["x", "y", "z"]


class Uniform(AbstractElasticField):
    """The same strain everywhere, such as a coherent film takes from its substrate."""

    stiffness: AbstractStiffness
    even: Float[Array, "3 3"]

    def __init__(self, strain: Numbers, stiffness: AbstractStiffness):
        """**Arguments:**

        - `strain`: elastic, symmetric, no unit; shape `(3, 3)`.
        - `stiffness`: of the body.

        **Raises:** `ValueError` if the strain has another shape, is not finite or not
        symmetric.
        """
        given = all_numbers(strain, "Uniform(strain=...)", "no unit")
        if given.shape != (3, 3):
            raise ValueError(
                f"`Uniform(strain=...)` must have shape (3, 3); got {given.shape}."
            )
        self.even = require(
            given,
            lambda e: abs(e - e.T) <= 1e-12 * abs(e).max(),
            "`Uniform(strain=...)` must be symmetric (no unit).",
        )
        self.stiffness = stiffness

    def stress(self, position: Float[Array, "..."]) -> Float[Array, "3 3"]:
        """The stress of that strain, in Pa; shape `(3, 3)`."""
        del position
        return self.stiffness.stress(self.even)


class Bending(AbstractElasticField):
    r"""A beam bent about its neutral plane, $\sigma = E \kappa\, s$ along the beam.

    Here $s$ is the distance from the neutral plane, on the side that is stretched; all
    other components of the stress are 0.
    """

    stiffness: Isotropic
    curvature: Float[Array, ""]
    neutral: Float[Array, ""]
    across: int = eqx.field(static=True)
    along: int = eqx.field(static=True)

    def __init__(
        self,
        curvature: ArrayLike,
        stiffness: Isotropic,
        neutral: ArrayLike = 0.0,
        across: Across = "x",
        along: Across = "y",
    ):
        r"""**Arguments:**

        - `curvature`: $\kappa$, in 1/m; positive stretches the side beyond the neutral
            plane.
        - `stiffness`: of the beam.
        - `neutral`: where the neutral plane is, in m.
        - `across`, `along`: the axes across the beam and along it.

        **Raises:** `ValueError` if a number is not finite or both axes are the same.
        """
        self.curvature = one_number(curvature, "Bending(curvature=...)", "1/m")
        self.neutral = one_number(neutral, "Bending(neutral=...)", "m")
        if across == along or not {across, along} <= set("xyz"):
            raise ValueError(
                "`Bending(across=..., along=...)` must be two different axes out of "
                f"'x', 'y' and 'z'; got {across!r} and {along!r}."
            )
        self.across, self.along = "xyz".index(across), "xyz".index(along)
        self.stiffness = stiffness

    def stress(self, position: Float[Array, "..."]) -> Float[Array, "3 3"]:
        """Tension along the beam on one side, pressure on the other, in Pa."""
        s = coordinates(position)[self.across] - self.neutral
        where = jnp.zeros((3, 3), dtype=s.dtype).at[self.along, self.along].set(1.0)
        return self.stiffness.young * self.curvature * s * where
