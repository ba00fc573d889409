"""Shares of the variance of a parameter."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import inverse as inv


def line(model, local, at):
    return model["slope"] * at + local["offset"]


MODEL = {"slope": jnp.array(2.0)}
AT = np.array([-1.0, 0.0, 1.0, 2.0])


def experiment(sigma, name, offset: Any = 0.0):
    data = inv.Readings(2.0 * AT, sigma, AT, name)
    return inv.Measured(data, line, {"offset": offset})


SLOPE = inv.Free("['slope']", name="slope", prior=inv.Normal(2.0, 0.3))


def test_shares_are_those_of_a_weighted_mean():
    data = [experiment(0.5, "good"), experiment(1.0, "bad")]
    found = inv.fit(MODEL, data, SLOPE).budget("slope")
    weight = np.array([6 / 0.25, 6.0, 1 / 0.09])
    wanted = dict(zip(("good", "bad", "prior of slope"), weight / weight.sum()))
    assert found.shares == pytest.approx(wanted)
    assert list(found.shares) == ["good", "prior of slope", "bad"]
    assert found.error == pytest.approx(weight.sum() ** -0.5)
    assert not found.logged and np.isinf(found.factor)
    assert repr(found).startswith("slope: ± 0.156")


def test_what_only_other_parameters_know_is_passed_on():
    # The offset's prior is what the slope's error hangs on: one point.
    data = inv.Readings(np.array([4.0]), 0.1, np.array([2.0]), "one")
    own = inv.Free(prior=inv.Normal(0.0, 0.4))
    slope = inv.Free("['slope']", inv.Log(), name="slope")
    fit = inv.fit(MODEL, inv.Measured(data, line, {"offset": own}), slope)
    found = fit.budget("slope")
    assert found.shares == pytest.approx(
        {"prior of offset": 0.16 / 0.17, "one": 0.01 / 0.17}
    )
    assert found.logged
    assert found.factor == pytest.approx(np.exp(0.17**0.5 / 2 / 2.0))
    with pytest.raises(KeyError):
        fit.budget("nothing")


def test_a_joint_prior_is_one_source():
    cov = np.array([[0.09, 0.02], [0.02, 0.16]])
    both = inv.MultivariateNormal(("slope", "offset"), np.array([2.0, 0.0]), cov)
    slope = inv.Free("['slope']", name="slope")
    one = experiment(0.5, "line", inv.Free(init=0.0, scale=1.0))
    fit = inv.fit(MODEL, one, slope, priors=both)
    found = fit.budget("slope")
    rows = np.stack([AT, np.ones(4)], axis=1) / 0.5
    total = np.linalg.inv(rows.T @ rows + np.linalg.inv(cov))
    data = (total @ rows.T @ rows @ total)[0, 0] / total[0, 0]
    wanted = {"line": data, "prior of slope and offset": 1 - data}
    assert found.shares == pytest.approx(wanted)
