"""Fluxes of several components that trade places, through one face."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from .._smooth import bernoulli_pair
from ..diffusivity import Multicomponent


class Mixture(eqx.Module):
    r"""What [`diffjax.fluxes.Counterflow`][] needs to know of one point.

    **Attributes** (shape `(n,)` each):

    - `fractions`: $x_i$, no unit.
    - `tracers`: $D^*_i$, in m²/s.
    - `levels`: $\ln \gamma_i$, no unit.
    """

    fractions: Float[Array, "*points n"]
    tracers: Float[Array, "*points n"]
    levels: Float[Array, "*points n"]


class Counterflow(eqx.Module):
    r"""Interdiffusion of several components in the number-fixed frame.

    $$V_m \tilde J_i = -D^*_i (\nabla x_i + x_i \nabla \ln \gamma_i) + x_i u_i, \qquad
    u_i = V_m \sum_k J_k^0 \Big(\frac{1 - f}{f} \frac{D^*_i}{\sum_k x_k D^*_k} -
    \frac{1}{f}\Big)$$

    (without vacancy wind $f = 1$, and all $u_i$ are the velocity $v$ of the lattice).
    On a face, in four steps:

    1. fluxes $J_i^0$ in the lattice, by exponential fitting with the potential $\ln
       \gamma_i$;
    2. the velocities $u_i$ from their sum;
    3. $\tilde J_i$ by exponential fitting once more, with the drift too, so that an
       absent component can only arrive;
    4. what the sum lacks to zero, of second order, is taken off as one common velocity
       that carries the fractions of the side it comes from.

    So fractions stay positive and sum to one, whatever the contrast of the tracers.
    `in_lattice` gives the fluxes $J_i$ themselves.

    **Error:** second order in the distance.
    """

    law: Multicomponent

    def seen(
        self, fractions: Float[Array, " n"], temperature: Float[Array, ""]
    ) -> Mixture:
        """What the flux needs to know of one point.

        **Arguments:**

        - `fractions`: no unit; shape `(n,)`.
        - `temperature`: in K; a scalar.
        """
        law = self.law
        return Mixture(
            fractions,
            law.tracers_at(fractions, temperature),
            law.gibbs.log_activity_coefficients(fractions, temperature),
        )

    def through(
        self,
        left: Mixture,
        right: Mixture,
        distance: Float[Array, ""],
        sweep: Float[Array, ""] | float = 0.0,
    ) -> tuple[Float[Array, " n"], Float[Array, ""]]:
        """Fluxes through one face, and the velocity of the lattice there.

        **Arguments:**

        - `left`, `right`: the two points.
        - `distance`: between them, in m; a scalar.
        - `sweep`: a velocity that carries everything along, in m/s; a scalar.

        **Returns:** fluxes times the molar volume, positive from left to right, which
        add up to `sweep`, in m/s, shape `(n,)`; and the velocity, in m/s, a scalar.
        """
        a, b = left.fractions, right.fractions
        rate, rise, net = _plain(left, right, distance)
        wind = self.law.wind
        velocity = -net if wind is None else -net * (1 + wind)
        drift = velocity + sweep + self._blown(left, right, net)
        up, down = bernoulli_pair(rise - drift / rate)
        fluxes = rate * (up * a - down * b)
        left_over = jnp.sum(fluxes) - sweep
        fluxes = fluxes - left_over * jnp.where(left_over < 0, a, b)
        return fluxes, velocity

    def in_lattice(
        self, left: Mixture, right: Mixture, distance: Float[Array, ""]
    ) -> Float[Array, " n"]:
        """Fluxes through one face that moves with the lattice: the intrinsic ones.

        Steps 1 and 3 with the vacancy wind as the only drift. Nothing asks for a sum.

        **Arguments:** as of `through`.

        **Returns:** fluxes $V_m J_i$, positive from left to right, in m/s, shape
        `(n,)`. The lattice moves at minus their sum.
        """
        rate, rise, net = _plain(left, right, distance)
        up, down = bernoulli_pair(rise - self._blown(left, right, net) / rate)
        return rate * (up * left.fractions - down * right.fractions)

    def _blown(
        self, left: Mixture, right: Mixture, net: Float[Array, ""]
    ) -> Float[Array, "..."]:
        """What the vacancy wind adds to the drift of each component, in m/s."""
        if self.law.wind is None:
            return jnp.zeros_like(net)
        tracers = 0.5 * (left.tracers + right.tracers)
        mean = jnp.sum(0.5 * (left.fractions + right.fractions) * tracers)
        return net * self.law.wind * tracers / mean


def _plain(
    left: Mixture, right: Mixture, distance: Float[Array, ""]
) -> tuple[Float[Array, " n"], Float[Array, " n"], Float[Array, ""]]:
    """Rates of exchange (m/s), rises of the potentials, and the sum of the fluxes in
    the lattice without any wind (m/s)."""
    rate = 0.5 * (left.tracers + right.tracers) / distance
    rise = right.levels - left.levels
    up, down = bernoulli_pair(rise)
    return rate, rise, jnp.sum(rate * (up * left.fractions - down * right.fractions))
