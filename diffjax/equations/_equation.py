"""What an equation is: something a grid and an anneal turn into a term in time."""

import abc

import equinox as eqx
from jaxtyping import Array, Float, PyTree

from ..grid import Grid
from ..stepping import AbstractStructuredTerm


class State(eqx.Module):
    """What is marched in time: the field, and what passed through the walls.

    Marching the amounts with the field makes the balance exact for any time stepper.

    **Attributes:**

    - `composition`: cell averages; shape `(*cells,)`.
    - `entered`: amount that entered through each opening since the start, in
        composition times volume; shape `(openings,)`.
    """

    composition: Float[Array, "*cells"]
    entered: Float[Array, " openings"]


class AbstractEquation(eqx.Module):
    """A whole balance law, with its walls.

    To add an equation: subclass this and say what its term in time is.
    """

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
