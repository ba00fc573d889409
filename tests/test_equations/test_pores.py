import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.equations import Pores


def growth(pores, porosity, s, equal=1e-4):
    return pores.growth(jnp.asarray(porosity), jnp.asarray(s), jnp.asarray(equal))


def test_grown_pores_take_up_and_give_back():
    pores = Pores(2.0, threshold=1.5, seed=1e-6)
    for s in (0.2, 1.0, 1.2, 5.0):
        wanted = 2.0 * 1e-4 * (s - 1)
        np.testing.assert_allclose(growth(pores, 0.1, s), wanted, rtol=1e-4, atol=1e-18)


def test_none_begin_below_the_threshold_and_none_shrink_below_nothing():
    pores = Pores(2.0, threshold=1.5)
    assert float(growth(pores, 0.0, 1.49)) == 0.0
    assert float(growth(pores, 0.0, 0.1)) == 0.0
    np.testing.assert_allclose(growth(pores, 0.0, 1.8), 2.0 * 1e-4 * 0.3, rtol=1e-12)
    # A trace below nothing, as a step in time may leave it, grows back.
    assert float(growth(pores, -1e-9, 0.1)) > 0


@pytest.mark.parametrize("porosity", [0.0, 1e-5, 1e-2])
def test_slopes_are_finite_and_those_of_differences(porosity):
    def value(z):
        pores = Pores(2.0 + z, 1.5 + z, 1e-4 * (1 + z))
        return 1e4 * growth(pores, porosity + 1e-4 * z, 1.8 + 2 * z)

    h, zero = 1e-6, jnp.asarray(0.0)
    forward = jax.jvp(value, (zero,), (zero + 1,))[1]
    # Nothing is where one side's slope is another's only to first order.
    differences = (value(zero + h) - value(zero - h)) / (2 * h)
    np.testing.assert_allclose(forward, differences, rtol=1e-5)
    np.testing.assert_allclose(jax.grad(value)(zero), forward, rtol=1e-12)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        (dict(rate=-1.0), "rate.*>= 0 .1/s.*-1"),
        (dict(rate=1.0, threshold=0.5), "threshold.*>= 1.*0.5"),
        (dict(rate=1.0, seed=0.0), "seed.*> 0"),
    ],
)
def test_bad_numbers_get_a_sentence(numbers, words):
    with pytest.raises(ValueError, match=words):
        Pores(**numbers)
