"""Charged particles in an electric field."""

from collections.abc import Callable

from jaxtyping import Array, ArrayLike, Float

from .._checks import one_number
from ..diffusivity import Point
from ._potential import AbstractPotential, potential_of


class Electric(AbstractPotential):
    r"""The energy of a charge in a voltage, $U = z e\, \phi$."""

    charge: Float[Array, ""]
    voltage: AbstractPotential

    def __init__(self, charge: ArrayLike, voltage: AbstractPotential | Callable):
        r"""**Arguments:**

        - `charge`: $z$, in elementary charges, signed: the particle's own, or the
            effective one that electromigration sees; no unit.
        - `voltage`: $\phi$, in V: a function of position (m) and, if it takes more
            arguments, temperature (K) and time (s); or a
            [`diffjax.potentials.Field`][] of volts.

        **Raises:** `ValueError` if the charge is not finite or the voltage is something
        else.

        !!! example

            ```python
            across = djx.potentials.Electric(+1, lambda x: -0.1 * x / 1e-3)
            ```
        """
        self.charge = one_number(charge, "Electric(charge=...)", "no unit")
        self.voltage = potential_of(voltage, "Electric(voltage=...)")

    def at(self, point: Point) -> Float[Array, ""]:
        """The energy there, in eV; a scalar."""
        return self.charge * self.voltage.at(point)
