"""First-order descent by any optax optimiser: for networks and stochastic data."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.lax as lax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, Float, Int


class Parts(NamedTuple):
    """The cost of a fit by its experiments, for steps that see a few of them.

    **Attributes:**

    - `size`: number of experiments; no unit.
    - `rows`: number of rows of all of them and of the priors; no unit.
    - `one`: of the free vector and an index, half the sum of squares of that
        experiment's rows; no unit.
    - `rest`: of the free vector, the same of the priors' rows.
    """

    size: int
    rows: int
    one: Callable[[Float[Array, " free"], Int[Array, ""]], Float[Array, ""]]
    rest: Callable[[Float[Array, " free"]], Float[Array, ""]]


class Optax(eqx.Module):
    r"""A fixed number of steps of an optax optimiser, as the method of a fit.

    Slow beside [`inverse.LevenbergMarquardt`][] for a few parameters; meant for laws
    with many, such as networks. The best point of the run is kept.

    With `batch` a step sees so many experiments, drawn without putting back until all
    have been seen; their rows count for those of all. The gradient is then right on
    average only, and the parameters end in a cloud around the minimum whose width goes
    with the learning rate: let that fall, e.g. `optax.cosine_decay_schedule`. After
    each pass the cost of all experiments says which point is the best.

    A fit must come close to a minimum to count as converged; `offset` says how close:
    the length of the step that is left, in standard deviations. Weights of a network
    have no meaning one by one, and of `k` weights that the data determine the
    estimates scatter by $\sqrt k$ in the same measure: a network is trained well below
    1.
    """

    optimiser: optax.GradientTransformation
    steps: int = eqx.field(static=True)
    batch: int | None = eqx.field(static=True)
    seed: int = eqx.field(static=True)
    offset: float = eqx.field(static=True)

    def __init__(
        self,
        optimiser: optax.GradientTransformation,
        steps: int = 1000,
        batch: int | None = None,
        seed: int = 0,
        offset: float = 0.03,
    ):
        """**Arguments:**

        - `optimiser`: e.g. `optax.adam(1e-2)`; the parameters are in units of their
            scales, so a learning rate has no unit.
        - `steps`: number of steps (no unit), at least 1.
        - `batch`: experiments that a step sees (no unit), at least 1 and at most as
            many as there are; `None` for all.
        - `seed`: of the order in which they are seen; no unit.
        - `offset`: distance from the minimum at which a fit counts as converged, in
            standard deviations of the worst combination of parameters; > 0.

        **Raises:** `ValueError` if `steps`, `batch` or `offset` is out of its range.
        """
        if steps < 1:
            raise ValueError(f"`Optax(steps=...)` must be at least 1; got {steps}.")
        if batch is not None and batch < 1:
            raise ValueError(
                f"`Optax(batch=...)` must be at least 1 experiment; got {batch}."
            )
        if not offset > 0:
            raise ValueError(f"`Optax(offset=...)` must be > 0; got {offset}.")
        self.optimiser = optimiser
        self.steps = steps
        self.batch = batch
        self.seed = seed
        self.offset = float(offset)

    def run(
        self,
        residual: Any,
        start: Float[Array, " free"],
        forward: bool,
        parts: Parts | None = None,
    ) -> Float[Array, " free"]:
        """Goes down half the mean square of the rows.

        **Arguments:**

        - `residual`: from the free vector to rows; no unit.
        - `start`: free vector to start from; no unit.
        - `forward`: whether gradients are made in forward mode (few parameters).
        - `parts`: the same cost by experiments; needed with `batch`.

        **Returns:**

        The best free vector met.

        **Raises:** `ValueError` if `batch` is larger than the number of experiments.
        """
        if self.batch is None or parts is None:
            whole = lambda free: 0.5 * jnp.mean(residual(free) ** 2)
            return self._descend(lambda free, number: whole(free), start, forward)
        count, batch = parts.size, self.batch
        if batch > count:
            raise ValueError(
                f"`Optax(batch=...)` must be at most the number of experiments, "
                f"{count}; got {batch}."
            )

        def cost(free, indices):
            rows = lax.map(lambda index: parts.one(free, index), indices)
            share = count / len(indices)
            return (share * jnp.sum(rows) + parts.rest(free)) / parts.rows

        key = jax.random.key(self.seed)

        def seen(free, number):
            # One shuffle after the other; a batch may begin in one and end in the next.
            turn, first = jnp.divmod(batch * number, count)
            shuffle = lambda k: jax.random.permutation(
                jax.random.fold_in(key, k), count
            )
            order = jnp.concatenate([shuffle(turn), shuffle(turn + 1)])
            return cost(free, lax.dynamic_slice_in_dim(order, first, batch))

        whole = lambda free: cost(free, jnp.arange(count))
        a_pass = math.ceil(count / batch)
        return self._descend(seen, start, forward, whole, a_pass)

    def _descend(
        self,
        cost: Callable[[Float[Array, " free"], Int[Array, ""]], Float[Array, ""]],
        start: Float[Array, " free"],
        forward: bool,
        whole: Callable[[Float[Array, " free"]], Float[Array, ""]] | None = None,
        every: int = 1,
    ) -> Float[Array, " free"]:
        """Steps down `cost`; which point is the best, `whole` says, or `cost`."""

        def value_and_slope(free, number):
            of = lambda u: cost(u, number)
            if not forward:
                return jax.value_and_grad(of)(free)
            basis = jnp.eye(free.size, dtype=free.dtype)
            along = lambda direction: jax.jvp(of, (free,), (direction,))
            return jax.vmap(along, out_axes=(None, 0))(basis)

        def judge(free, number, value):
            """The cost of all experiments, where it is known."""
            if whole is None:
                return value
            due = number % every == 0
            return lax.cond(due, whole, lambda _: jnp.full_like(value, jnp.inf), free)

        def step(carry, number):
            free, state, best, lowest = carry
            value, slope = value_and_slope(free, number)
            best, lowest = _better(free, judge(free, number, value), best, lowest)
            # optax mixes number types in its own arithmetic.
            with jax.numpy_dtype_promotion("standard"):
                change, moved = self.optimiser.update(slope, state, free)
                new = jnp.asarray(optax.apply_updates(free, change))  # pyright: ignore
            good = jnp.all(jnp.isfinite(new))
            new = jnp.where(good, new, best)
            # What an optimiser remembers of NaN it would never forget.
            kept = jax.tree.map(lambda a, b: jnp.where(good, a, b), moved, state)
            return (new, kept, best, lowest), None

        with jax.numpy_dtype_promotion("standard"):
            state = self.optimiser.init(start)
        carry = (start, state, start, jnp.asarray(jnp.inf, start.dtype))
        (free, _, best, lowest), _ = lax.scan(step, carry, jnp.arange(self.steps))
        if whole is not None:
            best, _ = _better(free, whole(free), best, lowest)
        return best


def _better(
    free: Float[Array, " free"],
    value: Float[Array, ""],
    best: Float[Array, " free"],
    lowest: Float[Array, ""],
) -> tuple[Float[Array, " free"], Float[Array, ""]]:
    better: Bool[Array, ""] = value < lowest
    return jnp.where(better, free, best), jnp.where(better, value, lowest)
