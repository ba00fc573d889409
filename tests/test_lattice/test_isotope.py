import jax
import numpy as np
import pytest

from diffjax.lattice import isotope_effect, isotope_ratio, manning_factor


def test_there_and_back():
    ratio = isotope_ratio(0.7814514 * 0.87, 62.93, 64.93)
    effect = isotope_effect(ratio, 62.93, 64.93)
    np.testing.assert_allclose(effect, 0.7814514 * 0.87, rtol=1e-12)
    # Free jumps of single atoms: D goes with the inverse root of the mass.
    np.testing.assert_allclose(isotope_effect(2.0, 1.0, 4.0), 1.0)
    assert isotope_ratio([0.5, 0.7], 1.0, 2.0).shape == (2,)


def test_manning_against_the_literature():
    np.testing.assert_allclose(
        manning_factor([0.781451422, 0.727194140]), [7.1513, 5.3312], atol=5e-5
    )


def test_gradient():
    f = 0.6
    np.testing.assert_allclose(jax.grad(manning_factor)(f), 2 / (1 - f) ** 2)


def test_bad_input():
    with pytest.raises(ValueError, match="heavy"):
        isotope_effect(1.0, 1.0, 0.0)
    with pytest.raises(ValueError, match="correlation"):
        manning_factor(-0.1)
