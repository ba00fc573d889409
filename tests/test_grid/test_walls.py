"""The walls around a body: pairs, patches, the surface of voxels."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax.grid import (
    Exchange,
    FixedFlux,
    FixedValue,
    NoFlux,
    Patch,
    Periodic,
    Spot,
    Walls,
)


INSIDE, TIME = jnp.asarray(0.6), jnp.asarray(100.0)
CONDUCTANCE = 2e-8  # D over the distance to the wall, in m/s
SPOT = Spot(TIME, jnp.asarray(0.0))


def leaving(at_wall):
    return CONDUCTANCE * (INSIDE - at_wall)


@pytest.mark.parametrize(
    "wall, outward",
    [
        (NoFlux(), 0.0),
        (FixedFlux(3e-9), 3e-9),
        (FixedFlux(lambda t: 1e-11 * t), 1e-9),
        (FixedValue(0.1), CONDUCTANCE * 0.5),
        (FixedValue(lambda t: t / 1000), CONDUCTANCE * 0.5),
        # The reaction in series with the half cell.
        (Exchange(1e-8, 0.1), 0.5 / (1 / 1e-8 + 1 / CONDUCTANCE)),
        (Exchange(lambda t: 1e-10 * t, 0.1), 0.5 / (1 / 1e-8 + 1 / CONDUCTANCE)),
        (Exchange(0.0, 0.1), 0.0),
    ],
)
def test_flux_along_the_outward_normal(wall, outward):
    flux = wall.outward_flux(INSIDE, leaving, SPOT)
    np.testing.assert_allclose(flux, outward, rtol=1e-12, atol=1e-30)


def test_values_are_differentiable():
    def flux(rate, equilibrium):
        wall = Exchange(rate, equilibrium)
        return wall.outward_flux(INSIDE, leaving, SPOT)

    by_rate, by_equilibrium = jax.grad(flux, (0, 1))(1e-8, 0.1)
    series = 1 / (1 / 1e-8 + 1 / CONDUCTANCE)
    np.testing.assert_allclose(by_equilibrium, -series, rtol=1e-10)
    np.testing.assert_allclose(by_rate, 0.5 * (series / 1e-8) ** 2, rtol=1e-10)


def test_one_wall_stands_for_both():
    walls = Walls(x=NoFlux(), z=FixedValue(1.0))
    assert all(isinstance(wall, NoFlux) for wall in (*walls.x, *walls.y))
    assert all(isinstance(wall, FixedValue) for wall in walls.z)
    assert Walls(x=Periodic()).periodic and not Walls().periodic


def test_pairs_by_axis():
    walls = Walls(y=Periodic(), z=(FixedFlux(1.0), NoFlux()))
    assert walls.periodic_along(3) == (False, True, False)
    assert walls.periodic_along(1) == (False,)
    assert walls.along(2) == (walls.x, walls.y)
    assert isinstance(walls.surface, NoFlux)


def test_periodic_has_no_flux_of_its_own():
    with pytest.raises(ValueError, match="use it as `Walls"):
        Periodic().outward_flux(INSIDE, leaving, SPOT)


def test_a_patch_is_one_wall_inside_and_another_around():
    held, film = FixedValue(0.1), Exchange(1e-8, 0.4)
    flux = lambda wall, spot: float(wall.outward_flux(INSIDE, leaving, spot))
    along = [
        Spot(TIME, jnp.array([k * 1e-6, 0.0]), (jnp.asarray(k),)) for k in range(4)
    ]
    where = np.array([True, True, False, False])
    for patch in (
        Patch(where, held, film),
        Patch(lambda x: x[0] < 1.5e-6, held, film),
    ):
        found = [flux(patch, spot) for spot in along]
        wanted = [flux(held if k < 2 else film, along[k]) for k in range(4)]
        np.testing.assert_allclose(found, wanted, rtol=1e-14)
    closed = Patch(where, held)
    assert flux(closed, along[3]) == 0 and flux(closed, along[0]) > 0
    nested = Patch(where, held, Patch(np.array([True, True, True, False]), film))
    assert (
        flux(nested, along[2]) == flux(film, along[2]) and flux(nested, along[3]) == 0
    )


GRID = djx.grid.uniform((0.0, 0.0), (1e-6, 1e-6), (4, 3))
LINE = djx.grid.uniform(0.0, 1e-6, 4)
BALL = djx.grid.uniform(0.0, 1e-6, 4, "spherical")
BODY = djx.grid.voxels(np.ones((4, 3), bool), 1e-6)


@pytest.mark.parametrize(
    "walls, grid",
    [
        (Walls(), GRID),
        (Walls(x=FixedValue(np.ones(3)), y=FixedFlux(np.ones(4))), GRID),
        (Walls(x=Patch(np.ones(3, bool), Exchange(1e-8, np.ones(3)))), GRID),
        (Walls(x=FixedValue(lambda t, x: x[0])), GRID),
        (Walls(surface=FixedValue(0.2)), BODY),
        (Walls(x=Periodic()), LINE),
        (Walls(x=FixedValue(1.0)), BALL),
    ],
)
def test_walls_that_fit(walls, grid):
    assert walls.fit(grid) is None


@pytest.mark.parametrize(
    "walls, grid, sentence",
    [
        (
            Walls(z=FixedValue(1.0)),
            GRID,
            r"`Walls\(z=...\)`: the grid has 2 axes and no",
        ),
        (Walls(y=Periodic()), LINE, r"`Walls\(y=...\)`: the grid has 1 axis and no y"),
        (Walls(x=Periodic()), BALL, "need a planar grid; got a spherical one"),
        (
            Walls(x=FixedValue(np.ones(4))),
            GRID,
            r"`Walls\(x=...\)`: an array on this wall needs one value per cell along it"
            r", shape \(3,\); got \(4,\)",
        ),
        (Walls(y=Patch(np.ones(3, bool), NoFlux())), GRID, r"shape \(4,\); got \(3,\)"),
        (
            Walls(y=Patch(np.ones(4, bool), Exchange(np.ones(2), 0.0))),
            GRID,
            r"shape \(4,\); got \(2,\)",
        ),
        (Walls(x=FixedFlux(np.ones(2))), LINE, r"shape \(\); got \(2,\)"),
        (Walls(surface=FixedValue(1.0)), GRID, "needs a grid with a mask"),
        (Walls(surface=FixedValue(np.ones(4))), BODY, "takes one number or a function"),
    ],
)
def test_walls_that_do_not_fit(walls, grid, sentence):
    with pytest.raises(ValueError, match=sentence):
        walls.fit(grid)


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: Walls(x=(Periodic(), NoFlux())), "joins both walls of an axis"),
        (lambda: FixedValue(np.nan), r"`FixedValue\(value=...\)` must .*finite"),
        (lambda: Exchange(-1.0, 0.0), r"`Exchange\(rate=...\)` must .*>= 0 \(m/s\)"),
        (lambda: Walls(surface=FixedFlux(1.0)), r"must be `NoFlux\(\)` or a `FixedV"),
        (lambda: Patch(np.ones(3), NoFlux()), "must hold truth values, .* float64"),
        (lambda: Patch(np.ones(3, bool), Periodic()), r"`Patch\(wall=...\)` must be"),
        (
            lambda: Patch(np.ones(3, bool), NoFlux(), Periodic()),
            r"`Patch\(elsewhere=...\)` must be a wall other than `Periodic`",
        ),
    ],
)
def test_bad_walls_are_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
