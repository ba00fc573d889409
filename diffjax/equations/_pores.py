"""Pores: what takes up vacancies that find no sink."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from .._checks import one_number, require, value_of


class Pores(eqx.Module):
    r"""Pores that nucleate above a threshold and grow or shrink where they are.

    $$\frac{\partial p}{\partial t} = k\, c_v^{eq} \big[ w\,(s - 1) + (1 - w) \max(s -
    s_c, 0) \big], \qquad w = \frac{p}{p + p_0}, \qquad s = c_v / c_v^{eq}$$

    $p$ is the volume of the pores over that of the atoms. Where there are pores ($p \gg
    p_0$) they take vacancies up above equilibrium and give them back below, and never
    more than there are. Where there are none, they begin above the supersaturation
    $s_c$. A rate law of the simplest kind: radii and their distribution are not known
    to it, so that $k$ and $s_c$ are to be measured, not computed.

    **Attributes:** the arguments, as arrays.
    """

    rate: Float[Array, ""]
    threshold: Float[Array, ""]
    seed: Float[Array, ""]

    def __init__(
        self, rate: ArrayLike, threshold: ArrayLike = 1.0, seed: ArrayLike = 1e-4
    ):
        """**Arguments:**

        - `rate`: $k >= 0$, how fast pores take up an excess of vacancies, in 1/s.
        - `threshold`: $s_c >= 1$, the supersaturation at which they begin, no unit.
        - `seed`: $p_0 > 0$, the porosity from which on pores count as present, no unit.
            What comes out hardly depends on it as long as it is well below the pores of
            interest; a smaller one takes more steps.

        **Raises:** `ValueError` if a number is out of range.
        """
        self.rate = one_number(rate, "Pores(rate=...)", "1/s", ">= 0")
        begin = one_number(threshold, "Pores(threshold=...)", "no unit", "> 0")
        self.threshold = require(
            begin,
            lambda v: v >= 1,
            lambda: (
                "`Pores(threshold=...)` must be >= 1, a supersaturation (no unit); got "
                f"{value_of(threshold)}."
            ),
        )
        self.seed = one_number(seed, "Pores(seed=...)", "no unit", "> 0")

    def growth(
        self,
        porosity: Float[Array, ""],
        supersaturation: Float[Array, ""],
        equilibrium: Float[Array, ""],
    ) -> Float[Array, ""]:
        """How fast pores grow at one point.

        **Arguments:**

        - `porosity`: $p$, no unit; a scalar.
        - `supersaturation`: $s$, no unit; a scalar.
        - `equilibrium`: $c_v^{eq}$, no unit; a scalar.

        **Returns:** $\\partial p / \\partial t$, in 1/s; a scalar.
        """
        # A step in time may leave a trace below 0, on which pores grow back.
        present = porosity / (jnp.maximum(porosity, 0.0) + self.seed)
        excess = jnp.maximum(supersaturation - self.threshold, 0.0)
        grown = present * (supersaturation - 1) + (1 - present) * excess
        return self.rate * equilibrium * grown
