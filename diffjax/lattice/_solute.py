"""A solute atom and a vacancy: what one drags along of the other."""

from typing import Any, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .._checks import all_numbers, real, require_kinds, traced
from .._shapes import Numbers
from ._correlation import vacancy_occupancies
from ._green import flows_of
from ._jumps import Jumps
from ._network import bare_diffusivity
from ._pairs import blocks_of, pair_network, response, with_bonds
from ._solute_classes import bond_classes


class SoluteTransport(NamedTuple):
    r"""Onsager coefficients of a dilute solute and dilute vacancies.

    $$J_a = -\frac{N}{kT} \sum_b L_{ab} \nabla \mu_b, \qquad
    L_{ss} = c_s c_v \Lambda_{ss}, \quad L_{sv} = c_s c_v \Lambda_{sv}, \quad
    L_{vv} = c_v\,(D_v + c_s \Lambda_{vv})$$

    with $N$ sites per volume, the site fraction $c_s$ of the solute and that of
    vacancies *far from it*, $c_v$. All are tensors in m²/s, of shape `(d, d)`.

    **Attributes:**

    - `solute`: $\Lambda_{ss}$. The solute diffuses with $D_s = c_v \Lambda_{ss}$.
    - `cross`: $\Lambda_{sv}$; positive where vacancies drag the solute along.
    - `vacancy`: $D_v$, of a vacancy in the pure crystal.
    - `vacancy_change`: $\Lambda_{vv}$, what solutes change. It holds the sites that
        they block: it is $-D_v$ for a solute that is like any other atom.
    - `memoryless`: what $\Lambda_{ss}$ would be if a new vacancy came for each jump.
    """

    solute: Float[Array, "d d"]
    cross: Float[Array, "d d"]
    vacancy: Float[Array, "d d"]
    vacancy_change: Float[Array, "d d"]
    memoryless: Float[Array, "d d"]

    @property
    def correlation(self) -> Float[Array, "d d"]:
        """The correlation factor of the solute, no unit; shape `(d, d)`."""
        return jnp.linalg.solve(self.memoryless, self.solute).T

    @property
    def drag(self) -> Float[Array, "d d"]:
        r"""$L_{sv} L_{ss}^{-1}$, no unit: positive where a flow of vacancies takes the
        solute with it, $-1/f$ for a solute that is like any other atom; `(d, d)`."""
        return jnp.linalg.solve(self.solute, self.cross.T).T

    @property
    def wind(self) -> Float[Array, "d d"]:
        r"""The vacancy wind $L_{sA} L_{ss}^{-1} = -1 - L_{sv} L_{ss}^{-1}$ of the host
        atoms A, no unit; shape `(d, d)`."""
        return -jnp.eye(self.solute.shape[0], dtype=self.solute.dtype) - self.drag


class SoluteNetwork(eqx.Module):
    r"""The jumps of a vacancy beside a solute, in classes that symmetry tells apart.

    A vacancy next to the solute may exchange with it ($\omega_2$ in the five-frequency
    model), go to another place next to it ($\omega_1$, a rotation), or leave it
    ($\omega_3$, a dissociation; back by $\omega_4$). Everywhere else it jumps as in the
    pure crystal ($\omega_0$).

    **Attributes:**

    - `jumps`: of the vacancy in the pure crystal. Their classes are also those of
        exchanges, and of the places next to the solute.
    - `rotations`, `dissociations`: a name for each class: classes of the places that a
        rotation joins; that of the place left, and how far from the solute (in shortest
        jumps) the vacancy arrives.
    """

    jumps: Jumps
    rotations: tuple[str, ...] = eqx.field(static=True)
    dissociations: tuple[str, ...] = eqx.field(static=True)
    rotation_class: tuple[int, ...] = eqx.field(static=True)
    dissociation_class: tuple[int, ...] = eqx.field(static=True)

    def __init__(self, jumps: Jumps):
        """**Arguments:**

        - `jumps`: of the vacancy; the numbers of its crystal known.

        **Raises:** `ValueError` if the crystal is traced.

        !!! example

            ```python
            jumps = djx.lattice.neighbour_jumps(djx.lattice.fcc(3.6e-10))
            around = djx.lattice.SoluteNetwork(jumps)
            ```
        """
        require_kinds("SoluteNetwork", jumps=(jumps, Jumps))
        self.jumps = jumps
        found = bond_classes(jumps)
        self.rotations, self.rotation_class = found.rotations, found.rotation_class
        self.dissociations = found.dissociations
        self.dissociation_class = found.dissociation_class

    def transport(
        self,
        rates: Numbers,
        *,
        exchange: Numbers | None = None,
        rotation: Numbers | None = None,
        dissociation: Numbers | None = None,
        binding: Numbers = 1.0,
        occupancies: Numbers | None = None,
        preference: Numbers | None = None,
    ) -> SoluteTransport:
        r"""Onsager coefficients, exact in the limit of few solutes and vacancies.

        With the probability $p_x$ of each state $x$ of the pair and the flows
        $k_{xy} = p_x \omega_{xy} = k_{yx}$ between states,

        $$\Lambda_{ab} = \tfrac12 \sum_{xy} k_{xy}\, d^a_{xy} \otimes d^b_{xy}
        - \sum_{xy} c^a_x \otimes (L^+)_{xy}\, c^b_y, \qquad
        c^a_x = \sum_y k_{xy} d^a_{xy}$$

        where $d^a$ is the step of solute or vacancy and $L$ the Laplacian of the flows.
        The rate $\omega_4 = \omega_3 \beta$ of coming near follows from detailed
        balance.

        **Arguments:**

        - `rates`: $\omega_0 > 0$, of the vacancy in the pure crystal, in 1/s; shape
            `(jumps,)`.
        - `exchange`: $\omega_2$, in 1/s; one number, or one per class of `jumps`.
        - `rotation`: $\omega_1$, in 1/s; one number, or one per class. Where the two
            places differ, the geometric mean of both directions; so for `exchange`.
        - `dissociation`: $\omega_3$, in 1/s; one number, or one per class.
        - `binding`: $\beta = \exp(E_b/kT) > 0$, how much likelier than elsewhere the
            vacancy is on a place next to the solute ($E_b > 0$ binds), no unit; one
            number, or one per class of `jumps`.
        - `occupancies`: the probability of each site of a cell to be the one that
            holds the vacancy, in the pure crystal, no unit; shape `(sites,)`. By
            default all alike.
        - `preference`: likewise for the solute.

        Rates not given are those of the pure crystal.

        **Returns:** a [`diffjax.lattice.SoluteTransport`][].

        **Raises:** `ValueError` if shapes do not fit, a rate is negative, or rates and
        occupancies break detailed balance.

        **Error:** as [`diffjax.lattice.correlation_factors`][].

        !!! example

            ```python
            found = around.transport(
                jnp.full(12, 1e9), exchange=1e10, dissociation=5e8, binding=2.0
            )
            found.correlation, found.drag
            ```
        """
        jumps, door = self.jumps, "transport"
        w0 = flows_of(rates, f"{door}(rates=...)", "1/s", len(jumps.source))
        rho = vacancy_occupancies(door, jumps, w0, occupancies)
        sites = jumps.crystal.sites
        if preference is None:
            share = jnp.ones(sites, w0.dtype)
        else:
            share = _row(preference, "preference", "no unit", sites, w0.dtype)
            share = share * sites / jnp.sum(share)
        given = (
            _row(exchange, "exchange", "1/s", len(jumps.names), w0.dtype),
            _row(rotation, "rotation", "1/s", len(self.rotations), w0.dtype),
            _row(
                dissociation, "dissociation", "1/s", len(self.dissociations), w0.dtype
            ),
            _row(binding, "binding", "no unit", len(jumps.names), w0.dtype),
        )
        return _transport(self, w0, rho, share, *given)


def _row(x: Any, name: str, unit: str, count: int, dtype: Any) -> Any:
    """One number for each of some classes, checked where it is known."""
    if x is None:
        return None
    where = f"transport({name}=...)"
    row = real(x) if traced(x) else all_numbers(x, where, unit, ">= 0")
    if row.shape not in ((), (count,)):
        raise ValueError(
            f"`{where}` must be one number, or {count} ({unit}); got shape {row.shape}."
        )
    return jnp.broadcast_to(row, (count,)).astype(dtype)


def steps_on_average(
    jumps: Jumps, flows: Float[Array, " jumps"]
) -> Float[Array, "jumps d"]:
    r"""Jump vectors with each site moved to where its jumps cancel.

    Nothing that is far away is changed by it, and no site sends its walkers anywhere:
    $\sum_{j\text{ from }s} k_j r_j = 0$.

    **Arguments:**

    - `jumps`: the network.
    - `flows`: $k$, in 1/s; shape `(jumps,)`.

    **Returns:** in m; shape `(jumps, d)`.
    """
    source, target = np.array(jumps.source), np.array(jumps.target)
    r, sites = jumps.vectors.astype(flows.dtype), jumps.crystal.sites
    if sites == 1:
        return r
    empty = jnp.zeros((sites, sites), r.dtype)
    laplacian = empty.at[source, source].add(flows).at[source, target].add(-flows)
    sent = jnp.zeros((sites, r.shape[1]), r.dtype)
    moved = response(laplacian, sent.at[source].add(flows[:, None] * r))
    return r + moved[target] - moved[source]


@eqx.filter_jit
def _transport(
    network: SoluteNetwork, rates, rho, share, exchange, rotation, dissociation, binding
) -> SoluteTransport:
    jumps = network.jumps
    source, target = np.array(jumps.source), np.array(jumps.target)
    back, label = np.array(jumps.reverse), np.array(jumps.classes)
    flows = rates * rho[source]
    flows = 0.5 * (flows + flows[back])
    pairs = pair_network(jumps, flows, share, wide=True)
    near, size = pairs.near, pairs.laplacian.shape[0]
    r, even = jumps.vectors.astype(flows.dtype), steps_on_average(jumps, flows)

    # Exchanges: jump k leads the atom along r, and the vacancy back.
    beside = share[source] * rho[target] * binding[label]  # p of the place at its end
    mean = jnp.sqrt(beside * beside[back])
    pure = jnp.sqrt(rates * rates[back])
    swaps = mean * (pure if exchange is None else exchange[label])
    once = np.flatnonzero(np.arange(len(back)) < back)
    laplacian = with_bonds(pairs.laplacian, near[once], near[back[once]], swaps[once])

    # Rotations and dissociations: how the flow of each bond differs from the crystal's.
    ends, ways, atoms, turns = _bonds(jumps, near, pairs.starts)
    owner = {int(place): k for k, place in enumerate(near)}
    first = np.array([owner[int(place)] for place in ends[0]])
    turn = np.flatnonzero(turns)
    leave = np.flatnonzero(~turns)
    second = np.array([owner[int(place)] for place in ends[1][turn]], dtype=int)
    w1 = pure[ways[turn]]
    w3 = rates[ways[leave]]
    if rotation is not None:
        w1 = rotation[np.array(network.rotation_class, dtype=int)]
    if dissociation is not None:
        w3 = dissociation[np.array(network.dissociation_class, dtype=int)]
    now = jnp.zeros(len(ways), flows.dtype)
    now = now.at[turn].set(jnp.sqrt(beside[first[turn]] * beside[second]) * w1)
    now = now.at[leave].set(beside[first[leave]] * w3)
    change = now - share[atoms] * flows[ways]
    laplacian = with_bonds(laplacian, ends[0], ends[1], change)

    # What each place sends the solute and the vacancy on the average.
    lost = share[source] * flows  # the bonds to the solute's own site
    pull = swaps[:, None] * r
    solute = jnp.zeros((size, r.shape[1]), r.dtype).at[near].add(pull)
    flow = change[:, None] * even[ways]
    vacancy = jnp.zeros_like(solute).at[near].add((lost - swaps)[:, None] * even)
    vacancy = vacancy.at[ends[0]].add(flow).at[ends[1]].add(-flow)
    answer = response(laplacian, jnp.concatenate([solute, vacancy], axis=1))
    to_solute, to_vacancy = jnp.split(answer, 2, axis=1)

    product = lambda k, a, b: jnp.einsum("j,ja,jb->ab", k, a, b)
    both = lambda x: 0.5 * (x + x.T)
    direct = product(change, even[ways], even[ways])
    direct = direct + product(0.5 * swaps - lost, even, even)
    return SoluteTransport(
        solute=both(0.5 * product(swaps, r, r) - solute.T @ to_solute),
        cross=-0.5 * product(swaps, r, even) - solute.T @ to_vacancy,
        vacancy=0.5 * product(flows, even, even),
        vacancy_change=both(direct - vacancy.T @ to_vacancy),
        memoryless=bare_diffusivity(jumps, swaps, jnp.ones_like(share)),
    )


def _bonds(jumps: Jumps, near: np.ndarray, starts: tuple[int, ...]):
    """Both ends of each bond, its jump, the atom's site, and whether it rotates."""
    ends, ways, atoms, turns = [], [], [], []
    for site, block in enumerate(blocks_of(jumps, wide=True)):
        for bond in block.bonds:
            ends.append((starts[site] + bond.first - 1, starts[site] + bond.second - 1))
            ways.append(bond.jump)
            atoms.append(site)
            turns.append(bond.second <= len(block.jumps))
    return np.array(ends).T, np.array(ways), np.array(atoms), np.array(turns)
