"""What all schemes are made of."""

import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.schemes import (
    AbstractScheme,
    axis_crossings,
    axis_families,
    Central,
    Monotone,
    unit,
)

from .common import energy


def test_units():
    assert unit(1, 3) == (0, 1, 0)
    assert unit(0, 2, -2) == (-2, 0)


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_axes_carry_an_aligned_tensor(dimension):
    rates = jnp.asarray(np.random.default_rng(0).random((5, dimension)))
    found = energy(axis_families(rates))
    np.testing.assert_array_equal(
        found, np.asarray(rates)[..., None] * np.eye(dimension)
    )


def test_straight_through_a_wall():
    (one,) = axis_crossings(1, -1, jnp.ones((4, 3)))
    assert (one.layer, one.shift, one.offset) == (0, (0.0, -0.5, 0.0), (0, -1, 0))
    assert float(one.share) == 1


def test_a_scheme_must_say_everything():
    with pytest.raises(TypeError):
        AbstractScheme()  # pyright: ignore


@pytest.mark.parametrize("scheme", [Monotone(), Central()])
@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("outward", [-1, 1])
def test_both_schemes_agree_on_aligned_tensors(scheme, dimension, outward):
    """Then bonds lie along the axes, and walls change nothing else."""
    values = np.linspace(1.0, 2.0, dimension)
    tensor = jnp.asarray(
        np.broadcast_to(np.diag(values), (*(4,) * dimension, dimension, dimension))
    )
    for family in scheme.families(tensor):
        k = [abs(step) for step in family.offset]
        expected = values[k.index(1)] if sum(k) == 1 else 0.0
        np.testing.assert_allclose(family.coefficient, expected, atol=1e-14)
    for axis in range(dimension):
        face = jnp.take(tensor, 0, axis=axis)
        shares = [np.asarray(c.share) for c in scheme.crossings(tensor, axis, outward)]
        np.testing.assert_allclose(sum(np.max(s) for s in shares), 1.0, rtol=1e-13)
        for _, more in scheme.along_closed(face, axis, outward):
            np.testing.assert_allclose(more, 0.0, atol=1e-14)
        carried = scheme.along_flux(face, axis, outward)
        assert carried is None or not np.any(np.asarray(carried))
