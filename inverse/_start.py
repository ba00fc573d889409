"""Where a fit starts: ends, origin and diffusivities guessed from the data."""

import math
from typing import NamedTuple

import numpy as np

from ._direct import matano_plane, profile_ends, sauer_freise_curve
from ._profile import Profile
from ._smoothing import noise_of, SmoothShare


# Shares of the range at which a guessed diffusivity is handed on: a fixed number, so
# that compiled code fits every profile.
SHARES = np.linspace(0.04, 0.96, 13)


class Guess(NamedTuple):
    """What the data say before the fit.

    **Attributes:**

    - `local`: starting values of the local parameters, by name.
    - `scale`: what would surprise, for each of them, in the same unit.
    - `composition`, `log_diffusivity`: ln D (m²/s) at some compositions, averaged over
        the anneal; shape `(13,)`.
    - `weight`: how much each is worth, 0 to 1; shape `(13,)`.
    """

    local: dict[str, float]
    scale: dict[str, float]
    composition: np.ndarray
    log_diffusivity: np.ndarray
    weight: np.ndarray


def guessed(local: dict[str, float], scale: dict[str, float]) -> Guess:
    """A guess of local parameters alone and of what would surprise, in their units."""
    none = np.zeros(0)
    return Guess(local, scale, none, none, none)


def guess_couple(
    profile: Profile, time: float, left: float | None, right: float | None
) -> Guess:
    """Matano plane, ends and Sauer–Freise's D(c) of a couple.

    **Arguments:**

    - `profile`: its values, rising or falling.
    - `time`: duration of the anneal, in s.
    - `left`, `right`: ends that are known, in the unit of the values, or `None`.

    **Returns:**

    A `Guess` with `origin` (m), `left` and `right`.
    """
    low, high = profile_ends(profile)
    low = low if left is None else left
    high = high if right is None else right
    span = high - low if high != low else 1.0
    x, value = np.asarray(profile.position), np.asarray(profile.value)
    share = (value - low) / span
    plane = float(matano_plane(profile, low, low + span))
    plane = min(max(plane, x[0]), x[-1])
    try:
        where, smooth, slope = SmoothShare(x, share, most_knots=7).table(501)
        smooth, d = sauer_freise_curve(where, smooth, slope, time)
        use = (smooth > 0.01) & (smooth < 0.99) & (d > 0)
        if use.sum() < 3:
            raise ValueError("no slope")
        log_d = np.interp(SHARES, smooth[use], np.log(d[use]))
        weight = (4 * SHARES * (1 - SHARES)) ** 0.5
    except ValueError:
        # Too steep for the points to show: as wide as the distance of two points.
        quarter = np.interp([0.25, 0.75], np.maximum.accumulate(share), x)
        width = max(float(quarter[1] - quarter[0]), float(np.min(np.diff(x))))
        log_d = np.full_like(SHARES, math.log((width / 0.9539) ** 2 / (4 * time)))
        weight = np.full_like(SHARES, 0.3)
    length = math.sqrt(float(np.exp(np.median(log_d))) * time)
    end = 0.05 * abs(span) + 3 * noise_of(value)
    return Guess(
        {"origin": plane, "left": low, "right": low + span},
        {"origin": length, "left": end, "right": end},
        low + span * SHARES,
        log_d,
        weight,
    )


def guess_half_space(
    profile: Profile,
    time: float,
    surface: float | None,
    initial: float | None,
    origin: float | None,
) -> Guess:
    r"""Ends and Boltzmann's D(c) of a half space.

    **Arguments:**

    - `profile`: values from the surface inwards.
    - `time`: duration of the anneal, in s.
    - `surface`, `initial`, `origin`: what is known, or `None`.

    **Returns:**

    A `Guess` with `origin` (m), `surface` and `initial`.
    """
    x, value = np.asarray(profile.position), np.asarray(profile.value)
    place = float(x[0]) if origin is None else origin
    depth = x - place
    _, inside = profile_ends(profile)
    inside = inside if initial is None else initial
    if surface is None:
        near = slice(0, max(2, len(x) // 10))
        line = np.polyfit(depth[near], value[near], 1)
        outside = float(line[1]) if len(x) > 3 else float(value[0])
        if abs(outside - inside) > 2 * abs(value[0] - inside):
            outside = float(value[0])
    else:
        outside = surface
    span = outside - inside if outside != inside else 1.0
    # Half of a couple: its share falls from 1/2 at the surface to 0.
    share = 1 - 0.5 * (value - inside) / span
    try:
        where, smooth, slope = SmoothShare(depth, share, most_knots=7).table(501)
        keep = where >= 0
        where, smooth, slope = where[keep], smooth[keep], slope[keep]
        middle = 0.5 * (where[1:] + where[:-1])
        beyond = np.cumsum((middle * np.diff(smooth))[::-1])[::-1]
        d = np.append(beyond, 0.0) / (2 * time * slope)
        level = 2 * (1 - smooth)
        use = (level > 0.02) & (level < 0.99) & (d > 0)
        if use.sum() < 3:
            raise ValueError("no slope")
        log_d = np.interp(SHARES, level[use][::-1], np.log(d[use])[::-1])
        weight = (4 * SHARES * (1 - SHARES)) ** 0.5
    except ValueError:
        level = np.maximum.accumulate(share)
        width = max(float(np.interp(0.75, level, depth)), float(np.min(np.diff(x))))
        log_d = np.full_like(SHARES, math.log((width / 0.9539) ** 2 / time))
        weight = np.full_like(SHARES, 0.3)
    length = math.sqrt(float(np.exp(np.median(log_d))) * time)
    end = 0.05 * abs(span) + 3 * noise_of(value)
    return Guess(
        {"origin": place, "surface": outside, "initial": inside},
        {"origin": 0.3 * length, "surface": end, "initial": end},
        inside + span * SHARES,
        log_d,
        weight,
    )


def guess_thin_film(
    profile: Profile, time: float, background: float | None, origin: float | None
) -> Guess:
    """Amount and diffusivity of a thin film, from ln c over x².

    **Arguments:**

    - `profile`: values from the surface inwards.
    - `time`: duration of the anneal, in s.
    - `background`, `origin`: what is known, or `None`.

    **Returns:**

    A `Guess` with `origin` (m), `amount` (unit of the values times m), `background`.
    """
    x, value = np.asarray(profile.position), np.asarray(profile.value)
    place = float(x[0]) if origin is None else origin
    level = float(np.min(value)) if background is None else background
    above = value - level
    use = above > max(0.05 * float(np.max(above)), 3 * noise_of(value))
    if use.sum() < 3:
        use = above > 0
    if use.sum() < 2:
        raise ValueError(
            "`ThinFilm` needs at least 2 points above the background; got "
            f"{int(use.sum())}."
        )
    square = (x - place) ** 2
    slope, peak = np.polyfit(square[use], np.log(above[use]), 1, w=above[use])
    if slope >= 0:
        slope = -1.0 / float(np.max(square))
    d = -1 / (4 * slope * time)
    amount = math.exp(peak) * math.sqrt(math.pi * d * time)
    return Guess(
        {"origin": place, "amount": amount, "background": level},
        {
            "origin": 0.3 * math.sqrt(d * time),
            "background": 0.1 * float(np.max(above)),
        },
        np.full_like(SHARES, level),
        np.full_like(SHARES, math.log(d)),
        np.ones_like(SHARES),
    )
