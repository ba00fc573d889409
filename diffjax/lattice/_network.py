"""The diffusivity of a network of jumps, without memory from one jump to the next."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .._checks import all_numbers, finite, known, require, require_kinds, traced
from .._shapes import Numbers
from ._jumps import Jumps


def network_diffusivity(
    jumps: Jumps, rates: Numbers, occupancies: Numbers | None = None
) -> Float[Array, "d d"]:
    r"""The bare diffusivity of one particle on a network; exact for any kinds of sites.

    With the flows $k_j = \rho_{s(j)}\, \omega_j$ of equilibrium, the steps
    $c_s = \sum_{j\text{ from }s} k_j r_j$ that a site sends its atom on the average,
    and the Laplacian $L$ of the flows between the sites of a cell (the mass transport
    matrix, with its pseudo-inverse),

    $$D = \tfrac12 \sum_j k_j\, r_j r_j^T - \sum_{s t} c_s\, L^+_{s t}\, c_t^T$$

    The second part is what an atom loses by coming back where sites are not centres of
    symmetry. For one kind of site it vanishes:
    $D = \tfrac12 \sum_k \Gamma_k r_k r_k^T$.

    **Arguments:**

    - `jumps`: the network.
    - `rates`: $\omega \ge 0$, in 1/s; shape `(jumps,)`.
    - `occupancies`: $\rho > 0$, the probability of each site, no unit; shape
        `(sites,)`. By default all alike.

    **Returns:** $D$, in m²/s, symmetric; shape `(d, d)`.

    **Raises:** `ValueError` if shapes do not fit, a rate is negative, rates and
    occupancies break detailed balance, or the network does not connect: the sentence
    says which direction no jump reaches.

    **Error:** round-off.

    !!! example

        ```python
        jumps = djx.lattice.neighbour_jumps(djx.lattice.fcc(3.6e-10))
        djx.lattice.network_diffusivity(jumps, jnp.full(12, 1e9))
        ```
    """
    require_kinds("network_diffusivity", jumps=(jumps, Jumps))
    w = _row(rates, "rates", "1/s", ">= 0", len(jumps.source))
    sites = jumps.crystal.sites
    if occupancies is None:
        rho = jnp.full(sites, 1 / sites, dtype=w.dtype)
    else:
        rho = _row(occupancies, "occupancies", "no unit", "> 0", sites)
    require_connected(jumps, None if traced(w) else known(w) > 0)
    if not traced(w, rho):
        _require_balance(jumps, known(w), known(rho))
    return bare_diffusivity(jumps, w, rho.astype(w.dtype))


def require_connected(jumps: Jumps, open: np.ndarray | None = None) -> None:
    """Asks that jumps lead everywhere.

    **Arguments:**

    - `jumps`: the network.
    - `open`: which jumps are made at all; shape `(jumps,)`. By default all.

    **Raises:** `ValueError` that names the sites, or the direction, out of reach.
    """
    made = [k for k in range(len(jumps.source)) if open is None or open[k]]
    # A walk over the sites of one cell that remembers how far it has come.
    place = {0: np.zeros(jumps.crystal.dimension, dtype=int)}
    waiting = [0]
    while waiting:
        here = waiting.pop()
        for k in made:
            if jumps.source[k] == here and jumps.target[k] not in place:
                place[jumps.target[k]] = place[here] + jumps.cells[k]
                waiting.append(jumps.target[k])
    apart = [s for s in range(jumps.crystal.sites) if s not in place]
    require(
        None,
        not apart,
        f"the network of jumps does not connect: from site 0 none leads to "
        f"{', '.join(map(str, apart))}.",
    )
    loops = [
        place[jumps.source[k]] + jumps.cells[k] - place[jumps.target[k]] for k in made
    ]
    _, sizes, ways = np.linalg.svd(
        np.array(loops, dtype=float).reshape(-1, jumps.crystal.dimension)
    )
    rank = int(np.sum(sizes > 1e-9))
    if rank < jumps.crystal.dimension and not traced(jumps.crystal.vectors):
        # Across all translations n . A: the rest of space, in Cartesian components.
        reached = ways[:rank] @ np.asarray(known(jumps.crystal.vectors), float)
        lost = np.linalg.svd(
            np.concatenate([reached, np.zeros((1, jumps.crystal.dimension))])
        )[2][-1]
        lost = lost * np.sign(lost[np.argmax(abs(lost))])
        raise ValueError(
            "the network of jumps does not connect: no jumps lead on along "
            f"({', '.join(f'{x:.3g}' for x in lost + 0.0)}), so that the diffusivity "
            "in this direction is zero."
        )


@eqx.filter_jit
def bare_diffusivity(
    jumps: Jumps, rates: Float[Array, " jumps"], occupancies: Float[Array, " sites"]
) -> Float[Array, "d d"]:
    """As [`diffjax.lattice.network_diffusivity`][], without its checks.

    **Arguments:**

    - `jumps`, `rates`, `occupancies`: as there.

    **Returns:** $D$, in m²/s; shape `(d, d)`.
    """
    source, target = np.array(jumps.source), np.array(jumps.target)
    sites = jumps.crystal.sites
    r = jumps.vectors.astype(rates.dtype)
    flows = rates * occupancies[source]
    direct = 0.5 * jnp.einsum("j,ja,jb->ab", flows, r, r)
    if sites == 1:
        return direct
    steps = jnp.zeros((sites, r.shape[1]), r.dtype).at[source].add(flows[:, None] * r)
    # In units of the largest flow, so that float32 has room.
    size = jax.lax.stop_gradient(jnp.max(flows))
    size = jnp.where(size > 0, size, 1)
    share = flows / size
    laplacian = jnp.zeros((sites, sites), r.dtype)
    laplacian = laplacian.at[source, source].add(share).at[source, target].add(-share)
    # The pseudo-inverse on all but the constants, which steps do not hold.
    filled = laplacian + 1 / sites
    back = jnp.linalg.solve(filled, steps) / size
    back = direct - jnp.einsum("sa,sb->ab", steps, back)
    return 0.5 * (back + back.T)


def _row(x: Numbers, name: str, unit: str, sign: str, size: int) -> Float[Array, " n"]:
    where = f"network_diffusivity({name}=...)"
    row = all_numbers(x, where, unit, sign) if not traced(x) else jnp.asarray(x)
    if row.shape != (size,):
        raise ValueError(
            f"`{where}` must have shape `({size},)` ({unit}); got {row.shape}."
        )
    return row


def _require_balance(jumps: Jumps, rates: np.ndarray, occupancies: np.ndarray) -> None:
    flows = rates * occupancies[np.array(jumps.source)]
    back = flows[np.array(jumps.reverse)]
    loose = 1e-9 if rates.dtype == np.float64 else 1e-4
    bad = np.flatnonzero(abs(flows - back) > loose * np.maximum(flows, back))
    require(
        None,
        bad.size == 0 and bool(np.all(finite(flows))),
        lambda: (
            "`network_diffusivity(rates=..., occupancies=...)` must be in detailed "
            f"balance; jump {bad[0]} carries {flows[bad[0]]:.6g} 1/s and its reverse "
            f"{back[bad[0]]:.6g}."
        ),
    )
