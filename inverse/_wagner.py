"""Interdiffusion coefficients where the molar volume depends on composition."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

import diffjax as djx


class WagnerCurve(NamedTuple):
    """Interdiffusion coefficient at each point of a profile.

    - `fraction`: mole fraction, no unit; shape `(points,)`.
    - `diffusivity`: in m²/s, NaN where the profile does not rise from end to end; same
        shape.
    - `error`: standard error, in m²/s; same shape; zero if no `sigma` was given.
    """

    fraction: Float[Array, " points"]
    diffusivity: Float[Array, " points"]
    error: Float[Array, " points"]


def _diffusivity(x, fraction, volume, time):
    share = (fraction - fraction[0]) / (fraction[-1] - fraction[0])

    def from_left(values):
        pieces = 0.5 * (values[1:] + values[:-1]) * jnp.diff(x)
        return jnp.concatenate([jnp.zeros(1, x.dtype), jnp.cumsum(pieces)])

    before = from_left(share / volume)
    after = from_left((1 - share) / volume)
    area = (1 - share) * before + share * (after[-1] - after)
    slope = jnp.asarray(jnp.gradient(share, x))
    rises = slope > 0
    safe = jnp.where(rises, slope, 1.0)
    return jnp.where(rises, volume * area / (2 * time * safe), jnp.nan)


def wagner(
    position: ArrayLike,
    fraction: ArrayLike,
    volume: ArrayLike,
    time: ArrayLike,
    sigma: ArrayLike | None = None,
) -> WagnerCurve:
    r"""Interdiffusion coefficient with a molar volume of composition, without a plane.

    With $Y = (N - N_L)/(N_R - N_L)$,

    $$\tilde D = \frac{V_m}{2t\,\partial Y/\partial x} \Big[(1 - Y)
    \int_{-\infty}^{x} \frac{Y}{V_m}\,dx' + Y \int_{x}^{\infty}
    \frac{1 - Y}{V_m}\,dx'\Big]$$

    Sauer and Freise's form and Wagner's are this one; with a constant volume it is also
    den Broeder's, and that of [`inverse.sauer_freise`][], which smooths first.

    **Arguments:**

    - `position`: increasing, in m; shape `(points,)`.
    - `fraction`: mole fraction; the first and last are the ends; shape `(points,)`.
    - `volume`: molar volume there, > 0, in m³/mol (any unit); shape `(points,)`.
    - `time`: duration of the anneal, > 0, in s.
    - `sigma`: standard deviation of `fraction`; a scalar; carried to the answer to
        first order, with `volume` held.

    **Returns:**

    [`inverse.WagnerCurve`][].

    **Raises:** `ValueError` if the shapes do not match.

    **Error:** second order in the spacing; no smoothing, so noise goes into the slope.
    """
    x, n, v = djx.real(position), djx.real(fraction), djx.real(volume)
    if x.ndim != 1 or n.shape != x.shape or v.shape != x.shape:
        raise ValueError(
            "`wagner(position=..., fraction=..., volume=...)` must have one shape "
            f"`(points,)`; got {x.shape}, {n.shape} and {v.shape}."
        )
    t = djx.real(time)
    found = _diffusivity(x, n, v, t)
    if sigma is None:
        return WagnerCurve(n, found, jnp.zeros_like(found))
    slopes = jax.jacfwd(_diffusivity, argnums=1)(x, n, v, t)
    return WagnerCurve(n, found, djx.real(sigma) * jnp.sqrt(jnp.sum(slopes**2, axis=1)))
