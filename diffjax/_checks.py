"""Conversion and checks at the front doors."""

from typing import TypeVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, ArrayLike, Bool, Float


_X = TypeVar("_X")


def real(x: ArrayLike) -> Float[Array, "..."]:
    """Turns a number, a NumPy array or a JAX array into a floating-point JAX array.

    **Arguments:**

    - `x`: what the user passed; any unit, any shape.

    **Returns:**

    The same numbers, in JAX's floating-point precision (float64 if `jax_enable_x64`
    is on; a float32 JAX array stays float32); same shape.
    """
    array = jnp.asarray(x)
    if jnp.issubdtype(array.dtype, jnp.floating):
        return array
    return jnp.asarray(x, dtype=float)


def require(
    x: _X, ok: bool | Bool[np.ndarray | Array, "..."] | np.bool_, message: str
) -> _X:
    """Gives back `x`, after asking that `ok` holds everywhere.

    **Arguments:**

    - `x`: the value to hand on. Use what is returned, or the check is compiled away.
    - `ok`: the condition; any shape, no unit.
    - `message`: one sentence: the argument's name, what it must be, and its unit.

    **Returns:**

    `x`, unchanged.

    **Raises:**

    - `ValueError`, now, if `ok` is known and false.
    - `equinox.EquinoxRuntimeError`, when the compiled program runs, if `ok` was traced.
    """
    if isinstance(ok, Tracer):
        return eqx.error_if(x, jnp.any(~ok), message)
    if not bool(np.all(np.asarray(ok))):
        raise ValueError(message)
    return x


def positive(x: ArrayLike, name: str, unit: str) -> Float[Array, ""]:
    """One number that must be > 0.

    **Arguments:**

    - `x`: what the user passed; a scalar.
    - `name`, `unit`: how the sentence names it.

    **Returns:**

    The number as an array; a scalar, same unit.

    **Raises:** as [`diffjax.require`][].
    """
    value = real(x)
    if value.ndim:
        raise ValueError(
            f"`{name}` must be one number ({unit}); got an array of shape "
            f"{value.shape}."
        )
    good = (value > 0) & jnp.isfinite(value)
    return require(value, good, f"`{name}` must be > 0 ({unit}); got {value_of(x)}.")


def value_of(x: object) -> str:
    """What the user gave, as it should appear in a sentence; short, no unit."""
    if isinstance(x, Tracer):
        return "a traced value"
    return np.array2string(np.asarray(x), threshold=6, precision=6)
