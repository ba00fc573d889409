"""The residual vector: rows, names, and what may not be asked."""

import re

import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
import inverse as inv
from inverse._objective import build

from .common import ANNEAL, erf_couple


LAW = djx.diffusivity.Arrhenius(1e-5, 2.0)


def couple(**given):
    return inv.Couple(erf_couple(), ANNEAL, **given)


def test_rows_are_misfits_over_errors_then_priors():
    prior = inv.Normal(2.0, 0.1)
    free = (inv.Free("activation", prior=prior, unit="eV"),)
    objective, words = build(LAW, [couple(left=0.2, right=0.8, origin=3e-5)], free)
    assert [word.name for word in words] == ["activation"]
    assert [word.unit for word in words] == ["eV"]
    np.testing.assert_allclose(objective.centre, [2.0 / 0.1])
    rows = objective.residual(objective.centre + 1.0, (jnp.full(60, 0.003),))
    assert rows.shape == (61,)
    np.testing.assert_allclose(rows[-1], 1.0)
    value = objective.predict(objective.centre, 0, erf_couple().position)
    rows = objective.residual(objective.centre, (jnp.full(60, 0.003),))
    np.testing.assert_allclose(rows[:-1], (value - erf_couple().value) / 0.003)


def test_local_parameters_carry_the_name_of_their_profile():
    named = inv.Profile(erf_couple().position, erf_couple().value, name="B")
    two = [couple(left=0.2, right=0.8), inv.Couple(named, ANNEAL, left=0.2, right=0.8)]
    _, words = build(LAW, two, (inv.Free("activation"),))
    assert [w.name for w in words] == ["activation", "profile.origin", "B.origin"]
    same = [two[0], two[0]]
    _, words = build(LAW, same, (inv.Free("activation"),))
    assert [w.name for w in words][1:] == ["profile 1.origin", "profile 2.origin"]


def test_a_start_can_be_given():
    free = (inv.Free("activation", init=1.7, scale=1.0),)
    objective, _ = build(LAW, [couple(left=0.2, right=0.8, origin=0.0)], free)
    np.testing.assert_allclose(objective.centre, [1.7])
    np.testing.assert_allclose(objective.model(objective.centre).activation, 1.7)


def test_the_start_rows_pull_the_law_to_the_guess():
    law = djx.diffusivity.Constant(1e-13)
    free = (inv.Free("value", inv.Log()),)
    objective, _ = build(law, [couple(left=0.2, right=0.8, origin=0.0)], free)
    costs = [
        float(jnp.sum(objective.start_residual(jnp.log(jnp.array([d]))) ** 2))
        for d in (1e-13, 3e-13, 9e-13)
    ]
    assert costs[1] < min(costs[0], costs[2])


@pytest.mark.parametrize(
    "free, sentence",
    [
        (
            [inv.Free("activation"), inv.Free(lambda law: law.activation)],
            "`Free`: 'activation' is named twice (also as 'activation').",
        ),
        (
            [inv.Free()],
            "`Free(where=...)` must be given for a parameter of the model; only local "
            "parameters of an experiment do without.",
        ),
        (
            [inv.Free("prefactor", inv.Log(), init=-1.0)],
            "the start of 'prefactor' is outside its transform's range (e.g. not > 0 "
            "for `Log`): give another `Free(init=...)`.",
        ),
        (
            [inv.Free("activation", name=("a", "b"))],
            "`Free(name=...)` of 'activation' must hold 1 names; got 2.",
        ),
    ],
)
def test_bad_declarations(free, sentence):
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        build(LAW, [couple()], free)
