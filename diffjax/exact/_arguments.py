"""What every closed form does first: convert, check what is known, line up."""

from collections.abc import Sequence
from typing import get_args, Literal

import jax.numpy as jnp
import numpy as np
from jax import dtypes
from jax.core import Tracer
from jaxtyping import Array, Float

from .._checks import real, require, value_of
from .._shapes import Numbers


Wall = Literal["fixed", "no-flux"]

# One meaning for each name in the whole folder: (may it be zero?, unit).
_CONDITIONS = {
    "time": (True, "s"),
    "diffusivity": (False, "m²/s"),
    "length": (False, "m"),
    "radius": (False, "m"),
    "thickness": (False, "m"),
    "rate": (True, "m/s"),
    "diffusivity_radial": (False, "m²/s"),
    "diffusivity_axial": (False, "m²/s"),
    "diffusivity_left": (False, "m²/s"),
    "diffusivity_right": (False, "m²/s"),
    "height": (False, "m"),
    "lengths": (False, "m"),
    "diffusivities": (False, "m²/s"),
    "widths": (False, "m"),
    "partition": (False, "no unit"),
    "partitions": (False, "no unit"),
}


def aligned(function: str, **given: Numbers) -> list[Float[Array, "..."]]:
    """Turns arguments into arrays of one float type and one number of axes.

    **Arguments:**

    - `function`: the name of the caller, for messages.
    - `given`: the arguments by name; any shapes that broadcast together.

    **Returns:**

    The same numbers in the same order. Leading axes of length 1 are added, so that the
    shapes broadcast with no change of rank; nothing is copied along an axis.

    **Raises:** `ValueError`, if the shapes do not broadcast, or if a number that is
    known now breaks the condition on its name. Traced numbers are not checked.
    """
    given = {k: real(x) if isinstance(x, Sequence) else x for k, x in given.items()}
    arrays = dict(zip(given, floats(*given.values())))
    check_conditions(function, **given)
    try:
        rank = len(np.broadcast_shapes(*(x.shape for x in arrays.values())))
    except ValueError:
        shapes = ", ".join(f"`{name}` {x.shape}" for name, x in arrays.items())
        raise ValueError(
            f"`{function}` needs arguments whose shapes broadcast together; got "
            f"{shapes}."
        ) from None
    return [x.reshape((1,) * (rank - x.ndim) + x.shape) for x in arrays.values()]


def floats(*values: Numbers) -> list[Float[Array, "..."]]:
    """The same numbers as arrays of one float type; shapes as they are."""
    values = tuple(real(x) if isinstance(x, Sequence) else x for x in values)
    dtype = _float_type(*values)
    return [jnp.asarray(x, dtype=dtype) for x in values]


def check_conditions(function: str, **given: Numbers) -> None:
    """Asks of each known number what its name says; else `ValueError`."""
    for name, x in given.items():
        if name in _CONDITIONS and not isinstance(x, Tracer):
            _check(function, name, x)


def inside(
    function: str,
    position: Numbers,
    name: str,
    limit: Numbers,
    given: str = "position",
) -> None:
    """Asks that known positions lie in the body, 0 to `limit` (m); else `ValueError`.

    A millionth of `limit` is let through on either side, for round-off in float32.
    """
    if isinstance(position, Tracer) or isinstance(limit, Tracer):
        return
    x, most = np.asarray(position), np.asarray(limit)
    ok = np.all((x >= -1e-6 * most) & (x <= (1 + 1e-6) * most))
    if not ok:
        require(
            position,
            ok,
            f"`{function}({given}=...)` must lie between 0 and `{name}` = "
            f"{value_of(most)} (m); got {value_of(x)}.",
        )


def mode_and_wall(function: str, mode: int, wall: str) -> None:
    """Asks for a mode number and a kind of wall that exist; else `ValueError`."""
    require(mode, mode >= 1, f"`{function}(mode=...)` must be >= 1; got {mode}.")
    kinds = get_args(Wall)
    require(
        wall, wall in kinds, f"`{function}(wall=...)` must be in {kinds}; got {wall!r}."
    )


def _check(function: str, name: str, x: Numbers) -> None:
    zero, unit = _CONDITIONS[name]
    values = np.asarray(x)
    ok = np.all(values >= 0) if zero else np.all(values > 0)
    if not ok:
        sign, shown = ">=" if zero else ">", value_of(x).rstrip(".")
        message = f"`{function}({name}=...)` must be {sign} 0 ({unit}); got {shown}."
        require(x, ok, message)


def _float_type(*values: Numbers) -> np.dtype:
    """Widest float type among the arrays; Python's own numbers do not count."""
    strong = [
        np.dtype(x.dtype)
        for x in values
        if isinstance(x, (Array, np.ndarray, np.generic))
        and jnp.issubdtype(x.dtype, jnp.floating)
        and not getattr(x, "weak_type", False)
    ]
    widest = strong[0] if strong else np.dtype(float)
    for other in strong[1:]:
        widest = np.promote_types(widest, other)
    return np.dtype(dtypes.canonicalize_dtype(widest))
