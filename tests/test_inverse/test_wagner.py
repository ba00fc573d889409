"""Couples with a molar volume of composition return the diffusivity put in."""

import re

import jax
import jax.numpy as jnp
import jax.scipy.special as jsp
import numpy as np
import pytest

import diffjax as djx
import inverse as inv

from ..helpers import observed_order, validation_row
from .common import ANNEAL, couple_values, tizr
from .couples import assert_slopes, TIME


D, A, B = 2e-14, 7e-6, 1.1e-5  # m²/s; partial molar volumes in m³/mol


def vegard(n):
    return A * (1 - n) + B * n


def couple(points=401, origin=0.0, sigma=None):
    # With constant partial volumes the concentration of B obeys Fick's law.
    x = jnp.linspace(-0.8e-3, 0.8e-3, points)
    c = 0.5 / B * jsp.erfc(-x / (2 * np.sqrt(D * TIME)))
    other = (1 - c * B) / A
    return inv.Profile(x + origin, c / (c + other), sigma)


def worst(points, origin=0.0):
    profile = couple(points, origin)
    found = inv.wagner(profile, TIME, vegard)
    use = (profile.value > 0.05) & (profile.value < 0.95)
    return float(np.max(np.abs(found.diffusivity[use] / D - 1)))


def test_partial_volumes_that_differ_any_origin_and_the_order():
    errors = [worst(201), worst(401)]
    assert errors[1] < 0.01
    np.testing.assert_allclose(worst(201, 123e-6), errors[0], rtol=1e-3)
    (order,) = observed_order(errors)
    assert 1.7 < order < 2.4
    validation_row(
        "wagner on a couple whose partial molar volumes are 7 and 11 cm³/mol",
        "constant D put in, between 5 and 95 %",
        order,
        errors[1],
        "401 points",
    )


def test_a_volume_that_is_taken_as_constant_is_an_error():
    profile = couple()
    use = (profile.value > 0.05) & (profile.value < 0.95)
    off = inv.wagner(profile, TIME).diffusivity[use] / D - 1
    assert np.max(np.abs(off)) > 0.08
    # Volumes at the points are those of the function; their unit does not matter.
    found = inv.wagner(profile, TIME, vegard(profile.value)).diffusivity
    np.testing.assert_allclose(found, inv.wagner(profile, TIME, vegard).diffusivity)
    cubic_centimetres = inv.wagner(profile, TIME, 1e6 * vegard(profile.value))
    other = cubic_centimetres.diffusivity
    np.testing.assert_allclose(found[use], other[use], rtol=1e-9)


@pytest.mark.parametrize("left, right", [(0.0, 1.0), (0.9, 0.1)])
@pytest.mark.parametrize("a", [-1.5, 3.0])
def test_exponential_diffusivities_are_returned(left, right, a):
    law = djx.diffusivity.Exponential(3e-13 * np.exp(-a / 2), a)
    x = np.linspace(-3.2e-3, 3.2e-3, 321)
    profile = inv.Profile(x, couple_values(law, x, left, right, 50e-6, cells=3000))
    share = (np.asarray(profile.value) - left) / (right - left)
    use = (share > 0.05) & (share < 0.95)
    exact = law.over(profile.value, 1273.0)
    den_broeder = inv.wagner(profile, ANNEAL.duration).diffusivity
    smooth = inv.sauer_freise(profile, ANNEAL.duration, profile.value, left, right)
    errors = {}
    for name, found in (("wagner", den_broeder), ("sauer_freise", smooth)):
        errors[name] = float(np.max(np.abs(np.log((found / exact)[use]))))
        assert errors[name] < 0.01, name
        validation_row(
            f"{name} on a couple with D ~ exp({a:g} c), from {left:g} to {right:g}",
            "the D(c) put in, between 5 and 95 % of the range",
            None,
            errors[name],
            "321 points",
        )


def test_it_is_den_broeders_form_when_the_volume_is_constant():
    # c in mol/m³: D = dx/dc [(1 - Y) int (c - cL) + Y int (cR - c)] / 2t.
    x = np.linspace(-0.8e-3, 0.8e-3, 201)
    share = np.asarray(0.5 * jsp.erfc(-x / (2 * np.sqrt(D * TIME))))
    low, high = 2e4, 9e4
    c = low + (high - low) * share
    found = inv.wagner(inv.Profile(x, c), TIME, left=low, right=high)
    steps = np.diff(x)
    k = 110
    below = np.sum((0.5 * (c[1:] + c[:-1]) - low)[:k] * steps[:k])
    above = np.sum((high - 0.5 * (c[1:] + c[:-1]))[k:] * steps[k:])
    near = slice(k - 3, k + 4)
    slope = np.polyfit(x[near] - x[k], c[near], 3)[2]
    form = ((1 - share[k]) * below + share[k] * above) / (2 * TIME * slope)
    np.testing.assert_allclose(found.diffusivity[k], form, rtol=1e-9)


def test_errors_are_those_of_repeated_noise():
    profile = couple(121)
    sigma = 5e-4
    left, right = 0.0, 1.0
    found = inv.wagner(couple(121, sigma=sigma), TIME, vegard, left, right, points=9)

    @jax.jit
    def repeat(key):
        noise = sigma * jax.random.normal(key, (121,))
        noisy = inv.Profile(profile.position, profile.value + noise)
        return inv.wagner(noisy, TIME, vegard, left, right, points=9).diffusivity

    many = jax.lax.map(repeat, jax.random.split(jax.random.key(0), 2000))
    use = (profile.value > 0.1) & (profile.value < 0.9)
    spread = np.std(np.asarray(many), axis=0)
    assert found.error is not None
    np.testing.assert_allclose(spread[use], found.error[use], rtol=0.1)


def test_slopes_against_central_differences():
    profile = couple(41)

    def value(values):
        moved = inv.Profile(profile.position, values)
        return 1e14 * jnp.sum(inv.wagner(moved, TIME, vegard).diffusivity[17:24])

    assert_slopes(value, profile.value, 1e-6)


def test_where_it_falls_there_is_no_answer_and_the_rest_keeps_its_slope():
    profile = couple(41)
    bent = profile.value.at[2].add(0.02)
    found = inv.wagner(inv.Profile(profile.position, bent, 1e-3), TIME)
    assert found.error is not None
    bad = np.isnan(found.diffusivity)
    assert bad[4] and not bad[20]
    np.testing.assert_array_equal(bad, np.isnan(found.error))

    def middle(values):
        moved = inv.Profile(profile.position, values)
        return inv.wagner(moved, TIME).diffusivity[20]

    assert np.all(np.isfinite(jax.jit(jax.grad(middle))(bent)))


def test_a_measured_couple():
    scan = tizr()
    profile = inv.Profile(scan.position, scan.value, sigma=1e-3)
    found = inv.wagner(profile, TIME, points=9)
    assert found.error is not None
    # Against forward simulation analysis of the same scan (pyDiffusion), which is
    # itself known to about 2 %.
    peer = np.array([4.68e-13, 3.94e-13, 3.45e-13, 2.35e-13, 1.43e-13])
    at = np.array([0.10, 0.34, 0.50, 0.74, 0.90])
    order = np.argsort(found.fraction)
    n = found.fraction[order]
    off = np.log(np.interp(at, n, found.diffusivity[order]) / peer)
    error = np.interp(at, n, (found.error / found.diffusivity)[order])
    assert np.all(np.abs(off) < 0.04 + 2 * error)
    validation_row(
        "Ti-Zr couple, 1000 °C, 100 h: D(c) of wagner",
        "published forward simulation, rms of ln ratio for 0.1 <= X <= 0.9",
        None,
        float(np.sqrt(np.mean(off**2))),
        "55 measured points",
    )


@pytest.mark.parametrize(
    "call, sentence",
    [
        (
            lambda p: inv.wagner(p, 0.0),
            "`wagner(time=...)` must be one finite number > 0 (s); got 0.",
        ),
        (
            lambda p: inv.wagner(p, TIME, -7e-6),
            "`wagner(volume=...)` must be finite and > 0 (m³/mol).",
        ),
        (
            lambda p: inv.wagner(p, TIME, np.ones(3)),
            "`wagner(volume=...)` must be one number, have shape (21,) as the "
            "profile, or be a function that gives it; got (3,).",
        ),
        (
            lambda p: inv.wagner(inv.Profile(p.position, 100 * p.value), TIME, vegard),
            "`wagner(profile=...)` must be mole fractions, from 0 to 1; got 100.",
        ),
        (
            lambda p: inv.wagner(p, TIME, points=3),
            "`wagner(points=...)` must be from 4 to the 21 points of the profile; "
            "got 3.",
        ),
        (
            lambda p: inv.wagner(p, TIME, left=0.4, right=0.4),
            "`wagner` needs a couple with different ends; got [0.4].",
        ),
    ],
)
def test_bad_input(call, sentence):
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        call(couple(21))
