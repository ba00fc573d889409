"""Walks in a potential, and under a force: where walkers stand, and how they drift."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from .._checks import all_numbers, one_number
from .._constants import BOLTZMANN_EV
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


class Drift(eqx.Module):
    """What walkers in a potential found.

    Standard errors are from walkers that do not know of each other.

    **Attributes:**

    - `velocity`: mean displacement over mean time, in m/s; shape `(d,)`.
    - `velocity_stderr`: its standard error, in m/s; shape `(d,)`.
    - `occupation`: the part of the time spent on each site of the block, no unit; as
        the potential, shape `(*cells, sites)`.
    - `occupation_stderr`: its standard error; as the occupation.
    - `time`: simulated, all walkers together, in s; a scalar.
    - `hops`: how many were drawn.
    """

    velocity: Float[Array, " d"]
    velocity_stderr: Float[Array, " d"]
    occupation: Float[Array, "*cells sites"]
    occupation_stderr: Float[Array, "*cells sites"]
    time: Float[Array, ""]
    hops: int = eqx.field(static=True)


def drift_walk(
    jumps: Jumps,
    rates: Numbers,
    temperature: ArrayLike,
    potential: Numbers | None = None,
    force: Numbers | None = None,
    hops: int = 2000,
    walkers: int = 1000,
    seed: int | Array = 0,
    progress: Progress = False,
) -> Drift:
    r"""Walks drawn at random in a periodic potential $U$ and under a force $F$.

    A saddle is raised by the mean of the potentials on its two sides, and a force works
    on the way to it, which is half of the jump:

    $$\omega'_{s \to t} = \omega_{s \to t}
    \exp \frac{U_s - U_t + F \cdot r_{s \to t}}{2 k T}$$

    Without a force, detailed balance holds with $\rho_s\, e^{-U_s / kT}$, where $\rho$
    is that of the rates alone. Walkers are drawn from it. A small force makes them
    drift with $v = D F / kT$ (Einstein), $D$ in the potential.

    **Arguments:**

    - `jumps`: the network.
    - `rates`: $\omega > 0$ of each jump where there is no potential, in 1/s, in
        detailed balance; shape `(jumps,)`. Traced ones are not checked for balance.
    - `temperature`: $T > 0$, in K; a scalar.
    - `potential`: $U$ of each site in a block of cells that repeats, in eV; shape
        `(*cells, sites)`, with one number of cells per lattice vector. By default none.
    - `force`: $F$, in eV/m; shape `(d,)`. By default none.
    - `hops`: of each walker.
    - `walkers`: how many. Each keeps the time it spent on each site of the block.
    - `seed`: an integer, or a key of JAX; the same one gives the same numbers.
    - `progress`: as in [`diffjax.lattice.random_walk`][].

    **Returns:** a [`diffjax.lattice.Drift`][].

    **Raises:** `ValueError` if shapes do not fit, a number is not finite or an integer
    >= 2, or rates break detailed balance: the sentence names the pair of jumps.

    **Error:** beside that of counting: under a force, what walkers remember of the
    start in equilibrium, of the order of one over `hops` where sites differ.
    """
    door = "drift_walk"
    w = rates_of(door, jumps, rates)
    counts(door, hops=hops, walkers=walkers)
    hot = one_number(temperature, f"{door}(temperature=...)", "K", "> 0")
    d, sites = jumps.crystal.dimension, jumps.crystal.sites
    zero = np.zeros((1,) * d + (sites,)) if potential is None else potential
    u = all_numbers(zero, f"{door}(potential=...)", "eV")
    if u.ndim != d + 1 or u.shape[-1] != sites:
        raise ValueError(
            f"`{door}(potential=...)` must have {d} axes of cells and one of {sites} "
            f"sites (eV); got {u.shape}."
        )
    f = all_numbers(
        np.zeros(d) if force is None else force, f"{door}(force=...)", "eV/m"
    )
    if f.shape != (d,):
        raise ValueError(
            f"`{door}(force=...)` must have shape `({d},)` (eV/m); got {f.shape}."
        )
    key, rho = key_of(door, seed), equilibrium(door, jumps, w)
    beta = 1 / (BOLTZMANN_EV * hot.astype(w.dtype))
    given = jumps, w, beta * u.astype(w.dtype), beta * f.astype(w.dtype)
    first = _first(given, rho, walkers, jax.random.fold_in(key, hops))
    advance = functools.partial(_advance, given, key)
    state = run(advance, first, 0, hops, progress, hops)
    return _found(given, state, hops * walkers)


@eqx.filter_jit
def _tilted(given) -> Float[Array, "cells jumps"]:
    """The rate of each jump from each cell, in 1/s."""
    jumps, w, u, f = given
    block, flat = u.shape[:-1], u.reshape(-1, u.shape[-1])
    cells = np.stack(np.unravel_index(np.arange(flat.shape[0]), block), axis=-1)
    ends = (cells[:, None] + np.array(jumps.cells)) % np.array(block)
    ends = np.ravel_multi_index(tuple(np.moveaxis(ends, -1, 0)), block)
    climb = flat[ends, np.array(jumps.target)] - flat[:, np.array(jumps.source)]
    work = (jumps.vectors.astype(w.dtype) @ f)[None, :]
    return w[None, :] * jnp.exp(0.5 * (work - climb))


@eqx.filter_jit
def _first(given, rho, walkers, key):
    """Walkers in equilibrium, who have not moved."""
    jumps, w, u, _ = given
    flat = u.reshape(-1, u.shape[-1])
    rates = _tilted(given)
    out = jnp.zeros(flat.shape, w.dtype).at[:, np.array(jumps.source)].add(rates)
    # Hops are counted, not time: a site is met as often as it is left.
    weights = rho[None, :] * jnp.exp(jnp.min(flat) - flat) * out
    here = starts(weights.ravel(), walkers, key)
    away = jnp.zeros((walkers, jumps.crystal.dimension), w.dtype)
    return here, away, jnp.zeros((walkers, flat.size), w.dtype)


@eqx.filter_jit
def _advance(given, key, state, begin, end):
    jumps, w, u, _ = given
    table = hops_of(jumps, _tilted(given), u.shape[:-1])
    r = jumps.vectors.astype(w.dtype)
    lanes = jnp.arange(state[0].size)

    def hop(step, carry):
        here, away, spent = carry
        there, k, stay = table.draw(here, jax.random.fold_in(key, step))
        return there, away + r[k], spent.at[lanes, here].add(stay)

    return jax.lax.fori_loop(begin, end, hop, state)


@eqx.filter_jit
def _found(given, state, hops) -> Drift:
    _, away, spent = state
    time = jnp.sum(spent, axis=1)
    total = jnp.mean(time)

    def ratio(x):
        value = jnp.mean(x, axis=0) / total
        off = x / total - jnp.multiply.outer(time / total, value)
        return value, jnp.sqrt(jnp.mean(off**2, axis=0) / (time.size - 1))

    shape = given[2].shape
    part, error = ratio(spent)
    tensors = *ratio(away), part.reshape(shape), error.reshape(shape)
    return Drift(*tensors, jnp.sum(time), hops)
