"""Diffusion under a force: the flux that leads to Boltzmann's distribution."""

from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from .._checks import require_kinds
from .._constants import BOLTZMANN_EV
from .._smooth import bernoulli_pair
from ..diffusivity import AbstractDiffusivity, Point
from ..potentials import AbstractPotential, potential_of
from ._fick import conductance, Mean, one_of_means
from ._flux import AbstractDrivenFlux, Face


class Drift(AbstractDrivenFlux):
    r"""Diffusion in a potential, $J = -D\, (\nabla c + c\, \nabla U / kT)$.

    Between two points a distance $h$ apart, with $\Delta = (U_R - U_L) / kT$, by
    exponential fitting:

    $$J = \frac{\bar D}{h} \big( B(\Delta)\, c_L - B(-\Delta)\, c_R \big), \qquad
    B(x) = \frac{x}{e^x - 1}$$

    the exact flux where $D$ and the force are constant between them. It vanishes at $c
    \propto e^{-U/kT}$ to round-off, however steep the potential, and no concentration
    turns negative (Scharfetter & Gummel 1969). A full tensor tilts every bond of its
    scheme in the same way.

    Forces add: give the sum of their potentials.

    **Error:** second order in the distance.
    """

    law: AbstractDiffusivity
    potential: AbstractPotential
    mean: Mean = eqx.field(static=True)

    def __init__(
        self,
        law: AbstractDiffusivity,
        potential: AbstractPotential | Callable,
        mean: Mean = "arithmetic",
    ):
        r"""**Arguments:**

        - `law`: the diffusivity, in m²/s, of any shape.
        - `potential`: $U$, in eV: one of `diffjax.potentials`, a sum of them, or a
            function as for [`diffjax.potentials.Energy`][].
        - `mean`: as for [`diffjax.fluxes.Fick`][].

        **Raises:** `ValueError` if any of these is something else.

        !!! example

            ```python
            law = djx.diffusivity.Constant(1e-14)
            slope = djx.fluxes.Drift(law, lambda x: 2e3 * x)  # 2 meV per µm
            equation = djx.equations.Diffusion(slope)
            ```
        """
        require_kinds("Drift", law=(law, AbstractDiffusivity))
        self.law = law
        self.potential = potential_of(potential, "Drift(potential=...)")
        self.mean = one_of_means(mean, "Drift")

    def coefficient(self, point: Point) -> Float[Array, "..."]:
        """The diffusivity there, in m²/s; a scalar, principal values or a tensor."""
        return self.law.at(point)

    def level(self, point: Point) -> Float[Array, ""]:
        r"""$U / kT$ there, no unit; a scalar."""
        return self.potential.at(point) / (BOLTZMANN_EV * point.temperature)

    def through(self, face: Face) -> Float[Array, ""]:
        """Flux from left to right, in composition times m/s; a scalar."""
        return tilted(face, self.mean)


def tilted(face: Face, mean: Mean) -> Float[Array, ""]:
    """Flux through a face by exponential fitting; see [`diffjax.fluxes.Drift`][].

    **Arguments:**

    - `face`: with its rise.
    - `mean`: of the coefficients.

    **Returns:** in composition times m/s; a scalar.
    """
    up, down = bernoulli_pair(jnp.asarray(face.rise))
    return conductance(face, mean) * (up * face.left - down * face.right)
