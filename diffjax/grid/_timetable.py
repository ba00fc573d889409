"""What a wall holds while time goes by: straight lines between given times."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from .._checks import all_numbers, finite, require
from .._shapes import Numbers


class Timetable(eqx.Module):
    """A function of time that is piecewise linear: a gas that is set, held and changed.

    Any wall takes one where it takes a function of time. Both the times and the values
    have derivatives, so that a schedule can be designed. A jump has none: give the
    minutes that the change takes. Make the history a sum whose parts meet at the same
    times, so that the march steps onto them.

    !!! example

        ```python
        # Two hours of boost, ten minutes of change, four hours of diffusion.
        potential = djx.grid.Timetable(
            times=3600 * jnp.array([0.0, 2.0, 2.17, 6.17]),
            values=jnp.array([0.055, 0.055, 0.035, 0.035]),
        )
        surface = djx.grid.Exchange(rate=2e-7, equilibrium=potential)
        ```
    """

    times: Float[Array, " n"]
    values: Float[Array, " n"]

    def __init__(self, times: Numbers, values: Numbers):
        """**Arguments:**

        - `times`: increasing, in s; shape `(n,)` with at least 1.
        - `values`: at these times, in the unit of what it stands for; shape `(n,)`.
            Before the first time and after the last: the value there.

        **Raises:** `ValueError` if shapes disagree, times do not increase, or a number
        is not finite.
        """
        t = all_numbers(times, "Timetable(times=...)", "s")
        held = all_numbers(
            values, "Timetable(values=...)", "unit of what it stands for"
        )
        if t.ndim != 1 or t.shape[0] == 0 or t.shape != held.shape:
            raise ValueError(
                "`Timetable` needs `times` (s) and `values` of one shape `(n,)` with "
                f"at least 1; got {t.shape} and {held.shape}."
            )
        self.times = require(
            t,
            lambda v: (v[1:] > v[:-1]) & finite(v[:-1]),
            "`Timetable(times=...)` must increase (s).",
        )
        self.values = held

    def __call__(self, time: Float[Array, ""]) -> Float[Array, ""]:
        """The value at one time.

        **Arguments:**

        - `time`: in s; a scalar.

        **Returns:** in the unit of `values`; a scalar.
        """
        dtype = self.values.dtype
        return jnp.interp(
            jnp.asarray(time, dtype), self.times.astype(dtype), self.values
        )
