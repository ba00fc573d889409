"""Interdiffusion coefficients where the molar volume depends on composition."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

import diffjax as djx

from ._inputs import couple_ends, enough, mole_fractions, profiles_of, scalar, spread
from ._local import local_slopes
from ._profile import Profile


class WagnerCurve(NamedTuple):
    """Interdiffusion coefficient at each point of a profile.

    - `fraction`: the profile's values; shape `(points,)`.
    - `diffusivity`: in m²/s, NaN where the profile does not rise from end to end or
        lies beyond an end; same shape.
    - `error`: standard error, in m²/s; same shape; `None` where the profile has no
        `sigma`.
    """

    fraction: Float[Array, " points"]
    diffusivity: Float[Array, " points"]
    error: Float[Array, " points"] | None


def _diffusivity(x, values, volume, time, left, right, slopes):
    """The formula at all points, and where the profile rises from end to end."""
    left = values[0] if left is None else left
    right = values[-1] if right is None else right
    share = (values - left) / (right - left)

    def from_left(values):
        pieces = 0.5 * (values[1:] + values[:-1]) * jnp.diff(x)
        return jnp.concatenate([jnp.zeros(1, x.dtype), jnp.cumsum(pieces)])

    before = from_left(share / volume)
    after = from_left((1 - share) / volume)
    area = (1 - share) * before + share * (after[-1] - after)
    slope = slopes @ share
    rises = (slope > 0) & (share > 0) & (share < 1)
    return volume * area / (2 * time * jnp.where(rises, slope, 1.0)), rises


def wagner(
    profile: Profile,
    time: ArrayLike,
    volume: ArrayLike | Callable[[Array], Array] = 1.0,
    left: ArrayLike | None = None,
    right: ArrayLike | None = None,
    points: int = 7,
) -> WagnerCurve:
    r"""Interdiffusion coefficient with a molar volume of composition, without a plane.

    With $Y = (N - N_L)/(N_R - N_L)$,

    $$\tilde D = \frac{V_m}{2t\,\partial Y/\partial x} \Big[(1 - Y)
    \int_{-\infty}^{x} \frac{Y}{V_m}\,dx' + Y \int_{x}^{\infty}
    \frac{1 - Y}{V_m}\,dx'\Big]$$

    Sauer and Freise's form and Wagner's are this one. With a constant volume it is also
    den Broeder's, and that of [`inverse.sauer_freise`][], which smooths first.

    **Arguments:**

    - `profile`: mole fractions over the whole couple; with a constant volume any other
        concentration too.
    - `time`: duration of the anneal, > 0, in s.
    - `volume`: molar volume $V_m$, > 0, in any unit: one number, one at each point,
        shape `(points,)`, or a function of the mole fractions (Vegard's law, partial
        molar volumes), of shape `(points,)` to the same shape.
    - `left`, `right`: compositions of the ends; the outermost points if `None`. Means
        over the level ends are better than single points.
    - `points`: how many points the cubic is drawn through that gives each slope, at
        least 4. More let less noise in, and round off what is sharper than they span.

    **Returns:**

    [`inverse.WagnerCurve`][]; errors are to first order, for independent points.

    **Raises:** `ValueError` if the ends are equal, the time or a volume is not > 0,
    values are not mole fractions beside a volume that varies, a shape is wrong, or
    there are too few points.

    **Error:** second order in the spacing; only the slopes are smoothed.
    """
    x, columns, sigma = profiles_of(profile, "wagner(profile=...)", 1)
    t = scalar(time, "wagner(time=...)", "s", positive=True)
    low, high = couple_ends(left, right, columns, "wagner")
    enough(points, x.shape[0], "wagner")
    n = columns[:, 0]

    def volumes(n):
        return djx.real(volume(n) if callable(volume) else volume)

    given = volumes(n)
    if given.shape not in ((), x.shape) or (callable(volume) and not given.ndim):
        raise ValueError(
            "`wagner(volume=...)` must be one number, have shape "
            f"{x.shape} as the profile, or be a function that gives it; got "
            f"{given.shape}."
        )
    if given.ndim:
        n = mole_fractions(n, "wagner(profile=...)", slack=0.05)
    good = jnp.all((given > 0) & jnp.isfinite(given))
    n = djx.require(n, good, "`wagner(volume=...)` must be finite and > 0 (m³/mol).")
    # Ends that are points carry their noise.
    ends = (None if left is None else low[0], None if right is None else high[0])
    slopes = local_slopes(x, points)

    def read(n):
        v = jnp.broadcast_to(volumes(n), x.shape)
        return _diffusivity(x, n, v, t, *ends, slopes)

    found, rises = read(n)
    error = None
    if sigma is not None:
        jacobian = jax.jacfwd(lambda n: read(n)[0])(n)
        error = jnp.where(rises, spread(jacobian[..., None], sigma), jnp.nan)
    return WagnerCurve(n, jnp.where(rises, found, jnp.nan), error)
