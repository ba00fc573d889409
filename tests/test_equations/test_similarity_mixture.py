import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax.equations import mixture_similarity, similarity

from ..alloys import AB, binary, ternary
from ..helpers import observed_order, validation_row


T, TIME = 1100.0, 3.6e4
LEFT, RIGHT = jnp.array([0.7, 0.3, 0.0]), jnp.array([0.2, 0.0, 0.8])


def test_order_against_the_error_function():
    law = binary(1e-14, 1e-14, phase=None)
    x = jnp.linspace(-1e-4, 1e-4, 801)
    exact = djx.exact.couple(x, TIME, 1e-14, 0.9, 0.2)
    errors = []
    for cells in (200, 400):
        found = mixture_similarity(law, [0.9, 0.1], [0.2, 0.8], T, cells=cells)
        errors.append(float(jnp.max(jnp.abs(found.at(x, TIME)[:, 0] - exact))))
    orders = observed_order(errors)
    np.testing.assert_allclose(orders, 2.0, atol=0.15)
    validation_row(
        "similarity solution of a couple of mixtures, equal tracers",
        "error function, largest absolute error",
        orders[-1],
        errors[-1],
        "400 cells",
    )


def test_two_components_are_the_scalar_problem_with_darkens_coefficient():
    law = binary(correlation=0.7815)

    def darken(c, temperature, x):
        del x
        return law.interdiffusion(jnp.stack([c, 1 - c]), temperature)[0, 0]

    scalar = similarity(djx.diffusivity.Custom(darken), 0.95, 0.3, T, cells=800)
    mine = mixture_similarity(law, [0.95, 0.05], [0.3, 0.7], T, cells=800)
    x = jnp.linspace(-1e-4, 1e-4, 201)
    off = jnp.max(jnp.abs(mine.at(x, TIME)[:, 0] - scalar.at(x, TIME)))
    assert float(off) < 2e-5


@pytest.mark.slow
def test_march_and_similarity_agree():
    law = ternary(slow=4e-15)
    grid = djx.grid.graded(-150e-6, 150e-6, 400, 0.0, 0.1e-6)
    couple = djx.grid.step(grid, 0.0, LEFT, RIGHT)
    equation = djx.equations.Interdiffusion(law)
    march = djx.solve(equation, grid, couple, djx.Anneal(7200.0, T), rtol=1e-6)
    found = mixture_similarity(law, LEFT, RIGHT, T, cells=800)
    off = float(jnp.max(jnp.abs(found.at(grid.centres, 7200.0) - march.ys[-1])))
    assert off < 1e-4
    validation_row(
        "ternary couple with wind: similarity solution",
        "the march, largest absolute difference",
        None,
        off,
        "800 against 400 cells",
    )
    speed = equation.velocity(grid, march.ys[-1], T)
    theirs = djx.equations.kirkendall_planes(grid.faces, speed, 7200.0)
    np.testing.assert_allclose(
        found.planes(7200.0).positions[0], theirs.positions[0], rtol=2e-3
    )


def test_matano_plane_and_simplex():
    found = mixture_similarity(ternary(), LEFT, RIGHT, T, cells=200)
    eta, x = np.asarray(found.eta), np.asarray(found.composition)
    assert x.min() > -1e-12
    np.testing.assert_allclose(x.sum(axis=1), 1.0, atol=1e-14)
    # As much on one side as is missing on the other: of every component.
    widths = np.diff(np.asarray(found.faces))[:, None]
    middle = 0.5 * (found.faces[1:] + found.faces[:-1])[:, None]
    ends = np.where(np.asarray(middle) < 0, LEFT, RIGHT)
    assert np.abs((widths * (x[1:-1] - ends)).sum(axis=0)).max() < 1e-4 * eta[-1]


@pytest.mark.parametrize("which", ["forward", "reverse"])
def test_gradients_against_differences(which):
    @eqx.filter_jit
    def slopes(s):
        def value(s):
            law = binary(1e-14 * (1 + s), 4e-14, AB, correlation=0.7 + 0.1 * s)
            left = jnp.stack([0.9 - 0.2 * s, 0.1 + 0.2 * s])
            found = mixture_similarity(
                law, left, jnp.array([0.3, 0.7]), T * (1 + 0.1 * s), cells=60,
                throw=False,
            )  # fmt: skip
            profile = jnp.sum(found.at(jnp.array([-2e-5, 1e-5]), TIME)[:, 0])
            return jnp.stack([profile, jnp.sum(found.speed) * 1e7])

        h = 1e-4
        differences = (value(s + h) - value(s - h)) / (2 * h)
        if which == "forward":
            return jax.jvp(value, (s,), (s + 1,))[1], differences
        return jax.jacrev(value)(s), differences

    found, differences = slopes(jnp.asarray(0.0))
    np.testing.assert_allclose(found, differences, rtol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([0.9, 0.2], [0.2, 0.8], T), "left.*sum to 1"),
        (([0.9, 0.1], [0.2, 0.3, 0.5], T), r"right.*\(2,\)"),
        (([0.9, 0.1], [0.2, 0.8], -1.0), "temperature.*> 0"),
    ],
)
def test_bad_input(arguments, words):
    with pytest.raises(ValueError, match=words):
        mixture_similarity(binary(), *arguments)
    with pytest.raises(ValueError, match="cells"):
        mixture_similarity(binary(), [0.9, 0.1], [0.2, 0.8], T, cells=3)


def test_a_couple_that_leads_through_a_spinodal_says_so():
    gibbs = djx.thermo.regular(("A", "B"), {("A", "B"): 30e3})
    law = djx.diffusivity.Multicomponent({"A": 1e-14, "B": 4e-14}, gibbs)
    found = mixture_similarity(law, [0.9, 0.1], [0.1, 0.9], T, cells=60, throw=False)
    assert found.result == djx.RESULTS.inside_spinodal
