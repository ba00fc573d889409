"""Instruments: averages of known profiles, and what a fit makes of them."""

import re
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special

import diffjax as djx
import inverse as inv

from ..helpers import validation_row
from .common import ANNEAL


D, TIME = 3e-13, 3.6e5
LENGTH = np.sqrt(D * TIME)
X = np.linspace(-1.5e-3, 1.5e-3, 60)


def read(response, function, x, **widths):
    widths = {key: jnp.asarray(value) for key, value in widths.items()}
    return np.asarray(response.apply(function, jnp.asarray(x), widths))


def couple(d, x: Any = X):
    return djx.exact.couple(x, TIME, d, left=0.0, right=1.0)


def test_a_blurred_error_function_is_a_wider_one():
    for share, bound in [(0.25, 1e-8), (1.0, 1e-4)]:
        b = share * LENGTH
        seen = read(inv.GaussianBlur(b), lambda x: couple(D, x), X, width=b)
        np.testing.assert_allclose(seen, couple(D + b**2 / (2 * TIME)), atol=bound)


def test_averages_of_powers_are_exact():
    x = np.array([0.5e-6, 1.5e-6, 3e-6])
    cubic = lambda y: (y * 1e6) ** 3
    mean = lambda a, b: (b**4 - a**4) / (4 * (b - a))
    pixel = read(inv.PixelAverage(1e-6), cubic, x, width=1e-6)
    np.testing.assert_allclose(pixel, [mean(0, 1), mean(1, 2), mean(2.5, 3.5)])
    sections = inv.SectionAverage(np.array([0.0, 1e-6, 2e-6, 4e-6]))
    wanted = [mean(0, 1), mean(1, 2), mean(2, 4)]
    np.testing.assert_allclose(read(sections, cubic, x), wanted, rtol=1e-12)
    # Wherever in its section a position lies.
    np.testing.assert_allclose(read(sections, cubic, x + 0.2e-6), wanted, rtol=1e-12)


def test_sputtering_keeps_the_amount_and_shifts_the_mean():
    lead, trail, b = 5e-6, 20e-6, 10e-6
    response = inv.SIMS(lead, trail, b)
    widths = dict(lead=lead, trail=trail, sigma=b)
    one = read(response, jnp.ones_like, X, **widths)
    np.testing.assert_allclose(one, 1.0, rtol=1e-12)
    line = read(response, lambda x: x, X, **widths)
    np.testing.assert_allclose(line, X - (trail - lead), atol=1e-15)
    square = read(response, lambda x: x**2, X[:1] * 0, **widths)
    second = 2 * (trail**3 + lead**3) / (trail + lead) + b**2
    np.testing.assert_allclose(square, second, rtol=1e-10)


def test_slopes_along_the_width_are_those_of_differences():
    response = inv.GaussianBlur(1e-6)
    f = jax.jit(
        lambda b: response.apply(
            lambda x: couple(D, x), jnp.asarray(X), {"width": b * LENGTH}
        )
    )
    b, h = jnp.asarray(0.5), 1e-5
    central = (f(b + h) - f(b - h)) / (2 * h)
    np.testing.assert_allclose(jax.jacfwd(f)(b), central, atol=1e-9)
    np.testing.assert_allclose(jax.jacrev(f)(b), jax.jacfwd(f)(b), atol=1e-14)


def fitted(response, values):
    profile = inv.Profile(X, values, 0.003, response=response)
    one = inv.Couple(profile, ANNEAL, left=0.0, right=1.0)
    return inv.fit(djx.diffusivity.Constant(1e-13), one)


def test_a_beam_left_out_makes_d_too_large_and_modelled_does_not():
    b = 0.5 * LENGTH
    seen = 0.5 * special.erfc(-X / np.sqrt(4 * D * TIME + 2 * b**2))
    ignored = fitted(None, seen)["D"].value
    modelled = fitted(inv.GaussianBlur(b), seen)["D"].value
    np.testing.assert_allclose(ignored / D - 1, 0.125, atol=3e-3)
    assert abs(modelled / D - 1) < 5e-3
    validation_row(
        "D of a couple seen through a beam of half a diffusion length",
        "the D put in",
        None,
        abs(modelled / D - 1),
        "60 points, the beam modelled",
    )


def test_d_and_a_free_beam_are_confounded_at_one_time():
    b = 0.5 * LENGTH
    seen = 0.5 * special.erfc(-X / np.sqrt(4 * D * TIME + 2 * b**2))
    free = inv.Free(init=0.8 * LENGTH)
    fit = fitted(inv.GaussianBlur(free), seen + 1e-3 * np.sin(1e5 * X))
    assert fit.names == ("D", "origin", "width")
    for name in ("D", "width"):
        assert fit[name].verdict.startswith("not determined")
    said = " ".join(fit.verdicts)
    assert "ln D" in said and "ln width" in said
    # A prior of the beam, e.g. from a sharp edge, resolves it.
    known = inv.Free(init=b, prior=inv.LogNormal(b, 1.05))
    fit = fitted(inv.GaussianBlur(known), seen)
    assert fit["width"].verdict == "set by its prior"
    assert abs(fit["D"].value / D - 1) < 0.02 and fit["D"].stderr < 0.05 * D


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: inv.GaussianBlur(0.0), "`GaussianBlur(width=...)` must be > 0 (m)."),
        (lambda: inv.SIMS(1e-9, -1.0, 1e-9), "`SIMS(trail=...)` must be > 0 (m)."),
        (
            lambda: inv.PixelAverage(inv.Free()),
            "`PixelAverage(width=...)` needs `Free(init=...)` in m where it is free.",
        ),
        (
            lambda: inv.SectionAverage(np.array([0.0, 2e-6, 1e-6])),
            "`SectionAverage(edges=...)` must increase (m).",
        ),
        (
            lambda: inv.SectionAverage(np.array([0.0])),
            "`SectionAverage(edges=...)` must have shape `(sections + 1,)`, at least 2 "
            "edges; got (1,).",
        ),
    ],
)
def test_bad_instruments(make, sentence):
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        make()
