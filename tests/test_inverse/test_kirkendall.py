"""The plane of the markers gives both intrinsic diffusivities of a binary."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
import inverse as inv

from ..helpers import validation_row
from .common import ANNEAL, couple_values
from .couples import assert_slopes, TIME


A, B = 4e-13, 1e-13  # m²/s
DARKEN = djx.diffusivity.Polynomial(np.array([A, B - A]))  # N_B D_A + N_A D_B


def couple(points=241, origin=0.0, sigma=None):
    x = np.linspace(-2.4e-3, 2.4e-3, points)
    return inv.Profile(
        x + origin, couple_values(DARKEN, x, 0.9, 0.1, cells=3000), sigma
    )


def marker():
    """Where 2 t v(x) = x, with v = (D_A - D_B) dN/dx."""
    x = np.linspace(-3e-4, 3e-4, 6001)
    n = couple_values(DARKEN, x, 0.9, 0.1, cells=3000)
    off = 2 * ANNEAL.duration * (A - B) * np.gradient(n, x) - x
    k = int(np.argmax(off < 0))
    return x[k - 1] + (x[k] - x[k - 1]) * off[k - 1] / (off[k - 1] - off[k])


@pytest.mark.parametrize("origin", [0.0, 123e-6])
def test_constant_intrinsic_diffusivities_are_returned(origin):
    shift = marker()
    assert shift < -50e-6  # A leaves faster, so the markers move into its side
    found = inv.kirkendall(couple(origin=origin), shift + origin, ANNEAL.duration)
    np.testing.assert_allclose([found.a, found.b], [A, B], rtol=0.01)
    np.testing.assert_allclose(found.velocity, shift / (2 * ANNEAL.duration), rtol=1e-3)
    exact = (1 - found.fraction) * A + found.fraction * B
    np.testing.assert_allclose(found.interdiffusivity, exact, rtol=0.01)
    assert found.error is None
    if not origin:
        error = max(abs(found.a / A - 1), abs(found.b / B - 1))
        validation_row(
            "kirkendall on a couple with D_A = 4 D_B",
            "both put in, markers moved by Darken's velocity",
            None,
            float(error),
            "241 points",
        )


def test_no_shift_no_difference():
    found = inv.kirkendall(couple(), 0.0, ANNEAL.duration, left=0.9, right=0.1)
    np.testing.assert_allclose([found.a, found.b], found.interdiffusivity, rtol=1e-3)


def test_errors_are_those_of_repeated_noise():
    profile, at, sigma, loose = couple(121), marker(), 2e-3, 3e-6
    found = inv.kirkendall(
        couple(121, sigma=sigma), at, ANNEAL.duration, 0.9, 0.1, loose, points=15
    )

    @jax.jit
    def repeat(key):
        first, second = jax.random.split(key)
        noise = sigma * jax.random.normal(first, (121,))
        moved = at + loose * jax.random.normal(second)
        noisy = inv.Profile(profile.position, profile.value + noise)
        found = inv.kirkendall(noisy, moved, ANNEAL.duration, 0.9, 0.1, points=15)
        return jnp.stack([found.interdiffusivity, found.a, found.b])

    many = jax.lax.map(repeat, jax.random.split(jax.random.key(0), 2000))
    assert found.error is not None
    np.testing.assert_allclose(np.std(np.asarray(many), 0), found.error, rtol=0.15)


def test_slopes_against_central_differences():
    profile, at = couple(61), marker()

    def value(values):
        found = inv.kirkendall(
            inv.Profile(profile.position, values), at, ANNEAL.duration
        )
        return 1e13 * (found.a - 2 * found.b)

    assert_slopes(value, profile.value, 1e-6)


def test_the_formula_of_the_plane():
    n, slope = 0.4, -3e3
    mixed = (1 - n) * A + n * B
    found = inv.intrinsic_at_plane(mixed, n, slope, 2 * TIME * (A - B) * slope, TIME)
    np.testing.assert_allclose(jnp.array([found.a, found.b]), [A, B], rtol=1e-12)


FLAT = inv.Profile(np.linspace(0, 1e-3, 21), np.repeat([0.2, 0.8], [10, 11]))


@pytest.mark.parametrize(
    "call, sentence",
    [
        (
            lambda: inv.intrinsic_at_plane(0.0, 0.5, 1e3, 1e-5, TIME),
            "`intrinsic_at_plane(interdiffusivity=...)` must be one finite number > 0 "
            "(m²/s); got 0.",
        ),
        (
            lambda: inv.intrinsic_at_plane(A, 1.2, 1e3, 1e-5, TIME),
            "`intrinsic_at_plane(fraction=...)` must be mole fractions, from 0 to 1; "
            "got 1.2.",
        ),
        (
            lambda: inv.intrinsic_at_plane(A, 0.5, 0.0, 1e-5, TIME),
            "`intrinsic_at_plane(gradient=...)` must not be 0 (1/m): the plane lies on "
            "no slope.",
        ),
        (
            lambda: inv.intrinsic_at_plane(A, 0.5, 1e3, 1e-5, 0.0),
            "`intrinsic_at_plane(time=...)` must be one finite number > 0 (s); got 0.",
        ),
        (
            lambda: inv.kirkendall(FLAT, 2e-3, TIME),
            "`kirkendall(marker=...)` must lie within the profile (m); got 0.002.",
        ),
        (
            lambda: inv.kirkendall(FLAT, 2e-4, TIME),
            "`kirkendall(marker=...)` must lie where the profile has a slope; it is 0.",
        ),
        (
            lambda: inv.kirkendall(FLAT, 5e-4, TIME, marker_sigma=-1e-6),
            "`kirkendall(marker_sigma=...)` must be >= 0 (m); got -1e-06.",
        ),
        (
            lambda: inv.kirkendall(FLAT, 5e-4, TIME, points=40),
            "`kirkendall(points=...)` must be from 4 to the 21 points of the profile; "
            "got 40.",
        ),
    ],
)
def test_bad_input(call, sentence):
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        call()
