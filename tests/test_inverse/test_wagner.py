"""Couples with a molar volume of composition return the diffusivity put in."""

import jax
import jax.numpy as jnp
import jax.scipy.special as jsp
import numpy as np
import pytest

import inverse as inv

from .common import TIZR


TIME, D = 3.6e5, 2e-14


def couple(points=801, origin=0.0, a=7e-6, b=1.1e-5):
    # With constant partial volumes the concentration of B obeys Fick's law.
    x = jnp.linspace(-1e-3, 1e-3, points)
    c = 0.5 / b * jsp.erfc(-x / (2 * np.sqrt(D * TIME)))
    other = (1 - c * b) / a
    n = c / (c + other)
    return x + origin, n, 1 / (c + other)


def worst(points, origin=0.0):
    x, n, v = couple(points, origin)
    found = inv.wagner(x, n, v, TIME)
    use = (n > 0.05) & (n < 0.95)
    return np.max(np.abs(found.diffusivity[use] / D - 1))


def test_partial_volumes_that_differ_and_any_origin():
    assert worst(801) < 0.01
    np.testing.assert_allclose(worst(801, 123e-6), worst(801), rtol=1e-3)


def test_second_order_in_the_spacing():
    assert 1.6 < np.log2(worst(401) / worst(801)) < 2.4


def test_errors_are_those_of_repeated_noise():
    x, n, v = couple(201)
    sigma = 1e-4
    found = inv.wagner(x, n, v, TIME, sigma)
    noise = sigma * jax.random.normal(jax.random.key(0), (2000, 201))
    many = jax.vmap(lambda e: inv.wagner(x, n + e, v, TIME).diffusivity)(noise)
    use = (n > 0.1) & (n < 0.9)
    spread = np.std(np.asarray(many), axis=0)
    np.testing.assert_allclose(spread[use], found.error[use], rtol=0.1)


def test_a_measured_couple():
    if not TIZR.exists():
        pytest.skip("../shared/data is not here")
    data = np.genfromtxt(TIZR, delimiter=",", names=True)
    data = data[np.argsort(data["dis"])]
    n = data["X"]
    found = inv.wagner(1e-6 * data["dis"], n, np.ones_like(n), TIME)
    # Against forward simulation analysis of the same scan (pyDiffusion).
    at = np.interp([0.34, 0.5, 0.74], n, found.diffusivity)
    np.testing.assert_allclose(at, [3.94e-13, 3.45e-13, 2.35e-13], rtol=0.05)
