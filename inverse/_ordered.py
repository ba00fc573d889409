"""Rows of numbers that rise or fall, and shares that make up a whole."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

import diffjax as djx

from ._joint import AbstractJointTransform, Part, Shapes


class Monotone(AbstractJointTransform):
    r"""A row of numbers that rise, or fall.

    $$u_1 = x_1 / s, \qquad u_k = \ln \frac{x_k - x_{k-1}}{s}$$

    with a step $s$ that sets the unit; for falling rows $x_{k-1} - x_k$. With the
    logarithms at the knots of a [`diffjax.diffusivity.LogSpline`][] it makes a $D(c)$
    whose knots rise.
    """

    step: Float[Array, ""]
    falling: bool = eqx.field(static=True)

    def __init__(self, step: ArrayLike = 1.0, falling: bool = False):
        """**Arguments:**

        - `step`: $s > 0$, a usual difference of neighbours, in the unit of the row; a
            scalar.
        - `falling`: whether the numbers fall.

        **Raises:** `ValueError` if `step` is not > 0.
        """
        size = djx.real(step)
        self.step = djx.require(size, size > 0, "`Monotone(step=...)` must be > 0.")
        self.falling = falling

    def size(self, shapes: Shapes) -> int:
        """As many as the row has."""
        _one_row("Monotone", shapes)
        return shapes[0][0]

    def forward(self, arrays: tuple[Float[Array, "..."], ...]) -> Float[Array, " free"]:
        """The first number and the logarithms of the steps; no unit. NaN for a row
        that does not rise."""
        (row,) = arrays
        steps = jnp.diff(row) / (-self.step if self.falling else self.step)
        return jnp.concatenate([row[:1] / self.step, jnp.log(steps)])

    def inverse(
        self, free: Float[Array, " free"], shapes: Shapes
    ) -> tuple[Float[Array, "..."], ...]:
        """The row, in its unit."""
        del shapes
        steps = jnp.exp(free[1:])
        steps = -steps if self.falling else steps
        return (self.step * jnp.cumsum(jnp.concatenate([free[:1], steps])),)

    def report(self, arrays: tuple[Float[Array, "..."], ...]) -> Float[Array, " parts"]:
        """The row itself, in its unit."""
        return arrays[0]

    def parts(self, name: str, shapes: Shapes) -> tuple[Part, ...]:
        """One name for each number."""
        return tuple(Part(f"{name}[{k}]") for k in range(shapes[0][0]))


class Simplex(AbstractJointTransform):
    r"""Shares $w_k > 0$ whose sum is 1.

    $$w_k = \frac{e^{v_k}}{\sum_j e^{v_j}}, \qquad v = H u$$

    with one free number less than shares; the columns of $H$ are orthonormal and sum to
    zero, so that no share stands apart from the others.
    """

    def size(self, shapes: Shapes) -> int:
        """One less than the row has."""
        _one_row("Simplex", shapes)
        return shapes[0][0] - 1

    def forward(self, arrays: tuple[Float[Array, "..."], ...]) -> Float[Array, " free"]:
        """Contrasts of the logarithms; no unit. NaN where a share is not > 0."""
        (row,) = arrays
        return jnp.log(row) @ _contrasts(row.shape[0])

    def inverse(
        self, free: Float[Array, " free"], shapes: Shapes
    ) -> tuple[Float[Array, "..."], ...]:
        """The shares; no unit; their sum is 1."""
        return (jax.nn.softmax(_contrasts(shapes[0][0]) @ free),)

    def report(self, arrays: tuple[Float[Array, "..."], ...]) -> Float[Array, " parts"]:
        """The shares; no unit."""
        return arrays[0]

    def parts(self, name: str, shapes: Shapes) -> tuple[Part, ...]:
        """One name for each share."""
        return tuple(Part(f"{name}[{k}]", "share") for k in range(shapes[0][0]))


def _one_row(kind: str, shapes: Shapes) -> None:
    if len(shapes) != 1 or len(shapes[0]) != 1 or shapes[0][0] < 2:
        got = ", ".join(map(str, shapes))
        raise ValueError(
            f"`{kind}` is for one row of at least 2 numbers; got shape {got}."
        )


def _contrasts(count: int) -> Float[Array, "shares free"]:
    """Helmert's: each share against the mean of those before it."""
    out = np.zeros((count, count - 1))
    for k in range(1, count):
        out[:k, k - 1] = -1 / k
        out[k, k - 1] = 1.0
    return jnp.asarray(out / np.linalg.norm(out, axis=0))
