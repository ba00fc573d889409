"""A gas of given activity beside a surface: carburizing, nitriding, hydrogen."""

from collections.abc import Callable

import jax.numpy as jnp
from jaxtyping import Array, Float

from .._checks import arguments
from .._shapes import Numbers
from ._wall import AbstractWall, at_spot, in_series, on_wall, OnWall, Spot


class Gas(AbstractWall):
    r"""A gas that gives and takes by activity: $\mathbf{J} \cdot \mathbf{n} = \beta
    (a(c) - a_{gas})$.

    $a(c)$ is the activity of the body at the wall itself, whose composition is
    eliminated by one Newton step from the cell's value; for
    [`diffjax.fluxes.InMatrix`][] with its own activity this is exact, $\beta$ in series
    with the half cell. Nothing passes where the activities are equal, whatever the
    matrix.

    !!! example

        ```python
        gas = djx.grid.Gas(rate=2e-9, activity=0.8, of=lambda c, temperature: 14.0 * c)
        walls = djx.grid.Walls(x=(gas, djx.grid.NoFlux()))
        ```
    """

    rate: OnWall
    activity: OnWall
    of: Callable

    def __init__(
        self, rate: Numbers | Callable, activity: Numbers | Callable, of: Callable
    ):
        r"""**Arguments:**

        - `rate`: $\beta >= 0$, in composition times m/s for each unit of activity; a
            number, an array with one per cell along the wall, or a function of time
            (s), or of time and position (m).
        - `activity`: $a_{gas} >= 0$, no unit, on the scale of `of`; likewise. A
            schedule is a [`diffjax.grid.Timetable`][].
        - `of`: the activity of the body, $a(c, T, x)$: a function of composition and,
            if it takes two or three arguments, of temperature (K) and position (m),
            such as `flux.activity_at` of a [`diffjax.fluxes.InMatrix`][]; it increases
            with the composition.

        **Raises:** `ValueError` if a number is not finite or negative, or `of` cannot
        be called.
        """
        if not callable(of):
            raise ValueError(
                "`Gas(of=...)` must be a function of composition (and temperature, and "
                f"position) that gives an activity; got {of!r}."
            )
        self.rate = on_wall(rate, "Gas(rate=...)", "m/s", ">= 0")
        self.activity = on_wall(activity, "Gas(activity=...)", "no unit", ">= 0")
        self.of = of

    def outward_flux(
        self,
        inside: Float[Array, ""],
        leaving: Callable[[Float[Array, ""]], Float[Array, ""]],
        spot: Spot,
    ) -> Float[Array, ""]:
        r"""$\beta$ in series with the half cell, in composition times m/s; a scalar."""
        rate = at_spot(self.rate, spot, inside)
        gas = at_spot(self.activity, spot, inside)
        return in_series(rate, lambda c: self._activity(c, spot), gas, inside, leaving)

    def _activity(self, c: Float[Array, ""], spot: Spot) -> Float[Array, ""]:
        given = (c, spot.temperature, spot.position)
        count = min(3, arguments(self.of))
        if count > 1 and spot.temperature is None:
            raise ValueError("`Gas` needs a `Spot` with a temperature (K).")
        found = jnp.asarray(self.of(*given[:count]), dtype=c.dtype)
        if found.size != 1:
            raise ValueError(
                "`Gas(of=...)` must give one number (no unit) at one composition; got "
                f"shape {found.shape}."
            )
        return found.reshape(())
