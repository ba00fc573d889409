"""Particles that strain the lattice, in an elastic field."""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from .._checks import one_number, symmetric_tensor
from .._constants import ELEMENTARY_CHARGE
from .._shapes import Numbers
from ..diffusivity import Point
from ..mechanics import AbstractElasticField
from ._potential import AbstractPotential


class Stress(AbstractPotential):
    r"""A particle that takes up room, $U = -\Delta V\, \sigma_h$.

    With a relaxation volume $\Delta V > 0$ it goes where the lattice is stretched. The
    simple case of [`diffjax.potentials.Elastic`][]: an isotropic dipole $P = K \Delta
    V\, I$ in an isotropic body.
    """

    volume: Float[Array, ""]
    field: AbstractElasticField

    def __init__(self, volume: ArrayLike, field: AbstractElasticField):
        r"""**Arguments:**

        - `volume`: relaxation volume $\Delta V$, in m³ per particle; either sign.
        - `field`: one of `diffjax.mechanics`, or a sum of them.

        **Raises:** `ValueError` if the volume is not finite.

        !!! example

            ```python
            iron = djx.mechanics.IsotropicStiffness(210e9, 0.3)
            line = djx.mechanics.EdgeDislocation(
                [2.5e-10, 0, 0], [0, 0, 1], iron, core_radius=2.5e-10
            )
            carbon = djx.potentials.Stress(8e-30, line)
            ```
        """
        self.volume = one_number(volume, "Stress(volume=...)", "m³")
        self.field = field

    def at(self, point: Point) -> Float[Array, ""]:
        """The energy there, in eV; a scalar."""
        # In electronvolts per pascal first: joules of one atom are lost in float32.
        each = self.volume / ELEMENTARY_CHARGE
        return -each * self.field.hydrostatic(jnp.asarray(point.position))


class Elastic(AbstractPotential):
    r"""An elastic dipole in a strain, $U = -P : \varepsilon$."""

    dipole: Float[Array, "3 3"]
    field: AbstractElasticField

    def __init__(self, dipole: Numbers, field: AbstractElasticField):
        """**Arguments:**

        - `dipole`: $P$, symmetric, in eV; shape `(3, 3)`.
        - `field`: one of `diffjax.mechanics`, or a sum of them.

        **Raises:** `ValueError` if the dipole has another shape, is not finite or not
        symmetric.
        """
        self.dipole = symmetric_tensor(dipole, "Elastic(dipole=...)", "eV")
        self.field = field

    def at(self, point: Point) -> Float[Array, ""]:
        """The energy there, in eV; a scalar."""
        return -jnp.sum(self.dipole * self.field.strain(jnp.asarray(point.position)))
