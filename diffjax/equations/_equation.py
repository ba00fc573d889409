"""What an equation is: something a grid and an anneal turn into a term in time."""

import abc
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from .._results import RESULTS
from ..grid import Grid
from ..stepping import AbstractStructuredTerm


class State(eqx.Module):
    """What is marched in time: the field, and what passed through the walls.

    Marching the amounts with the field makes the balance exact for any time stepper.

    **Attributes:**

    - `composition`: cell averages; shape `(*cells,)`, or `(*cells, n)` of n components.
    - `entered`: amount that entered through each opening since the start, in
        composition times volume; shape `(openings,)` or `(openings, n)`.
    - `markers`: positions of markers in the lattice, in m; shape `(markers,)`, or
        `None`.
    """

    composition: Float[Array, "*cells"]
    entered: Float[Array, "openings ..."]
    markers: Float[Array, " markers"] | None = None


class AbstractEquation(eqx.Module):
    """A whole balance law, with its walls.

    To add an equation: subclass this and say what its term in time is.
    """

    @property
    @abc.abstractmethod
    def components(self) -> tuple[str, ...]:
        """Names of what the last axis of a field counts; empty where a field is one
        number a cell."""

    @property
    @abc.abstractmethod
    def bounds(self) -> tuple[float, float] | None:
        """Smallest and largest value that can occur, whatever the start; a step in time
        that leaves them is taken again, shorter. `None` where there are none."""

    @property
    @abc.abstractmethod
    def markers(self) -> Float[Array, " markers"] | None:
        """Where markers in the lattice are at the start, in m; `None` without any."""

    @property
    @abc.abstractmethod
    def ill_posed(self) -> RESULTS:
        """What to say where `smallest_diffusivity` is not > 0."""

    @abc.abstractmethod
    def term(self, grid: Grid, anneal: PyTree) -> AbstractStructuredTerm:
        """The equation on a grid, as a term that `diffrax` integrates.

        **Arguments:**

        - `grid`: a [`diffjax.grid.Grid`][].
        - `anneal`: the temperature history: anything with `temperature_at(time)`,
            in K and s.

        **Returns:**

        A [`diffjax.stepping.AbstractStructuredTerm`][] of
        [`diffjax.equations.State`][].
        """

    @abc.abstractmethod
    def openings(self, grid: Grid) -> tuple[str, ...]:
        """Names of all through which matter enters or leaves, in the order of
        `State.entered`: `"x lower"`, `"x upper"`, ..., `"surface"`, `"source"`,
        `"held"`."""

    @abc.abstractmethod
    def fit(self, grid: Grid) -> None:
        """Raises `ValueError` where the equation does not suit a grid."""

    @abc.abstractmethod
    def ready(
        self, grid: Grid, start: Float[Array, "*cells"], anneal: PyTree
    ) -> "AbstractEquation":
        """The equation with all that shapes its program decided, while numbers are
        known: called by [`diffjax.solve`][] before anything is compiled.

        **Arguments:**

        - `grid`, `anneal`: as for `term`.
        - `start`: the first field; shape `(*cells,)`.

        **Raises:** `ValueError` where the equation does not suit them.
        """

    @abc.abstractmethod
    def axis_aligned(self, grid: Grid) -> bool:
        """Whether all bonds lie along the axes, so that lines can be solved alone."""

    @abc.abstractmethod
    def fastest_rate(
        self, grid: Grid, start: Float[Array, "*cells"], anneal: PyTree
    ) -> Float[Array, ""]:
        """Roughly the largest rate in a run, in 1/s; a scalar."""

    @abc.abstractmethod
    def start(self, field: Float[Array, "*cells"]) -> Float[Array, "*cells"]:
        """A first field as the equation has it, held cells at their values."""

    @abc.abstractmethod
    def at_rest(
        self,
        grid: Grid,
        start: Float[Array, "*cells"],
        temperature: Float[Array, ""],
    ) -> Float[Array, "*cells"] | None:
        """The field to which a start leads in the end, where it has a closed form.

        **Arguments:**

        - `grid`: a [`diffjax.grid.Grid`][].
        - `start`: the first field; shape `(*cells,)`.
        - `temperature`: in K.

        **Returns:** shape `(*cells,)`; `None` where the state must be searched for.
        """

    @abc.abstractmethod
    def smallest_diffusivity(
        self,
        grid: Grid,
        composition: Float[Array, "*cells"],
        temperature: Float[Array, ""],
    ) -> Float[Array, ""]:
        """Smallest diffusivity in a field, in m²/s; NaN if any is NaN; a scalar."""

    @abc.abstractmethod
    def left_out(
        self,
        grid: Grid,
        composition: Float[Array, "*cells"],
        temperature: Float[Array, ""],
    ) -> Float[Array, ""]:
        """Rate at which bonds leave diffusion out, in 1/s; 0 where they are whole."""


class Isothermal(eqx.Module):
    """A history of one temperature, without an end: for looks at one moment.

    **Attributes:**

    - `temperature`: in K; a scalar.
    """

    temperature: Float[Array, ""]

    @property
    def duration(self) -> Float[Array, ""]:
        """No end: all that moves at all counts."""
        return jnp.full_like(self.temperature, jnp.inf)

    @property
    def corners(self) -> Float[Array, " corners"]:
        """None."""
        return jnp.zeros(0, dtype=self.temperature.dtype)

    def temperature_at(self, time: Float[Array, ""]) -> Float[Array, ""]:
        """The temperature, in K; a scalar."""
        del time
        return self.temperature


def clock(
    anneal: PyTree, t: Any, dtype: Any
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """Time (s), and the temperature (K) in the precision of the field."""
    t = jnp.asarray(t)
    return t, jnp.asarray(anneal.temperature_at(t)).astype(dtype)
