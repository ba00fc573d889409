"""What one wall of the body does, at one spot and one time.

The outward normal is positive here: the equation turns it into the sense of the axis.
"""

import abc
from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from .._checks import all_numbers, arguments
from .._shapes import Numbers


OnWall = Float[Array, "..."] | Callable
"""What a wall holds: one number, one per cell along it, or a function."""


class Spot(eqx.Module):
    """One spot of a wall at one time: what a wall is mapped over.

    **Attributes:**

    - `time`: in s; a scalar.
    - `position`: in m; a scalar in one dimension, shape `(d,)` in more.
    - `index`: of the nearest cell along each of the other axes; no unit.
    - `temperature`: in K; a scalar. `None` where nobody said.
    """

    time: Float[Array, ""]
    position: Float[Array, "..."]
    index: tuple[Int[Array, ""], ...] = ()
    temperature: Float[Array, ""] | None = None


def on_wall(x: Numbers | Callable, name: str, unit: str, sign: str = "") -> OnWall:
    """What a wall is given: a function as it is, numbers checked; see `all_numbers`."""
    return x if callable(x) else all_numbers(x, name, unit, sign)


def at_spot(x: OnWall, spot: Spot, like: Float[Array, "*kinds"]) -> Float[Array, "..."]:
    """What a wall holds at one spot, in its unit; shape and precision of `like`."""
    if callable(x):
        found = x(*(spot.time, spot.position)[: arguments(x)])
        return jnp.asarray(found, dtype=like.dtype).reshape(like.shape)
    return (x[spot.index] if x.ndim else x).astype(like.dtype)


def in_series(
    rate: Float[Array, ""],
    held: Callable[[Float[Array, ""]], Float[Array, ""]],
    outside: Float[Array, ""],
    inside: Float[Array, ""],
    leaving: Callable[[Float[Array, ""]], Float[Array, ""]],
) -> Float[Array, ""]:
    """An exchange $k (h(c_w) - h_0)$ in series with the half cell at a wall.

    $c_w$ at the wall itself is eliminated by one Newton step from the cell's value.

    **Arguments:**

    - `rate`: $k$, in composition times m/s for each unit of $h$; a scalar.
    - `held`: $h$, what is exchanged: the composition itself, or its activity.
    - `outside`: $h_0$ beside the wall; a scalar.
    - `inside`, `leaving`: as of `AbstractWall.outward_flux`.

    **Returns:** outward flux, in composition times m/s; a scalar.
    """
    along = jnp.ones_like(inside)
    flux, slope = jax.jvp(leaving, (inside,), (along,))
    here, rise = jax.jvp(held, (inside,), (along,))
    # k (h + h' d - h_0) = flux + slope d with d = c_w - c and slope < 0, solved for the
    # left side: h(c_w) - h_0 itself loses its digits where k is large.
    return rate * (rise * flux - slope * (here - outside)) / (rate * rise - slope)


class AbstractWall(eqx.Module):
    """What one wall of the body does.

    To add a wall: subclass this, and put every field and `outward_flux` in that class.
    """

    @abc.abstractmethod
    def outward_flux(
        self,
        inside: Float[Array, "*kinds"],
        leaving: Callable[[Float[Array, "*kinds"]], Float[Array, "..."]],
        spot: Spot,
    ) -> Float[Array, "..."]:
        """Flux out of the body through this wall.

        **Arguments:**

        - `inside`: composition in the cell at the wall; a scalar, or shape `(n,)` of n
            components.
        - `leaving`: the flux from that cell to a wall held at a given composition,
            positive outwards, in composition times m/s.
        - `spot`: where on the wall, and when.

        **Returns:**

        Flux along the outward normal, in composition times m/s; shape of `inside`.
        """


class NoFlux(AbstractWall):
    """A closed wall: nothing passes. The default."""

    def outward_flux(
        self,
        inside: Float[Array, "*kinds"],
        leaving: Callable[[Float[Array, "*kinds"]], Float[Array, "..."]],
        spot: Spot,
    ) -> Float[Array, "..."]:
        """Nothing passes: 0, in composition times m/s; a scalar."""
        del leaving, spot
        return jnp.zeros_like(inside)


class FixedFlux(AbstractWall):
    r"""A wall through which a given flux passes: $\mathbf{J} \cdot \mathbf{n} = q$."""

    outward: OnWall

    def __init__(self, outward: Numbers | Callable):
        """**Arguments:**

        - `outward`: flux $q$ along the outward normal (positive: the body loses), in
            composition times m/s; a number, an array with one per cell along the
            wall, or a function of time (s), or of time and position (m).

        **Raises:** `ValueError` if a number is not finite.
        """
        self.outward = on_wall(
            outward, "FixedFlux(outward=...)", "composition times m/s"
        )

    def outward_flux(
        self,
        inside: Float[Array, "*kinds"],
        leaving: Callable[[Float[Array, "*kinds"]], Float[Array, "..."]],
        spot: Spot,
    ) -> Float[Array, "..."]:
        """The given flux, in composition times m/s; a scalar."""
        del leaving
        return at_spot(self.outward, spot, inside)


class FixedValue(AbstractWall):
    """A wall held at a given composition."""

    value: OnWall

    def __init__(self, value: Numbers | Callable):
        """**Arguments:**

        - `value`: composition at the wall, in the unit of the field; a number; an
            array with one number per cell along the wall; or a function of time (s), or
            of time and position (m).

        **Raises:** `ValueError` if a number is not finite.
        """
        self.value = on_wall(value, "FixedValue(value=...)", "composition")

    def outward_flux(
        self,
        inside: Float[Array, "*kinds"],
        leaving: Callable[[Float[Array, "*kinds"]], Float[Array, "..."]],
        spot: Spot,
    ) -> Float[Array, "..."]:
        """What leaves to a wall at the given value, in composition times m/s."""
        return leaving(at_spot(self.value, spot, inside))


class Exchange(AbstractWall):
    r"""A surface reaction or a film: $\mathbf{J} \cdot \mathbf{n} = k (c - c_{eq})$.

    $c$ is the composition at the wall itself, which is eliminated by one Newton step
    from the cell's value (exact for Fick's law: $k$ in series with the half cell).
    """

    rate: OnWall
    equilibrium: OnWall

    def __init__(
        self,
        rate: Numbers | Callable,
        equilibrium: Numbers | Callable,
    ):
        """**Arguments:**

        - `rate`: exchange coefficient $k >= 0$, in m/s; a number, an array with one
            per cell along the wall, or a function of time (s), or of time and position.
        - `equilibrium`: $c_{eq}$ in the unit of the field; a number, an array with one
            per cell along the wall, or a function of time (s), or of time and position.

        **Raises:** `ValueError` if a number is not finite, or if `rate` is negative.
        """
        self.rate = on_wall(rate, "Exchange(rate=...)", "m/s", ">= 0")
        self.equilibrium = on_wall(
            equilibrium, "Exchange(equilibrium=...)", "composition"
        )

    def outward_flux(
        self,
        inside: Float[Array, ""],
        leaving: Callable[[Float[Array, ""]], Float[Array, ""]],
        spot: Spot,
    ) -> Float[Array, ""]:
        """$k$ in series with the half cell, in composition times m/s; a scalar."""
        rate = at_spot(self.rate, spot, inside)
        equilibrium = at_spot(self.equilibrium, spot, inside)
        return in_series(rate, lambda c: c, equilibrium, inside, leaving)


class Periodic(AbstractWall):
    """What leaves through one wall enters through the other. Planar grids only."""

    def outward_flux(
        self,
        inside: Float[Array, ""],
        leaving: Callable[[Float[Array, ""]], Float[Array, ""]],
        spot: Spot,
    ) -> Float[Array, ""]:
        """Raises: the flux through the joint is that of an inner face (m/s)."""
        del inside, leaving, spot
        raise ValueError(
            "`Periodic` joins two walls and has no flux of its own: use it as "
            "`Walls(x=Periodic())`."
        )
