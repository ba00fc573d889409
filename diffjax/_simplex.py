"""Directions in which fractions that sum to one can change, and what is least there."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from .tensors import smallest_eigenvalue


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
    """The smallest eigenvalue of a symmetric matrix of any size.

    Up to 3 × 3 that of [`diffjax.tensors.smallest_eigenvalue`][], which needs no
    library call for each of many, and has finite slopes where two meet.

    **Arguments:**

    - `matrix`: shape `(k, k)`.

    **Returns:** in its unit; a scalar.
    """
    if matrix.shape[0] > 3:
        return jnp.linalg.eigvalsh(matrix)[0]
    return smallest_eigenvalue(matrix)
