"""Phases with interstitials: metals on one kind of site, small atoms on another."""

from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import xlogy
from jaxtyping import Array, Float

from .._constants import GAS_CONSTANT
from ._expansion import component_names, Expansion
from ._gibbs import AbstractGibbs
from ._magnetic import Magnetic


class Sites(eqx.Module):
    r"""Who sits where: from mole fractions to site fractions.

    $$y_k = \frac{x_k}{1 - s}, \qquad y_I = \frac{x_I}{r (1 - s)}, \qquad
    y_{Va} = 1 - \sum_I y_I$$

    with $s$ the sum of the interstitials and $r$ their sites per site of the metals.
    """

    components: tuple[str, ...] = eqx.field(static=True)
    interstitials: tuple[str, ...] = eqx.field(static=True)
    ratio: float = eqx.field(static=True)

    def __init__(
        self,
        components: Sequence[str],
        interstitials: Sequence[str] = (),
        ratio: float = 1.0,
    ):
        """**Arguments:**

        - `components`: names, in the order of the mole fractions.
        - `interstitials`: those of them on interstitial sites.
        - `ratio`: $r$ > 0, interstitial sites for each of the metals; no unit.

        **Raises:** `ValueError` if an interstitial is no component, or all are.
        """
        names = component_names(components, "Sites(components=...)")
        inside = tuple(interstitials)
        if not set(inside) < set(names):
            raise ValueError(
                f"`Sites(interstitials=...)` must be some of {', '.join(names)}, not "
                f"all of them; got {', '.join(inside)}."
            )
        if not ratio > 0:
            raise ValueError(f"`Sites(ratio=...)` must be > 0 (no unit); got {ratio}.")
        self.components, self.ratio = names, float(ratio)
        self.interstitials = tuple(name for name in names if name in inside)

    @property
    def species(self) -> tuple[str, ...]:
        """Who the site fractions belong to: metals, interstitials, and holes (VA)."""
        metals = tuple(n for n in self.components if n not in self.interstitials)
        return (*metals, *self.interstitials, "VA")

    def fractions(self, mole: Float[Array, " n"]) -> Float[Array, " n+1"]:
        """Site fractions of the species, no unit; shape `(n + 1,)`.

        **Arguments:**

        - `mole`: mole fractions that sum to one, no unit; shape `(n,)`.
        """
        if not self.interstitials:
            return jnp.append(mole / jnp.sum(mole), jnp.ones((), mole.dtype))
        order = [self.components.index(name) for name in self.species[:-1]]
        metals = len(self.components) - len(self.interstitials)
        x = mole if order == sorted(order) else mole[np.asarray(order)]
        rest = jnp.sum(x[:metals])
        inside = x[metals:] / (self.ratio * rest)
        hole = 1 - jnp.sum(inside, keepdims=True)
        return jnp.concatenate([x[:metals] / rest, inside, hole])


class CompoundEnergy(AbstractGibbs):
    r"""A phase of metals and interstitials, with an energy of its site fractions.

    $$g = (1 - s) \Big[G(y, T) + RT \Big(\sum_k y_k \ln y_k + r \sum_I y_I \ln y_I
    + r\, y_{Va} \ln y_{Va}\Big)\Big]$$

    in J per mole of atoms, with $G$ per mole of sites of the metals. Without
    interstitials it is a substitutional solution. The fraction $s$ of interstitials
    must stay below $r / (1 + r)$, where all their sites are taken.
    """

    components: tuple[str, ...] = eqx.field(static=True)
    sites: Sites
    energy: Expansion
    ends: Expansion
    magnetic: Magnetic | None

    def __init__(
        self,
        sites: Sites,
        energy: Expansion,
        ends: Expansion,
        magnetic: Magnetic | None = None,
    ):
        """**Arguments:**

        - `sites`: who sits where.
        - `energy`: $G$ without mixing and magnetism, over the species of `sites`, in
            J per mole of sites of the metals.
        - `ends`: what of it is the reference, linear in the mole fractions, in J/mol.
        - `magnetic`: over the species of `sites`; none if not given.
        """
        self.components, self.sites = sites.components, sites
        self.energy, self.ends, self.magnetic = energy, ends, magnetic

    def reference(self, fractions, temperature) -> Float[Array, ""]:
        """Energy of the pure metals, in J/mol; see `AbstractGibbs.reference`."""
        return self.ends.at(fractions, temperature)

    def unmixed(
        self, sites: Float[Array, " species"], temperature: Float[Array, ""]
    ) -> Float[Array, ""]:
        """$G$ with magnetism, without mixing, in J per mole of sites of the metals.

        **Arguments:**

        - `sites`: site fractions of the species, no unit; shape `(n + 1,)`.
        - `temperature`: in K; a scalar.
        """
        energy = self.energy.at(sites, temperature)
        if self.magnetic is None:
            return energy
        return energy + self.magnetic.at(sites, temperature)

    def excess(self, fractions, temperature) -> Float[Array, ""]:
        """What is neither reference nor ideal, in J/mol; see `AbstractGibbs.excess`."""
        y = self.sites.fractions(fractions)
        energy = self.unmixed(y, temperature)
        count = len(self.sites.interstitials)
        if not count:
            return energy - self.reference(fractions, temperature)
        r, hole = self.sites.ratio, y[-1]
        inside = [self.components.index(name) for name in self.sites.interstitials]
        s = jnp.sum(fractions[np.asarray(inside)])
        rest = 1 - s
        # x ln x of all atoms is taken off: what is left is smooth where one is absent.
        free = jnp.where(hole > 0, hole, 1.0)
        mixing = r * rest * xlogy(free, free) - jnp.log(rest) - s * jnp.log(r)
        mixing = GAS_CONSTANT * temperature * mixing
        return rest * energy + mixing - self.reference(fractions, temperature)
