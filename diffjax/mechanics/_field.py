r"""What an elastic field is: strain and stress at a point; uniform ones, and sums."""

import abc

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from .._checks import all_numbers, real, require, require_kinds, symmetric_tensor
from .._shapes import Numbers
from ._stiffness import AbstractStiffness


class AbstractElasticField(eqx.Module):
    r"""Strain and stress as functions of one point.

    The strain is the *elastic* one, by which the crystal at the point is stretched from
    its own state without stress, so that $\sigma = C : \varepsilon$ everywhere. Tension
    is positive. A position has one, two or three coordinates; those left out are 0.
    Fields add up: `a + b` is one again. To add a field, subclass this, and give
    `strain` and `stress`; map over many points with `jax.vmap`.
    """

    @abc.abstractmethod
    def strain(self, position: Numbers) -> Float[Array, "3 3"]:
        r"""The elastic strain at a point.

        **Arguments:**

        - `position`: in m; a scalar, or shape `(d,)` with `d` = 1, 2 or 3.

        **Returns:** $\varepsilon$, symmetric, no unit; shape `(3, 3)`.

        **Raises:** `ValueError` if the shape is another.
        """

    @abc.abstractmethod
    def stress(self, position: Numbers) -> Float[Array, "3 3"]:
        r"""The stress at a point.

        **Arguments:**

        - `position`: in m; a scalar, or shape `(d,)` with `d` = 1, 2 or 3.

        **Returns:** $\sigma$, symmetric, in Pa; shape `(3, 3)`.

        **Raises:** `ValueError` if the shape is another.
        """

    def hydrostatic(self, position: Numbers) -> Float[Array, ""]:
        r"""The hydrostatic stress $\sigma_h = \mathrm{tr}(\sigma) / 3$.

        **Arguments:**

        - `position`: in m; a scalar, or shape `(d,)` with `d` = 1, 2 or 3.

        **Returns:** in Pa, positive in tension; a scalar.

        **Raises:** `ValueError` if the shape is another.
        """
        return jnp.trace(self.stress(position)) / 3

    def __add__(self, other: "AbstractElasticField") -> "SumOfFields":
        """Both at once: a [`diffjax.mechanics.SumOfFields`][]."""
        if not isinstance(other, AbstractElasticField):
            return NotImplemented
        return SumOfFields(self, other)


class UniformStrain(AbstractElasticField):
    """The same strain everywhere."""

    value: Float[Array, "3 3"]
    stiffness: AbstractStiffness

    def __init__(self, strain: Numbers, stiffness: AbstractStiffness):
        r"""**Arguments:**

        - `strain`: $\varepsilon$, symmetric, no unit; shape `(3, 3)`.
        - `stiffness`: of the body.

        **Raises:** `ValueError` if the strain is not symmetric, finite and 3 × 3.
        """
        require_kinds("UniformStrain", stiffness=(stiffness, AbstractStiffness))
        self.value = symmetric_tensor(strain, "UniformStrain(strain=...)", "no unit")
        self.stiffness = stiffness

    def strain(self, position: Numbers) -> Float[Array, "3 3"]:
        """The strain, no unit; shape `(3, 3)`; `position` in m."""
        point(position)
        return self.value

    def stress(self, position: Numbers) -> Float[Array, "3 3"]:
        """The stress, in Pa; shape `(3, 3)`; `position` in m."""
        point(position)
        return self.stiffness.stress(self.value)


class UniformStress(AbstractElasticField):
    """The same stress everywhere."""

    value: Float[Array, "3 3"]
    stiffness: AbstractStiffness

    def __init__(self, stress: Numbers, stiffness: AbstractStiffness):
        r"""**Arguments:**

        - `stress`: $\sigma$, symmetric, in Pa; shape `(3, 3)`.
        - `stiffness`: of the body.

        **Raises:** `ValueError` if the stress is not symmetric, finite and 3 × 3.
        """
        require_kinds("UniformStress", stiffness=(stiffness, AbstractStiffness))
        self.value = symmetric_tensor(stress, "UniformStress(stress=...)", "Pa")
        self.stiffness = stiffness

    def strain(self, position: Numbers) -> Float[Array, "3 3"]:
        """The strain, no unit; shape `(3, 3)`; `position` in m."""
        point(position)
        return self.stiffness.strain(self.value)

    def stress(self, position: Numbers) -> Float[Array, "3 3"]:
        """The stress, in Pa; shape `(3, 3)`; `position` in m."""
        point(position)
        return self.value


class SumOfFields(AbstractElasticField):
    """Fields in one body, which add up, as linear elasticity has it."""

    fields: tuple[AbstractElasticField, ...]

    def __init__(self, *fields: AbstractElasticField):
        """**Arguments:**

        - `fields`: one or more fields.

        **Raises:** `ValueError` if there is none, or one is not a field.
        """
        if not fields:
            raise ValueError(
                "`SumOfFields(*fields)` needs at least one field; got none."
            )
        for k, field in enumerate(fields):
            require_kinds(
                "SumOfFields", **{f"field {k}": (field, AbstractElasticField)}
            )
        self.fields = fields

    def strain(self, position: Numbers) -> Float[Array, "3 3"]:
        """The strain, no unit; shape `(3, 3)`; `position` in m."""
        return jnp.sum(jnp.stack([f.strain(position) for f in self.fields]), axis=0)

    def stress(self, position: Numbers) -> Float[Array, "3 3"]:
        """The stress, in Pa; shape `(3, 3)`; `position` in m."""
        return jnp.sum(jnp.stack([f.stress(position) for f in self.fields]), axis=0)


def point(position: Numbers) -> Float[Array, "3"]:
    """The `position`, in m, with all three coordinates, or a sentence."""
    x = jnp.atleast_1d(real(position))
    if x.ndim != 1 or x.size not in (1, 2, 3):
        raise ValueError(
            "`position` must be a scalar or have shape `(d,)` with d = 1, 2 or 3 (m); "
            f"got {x.shape}."
        )
    return jnp.pad(x, (0, 3 - x.size))


def stretch(x: Numbers, name: str, unit: str) -> Float[Array, "3 3"]:
    """A strain, or one over some unit: `x` alike in all directions, or symmetric."""
    given = real(x)
    if not given.ndim:
        given = given * jnp.eye(3, dtype=given.dtype)
    return symmetric_tensor(given, name, unit)


def vector(x: Numbers, name: str, unit: str) -> Float[Array, "3"]:
    """Three finite numbers (`x`, in `unit`) as an array of shape `(3,)`."""
    value = all_numbers(x, name, unit)
    if value.shape != (3,):
        raise ValueError(
            f"`{name}` must have shape `(3,)` ({unit}); got {value.shape}."
        )
    return value


def direction(x: Numbers, name: str) -> Float[Array, "3"]:
    """A vector `x` of any length but 0, no unit, shape `(3,)`, scaled to length 1."""
    value = vector(x, name, "no unit")
    value = require(
        value, lambda v: (v * v).sum() > 0, f"`{name}` must not be zero (no unit)."
    )
    return value / jnp.sqrt(jnp.sum(value * value))


def upright(
    x: Float[Array, "3"], y: Float[Array, "3"], sentence: str
) -> Float[Array, "3"]:
    """`x`, any unit, shape `(3,)`, after asking that it is normal to `y`."""
    size = jnp.sqrt(jnp.sum(x * x) * jnp.sum(y * y))
    slack = 1e3 * float(jnp.finfo(x.dtype).eps)
    return require(x, jnp.abs(jnp.sum(x * y)) <= slack * size, sentence)
