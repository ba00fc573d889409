"""Profiles that are planned, and data that a model makes for them."""

import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
import inverse as inv

from .plans import film, LAW


def test_a_model_gives_its_own_values():
    one = film(1200.0)
    (made,) = inv.simulate(LAW, one)
    d = LAW.over(0.0, 1200.0)
    length = jnp.sqrt(d * 3.6e5)
    exact = djx.exact.thin_film(
        one.data.at, jnp.asarray(3.6e5), d, 1.7724538509 * length
    )
    np.testing.assert_allclose(made.data.value, exact, rtol=1e-12)
    assert made.data.measured and not one.data.measured
    assert float(made.data.value[0]) == pytest.approx(1.0, rel=1e-8)
    # The instrument sees it too.
    blurred = inv.planned(one.data.at, 0.02, response=inv.GaussianBlur(0.5 * length))
    seen = inv.ThinFilm(blurred, one.anneal, amount=1.7724538509 * length)
    (wide,) = inv.simulate(LAW, seen)
    assert float(wide.data.value[0]) < 0.95


@pytest.mark.parametrize(
    "noise, width",
    [
        (inv.Gaussian(), 0.02),
        (inv.StudentT(5.0), 0.02 * np.sqrt(5 / 3)),
        (inv.Relative(0.02, 1e-6), 0.02 * 0.5),
        (inv.Poisson(400.0), np.sqrt(0.5 / 400)),
        (inv.Censored(0.0), 0.02),
    ],
    ids=lambda x: type(x).__name__,
)
def test_noise_scatters_as_it_says(noise, width):
    model, sigma = np.full(20_000, 0.5), np.full(20_000, 0.02)
    drawn = noise.draw(model, sigma, np.random.default_rng(1))
    assert abs(np.mean(drawn) - 0.5) < 5 * width / np.sqrt(20_000)
    assert abs(np.std(drawn) / width - 1) < 0.05
    assert noise.scaled or not isinstance(noise, inv.Gaussian)
    low = inv.Censored(0.5).draw(model, sigma, np.random.default_rng(1))
    assert np.min(low) == 0.5 and 0.4 < np.mean(low == 0.5) < 0.6


def test_the_seed_repeats_itself_and_a_fit_returns_what_was_put_in():
    one = film(1200.0)
    (a,), (b,) = (inv.simulate(LAW, one, seed=3) for _ in range(2))
    assert np.array_equal(a.data.value, b.data.value)
    fit = inv.fit(LAW, a, inv.Free("prefactor", inv.Log(), scale=1.0, unit="m²/s"))
    assert (
        abs(np.log(fit["prefactor"].value / 1e-5)) < 4 * fit["prefactor"].stderr / 1e-5
    )


def test_a_plan_starts_where_a_prior_is_likeliest():
    plan = film(1200.0, amount=inv.Free(prior=inv.LogNormal(1e-6, 2.0)))
    (made,) = inv.simulate(LAW, plan)
    (held,) = inv.simulate(LAW, film(1200.0, amount=1e-6))
    np.testing.assert_allclose(made.data.value, held.data.value, rtol=1e-12)


def test_without_data_there_is_nothing_to_fit_or_to_guess():
    with pytest.raises(ValueError, match="'1200 K' is planned and holds no data"):
        inv.fit(LAW, film(1200.0))
    with pytest.raises(ValueError, match="no data to guess its 'amount' from"):
        inv.simulate(LAW, film(1200.0, amount=None))
    with pytest.raises(ValueError, match="`planned` needs the `sigma`"):
        inv.planned(jnp.linspace(0.0, 1e-4, 10))
    with pytest.raises(ValueError, match="NaN or infinite values for '1200 K'"):
        inv.simulate(lambda c, t, x: jnp.nan * t, film(1200.0))
    profile = inv.Profile(jnp.linspace(0, 1e-4, 10), jnp.linspace(1.0, 0.0, 10))
    known = inv.ThinFilm(profile, djx.Anneal(3.6e5, 1200.0))
    with pytest.raises(ValueError, match=r"`simulate\(seed=...\)` needs `sigma`"):
        inv.simulate(LAW, known, seed=0)
