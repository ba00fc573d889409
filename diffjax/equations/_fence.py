"""A fence around what the compiler should compute once."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


def once(make: Callable[[], Any], pivot: Float[Array, ""]) -> Any:
    """What a function gives, evaluated once however often it is read.

    XLA fuses a cheap-looking program into each place that reads its result, and then
    evaluates its exponentials anew in all of them. A branch is a fence that it does not
    cross (a barrier it drops on a CPU).

    **Arguments:**

    - `make`: of no arguments; gives a pytree of arrays of real numbers.
    - `pivot`: any number of the run that is not NaN as long as all is well; with NaN
        the result is NaN too.

    **Returns:** the pytree.
    """
    none = jax.tree.map(
        lambda x: jnp.full(x.shape, jnp.nan, x.dtype), jax.eval_shape(make)
    )
    return jax.lax.cond(pivot == pivot, make, lambda: none)
