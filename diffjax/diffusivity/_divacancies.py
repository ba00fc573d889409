"""Self-diffusion by single vacancies and by pairs of them."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from .._checks import one_number, require_kinds
from .._constants import BOLTZMANN_EV, ELEMENTARY_CHARGE
from .._shapes import Numbers
from ..lattice import divacancy_transport
from ._interstitial import in_grid
from ._law import AbstractDiffusivity, Point
from ._vacancy_mechanism import VacancyMechanism


class WithDivacancies(AbstractDiffusivity):
    r"""Two mechanisms side by side: single vacancies and bound pairs of them.

    $$D = D_{1v} + f_{2v}\, \omega_{2v}\, K, \qquad
    f_{2v} = \tfrac z2 f_v^2\, e^{E_b/kT - S_b/k}, \qquad
    \omega_{2v} = \nu_2\, e^{-E_2/kT}$$

    with $z$ neighbours and the tensor $K$ of
    [`diffjax.lattice.divacancy_transport`][], its correlation in it; in fcc
    $K = \tfrac23\, 0.4581\, a^2$. Pairs rise with $2 E_v - E_b + E_2$, singles with
    $E_v + E_m$, so that the Arrhenius plot bends upwards where it is hot.
    """

    single: VacancyMechanism
    binding_energy: Float[Array, ""]
    migration_energy: Float[Array, ""]
    attempt_frequency: Float[Array, ""]
    binding_entropy: Float[Array, ""]
    activation_volume: Float[Array, ""]
    per_rate: Float[Array, "d d"]
    scalar: bool = eqx.field(static=True)

    def __init__(
        self,
        single: VacancyMechanism,
        binding_energy: ArrayLike,
        migration_energy: ArrayLike,
        attempt_frequency: ArrayLike,
        *,
        binding_entropy: ArrayLike = 0.0,
        activation_volume: ArrayLike = 0.0,
    ):
        r"""**Arguments:**

        - `single`: the law of single vacancies, which gives $f_v$, the pressure and the
            rotation; of a crystal whose numbers are known, in which neighbours share
            neighbours and all jumps of pairs are alike: fcc, or triangles in the plane.
        - `binding_energy`: $E_b$ of two vacancies side by side, > 0 where they attract,
            in eV; a scalar.
        - `migration_energy`: $E_2 \ge 0$ of a jump that keeps them together, in eV; a
            scalar.
        - `attempt_frequency`: $\nu_2 > 0$, in Hz; a scalar.
        - `binding_entropy`: $S_b/k$, what two lose as they join, no unit; a scalar.
        - `activation_volume`: of diffusion by pairs as a whole, in m³; a scalar.

        **Raises:** `ValueError` if `single` is not a vacancy mechanism, a number is not
        finite or of the wrong sign, or pairs cannot move or jump in several ways.

        !!! example

            ```python
            single = djx.diffusivity.VacancyMechanism(
                djx.lattice.fcc(4.09e-10), 1.1, 0.66, 5e12, formation_entropy=1.5
            )
            law = djx.diffusivity.WithDivacancies(single, 0.1, 0.5, 5e12)
            ```
        """
        require_kinds("WithDivacancies", single=(single, VacancyMechanism))
        one = lambda x, what, unit, sign="": one_number(
            x, f"WithDivacancies({what}=...)", unit, sign
        )
        self.single = single
        self.binding_energy = one(binding_energy, "binding_energy", "eV")
        self.migration_energy = one(migration_energy, "migration_energy", "eV", ">= 0")
        self.attempt_frequency = one(
            attempt_frequency, "attempt_frequency", "Hz", "> 0"
        )
        self.binding_entropy = one(binding_entropy, "binding_entropy", "k")
        self.activation_volume = one(activation_volume, "activation_volume", "m³")
        # A constant of the crystal, also where a compiled function makes the law.
        with jax.ensure_compile_time_eval():
            self.per_rate = divacancy_transport(single.jumps).tracer
        self.scalar = single.jumps.isotropic

    def at(self, point: Point) -> Float[Array, "..."]:
        """$D$ at the point's temperature, in m²/s; a scalar, or shape `(d, d)`."""
        alone, pairs = self.single.at(point), self._pairs(point.temperature)
        if self.scalar and alone.ndim:  # a correlation factor given as a tensor
            pairs = pairs * jnp.eye(alone.shape[0], dtype=alone.dtype)
        return alone + pairs

    def share(self, temperature: Numbers) -> Float[Array, ""]:
        """The share of the diffusivity that pairs carry, as the mean over directions.

        **Arguments:**

        - `temperature`: $T > 0$, in K; a scalar.

        **Returns:** within 0 ... 1, no unit; a scalar.

        **Raises:** `ValueError` if the temperature is not > 0.
        """
        hot = one_number(
            temperature, "share(temperature=...)", "K", "> 0", traced=False
        )
        point = Point(jnp.zeros_like(hot), hot, jnp.zeros_like(hot))
        mean = lambda x: jnp.trace(x) / x.shape[0] if x.ndim else x
        alone, pairs = mean(self.single.at(point)), mean(self._pairs(hot))
        return pairs / (alone + pairs)

    def _pairs(self, hot: Float[Array, ""]) -> Float[Array, "..."]:
        cast = lambda x: x.astype(hot.dtype)
        beta = 1 / (BOLTZMANN_EV * hot)
        jumps = self.single.jumps
        neighbours = len(jumps.source) / jumps.crystal.sites
        bound = beta * cast(self.binding_energy) - cast(self.binding_entropy)
        number = 2 * self.single.log_fraction(hot) + bound
        rate = jnp.log(cast(self.attempt_frequency))
        rate = rate - beta * cast(self.migration_energy)
        push = cast(self.single.pressure) / ELEMENTARY_CHARGE
        push = beta * push * cast(self.activation_volume)
        # The size as one exponential, so that nothing underflows before it must.
        size = 0.5 * neighbours * jnp.exp(number + rate - push)
        return in_grid(size * cast(self.per_rate), self.scalar, self.single.rotation)
