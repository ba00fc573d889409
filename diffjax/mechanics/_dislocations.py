"""Straight dislocations along the z axis, in an isotropic body."""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from .._checks import all_numbers, one_number
from .._shapes import Numbers
from ._field import AbstractElasticField, coordinates, symmetric
from ._stiffness import Isotropic


class EdgeDislocation(AbstractElasticField):
    r"""An edge dislocation along z, Burgers vector along x, extra half plane at y > 0.

    From Airy's function $-\tfrac12 A\, y \ln \rho^2$ with $A = G b / 2\pi(1 - \nu)$ and
    $\rho^2 = x^2 + y^2 + r_c^2$, in plane strain:

    $$\sigma_{xx} = -\frac{A y}{\rho^2} \Big(1 + 2 \frac{x^2 + r_c^2}{\rho^2}\Big),
    \quad \sigma_{yy} = -\frac{A y}{\rho^2} \Big(1 - 2 \frac{x^2}{\rho^2}\Big), \quad
    \sigma_{xy} = \frac{A x}{\rho^2} \Big(1 - 2 \frac{y^2}{\rho^2}\Big)$$

    The core radius $r_c$ spreads the core: stresses stay finite and in equilibrium
    everywhere, and beyond a few $r_c$ are the classical ones, whose hydrostatic part is
    $-\frac{G b (1 + \nu)}{3 \pi (1 - \nu)} \frac{y}{r^2}$.
    """

    stiffness: Isotropic
    burgers: Float[Array, ""]
    core: Float[Array, ""]
    centre: Float[Array, " 2"]

    def __init__(
        self,
        burgers: ArrayLike,
        stiffness: Isotropic,
        core: ArrayLike,
        centre: Numbers = (0.0, 0.0),
    ):
        """**Arguments:**

        - `burgers`: $b$, in m; negative turns the half plane round.
        - `stiffness`: of the body.
        - `core`: $r_c$ > 0, in m.
        - `centre`: where the line crosses the plane z = 0, in m; shape `(2,)`.

        **Raises:** `ValueError` if a number is not finite or the core not above 0.
        """
        self.burgers, self.core, self.centre = _line(
            "EdgeDislocation", burgers, core, centre
        )
        self.stiffness = stiffness

    def stress(self, position: Float[Array, "..."]) -> Float[Array, "3 3"]:
        """Stress in Pa; see `AbstractElasticField.stress`."""
        x, y, square = _away(position, self.centre, self.core)
        nu = self.stiffness.poisson
        size = self.stiffness.shear * self.burgers / (2 * jnp.pi * (1 - nu) * square)
        xx = -size * y * (1 + 2 * (x**2 + self.core**2) / square)
        yy = -size * y * (1 - 2 * x**2 / square)
        xy = size * x * (1 - 2 * y**2 / square)
        nil = jnp.zeros_like(xx)
        return symmetric(xx, yy, nu * (xx + yy), nil, nil, xy)


class ScrewDislocation(AbstractElasticField):
    r"""A screw dislocation along z, which shears and has no hydrostatic stress.

    $$\sigma_{xz} = -\frac{G b}{2 \pi} \frac{y}{\rho^2}, \qquad \sigma_{yz} =
    \frac{G b}{2 \pi} \frac{x}{\rho^2}, \qquad \rho^2 = x^2 + y^2 + r_c^2$$
    """

    stiffness: Isotropic
    burgers: Float[Array, ""]
    core: Float[Array, ""]
    centre: Float[Array, " 2"]

    def __init__(
        self,
        burgers: ArrayLike,
        stiffness: Isotropic,
        core: ArrayLike,
        centre: Numbers = (0.0, 0.0),
    ):
        """**Arguments:** as for [`diffjax.mechanics.EdgeDislocation`][].

        **Raises:** as there.
        """
        self.burgers, self.core, self.centre = _line(
            "ScrewDislocation", burgers, core, centre
        )
        self.stiffness = stiffness

    def stress(self, position: Float[Array, "..."]) -> Float[Array, "3 3"]:
        """Stress in Pa; see `AbstractElasticField.stress`."""
        x, y, square = _away(position, self.centre, self.core)
        size = self.stiffness.shear * self.burgers / (2 * jnp.pi * square)
        nil = jnp.zeros_like(x)
        return symmetric(nil, nil, nil, size * x, -size * y, nil)


def _line(name: str, burgers: ArrayLike, core: ArrayLike, centre: Numbers):
    """What the user gave of a straight line, checked."""
    given = all_numbers(centre, f"{name}(centre=...)", "m")
    if given.shape != (2,):
        raise ValueError(f"`{name}(centre=...)` must have shape (2,), in m.")
    return (
        one_number(burgers, f"{name}(burgers=...)", "m"),
        one_number(core, f"{name}(core=...)", "m", "> 0"),
        given,
    )


def _away(position: Array, centre: Array, core: Array) -> tuple[Array, Array, Array]:
    """Distance from the line along x and y, and its spread square."""
    x, y, _ = coordinates(position)
    x, y = x - centre[0], y - centre[1]
    return x, y, x**2 + y**2 + core**2
