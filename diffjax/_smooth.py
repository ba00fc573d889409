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


def across_root(
    fractions: Float[Array, " n"],
) -> tuple[Float[Array, " n"], Float[Array, "n n-1"]]:
    r"""The unit vector of $\sqrt{x_i}$, and a basis of what stands across it.

    In this basis mobility and curvature are both symmetric, and finite where a
    component is absent; along $\sqrt{x_i}$ itself lies no change of composition.

    **Arguments:**

    - `fractions`: no unit; shape `(n,)`.

    **Returns:** shapes `(n,)` and `(n, n - 1)`; orthonormal.
    """
    inside = fractions > 0
    root = jnp.where(inside, jnp.sqrt(jnp.where(inside, fractions, 1.0)), 0.0)
    # Householder's reflection that takes the last axis to minus `root`.
    one = jnp.eye(root.shape[0], dtype=root.dtype)
    mirror = root + one[-1]
    across = one - jnp.outer(mirror, mirror) / (1 + root[-1])
    return root, across[:, :-1]


def lowest(matrix: Float[Array, "k k"]) -> Float[Array, ""]:
    """The smallest eigenvalue of a symmetric matrix; in closed form up to 2 × 2, which
    needs no library call for each of many, and has finite slopes where two meet.

    **Arguments:**

    - `matrix`: shape `(k, k)`.

    **Returns:** in its unit; a scalar.
    """
    if matrix.shape[0] == 1:
        return matrix[0, 0]
    if matrix.shape[0] > 2:
        return jnp.linalg.eigvalsh(matrix)[0]
    half = 0.5 * (matrix[0, 0] - matrix[1, 1])
    square = half**2 + matrix[0, 1] * matrix[1, 0]
    apart = square > 0
    spread = jnp.where(apart, jnp.sqrt(jnp.where(apart, square, 1.0)), 0.0)
    return 0.5 * (matrix[0, 0] + matrix[1, 1]) - spread
