"""Interdiffusion fluxes read off the profiles of a couple, and what they say.

One isothermal anneal, ends that the diffusion has not reached, constant molar volume.
Fluxes are integrals, so noise hardly enters them: nothing is smoothed.
"""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

import diffjax as djx

from ._inputs import couple_ends, profiles_of, scalar, shown, spread
from ._profile import Profile


class CoupleFluxes(NamedTuple):
    """Interdiffusion fluxes along a couple, of each component.

    - `position`: in m; shape `(points,)`.
    - `values`: the profiles, in their unit; shape `(points, k)`.
    - `flux`: unit of the values times m/s, positive along +x; same shape.
    - `error`: standard errors of `flux`, or `None` where a profile has no `sigma`.
    - `plane`: position of the Matano plane, in m.
    """

    position: Float[Array, " points"]
    values: Float[Array, "points k"]
    flux: Float[Array, "points k"]
    error: Float[Array, "points k"] | None
    plane: Float[Array, ""]


def fluxes_of(
    x: Float[Array, " points"],
    values: Float[Array, "points k"],
    time: Float[Array, ""],
    left: Float[Array, " k"] | None = None,
    right: Float[Array, " k"] | None = None,
) -> tuple[Float[Array, "points k"], Float[Array, ""]]:
    """The fluxes and the Matano plane of checked arrays.

    **Arguments:** as `interdiffusion_flux`, profiles as positions (m) and values; ends
    are the outermost points if `None`.

    **Returns:** fluxes (unit of the values times m/s) and the plane (m).
    """
    left = values[0] if left is None else left
    right = values[-1] if right is None else right
    whole = jnp.concatenate([left[None], values, right[None]])
    steps = jnp.diff(whole, axis=0)
    middle = jnp.concatenate([x[:1], 0.5 * (x[1:] + x[:-1]), x[-1:]])[:, None]
    moments = middle * steps
    jump = right - left
    plane = jnp.sum(jump * jnp.sum(moments, axis=0)) / jnp.sum(jump**2)
    area = jnp.cumsum((middle - plane) * steps, axis=0)[:-1]
    return area / (2 * time), plane


def interdiffusion_flux(
    profiles: Profile | Sequence[Profile],
    time: ArrayLike,
    left: ArrayLike | None = None,
    right: ArrayLike | None = None,
) -> CoupleFluxes:
    r"""Interdiffusion fluxes along a couple of any number of components.

    $$\tilde J_i(x) = \frac{1}{2t} \int_{c_i^L}^{c_i(x)} (x' - x_M)\,dc_i$$

    $x_M$ is not given: it is the plane that suits all balances best (least squares).
    For one component this is the form of Sauer and Freise.

    **Arguments:**

    - `profiles`: concentrations over the whole couple, one profile of each independent
        component, at the same positions.
    - `time`: duration of the anneal, > 0, in s.
    - `left`, `right`: compositions $c_i^L$, $c_i^R$ of the ends, in the unit of the
        values, shape `(k,)`; the outermost points if `None`. Means over the level ends
        are better than single points.

    **Returns:**

    [`inverse.CoupleFluxes`][]; errors are to first order in `sigma`, for independent
    points.

    **Raises:** `ValueError` if these are not profiles at the same positions, the time
    is not > 0, or the ends are equal in all components.

    **Error:** second order in the spacing of the points.
    """
    x, c, sigma = profiles_of(profiles, "interdiffusion_flux(profiles=...)")
    t = scalar(time, "interdiffusion_flux(time=...)", "s", positive=True)
    low, high = couple_ends(left, right, c, "interdiffusion_flux")

    def read(values):
        return fluxes_of(
            x,
            values,
            t,
            None if left is None else low,
            None if right is None else high,
        )[0]

    flux, plane = fluxes_of(x, c, t, low, high)
    error = None if sigma is None else spread(jax.jacfwd(read)(c), sigma)
    return CoupleFluxes(x, c, flux, error, plane)


def _component(fluxes: CoupleFluxes, component: int, door: str) -> int:
    count = fluxes.flux.shape[1]
    if component not in range(count):
        raise ValueError(
            f"`{door}(component=...)` must be from 0 to {count - 1}; got {component}."
        )
    return component


def zero_flux_planes(
    fluxes: CoupleFluxes, component: int = 0, least: ArrayLike = 1e-3
) -> Float[Array, " planes"]:
    """Where the flux of one component changes its sign.

    **Arguments:**

    - `fluxes`: of a couple, from [`inverse.interdiffusion_flux`][].
    - `component`: which, counted from 0.
    - `least`: flux below this share of its largest size counts as none, so that
        round-off in the ends is no plane; > 0, no unit. So does what is below three
        standard errors, where there are any.

    **Returns:**

    Positions, in m; shape `(planes,)`; not under `jax.jit`, since their number
    depends on the values.

    **Raises:** `ValueError` if there is no such component or `least` is not > 0.

    **Error:** second order in the spacing of the points.
    """
    one = _component(fluxes, component, "zero_flux_planes")
    share = scalar(least, "zero_flux_planes(least=...)", "no unit", positive=True)
    x, j = fluxes.position, fluxes.flux[:, one]
    floor = share * jnp.max(jnp.abs(j))
    if fluxes.error is not None:
        floor = jnp.maximum(floor, 3 * fluxes.error[:, one])
    some = jnp.abs(j) > floor
    x, j = x[some], j[some]
    turns = j[1:] * j[:-1] < 0
    step = jnp.where(turns, j[1:] - j[:-1], 1.0)
    return (x[:-1] - j[:-1] * (x[1:] - x[:-1]) / step)[turns]


def average_diffusivity(
    fluxes: CoupleFluxes,
    component: int = 0,
    start: ArrayLike | None = None,
    stop: ArrayLike | None = None,
) -> Float[Array, ""]:
    r"""Integral effective diffusivity of one component over a stretch of the couple.

    $$\bar D_i = \int_{x_1}^{x_2} \tilde J_i\,dx \Big/ [c_i(x_1) - c_i(x_2)]$$

    **Arguments:**

    - `fluxes`: of a couple, from [`inverse.interdiffusion_flux`][].
    - `component`: which, counted from 0.
    - `start`, `stop`: $x_1$, $x_2$, in m; the ends of the profile if `None`.

    **Returns:**

    Diffusivity, in m²/s; a scalar; negative where the component went uphill.

    **Raises:** `ValueError` if there is no such component, the stretch is empty or
    beyond the profile, or the composition is the same at both of its ends.

    **Error:** second order in the spacing of the points.
    """
    one = _component(fluxes, component, "average_diffusivity")
    x, c, j = fluxes.position, fluxes.values[:, one], fluxes.flux[:, one]
    low = x[0] if start is None else start
    high = x[-1] if stop is None else stop
    low = scalar(low, "average_diffusivity(start=...)", "m")
    high = scalar(high, "average_diffusivity(stop=...)", "m")
    good = (low >= x[0]) & (low < high) & (high <= x[-1])
    message = "`average_diffusivity(start=..., stop=...)` must increase and lie within "
    message += "the profile (m)" + shown(jnp.stack([low, high]))
    low = djx.require(low, good, message)
    between = jnp.clip(x, low, high)
    ends = jnp.interp(jnp.stack([low, high]), x, c)
    fall = djx.require(
        ends[0] - ends[1],
        ends[0] != ends[1],
        "`average_diffusivity(start=..., stop=...)` needs a composition that differs "
        "between them" + shown(ends),
    )
    return jnp.trapezoid(jnp.interp(between, x, j), between) / fall
