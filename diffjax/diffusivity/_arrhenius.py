"""Laws of temperature: constant, Arrhenius, and activation of another law."""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from .._checks import one_number
from .._constants import BOLTZMANN_EV
from ._law import AbstractDiffusivity, Point


class Constant(AbstractDiffusivity):
    """One diffusivity, whatever the composition and the temperature."""

    value: Float[Array, ""]

    def __init__(self, value: ArrayLike):
        """**Arguments:**

        - `value`: diffusivity > 0, in m²/s; a scalar.

        **Raises:** `ValueError` if it is not a positive number.
        """
        self.value = one_number(value, "Constant(value=...)", "m²/s", "> 0")

    def at(self, point: Point) -> Float[Array, ""]:
        """The value, in m²/s; a scalar."""
        del point
        return self.value


class Arrhenius(AbstractDiffusivity):
    r"""A thermally activated diffusivity.

    $$D(T) = D_0 \, e^{-Q / k T}$$
    """

    prefactor: Float[Array, ""]
    activation: Float[Array, ""]

    def __init__(self, prefactor: ArrayLike, activation: ArrayLike):
        """**Arguments:**

        - `prefactor`: $D_0 > 0$, in m²/s; a scalar.
        - `activation`: $Q$, in eV per atom (1 eV is 96.485 kJ/mol); a scalar.

        **Raises:** `ValueError` if `prefactor` is not > 0, or `activation` not finite.

        !!! example

            ```python
            law = djx.diffusivity.Arrhenius(prefactor=1e-5, activation=2.0)
            ```
        """
        self.prefactor = one_number(
            prefactor, "Arrhenius(prefactor=...)", "m²/s", "> 0"
        )
        self.activation = one_number(
            activation, "Arrhenius(activation=...)", "eV per atom"
        )

    def at(self, point: Point) -> Float[Array, ""]:
        """$D$ at the point's temperature, in m²/s; a scalar."""
        # One exponential: nothing underflows before it must, in float32 too.
        exponent = self.activation / (BOLTZMANN_EV * point.temperature)
        log_value = jnp.log(self.prefactor) - exponent
        return jnp.exp(log_value)


class Activated(AbstractDiffusivity):
    r"""Another law, known at one temperature, with an activation energy.

    $$D(c, T) = D_{ref}(c)\, \exp\Big[-\frac{Q}{k}\Big(\frac1T
    - \frac1{T_{ref}}\Big)\Big]$$
    """

    law: AbstractDiffusivity
    activation: Float[Array, ""]
    reference_temperature: Float[Array, ""]

    def __init__(
        self,
        law: AbstractDiffusivity,
        activation: ArrayLike,
        reference_temperature: ArrayLike,
    ):
        """**Arguments:**

        - `law`: the diffusivity at the reference temperature, in m²/s; of any shape.
        - `activation`: $Q$, in eV per atom; a scalar.
        - `reference_temperature`: $T_{ref} > 0$, in K; a scalar.

        **Raises:** `ValueError` if the temperature is not > 0, or `law` is not a law.
        """
        if not isinstance(law, AbstractDiffusivity):
            raise ValueError(
                f"`Activated(law=...)` must be a diffusivity; got {law!r}."
            )
        self.law = law
        self.activation = one_number(
            activation, "Activated(activation=...)", "eV per atom"
        )
        self.reference_temperature = one_number(
            reference_temperature,
            "Activated(reference_temperature=...)",
            "K",
            "> 0",
        )

    def at(self, point: Point) -> Float[Array, "..."]:
        """$D$ at the point, in m²/s; of the shape that the law gives."""
        inverse = 1 / point.temperature - 1 / self.reference_temperature
        boost = jnp.exp(-self.activation / BOLTZMANN_EV * inverse)
        return self.law.at(point) * boost
