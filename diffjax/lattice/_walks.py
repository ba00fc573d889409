"""Kinetic Monte Carlo: walks drawn at random, which know of no formula."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .._checks import all_numbers, require_kinds
from .._shapes import Numbers
from ._jumps import Jumps


class Walk(eqx.Module):
    """What walkers found.

    **Attributes:**

    - `diffusivity`: in m²/s; shape `(d, d)`.
    - `stderr`: its standard error, from walkers that do not know of each other, in
        m²/s; shape `(d, d)`.
    - `hops`: how many were drawn.
    """

    diffusivity: Float[Array, "d d"]
    stderr: Float[Array, "d d"]
    hops: int = eqx.field(static=True)


def random_walk(
    jumps: Jumps, rates: Numbers, hops: int = 2000, walkers: int = 1000, seed: int = 0
) -> Walk:
    r"""The diffusivity of one particle on a network, from walks drawn at random.

    Whenever a walker is back on the kind of site it began on, its walk begins anew. The
    parts between are independent, so that

    $$D = \frac{\langle \Delta r\, \Delta r^T \rangle}{2 \langle \Delta t \rangle}$$

    over them has no bias from walks that end. Times are mean times of residence.

    **Arguments:**

    - `jumps`: the network.
    - `rates`: $\omega > 0$ of each jump, in 1/s, in detailed balance; shape
        `(jumps,)`.
    - `hops`: of each walker.
    - `walkers`: how many.
    - `seed`: the same one gives the same numbers.

    **Returns:** a [`diffjax.lattice.Walk`][].

    **Raises:** `ValueError` if rates do not fit, or a number is not an integer >= 2.
    """
    w = _rates("random_walk", jumps, rates)
    _counts("random_walk", hops=hops, walkers=walkers)
    pairs, times = _random(jumps, w, hops, walkers, jax.random.key(seed))
    return _walk(pairs, times, hops * walkers)


def vacancy_walk(
    jumps: Jumps,
    rates: Numbers,
    cells: int = 16,
    hops: int = 8000,
    walkers: int = 256,
    seed: int = 0,
) -> Walk:
    r"""The tracer diffusivity that one vacancy brings about, per site fraction of it.

    Each walker is a vacancy in a periodic block, and every atom of it is a tracer:

    $$\frac{D^*}{f_v} = \frac{\langle \sum_{atoms} \Delta r\, \Delta r^T \rangle}
    {2 \langle t \rangle}$$

    Over its value without memory it is the correlation factor.

    **Arguments:** as in [`diffjax.lattice.random_walk`][], where

    - `rates`: of the jumps of a vacancy, in 1/s; shape `(jumps,)`.
    - `cells`: of the block along each lattice vector.

    **Returns:** a [`diffjax.lattice.Walk`][].

    **Raises:** `ValueError` if rates do not fit, or a number is not an integer >= 2.

    **Error:** beside that of counting, of the order of one over the sites of the block,
    and too large by what a walk without a past has not yet been sent back: of the order
    of one over `hops` in three dimensions, more in two (1 % after 500 hops on a square
    lattice, 0.3 % after 4000).
    """
    w = _rates("vacancy_walk", jumps, rates)
    _counts("vacancy_walk", cells=cells, hops=hops, walkers=walkers)
    pairs, times = _vacancy(jumps, w, cells, hops, walkers, jax.random.key(seed))
    return _walk(pairs, times, hops * walkers)


def _walk(pairs: Array, times: Array, hops: int) -> Walk:
    """The ratio of means over walkers, and its error."""
    total = jnp.mean(times)
    value = jnp.mean(pairs, axis=0) / (2 * total)
    off = pairs / (2 * total) - jnp.multiply.outer(times / total, value)
    error = jnp.sqrt(jnp.mean(off**2, axis=0) / (times.size - 1))
    return Walk(value, error, hops)


def _tables(jumps: Jumps, rates: Array) -> tuple[np.ndarray, Array, Array]:
    """By site: its jumps, the chance of each summed up, and the time of residence."""
    source = np.array(jumps.source)
    lists = [np.flatnonzero(source == s) for s in range(jumps.crystal.sites)]
    most = max(map(len, lists))
    leave = np.stack([np.pad(k, (0, most - len(k)), mode="edge") for k in lists])
    real = np.stack([np.arange(most) < len(k) for k in lists])
    chosen = jnp.where(real, rates[leave], 0)
    total = jnp.sum(chosen, axis=1)
    chance = jnp.cumsum(chosen, axis=1) / total[:, None]
    # A number drawn is below 1: the last jump that is one takes what rounding leaves.
    last = jnp.asarray(np.arange(most) >= real.sum(1)[:, None] - 1)
    return leave, jnp.where(last, 2.0, chance).astype(jnp.float32), 1 / total


def _drawn(chance: Array, site: Array, key: Array) -> Array:
    u = jax.random.uniform(key, site.shape, dtype=jnp.float32)
    return jnp.sum(u[:, None] >= chance[site], axis=1, dtype=jnp.int32)


@eqx.filter_jit
def _random(jumps, rates, hops, walkers, key):
    leave, chance, stay = _tables(jumps, rates)
    r, target = jumps.vectors.astype(rates.dtype), jnp.array(jumps.target)
    d, first = r.shape[1], key

    def hop(step, carry):
        site, away, since, pairs, time = carry
        k = jnp.array(leave)[
            site, _drawn(chance, site, jax.random.fold_in(first, step))
        ]
        away, since, site = away + r[k], since + stay[site], target[k]
        back = site == 0
        more = jnp.where(back[:, None, None], away[:, :, None] * away[:, None, :], 0)
        pairs, time = pairs + more, time + jnp.where(back, since, 0)
        away = jnp.where(back[:, None], 0, away)
        return site, away, jnp.where(back, 0, since), pairs, time

    zero = jnp.zeros(walkers, rates.dtype)
    start = jnp.zeros(walkers, target.dtype), jnp.zeros((walkers, d), rates.dtype)
    start = (*start, zero, jnp.zeros((walkers, d, d), rates.dtype), zero)
    return jax.lax.fori_loop(0, hops, hop, start)[3:]


@eqx.filter_jit
def _vacancy(jumps, rates, cells, hops, walkers, key):
    leave, chance, stay = _tables(jumps, rates)
    r, target = jumps.vectors.astype(rates.dtype), jnp.array(jumps.target)
    d, sites, steps = r.shape[1], jumps.crystal.sites, jnp.array(jumps.cells)
    lanes, size = jnp.arange(walkers), jnp.array([cells**k for k in range(d)])

    def hop(step, carry):
        site, cell, moved, time = carry
        k = jnp.array(leave)[site, _drawn(chance, site, jax.random.fold_in(key, step))]
        there, new = target[k], (cell + steps[k]) % cells
        here = cell @ size * sites + site
        came = new @ size * sites + there
        moved = moved.at[lanes, here].set(moved[lanes, came] - r[k])
        moved = moved.at[lanes, came].set(0)
        return there, new, moved, time + stay[site]

    moved = jnp.zeros((walkers, sites * cells**d, d), rates.dtype)
    site = jax.random.randint(jax.random.fold_in(key, hops), (walkers,), 0, sites)
    start = site.astype(target.dtype), jnp.zeros((walkers, d), steps.dtype), moved
    _, _, moved, time = jax.lax.fori_loop(
        0, hops, hop, (*start, jnp.zeros(walkers, rates.dtype))
    )
    return jnp.einsum("wsa,wsb->wab", moved, moved), time


def _rates(door: str, jumps: Jumps, rates: Numbers) -> Float[Array, " jumps"]:
    require_kinds(door, jumps=(jumps, Jumps))
    w = all_numbers(rates, f"{door}(rates=...)", "1/s", "> 0")
    if w.shape != (len(jumps.source),):
        raise ValueError(
            f"`{door}(rates=...)` must have shape `({len(jumps.source)},)` (1/s); got "
            f"{w.shape}."
        )
    return w


def _counts(door: str, **counts: int) -> None:
    for name, count in counts.items():
        if isinstance(count, bool) or not isinstance(count, int) or count < 2:
            raise ValueError(
                f"`{door}({name}=...)` must be an integer >= 2; got {count!r}."
            )
