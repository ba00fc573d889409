import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.mechanics import CoatedPlate, IsotropicStiffness, MisfitLayer, plate_stress
from diffjax.tensors import rotation_from_axis

from ..helpers import validation_row
from .common import check_field, check_slopes, STEEL


HARD = IsotropicStiffness(400e9, 0.2)
UM = 1e-6
N = np.asarray(rotation_from_axis([1.0, 2.0, -1.0], 0.7))[:, 0]
PAIR = CoatedPlate(2e-3, 3 * UM, HARD, 10 * UM, STEEL, normal=N, origin=[UM, 0.0, 0.0])


def test_no_force_or_moment_is_left_and_strains_fit():
    # Two points of Gauss in each part: exact for a product of two lines.
    nodes, weights = np.polynomial.legendre.leggauss(2)
    z = np.concatenate([1.5 + 1.5 * nodes, -5 + 5 * nodes]) * UM
    w = np.concatenate([1.5 * weights, 5 * weights]) * UM
    places = np.array([UM, 0.0, 0.0]) + np.outer(z, N)
    stress = np.asarray(jax.jit(jax.vmap(PAIR.stress))(jnp.asarray(places)))
    size = np.abs(stress).max()
    np.testing.assert_allclose(
        np.einsum("p,pij->ij", w, stress) / size / UM, 0, atol=1e-13
    )
    moment = np.einsum("p,p,pij->ij", w, z, stress)
    np.testing.assert_allclose(moment / size / UM**2, 0, atol=1e-12)
    np.testing.assert_allclose(stress @ N / size, 0, atol=1e-14)
    check_field(PAIR, places, UM, compatible=1e-9)
    for place, body in ((places[0], HARD), (places[2], STEEL)):
        strain = PAIR.strain(place)
        np.testing.assert_allclose(body.stress(strain), PAIR.stress(place), atol=1e-3)
    assert np.all(PAIR.stress(np.array([UM, 0, 0]) + 3.1 * UM * N) == 0)
    assert np.all(PAIR.strain(np.array([UM, 0, 0]) - 10.1 * UM * N) == 0)


def test_a_thin_film_bends_its_plate_as_stoney_has_it():
    def error(thickness):
        pair = CoatedPlate(1e-3, thickness, HARD, 500 * UM, STEEL)
        pull = 6 * HARD.biaxial_modulus * thickness * 1e-3
        stoney = pull / (STEEL.biaxial_modulus * (500 * UM) ** 2)
        return abs(float(pair.curvature / stoney - 1))

    errors = [error(h * UM) for h in (4.0, 2.0, 1.0)]
    rates = np.log2(np.array(errors[:-1]) / errors[1:])
    assert 0.95 < rates[-1] < 1.05
    validation_row(
        "thin film on a plate that bends",
        "Stoney's curvature; order in the thickness of the film",
        rates[-1],
        errors[-1],
        "1 µm on 500 µm",
    )
    thick = CoatedPlate(1e-3, UM, HARD, 1.0, STEEL).stress(0.5 * UM)
    layer = MisfitLayer(1e-3, UM, HARD, origin=[0.5 * UM, 0, 0]).stress(0.5 * UM)
    np.testing.assert_allclose(thick, layer, rtol=1e-5, atol=1e-3)


@pytest.mark.parametrize("bends", [True, False])
def test_one_stiffness_is_a_plate_with_a_step_in_its_composition(bends):
    pair = CoatedPlate(1e-3, 3 * UM, STEEL, 7 * UM, STEEL, bends=bends)
    faces = np.linspace(-7 * UM, 3 * UM, 11)
    centres = jnp.asarray(0.5 * (faces[1:] + faces[:-1]))
    c = np.where(centres > 0, 1.0, 0.0)
    expected = plate_stress(c, faces, STEEL, 1e-3, bends=bends)
    # A plate of cells is stiffer against bending by what each cell lacks: 1 / cells².
    found = jax.vmap(pair.stress)(centres)[:, 1, 1]
    slack = 0.02 if bends else 1e-12
    np.testing.assert_allclose(found, expected, atol=slack * float(abs(found).max()))
    assert bends or float(pair.curvature) == 0


def test_slopes():
    def pull(p):
        film = IsotropicStiffness(p[0] * 1e11, 0.2)
        pair = CoatedPlate(p[1] * 1e-3, p[2] * UM, film, p[3] * 10 * UM, STEEL)
        return (pair.hydrostatic(0.5 * UM) + pair.hydrostatic(-2 * UM)) / 1e8

    check_slopes(pull, [4.0, 1.1, 0.9, 1.2])


def test_bad_input_is_refused():
    with pytest.raises(
        ValueError, match=r"plate_thickness=...\)` must be .* > 0 \(m\)"
    ):
        CoatedPlate(1e-3, UM, HARD, 0.0, STEEL)
