"""Direct methods return the diffusivity that was put in."""

import re

import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
import inverse as inv

from ..helpers import validation_row
from .common import ANNEAL, couple_values


LAW = djx.diffusivity.LogSpline(
    np.array([0.0, 0.5, 1.0]), np.array([4e-13, 2e-13, 1e-13])
)
SHARES = jnp.linspace(0.05, 0.95, 19)


def couple(
    law: djx.diffusivity.AbstractDiffusivity = LAW,
    left=0.0,
    right=1.0,
    points=241,
    origin=0.0,
):
    x = np.linspace(-3.2e-3, 3.2e-3, points)
    values = couple_values(law, x, left, right, origin, cells=3000)
    return inv.Profile(x, values)


@pytest.mark.parametrize("method", [inv.sauer_freise, inv.boltzmann_matano])
@pytest.mark.parametrize("left, right", [(0.0, 1.0), (0.9, 0.1)])
def test_they_return_what_was_put_in(method, left, right):
    profile = couple(left=left, right=right)
    c = left + (right - left) * SHARES
    found = method(profile, ANNEAL.duration, c, left, right)
    error = np.abs(np.log(found / LAW.over(c, 1273.0)))
    assert np.max(error) < 0.01
    validation_row(
        f"{method.__name__} on a clean couple, from {left:g} to {right:g}",
        "the D(c) put in, between 5 and 95 % of the range",
        None,
        float(np.max(error)),
        "241 points",
    )


def test_raw_points_do_nearly_as_well_when_they_are_dense():
    profile = couple(points=1201)
    found = inv.sauer_freise(profile, ANNEAL.duration, SHARES, 0.0, 1.0, smooth=False)
    np.testing.assert_allclose(found, LAW.over(SHARES, 1273.0), rtol=0.02)


def test_beyond_the_ends_there_is_no_answer():
    found = inv.sauer_freise(couple(), ANNEAL.duration, jnp.array([-0.1, 0.5, 1.2]))
    np.testing.assert_array_equal(np.isnan(found), [True, False, True])


@pytest.mark.parametrize("tail", ["left", "right"])
def test_hall_in_the_tails(tail):
    # Exact where D is constant in the tail; here it is constant everywhere.
    profile = couple(djx.diffusivity.Constant(2e-13))
    c = jnp.array([0.002, 0.01, 0.05])
    c = c if tail == "left" else 1 - c
    found = inv.hall(profile, ANNEAL.duration, c, 0.0, 1.0, tail=tail)
    np.testing.assert_allclose(found, 2e-13, rtol=0.005)
    # And on a D(c) that varies, in the dilute limit.
    found = inv.hall(couple(), ANNEAL.duration, c, 0.0, 1.0, tail=tail, within=0.02)
    end = LAW.over(0.0 if tail == "left" else 1.0, 1273.0)
    np.testing.assert_allclose(found[0], end, rtol=0.05)
    assert np.isnan(found[2])


@pytest.mark.parametrize("tail", ["left", "right"])
def test_noise_about_a_long_level_end_is_no_tail(tail):
    law = djx.diffusivity.Exponential(value=6e-13, slope=-3.0)
    clean = couple(law, points=241)
    c = 0.02 if tail == "left" else 0.98
    exact = float(law.over(c, 1273.0))
    random = np.random.default_rng(0)
    for _ in range(5):
        values = clean.value + 0.002 * random.normal(size=241)
        noisy = inv.Profile(clean.position, values)
        found = inv.hall(noisy, ANNEAL.duration, c, 0.0, 1.0, tail, within=0.1)
        assert abs(np.log(float(found) / exact)) < 0.2


@pytest.mark.parametrize("left, right", [(0.0, 1.0), (0.9, 0.1)])
def test_the_matano_plane_is_the_origin(left, right):
    profile = couple(left=left, right=right, origin=123e-6)
    np.testing.assert_allclose(inv.matano_plane(profile), 123e-6, atol=1e-8)


@pytest.mark.parametrize(
    "call, sentence",
    [
        (
            lambda p: inv.sauer_freise(p, 0.0, 0.5),
            "`sauer_freise(time=...)` must be > 0 (s); got 0.",
        ),
        (
            lambda p: inv.boltzmann_matano(p, np.ones(2), 0.5),
            "`boltzmann_matano(time=...)` must be one number > 0 (s); got an array of "
            "shape (2,).",
        ),
        (
            lambda p: inv.hall(p, 1.0, 0.5, within=0.7),
            "`hall(within=...)` must be > 0 and at most 0.5 (no unit); got 0.7.",
        ),
        (
            lambda p: inv.matano_plane(p, 0.5, 0.5),
            "`matano_plane` needs a profile with different ends; got 0.5 on both "
            "sides.",
        ),
        (
            lambda p: inv.hall(p, 1.0, 0.5, 0.0, 1.0, within=1e-9),
            "`hall(tail='left', within=1e-09)` needs at least 3 points in the tail; "
            "got 0.",
        ),
    ],
)
def test_bad_input(call, sentence):
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        call(couple(points=41))
