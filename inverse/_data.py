"""Measured numbers, with what is known of their errors: what all experiments hold."""

import dataclasses
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from equinox import AbstractVar
from jax.core import Tracer
from jaxtyping import Array, ArrayLike, Float

import diffjax as djx

from ._noise import AbstractNoise, Gaussian
from ._response import AbstractResponse


class AbstractData(eqx.Module):
    """Values, where they were measured, and how they scatter.

    **Attributes:**

    - `value`: what was measured; shape `(points,)`.
    - `sigma`: standard deviation of each, in the unit of `value`; shape `(points,)`, or
        `None` where it is unknown.
    - `noise`: how values scatter about a model.
    - `response`: what the instrument makes of a profile, or `None`.
    - `name`: how reports call them.
    - `measured`: not so for data that are only planned: [`inverse.planned`][].
    """

    value: AbstractVar[Float[Array, " points"]]
    sigma: AbstractVar[Float[Array, " points"] | None]
    noise: AbstractVar[AbstractNoise]
    response: AbstractVar[AbstractResponse | None]
    name: AbstractVar[str]
    measured: AbstractVar[bool]
    at: AbstractVar[Float[Array, "points ..."]]

    @property
    def estimates_sigma(self) -> bool:
        """Whether a fit has to estimate sigma from the residuals."""
        return self.sigma is None and self.noise.scaled

    @property
    def points(self) -> int:
        """Number of points; no unit."""
        return self.value.shape[0]

    def nameless(self) -> "AbstractData":
        """The same without words and sigma, so that others of them compile nothing
        new: sigmas are given to a fit's program beside its data."""
        words = [f.name for f in dataclasses.fields(self) if f.metadata.get("static")]
        return changed(self, sigma=None, **dict.fromkeys(words, ""))


class Readings(AbstractData):
    r"""Measured numbers of any kind: a table, a series in time, a map.

    **Attributes:** what `Readings(...)` was given.
    """

    value: Float[Array, " points"]
    sigma: Float[Array, " points"] | None
    at: Float[Array, "points ..."]
    noise: AbstractNoise
    name: str = eqx.field(static=True)
    quantity: str = eqx.field(static=True)
    axis: str = eqx.field(static=True)
    measured: bool = eqx.field(static=True)

    def __init__(
        self,
        value: ArrayLike,
        sigma: ArrayLike | None = None,
        at: ArrayLike | None = None,
        name: str = "readings",
        noise: AbstractNoise | None = None,
        quantity: str = "value",
        axis: str = "",
    ):
        r"""**Arguments:**

        - `value`: finite, in any unit; shape `(points,)`, at least 1 point.
        - `sigma`: > 0, in the unit of `value`; one number, shape `(points,)`, or `None`
            if it is unknown.
        - `at`: what each value belongs to (a temperature, a time, a place in two
            dimensions), finite, in any unit; shape `(points,)` or `(points, k)`; the
            numbers 0, 1, 2, ... if `None`.
        - `name`: how reports call them.
        - `noise`: [`inverse.Gaussian`][] if `None`; [`inverse.StudentT`][],
            [`inverse.Poisson`][], [`inverse.Relative`][], [`inverse.Censored`][].
        - `quantity`, `axis`: names of `value` and `at` with their units, for pictures.

        **Raises:** `ValueError` if shapes disagree, a number is NaN or infinite, a
        `sigma` is not > 0, or the noise cannot have made the values.

        !!! example

            ```python
            table = inv.Readings(
                value=jnp.log(jnp.array([1e-15, 3e-14])),
                sigma=0.1,
                at=jnp.array([1100.0, 1300.0]),
                axis="temperature (K)",
            )
            ```
        """
        what = djx.real(value)
        where = jnp.arange(what.size, dtype=what.dtype) if at is None else djx.real(at)
        good = what.ndim == 1 and what.size and where.ndim in (1, 2)
        if not good or where.shape[0] != what.size:
            raise ValueError(
                "`Readings` needs `value` of shape `(points,)` and `at` of shape "
                f"`(points,)` or `(points, k)`; got {what.shape} and {where.shape}."
            )
        what, self.at = finite(what, "Readings(value"), finite(where, "Readings(at")
        self.sigma = errors_of(sigma, what, "Readings")
        self.name, self.quantity, self.axis = str(name), str(quantity), str(axis)
        self.noise = Gaussian() if noise is None else noise
        self.value = self.noise.check(what, self.sigma)
        self.measured = True

    @property
    def response(self) -> None:
        """None: `predict` says itself what the instrument does."""
        return None


def changed(module: Any, **changes: Any) -> Any:
    """A copy with other fields; constructors and their checks are left out.

    **Arguments:**

    - `module`: of any class of Equinox, with any units and shapes.
    - `changes`: fields by name.
    """
    out = object.__new__(type(module))
    for field in dataclasses.fields(module):
        value = changes.get(field.name, getattr(module, field.name))
        object.__setattr__(out, field.name, value)
    return out


def errors_of(
    sigma: ArrayLike | None, value: Float[Array, " points"], owner: str
) -> Float[Array, " points"] | None:
    """Standard deviations as one array, checked; `None` where they are unknown.

    **Arguments:**

    - `sigma`: one number, or shape `(points,)`, in the unit of `value`, or `None`.
    - `value`: what was measured.
    - `owner`: whose argument it is.
    """
    if sigma is None:
        return None
    error = djx.real(sigma)
    if error.shape not in ((), value.shape):
        raise ValueError(
            f"`{owner}(sigma=...)` must be one number or have shape "
            f"{value.shape} as the values; got {error.shape}."
        )
    error = jnp.broadcast_to(error, value.shape)
    good = (error > 0) & jnp.isfinite(error)
    message = f"`{owner}(sigma=...)` must be finite and > 0" + _first(~good, error)
    return djx.require(error, good, message)


def finite(x: Float[Array, "points ..."], start: str) -> Float[Array, "points ..."]:
    """The same numbers, all finite; `start` is e.g. `"Profile(value"`."""
    good = jnp.isfinite(x)
    message = f"`{start}=...)` must hold finite numbers"
    if x.ndim == 1:
        message += _first(~good, x)
    else:
        message += "."
    return djx.require(x, good, message)


def _first(bad, x) -> str:
    """The end of a sentence: which point is the first bad one, where that is known."""
    if isinstance(bad, Tracer) or not np.any(bad):
        return "."
    index = int(np.argmax(np.asarray(bad)))
    return f"; got {float(x[index]):g} at point {index + 1} of {len(x)}."
