import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp

import diffjax as djx
from diffjax.equations import Interdiffusion, kirkendall_planes
from diffjax.grid import FixedFlux, FixedValue, NoFlux, step, uniform, Walls

from ..alloys import AB, ABC, binary, ternary
from ..helpers import observed_order, validation_row


T, HOUR = 1100.0, 3600.0
SLOW = pytest.mark.slow
LEFT, RIGHT = jnp.array([0.7, 0.3, 0.0]), jnp.array([0.2, 0.0, 0.8])


@pytest.mark.slow
def test_ideal_mixture_of_equal_tracers_against_the_error_function():
    equation = Interdiffusion(binary(1e-14, 1e-14, phase=None))
    errors = []
    for cells in (50, 100, 200):
        grid = uniform(-60e-6, 60e-6, cells)
        couple = step(grid, 0.0, [0.9, 0.1], [0.2, 0.8])
        solution = djx.solve(equation, grid, couple, djx.Anneal(HOUR, T), rtol=1e-7)
        exact = djx.exact.couple(grid.centres, HOUR, 1e-14, 0.9, 0.2)
        errors.append(float(jnp.max(jnp.abs(solution.ys[-1, :, 0] - exact))))
    orders = observed_order(errors)
    np.testing.assert_allclose(orders, 2.0, atol=0.15)
    validation_row(
        "interdiffusion, ideal mixture of equal tracers",
        "error function, largest absolute error",
        orders[-1],
        errors[-1],
        "200 cells",
    )


def by_finite_differences(law, phase, grid, start, duration):
    """Another route: potentials in the cells, central fluxes, SciPy's BDF."""
    h, n = float(grid.widths[0]), start.shape[1]

    @jax.jit
    def rate(t, flat):
        del t
        x = flat.reshape(start.shape)
        mu = jax.vmap(lambda x: phase.chemical_potentials(x, jnp.asarray(T)))(x)
        slope = (mu[1:] - mu[:-1]) / h / (djx.GAS_CONSTANT * T)
        l = jax.vmap(lambda x: law.onsager(x, jnp.asarray(T)))(0.5 * (x[1:] + x[:-1]))
        lattice = -jnp.einsum("fij,fj->fi", l, slope)
        middle = 0.5 * (x[1:] + x[:-1])
        flux = lattice - middle * jnp.sum(lattice, axis=1, keepdims=True)
        return -jnp.diff(jnp.pad(flux, ((1, 1), (0, 0))), axis=0).ravel() / h

    jacobian = jax.jit(jax.jacfwd(lambda y: rate(0.0, y)))
    run = solve_ivp(
        rate,
        (0.0, duration),
        np.asarray(start).ravel(),
        method="BDF",
        jac=lambda t, y: np.asarray(jacobian(y)),
        rtol=1e-9,
        atol=1e-11,
    )
    return run.y[:, -1].reshape(-1, n)


@pytest.mark.slow
def test_ternary_with_wind_against_another_route():
    """From a smooth start, so that two grids tell their common limit."""
    law, phase = ternary(), ABC
    a, b = jnp.array([0.6, 0.3, 0.1]), jnp.array([0.2, 0.1, 0.7])
    share = lambda x: jax.nn.sigmoid(x / 2.5e-6)
    outer = jnp.multiply.outer
    start = lambda x: outer(1 - share(x), a) + outer(share(x), b)
    mine, theirs = [], []
    for cells in (100, 200):
        grid = uniform(-30e-6, 30e-6, cells)
        equation, anneal = Interdiffusion(law), djx.Anneal(HOUR, T)
        run = djx.solve(equation, grid, start, anneal, rtol=1e-9)
        part = lambda i: djx.grid.cell_averages(grid, lambda x: start(x)[..., i])
        x0 = jnp.stack([part(i) for i in range(3)], axis=-1)
        mine.append(np.asarray(run.ys[-1]))
        theirs.append(by_finite_differences(law, phase, grid, x0, HOUR))
    pairs = lambda fine: 0.5 * (fine[::2] + fine[1::2])
    limit = lambda two: (4 * pairs(two[1]) - two[0]) / 3
    off = np.max(np.abs(limit(mine) - limit(theirs)))
    assert off < 1e-5
    validation_row(
        "ternary with vacancy wind, tracers 100 times apart",
        "BDF of SciPy on potentials in the cells, largest absolute difference",
        None,
        off,
        "100 and 200 cells, extrapolated",
    )


@pytest.mark.parametrize(
    "geometry",
    ["spherical", *(pytest.param(g, marks=SLOW) for g in ("planar", "cylindrical"))],
)
def test_every_component_is_kept(geometry):
    grid = uniform(5e-6, 45e-6, 60, geometry)
    couple = step(grid, 20e-6, LEFT, RIGHT)
    ramp = djx.Ramp([0.0, 2 * HOUR], [1000.0, 1200.0])
    solution = djx.solve(
        Interdiffusion(ternary()), grid, couple, ramp, save_at=[HOUR, 2 * HOUR]
    )
    balance = solution.balance
    np.testing.assert_allclose(
        balance.amount, jnp.stack([balance.start] * 2), rtol=1e-12
    )
    assert float(balance.defect) < 1e-13
    assert float(balance.smallest) > -1e-6 and float(balance.largest) < 1 + 1e-6
    sums = jnp.sum(solution.ys, axis=-1)
    np.testing.assert_allclose(sums, 1.0, rtol=0, atol=1e-13)
    assert solution.at(grid.centres).shape == (60, 3)
    np.testing.assert_allclose(solution.total(), balance.amount, rtol=1e-12)


def test_couples_collapse_in_the_boltzmann_variable():
    grid = djx.grid.graded(-150e-6, 150e-6, 400, 0.0, 0.1e-6)
    couple = step(grid, 0.0, LEFT, RIGHT)
    times = jnp.array([0.5, 1.0, 2.0, 3.0]) * HOUR
    solution = djx.solve(
        Interdiffusion(ternary(slow=4e-15)), grid, couple, djx.Anneal(3 * HOUR, T),
        save_at=times, rtol=1e-6,
    )  # fmt: skip
    eta = jnp.linspace(-6e-7, 6e-7, 121)
    inside = [solution.at(eta * jnp.sqrt(t), k) for k, t in enumerate(times)]
    spread = float(jnp.max(jnp.ptp(jnp.stack(inside), axis=0)))
    assert spread < 1e-4
    validation_row(
        "ternary couple at four times",
        "one curve in the Boltzmann variable, largest spread",
        None,
        spread,
        "400 graded cells",
    )


def test_atoms_a_thousand_times_apart_stay_between_nothing_and_all():
    grid = uniform(-40e-6, 40e-6, 80)
    couple = step(grid, 0.0, [1.0, 0.0], [0.0, 1.0])
    solution = djx.solve(
        Interdiffusion(binary(1e-16, 1e-13, correlation=0.7815)),
        grid, couple, djx.Anneal(HOUR, T), save_at=jnp.geomspace(1.0, HOUR, 6),
    )  # fmt: skip
    balance = solution.balance
    assert float(balance.smallest) > -1e-5 and float(balance.largest) < 1 + 1e-5
    slope = jnp.diff(solution.ys[..., 1], axis=1)
    assert float(jnp.min(slope)) > -1e-5


def test_a_component_without_gradient_moves_uphill():
    """Darken's experiment: A is even at first; B, which it dislikes, spreads."""
    phase = djx.thermo.RedlichKister(
        ("A", "B", "C"), {("A", "B"): 12e3}, unlisted_ideal=True
    )
    law = djx.diffusivity.Multicomponent({"A": 1e-13, "B": 1e-15, "C": 1e-15}, phase)
    grid = uniform(-40e-6, 40e-6, 60)
    couple = step(grid, 0.0, [0.02, 0.2, 0.78], [0.02, 0.0, 0.98])
    a = djx.solve(Interdiffusion(law), grid, couple, djx.Anneal(HOUR, T)).ys[-1, :, 0]
    assert float(a[28]) < 0.019 and float(a[31]) > 0.021


def test_walls_hold_a_mixture_or_let_a_given_flux_in():
    law = ternary()
    grid = uniform(0.0, 20e-6, 40)
    flux = jnp.array([-1e-12, 4e-13, 6e-13])
    walls = Walls(x=(FixedValue([0.5, 0.4, 0.1]), FixedFlux(flux)))
    even = jnp.broadcast_to(jnp.array([0.6, 0.2, 0.2]), (40, 3))
    solution = djx.solve(Interdiffusion(law, walls), grid, even, djx.Anneal(HOUR, T))
    balance = solution.balance
    np.testing.assert_allclose(balance.entered_upper[-1], -flux * HOUR, rtol=1e-9)
    gained = balance.end - balance.start
    entered = balance.entered_lower[-1] + balance.entered_upper[-1]
    np.testing.assert_allclose(gained, entered, atol=1e-14 * 20e-6)
    assert abs(float(solution.ys[-1, 0, 1]) - 0.4) < 0.02
    assert float(balance.defect) < 1e-13


def test_a_closed_body_comes_to_rest_at_its_mean():
    grid = uniform(0.0, 4e-6, 20, "spherical")
    equation = Interdiffusion(ternary())
    ball = step(grid, 3e-6, LEFT, RIGHT)
    rest = equation.at_rest(grid, ball, jnp.asarray(T))
    assert rest is not None
    end = djx.solve(equation, grid, ball, djx.Anneal(1e7, T), rtol=1e-6).ys[-1]
    np.testing.assert_allclose(end, rest, atol=1e-7)


def wires(law, walls=None, cells=200, finest=0.1e-6):
    grid = djx.grid.graded(-150e-6, 150e-6, cells, 0.0, finest)
    couple = step(grid, 0.0, [0.95, 0.05], [0.3, 0.7])
    equation = Interdiffusion(law, walls, markers=[-20e-6, 0.0, 20e-6])
    return grid, couple, equation


def test_markers_move_by_the_root_of_time_to_the_kirkendall_plane():
    grid, couple, equation = wires(binary(correlation=0.7815), cells=500, finest=1.5e-8)
    times = jnp.array([1.0, 2.0, 4.0, 8.0]) * HOUR
    solution = djx.solve(
        equation, grid, couple, djx.Anneal(8 * HOUR, T), save_at=times, rtol=1e-6
    )
    assert solution.markers is not None
    middle = solution.markers[:, 1]
    exponents = jnp.diff(jnp.log(jnp.abs(middle))) / np.log(2.0)
    np.testing.assert_allclose(exponents, 0.5, atol=2e-3)
    speed = equation.velocity(grid, solution.ys[-1], T)
    planes = kirkendall_planes(grid.faces, speed, times[-1])
    assert bool(planes.stable[0]) and int(jnp.isfinite(planes.positions).sum()) == 1
    np.testing.assert_allclose(planes.positions[0], middle[-1], rtol=5e-3)
    validation_row(
        "exponent of a marker's way in a couple, from its contact",
        "1/2, largest absolute error",
        None,
        float(jnp.max(jnp.abs(exponents - 0.5))),
        "500 graded cells",
    )


@pytest.mark.slow
def test_lattice_rests_where_tracers_are_equal():
    rest = jnp.array([[-20e-6, 0.0, 20e-6]])
    # Exactly where nothing but mixing drives; else by Gibbs and Duhem, second order.
    for phase, off in ((None, 1e-18), (AB, 1e-8)):
        grid, couple, equation = wires(binary(2e-14, 2e-14, phase))
        solution = djx.solve(equation, grid, couple, djx.Anneal(HOUR, T))
        assert solution.markers is not None
        np.testing.assert_allclose(solution.markers, rest, rtol=0, atol=off)


@pytest.mark.slow
def test_gradients_of_profile_and_markers_against_differences():
    """Fixed steps, so that differences see no change of steps."""
    grid, couple, _ = wires(binary(), cells=60, finest=1e-6)
    steps = diffrax.StepTo(ts=HOUR * jnp.linspace(0.0, 1.0, 61) ** 3)

    def value(p, adjoint=None):
        terms = {("A", "B"): [-8e3 * (1 + p[2]), 3e3 * (1 + p[3])]}
        law = djx.diffusivity.Multicomponent(
            {"A": 1e-14 * (1 + p[0]), "B": 4e-14 * (1 + p[1])},
            djx.thermo.RedlichKister(("A", "B"), terms),
            correlation=0.7 + 0.1 * p[4],
        )
        markers = jnp.array([-5e-6, 0.0]) * (1 + p[5])
        solution = djx.solve(
            Interdiffusion(law, markers=markers), grid, couple,
            djx.Anneal(HOUR, T * (1 + 0.01 * p[6])),
            controller=steps, throw=False, adjoint=adjoint,
        )  # fmt: skip
        assert solution.markers is not None
        profile = jnp.sum(solution.ys[-1, :, 0] * jnp.sin(2e5 * grid.centres))
        return jnp.stack([profile, 1e6 * jnp.sum(solution.markers)])

    # Both tracers, L0, L1, the vacancy wind, where markers start, the temperature.
    p, h = jnp.zeros(7), 1e-4
    push = lambda p: value(p, diffrax.ForwardMode())
    run, ways = jax.jit(value), h * np.eye(7)
    pairs = [(run(p + way) - run(p - way)) / (2 * h) for way in ways]
    differences = np.stack(pairs, axis=1)
    largest = np.abs(differences).max()
    for found in (jax.jit(jax.jacfwd(push))(p), jax.jit(jax.jacrev(value))(p)):
        np.testing.assert_allclose(found, differences, rtol=1e-6, atol=1e-7 * largest)


def test_one_program_for_all_parameters_and_many_at_once():
    grid = uniform(-30e-6, 30e-6, 30)
    couple = step(grid, 0.0, [0.9, 0.1], [0.2, 0.8])
    traces = []

    @eqx.filter_jit
    def run(first, hot):
        traces.append(1)
        equation = Interdiffusion(binary(first, 3e-14))
        anneal = djx.Anneal(HOUR, hot)
        return djx.solve(equation, grid, couple, anneal, throw=False).ys[-1]

    firsts = jnp.array([1e-14, 2e-14])
    one = jnp.stack([run(first, jnp.asarray(T)) for first in firsts])
    assert len(traces) == 1
    many = eqx.filter_vmap(lambda f: run(f, jnp.asarray(T)))(firsts)
    np.testing.assert_allclose(many, one, atol=1e-6)


@pytest.mark.slow
def test_single_precision():
    grid = uniform(jnp.float32(-30e-6), jnp.float32(30e-6), 30)
    sides = (jnp.asarray(x, jnp.float32) for x in (LEFT, RIGHT))
    couple = step(grid, jnp.float32(0.0), *sides)
    solution = djx.solve(
        Interdiffusion(ternary()), grid, couple, djx.Anneal(HOUR, T), throw=False
    )
    assert solution.ys.dtype == jnp.float32
    np.testing.assert_allclose(jnp.sum(solution.ys, -1), 1.0, atol=1e-5)
    assert float(solution.balance.defect) < 1e-5


GRID = uniform(0.0, 20e-6, 10)
EVEN = jnp.broadcast_to(jnp.array([0.5, 0.5]), (10, 2))
UNMIXING = djx.thermo.regular(("A", "B"), {("A", "B"): 25e3})


@pytest.mark.parametrize(
    ("equation", "start", "words"),
    [
        (Interdiffusion(binary()), EVEN[:, :1], r"shape \(10, 2\).*A, B"),
        (Interdiffusion(binary()), EVEN.at[3, 0].set(0.6), "sum to 1.*cell 3"),
        (
            Interdiffusion(binary()),
            EVEN.at[4].set(jnp.array([1.2, -0.2])),
            "from 0 to 1.*cell 4",
        ),
        (Interdiffusion(binary(phase=UNMIXING)), EVEN, "spinodal.*1100 K"),
        (
            Interdiffusion(binary(phase=UNMIXING)),
            step(GRID, 1e-5, [0.99, 0.01], [0.01, 0.99]),
            "spinodal",
        ),
        (Interdiffusion(binary(), markers=[30e-6]), EVEN, "markers.*grid"),
    ],
)
def test_a_bad_start_gets_a_sentence(equation, start, words):
    with pytest.raises(ValueError, match=words):
        djx.solve(equation, GRID, start, djx.Anneal(HOUR, T))


@pytest.mark.parametrize(
    ("wall", "words"),
    [
        (FixedValue(0.5), r"shape \(2,\).*A, B"),
        (FixedValue([0.5, 0.4]), "sum to 1"),
        (FixedFlux([1e-9, 1e-9]), "sum to 0"),
        (djx.grid.Periodic(), "Periodic"),
        (djx.grid.Exchange(1e-9, 0.5), "Exchange"),
    ],
)
def test_bad_walls_get_a_sentence(wall, words):
    with pytest.raises(ValueError, match=words):
        Interdiffusion(binary(), Walls(x=wall))


def test_a_spinodal_met_on_the_way_is_told():
    """Traced, so that nobody could look before."""

    @eqx.filter_jit
    def run(omega):
        phase = djx.thermo.regular(("A", "B"), {("A", "B"): omega})
        couple = step(GRID, 1e-5, [0.9, 0.1], [0.1, 0.9])
        equation = Interdiffusion(binary(phase=phase))
        return djx.solve(equation, GRID, couple, djx.Anneal(HOUR, T), throw=False)

    result = run(jnp.asarray(24e3)).result
    assert result == djx.RESULTS.inside_spinodal
    assert run(jnp.asarray(-8e3)).result == djx.RESULTS.successful


def test_other_grids_and_odd_arguments():
    with pytest.raises(ValueError, match="one axis"):
        Interdiffusion(binary()).fit(uniform((0.0, 0.0), (1e-6, 1e-6), (4, 4)))
    with pytest.raises(ValueError, match="markers"):
        Interdiffusion(binary(), markers=1e-6)
    with pytest.raises(ValueError, match="velocity"):
        Interdiffusion(binary()).velocity(GRID, EVEN[:, 0], T)
    assert Interdiffusion(binary()).openings(GRID) == ("x lower", "x upper")
    assert Interdiffusion(binary(), Walls(x=NoFlux())).components == AB.components
