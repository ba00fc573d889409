"""Fluxes read off the profiles of a couple, and what they say of the diffusivities.

One isothermal anneal, ends that the diffusion has not reached, constant molar volume.
Points are taken as they are: smooth noisy profiles first, since slopes amplify noise.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

import diffjax as djx


class CrossingMatrix(NamedTuple):
    """Interdiffusion matrix where two paths cross.

    - `matrix`: in m²/s; shape `(k, k)`.
    - `condition`: condition number of the gradients, no unit; a relative error of the
        fluxes reaches the matrix at most this many times larger.
    """

    matrix: Float[Array, "k k"]
    condition: Float[Array, ""]


class Intrinsic(NamedTuple):
    """Intrinsic diffusivities of A and B at the Kirkendall plane, in m²/s."""

    a: Float[Array, ""]
    b: Float[Array, ""]


def interdiffusion_flux(
    position: ArrayLike, values: ArrayLike, time: ArrayLike
) -> Float[Array, "points k"]:
    r"""Interdiffusion fluxes along a couple of any number of components.

    $$\tilde J_i(x) = \frac{1}{2t} \int_{c_i^L}^{c_i(x)} (x' - x_M)\,dc_i$$

    $x_M$ is not given: it is the plane that suits all balances best (least squares).
    For one component this is the form of Sauer and Freise.

    **Arguments:**

    - `position`: increasing, in m; shape `(points,)`.
    - `values`: concentrations in any unit; shape `(points, k)`; the first and last
        points are the ends, and one component at least differs between them.
    - `time`: duration of the anneal, > 0, in s.

    **Returns:**

    Fluxes, unit of `values` times m/s, positive along +x; shape `(points, k)`.

    **Raises:** `ValueError` if the shapes do not match.

    **Error:** second order in the spacing of the points.
    """
    x, c, t = djx.real(position), djx.real(values), djx.real(time)
    if x.ndim != 1 or c.ndim != 2 or c.shape[0] != x.shape[0]:
        raise ValueError(
            "`interdiffusion_flux(values=...)` must have shape `(points, k)` beside "
            f"`position` of shape `(points,)`; got {c.shape} and {x.shape}."
        )
    steps = jnp.diff(c, axis=0)
    moments = 0.5 * (x[1:] + x[:-1])[:, None] * steps
    jump = c[-1] - c[0]
    plane = jnp.sum(jump * jnp.sum(moments, axis=0)) / jnp.sum(jump**2)
    area = jnp.cumsum(moments - plane * steps, axis=0)
    return jnp.concatenate([jnp.zeros_like(c[:1]), area]) / (2 * t)


def zero_flux_planes(position: ArrayLike, flux: ArrayLike) -> Float[Array, " planes"]:
    """Where the flux of one component changes its sign.

    **Arguments:**

    - `position`: increasing, in m; shape `(points,)`.
    - `flux`: of one component, in any unit; shape `(points,)`. What is below 1e-3 of
        its largest size counts as no flux, so that round-off in the ends is no plane.

    **Returns:**

    Positions, in m; shape `(planes,)`; not under `jax.jit`, since their number
    depends on the values.

    **Error:** second order in the spacing of the points.
    """
    x, j = djx.real(position), djx.real(flux)
    some = jnp.abs(j) > 1e-3 * jnp.max(jnp.abs(j))
    x, j = x[some], j[some]
    turns = j[1:] * j[:-1] < 0
    step = jnp.where(turns, j[1:] - j[:-1], 1.0)
    return (x[:-1] - j[:-1] * (x[1:] - x[:-1]) / step)[turns]


def average_diffusivity(
    position: ArrayLike, values: ArrayLike, flux: ArrayLike
) -> Float[Array, ""]:
    r"""Integral effective diffusivity of one component over a stretch of the couple.

    $$\bar D_i = \int_{x_1}^{x_2} \tilde J_i\,dx \Big/ [c_i(x_1) - c_i(x_2)]$$

    **Arguments:**

    - `position`, `values`, `flux`: the stretch, of one component; shape `(points,)`.

    **Returns:**

    Diffusivity, in m²/s; a scalar; negative where the component went uphill.

    **Error:** second order in the spacing of the points.
    """
    x, c, j = djx.real(position), djx.real(values), djx.real(flux)
    return jnp.trapezoid(j, x) / (c[0] - c[-1])


def crossing_matrix(fluxes: ArrayLike, gradients: ArrayLike) -> CrossingMatrix:
    r"""Interdiffusion matrix at a composition that as many couples share as components.

    $\tilde J_i = -\sum_j \tilde D_{ij}\,\partial c_j/\partial x$ in each couple.

    **Arguments:**

    - `fluxes`: at the shared composition; shape `(couples, k)`, `couples` equal `k`.
    - `gradients`: slopes there, unit of the concentrations per m; same shape.

    **Returns:**

    [`inverse.CrossingMatrix`][].

    **Raises:** `ValueError` if the shapes are not square and equal.
    """
    j, g = djx.real(fluxes), djx.real(gradients)
    if j.ndim != 2 or j.shape[0] != j.shape[1] or g.shape != j.shape:
        raise ValueError(
            "`crossing_matrix(fluxes=..., gradients=...)` must both have shape "
            f"`(k, k)`; got {j.shape} and {g.shape}."
        )
    return CrossingMatrix(-jnp.linalg.solve(g, j).T, jnp.linalg.cond(g))


def intrinsic_at_plane(
    interdiffusivity: ArrayLike,
    fraction: ArrayLike,
    gradient: ArrayLike,
    displacement: ArrayLike,
    time: ArrayLike,
) -> Intrinsic:
    r"""Intrinsic diffusivities of a binary from its Kirkendall plane (Heumann).

    With $v = x_K/2t = (D_A - D_B)\,\partial N_A/\partial x$ and Darken's
    $\tilde D = N_B D_A + N_A D_B$,

    $$D_A = \tilde D + \frac{N_A v}{\partial N_A/\partial x}, \qquad
    D_B = \tilde D - \frac{N_B v}{\partial N_A/\partial x}$$

    **Arguments:**

    - `interdiffusivity`: $\tilde D$ at the plane, in m²/s.
    - `fraction`: $N_A$ there, from 0 to 1, no unit.
    - `gradient`: $\partial N_A/\partial x$ there, not 0, in 1/m.
    - `displacement`: $x_K$, of the markers from the Matano plane, in m.
    - `time`: duration of the anneal, > 0, in s.

    **Returns:**

    [`inverse.Intrinsic`][].
    """
    d, n, slope = djx.real(interdiffusivity), djx.real(fraction), djx.real(gradient)
    ratio = djx.real(displacement) / (2 * djx.real(time) * slope)
    return Intrinsic(d + n * ratio, d - (1 - n) * ratio)
