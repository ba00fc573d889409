import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.interpolate import CubicSpline

import diffjax as djx
from diffjax.equations import (
    Interdiffusion,
    Pores,
    VacancyInterdiffusion,
    VacancySinks,
)
from diffjax.grid import FixedValue, step, uniform, Walls

from ..alloys import binary, ternary
from ..helpers import observed_order, validation_row


T, HOUR = 1100.0, 3600.0
SLOW = pytest.mark.slow


def with_sinks(law, sinks, walls=None, markers=None):
    return VacancyInterdiffusion(Interdiffusion(law, walls, markers=markers), sinks)


def wires(cells=160, finest=0.1e-6):
    grid = djx.grid.graded(-150e-6, 150e-6, cells, 0.0, finest)
    return grid, step(grid, 0.0, [0.95, 0.05], [0.3, 0.7])


@pytest.mark.slow
def test_without_sinks_the_slower_sets_the_pace():
    """Vacancies arrange themselves as the mean diffusivity, so that their flux ends:
    of an ideal mixture D_A D_B over that mean, one number for the whole couple."""
    fast, slow, left, right = 4e-14, 1e-14, 0.9, 0.2
    mean = 0.5 * (left + right) * slow + (1 - 0.5 * (left + right)) * fast
    errors = []
    for cells in (50, 100, 200):
        grid = uniform(-60e-6, 60e-6, cells)
        couple = step(grid, 0.0, [left, 1 - left], [right, 1 - right])
        equation = with_sinks(
            binary(slow, fast, phase=None), VacancySinks(1e-8), markers=[0.0]
        )
        start = equation.filled(grid, couple, T)
        solution = djx.solve(equation, grid, start, djx.Anneal(HOUR, T), rtol=1e-7)
        exact = djx.exact.couple(grid.centres, HOUR, fast * slow / mean, left, right)
        errors.append(float(jnp.max(jnp.abs(solution.ys[-1, :, 0] - exact))))
        s = equation.supersaturation(grid, solution.ys[-1], T)
        here = solution.ys[-1, :, 0] * slow + solution.ys[-1, :, 1] * fast
        np.testing.assert_allclose(s, here / mean, rtol=1e-5)
        assert solution.markers is not None
        np.testing.assert_array_equal(solution.markers, 0.0)
    orders = observed_order(errors)
    np.testing.assert_allclose(orders, 2.0, atol=0.15)
    validation_row(
        "interdiffusion without sinks of vacancies, ideal, tracers 4 times apart",
        "error function with the slower's pace, largest absolute error",
        orders[-1],
        errors[-1],
        "200 cells",
    )


@pytest.mark.slow
def test_an_excess_of_vacancies_leaves_through_surfaces_and_sinks():
    """Atoms alike: Fourier's series of a slab, times the decay by sinks."""
    equal, tracer, rho, rate = 1e-4, 1e-14, 2e10, 0.1
    length, duration = 20e-6, 0.4
    law = binary(tracer, tracer, phase=None, correlation=0.7815)
    fast = tracer / 0.7815 / equal
    sinks = VacancySinks(equal, rate, rho)
    surfaces = Walls(x=FixedValue([0.5, 0.5]))
    errors = []
    for cells in (20, 40, 80):
        grid = uniform(0.0, length, cells)
        equation = with_sinks(law, sinks, surfaces)
        even = jnp.full((cells, 2), 0.5)
        start = equation.filled(grid, even, T, 5.0)
        solution = djx.solve(equation, grid, start, djx.Anneal(duration, T), rtol=1e-8)
        left = djx.exact.slab(grid.centres, duration, fast, length, 0.0, 1.0)
        exact = 1 + 4 * left * np.exp(-(rate + rho * fast) * duration)
        s = equation.supersaturation(grid, solution.ys[-1], T)
        errors.append(float(jnp.max(jnp.abs(s - exact))))
        np.testing.assert_allclose(solution.ys[-1, :, :2], 0.5, atol=1e-6)
    orders = observed_order(errors)
    np.testing.assert_allclose(orders, 2.0, atol=0.1)
    validation_row(
        "five times the vacancies, to surfaces and sinks",
        "Fourier's series times a decay, largest absolute error",
        orders[-1],
        errors[-1],
        "80 cells",
    )


def in_the_lattice(cells, duration, equal, rate, phase_energy, tracers, share):
    """Another route: atoms and vacancies of cells that are cut out of the lattice and
    shrink or swell with their sites; central fluxes of potentials; SciPy's BDF.
    Gives places of the faces, and centres and fractions of the cells."""
    faces = np.linspace(-30e-6, 30e-6, cells + 1)
    width = faces[1] - faces[0]
    fast = np.asarray(tracers)[:, None] / equal

    def split(flat):
        atoms, vacant = flat[: 2 * cells].reshape(2, cells), flat[2 * cells :] * equal
        total = jnp.sum(atoms, axis=0)
        return atoms / total[None], vacant / (total + vacant), total + vacant

    @jax.jit
    def rates(flat):
        x, c, sites = split(flat)
        excess = phase_energy / (djx.GAS_CONSTANT * T) * x[::-1] ** 2
        mu = jnp.log(x) + excess - jnp.log(c / equal)[None]
        gaps = 0.5 * (sites[1:] + sites[:-1]) * width
        middle = lambda y: 0.5 * (y[..., 1:] + y[..., :-1])
        atoms = -fast * middle(x * c[None]) * (mu[:, 1:] - mu[:, :-1]) / gaps[None]
        loss = lambda j: -jnp.diff(jnp.pad(j, [(0, 0)] * (j.ndim - 1) + [(1, 1)]))
        vacant = loss(-jnp.sum(atoms, axis=0)) / width - rate * (c - equal) * sites
        return jnp.concatenate([(loss(atoms) / width).ravel(), vacant / equal])

    start = 0.5 * (faces[1:] + faces[:-1])
    a = share(start)
    y0 = np.concatenate([a * (1 - equal), (1 - a) * (1 - equal), np.ones(cells)])
    jacobian = jax.jit(jax.jacfwd(rates))
    run = solve_ivp(
        lambda t, y: np.asarray(rates(y)), (0.0, duration), y0, method="BDF",
        jac=lambda t, y: np.asarray(jacobian(y)), rtol=1e-9, atol=1e-11,
    )  # fmt: skip
    x, c, sites = (np.asarray(part) for part in split(run.y[:, -1]))
    places = faces[0] + width * np.concatenate([[0.0], np.cumsum(sites)])
    return places, 0.5 * (places[1:] + places[:-1]), x[0], c / equal


@pytest.mark.slow
def test_against_another_route_in_the_lattice():
    equal, rate, energy, tracers = 1e-6, 20.0, -8000.0, (1e-14, 4e-14)
    share = lambda x: 0.3 + 0.6 / (1 + jnp.exp(x / 2.5e-6))
    look = np.linspace(-20e-6, 20e-6, 81)
    wires = jnp.array([-3e-6, 0.0, 3e-6])
    mine, theirs = [], []
    for cells in (100, 200):
        grid = uniform(-30e-6, 30e-6, cells)
        phase = djx.thermo.regular(("A", "B"), {("A", "B"): energy})
        law = binary(*tracers, phase=phase)
        equation = with_sinks(law, VacancySinks(equal, rate), markers=wires)
        a = djx.grid.cell_averages(grid, share)
        start = equation.filled(grid, jnp.stack([a, 1 - a], axis=-1), T)
        run = djx.solve(equation, grid, start, djx.Anneal(HOUR, T), rtol=1e-9)
        s = equation.supersaturation(grid, run.ys[-1], T)
        assert run.markers is not None
        at = lambda x, y: CubicSpline(np.asarray(x), np.asarray(y))(look)
        centres = grid.centres
        mine.append(
            (at(centres, run.ys[-1, :, 0]), at(centres, s), run.markers[-1] - wires)
        )
        places, centres, x, s = in_the_lattice(
            cells, HOUR, equal, rate, energy, tracers, share
        )
        shift = np.interp(wires, grid.faces, places) - np.asarray(wires)
        theirs.append((at(centres, x), at(centres, s), shift))
    limit = lambda two: [(4 * fine - coarse) / 3 for coarse, fine in zip(*two)]
    profile, vacancies, shift = (
        np.max(np.abs(m - t)) for m, t in zip(limit(mine), limit(theirs))
    )
    assert profile < 1e-5 and vacancies < 1e-5
    assert shift < 1e-4 * np.max(np.abs(limit(theirs)[2]))
    validation_row(
        "couple with sinks of finite strength, supersaturation too",
        "BDF of SciPy in the lattice, largest absolute difference",
        None,
        max(profile, vacancies),
        "100 and 200 cells, extrapolated",
    )


@pytest.mark.slow
def test_strong_sinks_are_darkens():
    grid, couple = wires(60, 0.4e-6)
    law, places = binary(correlation=0.7815), jnp.array([-20e-6, 0.0, 20e-6])
    mixing = Interdiffusion(law, markers=places)
    equation = VacancyInterdiffusion(mixing, VacancySinks(1e-4, 1e8))
    start, anneal = equation.filled(grid, couple, T), djx.Anneal(HOUR, T)
    found = djx.solve(equation, grid, start, anneal, rtol=1e-6)
    darken = djx.solve(mixing, grid, couple, anneal, rtol=1e-6)
    np.testing.assert_allclose(found.ys[..., :2], darken.ys, atol=2e-6)
    assert found.markers is not None and darken.markers is not None
    np.testing.assert_allclose(found.markers, darken.markers, rtol=0, atol=1e-10)
    speed = mixing.velocity(grid, darken.ys[-1], T)
    mine = equation.velocity(grid, found.ys[-1], T)
    off = jnp.max(jnp.abs(mine - speed)) / jnp.max(jnp.abs(speed))
    assert float(off) < 1e-3


def test_the_shift_grows_with_the_sinks_from_nothing_to_darkens():
    grid, couple = wires(120, 0.1e-6)
    mixing = Interdiffusion(binary(phase=None), markers=jnp.array([0.0]))
    anneal = djx.Anneal(HOUR, T)
    darken = djx.solve(mixing, grid, couple, anneal).markers
    assert darken is not None

    traces = []

    @eqx.filter_jit
    @jax.vmap
    def run(rate):
        traces.append(1)
        equation = VacancyInterdiffusion(mixing, VacancySinks(1e-4, rate))
        start = equation.filled(grid, couple, T)
        solution = djx.solve(equation, grid, start, anneal, throw=False)
        s = equation.supersaturation(grid, solution.ys[-1], T)
        assert solution.markers is not None
        defect = solution.balance.defect
        return solution.markers[0, 0], jnp.min(s), jnp.max(s), defect

    rates = jnp.concatenate([jnp.zeros(1), jnp.logspace(-3, 7, 11)])
    halves = run(rates[:6]), run(rates[6:])
    assert len(traces) == 1  # one program for all
    shifts, least, most, defects = (jnp.concatenate(pair) for pair in zip(*halves))
    share = np.asarray(shifts / darken[0, 0])
    assert share[0] == 0.0 and np.all(np.diff(share) > 0)
    assert 0.999 < share[-1] < 1.0001
    # Fewer where sites are made, more where they are lost; all less with more sinks.
    assert np.all(np.diff(least) > 0) and np.all(np.diff(most) < 0)
    np.testing.assert_allclose([least[0], most[0]], [1.15 / 2.125, 3.1 / 2.125], 1e-3)
    assert float(jnp.max(defects)) < 1e-12


@pytest.mark.parametrize(
    "geometry",
    ["spherical", *(pytest.param(g, marks=SLOW) for g in ("planar", "cylindrical"))],
)
def test_atoms_are_kept_and_vacancies_counted(geometry):
    """On a ramp, with pores: what sinks made is in the lattice or in pores."""
    grid = uniform(5e-6, 45e-6, 40, geometry)
    couple = step(grid, 20e-6, [0.7, 0.3], [0.2, 0.8])
    copper = djx.lattice.Vacancies(1.0, 1.0)
    sinks = VacancySinks(
        copper, 0.02, unit=copper.fraction(1100.0), pores=Pores(1.0, 1.02)
    )
    wire = jnp.array([45e-6])
    equation = with_sinks(binary(), sinks, markers=wire)
    start = equation.filled(grid, couple, 1100.0)
    ramp = djx.Ramp([0.0, 2 * HOUR], [1100.0, 1050.0])
    solution = djx.solve(equation, grid, start, ramp, save_at=[HOUR, 2 * HOUR])
    balance = solution.balance
    assert float(balance.defect) < 1e-12
    np.testing.assert_allclose(
        balance.amount[:, :2], balance.start[None, :2] + jnp.zeros((2, 1)), rtol=1e-12
    )
    sums = jnp.sum(solution.ys[..., :2], axis=-1)
    np.testing.assert_allclose(sums, 1.0, rtol=0, atol=1e-13)
    assert float(balance.smallest) > -1e-5
    made = jnp.sum(balance.through("sinks"), axis=-1)
    held = jnp.sum(balance.amount[:, 2:], axis=-1) - jnp.sum(balance.start[2:])
    np.testing.assert_allclose(held, made, rtol=1e-12)
    # The outer end has moved by the sites that were made.
    pores = equation.porosity(grid, solution.ys[-1])
    assert float(jnp.max(pores)) > 1e-3
    assert solution.markers is not None
    moved = solution.markers[-1, 0] - 45e-6
    volume = made[-1] * sinks.unit
    np.testing.assert_allclose(moved * grid.areas[-1], volume, rtol=2e-3)
    places = equation.places(grid, solution.ys[-1])
    swollen = (places[-1] - grid.upper) * grid.areas[-1]
    np.testing.assert_allclose(swollen, grid.total(pores), rtol=2e-3)


def test_pores_take_up_what_sinks_do_not_and_move_no_lattice():
    grid, couple = wires(80, 0.3e-6)
    law, anneal = binary(phase=None), djx.Anneal(HOUR, T)

    @eqx.filter_jit
    def run(rate, threshold, strength=0.1):
        sinks = VacancySinks(1e-4, strength, pores=Pores(rate, threshold))
        equation = with_sinks(law, sinks, markers=[0.0])
        start = equation.filled(grid, couple, T)
        solution = djx.solve(equation, grid, start, anneal, throw=False)
        field = solution.ys[-1]
        s = equation.supersaturation(grid, field, T)
        pores, speed = equation.porosity(grid, field), equation.velocity(grid, field, T)
        return pores, s, speed, solution.balance.through("sinks")[0], solution.result

    number = jnp.asarray
    pores, s, speed, made, result = run(number(1.0), number(1.05))
    none, without, _, _, _ = run(number(1.0), number(5.0))
    assert result == djx.RESULTS.successful
    assert float(jnp.max(none)) == 0.0
    assert float(jnp.max(without)) > 1.2 > 1.07 > float(jnp.max(s))
    # On the side of the faster, where vacancies arrive.
    where = grid.centres[int(jnp.argmax(pores))]
    assert float(jnp.max(pores)) > 1e-2 and float(where) > 0
    # What the lattice does is what sinks make, whatever pores take.
    sites = 1e-4 * (1 - s) * 0.1 * grid.volumes
    wanted = jnp.concatenate([jnp.zeros(1), jnp.cumsum(sites)])
    scale = float(jnp.max(jnp.abs(wanted)))
    np.testing.assert_allclose(speed, wanted, rtol=0, atol=1e-9 * scale)
    held = grid.total(pores) / 1e-4 + grid.total(s - 1)
    np.testing.assert_allclose(jnp.sum(made), held, rtol=1e-9)


@pytest.mark.slow
def test_pores_fill_again_where_vacancies_are_too_few():
    """All alike; pores between surfaces that hold vacancies at equilibrium: a body
    starved of vacancies takes them from its pores."""
    grid = uniform(0.0, 20e-6, 10)
    sinks = VacancySinks(1e-4, 0.0, pores=Pores(50.0, 1.5))
    equation = with_sinks(binary(1e-14, 1e-14, phase=None), sinks)
    start = equation.filled(grid, jnp.full((10, 2), 0.5), T, 0.01)
    start = start.at[:, 3].set(0.6)
    solution = djx.solve(equation, grid, start, djx.Anneal(HOUR, T))
    assert float(jnp.max(solution.ys[-1, :, 3])) < 1e-8
    np.testing.assert_allclose(solution.ys[-1, :, 2], 0.61, rtol=1e-9)


@pytest.mark.slow
def test_gradients_of_profile_and_markers_against_differences():
    """Fixed steps, so that differences see no change of steps."""
    grid, couple = wires(50, 1e-6)
    steps = diffrax.StepTo(ts=HOUR * jnp.linspace(0.0, 1.0, 61) ** 3)

    def value(p, adjoint=None):
        first, second, interaction, rate, density, energy = p
        phase = djx.thermo.RedlichKister(
            ("A", "B"), {("A", "B"): [-8000.0 * interaction, 3000.0]}
        )
        law = binary(1e-14 * first, 4e-14 * second, phase, 0.7815)
        copper = djx.lattice.Vacancies(0.9 * energy, 0.3)
        boundary = lambda x: 20.0 * rate * jnp.exp(-((x / 5e-6) ** 2))
        sinks = VacancySinks(copper, boundary, 2e10 * density, unit=1e-4)
        equation = with_sinks(law, sinks, markers=jnp.array([-5e-6, 0.0]))
        solution = djx.solve(
            equation, grid, equation.filled(grid, couple, T), djx.Anneal(HOUR, T),
            controller=steps, throw=False, adjoint=adjoint,
        )  # fmt: skip
        assert solution.markers is not None
        profile = jnp.sum(solution.ys[-1, :, 0] * jnp.sin(2e5 * grid.centres))
        s = equation.supersaturation(grid, solution.ys[-1], T)
        return jnp.stack([profile, 1e6 * jnp.sum(solution.markers), jnp.max(s)])

    p, h = jnp.ones(6), 1e-4
    push = lambda p: value(p, diffrax.ForwardMode())
    run, ways = jax.jit(value), h * np.eye(6)
    pairs = [(run(p + way) - run(p - way)) / (2 * h) for way in ways]
    differences = np.stack(pairs, axis=1)
    sizes = np.max(np.abs(differences), axis=1, keepdims=True)
    wanted = differences / sizes
    assert np.all(np.abs(wanted) > 1e-4)
    for found in (jax.jit(jax.jacfwd(push))(p), jax.jit(jax.jacrev(value))(p)):
        np.testing.assert_allclose(found / sizes, wanted, rtol=1e-6, atol=1e-7)


@pytest.mark.slow
def test_three_components_a_hundred_times_apart_stay_above_nothing():
    grid = uniform(-40e-6, 40e-6, 60)
    couple = step(grid, 0.0, [0.7, 0.3, 0.0], [0.2, 0.0, 0.8])
    equation = with_sinks(ternary(), VacancySinks(1e-4, 0.1))
    start = equation.filled(grid, couple, T)
    times = jnp.geomspace(1.0, HOUR, 5)
    solution = djx.solve(equation, grid, start, djx.Anneal(HOUR, T), save_at=times)
    assert float(solution.balance.smallest) > -1e-5
    assert float(jnp.max(solution.ys[..., :3])) < 1 + 1e-5
    np.testing.assert_allclose(jnp.sum(solution.ys[..., :3], -1), 1.0, atol=1e-13)
    assert float(solution.balance.defect) < 1e-12


@pytest.mark.slow
def test_single_precision():
    grid = uniform(jnp.float32(-30e-6), jnp.float32(30e-6), 30)
    sides = (jnp.asarray(x, jnp.float32) for x in ([0.9, 0.1], [0.2, 0.8]))
    couple = step(grid, jnp.float32(0.0), *sides)
    equation = with_sinks(binary(), VacancySinks(1e-4, 1.0))
    start = equation.filled(grid, couple, T)
    solution = djx.solve(equation, grid, start, djx.Anneal(HOUR, T), throw=False)
    assert solution.ys.dtype == jnp.float32
    np.testing.assert_allclose(jnp.sum(solution.ys[..., :2], -1), 1.0, atol=1e-5)
    assert float(solution.balance.defect) < 1e-4


GRID = uniform(0.0, 20e-6, 10)
HALF = jnp.full((10, 2), 0.5)
PLAIN = with_sinks(binary(), VacancySinks(1e-4, 1.0))


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (HALF, r"shape \(10, 3\).*A, B, vacancies"),
        (PLAIN.filled(GRID, HALF, T).at[3, 0].set(0.6), "sum to 1.*cell 3"),
        (PLAIN.filled(GRID, HALF, T).at[3, 2].set(-1.0), "vacancies >= 0"),
    ],
)
def test_a_bad_start_gets_a_sentence(start, words):
    with pytest.raises(ValueError, match=words):
        djx.solve(PLAIN, GRID, start, djx.Anneal(HOUR, T))


def test_odd_arguments_get_a_sentence():
    with pytest.raises(ValueError, match=r"composition.*\(10, 2\)"):
        PLAIN.filled(GRID, HALF[:, :1], T)
    with pytest.raises(ValueError, match="supersaturation.*>= 0"):
        PLAIN.filled(GRID, HALF, T, -1.0)
    with pytest.raises(ValueError, match=r"supersaturation.*\(10,\)"):
        PLAIN.filled(GRID, HALF, T, jnp.ones(3))
    with pytest.raises(ValueError, match="temperature.*> 0"):
        PLAIN.filled(GRID, HALF, 0.0)
    for look in (PLAIN.velocity, PLAIN.supersaturation):
        with pytest.raises(ValueError, match="field.*A, B, vacancies"):
            look(GRID, HALF, T)
    with pytest.raises(ValueError, match="one axis"):
        PLAIN.fit(uniform((0.0, 0.0), (1e-6, 1e-6), (4, 4)))
    start = PLAIN.filled(GRID, HALF, T)
    assert float(jnp.max(PLAIN.porosity(GRID, start))) == 0.0
    np.testing.assert_array_equal(PLAIN.places(GRID, start), GRID.faces)
    assert PLAIN.openings(GRID) == ("x lower", "x upper", "sinks", "pores")
