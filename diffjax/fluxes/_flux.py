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
    """

    left: Float[Array, "*faces"]
    right: Float[Array, "*faces"]
    left_coefficient: Float[Array, "*faces"]
    right_coefficient: Float[Array, "*faces"]
    left_gap: Float[Array, "*faces"]
    right_gap: Float[Array, "*faces"]


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
