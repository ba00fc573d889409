"""Fluxes of atoms that trade places with vacancies, through one face."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from .._smooth import bernoulli_pair
from ..diffusivity import Multicomponent
from ._counterflow import Counterflow, Mixture


# Less than so much of the equilibrium counts as so much where a logarithm is taken.
_LEAST = 1e-12


class VacantMixture(eqx.Module):
    r"""What [`diffjax.fluxes.VacancyExchange`][] needs to know of one point.

    **Attributes:**

    - `mixture`: a [`diffjax.fluxes.Mixture`][], at equilibrium of the vacancies.
    - `supersaturation`: $s = c_v / c_v^{eq}$, no unit; a scalar.
    """

    mixture: Mixture
    supersaturation: Float[Array, "*points"]


class VacancyExchange(eqx.Module):
    r"""Interdiffusion by vacancies that are not in equilibrium.

    $$V_m J_i^0 = -D^*_i s\,(\nabla x_i + x_i \nabla \ln \gamma_i - x_i \nabla \ln s),
    \qquad s = c_v / c_v^{eq}$$

    Atoms jump as often as they find a vacancy, $D^*_i s$, and each takes the place of
    one: it is driven by $\nabla (\mu_i - \mu_v)$ with $\mu_v = k T \ln s$. Vacancies
    flow against the sum of the atoms, $J_v = -\sum_i J_i$, vacancy wind included:

    $$V_m J_v = -\frac{1}{f} \sum_i V_m J_i^0 = \frac{s}{f} \sum_i D^*_i (\nabla x_i +
    x_i \nabla \ln \gamma_i) - D_v c_v^{eq} \nabla s, \qquad D_v c_v^{eq} = \frac{1}{f}
    \sum_i x_i D^*_i$$

    The matrix that turns forces into fluxes of atoms and vacancies is symmetric, since
    it is that of the atoms with the vacancies' row as minus their sum. Where $s$ is
    even, this is [`diffjax.fluxes.Counterflow`][] with $s D^*_i$, to the last digit.

    Fluxes are given in the number-fixed frame, $\tilde J_i = J_i + x_i J_v$, in which
    they sum to zero. Absent atoms and absent vacancies can only arrive.

    **Error:** second order in the distance.
    """

    law: Multicomponent

    def seen(
        self,
        fractions: Float[Array, " n"],
        supersaturation: Float[Array, ""],
        temperature: Float[Array, ""],
    ) -> VacantMixture:
        """What the flux needs to know of one point.

        **Arguments:**

        - `fractions`: of the atoms, no unit; shape `(n,)`.
        - `supersaturation`: $s$, no unit; a scalar.
        - `temperature`: in K; a scalar.
        """
        mixture = Counterflow(self.law).seen(fractions, temperature)
        return VacantMixture(mixture, supersaturation)

    def through(
        self, left: VacantMixture, right: VacantMixture, distance: Float[Array, ""]
    ) -> tuple[Float[Array, " n"], Float[Array, ""]]:
        """Fluxes through one face.

        **Arguments:**

        - `left`, `right`: the two points.
        - `distance`: between them, in m; a scalar.

        **Returns:** fluxes of the atoms in the number-fixed frame times the molar
        volume, positive from left to right, in m/s, shape `(n,)`; and that of the
        vacancies in the lattice, which is the lattice's velocity in that frame too, in
        m/s, a scalar.
        """
        a, b = _positive(left.supersaturation), _positive(right.supersaturation)
        rise = jnp.log(b) - jnp.log(a)
        # The logarithmic mean: what a vacancy meets on its way.
        mean = b / bernoulli_pair(rise)[1]
        met = lambda side, level: Mixture(
            side.fractions, side.tracers * mean, side.levels - level
        )
        return Counterflow(self.law).through(
            met(left.mixture, 0.0), met(right.mixture, rise), distance
        )


def _positive(s: Float[Array, ""]) -> Float[Array, ""]:
    there = s > _LEAST
    return jnp.where(there, jnp.where(there, s, 1.0), _LEAST)
