"""The diffusivity of an atom that hops between the holes of a crystal."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from .._checks import all_numbers, one_number, require_kinds
from .._shapes import Numbers
from ..lattice import Jumps, Landscape, network_diffusivity, strained_diffusivity
from ..mechanics import AbstractElasticField
from ..tensors import rotate
from ._anisotropic import orthogonal
from ._law import AbstractDiffusivity, Point


class Interstitial(AbstractDiffusivity):
    r"""Hops on a network of holes, dilute: $f = 1$, and no vacancy is needed.

    $D(T)$ of the landscape's rates and occupancies, exact for several kinds of holes
    ([`diffjax.lattice.network_diffusivity`][]). One number where the network's symmetry
    makes it one (cubic crystals), else a tensor.

    With one kind of holes and one class of jumps the activation energy and volume are
    those of the saddle over the hole,

    $$Q = -\frac{\partial \ln D}{\partial (1/kT)} = E^* - E_s, \qquad
    V = -kT \frac{\partial \ln D}{\partial p} = \Omega^* - \Omega_s;$$

    with several kinds of holes the site's are means over where the atom is.
    """

    jumps: Jumps
    landscape: Landscape
    pressure: Float[Array, ""]
    strain: Float[Array, "d d"] | AbstractElasticField | None
    rotation: Float[Array, "d d"] | None
    scalar: bool = eqx.field(static=True)

    def __init__(
        self,
        jumps: Jumps,
        landscape: Landscape,
        *,
        pressure: ArrayLike = 0.0,
        strain: Numbers | AbstractElasticField | None = None,
        rotation: Numbers | None = None,
    ):
        r"""**Arguments:**

        - `jumps`: the network of holes.
        - `landscape`: energies of sites and saddles (eV) and frequencies (Hz).
        - `pressure`: in Pa; a scalar.
        - `strain`: $\varepsilon$ of the crystal, in its own axes, no unit; shape
            `(d, d)`; or a field of `diffjax.mechanics`, in the axes of the grid, for a
            strain that differs from place to place. With it the diffusivity is a
            tensor; [`diffjax.fluxes.Strained`][] drives by it too.
        - `rotation`: $R$, whose columns are the crystal's axes in those of the grid, no
            unit; shape `(d, d)`. By default they are the same.

        **Raises:** `ValueError` if the network does not connect, the landscape does not
        fit it, a saddle lies below its site, or a matrix is of another shape or not
        orthogonal.

        !!! example

            ```python
            holes = djx.lattice.neighbour_jumps(djx.lattice.bcc_octahedral(2.87e-10))
            law = djx.diffusivity.Interstitial(
                holes, djx.lattice.Landscape(0.0, 0.82, 1e13)
            )
            ```
        """
        require_kinds(
            "Interstitial", jumps=(jumps, Jumps), landscape=(landscape, Landscape)
        )
        size = jumps.crystal.dimension
        self.jumps, self.landscape = jumps, landscape
        self.pressure = one_number(pressure, "Interstitial(pressure=...)", "Pa")
        self.strain = self.rotation = None
        if isinstance(strain, AbstractElasticField):
            self.strain = strain
        elif strain is not None:
            self.strain = all_numbers(strain, "Interstitial(strain=...)", "no unit")
        if rotation is not None:
            self.rotation = orthogonal(rotation, size, "Interstitial")
        self.scalar = self.strain is None and jumps.isotropic
        nowhere = jnp.zeros(size)
        # What does not fit is said now.
        self.at(Point(jnp.asarray(0.0), jnp.asarray(1e3), nowhere))

    def at(self, point: Point) -> Float[Array, "..."]:
        """$D$ at the point's temperature, in m²/s; a scalar, or shape `(d, d)`."""
        hot, strain = point.temperature, self._strain(point)
        p = self.pressure.astype(hot.dtype)
        if strain is not None:
            tensor = strained_diffusivity(self.jumps, self.landscape, hot, strain, p)
        else:
            rates = self.landscape.rates(self.jumps, hot, p)
            shares = self.landscape.occupancies(self.jumps, hot, p)
            tensor = network_diffusivity(self.jumps, rates, shares)
        return in_grid(tensor, self.scalar, self.rotation)

    def energy(self, point: Point) -> Float[Array, ""]:
        r"""Free energy of the atom among the sites of a cell there, in eV; a scalar.

        That of [`diffjax.lattice.Landscape`][], with the strain at the point.
        """
        hot, strain = point.temperature, self._strain(point)
        p = self.pressure.astype(hot.dtype)
        return self.landscape.free_energy(self.jumps, hot, p, strain)

    def _strain(self, point: Point) -> Float[Array, "..."] | None:
        """In the crystal's own axes."""
        if self.strain is None:
            return None
        dtype = point.temperature.dtype
        if not isinstance(self.strain, AbstractElasticField):
            return self.strain.astype(dtype)
        size = self.jumps.crystal.dimension
        there = self.strain.strain(point.position)[:size, :size].astype(dtype)
        if self.rotation is None:
            return there
        return rotate(there, self.rotation.T.astype(dtype))


def in_grid(
    tensor: Float[Array, "d d"], scalar: bool, rotation: Float[Array, "d d"] | None
) -> Float[Array, "..."]:
    """A tensor of a crystal as a law gives it.

    **Arguments:**

    - `tensor`: in m²/s, in the crystal's axes.
    - `scalar`: whether it is one number times the unit tensor.
    - `rotation`: of the crystal in the axes of the grid, no unit.

    **Returns:** in m²/s; a scalar, or shape `(d, d)`.
    """
    if scalar:
        return jnp.trace(tensor) / tensor.shape[0]
    return tensor if rotation is None else rotate(tensor, rotation.astype(tensor.dtype))
