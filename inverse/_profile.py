"""What was measured: values at positions, with what is known of their errors."""

from typing import Any

import equinox as eqx
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, ArrayLike, Float

import diffjax as djx

from ._data import AbstractData, errors_of, finite
from ._noise import AbstractNoise, Gaussian
from ._response import AbstractResponse


class Profile(AbstractData):
    r"""A measured profile: values at increasing positions.

    **Attributes:**

    - `position`: in m, increasing; shape `(points,)`.
    - `value`: what was measured there, mole fraction or any other concentration; shape
        `(points,)`.
    - `sigma`: standard deviation of each value, in the unit of `value`; shape
        `(points,)`, or `None` where it is unknown (one $\sigma$ for all points is then
        estimated from the residuals, if the noise has one).
    - `noise`: how values scatter about a model.
    - `response`: what the instrument makes of a profile, or `None`.
    - `name`: how reports call it.
    - `measured`: not so for a profile that is only [`inverse.planned`][].
    """

    position: Float[Array, " points"]
    value: Float[Array, " points"]
    sigma: Float[Array, " points"] | None
    noise: AbstractNoise
    response: AbstractResponse | None
    name: str = eqx.field(static=True)
    measured: bool = eqx.field(static=True)

    def __init__(
        self,
        position: ArrayLike,
        value: ArrayLike,
        sigma: ArrayLike | None = None,
        name: str = "profile",
        noise: AbstractNoise | None = None,
        response: AbstractResponse | None = None,
    ):
        """**Arguments:**

        - `position`: increasing, in m; shape `(points,)`, at least 3.
        - `value`: finite, mole fraction or any other concentration; shape `(points,)`.
        - `sigma`: > 0, in the unit of `value`; one number, shape `(points,)`, or `None`
            if it is unknown.
        - `name`: how reports call it.
        - `noise`: [`inverse.Gaussian`][] if `None`; [`inverse.StudentT`][] for values
            with outliers, [`inverse.Poisson`][] for counts, [`inverse.Relative`][],
            [`inverse.Censored`][].
        - `response`: [`inverse.GaussianBlur`][], [`inverse.SIMS`][],
            [`inverse.PixelAverage`][] or [`inverse.SectionAverage`][]; with `None` the
            values are those at the positions.

        **Raises:** `ValueError` if shapes disagree, a number is NaN or infinite,
        positions do not increase, a `sigma` is not > 0, or the noise cannot have made
        the values.

        !!! example

            ```python
            profile = inv.Profile(
                position=jnp.array([0.0, 50e-6, 100e-6]),
                value=jnp.array([0.0, 0.5, 1.0]),
                sigma=0.002,
            )
            ```
        """
        where, what = djx.real(position), djx.real(value)
        if where.ndim != 1 or where.shape != what.shape or where.shape[0] < 3:
            raise ValueError(
                "`Profile` needs `position` (m) and `value` of one shape `(points,)` "
                f"with at least 3 points; got {where.shape} and {what.shape}."
            )
        where = finite(where, "Profile(position")
        what = finite(what, "Profile(value")
        self.position = djx.require(where, where[1:] > where[:-1], _order(where))
        self.sigma = errors_of(sigma, what, "Profile")
        self.name = str(name)
        self.noise = Gaussian() if noise is None else noise
        self.value = self.noise.check(what, self.sigma)
        self.response = response
        self.measured = True

    @property
    def at(self) -> Any:  # `eqx.tree_at` looks through it with leaves of its own
        """The positions, in m; shape `(points,)`."""
        return self.position


def _order(x) -> str:
    message = "`Profile(position=...)` must increase (m)"
    if isinstance(x, Tracer):
        return message + "."
    steps = np.diff(np.asarray(x, dtype=float))
    if np.all(steps > 0):
        return message + "."
    index = int(np.argmax(~(steps > 0)))
    here = float(x[index + 1])
    if steps[index] == 0:
        return (
            f"{message}; {here:g} m is there twice, at points {index + 1} and "
            f"{index + 2}: average repeated measurements first."
        )
    return (
        f"{message}; point {index + 2} lies at {here:g} m, before point {index + 1} at "
        f"{float(x[index]):g} m: sort the points first."
    )
