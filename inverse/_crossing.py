"""The interdiffusion matrix at a composition that several couples share."""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

import diffjax as djx

from ._couple_fluxes import fluxes_of
from ._inputs import couple_ends, enough, profiles_of, scalar, shown, spread
from ._local import local_weights
from ._profile import Profile


class CrossingMatrix(NamedTuple):
    """Interdiffusion matrix where paths cross.

    - `matrix`: in m²/s; shape `(k, k)`.
    - `condition`: condition number of the gradients, no unit; a relative error of the
        fluxes reaches the matrix at most this many times larger.
    """

    matrix: Float[Array, "k k"]
    condition: Float[Array, ""]


class InterdiffusionMatrix(NamedTuple):
    """What two crossing paths of a ternary say.

    - `composition`: where they cross, in the unit of the profiles; shape `(2,)`.
    - `positions`: of that composition in each couple, in m; shape `(2,)`.
    - `matrix`: in m²/s; shape `(2, 2)`.
    - `error`: standard errors of `matrix`, or `None` where a profile has no `sigma`.
    - `condition`: condition number of the gradients, no unit.
    """

    composition: Float[Array, " 2"]
    positions: Float[Array, " 2"]
    matrix: Float[Array, "2 2"]
    error: Float[Array, "2 2"] | None
    condition: Float[Array, ""]


def crossing_matrix(fluxes: ArrayLike, gradients: ArrayLike) -> CrossingMatrix:
    r"""Interdiffusion matrix at a composition that as many couples share as components.

    $\tilde J_i = -\sum_j \tilde D_{ij}\,\partial c_j/\partial x$ in each couple.

    **Arguments:**

    - `fluxes`: at the shared composition; shape `(couples, k)`, `couples` equal `k`.
    - `gradients`: slopes there, unit of the concentrations per m; same shape.

    **Returns:**

    [`inverse.CrossingMatrix`][].

    **Raises:** `ValueError` if the shapes are not square and equal, or the gradients
    are parallel to round-off.
    """
    j, g = djx.real(fluxes), djx.real(gradients)
    if j.ndim != 2 or j.shape[0] != j.shape[1] or g.shape != j.shape:
        raise ValueError(
            "`crossing_matrix(fluxes=..., gradients=...)` must both have shape "
            f"`(k, k)`; got {j.shape} and {g.shape}."
        )
    condition = jnp.linalg.cond(g)
    g = djx.require(
        g,
        condition < 1e-3 / jnp.finfo(g.dtype).eps,  # False for NaN
        "`crossing_matrix(gradients=...)` must not be parallel: the paths touch and do "
        "not cross; the condition number" + shown(condition).replace("; got", " is"),
    )
    return CrossingMatrix(-jnp.linalg.solve(g, j).T, condition)


def _start(x, c, y, d, near):
    """Positions where two polylines cross, and whether they do.

    Of several crossings, the one where the gradients span the largest area: noise in
    the level ends crosses itself, but its gradients are small.
    """
    p, q = c[:-1, None, :], d[None, :-1, :]
    a, b = jnp.diff(c, axis=0)[:, None, :], jnp.diff(d, axis=0)[None, :, :]

    def area(u, v):
        return u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0]

    span = area(a, b)
    safe = jnp.where(span == 0, 1.0, span)
    first, second = area(q - p, b) / safe, area(q - p, a) / safe
    inside = (first >= 0) & (first <= 1) & (second >= 0) & (second <= 1) & (span != 0)
    if near is None:
        score = -jnp.abs(span) / (jnp.diff(x)[:, None] * jnp.diff(y)[None, :])
    else:
        score = jnp.sum((p + first[..., None] * a - near[None, None]) ** 2, axis=-1)
    best = jnp.argmin(jnp.where(inside, score, jnp.inf))
    i, j = jnp.unravel_index(best, span.shape)
    at = jnp.stack(
        [
            x[i] + first[i, j] * (x[i + 1] - x[i]),
            y[j] + second[i, j] * (y[j + 1] - y[j]),
        ]
    )
    return at, inside[i, j]


def _crossing(data, time, start, ends, points):
    """Composition, positions, gradients and fluxes at the crossing near `start`."""
    (x, c), (y, d) = data
    start = jax.lax.stop_gradient(start)

    def read(k, at, values):
        value, slope = local_weights((x, y)[k], at[k], points, start[k])
        return value @ values, slope @ values

    at = start
    for _ in range(4):  # Newton; the last step alone would carry the derivative
        (here, there), (rise, climb) = zip(read(0, at, c), read(1, at, d))
        at = at - jnp.linalg.solve(jnp.stack([rise, -climb], axis=1), here - there)
    (here, rise), (there, climb) = read(0, at, c), read(1, at, d)
    first, _ = fluxes_of(x, c, time, *ends[0])
    second, _ = fluxes_of(y, d, time, *ends[1])
    flux = jnp.stack([read(0, at, first)[0], read(1, at, second)[0]])
    return 0.5 * (here + there), at, jnp.stack([rise, climb]), flux


def interdiffusion_matrix(
    first: Sequence[Profile],
    second: Sequence[Profile],
    time: ArrayLike,
    points: int = 7,
    near: ArrayLike | None = None,
    ends: Sequence[ArrayLike] | None = None,
) -> InterdiffusionMatrix:
    r"""All four interdiffusivities of a ternary, where the paths of two couples cross.

    $\tilde J_i = -\sum_j \tilde D_{ij}\,\partial c_j/\partial x$ in both couples at the
    composition that they share: four equations for four unknowns. Fluxes are those of
    [`inverse.interdiffusion_flux`][]; compositions, slopes and fluxes there are read
    off a cubic drawn through the nearest points.

    **Arguments:**

    - `first`, `second`: of each couple the profiles of the two independent components,
        at the same positions, in the same order.
    - `time`: duration of the anneal, > 0, in s; of both couples.
    - `points`: how many points each cubic is drawn through, at least 4. More let less
        noise into the slopes, and round off what is sharper than they span.
    - `near`: the crossing nearest to this composition is taken, shape `(2,)`; if
        `None`, the one where the gradients span the largest area.
    - `ends`: compositions of the ends, shape `(2,)` each: left and right of the first
        couple, left and right of the second; the outermost points if `None`.

    **Returns:**

    [`inverse.InterdiffusionMatrix`][]; errors are to first order in `sigma`, for
    independent points. A matrix without two eigenvalues > 0 is a sign of error.

    **Raises:** `ValueError` if these are not two profiles at the same positions for
    each couple, the time is not > 0, there are too few points, the ends of a couple are
    equal, or the paths do not cross or only touch.

    **Error:** second order in the spacing of the points.
    """
    door = "interdiffusion_matrix"
    x, c, sigma = profiles_of(first, f"{door}(first=...)", 2)
    y, d, other = profiles_of(second, f"{door}(second=...)", 2)
    t = scalar(time, f"{door}(time=...)", "s", positive=True)
    enough(points, min(x.shape[0], y.shape[0]), door)
    given = (None,) * 4 if ends is None else tuple(ends)
    if len(given) != 4:
        raise ValueError(
            f"`{door}(ends=...)` must be 4 compositions, two of each couple; got "
            f"{len(given)}."
        )
    checked = [
        *couple_ends(given[0], given[1], c, door),
        *couple_ends(given[2], given[3], d, door),
    ]
    # Ends that are points carry their noise.
    used = [None if g is None else e for g, e in zip(given, checked)]
    pairs = (used[:2], used[2:])
    if near is not None:
        near = djx.real(near)
        if near.shape != (2,):
            raise ValueError(
                f"`{door}(near=...)` must have shape (2,), a composition; got "
                f"{near.shape}."
            )
    start, found = _start(x, c, y, d, near)
    message = f"`{door}(first=..., second=...)` must be couples whose paths cross, and "
    start = djx.require(start, found, message + "these do not.")

    def read(c, d):
        here, at, slopes, flux = _crossing(((x, c), (y, d)), t, start, pairs, points)
        return -jnp.linalg.solve(slopes, flux).T, (here, at, slopes, flux)

    _, (here, at, slopes, flux) = read(c, d)
    start = djx.require(
        start,
        jnp.all(jnp.abs(at - start) <= points * jnp.stack([_step(x), _step(y)])),
        message + "the cubics through their points do not, or only touch; fewer "
        "`points` follow sharper bends.",
    )
    matrix, condition = crossing_matrix(flux, slopes)
    error = None
    if sigma is not None and other is not None:
        jacobian = jax.jacrev(lambda c, d: read(c, d)[0], (0, 1))(c, d)
        error = jnp.hypot(spread(jacobian[0], sigma), spread(jacobian[1], other))
    return InterdiffusionMatrix(here, at, matrix, error, condition)


def _step(x: Float[Array, " points"]) -> Float[Array, ""]:
    """Largest distance between points, in m."""
    return jnp.max(jnp.diff(x))
