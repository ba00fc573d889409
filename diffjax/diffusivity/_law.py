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
    - `time`: in s; a scalar. Known where forces are asked for, `None` to laws, which
        describe matter and not what is done to it.
    """

    composition: Float[Array, "*points"]
    temperature: Float[Array, "*points"]
    position: Float[Array, "..."]
    time: Float[Array, "*points"] | None = None


class AbstractDiffusivity(eqx.Module):
    """A law that gives the diffusivity at one point.

    What it gives has one of three shapes: `()` where matter spreads alike in all
    directions, `(d,)` for the principal values where they lie along the grid's axes,
    `(d, d)` for a whole symmetric positive definite tensor in the grid's axes.

    To add a law: subclass this, put every field and `at` in that one class, and do not
    subclass the result.
    """

    @abc.abstractmethod
    def at(self, point: Point) -> Float[Array, "..."]:
        """Diffusivity at one point.

        **Arguments:**

        - `point`: composition, temperature (K) and position (m) there.

        **Returns:**

        Diffusivity, in m²/s; a scalar, shape `(d,)` or shape `(d, d)`, the same at
        every point.
        """

    def over(
        self,
        composition: Numbers,
        temperature: Numbers,
        position: Numbers = 0.0,
        dimension: int = 1,
    ) -> Float[Array, "..."]:
        """As `at`, over arrays: for tables and pictures.

        **Arguments:**

        - `composition`: mole fraction or any other concentration; any shape.
        - `temperature`: in K; any shape that broadcasts with it.
        - `position`: in m; any shape that broadcasts with it. In more dimensions than
            one with an axis of `dimension` numbers after that; or one number, for all.
        - `dimension`: how many numbers a position has (no unit).

        **Returns:**

        Diffusivity, in m²/s; the broadcast shape, then that of the law at a point.

        **Raises:** `ValueError` if the positions do not have that many numbers.
        """
        where = real(position)
        if dimension > 1:
            if where.ndim == 0:
                where = jnp.broadcast_to(where, (dimension,))
            if where.shape[-1] != dimension:
                raise ValueError(
                    f"`over(position=...)` must have {dimension} numbers in its last "
                    f"axis (m); got shape {where.shape}."
                )
        inner = (dimension,) if dimension > 1 else ()
        c, hot = real(composition), real(temperature)
        points = where.shape[: where.ndim - len(inner)]
        outer = jnp.broadcast_shapes(c.shape, hot.shape, points)
        row = lambda x: jnp.broadcast_to(x, outer).reshape(-1)
        places = jnp.broadcast_to(where, (*outer, *inner)).reshape(-1, *inner)
        at = lambda c, temperature, x: self.at(Point(c, temperature, x))
        values = jax.vmap(at)(row(c), row(hot), places)
        return values.reshape(*outer, *values.shape[1:])


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
            (m; a scalar in one dimension, shape `(d,)` in more), giving the diffusivity
            in m²/s (> 0; a scalar, principal values of shape `(d,)`, or a tensor of
            shape `(d, d)`), built from JAX operations.

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

    def at(self, point: Point) -> Float[Array, "..."]:
        """The function's value, in m²/s; a scalar, shape `(d,)` or `(d, d)`."""
        value = self.function(point.composition, point.temperature, point.position)
        value = jnp.asarray(value, dtype=point.composition.dtype)
        if value.size == 1:
            return value.reshape(())
        if value.shape not in ((2,), (3,), (2, 2), (3, 3)):
            raise ValueError(
                "`Custom(function=...)` must give one number, shape `(d,)` or shape "
                f"`(d, d)` with d = 2 or 3 (m²/s); got shape {value.shape}."
            )
        return value
