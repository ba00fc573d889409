"""Carbon in austenite: one named law."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from ._law import AbstractDiffusivity, Point


class CarbonInAustenite(AbstractDiffusivity):
    r"""The chemical diffusivity of carbon in the austenite of iron and carbon.

    $$D(u, T) = 4.53 \cdot 10^{-7} \Big(1 + u (1 - u) \frac{8339.9}{T}\Big) \exp\Big(
    -\Big(\frac{1}{T} - 2.221 \cdot 10^{-4}\Big) (17767 - 26436\, u)\Big)$$

    in m²/s, with $T$ in K and the u-fraction $u = x_C / (1 - x_C)$ as composition
    ([`diffjax.thermo.u_from_weight`][]). It is measured in concentration gradients:
    give it to [`diffjax.fluxes.Fick`][], or to [`diffjax.fluxes.InMatrix`][] with
    `chemical=True`.

    ??? cite "Reference"

        Ågren, A revised expression for the diffusivity of carbon in binary Fe-C
        austenite, *Scripta Metallurgica* **20** (1986).
    """

    def at(self, point: Point) -> Float[Array, ""]:
        """$D$ at the point's u-fraction and temperature, in m²/s; a scalar."""
        u, temperature = point.composition, point.temperature
        front = 4.53e-7 * (1 + u * (1 - u) * (8339.9 / temperature))
        return front * jnp.exp(-(1 / temperature - 2.221e-4) * (17767 - 26436 * u))
