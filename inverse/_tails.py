"""Rows of Student's distribution."""

import jax.numpy as jnp
from jaxtyping import Array, Float


def student_rows(e: Float[Array, "*s"], dof: Float[Array, ""]) -> Float[Array, "*s"]:
    r"""$\operatorname{sign}(e) \sqrt{(\nu + 1) \ln(1 + e^2/\nu)}$, smooth at zero.

    **Arguments:**

    - `e`: deviations over the scale of the distribution; no unit; any shape.
    - `dof`: degrees of freedom $\nu$; no unit.
    """
    q = e**2 / dof
    small = q < 1e-3
    series = 1 - q / 2 + q**2 / 3 - q**3 / 4 + q**4 / 5 - q**5 / 6
    safe = jnp.where(small, 1.0, q)
    ratio = jnp.where(small, series, jnp.log1p(safe) / safe)
    return e * jnp.sqrt((dof + 1) / dof * ratio)
