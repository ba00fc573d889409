import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.mechanics import (
    film_stress,
    MisfitLayer,
    plate_stress,
    sphere_stress,
)

from ..helpers import observed_order, validation_row
from .common import check_slopes, STEEL


BETA = 0.02
H = 50e-6


def test_a_film_is_a_coherent_layer():
    found = film_stress([0.1, 0.3], STEEL, BETA, 0.1)
    layer = MisfitLayer(BETA * 0.2, 1e-6, STEEL).stress(np.zeros(3))
    np.testing.assert_allclose(found, [0.0, float(layer[1, 1])], rtol=1e-12)
    assert found[1] < 0


@pytest.mark.parametrize("bends", [False, True])
def test_a_free_plate_is_in_balance(bends):
    faces = H * np.linspace(0, 1, 41) ** 1.5
    widths, z = np.diff(faces), 0.5 * (faces[1:] + faces[:-1])
    c = np.exp(-z / 1e-5)
    stress = np.asarray(plate_stress(c, faces, STEEL, BETA, bends))
    size = np.abs(stress).max()
    assert abs(np.sum(stress * widths)) < 1e-12 * size * H
    moment = abs(np.sum(stress * widths * z)) / (size * H**2)
    assert (moment < 1e-12) if bends else (moment > 1e-3)
    # Where c is largest the plate would be longest: it is compressed.
    assert stress[0] < 0
    straight = plate_stress(z / H, faces, STEEL, BETA, True)
    np.testing.assert_allclose(straight, 0.0, atol=1e-6 * size)
    even = plate_stress(0.3 + 0 * z, faces, STEEL, BETA, bends)
    np.testing.assert_allclose(even, 0.0, atol=1e-6 * size)


def test_bending_against_the_integral():
    errors = []
    for cells in (50, 100):
        faces = np.linspace(-H / 2, H / 2, cells + 1)
        z = 0.5 * (faces[1:] + faces[:-1])
        found = plate_stress((z / H + 0.5) ** 2, faces, STEEL, BETA, True)
        # Mean 1/3, first moment H²/12: the line z/H + 1/3 is taken out.
        expected = 210e9 / 0.71 * BETA * (1 / 3 + z / H - (z / H + 0.5) ** 2)
        errors.append(float(np.abs(found - expected).max() / np.abs(expected).max()))
    (order,) = observed_order(errors)
    assert 1.9 < order < 2.1


def sphere_by_integration(c, radius, shells):
    """Displacement of a free sphere by solving its equilibrium on a line of nodes.

    Linear elements in r for the energy: nothing of the closed form is in it.
    """
    e, nu = 210e9, 0.29
    lam, mu = e * nu / (1 + nu) / (1 - 2 * nu), e / 2 / (1 + nu)
    r = np.linspace(0, radius, shells + 1)
    h, m = np.diff(r), 0.5 * (r[1:] + r[:-1])
    free = BETA * c(m)
    matrix, right = np.zeros((shells + 1,) * 2), np.zeros(shells + 1)
    for k in range(shells):
        stretch = np.array([[-1 / h[k], 1 / h[k]], [0.5 / m[k], 0.5 / m[k]]])
        law = np.array([[lam + 2 * mu, 2 * lam], [2 * lam, 4 * (lam + mu)]])
        weight = m[k] ** 2 * h[k]
        block = slice(k, k + 2)
        matrix[block, block] += weight * stretch.T @ law @ stretch
        right[block] += weight * stretch.T @ law @ np.full(2, free[k])
    u = np.zeros(shells + 1)
    u[1:] = np.linalg.solve(matrix[1:, 1:], right[1:])
    rr = np.diff(u) / h - free
    tt = 0.5 * (u[1:] + u[:-1]) / m - free
    trace = lam * (rr + 2 * tt)
    return m, trace + 2 * mu * rr, trace + 2 * mu * tt


def test_a_sphere_against_integrated_equilibrium():
    radius = 5e-6
    c = lambda r: 0.2 + np.cos(2 * r / radius) * 0.6
    errors = []
    for cells in (100, 200):
        faces = np.linspace(0, radius, cells + 1)
        m, radial, tangential = sphere_by_integration(c, radius, cells)
        found = sphere_stress(c(m), faces, STEEL, BETA)
        size = np.abs(radial).max()
        away = m > radius / 10  # linear elements are poor at the centre
        errors.append(
            max(
                np.abs(found.radial - radial)[away].max() / size,
                np.abs(found.tangential - tangential)[away].max() / size,
            )
        )
        mean = (found.radial + 2 * found.tangential) / 3
        np.testing.assert_allclose(found.hydrostatic, mean, atol=1e-12 * size)
        volumes = np.diff(faces**3)
        total = np.sum(found.hydrostatic * volumes) / np.sum(volumes)
        assert abs(total) < 1e-12 * size
    (order,) = observed_order(errors)
    assert 1.7 < order < 2.3
    validation_row(
        "stress of a sphere with a radial profile",
        "equilibrium by linear elements, over the largest radial stress",
        order,
        errors[-1],
        "200 shells",
    )


def test_an_even_sphere_has_no_stress():
    found = sphere_stress(np.full(20, 0.3), 1e-6 * np.linspace(0, 1, 21), STEEL, BETA)
    for part in found:
        np.testing.assert_allclose(part, 0.0, atol=1e-3)


def test_slopes():
    faces = jnp.linspace(0.0, 1e-6, 6)

    @jax.jit
    def pull(p):
        c, beta = p[:5], 0.01 * p[5]
        radial, tangential, _ = sphere_stress(c, faces * p[6], STEEL, beta)
        plate = plate_stress(c, faces, STEEL, beta, True)
        film = film_stress(c, STEEL, beta, p[0])
        return jnp.sum((radial + 2 * plate + film + tangential)[:3]) / 1e9

    check_slopes(pull, [0.1, 0.2, 0.5, 0.3, 0.4, 1.2, 1.0])


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: plate_stress([0.1, 0.2], [0.0, 1.0], STEEL, BETA), "must have shapes"),
        (lambda: plate_stress([0.1], [1.0, 0.0], STEEL, BETA), r"must rise \(m\)"),
        (lambda: sphere_stress([0.1], [1.0, 2.0], STEEL, BETA), "must begin at 0"),
        (lambda: film_stress([np.nan], STEEL, BETA), "must hold finite numbers"),
    ],
)
def test_bad_input_is_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
