"""What all walks share: the equilibrium they start from, and which hop is next."""

import sys
from collections.abc import Callable, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from .._checks import all_numbers, require, require_kinds, traced
from .._shapes import Numbers
from ._jumps import Jumps
from ._network import require_connected


Progress = bool | Callable[[float], Any]
"""`True` for a bar on the terminal, or a function of the part that is done."""


class Hops(eqx.Module):
    """For each site of a periodic block: where its jumps lead, and how likely each is.

    **Attributes:**

    - `target`: the site that each jump leads to; shape `(sites, most)`.
    - `jump`: which one it is; shape `(kinds of sites, most)`.
    - `chance`: of each jump and those before it together, no unit; as one of these two.
    - `stay`: mean time of residence, in s; shape `(sites,)` or `(kinds of sites,)`.
    """

    target: Int[Array, "block most"]
    jump: Int[Array, "sites most"]
    chance: Float[Array, "rows most"]
    stay: Float[Array, " rows"]

    def draw(
        self, here: Int[Array, " walkers"], key: Array
    ) -> tuple[
        Int[Array, " walkers"], Int[Array, " walkers"], Float[Array, " walkers"]
    ]:
        """The next hop of each walker.

        **Arguments:**

        - `here`: the sites of the block that they stand on; shape `(walkers,)`.
        - `key`: of JAX; a scalar.

        **Returns:** the sites they come to, the jumps that they make, and the mean
        times that they stayed, in s; each of shape `(walkers,)`.
        """
        row = here % self.chance.shape[0]
        u = jax.random.uniform(key, here.shape, dtype=jnp.float32)
        slot = jnp.sum(u[:, None] >= self.chance[row], axis=1, dtype=jnp.int32)
        jump = self.jump[here % self.jump.shape[0], slot]
        return self.target[here, slot], jump, self.stay[row]


def hops_of(
    jumps: Jumps, rates: Float[Array, "*rows jumps"], block: Sequence[int]
) -> Hops:
    """The table of hops in a periodic block; its sites run fastest, then the last axis.

    **Arguments:**

    - `jumps`: the network.
    - `rates`: of each jump, in 1/s, from each cell of the block or alike in all; shape
        `(cells, jumps)` or `(jumps,)`.
    - `block`: cells along each lattice vector.

    **Returns:** a `Hops`.
    """
    source, target = np.array(jumps.source), np.array(jumps.target)
    sites, block = jumps.crystal.sites, tuple(block)
    lists = [np.flatnonzero(source == s) for s in range(sites)]
    most = max(map(len, lists))
    leave = np.stack([np.pad(k, (0, most - len(k)), mode="edge") for k in lists])
    real = np.stack([np.arange(most) < len(k) for k in lists])
    cells = np.stack(np.unravel_index(np.arange(np.prod(block)), block), axis=-1)
    ends = (cells[:, None, None] + np.array(jumps.cells)[leave]) % np.array(block)
    ends = np.ravel_multi_index(tuple(np.moveaxis(ends, -1, 0)), block)
    ends = (ends * sites + target[leave]).reshape(-1, most)
    chosen = jnp.where(real, jnp.atleast_2d(rates)[:, leave], 0).reshape(-1, most)
    total = jnp.sum(chosen, axis=1)
    chance = jnp.cumsum(chosen, axis=1) / total[:, None]
    # A number drawn is below 1: the last jump that is one takes what rounding leaves.
    last = np.arange(most) >= real.sum(1)[:, None] - 1
    last = np.tile(last, (chosen.shape[0] // sites, 1))
    return Hops(
        jnp.asarray(ends, jnp.int32),
        jnp.asarray(leave, jnp.int32),
        jnp.where(last, 2.0, chance).astype(jnp.float32),
        1 / total,
    )


def equilibrium(
    door: str, jumps: Jumps, rates: Float[Array, " jumps"]
) -> Float[Array, " sites"]:
    r"""How a particle is shared by the sites of a cell: what its rates alone decide.

    $$\rho_s\, \omega_{s \to t} = \rho_t\, \omega_{t \to s}, \qquad \sum_s \rho_s = 1$$

    **Arguments:**

    - `door`: the function's name.
    - `jumps`: the network.
    - `rates`: $\omega > 0$, in 1/s; shape `(jumps,)`.

    **Returns:** $\rho$, no unit; shape `(sites,)`.

    **Raises:** `ValueError` if the network does not connect, or no shares balance all
    jumps: the sentence names a jump and its reverse.
    """
    require_connected(jumps)
    back, log = np.array(jumps.reverse), jnp.log(rates)
    level = {0: jnp.zeros((), rates.dtype)}
    waiting = [0]
    while waiting:
        here = waiting.pop()
        for k, (s, t) in enumerate(zip(jumps.source, jumps.target)):
            if s == here and t not in level:
                level[t] = level[s] + log[k] - log[back[k]]
                waiting.append(t)
    rho = jax.nn.softmax(jnp.stack([level[s] for s in range(len(level))]))
    if not traced(rates, rho):
        flows = np.asarray(rates) * np.asarray(rho)[np.array(jumps.source)]
        loose = 1e-9 if rates.dtype == jnp.float64 else 1e-4
        off = abs(flows - flows[back]) / np.maximum(flows, flows[back])
        k = int(np.argmax(off))
        require(
            None,
            bool(off[k] <= loose),
            lambda: (
                f"`{door}(rates=...)` must be in detailed balance (1/s): jump {k}, "
                f"from site {jumps.source[k]} to site {jumps.target[k]} in cell "
                f"{jumps.cells[k]}, carries {flows[k]:.6g} and its reverse, jump "
                f"{back[k]}, {flows[back[k]]:.6g}."
            ),
        )
    return rho


def run(
    advance: Callable[[Any, Any, Any], Any],
    state: Any,
    begin: int,
    end: int,
    progress: Progress,
    whole: int,
) -> Any:
    """Advances walks, and tells how far they are.

    **Arguments:**

    - `advance`: of the state and the hops to begin and to end with, no unit; gives the
        state.
    - `state`: of the walks.
    - `begin`, `end`: hops made so far, and to be made.
    - `progress`: a [`bool`][] or a function of the part that is done, no unit.
    - `whole`: hops of the whole walk.

    **Returns:** the state after hop `end`.
    """
    parts = (
        1 if progress is False or traced(state) else max(1, 20 * (end - begin) // whole)
    )
    edges = np.linspace(begin, end, parts + 1).astype(int)
    for a, b in zip(edges[:-1], edges[1:]):
        # As arrays, so that one program does all parts.
        state = advance(state, jnp.asarray(a, jnp.int32), jnp.asarray(b, jnp.int32))
        if progress is not False and not traced(state):
            jax.block_until_ready(state)
            (_bar if progress is True else progress)(int(b) / whole)
    return state


def _bar(done: float) -> None:
    full = round(30 * done)
    line = f"\r[{'#' * full}{'.' * (30 - full)}] {100 * done:3.0f} %"
    print(line, end="\n" if done >= 1 else "", file=sys.stderr, flush=True)


def key_of(door: str, seed: Any) -> Array:
    """A key of JAX, from an integer or from a key.

    **Arguments:**

    - `door`: the function's name.
    - `seed`: an integer, or a key that `jax.random.key` made; a scalar, no unit.

    **Raises:** `ValueError` if it is neither.
    """
    if isinstance(seed, jax.Array) and jnp.issubdtype(seed.dtype, jax.dtypes.prng_key):
        return seed
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise ValueError(
            f"`{door}(seed=...)` must be an integer, or a key made by "
            f"`jax.random.key`; got {seed!r}."
        )
    return jax.random.key(seed)


def rates_of(door: str, jumps: Jumps, rates: Numbers) -> Float[Array, " jumps"]:
    """Rates, converted and checked.

    **Arguments:**

    - `door`: the function's name.
    - `jumps`: the network.
    - `rates`: as passed, in 1/s; shape `(jumps,)`.

    **Raises:** `ValueError` if the shape does not fit, or a rate is not > 0.
    """
    require_kinds(door, jumps=(jumps, Jumps))
    w = all_numbers(rates, f"{door}(rates=...)", "1/s", "> 0")
    if w.shape != (len(jumps.source),):
        raise ValueError(
            f"`{door}(rates=...)` must have shape `({len(jumps.source)},)` (1/s); got "
            f"{w.shape}."
        )
    return w


def counts(door: str, **numbers: int) -> None:
    """Asks for integers >= 2.

    **Arguments:**

    - `door`: the function's name.
    - `numbers`: by argument name, no unit.

    **Raises:** `ValueError` that names the argument.
    """
    for name, count in numbers.items():
        if isinstance(count, bool) or not isinstance(count, int) or count < 2:
            raise ValueError(
                f"`{door}({name}=...)` must be an integer >= 2; got {count!r}."
            )


def starts(
    weights: Float[Array, " sites"], walkers: int, key: Array
) -> Int[Array, " walkers"]:
    """Sites drawn in proportion to their weights.

    **Arguments:**

    - `weights`: >= 0, any one unit; shape `(sites,)`.
    - `walkers`: how many.
    - `key`: of JAX; a scalar.

    **Returns:** the sites; shape `(walkers,)`.
    """
    drawn = jax.random.categorical(key, jnp.log(weights), shape=(walkers,))
    return drawn.astype(jnp.int32)
