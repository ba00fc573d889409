"""Priors: half the square of the residual is minus the log of the density."""

import re
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import diffjax as djx
import inverse as inv

from .common import ANNEAL, erf_couple


def test_normal_is_the_normal_density():
    prior, x = inv.Normal(2.0, 0.5), jnp.array([1.0, 2.0, 4.0])
    ours = -0.5 * prior.residual(x) ** 2
    theirs = stats.norm.logpdf(np.asarray(x), 2.0, 0.5)
    np.testing.assert_allclose(ours - ours[0], theirs - theirs[0], rtol=1e-12)


def test_lognormal_is_normal_in_the_logarithm():
    prior = inv.LogNormal(1e11, 10.0)
    np.testing.assert_allclose(
        prior.residual(jnp.array([1e11, 1e12])), [0.0, 1.0], atol=1e-12
    )


def test_students_prior_is_its_density_and_gives_way():
    prior, x = inv.StudentTPrior(2.0, 0.5, 3.0), jnp.array([1.0, 2.0, 2.001, 40.0])
    ours = -0.5 * prior.residual(x) ** 2
    theirs = stats.t.logpdf(np.asarray(x), 3.0, 2.0, 0.5)
    np.testing.assert_allclose(ours - ours[0], theirs - theirs[0], rtol=1e-12)
    # A contradiction of 50 scales costs what 5 standard deviations of a bell cost.
    far = inv.StudentTPrior(0.0, 1.0, 4.0).residual(jnp.asarray(50.0))
    assert 5 < far < 6


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: inv.Normal(0.0, 0.0), "`Normal(sd=...)` must be > 0."),
        (lambda: inv.LogNormal(0.0, 2.0), "`LogNormal(median=...)` must be > 0."),
        (lambda: inv.LogNormal(1.0, 1.0), "`LogNormal(factor=...)` must be > 1."),
        (
            lambda: inv.StudentTPrior(0.0, 0.0),
            "`StudentTPrior(width=...)` must be > 0.",
        ),
        (
            lambda: inv.StudentTPrior(0.0, 1.0, 0.5),
            "`StudentTPrior(dof=...)` must be >= 1.",
        ),
        (
            lambda: inv.Uniform(1.0, 1.0),
            "`Uniform(lower, upper)` needs finite numbers with `lower < upper`.",
        ),
    ],
)
def test_bad_priors(make, sentence):
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        make()


MEAN = np.array([np.log(1e-5), 2.0])
COVARIANCE: Any = np.array([[0.25, 0.045], [0.045, 0.01]])
PUBLISHED = inv.MultivariateNormal(("prefactor", "activation"), MEAN, COVARIANCE)


def test_multivariate_normal_is_its_density():
    x = MEAN + np.array([[0.0, 0.0], [0.5, -0.1], [1.0, 0.2]])
    square = [float(jnp.sum(PUBLISHED.residual(jnp.asarray(row)) ** 2)) for row in x]
    theirs = stats.multivariate_normal.logpdf(x, MEAN, COVARIANCE)
    np.testing.assert_allclose(
        -0.5 * np.asarray(square), theirs - theirs[0], rtol=1e-10, atol=1e-12
    )


def test_a_published_law_is_known_along_its_correlation():
    # One profile fixes ln D0 - Q/kT; the prior does the rest, as in linear algebra.
    law = djx.diffusivity.Arrhenius(1e-5, 2.0)
    fit = inv.fit(law, inv.Couple(erf_couple(0.003), ANNEAL), priors=PUBLISHED)
    inverse_kt = 1 / (djx.BOLTZMANN_EV * 1273.15)
    one = inv.fit(
        djx.diffusivity.Constant(1e-13), inv.Couple(erf_couple(0.003), ANNEAL)
    )["D"]
    row = np.array([1.0, -inverse_kt])
    seen = np.outer(row, row) / (one.stderr / one.value) ** 2
    wanted = np.linalg.inv(np.linalg.inv(COVARIANCE) + seen)
    np.testing.assert_allclose(
        fit["activation"].stderr, np.sqrt(wanted[1, 1]), rtol=1e-3
    )
    np.testing.assert_allclose(
        fit["prefactor"].stderr / fit["prefactor"].value,
        np.sqrt(wanted[0, 0]),
        rtol=1e-3,
    )
    assert fit["activation"].verdict == "set by its prior"
    assert "without the priors" in " ".join(fit.verdicts)


@pytest.mark.parametrize(
    "names, covariance, sentence",
    [
        (
            ("a", "b"),
            np.array([[1.0, 2.0], [2.0, 1.0]]),
            "`MultivariateNormal(covariance=...)` must be symmetric and positive "
            "definite.",
        ),
        (
            ("a", "a"),
            np.eye(2),
            "`MultivariateNormal` of 2 names needs them different, `mean` of shape "
            "(2,) and `covariance` of shape (2, 2); got ('a', 'a'), (2,) and (2, 2).",
        ),
    ],
)
def test_bad_multivariate_normals(names, covariance, sentence):
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        inv.MultivariateNormal(names, np.zeros(2), covariance)


def test_a_prior_of_what_is_not_free():
    sentence = (
        "`MultivariateNormal` names 'prefactor', but the free parameters are D, "
        "origin, left, right."
    )
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        inv.fit(
            djx.diffusivity.Constant(1e-13),
            inv.Couple(erf_couple(0.003), ANNEAL),
            priors=[PUBLISHED],
        )
