import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.diffusivity import Point
from diffjax.potentials import Energy, Total


def point(x=2e-6, temperature=900.0, time=60.0):
    numbers = map(jnp.asarray, (0.3, temperature, x, time))
    return Point(*numbers)


def test_functions_of_one_two_and_three_arguments():
    np.testing.assert_allclose(Energy(lambda x: 1e4 * x).at(point()), 0.02)
    np.testing.assert_allclose(Energy(lambda x, T: x * T).at(point()), 1.8e-3)
    np.testing.assert_allclose(Energy(lambda x, T, t: t / 600).at(point()), 0.1)


def test_potentials_add_up():
    a, b = Energy(lambda x: 1e4 * x), Energy(lambda x, T: 1e-5 * T)
    total = a + b + a
    assert isinstance(total, Total)
    np.testing.assert_allclose(total.at(point()), 0.02 + 0.009 + 0.02, rtol=1e-14)
    slope = jax.grad(lambda x: total.at(point(x)))(2e-6)
    np.testing.assert_allclose(slope, 2e4, rtol=1e-14)


def test_sentences():
    with pytest.raises(ValueError, match="one number"):
        Energy(lambda x: jnp.stack([x, x])).at(point())
    with pytest.raises(ValueError, match="at least one"):
        Total()
