"""Arrhenius laws by what the data know: D at a temperature among theirs, and Q."""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

import diffjax as djx

from ._joint import AbstractJointTransform, Part, Shapes


# Changes of ln D and of Q (eV) that would surprise.
_LOG, _ENERGY = 2.0, 0.3


class ArrheniusAt(AbstractJointTransform):
    r"""$D_0$ and $Q$ of an Arrhenius law, fitted as $\ln D(T_{ref})$ and $Q$.

    $$\ln D(T_{ref}) = \ln D_0 - \frac{Q}{k T_{ref}}$$

    $D_0$ is where the law is extrapolated to $1/T = 0$, so its error goes with that of
    $Q$; $D$ at a temperature amid the data does not. Reports give all three, with the
    covariance that follows: $D(T_{ref})$ and $Q$ with little correlation, and $D_0$.
    """

    temperature: Float[Array, ""] | None

    def __init__(self, temperature: ArrayLike | None = None):
        r"""**Arguments:**

        - `temperature`: $T_{ref} > 0$, in K; a scalar. `None`: the harmonic mean of
            those of the experiments, one for each.

        **Raises:** `ValueError` if it is not > 0.

        !!! example

            ```python
            free = inv.Free(("prefactor", "activation"), inv.ArrheniusAt())
            ```
        """
        if temperature is None:
            self.temperature = None
        else:
            hot = djx.real(temperature)
            message = "`ArrheniusAt(temperature=...)` must be one number > 0 (K)."
            self.temperature = djx.require(hot, (hot > 0) & (hot.ndim == 0), message)

    def size(self, shapes: Shapes) -> int:
        """Two."""
        if shapes != ((), ()):
            got = ", ".join(map(str, shapes))
            raise ValueError(
                "`ArrheniusAt` is for two numbers, `Free(where=(prefactor, "
                f"activation))`; got arrays of shape {got}."
            )
        return 2

    def forward(self, arrays: tuple[Float[Array, "..."], ...]) -> Float[Array, " free"]:
        r"""$\ln D(T_{ref})$ and $Q$, over changes that would surprise; no unit."""
        prefactor, activation = arrays
        log_value = jnp.log(prefactor) - activation / self._energy
        return jnp.stack([log_value / _LOG, activation / _ENERGY])

    def inverse(
        self, free: Float[Array, " free"], shapes: Shapes
    ) -> tuple[Float[Array, "..."], ...]:
        """$D_0$ (m²/s) and $Q$ (eV)."""
        del shapes
        activation = _ENERGY * free[1]
        return jnp.exp(_LOG * free[0] + activation / self._energy), activation

    def report(self, arrays: tuple[Float[Array, "..."], ...]) -> Float[Array, " parts"]:
        r"""$D_0$ (m²/s), $Q$ (eV) and $D(T_{ref})$ (m²/s)."""
        prefactor, activation = arrays
        value = prefactor * jnp.exp(-activation / self._energy)
        return jnp.stack([prefactor, activation, value])

    def parts(self, name: str, shapes: Shapes) -> tuple[Part, ...]:
        """As the law calls them, and `D(1200 K)`."""
        del shapes
        before = f"{name}." if name else ""
        given = self.temperature
        hot = "T_ref" if given is None else f"{float(given):.4g} K"
        return (
            Part(f"{before}prefactor", "log", "m²/s"),
            Part(f"{before}activation", "real", "eV"),
            Part(f"{before}D({hot})", "log", "m²/s"),
        )

    @property
    def _energy(self) -> Float[Array, ""]:
        if self.temperature is None:
            raise ValueError("`ArrheniusAt(temperature=...)` must be given here (K).")
        return djx.BOLTZMANN_EV * self.temperature
