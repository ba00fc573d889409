"""Traps, atmospheres and their excess."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate
import scipy.special

import diffjax as djx
from diffjax.mechanics import EdgeDislocation, IsotropicStiffness
from diffjax.potentials import atmosphere, excess, occupancy, Stress

from ..helpers import observed_order, validation_row


KT = djx.BOLTZMANN_EV * 600.0
IRON = IsotropicStiffness(210e9, 0.3)


def edge(core):
    return EdgeDislocation([2.5e-10, 0, 0], [0, 0, 1], IRON, core_radius=core)


def test_traps_fill_one_by_one():
    energies = jnp.linspace(-0.8, 0.3, 23)
    filled = np.asarray(occupancy(energies, 1e-3, 600.0))
    np.testing.assert_allclose(
        filled / (1 - filled), 1e-3 / 0.999 * np.exp(-energies / KT), rtol=1e-11
    )
    # Half full where the bulk's odds and Boltzmann's factor cancel.
    half = KT * np.log(1e-3 / 0.999)
    np.testing.assert_allclose(occupancy(half, 1e-3, 600.0), 0.5, rtol=1e-13)
    # A dilute law where few are full, and no more than all.
    np.testing.assert_allclose(
        occupancy(-0.1, 1e-12, 600.0), 1e-12 * np.exp(0.1 / KT), rtol=1e-10
    )
    np.testing.assert_array_equal(occupancy(-1e3, 1e-6, 600.0), 1.0)
    np.testing.assert_array_equal(occupancy(1e3, 1e-6, 600.0), 0.0)
    np.testing.assert_array_equal(occupancy(-0.1, 0.0, 600.0), 0.0)
    np.testing.assert_array_equal(occupancy(-0.1, 1.0, 600.0), 1.0)


@pytest.mark.parametrize("at", [(-0.3, 1e-4, 600.0), (0.2, 0.4, 900.0)])
def test_slopes_of_an_occupancy(at):
    forward = jax.jacfwd(occupancy, argnums=(0, 1, 2))(*at)
    back = jax.grad(occupancy, argnums=(0, 1, 2))(*at)
    for k in range(3):
        h = 1e-4 * abs(at[k])
        up, down = list(at), list(at)
        up[k], down[k] = at[k] + h, at[k] - h
        quotient = (occupancy(*up) - occupancy(*down)) / (2 * h)
        np.testing.assert_allclose(forward[k], quotient, rtol=1e-6)
        np.testing.assert_allclose(back[k], forward[k], rtol=1e-12)
    far = jax.grad(occupancy, argnums=(0, 1, 2))(-1e3, 1e-6, 600.0)
    assert np.all(np.isfinite(far))


def test_an_atmosphere_rests_as_a_closed_body_does():
    grid = djx.grid.uniform((-4e-9, -4e-9), (4e-9, 4e-9), (24, 24))
    pull = Stress(8e-30, edge(2.5e-10))
    field = atmosphere(pull, grid, 600.0, 1e-3)
    flux = djx.fluxes.Drift(djx.diffusivity.Constant(1e-18), pull)
    equation = djx.equations.Diffusion(flux)
    rest = djx.steady_state(equation, grid, 600.0, guess=field)
    np.testing.assert_allclose(rest.composition, field, rtol=1e-11)
    # Where few sites are full, one particle a site changes little; elsewhere it caps.
    full = atmosphere(pull, grid, 600.0, 1e-3, saturates=True)
    few = np.asarray(field) < 1e-3
    assert few.any() and field.max() > 1 > full.max()
    np.testing.assert_allclose(full[few], field[few], rtol=2e-3)
    assert np.all(full <= field / 0.999)


def test_the_excess_around_a_line_is_a_bessel_function():
    # U = A sin(t) / r in a ring: its mean over angles is the modified Bessel function.
    reach, inner, outer = 2e-9 * KT, 1e-9, 6e-9

    def energy(x):
        return reach * x[1] / (x[0] ** 2 + x[1] ** 2)

    ring = lambda r: 2 * np.pi * r * (scipy.special.iv(0, reach / KT / r) - 1)
    exact = scipy.integrate.quad(ring, inner, outer, epsrel=1e-12)[0]
    errors = []
    for cells in (60, 120, 240):
        grid = djx.grid.uniform((-outer, -outer), (outer, outer), (cells, cells))
        far = jnp.linalg.norm(grid.centres, axis=-1)
        keep = (far > inner) & (far < outer)
        cut = lambda u: jnp.where(keep, u, 0.0)
        field = atmosphere(energy, grid, 600.0, 1e-3) - 1e-3
        errors.append(abs(float(grid.total(cut(field))) / (1e-3 * exact) - 1))
    # Stairs for circles.
    assert errors[-1] < 0.004


def test_order_of_the_excess():
    pull = Stress(4e-30, edge(1e-9))
    half = 5e-9
    x, w = np.polynomial.legendre.leggauss(60)
    levels = jax.vmap(jax.vmap(lambda a, b: pull.field.hydrostatic(jnp.stack([a, b]))))
    a, b = np.meshgrid(half * x, half * x, indexing="ij")
    u = -np.asarray(levels(a, b)) * 4e-30 / djx.ELEMENTARY_CHARGE
    exact = half**2 * np.sum(w[:, None] * w * 1e-3 * np.expm1(-u / KT))
    errors = []
    for cells in (40, 80, 160):
        grid = djx.grid.uniform((-half, -half), (half, half), (cells, cells))
        errors.append(abs(float(excess(pull, grid, 600.0, 1e-3)) / exact - 1))
    order = observed_order(errors)
    assert np.all((order > 1.9) & (order < 2.1)), order
    validation_row(
        "excess around an edge dislocation",
        "quadrature of Gauss, 60 points a side",
        order[-1],
        errors[-1],
        "160 x 160 cells",
    )


def test_a_void_and_a_plane():
    solid = np.array([True] * 10 + [False] * 10)
    grid = djx.grid.uniform(0.0, 2e-8, 20)
    amount = float(excess(lambda x: -0.1 + 0 * x, grid, 600.0, 0.01))
    np.testing.assert_allclose(amount, 2e-8 * 0.01 * np.expm1(0.1 / KT), rtol=1e-12)
    grid = djx.grid.voxels(solid[:, None] & np.ones(2, bool), 1e-9)
    amount = float(excess(lambda x: -0.1 + 0 * x[0], grid, 600.0, 0.01))
    np.testing.assert_allclose(amount, 20e-18 * 0.01 * np.expm1(0.1 / KT), rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda g: occupancy(-0.1, 2.0, 600.0), "between 0 and 1"),
        (
            lambda g: occupancy(-0.1, -1.0, 600.0),
            r"bulk=...\)` must be .* >= 0",
        ),
        (lambda g: occupancy(-0.1, 0.1, 0.0), r"temperature=...\)` must .* > 0"),
        (lambda g: occupancy(np.nan, 0.1, 300.0), r"energy=...\)` must"),
        (
            lambda g: atmosphere(lambda x: jnp.log(x), g, 300.0, 0.1),
            "finite in every cell",
        ),
        (lambda g: excess(lambda x: x, g, 300.0, 2.0, saturates=True), "between 0"),
    ],
)
def test_bad_input_is_refused(call, sentence):
    grid = djx.grid.uniform(-1e-9, 1e-9, 5)
    with pytest.raises(ValueError, match=sentence):
        call(grid)
