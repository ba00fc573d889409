r"""How many sites are vacant."""

import warnings

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from .._checks import all_numbers, known, one_number, real, traced
from .._constants import BOLTZMANN_EV, ELEMENTARY_CHARGE
from .._shapes import Numbers


DILUTE = 1e-2


class Vacancies(eqx.Module):
    r"""Vacancies in equilibrium, alone and in pairs; dilute.

    $$f_v = \exp\Big(\frac{S_v}{k} - \frac{E_v + p\,\Omega_v}{k T}\Big), \qquad
    f_{2v} = \frac z2 f_v^2 \exp\Big(\frac{E_b}{k T} - \frac{S_b}{k}\Big)$$

    **Attributes:** the arguments, as arrays.
    """

    formation_energy: Float[Array, ""]
    formation_entropy: Float[Array, ""]
    formation_volume: Float[Array, ""]
    binding_energy: Float[Array, ""] | None
    binding_entropy: Float[Array, ""]

    def __init__(
        self,
        formation_energy: ArrayLike,
        formation_entropy: ArrayLike = 0.0,
        formation_volume: ArrayLike = 0.0,
        binding_energy: ArrayLike | None = None,
        binding_entropy: ArrayLike = 0.0,
    ):
        """**Arguments:**

        - `formation_energy`: $E_v$, in eV; a scalar.
        - `formation_entropy`: $S_v/k$, without that of mixing, no unit; a scalar.
        - `formation_volume`: $Ω_v$, in m³; a scalar.
        - `binding_energy`: $E_b$ of two vacancies side by side, > 0 where they attract,
            in eV; a scalar. If `None`, there are no pairs.
        - `binding_entropy`: $S_b/k$, what two lose as they join, no unit; a scalar.

        **Raises:** `ValueError` if a number is not finite.

        !!! example

            ```python
            copper = djx.lattice.Vacancies(formation_energy=1.27, formation_entropy=2.0)
            copper.fraction(temperature=1300.0)
            ```
        """
        number = lambda x, name, unit: one_number(x, f"Vacancies({name}=...)", unit)
        self.formation_energy = number(formation_energy, "formation_energy", "eV")
        self.formation_entropy = number(formation_entropy, "formation_entropy", "k")
        self.formation_volume = number(formation_volume, "formation_volume", "m³")
        self.binding_energy = (
            None
            if binding_energy is None
            else number(binding_energy, "binding_energy", "eV")
        )
        self.binding_entropy = number(binding_entropy, "binding_entropy", "k")

    def fraction(
        self, temperature: Numbers, pressure: ArrayLike = 0.0
    ) -> Float[Array, "..."]:
        """The fraction of sites that are single vacancies.

        **Arguments:**

        - `temperature`: $T > 0$, in K; any shape.
        - `pressure`: $p$, in Pa; a scalar.

        **Returns:** $f_v$, no unit; as the temperature. Above 1e-2 it warns, where the
        numbers are known: the dilute law ends there.

        **Raises:** `ValueError` if a temperature is not > 0.
        """
        hot = _temperature(temperature, "fraction(temperature=...)")
        value = self._singles(hot, pressure)
        warn_beyond_dilute(value)
        return value

    def pairs(
        self, temperature: Numbers, coordination: int, pressure: ArrayLike = 0.0
    ) -> Float[Array, "..."]:
        """Divacancies per site.

        **Arguments:**

        - `temperature`, `pressure`: as in `fraction`.
        - `coordination`: $z$, how many neighbours a site has.

        **Returns:** $f_{2v}$, no unit; as the temperature. The fraction of sites vacant
        altogether is $f_v + 2 f_{2v}$; above 1e-2 it warns, as `fraction` does.

        **Raises:** `ValueError` if there is no binding energy, or a temperature is not
        > 0.
        """
        if self.binding_energy is None:
            raise ValueError(
                "`pairs` needs `Vacancies(binding_energy=...)` (eV); got None."
            )
        hot = _temperature(temperature, "pairs(temperature=...)")
        singles = self._singles(hot, pressure)
        energy = self.binding_energy.astype(hot.dtype) / (BOLTZMANN_EV * hot)
        bound = jnp.exp(energy - self.binding_entropy.astype(hot.dtype))
        value = 0.5 * coordination * singles * singles * bound
        warn_beyond_dilute(singles + 2 * value)
        return value

    def supersaturation(
        self,
        temperature: Numbers,
        quenched_from: Numbers,
        pressure: ArrayLike = 0.0,
    ) -> Float[Array, "..."]:
        r"""What a quench keeps, over what would be in equilibrium.

        $$f_v(T_q) / f_v(T)$$

        **Arguments:**

        - `temperature`: $T > 0$ after the quench, in K; any shape.
        - `quenched_from`: $T_q > 0$, in K; the same shape, or a scalar.
        - `pressure`: $p$, in Pa; a scalar.

        **Returns:** the ratio, no unit; as the temperature.

        **Raises:** `ValueError` if a temperature is not > 0.
        """
        hot = _temperature(temperature, "supersaturation(temperature=...)")
        before = _temperature(quenched_from, "supersaturation(quenched_from=...)")
        energy = self._enthalpy(pressure, hot.dtype)
        # One exponential: nothing underflows before it must.
        gap = 1 / hot - 1 / before.astype(hot.dtype)
        return jnp.exp(energy / BOLTZMANN_EV * gap)

    def _enthalpy(self, pressure, dtype) -> Float[Array, ""]:
        p = one_number(pressure, "pressure", "Pa", traced=False).astype(dtype)
        volume = self.formation_volume.astype(dtype)
        return self.formation_energy.astype(dtype) + p / ELEMENTARY_CHARGE * volume

    def _singles(self, hot, pressure) -> Float[Array, "..."]:
        energy = self._enthalpy(pressure, hot.dtype) / (BOLTZMANN_EV * hot)
        return jnp.exp(self.formation_entropy.astype(hot.dtype) - energy)


def warn_beyond_dilute(fraction: Float[Array, "..."]) -> None:
    """Warns where more sites are vacant than a dilute law can know of.

    **Arguments:**

    - `fraction`: of vacant sites, no unit; any shape. Traced ones pass unseen.
    """
    if traced(fraction):
        return
    most = float(np.max(known(fraction)))
    if most > DILUTE:
        warnings.warn(
            f"a vacancy fraction of {most:.3g} is above {DILUTE:g}: the dilute law, in "
            "which vacancies do not meet, ends there.",
            stacklevel=3,
        )


def _temperature(x: Numbers, name: str) -> Float[Array, "..."]:
    return real(x) if traced(x) else all_numbers(x, name, "K", "> 0")
