"""What a potential is: the energy of a particle at one point."""

import abc
from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from .._checks import arguments
from ..diffusivity import Point


class AbstractPotential(eqx.Module):
    r"""The potential energy $U$ of a diffusing particle at one point.

    The force on it is $-\nabla U$; only differences count. Potentials add up: `a + b`
    is one again.

    To add a potential: subclass this, put every field and `at` in that one class, and
    do not subclass the result.
    """

    @abc.abstractmethod
    def at(self, point: Point) -> Float[Array, ""]:
        """The energy at one point.

        **Arguments:**

        - `point`: composition, temperature (K), position (m) and time (s) there.

        **Returns:** $U$, in eV; a scalar.
        """

    def __add__(self, other: "AbstractPotential") -> "Total":
        """Both at once; see [`diffjax.potentials.Total`][]."""
        return Total(self, other)


class Total(AbstractPotential):
    """The sum of some potentials: their forces act together."""

    parts: tuple[AbstractPotential, ...]

    def __init__(self, *parts: AbstractPotential):
        """**Arguments:**

        - `parts`: potentials; at least one.

        **Raises:** `ValueError` if one is something else.
        """
        for k, part in enumerate(parts):
            if not isinstance(part, AbstractPotential):
                raise ValueError(
                    "`Total(parts=...)` must be potentials of `diffjax.potentials`; "
                    f"got {part!r} as number {k}."
                )
        if not parts:
            raise ValueError("`Total(parts=...)` must be at least one potential.")
        self.parts = parts

    def at(self, point: Point) -> Float[Array, ""]:
        """The sum there, in eV; a scalar."""
        first, *others = (part.at(point) for part in self.parts)
        return sum(others, first)


class Energy(AbstractPotential):
    """A potential that a function gives.

    [`diffjax.fluxes.Drift`][] makes this of a plain function by itself. The parameters
    of an Equinox module (a neural network, say) stay differentiable.
    """

    function: Callable

    def __init__(self, function: Callable):
        """**Arguments:**

        - `function`: of position (m; a scalar in one dimension, shape `(d,)` in more),
            and also of temperature (K) and of time (s) if it takes two or three
            arguments; giving the energy in eV (a scalar), built from JAX operations.

        **Raises:** `ValueError` if it cannot be called.

        !!! example

            ```python
            well = djx.potentials.Energy(lambda x: -0.2 * jnp.exp(-((x / 1e-8) ** 2)))
            ```
        """
        if not callable(function):
            raise ValueError(
                "`Energy(function=...)` must be a function of position (and "
                f"temperature, and time) that gives eV; got {function!r}."
            )
        self.function = function

    def at(self, point: Point) -> Float[Array, ""]:
        """The function's value, in eV; a scalar."""
        given = (point.position, point.temperature, point.time)
        found = self.function(*given[: arguments(self.function)])
        found = jnp.asarray(found, dtype=point.composition.dtype)
        if found.size != 1:
            raise ValueError(
                "`Energy(function=...)` must give one number (eV) at one position; got "
                f"shape {found.shape}."
            )
        return found.reshape(())


def potential_of(thing: AbstractPotential | Callable, name: str) -> AbstractPotential:
    """A potential, or a function made one.

    **Arguments:**

    - `thing`: what the user gave.
    - `name`: of the argument, for the sentence.

    **Raises:** `ValueError` if it is neither.
    """
    if isinstance(thing, AbstractPotential):
        return thing
    if not callable(thing):
        raise ValueError(
            f"`{name}` must be a potential of `diffjax.potentials` or a function of "
            f"position (and temperature, and time); got {thing!r}."
        )
    return Energy(thing)
