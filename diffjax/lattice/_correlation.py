"""Correlation of an atom's successive jumps into one vacancy."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .._checks import require, require_kinds, traced
from .._shapes import Numbers
from ._green import flows_of
from ._jumps import Jumps
from ._network import bare_diffusivity, require_connected
from ._pairs import pair_network, response, with_bonds


def tracer_diffusivity(
    jumps: Jumps, rates: Numbers, occupancies: Numbers | None = None
) -> Float[Array, "d d"]:
    r"""The diffusivity of a tagged atom by vacancies, for a vacancy fraction of 1.

    $$D^* = f_v\, D_1$$

    $D_1$ is what is returned, exact in the limit of few vacancies ($f_v$ is their site
    fraction). The vacancy that has moved the atom is its neighbour, and likely to move
    it back: this memory is what makes the atom slower than its vacancies.

    **Arguments:**

    - `jumps`: of the vacancy.
    - `rates`: $\omega > 0$, of the vacancy, in 1/s, in detailed balance; shape
        `(jumps,)`.
    - `occupancies`: $\rho > 0$, the probability that the vacancy stands on each site of
        a cell, no unit; shape `(sites,)`. By default all alike.

    **Returns:** $D_1$, in m²/s, symmetric; shape `(d, d)`.

    **Raises:** `ValueError` as [`diffjax.lattice.correlation_factors`][].
    """
    w, rho = _given("tracer_diffusivity", jumps, rates, occupancies)
    return jnp.sum(_by_class(jumps, w, rho)[0], axis=0)


def correlation_factors(
    jumps: Jumps, rates: Numbers, occupancies: Numbers | None = None
) -> Float[Array, "d d"]:
    r"""The correlation factor of the vacancy mechanism, as a tensor.

    $$D^* = f\, D_v\, f_v$$

    $D^*$ is the diffusivity of a tagged atom, $f_v$ the site fraction of vacancies, and
    $D_v$ the diffusivity of one vacancy ([`diffjax.lattice.network_diffusivity`][]):
    $D_v f_v$ is what the atom would have if a new vacancy came for each jump. $f$ is a
    product of matrices; it is symmetric where crystal axes fix those of both tensors,
    that is, down to orthorhombic crystals.

    Found without a series and without a limit: for places of the vacancy relative to
    the atom, the rest of the crystal is replaced by its equivalent network
    ([`diffjax.lattice.green_function`][]), and a small linear system is left.

    **Arguments:**

    - `jumps`: of the vacancy.
    - `rates`: $\omega > 0$, of the vacancy, in 1/s, in detailed balance; only ratios
        count; shape `(jumps,)`.
    - `occupancies`: $\rho > 0$, the probability that the vacancy stands on each site of
        a cell, no unit; shape `(sites,)`. By default all alike.

    **Returns:** $f$, no unit; shape `(d, d)`.

    **Raises:** `ValueError` if shapes do not fit, a rate is negative, rates and
    occupancies break detailed balance, or the network does not connect.

    **Error:** below 1e-8 while rates differ by less than a factor 100.

    !!! example

        ```python
        jumps = djx.lattice.neighbour_jumps(djx.lattice.hcp(3.2e-10))
        f = djx.lattice.correlation_factors(jumps, jnp.ones(len(jumps.source)))
        ```
    """
    w, rho = _given("correlation_factors", jumps, rates, occupancies)
    return _factors(jumps, w, rho)


def correlation_factor(
    jumps: Jumps, rates: Numbers, occupancies: Numbers | None = None
) -> Float[Array, ""]:
    r"""The correlation factor of a crystal that has only one, such as a cubic one.

    $$f = \tfrac1d\, \mathrm{tr} f_{ij}$$

    **Arguments:**

    - `jumps`, `rates`, `occupancies`: as for [`diffjax.lattice.correlation_factors`][].

    **Returns:** $f$, no unit; a scalar.

    **Raises:** `ValueError` as there, or if `rates` are known and make $f$ differ
    between directions.
    """
    w, rho = _given("correlation_factor", jumps, rates, occupancies)
    f = _factors(jumps, w, rho)
    mean = jnp.trace(f) / f.shape[0]
    if not traced(f):
        off = np.max(abs(np.asarray(f) - float(mean) * np.eye(f.shape[0])))
        require(
            None,
            off < (1e-6 if f.dtype == jnp.float64 else 1e-3),
            "`correlation_factor(jumps=..., rates=...)` must have one factor for all "
            "directions (no unit); use `correlation_factors` for the tensor.",
        )
    return mean


def partial_correlation_factors(
    jumps: Jumps, rates: Numbers, occupancies: Numbers | None = None
) -> Float[Array, "classes d"]:
    r"""The correlation factor of each class of jumps, along each axis.

    $$D^*_{ii} = f_v \sum_c f_{c,i}\, \tfrac12 \sum_{j \in c} k_j\, r_{j,i}^2$$

    with the flows $k_j = \rho_s \omega_j$. In hcp with jumps a in the basal plane and b
    out of it, $D_\perp = \tfrac12 a^2 f_v (3 f_{a,x} \omega_a + f_{b,x} \omega_b)$ and
    $D_\parallel = \tfrac34 c^2 f_v f_{b,z}\, \omega_b$.

    **Arguments:**

    - `jumps`, `rates`, `occupancies`: as for [`diffjax.lattice.correlation_factors`][].

    **Returns:**

    $f_{c,i}$, no unit; 1 where no jump of the class moves along the axis; shape
    `(classes, d)`.

    **Raises:** `ValueError` as there.
    """
    w, rho = _given("partial_correlation_factors", jumps, rates, occupancies)
    with_memory, without = (
        jnp.diagonal(x, axis1=1, axis2=2) for x in _by_class(jumps, w, rho)
    )
    # Along an axis that a class does not move on, round-off of its vectors is left.
    largest = jnp.max(without, axis=1, keepdims=True)
    moves = without > 1e-12 * largest
    return jnp.where(moves, with_memory / jnp.where(moves, without, 1), 1)


def _given(door: str, jumps: Jumps, rates: Numbers, occupancies: Numbers | None):
    """Rates and occupancies, converted and checked."""
    require_kinds(door, jumps=(jumps, Jumps))
    w = flows_of(rates, f"{door}(rates=...)", "1/s", len(jumps.source))
    rho = vacancy_occupancies(door, jumps, w, occupancies)
    return w, rho


def vacancy_occupancies(
    door: str, jumps: Jumps, rates: Float[Array, " jumps"], given: Numbers | None
) -> Float[Array, " sites"]:
    """The probability of each site to hold the vacancy, checked against its rates.

    **Arguments:**

    - `door`: the function's name.
    - `jumps`, `rates`: of the vacancy, in 1/s.
    - `given`: what was passed, no unit; `None` for all alike.

    **Raises:** `ValueError` if the network does not connect, or the numbers break
    detailed balance.
    """
    sites = jumps.crystal.sites
    require_connected(jumps, None if traced(rates) else np.asarray(rates) > 0)
    if given is None:
        rho = jnp.full(sites, 1 / sites, dtype=rates.dtype)
    else:
        rho = flows_of(given, f"{door}(occupancies=...)", "no unit", sites)
        rho = rho.astype(rates.dtype)
    if not traced(rates, rho):
        flows = np.asarray(rates) * np.asarray(rho)[np.array(jumps.source)]
        back = flows[np.array(jumps.reverse)]
        loose = 1e-9 if rates.dtype == jnp.float64 else 1e-4
        require(
            None,
            bool(np.all(np.asarray(rho) > 0))
            and bool(np.all(abs(flows - back) <= loose * np.maximum(flows, back))),
            f"`{door}(rates=..., occupancies=...)` must be in detailed balance, with "
            "occupancies > 0: what flows by a jump (1/s) flows back by its reverse.",
        )
    return rho


@eqx.filter_jit
def _factors(jumps, rates, occupancies) -> Float[Array, "d d"]:
    tracer = jnp.sum(_by_class(jumps, rates, occupancies)[0], axis=0)
    vacancy = bare_diffusivity(jumps, rates, occupancies)
    # D* D_v^-1, both symmetric.
    return jnp.linalg.solve(vacancy, tracer).T


@eqx.filter_jit
def _by_class(
    jumps: Jumps, rates: Float[Array, " jumps"], occupancies: Float[Array, " sites"]
) -> tuple[Float[Array, "classes d d"], Float[Array, "classes d d"]]:
    """What each class of jumps adds to the tracer's diffusivity, with its memory and
    without, in m²/s."""
    source, back = np.array(jumps.source), np.array(jumps.reverse)
    flows = rates * occupancies[source]
    flows = 0.5 * (flows + flows[back])
    r = jumps.vectors.astype(rates.dtype)
    pairs = pair_network(jumps, flows, jnp.ones_like(occupancies), wide=False)
    once = np.flatnonzero(np.arange(len(back)) < back)
    network = with_bonds(
        pairs.laplacian, pairs.near[once], pairs.near[back[once]], flows[once]
    )
    drive = flows[:, None] * r
    answer = response(network, jnp.zeros_like(drive).at[pairs.near].set(drive))
    direct = 0.5 * jnp.einsum("j,ja,jb->jab", flows, r, r)
    memory = jnp.einsum("ja,jb->jab", drive, answer[pairs.near])
    memory = 0.5 * (memory + jnp.swapaxes(memory, 1, 2))
    count, classes = len(jumps.names), np.array(jumps.classes)
    empty = jnp.zeros((count, *direct.shape[1:]), direct.dtype)
    without = empty.at[classes].add(direct)
    return without + empty.at[classes].add(-memory), without
