"""Diffusion in a body that its own solute strains."""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from .._checks import known, one_number, require, require_kinds
from .._constants import BOLTZMANN
from ..mechanics import IsotropicStiffness
from ._law import AbstractDiffusivity, Point


class SelfStressed(AbstractDiffusivity):
    r"""A law, helped by the stress that the solute's own profile makes.

    The lattice grows by $\beta$ per composition, so that a profile sets up a stress; a
    particle of relaxation volume $\Delta V$ flows down its energy $-\Delta V \sigma_h$
    in it. In a film held to a thick body, a free flat plate, a free sphere and an
    endless body the hydrostatic stress is

    $$\sigma_h = \frac{2 E \beta}{3 (1 - \nu)}\, (\hat c - c)$$

    with $\hat c$ the same everywhere (the mean of the body, or where the film fits), so
    that the stress is found together with the profile and acts as

    $$J = -D \Big( \nabla c - \frac{c\, \Delta V}{kT} \nabla \sigma_h \Big)
    = -D\, \Big( 1 + \frac{2 E \beta\, \Delta V}{3 (1 - \nu)\, kT}\, c \Big) \nabla c$$

    It always speeds the spreading of a solute that strains the lattice: to be uneven
    costs elastic energy. The stress itself: [`diffjax.mechanics.film_stress`][],
    [`diffjax.mechanics.plate_stress`][], [`diffjax.mechanics.sphere_stress`][].

    Not for a plate that bends, whose relief by bending depends on the whole profile.

    ??? cite "Reference"

        Larché & Cahn, *The effect of self-stress on diffusion in solids*, Acta Metall.
        30 (1982).
    """

    law: AbstractDiffusivity
    stiffness: IsotropicStiffness
    expansion: Float[Array, ""]
    volume: Float[Array, ""]

    def __init__(
        self,
        law: AbstractDiffusivity,
        stiffness: IsotropicStiffness,
        expansion: ArrayLike,
        volume: ArrayLike,
    ):
        r"""**Arguments:**

        - `law`: the diffusivity $D$ of a body without stress, in m²/s, of any shape.
        - `stiffness`: of the body.
        - `expansion`: $\beta = d \ln l / dc$, in one over the unit of the composition.
        - `volume`: $\Delta V$, in m³ per particle, of the sign of `expansion`. For a
            share of sites with the volume $\Omega$ each it is $3 \beta \Omega$.

        **Raises:** `ValueError` if a number is not finite, or signs differ.

        !!! example

            ```python
            # Lithium in a particle that grows by 9 % in volume.
            body = djx.mechanics.IsotropicStiffness(100e9, 0.3)
            plain = djx.diffusivity.Constant(1e-14)
            law = djx.diffusivity.SelfStressed(plain, body, 0.03, volume=5e-30)
            ```
        """
        require_kinds(
            "SelfStressed",
            law=(law, AbstractDiffusivity),
            stiffness=(stiffness, IsotropicStiffness),
        )
        self.law, self.stiffness = law, stiffness
        name = "SelfStressed(expansion=...)"
        self.expansion = one_number(expansion, name, "one over that of composition")
        beta = self.expansion
        self.volume = require(
            one_number(volume, "SelfStressed(volume=...)", "m³"),
            lambda v: v * known(beta) >= 0,
            "`SelfStressed(volume=...)` must have the sign of `expansion` (m³).",
        )

    def coupling(self, temperature: ArrayLike) -> Float[Array, ""]:
        r"""$2 E \beta \Delta V / 3 (1 - \nu) kT$, in one over the composition's unit.

        **Arguments:**

        - `temperature`: in K; a scalar.
        """
        # Volumes per energy first: joules of one atom are lost in float32.
        each = self.volume / BOLTZMANN
        pull = 2 * self.stiffness.biaxial_modulus * self.expansion / 3
        return pull * each / temperature

    def at(self, point: Point) -> Float[Array, "..."]:
        """The diffusivity there, in m²/s; of the shape of `law`."""
        more = 1 + self.coupling(point.temperature) * point.composition
        return jnp.asarray(self.law.at(point) * more)
