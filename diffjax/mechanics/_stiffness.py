"""Hooke's law: from strain to stress and back."""

import abc

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from .._checks import finite, one_number, require


class AbstractStiffness(eqx.Module):
    """How a body answers strain with stress.

    Small strains; tension is positive.
    """

    @abc.abstractmethod
    def stress(self, strain: Float[Array, "3 3"]) -> Float[Array, "3 3"]:
        """Stress of an elastic strain.

        **Arguments:**

        - `strain`: symmetric, no unit; shape `(3, 3)`.

        **Returns:** in Pa; shape `(3, 3)`.
        """

    @abc.abstractmethod
    def strain(self, stress: Float[Array, "3 3"]) -> Float[Array, "3 3"]:
        """Elastic strain under a stress.

        **Arguments:**

        - `stress`: symmetric, in Pa; shape `(3, 3)`.

        **Returns:** no unit; shape `(3, 3)`.
        """


class Isotropic(AbstractStiffness):
    r"""A body alike in all directions.

    $$\sigma = 2 G \varepsilon + \lambda\, \mathrm{tr}(\varepsilon)\, I, \qquad
    G = \frac{E}{2 (1 + \nu)}, \quad \lambda = \frac{E \nu}{(1 + \nu)(1 - 2 \nu)}$$
    """

    young: Float[Array, ""]
    poisson: Float[Array, ""]

    def __init__(self, young: ArrayLike, poisson: ArrayLike):
        r"""**Arguments:**

        - `young`: $E$ > 0, in Pa.
        - `poisson`: $\nu$ between -1 and 1/2, no unit.

        **Raises:** `ValueError` if a number is outside these bounds.
        """
        self.young = one_number(young, "Isotropic(young=...)", "Pa", "> 0")
        self.poisson = require(
            one_number(poisson, "Isotropic(poisson=...)", "no unit"),
            lambda nu: (nu > -1) & (nu < 0.5),
            "`Isotropic(poisson=...)` must lie between -1 and 1/2 (no unit).",
        )

    @property
    def shear(self) -> Float[Array, ""]:
        """Shear modulus $G$, in Pa; a scalar."""
        return self.young / (2 * (1 + self.poisson))

    @property
    def bulk(self) -> Float[Array, ""]:
        """Bulk modulus $K$, in Pa; a scalar."""
        return self.young / (3 * (1 - 2 * self.poisson))

    def stress(self, strain: Float[Array, "3 3"]) -> Float[Array, "3 3"]:
        """Stress in Pa; see `AbstractStiffness.stress`."""
        mean = jnp.trace(strain) * jnp.eye(3, dtype=strain.dtype)
        return 2 * self.shear * strain + (self.bulk - 2 * self.shear / 3) * mean

    def strain(self, stress: Float[Array, "3 3"]) -> Float[Array, "3 3"]:
        """Strain, no unit; see `AbstractStiffness.strain`."""
        mean = jnp.trace(stress) * jnp.eye(3, dtype=stress.dtype)
        return ((1 + self.poisson) * stress - self.poisson * mean) / self.young


class Cubic(AbstractStiffness):
    r"""A cubic crystal, in the frame of its edges.

    $$\sigma_{11} = C_{11} \varepsilon_{11} + C_{12} (\varepsilon_{22} +
    \varepsilon_{33}), \qquad \sigma_{12} = 2 C_{44} \varepsilon_{12}$$
    """

    c11: Float[Array, ""]
    c12: Float[Array, ""]
    c44: Float[Array, ""]

    def __init__(self, c11: ArrayLike, c12: ArrayLike, c44: ArrayLike):
        """**Arguments:**

        - `c11`, `c12`, `c44`: in Pa; such that every strain costs energy.

        **Raises:** `ValueError` if they are not: unless $C_{44}$, $C_{11} - C_{12}$ and
        $C_{11} + 2 C_{12}$ are above 0.
        """
        self.c44 = one_number(c44, "Cubic(c44=...)", "Pa", "> 0")
        self.c12 = one_number(c12, "Cubic(c12=...)", "Pa")
        c12 = self.c12
        self.c11 = require(
            one_number(c11, "Cubic(c11=...)", "Pa", "> 0"),
            lambda c: finite(c) & (c - c12 > 0) & (c + 2 * c12 > 0),
            "`Cubic(c11=..., c12=...)` must have c11 - c12 and c11 + 2 c12 above 0 "
            "(Pa), or some strain would set energy free.",
        )

    def stress(self, strain: Float[Array, "3 3"]) -> Float[Array, "3 3"]:
        """Stress in Pa; see `AbstractStiffness.stress`."""
        unit = jnp.eye(3, dtype=strain.dtype)
        own = (self.c11 - self.c12 - 2 * self.c44) * strain * unit
        return own + 2 * self.c44 * strain + self.c12 * jnp.trace(strain) * unit

    def strain(self, stress: Float[Array, "3 3"]) -> Float[Array, "3 3"]:
        """Strain, no unit; see `AbstractStiffness.strain`."""
        unit = jnp.eye(3, dtype=stress.dtype)
        softest = self.c11 - self.c12
        across = self.c12 / (softest * (self.c11 + 2 * self.c12))
        own = (1 / softest - 1 / (2 * self.c44)) * stress * unit
        return own + stress / (2 * self.c44) - across * jnp.trace(stress) * unit
