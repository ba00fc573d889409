"""Settings that are moved to where they tell most."""

import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
import inverse as inv

from ..helpers import validation_row
from .plans import along, film, LAW, Numbers, tensor_free


def films(temperatures):
    return [film(t) for t in temperatures]


def test_temperatures_go_to_the_ends():
    ends = jnp.full(2, 900.0), jnp.full(2, 1300.0)
    start = jnp.array([1000.0, 1150.0])
    args = (LAW, films, start, *ends)
    found = inv.refine(*args, criterion="c:activation", steps=60)
    assert np.all(found.at_bound)
    assert sorted(found.settings) == [900.0, 1300.0]
    # The variance of Q is one over the square of the distance in 1/T.
    gain = ((1 / 900 - 1 / 1300) / (1 / 1000 - 1 / 1150)) ** 2
    np.testing.assert_allclose(found.gain, gain, rtol=1e-3)
    ratio = found.start_errors[1] / found.errors[1]
    np.testing.assert_allclose(ratio, np.sqrt(gain), rtol=1e-3)
    assert len(found.experiments) == 2 and "at its bound" in repr(found)


def directions(angles):
    """The first along z, the second in the plane of x and z: the rest is a rotation."""
    theta = jnp.concatenate([jnp.zeros(1), angles[:5]])
    phi = jnp.concatenate([jnp.zeros(2), angles[5:]])
    rows = [
        jnp.sin(theta) * jnp.cos(phi),
        jnp.sin(theta) * jnp.sin(phi),
        jnp.cos(theta),
    ]
    return [inv.Measured(inv.planned_readings(jnp.stack(rows, axis=1), 0.05), along)]


def test_six_directions_become_those_of_an_icosahedron():
    isotropic = Numbers(jnp.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0]))
    start = jnp.array([1.0, 1.2, 0.9, 1.5, 1.4, 1.0, 2.0, 3.5, 5.0])
    lower, upper = jnp.zeros(9), jnp.array([np.pi] * 5 + [2 * np.pi] * 4)
    found = inv.refine(
        isotropic, directions, start, lower, upper, tensor_free(), steps=400, starts=3
    )
    n = np.asarray(found.experiments[0].data.at)
    cosines = np.abs(n @ n.T)[np.triu_indices(6, 1)]
    np.testing.assert_allclose(cosines, 1 / np.sqrt(5), atol=1e-3)
    assert found.gain > 1
    validation_row(
        "six D-optimal directions for a tensor, found along the gradient",
        "cosines between the diagonals of an icosahedron, 1/sqrt(5)",
        None,
        float(np.max(np.abs(cosines * np.sqrt(5) - 1))),
        "400 steps, 3 starts",
    )


@pytest.mark.slow
def test_where_a_solver_has_no_second_slopes_differences_serve():
    """The place of a point of a couple whose D depends on composition."""

    def couple(at):
        x = jnp.linspace(-1.0, 1.0, 5) * at[0]
        return [inv.Couple(inv.planned(x, 0.01), djx.Anneal(3.6e5, 1273.15), 0.0, 1.0,
                           0.0)]  # fmt: skip

    law = djx.diffusivity.Exponential(value=3e-13, slope=-1.0)
    bounds = jnp.array([1e-4]), jnp.array([2e-3])
    found = inv.refine(law, couple, jnp.array([1.5e-3]), *bounds, steps=80)
    assert 1e-4 < found.settings[0] < 2e-3 and found.gain > 1.5
    # A minimum: both neighbours are worse.
    for factor in (0.95, 1.05):
        near = [couple(found.settings * factor)[0], found.experiments[0]]
        errors = [inv.identify(law, one).total for one in near]
        volume = [np.prod(one.eigenvalues) for one in errors]
        assert volume[0] < volume[1]


def test_wrong_arguments_have_a_sentence():
    one = jnp.ones(1)
    with pytest.raises(ValueError, match="of one shape"):
        inv.refine(LAW, films, one, one, jnp.ones(2))
    with pytest.raises(ValueError, match="needs lower < upper, and `start` between"):
        inv.refine(LAW, films, 3 * one, one, 2 * one)
    with pytest.raises(ValueError, match="`steps` and `starts` of at least 1; got 0"):
        inv.refine(LAW, films, 1.5 * one, one, 2 * one, steps=0)
