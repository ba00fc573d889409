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

    - `composition`: cell averages; shape `(cells,)`.
    - `entered`: amount that entered through the lower and the upper wall since the
        start, in composition times volume; shape `(2,)`.
    """

    composition: Float[Array, " cells"]
    entered: Float[Array, " 2"]


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
    def smallest_diffusivity(
        self,
        grid: Grid,
        composition: Float[Array, " cells"],
        temperature: Float[Array, ""],
    ) -> Float[Array, ""]:
        """Smallest diffusivity in a field, in m²/s; NaN if any is NaN; a scalar."""
