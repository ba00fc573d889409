r"""The generator of a random walk that a force tilts: bonds with two rates."""

from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ._bonds import along_axis, extend, Offset, reach_of, shifted
from ._generator import AbstractGenerator


class BiasedGenerator(AbstractGenerator):
    r"""The linear operator of drift and diffusion on a grid.

    $$(L c)_i = \frac{1}{v_i} \sum_e \big[ b_e(i)\, c_{i+e} - f_e(i)\, c_i
    + f_e(i-e)\, c_{i-e} - b_e(i-e)\, c_i \big] - x_i c_i$$

    Matter passes the bond from $i$ to $i + e$ at the rate $f_e(i)$, and at $b_e(i)$ on
    the way back; so $\sum_i v_i (L c)_i = -\sum_i v_i x_i c_i$ to round-off. With
    $f_e(i) / b_e(i) = e^{\psi_i - \psi_{i+e}}$ the walk is in detailed balance, and $c
    \propto e^{-\psi}$ rests.

    **Attributes:**

    - `offsets`: $e$, one per family of bonds.
    - `forth`: $f_e$, in 1/s, one array per offset, with a rim as wide as the reach; 0
        where there is no bond.
    - `back`: $b_e$, in 1/s, one array per offset; shape `(*cells,)`.
    - `leaving`: what leaves each cell by all its bonds, in 1/s; shape `(*cells,)`.
    - `exits`, `entries`, `volumes`, `shape`, `periodic`: as in
        [`diffjax.linear.Generator`][].
    """

    offsets: tuple[Offset, ...] = eqx.field(static=True)
    forth: tuple[Float[Array, "*more"], ...]
    back: tuple[Float[Array, "*cells"], ...]
    leaving: Float[Array, "*cells"]
    exits: Float[Array, "*cells"] | None
    volumes: Float[Array, "*cells"] | None
    shape: tuple[int, ...] = eqx.field(static=True)
    periodic: tuple[bool, ...] = eqx.field(static=True)
    entries: Float[Array, "*cells"] | None

    def __init__(
        self,
        offsets: Sequence[Offset],
        forth: Sequence[Float[Array, "*cells"]],
        back: Sequence[Float[Array, "*cells"]],
        exits: Float[Array, "*cells"] | None,
        volumes: Float[Array, "*cells"] | None,
        shape: tuple[int, ...],
        periodic: tuple[bool, ...],
        entries: Float[Array, "*cells"] | None = None,
    ):
        """**Arguments:** as the attributes, `forth` without its rim."""
        self.offsets, self.back = tuple(offsets), tuple(back)
        self.exits, self.entries, self.volumes = exits, entries, volumes
        self.shape, self.periodic = shape, periodic
        reach = reach_of(self.offsets)
        self.forth = tuple(extend(f, reach, periodic, outside=0.0) for f in forth)
        gone = [sum(self.departures(k)) for k in range(len(self.offsets))]
        self.leaving = jnp.sum(jnp.stack(gone), axis=0)

    @property
    def symmetric(self) -> bool:
        """Never known to be."""
        return False

    def between(self, field: Float[Array, "*cells"]) -> Float[Array, "*cells"]:
        """What the bonds bring to each cell; see `AbstractGenerator.between`."""
        reach, parts = reach_of(self.offsets), []
        if all(sum(offset) == 1 and max(offset) == 1 for offset in self.offsets):
            here = (0,) * field.ndim
            for offset, wide, back in zip(self.offsets, self.forth, self.back):
                axis, forth = offset.index(1), shifted(wide, here, reach)
                parts.append(along_axis(field, forth, axis, self.periodic[axis], back))
            return sum(parts[1:], parts[0])
        wide = jax.lax.optimization_barrier(extend(field, reach, self.periodic))
        for k, offset in enumerate(self.offsets):
            ahead, behind = self.arrivals(k)
            parts.append(ahead * shifted(wide, offset, reach))
            parts.append(behind * shifted(wide, _turned(offset), reach))
        return sum(parts, -self.leaving * field)

    def arrivals(
        self, index: int
    ) -> tuple[Float[Array, "*cells"], Float[Array, "*cells"]]:
        """Into each cell; see `AbstractGenerator.arrivals`."""
        back = _turned(self.offsets[index])
        behind = shifted(self.forth[index], back, reach_of(self.offsets))
        return self.back[index], behind

    def departures(
        self, index: int
    ) -> tuple[Float[Array, "*cells"], Float[Array, "*cells"]]:
        """Out of each cell; see `AbstractGenerator.departures`."""
        reach, offset = reach_of(self.offsets), self.offsets[index]
        ahead = shifted(self.forth[index], (0,) * len(offset), reach)
        wide = extend(self.back[index], reach, self.periodic, outside=0.0)
        return ahead, shifted(wide, _turned(offset), reach)

    @property
    def smallest_rate(self) -> Float[Array, ""]:
        """Smallest rate of any bond, in 1/s; below 0 no maximum principle holds."""
        return jnp.min(jnp.stack([jnp.min(r) for r in self.forth + self.back]))


def _turned(offset: Offset) -> Offset:
    return tuple(-step for step in offset)
