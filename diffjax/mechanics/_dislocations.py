r"""Straight dislocations with a core of finite width, alone and in walls."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from .._checks import one_number, require_kinds
from .._shapes import Numbers
from ._field import AbstractElasticField, direction, point, upright, vector
from ._stiffness import IsotropicStiffness


class EdgeDislocation(AbstractElasticField):
    r"""A straight edge dislocation in an endless isotropic body.

    With $x$ along the Burgers vector $b$, $z$ along the line, $y = z \times x$, the
    core radius $a$, $\rho^2 = x^2 + y^2 + a^2$ and $D = \mu b / 2\pi(1 - \nu)$:

    $$\sigma_{xx} = -\frac{D y}{\rho^2} \Big(1 + 2\frac{x^2 + a^2}{\rho^2}\Big), \quad
    \sigma_{yy} = \frac{D y}{\rho^2} \Big(1 - 2\frac{y^2 + a^2}{\rho^2}\Big), \quad
    \sigma_{xy} = \frac{D x}{\rho^2} \Big(1 - 2\frac{y^2}{\rho^2}\Big), \quad
    \sigma_{zz} = \nu (\sigma_{xx} + \sigma_{yy})$$

    The side $y > 0$ holds the extra half plane and is in compression. The Burgers
    vector is spread over the core: the field is in equilibrium everywhere, finite on
    the line with all its derivatives, and Volterra's where $r \gg a$ (relative
    difference of the order $a^2/r^2$).

    ??? cite "Reference"

        Cai, Arsenlis, Weinberger & Bulatov, *A non-singular continuum theory of
        dislocations*, J. Mech. Phys. Solids 54 (2006) 561.
    """

    burgers: Float[Array, "3"]
    line: Float[Array, "3"]
    core_radius: Float[Array, ""]
    stiffness: IsotropicStiffness
    origin: Float[Array, "3"]

    def __init__(
        self,
        burgers: Numbers,
        line: Numbers,
        stiffness: IsotropicStiffness,
        *,
        core_radius: ArrayLike,
        origin: Numbers = (0.0, 0.0, 0.0),
    ):
        r"""**Arguments:**

        - `burgers`: $b$, not zero, in m; shape `(3,)`.
        - `line`: along the line, at right angles to `burgers`, of any length but 0, no
            unit; shape `(3,)`.
        - `stiffness`: of the body.
        - `core_radius`: $a > 0$, in m; a scalar; about a Burgers vector.
        - `origin`: a point of the line, in m; shape `(3,)`.

        **Raises:** `ValueError` if a number lies outside its range, a shape does not
        fit, or `burgers` is not at right angles to `line`.
        """
        fields = edge_arguments(
            "EdgeDislocation", burgers, line, stiffness, core_radius, origin
        )
        self.burgers, self.line, self.stiffness, self.core_radius, self.origin = fields

    def strain(self, position: Numbers) -> Float[Array, "3 3"]:
        """The strain, no unit; shape `(3, 3)`; `position` in m."""
        return self.stiffness.strain(self.stress(position))

    def stress(self, position: Numbers) -> Float[Array, "3 3"]:
        """The stress, in Pa; shape `(3, 3)`; `position` in m."""
        frame, size = frame_of(self.burgers, self.line)
        # Lengths in core radii: no square underflows in float32.
        x, y, _ = frame @ ((point(position) - self.origin) / self.core_radius)
        rho = x * x + y * y + 1
        scale = strength(size, self.stiffness) / self.core_radius
        xx = -scale * y / rho * (1 + 2 * (x * x + 1) / rho)
        yy = scale * y / rho * (1 - 2 * (y * y + 1) / rho)
        xy = scale * x / rho * (1 - 2 * y * y / rho)
        return plane_strain(xx, yy, xy, self.stiffness.poisson_ratio, frame)


class ScrewDislocation(AbstractElasticField):
    r"""A straight screw dislocation in an endless isotropic body.

    In the frame of its line $z$, with the core radius $a$ and
    $\rho^2 = x^2 + y^2 + a^2$,

    $$\sigma_{xz} = -\frac{\mu b}{2\pi} \frac{y}{\rho^2}
    \Big(1 + \frac{a^2}{\rho^2}\Big), \qquad
    \sigma_{yz} = \frac{\mu b}{2\pi} \frac{x}{\rho^2}
    \Big(1 + \frac{a^2}{\rho^2}\Big)$$

    It has no hydrostatic stress. The core is that of
    [`diffjax.mechanics.EdgeDislocation`][], and so is the reference; from Volterra's
    field it differs relatively by $a^4/\rho^4$.
    """

    burgers: Float[Array, ""]
    line: Float[Array, "3"]
    core_radius: Float[Array, ""]
    stiffness: IsotropicStiffness
    origin: Float[Array, "3"]

    def __init__(
        self,
        burgers: ArrayLike,
        line: Numbers,
        stiffness: IsotropicStiffness,
        *,
        core_radius: ArrayLike,
        origin: Numbers = (0.0, 0.0, 0.0),
    ):
        r"""**Arguments:**

        - `burgers`: $b$, positive where the Burgers vector points along `line`, in m; a
            scalar.
        - `line`: along the line, of any length but 0, no unit; shape `(3,)`.
        - `stiffness`: of the body.
        - `core_radius`: $a > 0$, in m; a scalar.
        - `origin`: a point of the line, in m; shape `(3,)`.

        **Raises:** `ValueError` if a number lies outside its range or a shape does not
        fit.
        """
        require_kinds("ScrewDislocation", stiffness=(stiffness, IsotropicStiffness))
        self.burgers = one_number(burgers, "ScrewDislocation(burgers=...)", "m")
        self.line = direction(line, "ScrewDislocation(line=...)")
        self.stiffness = stiffness
        name = "ScrewDislocation(core_radius=...)"
        self.core_radius = one_number(core_radius, name, "m", "> 0")
        self.origin = vector(origin, "ScrewDislocation(origin=...)", "m")

    def strain(self, position: Numbers) -> Float[Array, "3 3"]:
        """The strain, no unit; shape `(3, 3)`; `position` in m."""
        return self.stress(position) / (2 * self.stiffness.shear_modulus)

    def stress(self, position: Numbers) -> Float[Array, "3 3"]:
        """The stress, in Pa; shape `(3, 3)`; `position` in m."""
        x = (point(position) - self.origin) / self.core_radius
        # (-y, x, 0) is what the line direction makes of x.
        around = jnp.cross(self.line, x)
        rho = jnp.sum(around * around) + 1
        size = self.stiffness.shear_modulus * self.burgers / (2 * np.pi)
        pull = size / self.core_radius / rho * (1 + 1 / rho) * around
        return jnp.outer(pull, self.line) + jnp.outer(self.line, pull)


def edge_arguments(door, burgers, line, stiffness, core_radius, origin):
    """The arguments of an edge dislocation, checked."""
    require_kinds(door, stiffness=(stiffness, IsotropicStiffness))
    b, t = (
        vector(burgers, f"{door}(burgers=...)", "m"),
        direction(line, f"{door}(line=...)"),
    )
    direction(b, f"{door}(burgers=...)")
    sentence = f"`{door}(burgers=...)` must be at right angles to `line` (m)."
    b = upright(b, t, sentence)
    radius = one_number(core_radius, f"{door}(core_radius=...)", "m", "> 0")
    return b, t, stiffness, radius, vector(origin, f"{door}(origin=...)", "m")


def frame_of(burgers, line):
    """Rows x, y, z of a dislocation, and the length of its Burgers vector."""
    size = jnp.sqrt(jnp.sum(burgers * burgers))
    x = burgers / size
    return jnp.stack([x, jnp.cross(line, x), line]), size


def strength(size, stiffness: IsotropicStiffness) -> Float[Array, ""]:
    """D, in N/m."""
    apart = 2 * np.pi * (1 - stiffness.poisson_ratio)
    return stiffness.shear_modulus * size / apart


def plane_strain(xx, yy, xy, ratio, frame) -> Float[Array, "3 3"]:
    """The stress of plane strain in a frame (rows x, y, z), in the axes of the grid."""
    none = jnp.zeros_like(xx)
    rows = [[xx, xy, none], [xy, yy, none], [none, none, ratio * (xx + yy)]]
    local = jnp.stack([jnp.stack(row) for row in rows])
    return frame.T @ local @ frame
