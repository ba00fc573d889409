"""How fast atoms of each kind move, of composition and temperature."""

from collections.abc import Mapping, Sequence

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from .._constants import GAS_CONSTANT
from ._expansion import component_names, Expansion, Parameter, redlich_kister
from ._sites import Sites


class TracerMobility(eqx.Module):
    r"""Tracer diffusivities whose activation is a polynomial in composition.

    $$R T \ln D^*_i = \Phi_i(x, T), \qquad M_i = \frac{D^*_i}{R T}$$

    with $\Phi_i$ an [`diffjax.thermo.Expansion`][]: $\Phi = -Q + R T \ln D_0$ is the
    parameter `(-Q, R * log(D0))`. For an interstitial $D^*_i$ is multiplied by the
    fraction of empty sites.

    Source: J.-O. Andersson and J. Agren, J. Appl. Phys. 72 (1992) 1350.
    """

    components: tuple[str, ...] = eqx.field(static=True)
    activations: tuple[Expansion, ...]
    sites: Sites | None

    def __init__(
        self,
        components: Sequence[str],
        activations: Mapping[str, Expansion | Mapping[str, Parameter]],
        sites: Sites | None = None,
    ):
        """**Arguments:**

        - `components`: names, in the order of the fractions.
        - `activations`: for each of them its $\\Phi_i$, in J/mol ($D^*$ in m²/s):
            an `Expansion` over the fractions, or what moves it in each pure component,
            by name.
        - `sites`: where some components are interstitials; expansions are then over its
            species.

        **Raises:** `ValueError` if a component's activation is missing or unknown.

        !!! example

            ```python
            R = djx.GAS_CONSTANT
            mobility = djx.thermo.TracerMobility(
                ("Cu", "Ni"),
                {
                    "Cu": {"Cu": (-205e3, R * math.log(5e-5)), "Ni": (-258e3, -80.0)},
                    "Ni": {"Cu": (-232e3, -74.0), "Ni": (-287e3, -69.8)},
                },
            )
            ```
        """
        names = component_names(components, "TracerMobility(components=...)")
        if set(activations) != set(names):
            raise ValueError(
                "`TracerMobility(activations=...)` must give one for each of "
                f"{', '.join(names)} (J/mol); got {', '.join(activations)}."
            )
        species = names if sites is None else sites.species
        made = []
        for name in names:
            given = activations[name]
            if not isinstance(given, Expansion):
                given = redlich_kister(species, ends=given)
            made.append(given)
        self.components, self.activations, self.sites = names, tuple(made), sites

    def log_at(
        self, fractions: Float[Array, " n"], temperature: Float[Array, ""]
    ) -> Float[Array, " n"]:
        r"""$\ln D^*_i$ at one point, with $D^*$ in m²/s; shape `(n,)`.

        **Arguments:**

        - `fractions`: mole fractions that sum to one, no unit; shape `(n,)`.
        - `temperature`: in K; a scalar.
        """
        y = fractions if self.sites is None else self.sites.fractions(fractions)
        values = [one.at(y, temperature) for one in self.activations]
        logs = jnp.stack(values) / (GAS_CONSTANT * temperature)
        if self.sites is None or not self.sites.interstitials:
            return logs
        free = jnp.log(jnp.where(y[-1] > 0, y[-1], 1.0))
        inside = [name in self.sites.interstitials for name in self.components]
        return logs + jnp.where(jnp.asarray(inside), free, 0.0)

    def at(
        self, fractions: Float[Array, " n"], temperature: Float[Array, ""]
    ) -> Float[Array, " n"]:
        """Tracer diffusivities at one point, in m²/s; shape `(n,)`.

        **Arguments:** as of `log_at`.
        """
        return jnp.exp(self.log_at(fractions, temperature))

    def mobilities(
        self, fractions: Float[Array, " n"], temperature: Float[Array, ""]
    ) -> Float[Array, " n"]:
        """Mobilities $M_i = D^*_i / RT$ at one point, in m² mol/(J s); shape `(n,)`.

        **Arguments:** as of `log_at`.
        """
        return self.at(fractions, temperature) / (GAS_CONSTANT * temperature)
