"""Inclusions that do not fit the hole they are in."""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from .._checks import all_numbers, one_number
from .._shapes import Numbers
from ._field import AbstractElasticField, coordinates
from ._stiffness import Isotropic


class MisfittingSphere(AbstractElasticField):
    r"""A sphere in an infinite body of the same stiffness, too large by $\epsilon^*$.

    It grows to $\epsilon_c = \epsilon^* \frac{1 + \nu}{3 (1 - \nu)}$ (Eshelby). Inside,
    its elastic strain is $(\epsilon_c - \epsilon^*)\, I$; outside

    $$\varepsilon = \epsilon_c \frac{R^3}{r^3} \big(I - 3\, n n^T\big)$$

    which has no trace: the hydrostatic stress is that of the sphere inside, and 0
    outside.
    """

    stiffness: Isotropic
    radius: Float[Array, ""]
    misfit: Float[Array, ""]
    centre: Float[Array, " 3"]

    def __init__(
        self,
        radius: ArrayLike,
        misfit: ArrayLike,
        stiffness: Isotropic,
        centre: Numbers = (0.0, 0.0, 0.0),
    ):
        r"""**Arguments:**

        - `radius`: $R$ > 0, in m.
        - `misfit`: $\epsilon^*$, the linear strain by which the free sphere is larger
            than its hole; no unit.
        - `stiffness`: of sphere and body.
        - `centre`: in m; shape `(3,)`.

        **Raises:** `ValueError` if a number is not finite or the radius not above 0.
        """
        self.radius = one_number(radius, "MisfittingSphere(radius=...)", "m", "> 0")
        self.misfit = one_number(misfit, "MisfittingSphere(misfit=...)", "no unit")
        self.centre = all_numbers(centre, "MisfittingSphere(centre=...)", "m")
        if self.centre.shape != (3,):
            raise ValueError(
                "`MisfittingSphere(centre=...)` must have shape (3,), in m."
            )
        self.stiffness = stiffness

    def stress(self, position: Float[Array, "..."]) -> Float[Array, "3 3"]:
        """Stress in Pa; see `AbstractElasticField.stress`."""
        away = (coordinates(position) - self.centre) / self.radius
        unit, square = jnp.eye(3, dtype=away.dtype), jnp.sum(away**2)
        nu = self.stiffness.poisson
        grown = self.misfit * (1 + nu) / (3 * (1 - nu))
        within = square < 1
        # Double `where`: the branch not taken must not make a NaN.
        far = jnp.where(within, 1.0, square)
        outside = grown * far**-1.5 * (unit - 3 * jnp.outer(away, away) / far)
        strain = jnp.where(within, (grown - self.misfit) * unit, outside)
        return self.stiffness.stress(strain)
