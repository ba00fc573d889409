import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.mechanics import BentBeam, SumOfFields, UniformStrain, UniformStress

from .common import check_field, COPPER, STEEL


STRAIN = jnp.diag(jnp.array([1e-3, -2e-4, 5e-4]))
POINTS = np.random.default_rng(1).normal(size=(5, 3)) * 1e-6


def test_uniform_fields_are_each_others_inverse():
    one = UniformStrain(STRAIN, COPPER)
    other = UniformStress(one.stress(POINTS[0]), COPPER)
    np.testing.assert_allclose(other.strain(POINTS[1]), STRAIN, atol=1e-17)
    np.testing.assert_allclose(
        one.hydrostatic(POINTS[2]), (168.4e9 + 2 * 121.4e9) / 3 * 1.3e-3, rtol=1e-12
    )


def test_fields_add_up():
    beam = BentBeam(1.0, STEEL)
    both = UniformStrain(STRAIN, STEEL) + beam + beam
    assert isinstance(both, SumOfFields)
    check_field(both, POINTS, 1e-6)
    x = POINTS[0]
    expected = STEEL.stress(STRAIN) + 2 * beam.stress(x)
    np.testing.assert_allclose(both.stress(x), expected, rtol=1e-12)


def test_coordinates_left_out_are_zero():
    beam = BentBeam(1.0, STEEL)
    for given in (1e-6, [1e-6], [1e-6, 0.0]):
        found = beam.stress(jnp.asarray(given))
        np.testing.assert_array_equal(found, beam.stress([1e-6, 0.0, 0.0]))
    assert np.all(beam.stress(jnp.asarray(1e-6))[1, 1] == 210e3)


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: SumOfFields(), "needs at least one field"),
        (lambda: UniformStrain(np.eye(2), STEEL), "must have shape"),
        (lambda: UniformStrain(np.tri(3), STEEL), "must be symmetric"),
        (
            lambda: UniformStrain(STRAIN, STEEL).stress(np.zeros(4)),
            r"`position` must be a scalar or have shape",
        ),
    ],
)
def test_bad_input_is_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
