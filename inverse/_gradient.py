"""First-order descent by any optax optimiser: for networks and stochastic data."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float


class Optax(eqx.Module):
    """A fixed number of steps of an optax optimiser, as the method of a fit.

    Slow beside [`inverse.LevenbergMarquardt`][] for a few parameters; meant for laws
    with many, such as networks. The best point of the run is kept.
    """

    optimiser: optax.GradientTransformation
    steps: int = eqx.field(static=True)

    def __init__(self, optimiser: optax.GradientTransformation, steps: int = 1000):
        """**Arguments:**

        - `optimiser`: e.g. `optax.adam(1e-2)`; the parameters are in units of their
            scales, so a learning rate has no unit.
        - `steps`: number of steps (no unit), at least 1.

        **Raises:** `ValueError` if `steps` is below 1.
        """
        if steps < 1:
            raise ValueError(f"`Optax(steps=...)` must be at least 1; got {steps}.")
        self.optimiser = optimiser
        self.steps = steps

    def run(
        self, residual: Any, start: Float[Array, " free"], forward: bool
    ) -> Float[Array, " free"]:
        """Goes down half the mean square of the rows.

        **Arguments:**

        - `residual`: from the free vector to rows; no unit.
        - `start`: free vector to start from; no unit.
        - `forward`: whether gradients are made in forward mode (few parameters).

        **Returns:**

        The best free vector met.
        """

        def cost(free):
            return 0.5 * jnp.mean(residual(free) ** 2)

        def value_and_slope(free):
            if not forward:
                return jax.value_and_grad(cost)(free)
            basis = jnp.eye(free.size, dtype=free.dtype)
            along = lambda direction: jax.jvp(cost, (free,), (direction,))
            return jax.vmap(along, out_axes=(None, 0))(basis)

        def step(carry, _):
            free, state, best, lowest = carry
            value, slope = value_and_slope(free)
            better = value < lowest
            best = jnp.where(better, free, best)
            lowest = jnp.where(better, value, lowest)
            # optax mixes number types in its own arithmetic.
            with jax.numpy_dtype_promotion("standard"):
                change, state = self.optimiser.update(slope, state, free)
                new = optax.apply_updates(free, change)
            new = jnp.asarray(new)  # pyright: ignore
            new = jnp.where(jnp.all(jnp.isfinite(new)), new, best)
            return (new, state, best, lowest), None

        with jax.numpy_dtype_promotion("standard"):
            state = self.optimiser.init(start)
        carry = (start, state, start, jnp.asarray(jnp.inf, start.dtype))
        (_, _, best, _), _ = jax.lax.scan(step, carry, None, length=self.steps)
        return best
