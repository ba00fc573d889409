"""The energy of magnetic order, as assessed data describe it."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from .._checks import one_number
from .._constants import GAS_CONSTANT
from ._expansion import Expansion


class Magnetic(eqx.Module):
    r"""The magnetic energy of Inden, Hillert and Jarl.

    $$g_{mag} = R T \ln(1 + \beta)\, f(\tau), \qquad \tau = T / T_C$$

    $$f = 1 - \frac1A \Big[\frac{79}{140 p \tau} + \frac{474}{497}\Big(\frac1p - 1\Big)
    \Big(\frac{\tau^3}{6} + \frac{\tau^9}{135} + \frac{\tau^{15}}{600}\Big)\Big], \;
    \tau < 1; \qquad f = -\frac1A \Big[\frac{\tau^{-5}}{10} + \frac{\tau^{-15}}{315} +
    \frac{\tau^{-25}}{1500}\Big], \; \tau \ge 1$$

    with $A = \frac{518}{1125} + \frac{11692}{15975} (\frac1p - 1)$. Where a temperature
    or moment comes out negative it is divided by the antiferromagnetic factor, so there
    is a kink where it passes zero. At $T_C$ second derivatives jump (the heat capacity
    does), and with them the thermodynamic factor.

    Source: M. Hillert and M. Jarl, Calphad 2 (1978) 227.
    """

    curie: Expansion
    moment: Expansion
    structure_factor: Float[Array, ""]
    antiferromagnetic: Float[Array, ""]

    def __init__(
        self,
        curie: Expansion,
        moment: Expansion,
        structure_factor: ArrayLike,
        antiferromagnetic: ArrayLike,
    ):
        r"""**Arguments:**

        - `curie`: $T_C$ of composition, in K.
        - `moment`: $\beta$ of composition, in Bohr magnetons per atom.
        - `structure_factor`: $p$ between 0 and 1, no unit: 0.28 for fcc and hcp, 0.40
            for bcc.
        - `antiferromagnetic`: the factor, no unit: -3 for fcc and hcp, -1 for bcc.

        **Raises:** `ValueError` if $p$ is not > 0 or a number is not finite.
        """
        self.curie, self.moment = curie, moment
        self.structure_factor = one_number(
            structure_factor, "Magnetic(structure_factor=...)", "no unit", "> 0"
        )
        self.antiferromagnetic = one_number(
            antiferromagnetic, "Magnetic(antiferromagnetic=...)", "no unit"
        )

    def at(
        self, fractions: Float[Array, " n"], temperature: Float[Array, ""]
    ) -> Float[Array, ""]:
        """The energy at one point, in J per mole of the sites that `moment` counts.

        **Arguments:**

        - `fractions`: of the two expansions, no unit; shape `(n,)`.
        - `temperature`: in K; a scalar.

        **Returns:** in J/mol; a scalar.
        """
        curie = self._positive(self.curie.at(fractions, temperature))
        moment = self._positive(self.moment.at(fractions, temperature))
        inverse = curie / temperature
        p = self.structure_factor
        a = 518 / 1125 + 11692 / 15975 * (1 / p - 1)
        # Double `where`: each branch sees only numbers at which it is finite.
        ordered = inverse > 1
        s = jnp.where(ordered, 1.0, inverse)
        above = -(s**5 / 10 + s**15 / 315 + s**25 / 1500) / a
        tau = 1 / jnp.where(ordered, inverse, 1.0)
        powers = tau**3 / 6 + tau**9 / 135 + tau**15 / 600
        below = 1 - (79 / (140 * p * tau) + 474 / 497 * (1 / p - 1) * powers) / a
        share = jnp.where(ordered, below, above)
        return GAS_CONSTANT * temperature * jnp.log1p(moment) * share

    def _positive(self, value: Float[Array, ""]) -> Float[Array, ""]:
        return jnp.where(value < 0, value / self.antiferromagnetic, value)
