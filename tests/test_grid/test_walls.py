import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.grid import Exchange, FixedFlux, FixedValue, NoFlux, Periodic, Walls


INSIDE, TIME = jnp.asarray(0.6), jnp.asarray(100.0)
CONDUCTANCE = 2e-8  # D over the distance to the wall, in m/s


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
    flux = wall.outward_flux(INSIDE, leaving, TIME)
    np.testing.assert_allclose(flux, outward, rtol=1e-12, atol=1e-30)


def test_values_are_differentiable():
    def flux(rate, equilibrium):
        wall = Exchange(rate, equilibrium)
        return wall.outward_flux(INSIDE, leaving, TIME)

    by_rate, by_equilibrium = jax.grad(flux, (0, 1))(1e-8, 0.1)
    series = 1 / (1 / 1e-8 + 1 / CONDUCTANCE)
    np.testing.assert_allclose(by_equilibrium, -series, rtol=1e-10)
    np.testing.assert_allclose(by_rate, 0.5 * (series / 1e-8) ** 2, rtol=1e-10)


def test_one_wall_stands_for_both():
    walls = Walls(x=NoFlux())
    assert all(isinstance(wall, NoFlux) for wall in walls.x)
    assert Walls(x=Periodic()).periodic and not Walls().periodic


def test_periodic_has_no_flux_of_its_own():
    with pytest.raises(ValueError, match="use it as `Walls"):
        Periodic().outward_flux(INSIDE, leaving, TIME)


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: Walls(x=(Periodic(), NoFlux())), "joins both walls of an axis"),
        (lambda: FixedValue(np.nan), r"`FixedValue\(value=...\)` must be one finite"),
        (lambda: Exchange(-1.0, 0.0), r"`Exchange\(rate=...\)` must be .*>= 0 \(m/s\)"),
        (lambda: FixedFlux(np.ones(2)), "got an array of shape"),
    ],
)
def test_bad_walls_are_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
