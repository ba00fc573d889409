"""Temperature histories: what the furnace did."""

import abc

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from ._checks import finite, one_number, real, require, value_of
from ._shapes import Numbers


class AbstractAnneal(eqx.Module):
    """A temperature history of finite duration. Histories add up: `first + second`."""

    @property
    @abc.abstractmethod
    def duration(self) -> Float[Array, ""]:
        """Length of the history, in s; a scalar."""

    @abc.abstractmethod
    def temperature_at(self, time: Float[Array, ""]) -> Float[Array, ""]:
        """Temperature at one time.

        **Arguments:**

        - `time`: since the start, in s; a scalar.

        **Returns:**

        Absolute temperature, in K; a scalar. Before the start and after the end: the
        temperature there.
        """

    @property
    @abc.abstractmethod
    def corners(self) -> Float[Array, " corners"]:
        """Times inside the history at which it jumps or bends, in s; increasing."""

    def __add__(self, other: "AbstractAnneal") -> "AbstractAnneal":
        """One history after the other."""
        if not isinstance(other, AbstractAnneal):
            return NotImplemented
        return Schedule((*_parts(self), *_parts(other)))


class Anneal(AbstractAnneal):
    """A hold at one temperature.

    !!! example

        ```python
        anneal = djx.Anneal(duration=3600.0, temperature=1100.0)
        ```
    """

    hold: Float[Array, ""]
    temperature: Float[Array, ""]

    def __init__(self, duration: ArrayLike, temperature: ArrayLike):
        """**Arguments:**

        - `duration`: > 0, in s; a scalar.
        - `temperature`: absolute, > 0, in K; a scalar.

        **Raises:** `ValueError` if one of them is not > 0.
        """
        self.hold = one_number(duration, "Anneal(duration=...)", "s", "> 0")
        self.temperature = one_number(
            temperature, "Anneal(temperature=...)", "K", "> 0"
        )

    @property
    def duration(self) -> Float[Array, ""]:
        """Length of the hold, in s; a scalar."""
        return self.hold

    def temperature_at(self, time: Float[Array, ""]) -> Float[Array, ""]:
        """The one temperature, in K; a scalar."""
        del time
        return self.temperature

    @property
    def corners(self) -> Float[Array, " corners"]:
        """None: shape `(0,)`."""
        return jnp.zeros(0, dtype=self.hold.dtype)


class Ramp(AbstractAnneal):
    """A temperature that is piecewise linear in time.

    !!! example

        ```python
        cooling = djx.Ramp(times=jnp.array([0.0, 600.0]),
                           temperatures=jnp.array([1100.0, 300.0]))
        history = djx.Anneal(3600.0, 1100.0) + cooling
        ```
    """

    times: Float[Array, " n"]
    temperatures: Float[Array, " n"]

    def __init__(self, times: Numbers, temperatures: Numbers):
        """**Arguments:**

        - `times`: increasing, starting at 0, in s; shape `(n,)` with at least 2.
        - `temperatures`: absolute, > 0, in K; shape `(n,)`.

        **Raises:** `ValueError` if shapes disagree, the times do not increase from 0,
        or a temperature is not > 0.
        """
        t, temperature = real(times), real(temperatures)
        if t.ndim != 1 or t.shape[0] < 2 or t.shape != temperature.shape:
            raise ValueError(
                "`Ramp` needs `times` (s) and `temperatures` (K) of one shape `(n,)` "
                f"with at least 2; got {t.shape} and {temperature.shape}."
            )
        self.times = require(
            t,
            lambda v: (v[1:] > v[:-1]) & (v[0] == 0) & finite(v[-1]),
            "`Ramp(times=...)` must increase, starting at 0 (s).",
        )
        self.temperatures = require(
            temperature,
            lambda v: (v > 0) & finite(v),
            lambda: (
                "`Ramp(temperatures=...)` must be > 0 (K); got "
                f"{value_of(temperature)}."
            ),
        )

    @property
    def duration(self) -> Float[Array, ""]:
        """The last time, in s; a scalar."""
        return self.times[-1]

    def temperature_at(self, time: Float[Array, ""]) -> Float[Array, ""]:
        """Linear interpolation, in K; a scalar."""
        return jnp.interp(time, self.times, self.temperatures)

    @property
    def corners(self) -> Float[Array, " corners"]:
        """The inner times, in s; shape `(n - 2,)`."""
        return self.times[1:-1]


class Schedule(AbstractAnneal):
    """Histories one after the other; made by adding them."""

    parts: tuple[AbstractAnneal, ...]

    @property
    def duration(self) -> Float[Array, ""]:
        """Sum of the durations, in s; a scalar."""
        return self._ends()[-1]

    def temperature_at(self, time: Float[Array, ""]) -> Float[Array, ""]:
        """Temperature of the part that is under way, in K; a scalar.

        At a joint: that of the part which begins.
        """
        ends = self._ends()
        temperature = self.parts[0].temperature_at(time)
        for end, part in zip(ends[:-1], self.parts[1:]):
            temperature = jnp.where(
                time < end, temperature, part.temperature_at(time - end)
            )
        return temperature

    @property
    def corners(self) -> Float[Array, " corners"]:
        """The corners of the parts and the joints between them, in s."""
        ends = self._ends()
        starts = jnp.concatenate([jnp.zeros_like(ends[:1]), ends[:-1]])
        corners = []
        for start, end, part in zip(starts, ends, self.parts):
            corners += [start + part.corners, end[None]]
        return jnp.concatenate(corners[:-1])

    def _ends(self) -> Float[Array, " parts"]:
        return jnp.cumsum(jnp.stack([part.duration for part in self.parts]))


def _parts(anneal: AbstractAnneal) -> tuple[AbstractAnneal, ...]:
    return anneal.parts if isinstance(anneal, Schedule) else (anneal,)
