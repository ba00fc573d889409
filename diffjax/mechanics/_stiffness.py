r"""Linear elasticity at a point: strain to stress and back."""

import abc

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, ArrayLike, Float

from .._checks import finite, known, one_number, real, require, symmetric
from .._shapes import Numbers


# Voigt's order: xx, yy, zz, yz, xz, xy.
_ROWS = np.array([0, 1, 2, 1, 0, 0])
_COLUMNS = np.array([0, 1, 2, 2, 2, 1])
_WHERE = np.array([[0, 5, 4], [5, 1, 3], [4, 3, 2]])
_TWICE = np.array([1.0, 1.0, 1.0, 2.0, 2.0, 2.0])


class AbstractStiffness(eqx.Module):
    r"""How stress answers to strain: $\sigma_{ij} = C_{ijkl}\,\varepsilon_{kl}$.

    Tension is positive. To add a stiffness, subclass this, and give `matrix` and
    `compliance`.
    """

    @property
    @abc.abstractmethod
    def matrix(self) -> Float[Array, "6 6"]:
        """Voigt's matrix of the stiffness, in Pa; shape `(6, 6)`.

        Rows in the order xx, yy, zz, yz, xz, xy, for shear strains counted twice.
        """

    @property
    @abc.abstractmethod
    def compliance(self) -> Float[Array, "6 6"]:
        """The inverse of `matrix`, in 1/Pa; shape `(6, 6)`."""

    @property
    def tensor(self) -> Float[Array, "3 3 3 3"]:
        """$C_{ijkl}$, in Pa; shape `(3, 3, 3, 3)`."""
        return self.matrix[_WHERE[:, :, None, None], _WHERE[None, None]]

    def stress(self, strain: Numbers) -> Float[Array, "*batch 3 3"]:
        r"""The stress of an elastic strain.

        **Arguments:**

        - `strain`: $\varepsilon$, symmetric, no unit; shape `(*batch, 3, 3)`.

        **Returns:** $\sigma$, in Pa; shape `(*batch, 3, 3)`.

        **Raises:** `ValueError` if the shape is another.
        """
        e = tensor_of(strain, "stress(strain=...)", "no unit")
        return from_voigt(jnp.einsum("ij,...j->...i", self.matrix, strain_to_voigt(e)))

    def strain(self, stress: Numbers) -> Float[Array, "*batch 3 3"]:
        r"""The elastic strain under a stress.

        **Arguments:**

        - `stress`: $\sigma$, symmetric, in Pa; shape `(*batch, 3, 3)`.

        **Returns:** $\varepsilon$, no unit; shape `(*batch, 3, 3)`.

        **Raises:** `ValueError` if the shape is another.
        """
        s = tensor_of(stress, "strain(stress=...)", "Pa")
        answer = jnp.einsum("ij,...j->...i", self.compliance, to_voigt(s))
        return strain_from_voigt(answer)

    def rotated(self, rotation: Numbers) -> "GeneralStiffness":
        r"""The stiffness of the same crystal, turned.

        $$C'_{ijkl} = R_{ia} R_{jb} R_{kc} R_{ld}\, C_{abcd}$$

        **Arguments:**

        - `rotation`: $R$, no unit, whose columns are the crystal's axes in those of the
            laboratory; shape `(3, 3)`. See [`diffjax.tensors.rotation_from_axis`][].

        **Returns:** a [`diffjax.mechanics.GeneralStiffness`][].

        **Raises:** `ValueError` if the shape is another.
        """
        r = tensor_of(rotation, "rotated(rotation=...)", "no unit")
        turned = jnp.einsum("ia,jb,kc,ld,abcd->ijkl", r, r, r, r, self.tensor)
        i, j = _ROWS[:, None], _COLUMNS[:, None]
        return GeneralStiffness(turned[i, j, _ROWS[None], _COLUMNS[None]])


class IsotropicStiffness(AbstractStiffness):
    r"""The same in all directions.

    $$\sigma = \lambda\, \mathrm{tr}(\varepsilon)\, I + 2 \mu\, \varepsilon, \qquad
    \mu = \frac{E}{2 (1 + \nu)}, \quad \lambda = \frac{2 \mu \nu}{1 - 2 \nu}$$
    """

    youngs_modulus: Float[Array, ""]
    poisson_ratio: Float[Array, ""]

    def __init__(self, youngs_modulus: ArrayLike, poisson_ratio: ArrayLike):
        r"""**Arguments:**

        - `youngs_modulus`: $E > 0$, in Pa; a scalar.
        - `poisson_ratio`: $\nu$, between -1 and 1/2, no unit; a scalar.

        **Raises:** `ValueError` if a number lies outside its range.

        !!! example

            ```python
            steel = djx.mechanics.IsotropicStiffness(210e9, 0.29)
            ```
        """
        name = "IsotropicStiffness(poisson_ratio=...)"
        self.youngs_modulus = one_number(
            youngs_modulus, "IsotropicStiffness(youngs_modulus=...)", "Pa", "> 0"
        )
        self.poisson_ratio = require(
            one_number(poisson_ratio, name, "no unit"),
            lambda v: (v > -1) & (v < 0.5),
            f"`{name}` must lie between -1 and 1/2 (no unit).",
        ).astype(self.youngs_modulus.dtype)

    @property
    def shear_modulus(self) -> Float[Array, ""]:
        r"""$\mu$, in Pa; a scalar."""
        return self.youngs_modulus / (2 * (1 + self.poisson_ratio))

    @property
    def bulk_modulus(self) -> Float[Array, ""]:
        """$K$, in Pa; a scalar."""
        return self.youngs_modulus / (3 * (1 - 2 * self.poisson_ratio))

    @property
    def biaxial_modulus(self) -> Float[Array, ""]:
        r"""$E / (1 - \nu)$, of a plate stretched in its plane, in Pa; a scalar."""
        return self.youngs_modulus / (1 - self.poisson_ratio)

    @property
    def matrix(self) -> Float[Array, "6 6"]:
        """Voigt's matrix, in Pa; shape `(6, 6)`."""
        mu, nu = self.shear_modulus, self.poisson_ratio
        across = 2 * mu * nu / (1 - 2 * nu)
        return _cubic(across + 2 * mu, across, mu)

    @property
    def compliance(self) -> Float[Array, "6 6"]:
        """The inverse of `matrix`, in 1/Pa; shape `(6, 6)`."""
        soft = 1 / self.youngs_modulus
        return _cubic(soft, -self.poisson_ratio * soft, 1 / self.shear_modulus)


class CubicStiffness(AbstractStiffness):
    r"""A cubic crystal along its own axes.

    Isotropic where Zener's ratio $2 C_{44} / (C_{11} - C_{12})$ is 1.
    """

    c11: Float[Array, ""]
    c12: Float[Array, ""]
    c44: Float[Array, ""]

    def __init__(self, c11: ArrayLike, c12: ArrayLike, c44: ArrayLike):
        r"""**Arguments:**

        - `c11`, `c12`, `c44`: $C_{11}$, $C_{12}$, $C_{44}$, in Pa; scalars.

        **Raises:** `ValueError` unless $C_{44} > 0$, $C_{11} > |C_{12}|$ and
        $C_{11} + 2 C_{12} > 0$.

        !!! example

            ```python
            copper = djx.mechanics.CubicStiffness(168.4e9, 121.4e9, 75.4e9)
            ```
        """
        names = ("c11", "c12", "c44")
        values = [
            one_number(x, f"CubicStiffness({name}=...)", "Pa")
            for name, x in zip(names, (c11, c12, c44))
        ]
        dtype = jnp.result_type(*values)
        one, two, four = (v.astype(dtype) for v in values)
        ok = [known(x) for x in (one, two, four)]
        self.c11 = require(
            one,
            (ok[2] > 0) & (ok[0] > abs(ok[1])) & (ok[0] + 2 * ok[1] > 0),
            "`CubicStiffness(c11=..., c12=..., c44=...)` must be positive definite: "
            "c44 > 0, c11 > |c12| and c11 + 2 c12 > 0 (Pa).",
        )
        self.c12, self.c44 = two, four

    @property
    def matrix(self) -> Float[Array, "6 6"]:
        """Voigt's matrix, in Pa; shape `(6, 6)`."""
        return _cubic(self.c11, self.c12, self.c44)

    @property
    def compliance(self) -> Float[Array, "6 6"]:
        """The inverse of `matrix`, in 1/Pa; shape `(6, 6)`."""
        # Of the three eigenvalues: round-off even where two of them differ much.
        even, uneven = 1 / (self.c11 + 2 * self.c12), 1 / (self.c11 - self.c12)
        return _cubic((even + 2 * uneven) / 3, (even - uneven) / 3, 1 / self.c44)


class GeneralStiffness(AbstractStiffness):
    """Any stiffness, from Voigt's matrix."""

    voigt: Float[Array, "6 6"]

    def __init__(self, matrix: Numbers):
        """**Arguments:**

        - `matrix`: symmetric and positive definite, in Pa, in the order xx, yy, zz, yz,
            xz, xy for shear strains counted twice; shape `(6, 6)`.

        **Raises:** `ValueError` if it is not.
        """
        name = "GeneralStiffness(matrix=...)"
        array = real(matrix)
        if array.shape != (6, 6):
            raise ValueError(
                f"`{name}` must have shape `(6, 6)` (Pa); got {array.shape}."
            )
        array = require(array, finite, f"`{name}` must be finite (Pa).")
        array = symmetric(array, name, "Pa")
        self.voigt = require(
            array, _definite, f"`{name}` must be positive definite (all in Pa)."
        )

    @property
    def matrix(self) -> Float[Array, "6 6"]:
        """Voigt's matrix, in Pa; shape `(6, 6)`."""
        return self.voigt

    @property
    def compliance(self) -> Float[Array, "6 6"]:
        """The inverse of `matrix`, in 1/Pa; shape `(6, 6)`."""
        return jnp.linalg.inv(self.voigt)


def tensor_of(x: Numbers, name: str, unit: str) -> Float[Array, "*batch 3 3"]:
    """What the user gave as an array of 3 × 3 tensors, `name` and `unit` in errors."""
    array = real(x)
    if array.shape[-2:] != (3, 3):
        raise ValueError(
            f"`{name}` must have shape `(*batch, 3, 3)` ({unit}); got {array.shape}."
        )
    return array


def to_voigt(tensor: Float[Array, "*batch 3 3"]) -> Float[Array, "*batch 6"]:
    """The six components of a symmetric tensor, without factors."""
    half = tensor[..., _ROWS, _COLUMNS] + tensor[..., _COLUMNS, _ROWS]
    return 0.5 * half


def from_voigt(components: Float[Array, "*batch 6"]) -> Float[Array, "*batch 3 3"]:
    """The symmetric tensor of six components, without factors."""
    return components[..., _WHERE]


def strain_to_voigt(strain: Float[Array, "*batch 3 3"]) -> Float[Array, "*batch 6"]:
    """Six components of a strain, shears counted twice."""
    return jnp.einsum(
        "i,...i->...i", jnp.asarray(_TWICE, strain.dtype), to_voigt(strain)
    )


def strain_from_voigt(
    components: Float[Array, "*batch 6"],
) -> Float[Array, "*batch 3 3"]:
    """The strain of six components in which shears count twice."""
    halves = jnp.asarray(1 / _TWICE, components.dtype)
    return from_voigt(jnp.einsum("i,...i->...i", halves, components))


def _cubic(c11, c12, c44) -> Float[Array, "6 6"]:
    block = jnp.full((3, 3), c12) + (c11 - c12) * jnp.eye(3, dtype=c11.dtype)
    zero = jnp.zeros((3, 3), c11.dtype)
    return jnp.block([[block, zero], [zero, c44 * jnp.eye(3, dtype=c11.dtype)]])


def _definite(matrix):
    """Of a symmetric matrix; known ones by NumPy, which compiles nothing."""
    lib = jnp if isinstance(matrix, Tracer) else np
    return lib.linalg.eigvalsh(matrix)[0] > 0
