"""Functions with finite values and slopes where the textbook form has none."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


# Taylor's coefficients of x / (e^x - 1) + x / 2 in powers of x².
_EVEN = (
    1.0, 1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160,
    -691 / 1307674368000, 1 / 74724249600,
)  # fmt: skip
# Below, the series is exact to round-off; above, so is 1 - e^-x.
_SWITCH = 0.5


def bernoulli(x: Float[Array, "*s"]) -> Float[Array, "*s"]:
    r"""$B(x) = x / (e^x - 1)$, with $B(0) = 1$: the weight of a hop uphill by $x$.

    Value and slope are finite for every finite `x`, in float32 too.

    **Arguments:**

    - `x`: height of the step over kT, no unit; any shape.

    **Returns:** $B(x)$, no unit; same shape.
    """
    return bernoulli_pair(x)[0]


@jax.custom_jvp
def bernoulli_pair(
    x: Float[Array, "*s"],
) -> tuple[Float[Array, "*s"], Float[Array, "*s"]]:
    r"""$B(x)$ and $B(-x)$, for the price of one exponential.

    Each is exact to round-off of itself, so that their ratio is $e^{-x}$.

    **Arguments:**

    - `x`: height of the step over kT, no unit; any shape.

    **Returns:** uphill and downhill, no unit; same shape.
    """
    a = jnp.abs(x)
    small = a < _SWITCH
    # Double `where`: the branch not taken must not make a NaN in the backward pass.
    square, far = jnp.where(small, x**2, 0.0), jnp.where(small, 1.0, a)
    decay = jnp.exp(-far)
    high = jnp.where(small, _even(square) - a / 2, far * decay / (1 - decay))
    # B(-x) = x + B(x): only the smaller of the two is computed, and nothing overflows.
    low = high + a
    return jnp.where(x > 0, high, low), jnp.where(x > 0, low, high)


@bernoulli_pair.defjvp
def _bernoulli_pair_jvp(primals, tangents):
    (x,), (dx,) = primals, tangents
    up, down = bernoulli_pair(x)
    small = jnp.abs(x) < _SWITCH
    safe = jnp.where(small, 1.0, x)
    near = jnp.where(small, x, 0.0)
    # B'(x) = B (1 - B - x) / x, and B (1 - B - x) = B(x) (1 - B(-x)).
    slope = jnp.where(small, _slope(near), up * (1 - down) / safe)
    return (up, down), (slope * dx, (1 + slope) * dx)


def _even(square: Float[Array, "*s"]) -> Float[Array, "*s"]:
    total = jnp.full_like(square, _EVEN[-1])
    for coefficient in _EVEN[-2::-1]:
        total = total * square + coefficient
    return total


def _slope(x: Float[Array, "*s"]) -> Float[Array, "*s"]:
    square = x**2
    total = jnp.full_like(square, 2 * (len(_EVEN) - 1) * _EVEN[-1])
    for power in range(len(_EVEN) - 2, 0, -1):
        total = total * square + 2 * power * _EVEN[power]
    return x * total - 0.5
