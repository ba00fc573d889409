"""Kinetic Monte Carlo: walks drawn at random, which know of no formula."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .._shapes import Numbers
from ._hopping import (
    counts,
    equilibrium,
    hops_of,
    key_of,
    Progress,
    rates_of,
    run,
    starts,
)
from ._jumps import Jumps
from ._network import bare_diffusivity


class Walk(eqx.Module):
    r"""What walkers found.

    The correlation factor is $f = D\, D_0^{-1}$ with $D_0$, what the same hops bring
    about if each forgets those before it: for a vacancy's tracer the diffusivity of
    the vacancy, for one particle $\tfrac12 \sum_j \rho_s \omega_j\, r_j r_j^T$.

    Standard errors are from walkers that do not know of each other.

    **Attributes:**

    - `diffusivity`: in m²/s; shape `(d, d)`.
    - `stderr`: its standard error, in m²/s; shape `(d, d)`.
    - `correlation`: $f$, no unit; shape `(d, d)`.
    - `correlation_stderr`: its standard error; shape `(d, d)`.
    - `factor`: $\tfrac1d \mathrm{tr} f$, the one number of a cubic crystal; a scalar.
    - `factor_stderr`: its standard error; a scalar.
    - `time`: simulated, all walkers together, in s; a scalar.
    - `hops`: how many were drawn.
    """

    diffusivity: Float[Array, "d d"]
    stderr: Float[Array, "d d"]
    correlation: Float[Array, "d d"]
    correlation_stderr: Float[Array, "d d"]
    factor: Float[Array, ""]
    factor_stderr: Float[Array, ""]
    time: Float[Array, ""]
    hops: int = eqx.field(static=True)


def random_walk(
    jumps: Jumps,
    rates: Numbers,
    hops: int = 2000,
    walkers: int = 1000,
    seed: int | Array = 0,
    progress: Progress = False,
) -> Walk:
    r"""The diffusivity of one particle on a network, from walks drawn at random.

    Whenever a walker is back on the kind of site it began on, its walk begins anew. The
    parts between are independent, so that

    $$D = \frac{\langle \Delta r\, \Delta r^T \rangle}{2 \langle \Delta t \rangle}$$

    over them has no bias from walks that end. Times are mean times of residence.

    **Arguments:**

    - `jumps`: the network.
    - `rates`: $\omega > 0$ of each jump, in 1/s, in detailed balance; shape
        `(jumps,)`. Traced ones, as under `jax.vmap`, are not checked for balance.
    - `hops`: of each walker.
    - `walkers`: how many.
    - `seed`: an integer, or a key of JAX; the same one gives the same numbers.
    - `progress`: whether to show a bar on the terminal, or a function that is called
        with the part done, from 0 to 1; neither within a compiled function.

    **Returns:** a [`diffjax.lattice.Walk`][].

    **Raises:** `ValueError` if rates do not fit or break detailed balance (the sentence
    names the pair of jumps), or a number is not an integer >= 2.
    """
    door = "random_walk"
    w = rates_of(door, jumps, rates)
    counts(door, hops=hops, walkers=walkers)
    key, rho = key_of(door, seed), equilibrium(door, jumps, w)
    d, zero = jumps.vectors.shape[1], jnp.zeros(walkers, w.dtype)
    state = jnp.zeros(walkers, jnp.int32), jnp.zeros((walkers, d), w.dtype), zero
    state = (*state, jnp.zeros((walkers, d, d), w.dtype), zero, zero)
    advance = functools.partial(_random, jumps, w, key)
    state = run(advance, state, 0, hops, progress, hops)
    pairs, time, lasted = state[3:]
    return _walk(jumps, w, rho, pairs, time, lasted, hops * walkers, True)


def vacancy_walk(
    jumps: Jumps,
    rates: Numbers,
    cells: int = 16,
    hops: int = 8000,
    walkers: int = 256,
    seed: int | Array = 0,
    progress: Progress = False,
) -> Walk:
    r"""The tracer diffusivity that one vacancy brings about, per site fraction of it.

    Each walker is a vacancy in a periodic block, and every atom of it is a tracer. The
    slope over the second half of the walk is taken,

    $$\frac{D^*}{f_v} = \frac{S(t) - S(t_{1/2})}{2 \langle t - t_{1/2} \rangle}, \qquad
    S(t) = \Big\langle \sum_{atoms} \Delta r(t)\, \Delta r(t)^T \Big\rangle$$

    which leaves out what atoms move before the vacancy is sent back the first time.
    The vacancy starts in equilibrium, and an atom counts from where it stood then.

    **Arguments:** as in [`diffjax.lattice.random_walk`][], where

    - `rates`: of the jumps of a vacancy, in 1/s; shape `(jumps,)`.
    - `cells`: of the block along each lattice vector.

    **Returns:** a [`diffjax.lattice.Walk`][].

    **Raises:** `ValueError` if rates do not fit or break detailed balance (the sentence
    names the pair of jumps), a number is not an integer >= 2, or a walk goes round its
    block so often that displacements outgrow their integers.

    **Error:** beside that of counting, of the order of one over the sites of the block,
    and of one over `hops`.
    """
    door = "vacancy_walk"
    w = rates_of(door, jumps, rates)
    counts(door, cells=cells, hops=hops, walkers=walkers)
    key, rho = key_of(door, seed), equilibrium(door, jumps, w)
    d, sites = jumps.crystal.dimension, jumps.crystal.sites
    bits, low = _bits(sites, d)
    longest = max(abs(n) for cell in jumps.cells for n in cell) or 1
    # Twelve times the spread of an atom's hops stays within its integers.
    most = int((2 ** (bits - 1) / (12 * longest)) ** 2 * sites * cells**d)
    if hops > most:
        raise ValueError(
            f"`vacancy_walk(hops=...)` must be at most {most} in a block of "
            f"{sites * cells**d} sites; got {hops}. Take more walkers or cells."
        )
    state = _begin(jumps, w, rho, cells, walkers, jax.random.fold_in(key, hops))
    advance = functools.partial(_vacancy, jumps, w, cells, key)
    half = run(advance, state, 0, hops // 2, progress, hops)
    full = run(advance, half, hops // 2, hops, progress, hops)
    pairs, time = _spread(jumps, w, cells, *full)
    before, earlier = _spread(jumps, w, cells, *half)
    drawn = hops * walkers
    return _walk(jumps, w, rho, pairs - before, time - earlier, time, drawn, False)


@eqx.filter_jit
def _walk(jumps, rates, rho, pairs, times, lasted, hops, alone) -> Walk:
    """The ratio of means over walkers, and its error."""
    r = jumps.vectors.astype(rates.dtype)
    flows = rates * rho[np.array(jumps.source)]
    plain = 0.5 * jnp.einsum("j,ja,jb->ab", flows, r, r)
    plain = plain if alone else bare_diffusivity(jumps, rates, rho)
    total = jnp.mean(times)
    value = jnp.mean(pairs, axis=0) / (2 * total)
    off = pairs / (2 * total) - jnp.multiply.outer(times / total, value)
    error = lambda x: jnp.sqrt(jnp.mean(x**2, axis=0) / (times.size - 1))
    forget = jnp.linalg.inv(plain)
    f, off_f = value @ forget, off @ forget
    mean = lambda x: jnp.trace(x, axis1=-2, axis2=-1) / r.shape[1]
    tensors = value, error(off), f, error(off_f), mean(f), error(mean(off_f))
    return Walk(*tensors, jnp.sum(lasted), hops)


@eqx.filter_jit
def _random(jumps, rates, key, state, begin, end):
    d = jumps.crystal.dimension
    table = hops_of(jumps, rates, (1,) * d)
    r = jumps.vectors.astype(rates.dtype)

    def hop(step, carry):
        site, away, since, pairs, time, lasted = carry
        site, k, stay = table.draw(site, jax.random.fold_in(key, step))
        away, since, lasted = away + r[k], since + stay, lasted + stay
        back = site == 0
        more = jnp.where(back[:, None, None], away[:, :, None] * away[:, None, :], 0)
        pairs, time = pairs + more, time + jnp.where(back, since, 0)
        away = jnp.where(back[:, None], 0, away)
        return site, away, jnp.where(back, 0, since), pairs, time, lasted

    return jax.lax.fori_loop(begin, end, hop, state)


def _bits(sites: int, d: int) -> tuple[int, int]:
    """Bits of 32 for each lattice vector of a displacement, and for where it began."""
    low = (sites - 1).bit_length()
    return min(16, (32 - low) // d), low


@eqx.filter_jit
def _begin(jumps, rates, rho, cells, walkers, key):
    """Vacancies, the time, and of each site's atom the site of its cell it began on."""
    d, sites = jumps.crystal.dimension, jumps.crystal.sites
    out = jnp.zeros(sites, rates.dtype).at[np.array(jumps.source)].add(rates)
    # Hops are counted, not time: a site is met as often as it is left.
    here = starts(rho * out, walkers, key)
    origin = np.tile(np.arange(sites, dtype=np.int32), cells**d)
    moved = jnp.broadcast_to(jnp.asarray(origin), (walkers, origin.size))
    return here, moved, jnp.zeros(walkers, rates.dtype)


@eqx.filter_jit
def _vacancy(jumps, rates, cells, key, state, begin, end):
    d = jumps.crystal.dimension
    table = hops_of(jumps, rates, (cells,) * d)
    bits, low = _bits(jumps.crystal.sites, d)
    # One integer holds the displacement of an atom, in cells: they add all at once.
    packed = np.array(jumps.cells, np.int64) @ (1 << (low + bits * np.arange(d)))
    packed = jnp.asarray(packed.astype(np.int32))
    lanes = jnp.arange(state[0].size)

    def hop(step, carry):
        here, moved, time = carry
        there, k, stay = table.draw(here, jax.random.fold_in(key, step))
        moved = moved.at[lanes, here].set(
            moved[lanes, there] - packed[k],
            unique_indices=True,
            mode="promise_in_bounds",
        )
        return there, moved, time + stay

    return jax.lax.fori_loop(begin, end, hop, state)


@eqx.filter_jit
def _spread(jumps, rates, cells, here, moved, time):
    """Of each walker: displacements squared, summed over atoms, and the time."""
    d, sites = jumps.crystal.dimension, jumps.crystal.sites
    bits, low = _bits(sites, d)
    middle = sum(1 << (low + bits * k + bits - 1) for k in range(d))
    raised = moved.astype(jnp.uint32) + np.uint32(middle % 2**32)
    field = lambda k: (raised >> (low + bits * k)) & np.uint32(2**bits - 1)
    n = jnp.stack([field(k).astype(jnp.int32) for k in range(d)], axis=-1)
    n = (n - 2 ** (bits - 1)).astype(rates.dtype)
    began = (moved.astype(jnp.uint32) & np.uint32(2**low - 1)).astype(jnp.int32)
    u = jumps.crystal.basis.astype(rates.dtype)
    now = jnp.asarray(np.tile(np.arange(sites), cells**d))
    r = (n + u[now][None] - u[began]) @ jumps.crystal.vectors.astype(rates.dtype)
    # No atom stands where the vacancy does.
    atom = jnp.arange(moved.shape[1], dtype=jnp.int32)[None, :] != here[:, None]
    r = jnp.where(atom[:, :, None], r, 0)
    return jnp.einsum("wsa,wsb->wab", r, r), time
