r"""A sphere that does not fit its hole."""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from .._checks import one_number, require_kinds
from .._shapes import Numbers
from ._field import AbstractElasticField, point, vector
from ._stiffness import IsotropicStiffness


class MisfittingSphere(AbstractElasticField):
    r"""A sphere of another size in an endless body, both isotropic.

    Free, the sphere would be longer by $\varepsilon^*$ in every direction than its hole
    of radius $a$. With $K_i$ of the sphere and $\mu$ of the body, displacements are
    $A\,r$ within and $A\,a^3/r^2$ without:

    $$A = \frac{3 K_i}{3 K_i + 4 \mu}\, \varepsilon^*, \qquad
    \sigma_h = 3 K_i (A - \varepsilon^*) \;\text{within}, \qquad
    \varepsilon = A \frac{a^3}{r^3} (I - 3\,\hat r\, \hat r^T) \;\text{without}$$

    Outside the hydrostatic stress is zero. At the surface the field jumps, and its
    gradient leaves the jump out.

    ??? cite "Reference"

        Eshelby, *The determination of the elastic field of an ellipsoidal inclusion,
        and related problems*, Proc. R. Soc. A 241 (1957) 376.
    """

    misfit: Float[Array, ""]
    radius: Float[Array, ""]
    stiffness: IsotropicStiffness
    inclusion: IsotropicStiffness
    centre: Float[Array, "3"]

    def __init__(
        self,
        misfit: ArrayLike,
        radius: ArrayLike,
        stiffness: IsotropicStiffness,
        *,
        inclusion: IsotropicStiffness | None = None,
        centre: Numbers = (0.0, 0.0, 0.0),
    ):
        r"""**Arguments:**

        - `misfit`: $\varepsilon^*$, no unit; a scalar; a third of what its volume
            is larger by, relatively.
        - `radius`: $a > 0$, in m; a scalar.
        - `stiffness`: of the body.
        - `inclusion`: stiffness of the sphere; that of the body by default.
        - `centre`: in m; shape `(3,)`.

        **Raises:** `ValueError` if a number lies outside its range or a shape does not
        fit.
        """
        inclusion = stiffness if inclusion is None else inclusion
        require_kinds(
            "MisfittingSphere",
            stiffness=(stiffness, IsotropicStiffness),
            inclusion=(inclusion, IsotropicStiffness),
        )
        self.misfit = one_number(misfit, "MisfittingSphere(misfit=...)", "no unit")
        self.radius = one_number(radius, "MisfittingSphere(radius=...)", "m", "> 0")
        self.stiffness, self.inclusion = stiffness, inclusion
        self.centre = vector(centre, "MisfittingSphere(centre=...)", "m")

    def strain(self, position: Numbers) -> Float[Array, "3 3"]:
        """The strain, no unit; shape `(3, 3)`; `position` in m."""
        inside, within, without = self._parts(position)
        return jnp.where(inside, within, without)

    def stress(self, position: Numbers) -> Float[Array, "3 3"]:
        """The stress, in Pa; shape `(3, 3)`; `position` in m."""
        inside, within, without = self._parts(position)
        return jnp.where(
            inside, self.inclusion.stress(within), self.stiffness.stress(without)
        )

    def _parts(self, position):
        x = point(position) - self.centre
        # In radii, so that squares of nanometres do not underflow in float32.
        x = x / self.radius
        square = jnp.sum(x * x)
        inside = square < 1
        safe = jnp.where(inside, 1.0, square)
        bulk = 3 * self.inclusion.bulk_modulus
        shift = bulk / (bulk + 4 * self.stiffness.shear_modulus) * self.misfit
        eye = jnp.eye(3, dtype=x.dtype)
        without = shift * safe**-1.5 * (eye - 3 * jnp.outer(x, x) / safe)
        return inside, (shift - self.misfit) * eye, without
