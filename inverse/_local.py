"""Values and slopes of a cubic drawn through the points near a position."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


def local_weights(
    x: Float[Array, " points"],
    at: Float[Array, ""],
    near: int,
    centre: Float[Array, ""] | None = None,
) -> tuple[Float[Array, " points"], Float[Array, " points"]]:
    """Least squares of a cubic on the nearest points, as weights on their values.

    **Arguments:**

    - `x`: positions, increasing, in m; shape `(points,)`.
    - `at`: where the cubic is read, in m.
    - `near`: how many points it is drawn through, at least 4.
    - `centre`: the points are those nearest to it, in m; `at` if `None`. Which these
        are jumps, and has no derivative.

    **Returns:**

    Weights whose product with the values is the cubic's value (no unit) and its slope
    (1/m) at `at`; shape `(points,)`, zero beyond the `near` points.

    **Error:** fourth order in the spacing, at the middle of the points.
    """
    centre = jax.lax.stop_gradient(at if centre is None else centre)
    start = jnp.searchsorted(x, centre) - near // 2
    start = jnp.clip(start, 0, x.shape[0] - near)
    here = jax.lax.dynamic_slice(x, (start,), (near,))
    length = 0.5 * (here[-1] - here[0])
    s = (here - at) / length
    basis = jnp.stack([jnp.ones_like(s), s, s**2, s**3])
    rows = jnp.linalg.solve(basis @ basis.T, basis)
    zero = jnp.zeros_like(x)
    value = jax.lax.dynamic_update_slice(zero, rows[0], (start,))
    return value, jax.lax.dynamic_update_slice(zero, rows[1] / length, (start,))


def local_slopes(x: Float[Array, " points"], near: int) -> Float[Array, "points all"]:
    """The matrix that makes slopes at all points out of the values there.

    **Arguments:**

    - `x`: positions, increasing, in m; shape `(points,)`.
    - `near`: how many points each cubic is drawn through, at least 4.

    **Returns:** slopes are this matrix times the values, in 1/m.
    """
    return jax.vmap(lambda at: local_weights(x, at, near)[1])(x)
