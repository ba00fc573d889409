"""What an elastic field is: stress and strain at one position."""

import abc

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from ._stiffness import AbstractStiffness


class AbstractElasticField(eqx.Module):
    """Stress and elastic strain, as functions of position.

    Fields add up: `a + b` is one again. A position has one, two or three coordinates in
    m; those that are left out are 0.
    """

    stiffness: eqx.AbstractVar[AbstractStiffness]

    @abc.abstractmethod
    def stress(self, position: Float[Array, "..."]) -> Float[Array, "3 3"]:
        """Stress at one position; tension is positive.

        **Arguments:**

        - `position`: in m; a scalar or shape `(d,)`.

        **Returns:** in Pa; shape `(3, 3)`.
        """

    def strain(self, position: Float[Array, "..."]) -> Float[Array, "3 3"]:
        """Elastic strain at one position, no unit; shape `(3, 3)`."""
        return self.stiffness.strain(self.stress(position))

    def hydrostatic(self, position: Float[Array, "..."]) -> Float[Array, ""]:
        r"""Hydrostatic stress $\mathrm{tr}(\sigma) / 3$ at one position, in Pa."""
        return jnp.trace(self.stress(position)) / 3

    def __add__(self, other: "AbstractElasticField") -> "Superposition":
        """Both at once; see [`diffjax.mechanics.Superposition`][]."""
        return Superposition(self, other)


class Superposition(AbstractElasticField):
    """The sum of some fields in one body."""

    parts: tuple[AbstractElasticField, ...]
    stiffness: AbstractStiffness

    def __init__(self, *parts: AbstractElasticField):
        """**Arguments:**

        - `parts`: fields of the same body; at least one. The stiffness is that of the
            first.

        **Raises:** `ValueError` if there is none.
        """
        if not parts:
            raise ValueError("`Superposition(parts=...)` must be at least one field.")
        self.parts, self.stiffness = parts, parts[0].stiffness

    def stress(self, position: Float[Array, "..."]) -> Float[Array, "3 3"]:
        """The sum of stresses, in Pa; shape `(3, 3)`."""
        first, *others = (part.stress(position) for part in self.parts)
        return sum(others, first)


def coordinates(position: Float[Array, "..."]) -> Float[Array, " 3"]:
    """A position with all three coordinates, in m.

    **Arguments:**

    - `position`: in m; a scalar or shape `(d,)`.
    """
    given = jnp.atleast_1d(position)
    return jnp.concatenate([given, jnp.zeros(3 - given.size, dtype=given.dtype)])


def symmetric(
    xx: Array, yy: Array, zz: Array, yz: Array, xz: Array, xy: Array
) -> Float[Array, "3 3"]:
    """A symmetric tensor of its six components."""
    rows = [[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]
    return jnp.stack([jnp.stack(row) for row in rows])
