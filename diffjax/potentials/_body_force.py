"""Forces that act on each particle alike: a uniform one, and a centrifuge."""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from .._checks import all_numbers, one_number
from .._constants import AVOGADRO, ELEMENTARY_CHARGE
from .._shapes import Numbers
from ..diffusivity import Point
from ._potential import AbstractPotential


class BodyForce(AbstractPotential):
    r"""The same force everywhere, $U = -\mathbf{F} \cdot \mathbf{x}$.

    With constant $D$ it drifts matter at the velocity $D \mathbf{F} / kT$ (Einstein).
    """

    force: Float[Array, "..."]

    def __init__(self, force: Numbers):
        """**Arguments:**

        - `force`: on one particle, in eV/m; a scalar on one axis, shape `(d,)` on more.

        **Raises:** `ValueError` if it is not finite.
        """
        self.force = all_numbers(force, "BodyForce(force=...)", "eV/m")

    def at(self, point: Point) -> Float[Array, ""]:
        """The energy there, in eV; 0 at the origin; a scalar."""
        form = jnp.shape(point.position)
        if self.force.shape != form:
            raise ValueError(
                f"`BodyForce(force=...)` must have the shape of a position, {form}; "
                f"got {self.force.shape}."
            )
        return -jnp.sum(self.force * point.position)


class Centrifuge(AbstractPotential):
    r"""A rotor, $U = -\tfrac12 m\, \omega^2 r^2$.

    Here $r$ is the distance from the axis of rotation.
    """

    mass: Float[Array, ""]
    speed: Float[Array, ""]
    centre: Float[Array, "..."]
    direction: Float[Array, " d"] | None

    def __init__(
        self,
        mass: ArrayLike,
        speed: ArrayLike,
        centre: Numbers = 0.0,
        direction: Numbers | None = None,
    ):
        r"""**Arguments:**

        - `mass`: what a mole of particles weighs more than what it displaces, in
            kg/mol; negative for particles that float.
        - `speed`: $\omega \ge 0$, in rad/s.
        - `centre`: a point of the axis of rotation, in m; a number or shape `(d,)`.
        - `direction`: of that axis in three dimensions, any length; shape `(d,)`. Left
            out, the axis is a point of the line or plane that the grid shows.

        **Raises:** `ValueError` if a number is not finite or of the wrong sign, or the
        direction has no length.
        """
        self.mass = one_number(mass, "Centrifuge(mass=...)", "kg/mol")
        self.speed = one_number(speed, "Centrifuge(speed=...)", "rad/s", ">= 0")
        self.centre = all_numbers(centre, "Centrifuge(centre=...)", "m")
        self.direction = None
        if direction is not None:
            given = all_numbers(direction, "Centrifuge(direction=...)", "no unit")
            if given.ndim != 1 or not bool(jnp.any(given != 0)):
                raise ValueError(
                    "`Centrifuge(direction=...)` must be a vector with a length; got "
                    f"{direction!r}."
                )
            self.direction = given / jnp.linalg.norm(given)

    def at(self, point: Point) -> Float[Array, ""]:
        """The energy there, in eV; 0 on the axis; a scalar."""
        away = jnp.atleast_1d(point.position - self.centre)
        if self.direction is not None:
            away = away - jnp.dot(away, self.direction) * self.direction
        square = jnp.sum((self.speed * away) ** 2)
        return -0.5 * self.mass * square / (AVOGADRO * ELEMENTARY_CHARGE)
