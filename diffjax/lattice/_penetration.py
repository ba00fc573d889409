"""What a tracer experiment would measure, atom by atom."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from .._checks import all_numbers, known, one_number, traced
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


class Penetration(eqx.Module):
    """A penetration profile of atoms counted one by one.

    **Attributes:**

    - `position`: depth of the middle of each slice, in m; shape `(slices,)`.
    - `value`: atoms counted over the thickness, in 1/m; shape `(slices,)`.
    - `sigma`: what counting makes uncertain: the square root of the count (of 1 where
        there is none) over the thickness, in 1/m; shape `(slices,)`.
    - `counts`: of atoms, no unit; shape `(slices,)`.
    - `atoms`: how many walked.
    """

    position: Float[Array, " slices"]
    value: Float[Array, " slices"]
    sigma: Float[Array, " slices"]
    counts: Float[Array, " slices"]
    atoms: int = eqx.field(static=True)


def tracer_penetration(
    jumps: Jumps,
    rates: Numbers,
    time: ArrayLike,
    edges: Numbers | None = None,
    atoms: int = 20_000,
    direction: Numbers | None = None,
    seed: int | Array = 0,
    progress: Progress = False,
) -> Penetration:
    r"""The penetration profile of a tracer that walks into a half space.

    Atoms start in the outermost layer, walk for the time of the anneal, and are counted
    by depth. There are as many of them as a Poisson law of mean `atoms` draws, so that
    counts of slices are Poisson distributed, and independent. The surface reflects:
    an atom that would be at $-x$ is at $x$. Hops and rests come at the rate
    $\Lambda = \max_s \sum_k \omega_k$ together, so that an atom makes a number of them
    that is Poisson distributed with mean $\Lambda t$, which is exact.

    **Arguments:**

    - `jumps`: the network of the tracer, such as of an interstitial.
    - `rates`: $\omega > 0$ of each jump, in 1/s, in detailed balance; shape
        `(jumps,)`.
    - `time`: $t > 0$ of the anneal, in s; a scalar. The work grows with it.
    - `edges`: of the slices, >= 0 and increasing, in m; shape `(slices + 1,)`. Slices
        of unequal numbers of layers show a moiré. By default about 30 of some whole
        layers each, down to $3 \sqrt{2 D t}$.
    - `atoms`: mean number, an integer >= 2.
    - `direction`: into the body, no unit; shape `(d,)`. By default the last axis.
    - `seed`, `progress`: as in [`diffjax.lattice.random_walk`][].

    **Returns:** a [`diffjax.lattice.Penetration`][]; its `position`, `value` and
    `sigma` are what [`inverse.Profile`][] takes, for a thin film of the amount `atoms`.

    **Raises:** `ValueError` if shapes do not fit, rates break detailed balance (the
    sentence names the pair of jumps), edges do not increase, or a number is traced.

    **Error:** beside that of counting, of the order of the square of a layer over
    $\sqrt{2 D t}$.
    """
    door = "tracer_penetration"
    w = rates_of(door, jumps, rates)
    counts(door, atoms=atoms)
    lasts = one_number(time, f"{door}(time=...)", "s", "> 0")
    d = jumps.crystal.dimension
    ahead = all_numbers(
        np.eye(d)[-1] if direction is None else direction,
        f"{door}(direction=...)",
        "no unit",
    )
    if ahead.shape != (d,) or (not traced(ahead) and not np.any(known(ahead))):
        raise ValueError(
            f"`{door}(direction=...)` must be a vector of {d} numbers, not all zero "
            f"(no unit); got one of shape {ahead.shape}."
        )
    key, rho = key_of(door, seed), equilibrium(door, jumps, w)
    if traced(w, lasts, ahead, key, jumps.crystal):
        raise ValueError(
            f"`{door}(rates=..., time=..., seed=...)` must be known numbers (1/s, s): "
            "atoms are counted, and counts have no slope."
        )
    ahead = np.asarray(ahead, float) / np.linalg.norm(np.asarray(ahead, float))
    deep = np.asarray(jumps.vectors, float) @ ahead
    layer = float(np.min(abs(deep[abs(deep) > 1e-6 * np.max(abs(deep))])))
    if edges is None:
        spread = np.sqrt(
            2 * ahead @ np.asarray(bare_diffusivity(jumps, w, rho)) @ ahead
        )
        reach = 3 * float(spread) * float(lasts) ** 0.5
        thick = max(1, round(reach / 30 / layer)) * layer
        walls = thick * np.arange(max(3, round(reach / thick)) + 1)
    else:
        walls = np.asarray(all_numbers(edges, f"{door}(edges=...)", "m", ">= 0"), float)
    if walls.ndim != 1 or walls.size < 2 or np.any(np.diff(walls) <= 0):
        raise ValueError(
            f"`{door}(edges=...)` must be at least two increasing depths (m); got "
            f"shape {walls.shape}."
        )
    many, often, first, walk = jax.random.split(key, 4)
    number = int(jax.random.poisson(many, float(atoms)))
    out = jnp.zeros(rho.size, w.dtype).at[np.array(jumps.source)].add(w)
    # All seeds share a program: some walk whom nobody counts.
    walkers = max(number, int(atoms + 8 * atoms**0.5))
    events = jax.random.poisson(often, jnp.max(out) * lasts, (walkers,))
    events = events.astype(jnp.int32)
    state = starts(rho, events.size, first), jnp.full(events.size, 0.5 * layer)
    step = jnp.asarray(deep, state[1].dtype)
    advance = functools.partial(_advance, jumps, w, step, events, walk)
    most = int(jnp.max(events))
    depth = abs(np.asarray(run(advance, state, 0, most, progress, max(most, 1))[1]))
    found = np.histogram(depth[:number], walls)[0].astype(float)
    width = np.diff(walls)
    return Penetration(
        jnp.asarray(0.5 * (walls[1:] + walls[:-1])),
        jnp.asarray(found / width),
        jnp.asarray(np.sqrt(np.maximum(found, 1)) / width),
        jnp.asarray(found),
        number,
    )


@eqx.filter_jit
def _advance(jumps, rates, deep, events, key, state, begin, end):
    table = hops_of(jumps, rates, (1,) * jumps.crystal.dimension)
    # A site that is left less often rests the more.
    moves = (jnp.min(table.stay) / table.stay).astype(jnp.float32)
    alike = jumps.crystal.sites == 1

    def event(step, carry):
        here, depth = carry
        one = jax.random.fold_in(key, step)
        there, k, _ = table.draw(here, one)
        go = step < events
        if not alike:
            u = jax.random.uniform(jax.random.fold_in(one, 1), here.shape, jnp.float32)
            go = go & (u < moves[here])
        return jnp.where(go, there, here), depth + jnp.where(go, deep[k], 0)

    return jax.lax.fori_loop(begin, end, event, state)
