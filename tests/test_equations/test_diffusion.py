"""Diffusion in three geometries: order, mass, bands and walls, against closed forms."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import j0

import diffjax as djx

from ..helpers import observed_order, validation_row


D = 1e-14
RADIUS = 2e-6
HOUR = 3600.0
WAVE = {
    "planar": (np.pi / 2, lambda x: np.cos(x)),
    "cylindrical": (2.404825557695773, lambda x: j0(x)),
    "spherical": (np.pi, lambda x: np.sinc(x / np.pi)),
}


def mode_error(geometry, cells):
    """A decaying mode, zero at the outer wall; exact in space and time."""
    k, shape = WAVE[geometry]
    grid = djx.grid.uniform(0.0, RADIUS, cells, geometry)
    walls = djx.grid.Walls(x=(djx.grid.NoFlux(), djx.grid.FixedValue(0.0)))
    start = jnp.asarray(shape(k * np.asarray(grid.centres) / RADIUS))
    end = 100.0
    solution = djx.solve(
        djx.equations.Diffusion(djx.diffusivity.Constant(D), walls),
        grid,
        start,
        djx.Anneal(end, 1000.0),
        rtol=1e-8,
    )
    exact = start * np.exp(-D * (k / RADIUS) ** 2 * end)
    return float(jnp.sqrt(jnp.mean((solution.ys[-1] - exact) ** 2))), solution


@pytest.mark.parametrize("geometry", WAVE)
def test_order_in_space(geometry):
    errors, solution = [], None
    for cells in (40, 80):
        error, solution = mode_error(geometry, cells)
        errors.append(error)
    assert solution is not None
    orders = observed_order(errors)
    np.testing.assert_allclose(orders, 2.0, atol=0.1)
    assert float(solution.balance.defect) < 1e-12
    validation_row(
        f"decaying mode, {geometry} body of 2 µm",
        "separated solution, root mean square error",
        orders[-1],
        errors[-1],
        "80 cells",
    )


LAWS = {
    "constant": djx.diffusivity.Constant(D),
    "exponential": djx.diffusivity.Exponential(D, -4.0),
    "spline": djx.diffusivity.LogSpline([0, 0.5, 1.0], [D, D / 30, D]),
    "polynomial": djx.diffusivity.Polynomial([D, -D, D]),
    "function": djx.diffusivity.Custom(lambda c, T, x: D * (1 + c**2 + x / RADIUS)),
}


FEW = [("planar", name) for name in LAWS] + [
    ("cylindrical", "exponential"),
    ("spherical", "spline"),
]
MANY = [(g, n) for g in WAVE for n in LAWS if (g, n) not in FEW]


@pytest.mark.parametrize(
    "geometry, name",
    [*FEW, *(pytest.param(*case, marks=pytest.mark.slow) for case in MANY)],
)
def test_closed_walls_keep_mass_and_bounds(geometry, name):
    grid = djx.grid.uniform(0.0, RADIUS, 60, geometry)
    start = djx.grid.step(grid, 0.7 * RADIUS, 0.95, 0.05)
    save_at = jnp.array([1.0, 60.0, HOUR])
    solution = djx.solve(
        djx.equations.Diffusion(LAWS[name]),
        grid,
        start,
        djx.Anneal(HOUR, 1000.0),
        save_at=save_at,
    )
    balance = solution.balance
    np.testing.assert_allclose(balance.amount, balance.start, rtol=1e-12)
    assert float(balance.defect) < 1e-12
    assert float(balance.smallest) >= 0.05 - 1e-9
    assert float(balance.largest) <= 0.95 + 1e-9


@pytest.mark.parametrize("finest", [None, 2e-9])
def test_a_step_neither_rings_nor_overshoots(finest):
    law = djx.diffusivity.Exponential(D, -5.0)
    if finest is None:
        grid = djx.grid.uniform(-4e-5, 4e-5, 400)
    else:
        grid = djx.grid.graded(-4e-5, 4e-5, 400, 0.0, finest)
    start = djx.grid.step(grid, 1e-9, 0.0, 1.0)
    save_at = jnp.geomspace(1e-3, HOUR, 30)
    for method in (djx.stepping.Rodas4(), djx.stepping.Rodas3()):
        solution = djx.solve(
            djx.equations.Diffusion(law),
            grid,
            start,
            djx.Anneal(HOUR, 1000.0),
            save_at=save_at,
            method=method,
        )
        slack = {"Rodas4": 1e-8, "Rodas3": 5e-6}[type(method).__name__]
        assert float(jnp.diff(solution.ys, axis=1).min()) > -slack, "not monotone"
        assert float(solution.balance.smallest) > -slack
        assert float(solution.balance.largest) < 1 + slack
        np.testing.assert_allclose(
            solution.balance.amount, solution.balance.start, rtol=1e-12
        )


WALLS = {
    "closed": djx.grid.Walls(),
    "fixed": djx.grid.Walls(x=(djx.grid.FixedValue(0.7), djx.grid.NoFlux())),
    "flux": djx.grid.Walls(x=(djx.grid.FixedFlux(-1e-10), djx.grid.FixedFlux(5e-11))),
    "exchange": djx.grid.Walls(
        x=(djx.grid.Exchange(1e-9, 0.9), djx.grid.Exchange(1e-8, 0.1))
    ),
    "in time": djx.grid.Walls(
        x=(
            djx.grid.FixedValue(lambda t: 0.5 + 0.3 * jnp.sin(t / 600.0)),
            djx.grid.Exchange(lambda t: 1e-9 * (1 + t / HOUR), 0.1),
        )
    ),
    "periodic": djx.grid.Walls(x=djx.grid.Periodic()),
}


@pytest.mark.parametrize("walls", WALLS.values(), ids=WALLS.keys())
def test_bands_are_the_exact_jacobian(walls):
    grid = djx.grid.graded(-1e-6, 2e-6, 12, 0.0, 1e-7)
    law = djx.diffusivity.LogSpline([0, 0.5, 1.0], [D, D / 30, D])
    anneal = djx.Ramp([0.0, HOUR], [1000.0, 1100.0])
    law = djx.diffusivity.Activated(law, 2.0, 1000.0)
    term = djx.equations.Diffusion(law, walls).term(grid, anneal)
    rng = np.random.default_rng(0)
    c = jnp.asarray(rng.random(12))
    state = djx.equations.State(c, jnp.array([0.1, 0.2]))
    t = jnp.asarray(100.0)
    shift = jnp.asarray(1e-2)
    right = djx.equations.State(jnp.asarray(rng.random(12)), jnp.array([0.3, -0.4]))
    rate = lambda c, t: term.rate(t, djx.equations.State(c, state.entered), None)

    @jax.jit
    def look(c, t):
        here = term.linearise(t, djx.equations.State(c, state.entered), None)
        bands = jax.vmap(here.bands.mv, out_axes=1)(jnp.eye(12))  # pyright: ignore
        slopes = jax.jacfwd(rate)(c, t), jax.jacfwd(rate, 1)(c, t)
        mine = here.rate, here.drift, here.solver(shift)(right)
        return bands, slopes, mine, rate(c, t)

    bands, (jacobian, drift), (here, moved, solved), rates = look(c, t)
    scale = float(jnp.max(jnp.abs(jacobian.composition)))
    np.testing.assert_allclose(bands, jacobian.composition, atol=1e-13 * scale)
    np.testing.assert_allclose(moved.composition, drift.composition, rtol=1e-12)
    for mine, wanted in zip(jax.tree.leaves(here), jax.tree.leaves(rates)):
        np.testing.assert_allclose(mine, wanted, rtol=1e-12, atol=1e-25)
    # The whole linear system, walls' amounts included.
    full = np.zeros((14, 14))
    full[:12, :12], full[12:, :12] = jacobian.composition, jacobian.entered
    expected = np.linalg.solve(
        float(shift) * np.eye(14) - full,
        np.concatenate([right.composition, right.entered]),
    )
    np.testing.assert_allclose(solved.composition, expected[:12], rtol=1e-10)
    np.testing.assert_allclose(solved.entered, expected[12:], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("walls", WALLS.values(), ids=WALLS.keys())
def test_what_enters_is_what_is_gained(walls):
    grid = djx.grid.uniform(0.0, 2e-6, 50)
    law = djx.diffusivity.Exponential(D, -2.0)
    solution = djx.solve(
        djx.equations.Diffusion(law, walls),
        grid,
        djx.grid.step(grid, 1e-6, 0.2, 0.6),
        djx.Anneal(HOUR, 1000.0),
        save_at=[10.0, 500.0, HOUR],
    )
    assert float(solution.balance.defect) < 1e-12


def test_fixed_flux_enters_as_given():
    grid = djx.grid.uniform(0.0, 2e-6, 50)
    walls = djx.grid.Walls(x=(djx.grid.FixedFlux(-1e-10), djx.grid.NoFlux()))
    equation = djx.equations.Diffusion(djx.diffusivity.Constant(D), walls)
    solution = djx.solve(equation, grid, jnp.zeros(50), djx.Anneal(1000.0, 1000.0))
    np.testing.assert_allclose(solution.balance.entered_lower, 1e-7, rtol=1e-10)
    np.testing.assert_allclose(solution.balance.end, 1e-7, rtol=1e-10)


def test_surface_exchange_against_the_closed_form():
    rate, end = 4e-9, 1000.0
    walls = djx.grid.Walls(x=(djx.grid.Exchange(rate, 0.9), djx.grid.NoFlux()))
    equation = djx.equations.Diffusion(djx.diffusivity.Constant(D), walls)
    errors = []
    for cells in (200, 400):
        grid = djx.grid.uniform(0.0, 4e-5, cells)
        solution = djx.solve(
            equation, grid, jnp.full(cells, 0.1), djx.Anneal(end, 1000.0), rtol=1e-8
        )
        exact = djx.exact.half_space_exchange(grid.centres, end, D, rate, 0.9, 0.1)
        errors.append(float(jnp.max(jnp.abs(solution.ys[-1] - exact))))
    orders = observed_order(errors)
    np.testing.assert_allclose(orders, 2.0, atol=0.1)
    validation_row(
        "surface exchange into a half space, 4 nm/s",
        "closed form, largest absolute error",
        orders[-1],
        errors[-1],
        "400 cells",
    )


def test_limits_of_exchange():
    """A very fast exchange is a fixed value; a very slow one a closed wall."""
    grid = djx.grid.uniform(0.0, 2e-6, 80)
    start, anneal = jnp.full(80, 0.1), djx.Anneal(200.0, 1000.0)

    def run(wall):
        walls = djx.grid.Walls(x=(wall, djx.grid.NoFlux()))
        law = djx.diffusivity.Constant(D)
        equation = djx.equations.Diffusion(law, walls)
        return djx.solve(equation, grid, start, anneal, rtol=1e-8).ys[-1]

    fast, fixed = run(djx.grid.Exchange(1.0, 0.9)), run(djx.grid.FixedValue(0.9))
    np.testing.assert_allclose(fast, fixed, atol=1e-6)
    slow, closed = run(djx.grid.Exchange(1e-30, 0.9)), run(djx.grid.NoFlux())
    np.testing.assert_allclose(slow, closed, atol=1e-12)


def test_periodic_walls_shift_with_the_field():
    grid = djx.grid.uniform(0.0, 2e-6, 64)
    law = djx.diffusivity.Exponential(D, -1.0)
    walls = djx.grid.Walls(x=djx.grid.Periodic())
    equation = djx.equations.Diffusion(law, walls)
    start = 0.5 + 0.4 * jnp.sin(np.pi * grid.centres / 1e-6)
    run = lambda c: djx.solve(equation, grid, c, djx.Anneal(30.0, 1e3), rtol=1e-8)
    a, b = run(start).ys[-1], run(jnp.roll(start, 17)).ys[-1]
    np.testing.assert_allclose(jnp.roll(a, 17), b, atol=1e-12)
    assert float(run(start).balance.defect) < 1e-12


def test_layers_with_the_harmonic_mean_are_exact_in_steady_state():
    grid = djx.grid.uniform(0.0, 2e-6, 40)
    law = djx.diffusivity.Custom(lambda c, T, x: jnp.where(x < 1e-6, D, D / 100))
    walls = djx.grid.Walls(x=(djx.grid.FixedValue(1.0), djx.grid.FixedValue(0.0)))
    flux = djx.fluxes.Fick(law, mean="harmonic")
    equation = djx.equations.Diffusion(flux, walls)
    end = djx.solve(equation, grid, jnp.zeros(40), djx.Anneal(1e6, 1000.0)).ys[-1]
    at_joint = 1 - (1e-6 / D) / (1e-6 / D + 1e-6 / (D / 100))
    x = np.asarray(grid.centres)
    exact = np.interp(x, [0.0, 1e-6, 2e-6], [1.0, at_joint, 0.0])
    np.testing.assert_allclose(end, exact, atol=1e-7)


def test_a_ramp_is_reduced_time():
    """With D(T) alone, the profile knows only the integral of D over the anneal."""
    law = djx.diffusivity.Arrhenius(1e-5, 2.0)
    history = djx.Anneal(600.0, 1000.0) + djx.Ramp([0.0, 1800.0], [1100.0, 700.0])
    grid = djx.grid.uniform(-2e-6, 2e-6, 100)
    start = djx.grid.step(grid, 0.0, 1.0, 0.0)
    equation = djx.equations.Diffusion(law)
    ramped = djx.solve(equation, grid, start, history, rtol=1e-8)
    times = np.linspace(0.0, 1800.0, 20001)
    d = np.asarray(law.over(0.0, 1100.0 - 400.0 * times / 1800.0))
    reduced = 600.0 * float(law.over(0.0, 1000.0)) + np.trapezoid(d, times)
    held = djx.solve(
        djx.equations.Diffusion(djx.diffusivity.Constant(D)),
        grid,
        start,
        djx.Anneal(reduced / D, 1000.0),
        rtol=1e-8,
    )
    np.testing.assert_allclose(ramped.ys[-1], held.ys[-1], atol=2e-7)


@pytest.mark.parametrize("geometry", WAVE)
def test_float32(geometry):
    cells = 100
    grid = djx.grid.uniform(0.0, RADIUS, cells, geometry)
    walls = djx.grid.Walls(x=(djx.grid.NoFlux(), djx.grid.Exchange(1e-8, 0.9)))
    law = djx.diffusivity.LogSpline([0, 0.5, 1.0], [D, D / 30, D])
    equation = djx.equations.Diffusion(law, walls)
    start = djx.grid.step(grid, 0.7 * RADIUS, 0.95, 0.05)
    anneal = djx.Anneal(HOUR, 1000.0)
    double = djx.solve(equation, grid, start, anneal)
    single = djx.solve(equation, grid, start.astype(jnp.float32), anneal)
    assert single.ys.dtype == jnp.float32
    np.testing.assert_allclose(single.ys, double.ys, atol=2e-5)
    assert float(single.balance.defect) < 2e-5
