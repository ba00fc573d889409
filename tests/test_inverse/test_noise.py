"""Noise: half the square of a row is minus the log likelihood, with safe slopes."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import diffjax as djx
import inverse as inv

from ..helpers import validation_row
from .common import ANNEAL, couple_values, HOUR, noisy, positions


CONSTANT = djx.diffusivity.Constant(1e-13)
NOISES = [
    inv.Gaussian(),
    inv.Relative(0.05, 0.01),
    inv.StudentT(4.0),
    inv.Poisson(),
    inv.Censored(2.0),
]
name = lambda noise: type(noise).__name__


def rows(noise, model, value, sigma=0.7):
    model, value = jnp.broadcast_arrays(jnp.asarray(model), jnp.asarray(value))
    return noise.residual(model, value, jnp.full(model.shape, sigma))


def agree(ours, theirs):
    """Up to a constant."""
    np.testing.assert_allclose(ours - ours[0], theirs - theirs[0], rtol=1e-9, atol=1e-9)


def test_half_the_square_is_the_likelihood():
    model = np.array([0.5, 2.0, 2.99, 3.0, 3.01, 6.0, 40.0])
    half = lambda noise, value: -0.5 * np.asarray(rows(noise, model, value)) ** 2
    agree(half(NOISES[0], 3.0), stats.norm.logpdf(3.0, model, 0.7))
    agree(half(NOISES[2], 3.0), stats.t.logpdf(3.0, 4, model, 0.7))
    for count in (0, 3, 50):
        agree(half(NOISES[3], float(count)), stats.poisson.logpmf(count, model))
    agree(half(NOISES[4], 3.0), stats.norm.logpdf(3.0, model, 0.7))
    agree(half(NOISES[4], 2.0), stats.norm.logcdf((2.0 - model) / 0.7))


def test_relative_is_logarithmic_far_above_its_floor_and_plain_far_below():
    far = inv.Relative(0.05, 1e-9)
    np.testing.assert_allclose(
        rows(far, 1.2, 1.0), np.log(1.2) / 0.05, rtol=1e-9, atol=0
    )
    near = inv.Relative(0.05, 0.01)
    np.testing.assert_allclose(rows(near, 2e-5, -3e-5), 5e-3, rtol=1e-6)


def test_student_with_many_degrees_of_freedom_is_gaussian():
    x = np.linspace(-2, 2, 9)
    np.testing.assert_allclose(
        rows(inv.StudentT(1e8), x, 0.1), rows(inv.Gaussian(), x, 0.1), rtol=1e-6
    )


@pytest.mark.parametrize("noise", NOISES, ids=name)
def test_slopes_are_finite_and_those_of_differences(noise):
    value = jnp.asarray([0.0, 0.0, 0.0, 3.0, 3.0, 3.0, 50.0, 2.0])
    model = jnp.asarray([0.0, 1e-3, 2.0, 3.0, 3.0001, 4.5, 46.0, -60.0])
    scale = jnp.ones(8)
    f = jax.jit(lambda m: noise.residual(m, value, scale))
    slope = lambda m, along: jax.jvp(f, (m,), (along,))[1]
    forward = jax.jit(slope)(model, scale)
    reverse = jax.jit(jax.grad(lambda m: jnp.sum(f(m))))(model)
    assert np.all(np.isfinite(forward))
    np.testing.assert_allclose(forward, reverse, rtol=1e-12, atol=1e-300)
    smooth = np.asarray(model) > 1e-4
    step = 1e-6
    central = (f(model + step) - f(model - step)) / (2 * step)
    np.testing.assert_allclose(
        np.asarray(forward)[smooth], np.asarray(central)[smooth], rtol=1e-4
    )


@pytest.mark.parametrize("noise", NOISES, ids=name)
def test_sharpness_is_the_mean_square_of_the_score(noise):
    # By draws: the score is the slope of half the square of the row.
    rng, count = np.random.default_rng(0), 200_000
    m, s = 2.5, 0.7
    draws = {
        "Gaussian": lambda: rng.normal(m, s, count),
        "Relative": lambda: (
            np.sinh(np.arcsinh(0.05 * m / 0.01) + 0.05 * rng.normal(size=count))
            * (0.01 / 0.05)
        ),
        "StudentT": lambda: m + s * rng.standard_t(4, count),
        "Poisson": lambda: rng.poisson(m, count).astype(float),
        "Censored": lambda: np.maximum(rng.normal(m, s, count), 2.0),
    }[name(noise)]()
    half = lambda x: 0.5 * jnp.sum(rows(noise, x, draws, s) ** 2)
    score = jax.jit(jax.grad(half))(jnp.full(count, m))
    sharp = noise.sharpness(jnp.asarray([m]), jnp.asarray([s]))[0]
    np.testing.assert_allclose(np.mean(score**2), sharp**2, rtol=0.02)
    assert abs(np.mean(score)) < 5 * sharp / np.sqrt(count)


def test_the_scale_of_student_s_t_is_found():
    e = 0.3 * np.random.default_rng(1).standard_t(4, 20_000)
    row = np.asarray(rows(inv.StudentT(4.0), e, 0.0, 1.0))
    np.testing.assert_allclose(inv.StudentT(4.0).spread(row, 2e4), 0.3, rtol=0.03)


def test_outliers_do_not_move_a_fit_with_heavy_tails():
    x = positions()
    y = noisy(
        np.asarray(djx.exact.couple(x, ANNEAL.duration, 3e-13, left=0.0, right=1.0)),
        0.003,
    )
    y[[10, 28, 33]] += 0.1
    fits = [
        inv.fit(CONSTANT, inv.Couple(inv.Profile(x, y, 0.003, noise=noise), ANNEAL))
        for noise in (None, inv.StudentT())
    ]
    unknown = inv.Profile(x, y, noise=inv.StudentT())
    fits.append(inv.fit(CONSTANT, inv.Couple(unknown, ANNEAL)))
    off = [abs(np.log(fit["D"].value / 3e-13)) for fit in fits]
    assert off[1] < 0.03 and off[2] < 0.03 and off[0] > 2 * off[1]
    assert isinstance(fits[2].sigma, float) and 0.0015 < fits[2].sigma < 0.005
    # Residuals and bands are in the unit of the values, whatever the noise.
    fit = fits[2]
    middle, lower, upper = fit.band(0, x)
    np.testing.assert_allclose(y - fit.residuals[0], middle, atol=1e-10)
    assert np.all(lower < middle) and np.all(middle < upper)
    assert not any("chi2" in sentence for sentence in fits[1].verdicts)


def tracer(rng, x, background=0.0):
    clean = djx.exact.thin_film(x, 20 * HOUR, 1e-16, amount=5e-3)
    return rng.poisson(np.asarray(clean) + background).astype(float)


def test_counts_of_a_tracer():
    x = np.linspace(0, 16e-6, 40)
    values = tracer(np.random.default_rng(3), x, 5.0)
    profile = inv.Profile(x, values, noise=inv.Poisson())
    film = inv.ThinFilm(profile, djx.Anneal(20 * HOUR, 1000.0), background=None)
    fit = inv.fit(djx.diffusivity.Constant(1e-17), film)
    assert abs(fit["D"].value - 1e-16) < 4 * fit["D"].stderr < 1e-17
    assert abs(fit["background"].value - 5) < 4 * fit["background"].stderr
    assert fit.sigma is None and "sigma of the noise" in fit.table
    np.testing.assert_allclose(fit.noise[0], np.sqrt(fit.fitted[0]), rtol=1e-6)


REPEATS = 200


def cover(make, truth, key="D"):
    """Mean ln ratio, and share of 95 % intervals that hold the truth."""
    off, inside = [], []
    for seed in range(REPEATS):
        one = inv.fit(*make(np.random.default_rng(seed)))[key]
        off.append(np.log(one.value / truth))
        inside.append(one.lower <= truth <= one.upper)
    return np.mean(off), np.std(off), np.mean(inside)


def report(case, inside):
    validation_row(
        f"95 % intervals of {REPEATS} profiles, {case}",
        "the truth; error is the share of intervals that miss it (0.05 is meant)",
        None,
        1 - float(inside),
        "D",
    )


@pytest.mark.slow
def test_coverage_with_outliers():
    x = positions(40)
    clean = couple_values(djx.diffusivity.Constant(3e-13), x)

    def couple(noise, sigma):
        def make(rng):
            y = clean + 0.005 * rng.normal(size=40)
            bad = rng.random(40) < 0.05
            y = np.where(bad, y + rng.normal(0, 0.1, 40), y)
            profile = inv.Profile(x, y, sigma, noise=noise)
            return CONSTANT, inv.Couple(profile, ANNEAL, left=0.0, right=1.0)

        return make

    _, wide, fooled = cover(couple(None, 0.005), 3e-13)
    bias, narrow, inside = cover(couple(inv.StudentT(), None), 3e-13)
    assert fooled < 0.75 and wide > 2 * narrow
    assert abs(inside - 0.95) < 0.04 and abs(bias) < 4 * narrow / np.sqrt(REPEATS)
    report("5 % outliers, Student's t", inside)


@pytest.mark.slow
def test_coverage_of_tracer_counts():
    x = np.linspace(0, 16e-6, 40)

    def make(rng):
        profile = inv.Profile(x, tracer(rng, x, 5.0), noise=inv.Poisson())
        film = inv.ThinFilm(profile, djx.Anneal(20 * HOUR, 1000.0), background=None)
        return djx.diffusivity.Constant(5e-17), film

    bias, spread, inside = cover(make, 1e-16)
    assert abs(inside - 0.95) < 0.04 and abs(bias) < 4 * spread / np.sqrt(REPEATS)
    report("tracer counts, Poisson", inside)


@pytest.mark.slow
def test_coverage_below_a_detection_limit():
    x = np.linspace(0, 1.6e-3, 40)
    clean = np.asarray(djx.exact.couple(x, ANNEAL.duration, 3e-13, left=2.0, right=0.0))

    def space(noise):
        def make(rng):
            y = np.maximum(clean + 0.04 * rng.normal(size=40), 0.1)
            profile = inv.Profile(x, y, 0.04, noise=noise)
            return CONSTANT, inv.HalfSpace(profile, ANNEAL, surface=1.0, initial=0.0)

        return make

    naive, spread, _ = cover(space(None), 3e-13)
    bias, spread, inside = cover(space(inv.Censored(0.1)), 3e-13)
    assert naive > 0.01 and abs(bias) < 4 * spread / np.sqrt(REPEATS)
    assert abs(inside - 0.95) < 0.04
    report("a detection limit, Censored", inside)


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: inv.StudentT(0.5), "`StudentT(dof=...)` must be >= 1."),
        (lambda: inv.Poisson(0.0), "`Poisson(scale=...)` must be > 0."),
        (lambda: inv.Relative(0.0, 1.0), "`Relative(share=...)` must be > 0."),
        (lambda: inv.Relative(0.1, 0.0), "`Relative(floor=...)` must be > 0."),
        (lambda: inv.Censored(np.inf), "`Censored(limit=...)` must be finite."),
    ],
)
def test_bad_noise(make, sentence):
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        make()


@pytest.mark.parametrize(
    "given, sentence",
    [
        (
            dict(noise=inv.Poisson(), sigma=1.0),
            "`Profile(noise=Poisson(...))` takes no `sigma`: counts know their own "
            "errors. Leave `sigma` out.",
        ),
        (
            dict(noise=inv.Poisson()),
            "`Profile(noise=Poisson(...))` needs values >= 0.",
        ),
        (
            dict(noise=inv.Censored(0.0)),
            "`Profile(noise=Censored(...))` needs `sigma`: the values that are not "
            "seen do not show their scatter.",
        ),
    ],
)
def test_profiles_that_a_noise_cannot_have_made(given, sentence):
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        inv.Profile(np.arange(3.0), np.array([1.0, -1.0, 2.0]), **given)
