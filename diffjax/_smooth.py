"""Functions with finite values and slopes where the textbook form has none."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


@jax.custom_jvp
def bernoulli(x: Float[Array, "*s"]) -> Float[Array, "*s"]:
    r"""$B(x) = x / (e^x - 1)$, with $B(0) = 1$: the weight of a hop uphill by $x$.

    Value and slope are finite for every finite `x`, in float32 too.

    **Arguments:**

    - `x`: height of the step over kT, no unit; any shape.

    **Returns:** $B(x)$, no unit; same shape.
    """
    small = jnp.abs(x) < 1e-2
    # Double `where`: the branch not taken must not make a NaN in the backward pass.
    a = jnp.where(small, 1.0, jnp.abs(x))
    series = 1.0 - x / 2 + x**2 / 12 - x**4 / 720
    # B(-x) = x + B(x) keeps every exponent negative, so nothing overflows.
    exact = jnp.maximum(-x, 0.0) - a * jnp.exp(-a) / jnp.expm1(-a)
    return jnp.where(small, series, exact)


@bernoulli.defjvp
def _bernoulli_jvp(primals, tangents):
    (x,), (dx,) = primals, tangents
    value = bernoulli(x)
    small = jnp.abs(x) < 1e-2
    safe = jnp.where(small, 1.0, x)
    series = -0.5 + x / 6 - x**3 / 180
    slope = jnp.where(small, series, value * (1 - value - safe) / safe)
    return value, slope * dx
