import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax.mechanics import (
    cut_cells,
    grid_fields,
    GridField,
    IsotropicStiffness,
    periodic_fields,
    vegard_strain,
)

from ..helpers import validation_row
from .common import check_slopes, COPPER, STEEL


NM = 1e-9
GRID = djx.grid.uniform((-4 * NM, 2 * NM), (4 * NM, 7 * NM), (8, 6))
RING = djx.grid.Periodic()
WALLS = djx.grid.Walls(x=RING, y=RING)
SOME = jnp.asarray(0.1 * np.random.default_rng(0).uniform(size=GRID.shape))
EIGEN = vegard_strain(SOME, 0.05)
UNEVEN = djx.grid.from_faces((NM * np.arange(9) ** 2.0, NM * np.arange(7)))
HARD = IsotropicStiffness(400e9, 0.2)


def test_centres_have_the_values_of_the_cells_and_the_rest_lies_between():
    field = grid_fields(GRID, WALLS, EIGEN, COPPER)
    widths = [NM, 5 / 6 * NM, NM]
    cells = periodic_fields(EIGEN[:, :, None], COPPER, widths)
    size = float(np.abs(cells.stress).max())
    there = jax.jit(jax.vmap(jax.vmap(field.stress)))
    found = there(GRID.centres)
    np.testing.assert_allclose(found, cells.stress[:, :, 0], atol=1e-9 * size)
    # A period away, and half way between neighbours, over the wall as well.
    shift = jnp.array([8 * NM, -5 * NM])
    again = there(GRID.centres + shift[None, None])
    np.testing.assert_allclose(again, found, atol=1e-9 * size)
    half = there(GRID.centres + jnp.array([0.5 * NM, 0.0])[None, None])
    mean = 0.5 * (found + np.roll(found, -1, axis=0))
    np.testing.assert_allclose(half, mean, atol=1e-9 * size)
    x = GRID.centres[2, 3]
    strain = field.strain(x)
    np.testing.assert_allclose(COPPER.stress(strain), field.stress(x), rtol=1e-9)


def test_a_layer_on_one_axis_is_as_in_closed_form():
    grid = djx.grid.uniform(0.0, 16 * NM, 16)
    c = jnp.zeros(16).at[4:8].set(0.2)
    free = vegard_strain(c, np.diag([0.01, 0.02, 0.03]), 0.1)
    field = grid_fields(grid, djx.grid.Walls(x=RING), free, STEEL)
    # What grows along y: stress of the plane that each cell is held to.
    mean = jnp.mean(c - 0.1)
    y, z = 0.02 * (mean - (c - 0.1)), 0.03 * (mean - (c - 0.1))
    exact = 210e9 / (1 - 0.29**2) * (y + 0.29 * z)
    found = jax.vmap(field.stress)(grid.centres)
    np.testing.assert_allclose(found[:, 1, 1], exact, rtol=1e-9)
    np.testing.assert_allclose(found[:, 0, 0], 0.0, atol=1e-3)


def test_solutes_around_inclusions_come_to_rest_in_boltzmanns_distribution():
    grid = djx.grid.uniform((0.0, 0.0), (16 * NM, 16 * NM), (16, 16))
    away = lambda x: jnp.sqrt(jnp.sum((x - 8 * NM) ** 2)) - 4 * NM
    cells = cut_cells(grid, away, 0.01, STEEL, HARD)
    field = grid_fields(
        grid, WALLS, cells.eigenstrain, cells.stiffness, scheme="rotated"
    )
    assert field.fields.converged
    kt = djx.BOLTZMANN_EV * 600.0
    there = lambda x: djx.diffusivity.Point(jnp.asarray(0.0), jnp.asarray(600.0), x)
    dipole = np.diag([3.0, 5.0, 4.0])
    pull = djx.potentials.Elastic(dipole, field)
    expected = -jnp.sum(dipole * field.fields.strain[3, 5, 0])
    np.testing.assert_allclose(pull.at(there(grid.centres[3, 5])), expected, rtol=1e-12)
    pull = djx.potentials.Stress(8e-30, field)
    flux = djx.fluxes.Drift(djx.diffusivity.Constant(1e-18), pull)
    equation = djx.equations.Diffusion(flux, walls=WALLS)
    rest = djx.steady_state(equation, grid, 600.0, guess=1e-3).composition
    each = 8e-30 / djx.ELEMENTARY_CHARGE
    weight = jnp.exp(each / kt * field.fields.hydrostatic[:, :, 0])
    expected = 1e-3 * weight / jnp.mean(weight)
    assert float(expected.max() / expected.min()) > 2
    np.testing.assert_allclose(rest, expected, rtol=1e-10)
    # The march gets there too: 16 nm are crossed in a few minutes.
    start = jnp.full(grid.shape, 1e-3)
    run = djx.solve(equation, grid, start, djx.Anneal(2000.0, 600.0), rtol=1e-6)
    np.testing.assert_allclose(run.ys[-1], expected, rtol=1e-4)
    validation_row(
        "solutes around a hard inclusion, stress by Fourier transforms",
        "exp(-U/kT) at rest, largest relative difference",
        None,
        float(jnp.max(abs(rest / expected - 1))),
        "16² cells",
    )


def test_slopes():
    target = jnp.asarray(np.random.default_rng(5).normal(size=(3, 3)))

    def pull(p):
        free = vegard_strain(SOME * p[0], 0.05 * p[1], 0.01)
        body = IsotropicStiffness(p[2] * 1e11, 0.3)
        field = grid_fields(GRID, WALLS, free, body)
        x = jnp.array([0.3 * NM, 3.1 * NM]) * p[3]
        return jnp.sum(target * field.stress(x)) / 1e8

    check_slopes(pull, [1.0, 1.2, 2.0, 1.1])


@pytest.mark.parametrize(
    "change, sentence",
    [
        (
            {"walls": djx.grid.Walls(x=RING)},
            "not so along y",
        ),
        ({"walls": djx.grid.Walls()}, "not so along x and y"),
        ({"eigenstrain": SOME}, r"must have shape \(8, 6, 3, 3\) \(no unit\)"),
        (
            {"stiffness": np.eye(6)},
            r"or have shape \(8, 6, 6, 6\)",
        ),
        (
            {
                "grid": djx.grid.from_faces(
                    (NM * np.arange(9) ** 2.0, NM * np.arange(7))
                )
            },
            r"must have equal cells along x \(m\)",
        ),
        ({"grid": djx.grid.uniform(0.0, NM, 8, "spherical")}, "must be planar"),
    ],
)
def test_bad_input_is_refused(change, sentence):
    given = {"grid": GRID, "walls": WALLS, "eigenstrain": EIGEN, "stiffness": STEEL}
    with pytest.raises(ValueError, match=sentence):
        grid_fields(**(given | change))


def test_fields_of_another_grid_are_refused():
    fields = grid_fields(GRID, WALLS, EIGEN, STEEL).fields
    with pytest.raises(ValueError, match=r"must have shape \(8, 1, 1, 3, 3\)"):
        GridField(djx.grid.uniform(0.0, NM, 8), fields)
