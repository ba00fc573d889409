"""Expected information, and draws from priors."""

import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
import inverse as inv
from inverse._expected import ask, compiled_rows, from_priors

from .plans import film, LAW


FREE = (
    inv.Free("prefactor", inv.Log(), scale=2.0, prior=inv.LogNormal(2e-5, 3.0)),
    inv.Free("activation", scale=0.3, prior=inv.Normal(2.0, 0.1), unit="eV"),
)


def test_rows_are_slopes_over_errors():
    """Against central differences of the values, for Gaussian and Poisson noise."""
    counts = film(1200.0, noise=inv.Poisson(500.0), sigma=None)
    question = ask(LAW, [film(1000.0), counts], FREE, (), "identify")
    objective, centre = question.objective, np.asarray(question.objective.centre)
    rows, prior = compiled_rows(objective, objective.centre, question.noise)
    assert question.shared == 2 and centre.size == 4
    h = 1e-5
    for k in range(4):
        step = h * np.eye(4)[k]
        ends = [
            [np.asarray(objective.predict(jnp.asarray(u), i, e.data.at))
             for i, e in enumerate(objective.experiments)]
            for u in (centre + step, centre - step)
        ]  # fmt: skip
        slopes = [(a - b) / (2 * h) for a, b in zip(*ends)]
        value = np.asarray(objective.experiments[1].data.value)
        sharp = np.sqrt(500.0 / value)
        exact = np.concatenate([slopes[0] / 0.02, slopes[1] * sharp])
        np.testing.assert_allclose(rows[:, k], exact, rtol=1e-6, atol=1e-7)
    # Priors: 2 ln units over ln 3, and 0.3 eV over 0.1 eV.
    known = [[2.0 / np.log(3.0), 0, 0, 0], [0, 3.0, 0, 0]]
    np.testing.assert_allclose(prior, known, rtol=1e-12)


def test_draws_follow_the_priors():
    question = ask(LAW, film(1200.0), FREE, (), "design")
    drawn = from_priors(question.objective, 20_000, seed=1)
    mean = np.array([np.log(2e-5) / 2.0, 2.0 / 0.3])
    sd = np.array([np.log(3.0) / 2.0, 0.1 / 0.3])
    np.testing.assert_allclose(np.mean(drawn[:, :2], axis=0), mean, atol=0.02)
    np.testing.assert_allclose(np.std(drawn[:, :2], axis=0), sd, rtol=0.03)
    # The amount has no prior: it stays, or scatters by its scale.
    assert np.ptp(drawn[:, 2]) == 0
    wide = from_priors(question.objective, 20_000, seed=1, spread=2.0)
    assert abs(np.std(wide[:, 2]) - 2.0) < 0.05


def test_draws_follow_a_prior_of_both():
    covariance = np.array([[0.25, 0.0269], [0.0269, 0.003]])
    joint = inv.MultivariateNormal(
        ("prefactor", "activation"), jnp.array([np.log(1e-5), 2.0]), covariance
    )
    free = (inv.Free("prefactor", inv.Log(), 2.0), inv.Free("activation", scale=0.3))
    question = ask(LAW, film(1200.0), free, joint, "design")
    drawn = from_priors(question.objective, 20_000, seed=1)[:, :2] * [2.0, 0.3]
    np.testing.assert_allclose(np.cov(drawn.T), covariance, rtol=0.05)


def test_what_is_asked_must_be_answerable():
    with pytest.raises(ValueError, match="`identify` needs experiments .* got none"):
        ask(LAW, [], None, (), "identify")
    held = film(1200.0, amount=1e-6)
    with pytest.raises(ValueError, match="`design` found nothing to find"):
        ask(LAW, held, (), (), "design")
    # Measured, with a sigma that is not known: one is assumed, and told.
    x = jnp.linspace(0, 1e-4, 20)
    profile = inv.Profile(x, jnp.exp(-((x / 4e-5) ** 2)))
    one = inv.ThinFilm(profile, djx.Anneal(3.6e5, 1200.0))
    notes = ask(LAW, one, None, (), "identify").notes
    assert notes == (
        "the sigma of 'profile' is not given: 1 % of its range is assumed",
    )
