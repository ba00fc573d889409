"""What happens inside a body besides diffusion: sources, and cells held fixed."""

from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Bool, Float

from .._checks import all_numbers, arguments, one_number
from .._shapes import Numbers
from ..grid import Grid


class Source(eqx.Module):
    """A volumetric source: composition made per second, at one point.

    Made by [`diffjax.equations.Diffusion`][] of what it is given.
    """

    made: Float[Array, ""] | Callable

    def __init__(self, made: ArrayLike | Callable):
        """**Arguments:**

        - `made`: composition per s (negative: consumed); a number, or a function of
            composition, temperature (K) and position (m), and also of time (s) if it
            takes four arguments.

        **Raises:** `ValueError` if a number is not finite.
        """
        if not callable(made):
            made = one_number(made, "Diffusion(source=...)", "composition per s")
        self.made = made

    def at(
        self,
        composition: Float[Array, ""],
        temperature: Float[Array, ""],
        position: Float[Array, "..."],
        time: Float[Array, ""],
    ) -> Float[Array, ""]:
        """What is made at one point, in composition per s; a scalar."""
        if not callable(self.made):
            return self.made.astype(composition.dtype)
        given = (composition, temperature, position, time)
        made = self.made(*given[: arguments(self.made)])
        return jnp.asarray(made, dtype=composition.dtype).reshape(())


class Held(eqx.Module):
    """Cells inside a body whose composition is held.

    **Attributes:**

    - `where`: which cells; shape `(*cells,)`.
    - `value`: their composition; a number or shape `(*cells,)`.
    """

    where: Bool[Array, "*cells"]
    value: Float[Array, "..."]

    def __init__(self, where: Array | np.ndarray, value: Numbers):
        """**Arguments:**

        - `where`: truth values, one per cell of the grid; shape `(*cells,)`.
        - `value`: composition there; a number, or one per cell of the grid.

        **Raises:** `ValueError` if `where` holds other than truth values, if a value is
        not finite, or if the shapes differ.

        !!! example

            ```python
            held = djx.equations.Held(jnp.arange(100) > 90, 1.0)
            ```
        """
        where = jnp.asarray(where)
        if where.dtype != bool:
            raise ValueError(
                "`Held(where=...)` must hold truth values, one per cell of the grid; "
                f"got {where.dtype} numbers."
            )
        value = all_numbers(value, "Held(value=...)", "composition")
        if value.shape not in ((), where.shape):
            raise ValueError(
                f"`Held(value=...)` must be a number or have the shape of `where`, "
                f"{where.shape}; got {value.shape}."
            )
        self.where, self.value = where, value

    def fit(self, grid: Grid) -> None:
        """Checks that there is one truth value per cell.

        **Raises:** `ValueError` if not.
        """
        if self.where.shape != grid.shape:
            raise ValueError(
                f"`Held(where=...)` must have the shape of the grid, {grid.shape}; got "
                f"{self.where.shape}."
            )

    def put(self, field: Float[Array, "*cells"]) -> Float[Array, "*cells"]:
        """A field with the held cells at their values; any unit."""
        return jnp.where(self.where, self.value.astype(field.dtype), field)
