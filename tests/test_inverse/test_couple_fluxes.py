"""Fluxes of closed-form couples, their errors, and what they give."""

import re

import jax
import jax.numpy as jnp
import jax.scipy.special as jsp
import numpy as np
import pytest

import inverse as inv

from ..helpers import observed_order, validation_row
from .couples import assert_slopes, MATRIX, profiles, ternary, TIME


def fluxes(jump, points=401, origin=0.0):
    x, c, slope = ternary(jump, points, origin)
    return inv.interdiffusion_flux(profiles(x, c), TIME), -slope @ MATRIX.T


@pytest.mark.parametrize("jump", [(0.2, 0.0), (0.1, -0.2)])
def test_fluxes_are_those_of_the_matrix_wherever_the_origin(jump):
    found, exact = fluxes(jump, origin=123e-6)
    size = np.max(np.abs(exact))
    np.testing.assert_allclose(found.flux, exact, atol=1e-3 * size)
    np.testing.assert_allclose(found.plane, 123e-6, atol=1e-9)
    assert found.error is None


def test_second_order_in_the_spacing():
    errors = []
    for points in (101, 201):
        found, exact = fluxes((0.2, 0.0), points)
        errors.append(np.max(np.abs(found.flux - exact)) / np.max(np.abs(exact)))
    (order,) = observed_order(errors)
    assert 1.7 < order < 2.3
    validation_row(
        "interdiffusion fluxes of a ternary couple",
        "constant matrix in closed form, over the largest flux",
        order,
        errors[-1],
        "201 points",
    )


def test_one_component_is_the_form_of_sauer_and_freise():
    x = jnp.linspace(-1e-3, 1e-3, 201)
    profile = inv.Profile(x, 0.5 * jsp.erfc(-x / (2 * np.sqrt(2e-14 * TIME))))
    flux = inv.interdiffusion_flux(profile, TIME).flux[:, 0]
    y = np.asarray(profile.value)
    y = (y - y[0]) / (y[-1] - y[0])
    steps = 0.5 * np.diff(x)
    below = np.concatenate([[0.0], np.cumsum(steps * (y[1:] + y[:-1]))])
    above = np.concatenate([[0.0], np.cumsum(steps * (2 - y[1:] - y[:-1]))])
    area = (1 - y) * below + y * (above[-1] - above)
    np.testing.assert_allclose(flux, -area / (2 * TIME), atol=1e-12 * np.ptp(flux))


def test_a_given_end_replaces_the_outermost_point():
    x, c, _ = ternary((0.2, 0.0), 101)
    clean = inv.interdiffusion_flux(profiles(x, c), TIME)
    bent = profiles(x, c.at[0, 0].add(0.01))
    found = inv.interdiffusion_flux(bent, TIME, left=c[0], right=c[-1])
    size = np.max(np.abs(clean.flux))
    inside = slice(1, None)
    # One bad point of weight 16 µm, and no longer a bad end of 800 µm.
    off = np.abs(found.flux - clean.flux)[inside] / size
    worse = np.abs(inv.interdiffusion_flux(bent, TIME).flux - clean.flux) / size
    assert np.max(off) < 0.05 * np.max(worse)


def test_errors_are_those_of_repeated_noise():
    x, c, _ = ternary((0.1, -0.2), 81)
    sigma = 1e-3
    found = inv.interdiffusion_flux(profiles(x, c, sigma), TIME)

    @jax.jit
    def repeat(key):
        noise = sigma * jax.random.normal(key, c.shape)
        return inv.interdiffusion_flux(profiles(x, c + noise), TIME).flux

    many = jax.lax.map(repeat, jax.random.split(jax.random.key(0), 2000))
    assert found.error is not None
    spread = np.std(np.asarray(many), axis=0)[10:-10]
    np.testing.assert_allclose(spread, found.error[10:-10], rtol=0.1)


def test_slopes_against_central_differences():
    x, c, _ = ternary((0.1, -0.2), 41)

    def value(c):
        found = inv.interdiffusion_flux(profiles(x, c), TIME)
        return 1e10 * jnp.sum(found.flux[20]) + 1e6 * found.plane

    assert_slopes(value, c, 1e-5)


def test_the_average_of_a_constant_is_the_constant():
    x = jnp.linspace(-1e-3, 1e-3, 801)
    c = 0.5 * jsp.erfc(x / (2 * np.sqrt(2e-14 * TIME)))
    found = inv.interdiffusion_flux(inv.Profile(x, c), TIME)
    some = inv.average_diffusivity(found, start=-2.1234e-4, stop=1.3e-4)
    whole = inv.average_diffusivity(found)
    np.testing.assert_allclose([some, whole], 2e-14, rtol=0.005)


def test_zero_flux_planes():
    # The second component drives the first uphill in the middle.
    jump = (0.05, -0.155)
    found, exact = fluxes(jump, origin=123e-6)
    planes = inv.zero_flux_planes(found)
    assert planes.shape == (2,)
    x = np.asarray(found.position)
    for plane in planes:
        k = int(np.searchsorted(x, plane))
        assert exact[k - 1, 0] * exact[k, 0] < 0
    assert inv.zero_flux_planes(found, component=1).size == 0
    # Noise in the level ends makes none.
    x, c, _ = ternary(jump, 161)
    c = c + 5e-4 * np.random.default_rng(0).normal(size=c.shape)
    noisy = inv.interdiffusion_flux(profiles(x, c, 5e-4), TIME)
    assert inv.zero_flux_planes(noisy, component=1).size == 0


@pytest.mark.parametrize(
    "call, sentence",
    [
        (
            lambda p, f: inv.interdiffusion_flux(p, -1.0),
            "`interdiffusion_flux(time=...)` must be one finite number > 0 (s); got "
            "-1.",
        ),
        (
            lambda p, f: inv.interdiffusion_flux(p, 1.0, left=0.3, right=0.3),
            "`interdiffusion_flux` needs a couple with different ends; got [0.3 0.3].",
        ),
        (
            lambda p, f: inv.zero_flux_planes(f, component=2),
            "`zero_flux_planes(component=...)` must be from 0 to 1; got 2.",
        ),
        (
            lambda p, f: inv.zero_flux_planes(f, least=0.0),
            "`zero_flux_planes(least=...)` must be one finite number > 0 (no unit); "
            "got 0.",
        ),
        (
            lambda p, f: inv.average_diffusivity(f, start=1e-4, stop=0.0),
            "`average_diffusivity(start=..., stop=...)` must increase and lie within "
            "the profile (m); got [0.0001 0.    ].",
        ),
        (
            lambda p, f: inv.average_diffusivity(f, component=1, start=-8e-4),
            "`average_diffusivity(start=..., stop=...)` needs a composition that "
            "differs between them; got [0.2 0.2].",
        ),
    ],
)
def test_bad_input(call, sentence):
    x, c, _ = ternary((0.2, 0.0), 21)
    c = c.at[:, 1].set(0.2)
    given = profiles(x, c)
    found = inv.interdiffusion_flux(given, TIME)
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        call(given, found)
