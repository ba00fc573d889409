"""What happens at the walls of a grid.

Here, and only here, the outward normal is turned into the sense of the axis.
"""

import abc
from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from .._checks import one_number


InTime = Float[Array, ""] | Callable[[Float[Array, ""]], ArrayLike]
"""A number, or a function of the time in s."""


def _in_time(x: ArrayLike | Callable, name: str, unit: str, sign: str = "") -> InTime:
    if callable(x):
        return x
    return one_number(x, name, unit, sign)


def _at(x: InTime, time: Float[Array, ""]) -> Float[Array, ""]:
    return jnp.asarray(x(time), dtype=time.dtype) if callable(x) else x


class AbstractWall(eqx.Module):
    """What one wall of the body does.

    To add a wall: subclass this, and put every field and `outward_flux` in that class.
    """

    @abc.abstractmethod
    def outward_flux(
        self,
        inside: Float[Array, ""],
        leaving: Callable[[Float[Array, ""]], Float[Array, ""]],
        time: Float[Array, ""],
    ) -> Float[Array, ""]:
        """Flux out of the body through this wall.

        **Arguments:**

        - `inside`: composition in the cell at the wall; a scalar.
        - `leaving`: the flux from that cell to a wall held at a given composition,
            positive outwards, in composition times m/s.
        - `time`: in s; a scalar.

        **Returns:**

        Flux along the outward normal, in composition times m/s; a scalar.
        """


class NoFlux(AbstractWall):
    """A closed wall: nothing passes. The default."""

    def outward_flux(
        self,
        inside: Float[Array, ""],
        leaving: Callable[[Float[Array, ""]], Float[Array, ""]],
        time: Float[Array, ""],
    ) -> Float[Array, ""]:
        """Nothing passes: 0, in composition times m/s; a scalar."""
        del leaving, time
        return jnp.zeros_like(inside)


class FixedFlux(AbstractWall):
    r"""A wall through which a given flux passes: $\mathbf{J} \cdot \mathbf{n} = q$."""

    outward: InTime

    def __init__(self, outward: ArrayLike | Callable[[Float[Array, ""]], ArrayLike]):
        """**Arguments:**

        - `outward`: flux $q$ along the outward normal (positive: the body loses), in
            composition times m/s; a number, or a function of time (s).

        **Raises:** `ValueError` if a number is not finite.
        """
        self.outward = _in_time(
            outward, "FixedFlux(outward=...)", "composition times m/s"
        )

    def outward_flux(
        self,
        inside: Float[Array, ""],
        leaving: Callable[[Float[Array, ""]], Float[Array, ""]],
        time: Float[Array, ""],
    ) -> Float[Array, ""]:
        """The given flux, in composition times m/s; a scalar."""
        del leaving
        return _at(self.outward, time).astype(inside.dtype)


class FixedValue(AbstractWall):
    """A wall held at a given composition."""

    value: InTime

    def __init__(self, value: ArrayLike | Callable[[Float[Array, ""]], ArrayLike]):
        """**Arguments:**

        - `value`: composition at the wall, in the unit of the field; a number, or a
            function of time (s).

        **Raises:** `ValueError` if a number is not finite.
        """
        self.value = _in_time(value, "FixedValue(value=...)", "composition")

    def outward_flux(
        self,
        inside: Float[Array, ""],
        leaving: Callable[[Float[Array, ""]], Float[Array, ""]],
        time: Float[Array, ""],
    ) -> Float[Array, ""]:
        """What leaves to a wall at the given value, in composition times m/s."""
        return leaving(_at(self.value, time).astype(inside.dtype))


class Exchange(AbstractWall):
    r"""A surface reaction or a film: $\mathbf{J} \cdot \mathbf{n} = k (c - c_{eq})$.

    $c$ is the composition at the wall itself, which is eliminated by one Newton step
    from the cell's value (exact for Fick's law: $k$ in series with the half cell).
    """

    rate: InTime
    equilibrium: InTime

    def __init__(
        self,
        rate: ArrayLike | Callable[[Float[Array, ""]], ArrayLike],
        equilibrium: ArrayLike | Callable[[Float[Array, ""]], ArrayLike],
    ):
        """**Arguments:**

        - `rate`: exchange coefficient $k >= 0$, in m/s; a number, or a function of
            time (s).
        - `equilibrium`: $c_{eq}$ in the unit of the field; a number, or a function of
            time (s).

        **Raises:** `ValueError` if a number is not finite, or if `rate` is negative.
        """
        self.rate = _in_time(rate, "Exchange(rate=...)", "m/s", ">= 0")
        self.equilibrium = _in_time(
            equilibrium, "Exchange(equilibrium=...)", "composition"
        )

    def outward_flux(
        self,
        inside: Float[Array, ""],
        leaving: Callable[[Float[Array, ""]], Float[Array, ""]],
        time: Float[Array, ""],
    ) -> Float[Array, ""]:
        """$k$ in series with the half cell, in composition times m/s; a scalar."""
        rate = _at(self.rate, time).astype(inside.dtype)
        equilibrium = _at(self.equilibrium, time).astype(inside.dtype)
        flux, slope = jax.jvp(leaving, (inside,), (jnp.ones_like(inside),))
        # k (c_w - c_eq) = flux + slope (c_w - c), slope = -D/d < 0.
        at_wall = inside + (flux - rate * (inside - equilibrium)) / (rate - slope)
        return rate * (at_wall - equilibrium)


class Periodic(AbstractWall):
    """What leaves through one wall enters through the other. Planar grids only."""

    def outward_flux(
        self,
        inside: Float[Array, ""],
        leaving: Callable[[Float[Array, ""]], Float[Array, ""]],
        time: Float[Array, ""],
    ) -> Float[Array, ""]:
        """Raises: the flux through the joint is that of an inner face (m/s)."""
        del inside, time
        raise ValueError(
            "`Periodic` joins two walls and has no flux of its own: use it as "
            "`Walls(x=Periodic())`."
        )


class Walls(eqx.Module):
    """The walls of a body, a pair per axis.

    **Attributes:**

    - `x`: the walls at the lower and upper end of the first axis.
    """

    x: tuple[AbstractWall, AbstractWall]

    def __init__(
        self, x: AbstractWall | tuple[AbstractWall, AbstractWall] | None = None
    ):
        """**Arguments:**

        - `x`: the walls at the lower and the upper end of the axis; or one wall for
            both; `None` is [`diffjax.grid.NoFlux`][] at both.

        **Raises:** `ValueError` if there are not two walls, or if only one of them is
        [`diffjax.grid.Periodic`][].

        !!! example

            ```python
            walls = djx.grid.Walls(x=(djx.grid.FixedValue(1.0), djx.grid.NoFlux()))
            ```
        """
        if x is None:
            x = NoFlux()
        pair = (x, x) if isinstance(x, AbstractWall) else tuple(x)
        if len(pair) != 2 or not all(isinstance(w, AbstractWall) for w in pair):
            raise ValueError(
                "`Walls(x=...)` needs one wall or a pair of walls (lower, upper), such "
                f"as `(FixedValue(1.0), NoFlux())`; got {x!r}."
            )
        if isinstance(pair[0], Periodic) != isinstance(pair[1], Periodic):
            raise ValueError(
                "`Walls(x=...)`: `Periodic` joins both walls of an axis; got it for "
                "one wall only."
            )
        self.x = pair

    @property
    def periodic(self) -> bool:
        """Whether the first axis is periodic."""
        return isinstance(self.x[0], Periodic)
