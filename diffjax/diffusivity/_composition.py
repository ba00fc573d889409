"""Laws of composition: exponential, polynomial, and a spline of ln D on knots."""

from types import ModuleType
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, ArrayLike, Float

from .._checks import finite, one_number, real, require, value_of
from .._shapes import Numbers
from ._law import AbstractDiffusivity, Point


class Exponential(AbstractDiffusivity):
    r"""A diffusivity whose logarithm is linear in composition.

    $$\ln D(c) = \ln D(0) + a\, c$$
    """

    log_value: Float[Array, ""]
    slope: Float[Array, ""]

    def __init__(self, value: ArrayLike, slope: ArrayLike):
        """**Arguments:**

        - `value`: $D(0) > 0$, in m²/s; a scalar.
        - `slope`: $a$, in 1/composition; a scalar.

        **Raises:** `ValueError` if `value` is not > 0.
        """
        value = one_number(value, "Exponential(value=...)", "m²/s", "> 0")
        self.log_value = jnp.log(value)
        self.slope = one_number(slope, "Exponential(slope=...)", "1/composition")

    def at(self, point: Point) -> Float[Array, ""]:
        """$D$ at the point's composition, in m²/s; a scalar."""
        return jnp.exp(self.log_value + self.slope * point.composition)


class Polynomial(AbstractDiffusivity):
    r"""A diffusivity that is a polynomial in composition.

    $$D(c) = \sum_n a_n c^n$$

    Nothing keeps it positive: a solve in which it is not ends with
    `RESULTS.negative_diffusivity`.
    """

    coefficients: Float[Array, " n"]

    def __init__(self, coefficients: Numbers):
        """**Arguments:**

        - `coefficients`: $a_n$, lowest power first, in m²/s per power of the
            composition; shape `(n,)`.

        **Raises:** `ValueError` if they are not finite or not a row of numbers.
        """
        array = real(coefficients)
        if array.ndim != 1 or array.shape[0] == 0:
            raise ValueError(
                "`Polynomial(coefficients=...)` must have shape `(n,)`, lowest power "
                f"first (m²/s); got {array.shape}."
            )
        self.coefficients = require(
            array, finite, "`Polynomial(coefficients=...)` must be finite."
        )

    def at(self, point: Point) -> Float[Array, ""]:
        """$D$ at the point's composition, in m²/s; a scalar."""
        value = self.coefficients[-1]
        for index in range(self.coefficients.shape[0] - 2, -1, -1):
            value = value * point.composition + self.coefficients[index]
        return jnp.asarray(value)


class LogSpline(AbstractDiffusivity):
    r"""A natural cubic spline of $\ln D$ on knots in composition.

    $$\ln D(c) = a + b\,u + \sum_k w_k \max(u - u_k, 0)^3, \qquad
    u = \frac{c - c_0}{c_{K-1} - c_0}$$

    Positive everywhere; $\ln D$ goes on linearly outside the knots. With two knots it
    is [`diffjax.diffusivity.Exponential`][]. $a$, $b$ and $w$ are linear in the values
    at the knots: `basis` is the matrix that gives them.

    **Attributes:**

    - `knots`: compositions $c_k$, increasing; shape `(knots,)`.
    - `log_values`: $\ln D$ there, with $D$ in m²/s; shape `(knots,)`.
    """

    knots: Float[Array, " knots"]
    log_values: Float[Array, " knots"]
    basis: Float[Array, "knots+2 knots"]
    ends: Float[Array, " 2"]

    def __init__(self, knots: Numbers, values: Numbers):
        """**Arguments:**

        - `knots`: compositions, increasing; shape `(knots,)`, at least 2.
        - `values`: $D > 0$ at the knots, in m²/s; shape `(knots,)`, or one number for
            all.

        **Raises:** `ValueError` if shapes disagree, the knots do not increase, or a
        value is not > 0.

        !!! example

            ```python
            law = djx.diffusivity.LogSpline(
                knots=jnp.array([0.0, 0.5, 1.0]),
                values=jnp.array([5e-13, 3e-13, 1e-13]),
            )
            ```
        """
        # Known knots are checked and turned into the basis by NumPy, now, so that a law
        # made inside a compiled function costs nothing there.
        lib = jnp if isinstance(knots, Tracer) else np
        where = real(knots)
        places = lib.asarray(where if lib is jnp else knots, dtype=where.dtype)
        if where.ndim != 1 or where.shape[0] < 2:
            raise ValueError(
                "`LogSpline(knots=...)` must have shape `(knots,)` with at least 2 "
                f"knots; got {where.shape}."
            )
        where = require(
            where,
            lib.isfinite(lib.diff(places)) & (lib.diff(places) > 0),
            "`LogSpline(knots=...)` must be finite and increasing.",
        )
        height = real(values)
        if height.shape not in ((), where.shape):
            raise ValueError(
                f"`LogSpline(values=...)` must have shape {where.shape} as the knots; "
                f"got {height.shape}."
            )
        height = require(
            height,
            lambda v: (v > 0) & finite(v),
            lambda: (
                f"`LogSpline(values=...)` must be > 0 (m²/s); got {value_of(height)}."
            ),
        )
        self.knots = where
        self.log_values = jnp.broadcast_to(jnp.log(height), where.shape)
        self.ends = jnp.asarray(places[np.array([0, -1])], dtype=where.dtype)
        self.basis = jnp.asarray(_natural_basis(places, lib), dtype=where.dtype)

    @property
    def values(self) -> Float[Array, " knots"]:
        """Diffusivity at the knots, in m²/s; shape `(knots,)`."""
        return jnp.exp(self.log_values)

    def at(self, point: Point) -> Float[Array, ""]:
        """$D$ at the point's composition, in m²/s; a scalar."""
        coefficients = self.basis @ self.log_values
        span = self.ends[1] - self.ends[0]
        u = (point.composition - self.ends[0]) / span
        starts = (self.knots - self.ends[0]) / span
        log_value = coefficients[0] + coefficients[1] * u
        # A loop over the few knots: one fused pass over the cells, no small matrices.
        for start, weight in zip(starts, coefficients[2:]):
            log_value += weight * jnp.maximum(u - start, 0.0) ** 3
        return jnp.exp(log_value)

    def padded(self, size: int) -> "LogSpline":
        """The same law with inert knots added, to share one compiled program.

        Programs are compiled for shapes: laws with different numbers of knots, padded
        to one size, run in the same one. The values at the added knots do nothing.

        **Arguments:**

        - `size`: number of knots wanted (no unit), at least the present one.

        **Returns:**

        A law equal to this one at every composition, with `size` knots.

        **Raises:** `ValueError` if `size` is too small.
        """
        count = self.knots.shape[0]
        extra = size - count
        if extra < 0:
            raise ValueError(
                f"`LogSpline.padded(size=...)` must be at least {count}, the number of "
                f"knots; got {size}."
            )
        # By NumPy where the numbers are known: nothing is compiled for each number.
        fields = (self.knots, self.log_values, self.basis, self.ends)
        lib = jnp if any(isinstance(field, Tracer) for field in fields) else np
        knots, ends = lib.asarray(self.knots), lib.asarray(self.ends)
        beyond = ends[1] + (ends[1] - ends[0]) * lib.arange(1, extra + 1)
        law = object.__new__(LogSpline)
        new = dict(
            knots=lib.concatenate([knots, beyond.astype(knots.dtype)]),
            log_values=lib.pad(lib.asarray(self.log_values), (0, extra), mode="edge"),
            basis=lib.pad(lib.asarray(self.basis), ((0, extra), (0, extra))),
            ends=ends,
        )
        for name, value in new.items():
            object.__setattr__(law, name, jnp.asarray(value))
        return law


def _natural_basis(knots: Any, lib: ModuleType) -> Any:
    """Matrix from values at the knots to (a, b, w): interpolation and natural ends."""
    count = knots.shape[0]
    u = (knots - knots[0]) / (knots[-1] - knots[0])
    one, nil = lib.ones_like(u), lib.zeros((2, 2), dtype=u.dtype)
    cubes = lib.maximum(u[:, None] - u[None, :], 0.0) ** 3
    values = lib.concatenate([one[:, None], u[:, None], cubes], axis=1)
    ends = lib.concatenate([nil, lib.stack([one, u])], axis=1)
    right = lib.concatenate([lib.eye(count), lib.zeros((2, count))]).astype(u.dtype)
    return lib.linalg.solve(lib.concatenate([values, ends]), right)
