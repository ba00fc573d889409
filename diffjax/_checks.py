"""Conversion and checks at the front doors."""

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Bool, Float

from ._shapes import Numbers


_X = TypeVar("_X")


def real(x: Numbers) -> Float[Array, "..."]:
    """Turns a number, a NumPy array or a JAX array into a floating-point JAX array.

    **Arguments:**

    - `x`: what the user passed; any unit, any shape.

    **Returns:**

    The same numbers, in JAX's floating-point precision (float64 if `jax_enable_x64`
    is on; a float32 array stays float32); same shape.
    """
    if isinstance(x, jax.Array) and jnp.issubdtype(x.dtype, jnp.floating):
        return x
    if isinstance(x, Tracer):
        return x.astype(float)
    given = x if isinstance(x, jax.Array) else _as_numpy(x)
    dtype = given.dtype if jnp.issubdtype(given.dtype, jnp.floating) else float
    if isinstance(given, Tracer):
        return given.astype(dtype)
    # Known numbers stay known inside a compiled function, so that they are checked
    # while it is traced, and not each time it runs.
    with jax.ensure_compile_time_eval():
        return jnp.asarray(given, dtype=dtype)


def _as_numpy(x: Any) -> Any:
    """A NumPy array, or a traced one where a list holds traced numbers."""
    if traced(x):
        return jnp.asarray(x)
    return np.asarray(x)


def in_precision(tree: _X, dtype: Any) -> _X:
    """The same pytree with every floating-point array in one precision.

    **Arguments:**

    - `tree`: any pytree, of arrays of any unit and shape.
    - `dtype`: the floating-point type wanted.

    **Returns:** a pytree of the same structure.
    """
    return jax.tree.map(
        lambda x: x.astype(dtype) if eqx.is_inexact_array(x) else x, tree
    )


def known(x: Any) -> Any:
    """The NumPy array behind a value, where there is one; a traced value as it is.

    Checks on what is known now then cost no compiled operation.

    **Arguments:**

    - `x`: any unit; any shape.

    **Returns:** the same numbers; same shape.
    """
    return x if isinstance(x, Tracer) else np.asarray(x)


def traced(*trees: Any) -> bool:
    """Whether any number is known only when a compiled program runs.

    **Arguments:**

    - `trees`: pytrees of any unit and shape.
    """
    return any(isinstance(leaf, Tracer) for leaf in jax.tree.leaves(trees))


def require_kinds(door: str, **things: tuple[Any, type]) -> None:
    """Asks that the arguments of a front door are of their kinds.

    **Arguments:**

    - `door`: the function's name.
    - `things`: by argument name, what was passed (any unit and shape) and its class.

    **Raises:** `ValueError` that names the argument and its class.
    """
    for name, (thing, kind) in things.items():
        if not isinstance(thing, kind):
            raise ValueError(
                f"`{door}({name}=...)` must be a {kind.__module__.split('.')[0]} "
                f"{kind.__name__.removeprefix('Abstract').lower()}; got {thing!r}."
            )


def require(
    x: _X,
    ok: bool | Bool[np.ndarray | Array, "..."] | np.bool_ | Callable[[Any], Any],
    message: str | Callable[[], str],
) -> _X:
    """Gives back `x`, after asking that `ok` holds everywhere.

    **Arguments:**

    - `x`: the value to hand on. Use what is returned, or the check is compiled away.
    - `ok`: the condition; any shape, no unit. Or a function of `x`, which then sees
        NumPy numbers where `x` is known.
    - `message`: one sentence: the argument's name, what it must be, and its unit. Or a
        function without arguments that makes it.

    **Returns:**

    `x`, unchanged.

    **Raises:**

    - `ValueError`, now, if `ok` is known and false.
    - `equinox.EquinoxRuntimeError`, when the compiled program runs, if `ok` was traced.
    """
    if callable(ok):
        ok = ok(known(x))
    if isinstance(ok, Tracer):
        sentence = message() if callable(message) else message
        return eqx.error_if(x, jnp.any(~ok), sentence)
    if not bool(np.all(np.asarray(ok))):
        raise ValueError(message() if callable(message) else message)
    return x


def finite(x: Any) -> Any:
    """Whether each number is finite, for NumPy and for traced arrays alike."""
    return abs(x) < np.inf


def sum_slack(dtype: Any) -> float:
    """How far fractions, no unit, may sum from one: typed numbers are rounded."""
    return 1e-9 if dtype == jnp.float64 else 1e-5


def one_number(
    x: Numbers,
    name: str,
    unit: str,
    sign: str = "",
    traced: bool = True,
) -> Float[Array, ""]:
    """One finite number, of a given sign.

    **Arguments:**

    - `x`: what the user passed; a scalar, in `unit`.
    - `name`, `unit`: how the sentence names it.
    - `sign`: `"> 0"`, `">= 0"`, or nothing.
    - `traced`: whether a value that is known only when the compiled program runs is
        checked then. Such checks call back to Python, and JAX keeps no program that
        does in its cache on disk.

    **Returns:**

    The number as an array; a scalar, same unit.

    **Raises:** as [`diffjax.require`][].
    """
    value = real(x)
    wanted = f"one finite number{f' {sign}' if sign else ''} ({unit})"
    if value.ndim:
        raise ValueError(
            f"`{name}` must be {wanted}; got an array of shape {value.shape}."
        )
    if not traced and isinstance(value, Tracer):
        return value
    return require(
        value,
        lambda v: finite(v) & _SIGNS[sign](v),
        lambda: f"`{name}` must be {wanted}; got {value_of(x)}.",
    )


def all_numbers(
    x: Numbers, name: str, unit: str, sign: str = ""
) -> Float[Array, "..."]:
    """One finite number, or an array of them, each of a given sign.

    **Arguments:**

    - `x`: what the user passed; any shape, in `unit`.
    - `name`, `unit`, `sign`: as in `one_number`.

    **Returns:**

    The numbers as an array; same shape and unit.

    **Raises:** as [`diffjax.require`][].
    """
    value = real(x)
    if not value.ndim:
        return one_number(x, name, unit, sign)
    return require(
        value,
        lambda v: finite(v) & _SIGNS[sign](v),
        f"`{name}` must hold finite numbers{f' {sign}' if sign else ''} ({unit}).",
    )


def symmetric(
    tensor: Float[Array, "*batch d d"], name: str, unit: str
) -> Float[Array, "*batch d d"]:
    """Symmetric matrices, or one sentence about why they are not.

    **Arguments:**

    - `tensor`: in `unit`; shape `(*batch, d, d)`. A thousand round-offs of the largest
        component of each are let pass.
    - `name`, `unit`: how the sentence names it.

    **Returns:** the symmetric part; same unit and shape.

    **Raises:** as [`diffjax.require`][].
    """

    def even(d):
        size = abs(d).max(axis=(-2, -1), keepdims=True)
        slack = 1e3 * float(jnp.finfo(d.dtype).eps) * size
        return abs(d - d.swapaxes(-1, -2)) <= slack

    def uneven():
        if isinstance(tensor, Tracer):
            return f"`{name}` must be symmetric ({unit})."
        d = np.asarray(tensor)
        *where, i, j = np.argwhere(~even(d))[0]
        one = d[tuple(where)]
        return (
            f"`{name}` must be symmetric; got {one[i, j]:.6g} at [{i},{j}] and "
            f"{one[j, i]:.6g} at [{j},{i}] ({unit})."
        )

    checked = known(require(tensor, even, uneven))
    return real(0.5 * (checked + checked.swapaxes(-1, -2)))


def symmetric_tensor(x: Numbers, name: str, unit: str) -> Float[Array, "3 3"]:
    """One finite symmetric tensor in three dimensions.

    **Arguments:**

    - `x`: what the user passed, in `unit`; shape `(3, 3)`.
    - `name`, `unit`: how the sentence names it.

    **Returns:** the tensor as an array, exactly symmetric; same unit and shape.

    **Raises:** as [`diffjax.require`][].
    """
    value = all_numbers(x, name, unit)
    if value.shape != (3, 3):
        raise ValueError(
            f"`{name}` must have shape (3, 3) ({unit}); got {value.shape}."
        )
    return symmetric(value, name, unit)


_SIGNS = {"> 0": lambda v: v > 0, ">= 0": lambda v: v >= 0, "": lambda v: v == v}


def value_of(x: object) -> str:
    """What the user gave, as it should appear in a sentence; short, no unit."""
    if isinstance(x, Tracer):
        return "a traced value"
    return np.array2string(np.asarray(x), threshold=6, precision=6)


def arguments(function: Callable) -> int:
    """How many arguments a function wants.

    **Arguments:**

    - `function`: any callable.

    **Returns:** the number of positional arguments without a default, at least 1.
    """
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return 1
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    wanted = [p for p in parameters if p.kind in kinds and p.default is p.empty]
    return max(1, len(wanted))
