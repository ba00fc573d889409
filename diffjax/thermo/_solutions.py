"""Solutions on one kind of site: ideal, regular, and Redlich and Kister's."""

import itertools
from collections.abc import Mapping, Sequence

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from .._checks import real
from .._shapes import Numbers
from ._expansion import component_names, Expansion, Parameter, redlich_kister
from ._gibbs import AbstractGibbs
from ._magnetic import Magnetic


class Ideal(AbstractGibbs):
    r"""A mixture whose atoms do not mind each other: $\ln \gamma_i = 0$, $\Phi = 1$."""

    components: tuple[str, ...] = eqx.field(static=True)

    def __init__(self, components: Sequence[str]):
        """**Arguments:**

        - `components`: names, in the order of the fractions.

        **Raises:** `ValueError` if there are none, or one comes twice.
        """
        self.components = component_names(components, "Ideal(components=...)")

    def reference(self, fractions, temperature) -> Float[Array, ""]:
        """0 J/mol; a scalar."""
        del temperature
        return jnp.zeros((), dtype=fractions.dtype)

    def excess(self, fractions, temperature) -> Float[Array, ""]:
        """0 J/mol; a scalar."""
        del temperature
        return jnp.zeros((), dtype=fractions.dtype)


class RedlichKister(AbstractGibbs):
    r"""A substitutional solution with interactions of pairs and triples.

    $$g = \sum_i x_i g_i(T) + RT \sum_i x_i \ln x_i + \sum_{i<j} x_i x_j \sum_\nu
    L^\nu_{ij}(T) (x_i - x_j)^\nu + \sum_{i<j<k} x_i x_j x_k L_{ijk}$$

    One $L^0$ for a pair is the regular solution, $L^0$ and $L^1$ the sub-regular one.
    $L^0 > 0$ means that like atoms attract each other.
    """

    components: tuple[str, ...] = eqx.field(static=True)
    ends: Expansion
    interactions: Expansion
    magnetic: Magnetic | None

    def __init__(
        self,
        components: Sequence[str],
        pairs: Mapping[tuple[str, str], Parameter | Sequence[Parameter]] | None = None,
        triples: Mapping[tuple[str, str, str], Parameter | Sequence[Parameter]]
        | None = None,
        ends: Mapping[str, Parameter] | None = None,
        magnetic: Magnetic | None = None,
        unlisted_ideal: bool = False,
    ):
        r"""**Arguments:**

        - `components`: names, in the order of the fractions.
        - `pairs`: by two names a *list* $[L^0, L^1, ...]$, in J/mol, each a number $a$
            or a tuple $(a, b)$ for $a + b T$; or $L^0$ alone, a number. A tuple outside
            of a list is refused. See [`diffjax.thermo.redlich_kister`][].
        - `triples`: by three names a list of one or three of these, or a number.
        - `ends`: $g_i(T)$ of the pure components, in J/mol; 0 where not given.
        - `magnetic`: energy of magnetic order, over the components; none if not given.
        - `unlisted_ideal`: whether a pair that is not listed mixes ideally. If not, it
            is an error.

        **Raises:** `ValueError` for an unknown component, a pair that is not listed, or
        several numbers outside of a list.

        !!! example

            ```python
            alloy = djx.thermo.RedlichKister(
                ("Cu", "Ni"), {("Cu", "Ni"): [(8048.0, 3.42), (-2041.0, 0.99)]}
            )
            ```
        """
        names = component_names(components, "RedlichKister(components=...)")
        listed = {frozenset(pair) for pair in pairs or {}}
        for pair in itertools.combinations(names, 2):
            if not unlisted_ideal and frozenset(pair) not in listed:
                raise ValueError(
                    f"`RedlichKister(pairs=...)` must list {pair[0]}-{pair[1]} (J/mol)"
                    "; `unlisted_ideal=True` takes what is not listed as ideal."
                )
        self.components = names
        self.ends = redlich_kister(names, ends=ends)
        self.interactions = redlich_kister(names, pairs=pairs, triples=triples)
        self.magnetic = magnetic

    def reference(self, fractions, temperature) -> Float[Array, ""]:
        """Energy of the pure components, in J/mol; see `AbstractGibbs.reference`."""
        return self.ends.at(fractions, temperature)

    def excess(self, fractions, temperature) -> Float[Array, ""]:
        """Interactions and magnetic order, in J/mol; see `AbstractGibbs.excess`."""
        energy = self.interactions.at(fractions, temperature)
        if self.magnetic is None:
            return energy
        return energy + self.magnetic.at(fractions, temperature)


def regular(
    components: Sequence[str], interactions: Mapping[tuple[str, str], Parameter]
) -> RedlichKister:
    r"""The regular solution: $g_{ex} = \sum_{i<j} \Omega_{ij} x_i x_j$.

    **Arguments:**

    - `components`: names, in the order of the fractions.
    - `interactions`: $\Omega_{ij}$ by two names, in J/mol; > 0 where like atoms attract
        each other, and the mixture un-mixes below $T_c = \Omega / 2R$.

    **Returns:** a [`diffjax.thermo.RedlichKister`][].

    **Raises:** `ValueError` as that class.
    """
    return RedlichKister(components, {k: [v] for k, v in interactions.items()})


def sub_regular(
    components: Sequence[str],
    interactions: Mapping[tuple[str, str], tuple[Numbers, Numbers]],
) -> RedlichKister:
    r"""The sub-regular solution: $g_{ex} = \sum_{i<j} x_i x_j (\Omega_{ij} x_i +
    \Omega_{ji} x_j)$.

    **Arguments:**

    - `components`: names, in the order of the fractions.
    - `interactions`: by two names $(i, j)$ the numbers $\Omega_{ij}$, which holds at
        the end of pure $i$, and $\Omega_{ji}$, at that of pure $j$; in J/mol.

    **Returns:** a [`diffjax.thermo.RedlichKister`][].

    **Raises:** `ValueError` as that class.
    """
    pairs = {
        pair: [(real(a) + real(b)) / 2, (real(a) - real(b)) / 2]
        for pair, (a, b) in interactions.items()
    }
    return RedlichKister(components, pairs)
