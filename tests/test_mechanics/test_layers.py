import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.mechanics import BentBeam, MisfitLayer
from diffjax.tensors import rotation_from_axis

from .common import check_field, check_slopes, COPPER, STEEL


TURN = rotation_from_axis([1.0, 2.0, -1.0], 0.7)
X, Y, Z = np.eye(3)
POINTS = np.random.default_rng(1).normal(size=(5, 3)) * 3e-6


@pytest.mark.parametrize("body", [STEEL, COPPER.rotated(TURN)])
def test_bent_beam(body):
    beam = BentBeam(
        2.0, body, axis=[0, 0, 2], normal=[1, 1, 0], origin=[1e-6, 0.0, 0.0]
    )
    check_field(beam, POINTS, 1e-6)
    x = jnp.array([3e-6, 1e-6, 5e-6])
    distance = 3e-6 / np.sqrt(2)
    # Fibres are stretched by curvature times distance, whatever the crystal.
    np.testing.assert_allclose(beam.strain(x)[2, 2], 2 * distance, rtol=1e-12)
    if body is STEEL:
        np.testing.assert_allclose(
            beam.hydrostatic(x), 210e9 * 2 * distance / 3, rtol=1e-12
        )
    assert np.count_nonzero(np.abs(beam.stress(x)) > 1e-9) == 1


def test_a_layer_is_stretched_in_its_plane_only():
    layer = MisfitLayer(1e-3, 1e-6, STEEL, normal=[0, 0, 1])
    stress = layer.stress(jnp.array([1.0, 2.0, 3e-7]))
    plane = -210e9 / (1 - 0.29) * 1e-3
    expected = np.diag([plane, plane, 0.0])
    np.testing.assert_allclose(stress, expected, rtol=1e-12, atol=1e-3)
    assert np.all(layer.stress(jnp.array([0.0, 0.0, 6e-7])) == 0)


def test_a_layer_in_a_turned_crystal():
    normal = TURN[:, 2]
    layer = MisfitLayer(
        1e-3, 2e-6, COPPER.rotated(TURN), normal=normal, origin=[1e-6, 0, 0], width=4e-7
    )
    # Graded misfit is not the strain of a displacement: only forces balance.
    check_field(layer, POINTS + 1e-6, 1e-6, compatible=np.inf)
    inside = layer.stress(jnp.array([1e-6, 0.0, 0.0]))
    np.testing.assert_allclose(inside @ normal, 0.0, atol=1e-3)
    c11, c12 = 168.4e9, 121.4e9
    share = np.tanh(1e-6 / 4e-7)
    expected = -(c11 + c12 - 2 * c12**2 / c11) * 1e-3 * share
    # In the axes of the crystal, whose third is normal to the layer.
    np.testing.assert_allclose((TURN.T @ inside @ TURN)[0, 0], expected, rtol=1e-10)


def test_slopes():
    def pull(p):
        layer = MisfitLayer(
            p[0] * 1e-3, p[1] * 1e-6, STEEL, width=p[2] * 1e-7, normal=Z
        )
        beam = BentBeam(p[3], STEEL, axis=X, normal=Y)
        x = jnp.array([0.0, 1e-6, 4e-7]) * p[4]
        return (layer.hydrostatic(x) + beam.hydrostatic(x)) / 1e8

    check_slopes(pull, [1.0, 1.1, 2.0, 3.0, 1.2])
    sharp = MisfitLayer(1e-3, 1e-6, STEEL, normal=Z)
    for z in (0.0, 5e-7, 1e-6):
        assert np.all(
            np.isfinite(jax.grad(sharp.hydrostatic)(jnp.array([0.0, 0.0, z])))
        )


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: BentBeam(1.0, STEEL, axis=[1, 0, 0]), "right angles to `axis`"),
        (lambda: BentBeam(1.0, STEEL, axis=[0, 0, 0]), "must not be zero"),
        (
            lambda: BentBeam(1.0, STEEL, origin=[0, 0]),
            r"must have shape `\(3,\)` \(m\)",
        ),
        (lambda: MisfitLayer(1e-3, 0.0, STEEL), r"thickness=...\)` must be .* > 0"),
        (lambda: MisfitLayer(1e-3, 1e-6, STEEL, width=-1.0), r"width=...\)` must be"),
    ],
)
def test_bad_input_is_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
