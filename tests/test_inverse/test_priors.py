"""Priors: half the square of the residual is minus the log of the density."""

import re

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import inverse as inv


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


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: inv.Normal(0.0, 0.0), "`Normal(sd=...)` must be > 0."),
        (lambda: inv.LogNormal(0.0, 2.0), "`LogNormal(median=...)` must be > 0."),
        (lambda: inv.LogNormal(1.0, 1.0), "`LogNormal(factor=...)` must be > 1."),
    ],
)
def test_bad_priors(make, sentence):
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        make()
