"""Addresses in a model: found, packed, unpacked; sentences for what is not there."""

import re

import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
import inverse as inv
from inverse._parameters import resolve, scale_of


def model():
    spline = djx.diffusivity.LogSpline(
        np.array([0.0, 0.5, 1.0]), np.array([1e-13, 2e-13, 3e-13])
    )
    return {
        "a": djx.diffusivity.Activated(spline, 2.0, 1200.0),
        "b": [djx.diffusivity.Constant(1e-14), 7],
    }


def test_paths_and_functions_find_the_same():
    tree = model()
    for where, function in [
        ("a.law.log_values", lambda m: m["a"].law.log_values),
        ("['a'].activation", lambda m: m["a"].activation),
        ("b[0].value", lambda m: m["b"][0].value),
        ("a.law.log_values[2]", lambda m: m["a"].law.log_values[2]),
        ("a.law.log_values[-1]", lambda m: m["a"].law.log_values[2]),
    ]:
        assert resolve(tree, where) == resolve(tree, function)
    assert resolve(tree, "a.law.log_values").size == 3
    assert resolve(tree, "a.law.log_values[2]").path.endswith("log_values[2]")


@pytest.mark.parametrize(
    "where, sentence",
    [
        (
            "activaton",
            "`Free(where=...)`: 'activaton' is not in the model; did you mean "
            "'activation'?",
        ),
        (
            "activation.x",
            "`Free(where=...)`: 'activation.x' is not in the model; did you mean "
            "'activation'?",
        ),
        (
            "qqq",
            "`Free(where=...)`: 'qqq' is not in the model; it holds 'prefactor', "
            "'activation'.",
        ),
        (
            lambda law: law,
            "`Free(where=...)`: the function must point at one array of floating-point "
            "numbers; it gives a Arrhenius; it holds 'prefactor', 'activation'.",
        ),
        (
            "activation[1]",
            "`Free(where=...)`: 'activation[1]' asks for element 1 of 'activation', "
            "whose shape is ().",
        ),
    ],
)
def test_a_wrong_address_gets_the_nearest_right_one(where, sentence):
    law = djx.diffusivity.Arrhenius(1e-5, 2.0)
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        resolve(law, where)


def test_integers_cannot_be_fitted():
    with pytest.raises(ValueError, match="it gives 7"):
        resolve(model(), "b[1]")


def test_scales():
    value = jnp.array([4.0])
    assert scale_of(inv.Free("x", scale=0.3), value) == 0.3
    assert scale_of(inv.Free("x", inv.Log()), value) == 1.0
    assert scale_of(inv.Free("x"), value) == 4.0
    assert scale_of(inv.Free("x"), 0 * value) == 1.0
    np.testing.assert_allclose(
        scale_of(inv.Free("x", prior=inv.Normal(0.0, 0.7)), value), 0.7
    )
    np.testing.assert_allclose(
        scale_of(inv.Free("x", inv.Log(), prior=inv.LogNormal(1.0, 10.0)), value),
        np.log(10),
    )


def test_free_checks_what_it_is_given():
    with pytest.raises(ValueError, match="must be one number > 0"):
        inv.Free("x", scale=-1.0)


def test_a_uniform_prior_is_an_interval():
    free = inv.Free("x", prior=inv.Uniform(1.0, 3.0))
    assert isinstance(free.transform, inv.Interval) and free.prior is None
    assert free.transform.lower == 1.0 and free.transform.upper == 3.0
    with pytest.raises(ValueError, match="brings its own transform"):
        inv.Free("x", inv.Log(), prior=inv.Uniform(1.0, 3.0))


@pytest.mark.parametrize(
    "prior, transform, got",
    [
        (inv.Normal(2.0, 0.1), inv.Interval(0.0, 1.0), "2 with `Interval(0, 1)`"),
        (inv.Normal(-1.0, 0.1), inv.Log(), "-1 with `Log`"),
        (inv.StudentTPrior(0.0, 0.1), inv.Log(), "0 with `Log`"),
        (inv.LogNormal(5.0, 2.0), inv.Interval(0.0, 4.0), "5 with `Interval(0, 4)`"),
    ],
)
def test_a_prior_outside_the_bounds(prior, transform, got):
    sentence = (
        "`Free(prior=...)` must have its centre inside the range of `transform`; got "
        f"{got}."
    )
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        inv.Free("x", transform, prior=prior)
