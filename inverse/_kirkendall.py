"""Intrinsic diffusivities of a binary at its Kirkendall plane."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

import diffjax as djx

from ._couple_fluxes import fluxes_of
from ._inputs import (
    couple_ends,
    enough,
    mole_fractions,
    profiles_of,
    scalar,
    shown,
    spread,
)
from ._local import local_weights
from ._profile import Profile


class Intrinsic(NamedTuple):
    """Intrinsic diffusivities of A and B at the Kirkendall plane, in m²/s."""

    a: Float[Array, ""]
    b: Float[Array, ""]


class KirkendallPlane(NamedTuple):
    """What a profile says at the plane of the markers.

    - `fraction`: of A, no unit.
    - `velocity`: of the markers at the end of the anneal, in m/s.
    - `interdiffusivity`: in m²/s.
    - `a`, `b`: intrinsic diffusivities, in m²/s.
    - `error`: standard errors of `interdiffusivity`, `a` and `b`, in m²/s, shape
        `(3,)`; `None` where the profile has no `sigma`.
    """

    fraction: Float[Array, ""]
    velocity: Float[Array, ""]
    interdiffusivity: Float[Array, ""]
    a: Float[Array, ""]
    b: Float[Array, ""]
    error: Float[Array, " 3"] | None


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

    - `interdiffusivity`: $\tilde D$ at the plane, > 0, in m²/s.
    - `fraction`: $N_A$ there, from 0 to 1, no unit.
    - `gradient`: $\partial N_A/\partial x$ there, not 0, in 1/m.
    - `displacement`: $x_K$, of the markers from the Matano plane, in m.
    - `time`: duration of the anneal, > 0, in s.

    **Returns:**

    [`inverse.Intrinsic`][]; a negative one is a sign of error.

    **Raises:** `ValueError` if an argument is not one number in these bounds.
    """
    door = "intrinsic_at_plane"
    d = scalar(interdiffusivity, f"{door}(interdiffusivity=...)", "m²/s", positive=True)
    n = scalar(fraction, f"{door}(fraction=...)", "no unit")
    n = mole_fractions(n, f"{door}(fraction=...)")
    slope = scalar(gradient, f"{door}(gradient=...)", "1/m")
    message = f"`{door}(gradient=...)` must not be 0 (1/m): the plane lies on no slope."
    slope = djx.require(slope, slope != 0, message)
    shift = scalar(displacement, f"{door}(displacement=...)", "m")
    t = scalar(time, f"{door}(time=...)", "s", positive=True)
    return _intrinsic(d, n, shift / (2 * t * slope))


def _intrinsic(d, fraction, ratio) -> Intrinsic:
    """Of the interdiffusivity and the markers' velocity over the slope, in m²/s."""
    return Intrinsic(d + fraction * ratio, d - (1 - fraction) * ratio)


def _at_plane(x, values, time, marker, left, right, points):
    flux, plane = fluxes_of(x, values, time, left, right)
    value, slope = local_weights(x, marker, points)
    n, rise = (value @ values)[0], (slope @ values)[0]
    velocity = (marker - plane) / (2 * time)
    safe = jnp.where(rise == 0, 1.0, rise)
    d = -(value @ flux)[0] / safe
    return n, rise, velocity, jnp.stack([d, *_intrinsic(d, n, velocity / safe)])


def kirkendall(
    profile: Profile,
    marker: ArrayLike,
    time: ArrayLike,
    left: ArrayLike | None = None,
    right: ArrayLike | None = None,
    marker_sigma: ArrayLike = 0.0,
    points: int = 7,
) -> KirkendallPlane:
    r"""Intrinsic diffusivities of a binary from its profile and the markers in it.

    $\tilde D = -\tilde J/(\partial N_A/\partial x)$ with the flux of
    [`inverse.interdiffusion_flux`][], and $v = (x_K - x_M)/2t$ from the Matano plane of
    the same profile; then as [`inverse.intrinsic_at_plane`][]. Constant molar volume.

    **Arguments:**

    - `profile`: mole fractions of A over the whole couple.
    - `marker`: $x_K$, where inert markers that lay in the weld are now, in m, from the
        same origin as the profile.
    - `time`: duration of the anneal, > 0, in s.
    - `left`, `right`: mole fractions of the ends; the outermost points if `None`.
    - `marker_sigma`: standard deviation of `marker`, >= 0, in m.
    - `points`: how many points the cubic at the markers is drawn through, at least 4.

    **Returns:**

    [`inverse.KirkendallPlane`][]; errors are to first order, for independent points. An
    intrinsic diffusivity < 0 is a sign of error.

    **Raises:** `ValueError` if values are not mole fractions, the marker lies outside
    the profile or on no slope, the time is not > 0, or there are too few points.

    **Error:** second order in the spacing of the points.
    """
    door = "kirkendall"
    x, c, sigma = profiles_of(profile, f"{door}(profile=...)", 1)
    c = mole_fractions(c, f"{door}(profile=...)", slack=0.05)
    t = scalar(time, f"{door}(time=...)", "s", positive=True)
    low, high = couple_ends(left, right, c, door)
    enough(points, x.shape[0], door)
    at = scalar(marker, f"{door}(marker=...)", "m")
    message = f"`{door}(marker=...)` must lie within the profile (m)"
    at = djx.require(at, (at >= x[0]) & (at <= x[-1]), message + shown(at))
    loose = scalar(marker_sigma, f"{door}(marker_sigma=...)", "m")
    message = f"`{door}(marker_sigma=...)` must be >= 0 (m)" + shown(loose)
    loose = djx.require(loose, loose >= 0, message)
    ends = (None if left is None else low, None if right is None else high)

    def read(values, at):
        return _at_plane(x, values, t, at, *ends, points)

    n, rise, velocity, found = read(c, at)
    message = f"`{door}(marker=...)` must lie where the profile has a slope; it is 0."
    steep = 1e-9 * jnp.max(jnp.abs(jnp.diff(c[:, 0]) / jnp.diff(x)))
    found = djx.require(found, jnp.abs(rise) > steep, message)
    error = None
    if sigma is not None:
        by_values, by_marker = jax.jacrev(lambda c, m: read(c, m)[3], (0, 1))(c, at)
        error = jnp.hypot(spread(by_values, sigma), by_marker * loose)
    return KirkendallPlane(n, velocity, found[0], found[1], found[2], error)
