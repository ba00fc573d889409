"""Fields on a grid: initial states and values between the cells."""

import functools
import itertools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from .._checks import real
from .._shapes import Numbers
from ._grid import Grid


def step(
    grid: Grid, at: ArrayLike, left: Numbers, right: Numbers
) -> Float[Array, "cells ..."]:
    """Exact cell averages of a step: the initial state of a couple.

    The cell that holds the step gets the mean over its volume, so the amount of
    substance is exact and depends smoothly on the position of the step.

    **Arguments:**

    - `grid`: a [`diffjax.grid.Grid`][] with one axis.
    - `at`: position of the step, in m.
    - `left`, `right`: value below and above it, any unit; numbers, or shape `(n,)` for
        $n$ components.

    **Returns:**

    Cell averages in the unit of `left` and `right`; shape `(cells,)`, or `(cells, n)`.
    """
    _one_axis(grid, "step")
    at, left, right = real(at), real(left), real(right)
    power = {"planar": 1, "cylindrical": 2, "spherical": 3}[grid.geometry]
    return _step(grid.faces, at, left, right, power)


@functools.partial(jax.jit, static_argnames="power")
def _step(
    faces: Float[Array, " faces"], at: Array, left: Array, right: Array, power: int
) -> Float[Array, "cells ..."]:
    inner, outer = faces[:-1], faces[1:]
    cut = jnp.clip(at, inner, outer)
    below = (cut**power - inner**power) / (outer**power - inner**power)
    return jnp.multiply.outer(below, left) + jnp.multiply.outer(1 - below, right)


def cell_averages(
    grid: Grid,
    function: Callable[[Float[Array, "..."]], ArrayLike],
) -> Float[Array, "*cells"]:
    """Volume averages of a function over each cell, by three-point Gauss quadrature
    along each axis.

    **Arguments:**

    - `grid`: a [`diffjax.grid.Grid`][].
    - `function`: of the position (m), applied to arrays of positions; any unit. On a
        grid with $d > 1$ axes it takes positions of shape `(*cells, d)` and gives
        values of shape `(*cells,)`, or one number.

    **Returns:**

    Cell averages in the function's unit; shape `(*cells,)`.

    **Raises:** `ValueError` if the function gives values of another shape.

    **Error:** sixth order in the cell width for smooth functions. A step inside a cell
    is not resolved; use [`diffjax.grid.step`][] on one axis.

    !!! example

        ```python
        grid = djx.grid.uniform((0.0, 0.0), (100e-6, 50e-6), (40, 20))
        square = lambda p: jnp.sum((p - 30e-6) ** 2, axis=-1)
        spot = djx.grid.cell_averages(grid, lambda p: jnp.exp(-square(p) / 1e-10))
        ```
    """
    nodes, weights = np.polynomial.legendre.leggauss(3)
    dtype = grid.faces.dtype
    if grid.dimension > 1:
        # One point of the product rule after the other: memory stays that of a field.
        centres = grid.centres
        halves = [0.5 * axis.widths for axis in grid.axes]
        reach = jnp.stack(jnp.meshgrid(*halves, indexing="ij"), axis=-1)
        total = jnp.zeros(grid.shape, dtype)
        for which in itertools.product(range(3), repeat=grid.dimension):
            chosen = list(which)
            offset = jnp.broadcast_to(jnp.asarray(nodes[chosen], dtype), centres.shape)
            weight = float(np.prod(weights[chosen])) / 2**grid.dimension
            values = real(function(centres + offset * reach))  # pyright: ignore
            total = total + weight * _over(grid, values).astype(dtype)
        return total
    offsets = jnp.asarray(nodes, dtype=dtype)[:, None]
    x = grid.centres[None] + 0.5 * offsets * grid.widths[None]
    power = {"planar": 0, "cylindrical": 1, "spherical": 2}[grid.geometry]
    density = jnp.asarray(weights, dtype=dtype)[:, None] * x**power
    values = jnp.broadcast_to(real(function(x)), x.shape)  # pyright: ignore
    return jnp.sum(density * values, axis=0) / jnp.sum(density, axis=0)


def _over(grid: Grid, values: Float[Array, "..."]) -> Float[Array, "*cells"]:
    """Values that are one for each cell, or one for all."""
    if values.shape not in ((), grid.shape):
        raise ValueError(
            "`cell_averages(function=...)` must give one value per position: shape "
            f"{grid.shape} for positions of shape {(*grid.shape, grid.dimension)}; "
            f"got {values.shape}."
        )
    return jnp.broadcast_to(values, grid.shape)


def interpolate(
    nodes: Float[Array, " nodes"],
    values: Float[Array, " nodes"],
    positions: Float[Array, "*points"],
) -> Float[Array, "*points"]:
    r"""Monotone cubic interpolation: smooth, and never above or below its neighbours.

    Cubic Hermite pieces whose slopes are the weighted harmonic mean of the two
    neighbouring secants (zero at an extremum), so that a step stays a step.

    **Arguments:**

    - `nodes`: positions, increasing, in m; shape `(nodes,)`, at least 3.
    - `values`: what is known there, any unit; shape `(nodes,)`.
    - `positions`: where to interpolate, in m; any shape. Outside the nodes the nearest
        end's value is returned.

    **Returns:**

    Values in the unit of `values`; shape of `positions`. Continuous with its first
    derivative in `positions`.

    **Error:** third order in the spacing where the values are smooth and monotone,
    second order at extrema.

    ??? cite "Reference"

        The slopes are those of Fritsch and Butland, *SIAM J. Sci. Stat. Comput.* **5**
        (1984).
    """
    widths = nodes[1:] - nodes[:-1]
    secants = (values[1:] - values[:-1]) / widths
    inner = monotone_slope(secants[:-1], secants[1:], widths[:-1], widths[1:])
    slopes = jnp.concatenate([secants[:1], inner, secants[-1:]])
    where = jnp.clip(positions, nodes[0], nodes[-1])
    index = jnp.clip(jnp.searchsorted(nodes, where) - 1, 0, widths.shape[0] - 1)
    h = widths[index]
    s = (where - nodes[index]) / h
    y0, y1 = values[index], values[index + 1]
    m0, m1 = slopes[index], slopes[index + 1]
    blend = s * s * (3 - 2 * s)
    return y0 + (y1 - y0) * blend + h * s * (1 - s) * ((1 - s) * m0 - s * m1)


def monotone_slope(
    before: Float[Array, "*points"],
    after: Float[Array, "*points"],
    width_before: Float[Array, "*#points"],
    width_after: Float[Array, "*#points"],
) -> Float[Array, "*points"]:
    """Slope at a node that keeps a cubic monotone: a harmonic mean of two secants.

    **Arguments:**

    - `before`, `after`: secants on both sides, per m; any shape.
    - `width_before`, `width_after`: distances to the neighbours, in m; same shape, or
        scalars.

    **Returns:** the slope, per m; 0 where the secants differ in sign.
    """
    same = before * after > 0
    w1 = 2 * width_after + width_before
    w2 = width_after + 2 * width_before
    # Double `where`: no division by a zero secant in the branch not taken.
    safe_before = jnp.where(same, before, 1.0)
    safe_after = jnp.where(same, after, 1.0)
    mean = (w1 + w2) / (w1 / safe_before + w2 / safe_after)
    return jnp.where(same, mean, 0.0)


def _one_axis(grid: Grid, name: str) -> None:
    if grid.dimension != 1:
        raise ValueError(
            f"`{name}` works on a grid with one axis; got {grid.dimension} axes."
        )
