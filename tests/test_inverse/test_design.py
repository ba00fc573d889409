"""Which measurements to make."""

import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
import inverse as inv

from ..helpers import validation_row
from .common import ANNEAL
from .plans import along, film, LAW, Numbers, tensor_free


# Equally spaced in 1/T, from 900 to 1300 K.
TEMPERATURES = 1 / np.linspace(1 / 900.0, 1 / 1300.0, 9)
FILMS = [film(float(t)) for t in TEMPERATURES]
PLAN = FILMS[::2]


def test_five_anneals_go_to_the_ends():
    found = inv.design(LAW, FILMS, criterion="c:activation", plan=PLAN)
    assert found.counts[[0, -1]].tolist() in ([2, 3], [3, 2])
    assert found.counts.sum() == 5
    np.testing.assert_allclose(found.weights[[0, -1]], 0.5, atol=1e-3)
    # Of equal errors of ln D the variance of Q is one over the sum of squares of 1/T:
    # 2·3/5 of the range squared at the ends, 5/8 for equal distances.
    assert found.plan_errors is not None
    ratio = found.plan_errors[1] / found.errors[1]
    np.testing.assert_allclose(ratio, np.sqrt(1.2 / 0.625), rtol=1e-3)
    assert abs(efficiency_of_plan(found) - 0.5) < 1e-3
    np.testing.assert_allclose(found.efficiency, 0.96, atol=1e-3)
    assert found.gap < 2e-4 and found.samples == 1
    said = repr(found)
    assert "900 K" in said and "1300 K" in said and "your plan has an eff" in said
    assert "nothing would show that the model is wrong" in said
    validation_row(
        "sd(Q) of five anneals, best places over equal distances in 1/T",
        "the ratio of least squares, sqrt(25/48)",
        None,
        abs(1 / ratio / np.sqrt(25 / 48) - 1),
        "9 candidates from 900 to 1300 K, films of 20 points",
    )


def test_over_a_prior_and_with_models():
    free = [
        inv.Free("prefactor", inv.Log(), scale=2.0, prior=inv.LogNormal(1e-5, 3.0)),
        inv.Free("activation", scale=0.3, prior=inv.Normal(2.0, 0.1), unit="eV"),
    ]
    found = inv.design(LAW, FILMS, free, over=4, total=5)
    assert found.samples == 4 and found.counts.sum() == 5
    both = inv.design(LAW, FILMS, free, over=[LAW, LAW], total=5)
    one = inv.design(LAW, FILMS, free[:1] + [inv.Free("activation", scale=0.3)],
                     over=1, total=5)  # fmt: skip
    assert both.samples == 2 and one.samples == 1
    assert found.names == ("prefactor", "activation")


SIX = np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0], [0, 1, -1], [1, 0, -1], [1, -1, 0]])
GOLDEN = (1 + np.sqrt(5)) / 2
ICOSAHEDRON = np.array(
    [[0, 1, GOLDEN], [0, -1, GOLDEN], [1, GOLDEN, 0], [-1, GOLDEN, 0],
     [GOLDEN, 0, 1], [GOLDEN, 0, -1]]
)  # fmt: skip


def directions(rows):
    return inv.Measured(inv.planned_readings(jnp.asarray(rows, float), 0.05), along)


def points(model, candidates, plan):
    plan = directions(plan)
    return inv.design(model, candidates, tensor_free(), each="point", plan=plan)


def efficiency_of_plan(found) -> float:
    assert found.plan_efficiency is not None
    return found.plan_efficiency


def test_six_directions_of_an_icosahedron_are_best_for_a_tensor():
    isotropic = Numbers(jnp.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0]))
    axes = np.concatenate([np.eye(3), SIX[:3]])
    many = np.random.default_rng(0).normal(size=(20, 3))
    args = (isotropic, directions(np.concatenate([ICOSAHEDRON, axes, many])))
    best = points(*args, ICOSAHEDRON)
    assert abs(efficiency_of_plan(best) - 1) < 1e-3
    assert 0.7 < efficiency_of_plan(points(*args, axes)) < 0.95
    # Five directions, or six in a plane, leave combinations open.
    flat = np.stack([np.cos(np.arange(6)), np.sin(np.arange(6)), np.zeros(6)], axis=1)
    none = points(*args, flat)
    assert none.plan_efficiency == 0
    assert none.plan_errors is not None and np.any(np.isinf(none.plan_errors))
    with pytest.raises(ValueError, match="all candidates together leave parameters"):
        points(isotropic, directions(ICOSAHEDRON[:5]), ICOSAHEDRON)


def couple(x):
    free = lambda init, scale: inv.Free(init=init, scale=scale)
    return inv.Couple(
        inv.planned(x, 0.005), ANNEAL, free(0.0, 0.01), free(1.0, 0.01), free(0.0, 1e-5)
    )


@pytest.mark.slow
def test_points_of_a_traverse():
    knots = np.linspace(0.0, 1.0, 5)
    law = djx.diffusivity.LogSpline(knots, np.array([5, 3.9, 3, 1.7, 1]) * 1e-13)
    c = jnp.linspace(0.1, 0.9, 9)
    x = np.linspace(-1.5e-3, 1.5e-3, 121)
    found = inv.design(
        law,
        couple(x),
        criterion=lambda law: jnp.log(law.over(c, 1273.15)),
        each="point",
        plan=couple(np.linspace(-1.5e-3, 1.5e-3, 24)),
    )
    assert found.counts.sum() == 24 and found.gap < 2e-4
    assert efficiency_of_plan(found) < 0.7 and found.efficiency > 0.95
    # Few places, far apart, ends among them.
    assert found.weights[0] > 0.02 and np.sum(found.weights > 0.02) < 16
    validation_row(
        "rms sd of ln D(c) from 24 points of a couple at the best places",
        "24 points at equal distances; error is the ratio of the sds",
        None,
        float(np.sqrt(efficiency_of_plan(found) / found.efficiency)),
        "121 candidates, 5 knots, 0.5 at%",
    )


def test_wrong_arguments_have_a_sentence():
    with pytest.raises(ValueError, match=r"`design\(each=...\)` must be"):
        inv.design(LAW, FILMS, each="film")
    with pytest.raises(ValueError, match="the parameters are prefactor, activation"):
        inv.design(LAW, FILMS, criterion="c:Q")
    with pytest.raises(ValueError, match="leave parameters of the model open"):
        inv.design(LAW, FILMS[:1])
    with pytest.raises(ValueError, match=r"`design\(total=...\)` must be at least 1"):
        inv.design(LAW, FILMS, total=0)
    with pytest.raises(ValueError, match=r"`design\(over=...\)` must be at least 1"):
        inv.design(LAW, FILMS, over=0)
    with pytest.raises(ValueError, match="needs one experiment for each candidate: 1"):
        inv.design(LAW, FILMS[:1], free=inv.Free("prefactor", inv.Log()),
                   each="point", plan=FILMS[:2])  # fmt: skip
