"""The best shares of a budget among candidates, and whole numbers near them."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ._criteria import Goal, mean_value


_MOST_STEPS = 20_000


class Pieces(NamedTuple):
    """What candidates are worth.

    **Attributes:**

    - `each`: information of one measurement of each candidate, for each sample of the
        parameters; in scales; shape `(samples, n, k, k)`.
    - `prior`: of the priors; shape `(samples, k, k)`.
    - `slopes`: as in `Goal.value`; shape `(samples, m, p)`.
    """

    each: Float[Array, "samples n k k"]
    prior: Float[Array, "samples k k"]
    slopes: Float[Array, "samples m p"]

    def value(self, goal: Goal, counts: Float[Array, " n"]) -> Float[Array, ""]:
        """The criterion for so many measurements of each candidate."""
        matrices = jnp.einsum("n,snij->sij", counts, self.each) + self.prior
        return mean_value(goal, matrices, self.slopes)


@eqx.filter_jit
def best_weights(
    goal: Goal, pieces: Pieces, total: Float[Array, ""], tolerance: Float[Array, ""]
) -> tuple[Float[Array, " n"], Float[Array, ""], Float[Array, ""]]:
    r"""Shares by the multiplicative rule $w_i \to w_i g_i^\lambda$ (normalised) with
    the sensitivities $g_i = -\partial \Phi / \partial w_i$.

    **Arguments:**

    - `goal`, `pieces`: the criterion, and what candidates are worth.
    - `total`: number of measurements, > 0.
    - `tolerance`: of the gap below.

    **Returns:**

    Shares that sum to 1, the criterion there, and the gap $\max_i g_i - \sum w_i g_i$:
    no shares have a criterion that is lower by more (it is convex).
    """
    value = lambda w: pieces.value(goal, total * w)
    slope = jax.value_and_grad(value)

    def gap(w, g):
        return jnp.max(g) - jnp.sum(w * g)

    def go_on(state):
        w, _, g, steps = state
        return (gap(w, g) > tolerance) & (steps < _MOST_STEPS)

    def step(state):
        w, _, g, steps = state
        w = w * jnp.maximum(g, 0.0) ** goal.exponent
        w = w / jnp.sum(w)
        phi, slopes = slope(w)
        return w, phi, -slopes, steps + 1

    count = pieces.each.shape[1]
    start = jnp.full(count, 1.0 / count)
    phi, slopes = slope(start)
    w, phi, g, _ = jax.lax.while_loop(go_on, step, (start, phi, -slopes, 0))
    return w, phi, gap(w, g)


def whole_numbers(
    goal: Goal, pieces: Pieces, weights: np.ndarray, total: int
) -> tuple[np.ndarray, float]:
    """Whole numbers of measurements near the best shares, improved by exchanges.

    **Arguments:**

    - `goal`, `pieces`: the criterion, and what candidates are worth.
    - `weights`: the shares; shape `(n,)`.
    - `total`: number of measurements.

    **Returns:**

    The numbers, which sum to `total`, and the criterion there.
    """
    # Neighbours that share a peak get its weight together.
    ends = np.round(np.cumsum(weights) / np.sum(weights) * total)
    counts = np.diff(np.concatenate([[0.0], ends]))
    best = float(_value(goal, pieces, jnp.asarray(counts)))
    for _ in range(50):
        found, pair = best, None
        for i in np.flatnonzero(counts):
            trials = np.asarray(
                _exchanged(goal, pieces, jnp.asarray(counts), jnp.asarray(i))
            )
            trials = np.where(np.isfinite(trials), trials, np.inf)
            j = int(np.argmin(trials))
            if not np.isfinite(found) or trials[j] < found - 1e-9:
                found, pair = float(trials[j]), (int(i), j)
        if pair is None or not np.isfinite(found):
            break
        counts[pair[0]] -= 1
        counts[pair[1]] += 1
        best = found
    return counts.astype(int), best


@eqx.filter_jit
def _value(goal, pieces, counts):
    return pieces.value(goal, counts)


@eqx.filter_jit
def _exchanged(goal, pieces, counts, i):
    """The criterion after one measurement of `i` has become one of each other."""
    matrices = jnp.einsum("n,snij->sij", counts, pieces.each) + pieces.prior
    matrices = matrices - pieces.each[:, i]

    def moved(new):
        return mean_value(goal, matrices + new, pieces.slopes)

    return jax.lax.map(moved, jnp.moveaxis(pieces.each, 1, 0), batch_size=64)
