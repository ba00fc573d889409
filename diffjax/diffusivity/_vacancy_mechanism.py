"""The diffusivity of atoms that change places with vacancies."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from .._checks import all_numbers, one_number, traced
from .._constants import BOLTZMANN_EV, ELEMENTARY_CHARGE
from .._shapes import Numbers
from ..lattice import (
    correlation_factors,
    Crystal,
    Jumps,
    neighbour_jumps,
    network_diffusivity,
    warn_beyond_dilute,
)
from ._anisotropic import orthogonal
from ._interstitial import in_grid
from ._law import AbstractDiffusivity, Point


class VacancyMechanism(AbstractDiffusivity):
    r"""Tracer diffusion of the crystal's own atoms by single vacancies.

    $$D = f_v\, F\, \tfrac12 \sum_k \omega_k r_k r_k^T, \qquad
    \omega = \nu\, e^{-E_m / k T}, \quad f_v = e^{S_v / k - E_v / k T}$$

    with the correlation factor $F$. In a cubic crystal with one class of jumps
    $D = f a^2 f_v\, \omega$ (fcc, bcc, simple cubic). With one class $F$ is a constant,
    found when the law is made; with several it follows the rates at each temperature.
    """

    jumps: Jumps
    formation_energy: Float[Array, ""]
    migration_energy: Float[Array, "*classes"]
    attempt_frequency: Float[Array, "*classes"]
    formation_entropy: Float[Array, ""]
    activation_volume: Float[Array, ""]
    pressure: Float[Array, ""]
    fraction: Float[Array, ""] | None
    correlation: Float[Array, "d d"] | None
    rotation: Float[Array, "d d"] | None
    scalar: bool = eqx.field(static=True)

    def __init__(
        self,
        crystal: Crystal | Jumps,
        formation_energy: ArrayLike,
        migration_energy: Numbers,
        attempt_frequency: Numbers,
        *,
        formation_entropy: ArrayLike = 0.0,
        activation_volume: ArrayLike = 0.0,
        pressure: ArrayLike = 0.0,
        fraction: ArrayLike | None = None,
        correlation: Numbers | None = None,
        rotation: Numbers | None = None,
    ):
        r"""**Arguments:**

        - `crystal`: the crystal, in which vacancies jump to the nearest sites, or the
            jumps themselves.
        - `formation_energy`: $E_v$, in eV; a scalar.
        - `migration_energy`: $E_m \ge 0$, in eV; a scalar, or shape `(classes,)` in the
            order of `jumps.names`.
        - `attempt_frequency`: $\nu > 0$, with the entropy of the saddle in it, in Hz; a
            scalar or shape `(classes,)`.
        - `formation_entropy`: $S_v/k$, no unit; a scalar.
        - `activation_volume`: of formation and migration together, in m³; a scalar.
        - `pressure`: in Pa; a scalar.
        - `fraction`: $f_v$, no unit; a scalar. A fraction imposed, as by a quench;
            $E_v$ and $S_v$ then do not count. Equilibrium by default.
        - `correlation`: $F$, no unit; a scalar or shape `(d, d)`. Computed by default.
        - `rotation`: $R$, whose columns are the crystal's axes in those of the grid, no
            unit; shape `(d, d)`. By default they are the same.

        **Raises:** `ValueError` if a number is not finite or of the wrong sign, sites
        are of several kinds, the jumps do not connect, or shapes do not fit. Above a
        `fraction` of 1e-2 it warns: the dilute law ends there.

        !!! example

            ```python
            law = djx.diffusivity.VacancyMechanism(
                djx.lattice.fcc(3.61e-10), 1.27, 0.71, 6.5e12, formation_entropy=2.0
            )
            ```
        """
        jumps = neighbour_jumps(crystal) if isinstance(crystal, Crystal) else crystal
        if not isinstance(jumps, Jumps) or len(jumps.crystal.types) != 1:
            raise ValueError(
                "`VacancyMechanism(crystal=...)` must be a crystal or jumps of one "
                f"kind of site; got {jumps!r}."
            )
        size, count = jumps.crystal.dimension, len(jumps.names)
        name = lambda what: f"VacancyMechanism({what}=...)"
        one = lambda x, what, unit: one_number(x, name(what), unit)
        self.jumps = jumps
        self.formation_energy = one(formation_energy, "formation_energy", "eV")
        self.formation_entropy = one(formation_entropy, "formation_entropy", "k")
        self.activation_volume = one(activation_volume, "activation_volume", "m³")
        self.pressure = one(pressure, "pressure", "Pa")
        self.migration_energy = per_class(
            migration_energy, name("migration_energy"), "eV", ">= 0", count
        )
        self.attempt_frequency = per_class(
            attempt_frequency, name("attempt_frequency"), "Hz", "> 0", count
        )
        self.fraction = self.rotation = None
        if fraction is not None:
            self.fraction = one_number(fraction, name("fraction"), "no unit", "> 0")
            warn_beyond_dilute(self.fraction)
        if rotation is not None:
            self.rotation = orthogonal(rotation, size, "VacancyMechanism")
        equal = jnp.ones(len(jumps.source), dtype=jumps.crystal.vectors.dtype)
        network_diffusivity(jumps, equal)  # asks that it connects
        self.scalar = jumps.isotropic
        self.correlation = None
        if correlation is not None:
            given = all_numbers(correlation, name("correlation"), "no unit")
            if given.shape not in ((), (size, size)):
                raise ValueError(
                    f"`{name('correlation')}` must be one number or have shape "
                    f"{(size, size)} (no unit); got {given.shape}."
                )
            full = given * jnp.eye(size, dtype=given.dtype)
            self.correlation = given if given.ndim else full
            self.scalar = self.scalar and not given.ndim
        elif count == 1 and traced(jumps):
            self.correlation = correlation_factors(jumps, equal)
        elif count == 1:
            # A constant of the crystal, also where a compiled function makes the law.
            with jax.ensure_compile_time_eval():
                self.correlation = correlation_factors(jumps, np.ones(len(equal)))

    def at(self, point: Point) -> Float[Array, "..."]:
        """$D$ at the point's temperature, in m²/s; a scalar, or shape `(d, d)`."""
        hot = point.temperature
        cast = lambda x: x.astype(hot.dtype)
        rates, fastest = self._relative_rates(hot)
        push = cast(self.pressure) / ELEMENTARY_CHARGE * cast(self.activation_volume)
        if self.correlation is None:
            factor = cast(correlation_factors(self.jumps, rates))
        else:
            factor = cast(self.correlation)
        tensor = factor @ cast(network_diffusivity(self.jumps, rates))
        size = jnp.exp(self.log_fraction(hot) + fastest - push / (BOLTZMANN_EV * hot))
        tensor = 0.5 * size * (tensor + tensor.T)
        return in_grid(tensor, self.scalar, self.rotation)

    def of_vacancies(self, temperature: Float[Array, ""]) -> Float[Array, "..."]:
        r"""$D_v = \tfrac12 \sum_k \omega_k r_k r_k^T$ of one vacancy, without pressure.

        Its walk has no memory: $D = f_v F D_v$.

        **Arguments:**

        - `temperature`: $T > 0$, in K; a scalar.

        **Returns:** in m²/s; a scalar, or shape `(d, d)` as $D$ is.
        """
        rates, fastest = self._relative_rates(temperature)
        tensor = network_diffusivity(self.jumps, rates).astype(temperature.dtype)
        return in_grid(jnp.exp(fastest) * tensor, self.scalar, self.rotation)

    def _relative_rates(self, hot):
        """Rates of all jumps over the fastest, and the logarithm of that: a size is
        made of one exponential, so that nothing underflows before it must."""
        log_rates = self.log_rates(hot)
        fastest = jnp.max(log_rates)
        return jnp.exp(log_rates - fastest)[np.array(self.jumps.classes)], fastest

    def log_rates(self, temperature: Float[Array, ""]) -> Float[Array, " classes"]:
        r"""$\ln \omega$ of each class of jumps, without pressure.

        **Arguments:**

        - `temperature`: $T > 0$, in K; a scalar.

        **Returns:** of rates in 1/s; shape `(classes,)`.
        """
        cast = lambda x: x.astype(temperature.dtype)
        climb = cast(self.migration_energy) / (BOLTZMANN_EV * temperature)
        row = jnp.log(cast(self.attempt_frequency)) - climb
        return jnp.broadcast_to(row, (len(self.jumps.names),))

    def log_fraction(self, temperature: Float[Array, ""]) -> Float[Array, ""]:
        r"""$\ln f_v$, without pressure, or of the fraction imposed.

        **Arguments:**

        - `temperature`: $T > 0$, in K; a scalar.

        **Returns:** no unit; a scalar.
        """
        cast = lambda x: x.astype(temperature.dtype)
        if self.fraction is not None:
            return jnp.log(cast(self.fraction))
        cost = cast(self.formation_energy) / (BOLTZMANN_EV * temperature)
        return cast(self.formation_entropy) - cost


def per_class(
    x: Numbers, name: str, unit: str, sign: str, count: int
) -> Float[Array, "*classes"]:
    """One number, or one for each class of jumps.

    **Arguments:**

    - `x`: what was passed, in `unit`; a scalar or shape `(count,)`.
    - `name`, `unit`, `sign`: how a sentence names it, and its sign.
    - `count`: how many classes there are (no unit).

    **Raises:** `ValueError` if it is neither, or of the wrong sign.
    """
    row = all_numbers(x, name, unit, sign)
    if row.shape not in ((), (count,)):
        raise ValueError(
            f"`{name}` must be one number or one for each of {count} classes of jumps "
            f"({unit}); got shape {row.shape}."
        )
    return row
