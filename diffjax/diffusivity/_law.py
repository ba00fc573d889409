"""What a diffusivity is: a law of one point."""

import abc
from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from .._checks import real
from .._shapes import Numbers


class Point(eqx.Module):
    """The state of matter at one point, as a law sees it.

    A row of points, with arrays for scalars, is what a law is mapped over.

    **Attributes:**

    - `composition`: mole fraction or any other concentration; a scalar.
    - `temperature`: absolute temperature, in K; a scalar.
    - `position`: in m; a scalar in one dimension, shape `(d,)` in more.
    """

    composition: Float[Array, "*points"]
    temperature: Float[Array, "*points"]
    position: Float[Array, "..."]


class AbstractDiffusivity(eqx.Module):
    """A law that gives the diffusivity at one point.

    To add a law: subclass this, put every field and `at` in that one class, and do not
    subclass the result.
    """

    @abc.abstractmethod
    def at(self, point: Point) -> Float[Array, ""]:
        """Diffusivity at one point.

        **Arguments:**

        - `point`: composition, temperature (K) and position (m) there.

        **Returns:**

        Diffusivity, in m²/s; a scalar.
        """

    def over(
        self,
        composition: Numbers,
        temperature: Numbers,
        position: Numbers = 0.0,
    ) -> Float[Array, "..."]:
        """As `at`, over arrays: for tables and pictures.

        **Arguments:**

        - `composition`: mole fraction or any other concentration; any shape.
        - `temperature`: in K; any shape that broadcasts with it.
        - `position`: in m; any shape that broadcasts with it.

        **Returns:**

        Diffusivity, in m²/s; the broadcast shape.
        """
        fields = jnp.broadcast_arrays(*map(real, (composition, temperature, position)))
        at = lambda c, temperature, x: self.at(Point(c, temperature, x))
        flat = (field.reshape(-1) for field in fields)
        return jax.vmap(at)(*flat).reshape(fields[0].shape)


class Custom(AbstractDiffusivity):
    """Any function, or Equinox module, as a diffusivity.

    [`diffjax.equations.Diffusion`][] makes this of a plain function by itself. The
    parameters of a module (a neural network, say) stay differentiable.
    """

    function: Callable[
        [Float[Array, ""], Float[Array, ""], Float[Array, "*d"]], ArrayLike
    ]

    def __init__(self, function: Callable):
        """**Arguments:**

        - `function`: of composition (a scalar), temperature (K; a scalar) and position
            (m; a scalar in one dimension), giving the diffusivity in m²/s (> 0; a
            scalar), built from JAX operations.

        **Raises:** `ValueError` if it cannot be called.

        !!! example

            ```python
            law = djx.diffusivity.Custom(lambda c, temperature, x: 1e-14 * jnp.exp(c))
            ```
        """
        if not callable(function):
            raise ValueError(
                "`Custom(function=...)` must be a function of composition, temperature "
                f"and position; got {function!r}."
            )
        self.function = function

    def at(self, point: Point) -> Float[Array, ""]:
        """The function's value, in m²/s; a scalar."""
        value = self.function(point.composition, point.temperature, point.position)
        return jnp.asarray(value, dtype=point.composition.dtype).reshape(())
