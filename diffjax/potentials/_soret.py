"""Thermal diffusion: particles in a temperature gradient."""

from collections.abc import Callable

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from .._checks import one_number
from ..diffusivity import Point
from ._potential import AbstractPotential, potential_of


class Soret(AbstractPotential):
    r"""The drift in a temperature gradient, with heat of transport $Q^*$.

    $$J = -D \Big( \nabla c + c\, \frac{Q^*}{k T^2} \nabla T \Big), \qquad
    U = -Q^*\, \frac{T_a}{T(x)}$$

    where $T_a$ is the temperature of the anneal, by which [`diffjax.fluxes.Drift`][]
    divides: the energy over $k T_a$ falls to $-Q^* / k T(x)$, which is what drifts.
    With $Q^* > 0$ particles go to the cold side, and rest at $c \propto e^{Q^*/kT(x)}$.
    A diffusivity that should feel the local temperature is a law of position.
    """

    heat: Float[Array, ""]
    temperature: AbstractPotential

    def __init__(self, heat: ArrayLike, temperature: AbstractPotential | Callable):
        """**Arguments:**

        - `heat`: $Q^*$, in eV; either sign.
        - `temperature`: $T(x)$, in K: a function of position (m) and, if it takes more
            arguments, of the anneal's temperature (K) and time (s); or a
            [`diffjax.potentials.Field`][] of kelvins. Above 0 everywhere: where it is
            not, the potential counts as not finite.

        **Raises:** `ValueError` if the heat is not finite or the temperature is
        something else.
        """
        self.heat = one_number(heat, "Soret(heat=...)", "eV")
        self.temperature = potential_of(temperature, "Soret(temperature=...)")

    def at(self, point: Point) -> Float[Array, ""]:
        """The energy there, in eV; NaN where the temperature is not above 0."""
        local = self.temperature.at(point)
        safe = jnp.where(local > 0, local, 1.0)
        hot = jnp.where(local > 0, point.temperature / safe, jnp.nan)
        return -self.heat * hot
