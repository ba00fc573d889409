"""What a flux is: a function of one face."""

import abc

import equinox as eqx
from jaxtyping import Array, Float

from ..diffusivity import Point


class Face(eqx.Module):
    """What a flux sees of one face: the two points that it lies between.

    A row of faces, with arrays for scalars, is what the equation maps a flux over.

    **Attributes:**

    - `left`, `right`: composition on either side; scalars.
    - `left_coefficient`, `right_coefficient`: what the flux's `coefficient` gave there.
    - `left_gap`, `right_gap`: distance from either point to the face, in m; scalars.
    - `rise`: how much higher the flux's `level` is on the right, no unit; a scalar.
    """

    left: Float[Array, "*faces"]
    right: Float[Array, "*faces"]
    left_coefficient: Float[Array, "*faces"]
    right_coefficient: Float[Array, "*faces"]
    left_gap: Float[Array, "*faces"]
    right_gap: Float[Array, "*faces"]
    rise: Float[Array, "*faces"] | float = 0.0


class AbstractFlux(eqx.Module):
    """A flux of matter: a coefficient of one point, and a rule for one face.

    The equation maps the first over cells and the second over faces. To add a flux:
    subclass this, put every field and both methods in that class.
    """

    @abc.abstractmethod
    def coefficient(self, point: Point) -> Float[Array, "..."]:
        """What the flux needs to know of one point; a scalar.

        **Arguments:**

        - `point`: composition, temperature (K) and position (m) there.
        """

    @abc.abstractmethod
    def through(self, face: Face) -> Float[Array, ""]:
        """Flux through one face.

        **Arguments:**

        - `face`: compositions, coefficients and distances (m) on both sides.

        **Returns:**

        Flux, positive from left to right, in composition times m/s; a scalar.
        """


class AbstractDrivenFlux(AbstractFlux):
    """A flux that a force drives too: one more function of one point."""

    @abc.abstractmethod
    def level(self, point: Point) -> Float[Array, ""]:
        r"""Potential energy of the particles at one point, $\psi = U / kT$.

        Faces see its difference as `rise`. At rest $c \propto e^{-\psi}$.

        **Arguments:**

        - `point`: composition, temperature (K), position (m) and time (s) there.

        **Returns:** no unit; a scalar.
        """


def level_of(flux: AbstractFlux, point: Point) -> Float[Array, ""] | None:
    """The level of a driven flux, no unit; `None` for any other.

    **Arguments:**

    - `flux`: of any kind.
    - `point`: where.
    """
    return flux.level(point) if isinstance(flux, AbstractDrivenFlux) else None
