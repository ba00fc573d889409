"""Diffusion in a strained crystal: strain drives, and strain speeds."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from .._checks import require_kinds
from .._constants import BOLTZMANN_EV
from ..diffusivity import Interstitial, Point
from ..potentials import AbstractPotential
from ._drift import tilted
from ._fick import Mean, one_of_means
from ._flux import AbstractDrivenFlux, Face


class Strained(AbstractDrivenFlux):
    r"""Interstitial atoms in an elastic field, with dipoles of sites and saddles.

    $$J = -D(\varepsilon)\, \Big( \nabla c + c\, \frac{\nabla G(\varepsilon)}{kT}
    \Big)$$

    Both come from one landscape: $D$ from its strained barriers, so that strain makes
    it a tensor, and $G$, the free energy of an atom among the sites of a cell, from its
    strained sites. For sites that are all alike $G$ is $-P : \varepsilon$. On a grid
    with fewer axes than the crystal nothing changes along the others.

    **Error:** as of [`diffjax.fluxes.Drift`][].
    """

    law: Interstitial
    potential: AbstractPotential | None
    mean: Mean = eqx.field(static=True)

    def __init__(
        self,
        law: Interstitial,
        potential: AbstractPotential | None = None,
        mean: Mean = "arithmetic",
    ):
        """**Arguments:**

        - `law`: with a field of `diffjax.mechanics` as its strain, and a landscape with
            dipoles.
        - `potential`: of other forces, in eV.
        - `mean`: as for [`diffjax.fluxes.Fick`][].

        **Raises:** `ValueError` if the law is something else.

        !!! example

            ```python
            iron = djx.mechanics.IsotropicStiffness(210e9, 0.3)
            beam = djx.mechanics.BentBeam(1.0, iron)
            crystal = djx.lattice.bcc_octahedral(2.87e-10)
            holes = djx.lattice.neighbour_jumps(crystal)
            dipoles = djx.lattice.site_dipoles(crystal, np.diag([8.0, 3.0, 3.0]))
            carbon = djx.lattice.Landscape(0.0, 0.82, 1e13, site_dipoles=dipoles)
            law = djx.diffusivity.Interstitial(holes, carbon, strain=beam)
            flux = djx.fluxes.Strained(law)
            ```
        """
        require_kinds("Strained", law=(law, Interstitial))
        if potential is not None:
            require_kinds("Strained", potential=(potential, AbstractPotential))
        self.law, self.potential = law, potential
        self.mean = one_of_means(mean, "Strained")

    def coefficient(self, point: Point) -> Float[Array, "..."]:
        """The strained diffusivity there, in m²/s; a scalar or a tensor."""
        found = self.law.at(point)
        if not found.ndim:
            return found
        axes = jnp.shape(point.position)
        return found[: axes[0], : axes[0]] if axes else found[0, 0]

    def level(self, point: Point) -> Float[Array, ""]:
        r"""$G / kT$ there, no unit; a scalar."""
        energy = self.law.energy(point)
        if self.potential is not None:
            energy = energy + self.potential.at(point)
        return energy / (BOLTZMANN_EV * point.temperature)

    def through(self, face: Face) -> Float[Array, ""]:
        """Flux from left to right, in composition times m/s; a scalar."""
        return tilted(face, self.mean)
