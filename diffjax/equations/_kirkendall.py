"""Where markers in a couple go: Kirkendall planes, and how the lattice is stretched."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from .._checks import all_numbers, one_number, real
from .._shapes import Numbers


class KirkendallPlanes(eqx.Module):
    """The planes of [`diffjax.equations.kirkendall_planes`][], from left to right.

    Rows beyond the last plane hold NaN.

    **Attributes:**

    - `positions`: where they are, in m; shape `(most,)`.
    - `slopes`: $dv/dx$ there, in 1/s; shape `(most,)`.
    - `stable`: whether markers beside a plane come closer to it, in proportion to the
        width of the profile; shape `(most,)`.
    """

    positions: Float[Array, " most"]
    slopes: Float[Array, " most"]
    stable: Bool[Array, " most"]


def kirkendall_planes(
    positions: Numbers,
    velocity: Numbers,
    time: Numbers,
    origin: Numbers = 0.0,
    most: int = 5,
) -> KirkendallPlanes:
    r"""Planes on which markers of the first contact of a couple stay.

    $$x_K - x_0 = 2\, t\, v(x_K, t)$$

    As long as a couple grows parabolically, a marker that starts on the contact moves
    as $\sqrt t$, so that the velocity at its place is half its way over the time. The
    straight line $(x - x_0) / 2t$ may meet the curve $v(x)$ more than once. Where $v$
    crosses the line downwards ($2 t\, dv/dx < 1$), markers gather: the plane is
    *stable*. Between two stable planes lies an unstable one.

    **Arguments:**

    - `positions`: increasing, in m; shape `(points,)`: the faces of a grid.
    - `velocity`: of the lattice there, in m/s; shape `(points,)`.
    - `time`: > 0, in s; a scalar.
    - `origin`: $x_0$, where the couple was joined, in m; a scalar.
    - `most`: how many planes at most are looked for; no unit.

    **Returns:** [`diffjax.equations.KirkendallPlanes`][]. Differentiable in all
    numbers.

    **Raises:** `ValueError` if shapes disagree, or the time is not > 0.

    **Error:** second order in the spacing.

    ??? cite "Reference"

        van Loo, *Progress in Solid State Chemistry* **20** (1990), on the construction.

    !!! example

        ```python
        v = equation.velocity(grid, solution.ys[-1], 1058.0)
        planes = djx.equations.kirkendall_planes(grid.faces, v, solution.ts[-1])
        ```
    """
    x = all_numbers(positions, "kirkendall_planes(positions=...)", "m")
    v = real(velocity)
    if x.ndim != 1 or x.shape != v.shape or x.shape[0] < 2:
        raise ValueError(
            "`kirkendall_planes(velocity=...)` must have the shape of `positions`, "
            f"`(points,)` (m/s); got {v.shape} and {x.shape}."
        )
    t = one_number(time, "kirkendall_planes(time=...)", "s", "> 0")
    start = one_number(origin, "kirkendall_planes(origin=...)", "m")
    return _planes(x, v.astype(x.dtype), t.astype(x.dtype), start.astype(x.dtype), most)


def lattice_strain(before: Numbers, after: Numbers) -> Float[Array, " gaps"]:
    r"""How far the lattice was stretched between neighbouring markers.

    $$\varepsilon = \ln \frac{x_{k+1}(t) - x_k(t)}{x_{k+1}(0) - x_k(0)}$$

    Positive where sites were made, negative where they were lost; the integral of
    $\partial v / \partial x$ along the way of the lattice.

    **Arguments:**

    - `before`, `after`: positions of the markers, increasing, in m; shape `(markers,)`.

    **Returns:** no unit; shape `(markers - 1,)`.

    **Raises:** `ValueError` if shapes disagree or there are fewer than two markers.
    """
    a, b = real(before), real(after)
    if a.ndim != 1 or a.shape != b.shape or a.shape[0] < 2:
        raise ValueError(
            "`lattice_strain(after=...)` must have the shape of `before`, "
            f"`(markers,)` with at least 2 (m); got {b.shape} and {a.shape}."
        )
    return jnp.log((b[1:] - b[:-1]) / (a[1:] - a[:-1]))


@eqx.filter_jit
def _planes(
    x: Float[Array, " points"],
    v: Float[Array, " points"],
    t: Float[Array, ""],
    origin: Float[Array, ""],
    most: int,
) -> KirkendallPlanes:
    ahead = 2 * t * v - (x - origin)
    left, right = ahead[:-1], ahead[1:]
    # Where a node lies on the line itself, the piece on its right has the plane.
    crosses = (left == 0) | (left * right < 0)
    (index,) = jnp.nonzero(jax.lax.stop_gradient(crosses), size=most, fill_value=-1)
    there = index >= 0
    index = jnp.maximum(index, 0)
    a, b, width = left[index], right[index], x[index + 1] - x[index]
    fall = jnp.where(there & (a != b), a - b, 1.0)
    absent = lambda value: jnp.where(there, value, jnp.nan)
    slope = (v[index + 1] - v[index]) / width
    return KirkendallPlanes(
        absent(x[index] + width * a / fall), absent(slope), there & (a > b)
    )
