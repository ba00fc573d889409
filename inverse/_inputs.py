"""What the direct methods take, checked: profiles, times, volumes, ends."""

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, ArrayLike, Float

import diffjax as djx

from ._profile import Profile


def shown(x: Array) -> str:
    """The end of a sentence: what was given, where it is known; no unit."""
    if isinstance(x, Tracer):
        return "."
    given = np.asarray(x)
    if given.ndim:
        return f"; got {np.array2string(given, threshold=6, precision=6)}."
    return f"; got {float(given):g}."


def scalar(
    x: ArrayLike, name: str, unit: str, positive: bool = False
) -> Float[Array, ""]:
    """One finite number.

    **Arguments:**

    - `x`: what the user passed, in `unit`; a scalar.
    - `name`, `unit`: how the sentence names it.
    - `positive`: whether it must be > 0.

    **Returns:** the number as an array; same unit.

    **Raises:** as [`diffjax.require`][].
    """
    value = djx.real(x)
    wanted = f"`{name}` must be one finite number{' > 0' if positive else ''} ({unit})"
    if value.ndim:
        raise ValueError(f"{wanted}; got an array of shape {value.shape}.")
    good = jnp.isfinite(value) & ((value > 0) | (not positive))
    return djx.require(value, good, wanted + shown(value))


def mole_fractions(
    x: Float[Array, "*s"], name: str, slack: float = 0.0
) -> Float[Array, "*s"]:
    """Numbers from 0 to 1.

    **Arguments:**

    - `x`: mole fractions, no unit; any shape.
    - `name`: how the sentence names it.
    - `slack`: how far noise may carry them beyond, no unit.

    **Returns:** the numbers; same shape.

    **Raises:** as [`diffjax.require`][], with the number that is farthest off.
    """
    off = jnp.abs(x - 0.5)
    worst = x.reshape(-1)[jnp.argmax(off)]
    message = f"`{name}` must be mole fractions, from 0 to 1" + shown(worst)
    return djx.require(x, jnp.all(off <= 0.5 + slack), message)


def profiles_of(
    profiles: Profile | Sequence[Profile], door: str, count: int | None = None
) -> tuple[
    Float[Array, " points"], Float[Array, "points k"], Float[Array, "points k"] | None
]:
    """The profiles of one couple as arrays.

    **Arguments:**

    - `profiles`: of one component each, at the same positions in m.
    - `door`: how the sentence names the argument.
    - `count`: how many there must be, if that is known.

    **Returns:** positions (m), values and their sigmas (unit of the values); no sigmas
    if one profile has none.

    **Raises:** `ValueError` if these are not `count` profiles at the same positions.
    """
    given = (profiles,) if isinstance(profiles, Profile) else tuple(profiles)
    if not given or not all(isinstance(p, Profile) for p in given):
        kinds = ", ".join(type(p).__name__ for p in given) or "nothing"
        raise ValueError(
            f"`{door}` must be one `inverse.Profile` of each component; got {kinds}."
        )
    if count is not None and len(given) != count:
        raise ValueError(f"`{door}` must be {count} profiles; got {len(given)}.")
    x = given[0].position
    for profile in given[1:]:
        same = profile.position.shape == x.shape
        message = f"`{door}` must be profiles at the same positions (m)."
        x = djx.require(x, same and (profile.position == x), message)
    sigmas = [p.sigma for p in given]
    known = [s for s in sigmas if s is not None]
    sigma = jnp.stack(known, axis=1) if len(known) == len(sigmas) else None
    return x, jnp.stack([p.value for p in given], axis=1), sigma


def couple_ends(
    left: ArrayLike | None,
    right: ArrayLike | None,
    values: Float[Array, "points k"],
    door: str,
) -> tuple[Float[Array, " k"], Float[Array, " k"]]:
    """Compositions of the two ends: those given, or the outermost points.

    **Arguments:**

    - `left`, `right`: in the unit of the values; shape `(k,)`, a scalar, or `None`.
    - `values`: of the couple; shape `(points, k)`.
    - `door`: the function's name.

    **Returns:** the left and the right end; shape `(k,)`.

    **Raises:** `ValueError` if a shape is wrong or the ends are equal.
    """
    count = values.shape[1]

    def end(given, outermost, name):
        if given is None:
            return outermost
        value = djx.real(given)
        if value.shape not in ((), (count,)):
            raise ValueError(
                f"`{door}({name}=...)` must have shape ({count},), in the unit of the "
                f"values; got {value.shape}."
            )
        good = jnp.isfinite(value)
        message = f"`{door}({name}=...)` must be finite" + shown(value)
        return jnp.broadcast_to(djx.require(value, good, message), (count,))

    low, high = end(left, values[0], "left"), end(right, values[-1], "right")
    message = f"`{door}` needs a couple with different ends"
    return low, djx.require(high, jnp.any(high != low), message + shown(high))


def enough(points: int, given: int, door: str, least: int = 4) -> int:
    """How many neighbours a local cubic takes, if the profile has as many.

    **Arguments:**

    - `points`: what the user passed.
    - `given`: points of the profile.
    - `door`: the function's name.
    - `least`: fewer points do not determine the cubic.

    **Returns:** `points`.

    **Raises:** `ValueError` if it is less than `least` or more than `given`.
    """
    if not least <= points <= given:
        raise ValueError(
            f"`{door}(points=...)` must be from {least} to the {given} points of the "
            f"profile; got {points}."
        )
    return points


def spread(
    jacobian: Float[Array, "*s points k"], sigma: Float[Array, "points k"]
) -> Float[Array, "*s"]:
    """Standard error to first order: root of the sum of squares of slope times sigma.

    **Arguments:**

    - `jacobian`: slopes of the answer with the values, unit of the answer over that of
        the values.
    - `sigma`: standard deviations of independent values, in their unit.

    **Returns:** the error, in the unit of the answer.
    """
    return jnp.sqrt(jnp.einsum("...pk,pk->...", jacobian**2, sigma**2))
