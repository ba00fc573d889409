"""Carbon in steel: welds, gases, plates and balls, against closed forms and SciPy."""

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate
from scipy.special import erfc, erfcx

import diffjax as djx
from diffjax.diffusivity import Constant, Exponential
from diffjax.equations import Diffusion
from diffjax.fluxes import InMatrix
from diffjax.grid import Exchange, Gas, NoFlux, Timetable, Walls
from diffjax.thermo import CompoundEnergy, redlich_kister, Sites

from .helpers import observed_order, validation_row


R, HOT, D = djx.GAS_CONSTANT, 1323.0, 3e-11
SITES = Sites(("Fe", "Si", "C"), ("C",))
STEEL, IRON = jnp.array([0.93, 0.07]), jnp.array([1.0, 0.0])


def phase(silicon=1e5, carbon=0.0, sites=SITES):
    pairs = {("C", "VA"): -carbon}
    if "Si" in sites.species:
        pairs["Si", "C"] = silicon
    energy = redlich_kister(sites.species, pairs=pairs)
    return CompoundEnergy(sites, energy, redlich_kister(sites.components))


def weld(x):
    return jnp.where(x < 0, STEEL, IRON)


# So many sites that they never fill: the activity is straight in u.
MANY = 1e9
DILUTE = Sites(("Fe", "Si", "C"), ("C",), MANY)


def dilute(law, matrix, silicon=1e5, **more):
    energy = redlich_kister(DILUTE.species, pairs={("Si", "C"): silicon * MANY})
    rest = redlich_kister(DILUTE.components)
    none = (0.0, -R * np.log(MANY))  # of a full lattice the activity is MANY
    whole = CompoundEnergy(DILUTE, energy, rest)
    return InMatrix(law, whole, matrix, standard=none, **more)


@pytest.mark.parametrize(
    "mean, order, levels",
    [
        ("harmonic", 2, (60, 120)),
        pytest.param("arithmetic", 1, (120, 240), marks=pytest.mark.slow),
    ],
)
def test_uphill_at_a_weld_against_the_closed_form(mean, order, levels):
    # Carbon is even at first; silicon on the left drives it to the right.
    partition = np.exp(-0.07 * 1e5 / (R * HOT))
    end, errors = 1e4, []
    for cells in levels:
        grid = djx.grid.uniform(-6e-3, 6e-3, cells)
        law = lambda c, temperature, x: jnp.where(x < 0, 2 * D, D)
        flux = dilute(djx.diffusivity.Custom(law), weld, mean=mean)
        start = jnp.full(cells, 0.02)
        run = djx.solve(Diffusion(flux), grid, start, djx.Anneal(end, HOT), rtol=1e-7)
        exact = djx.exact.layered_couple(
            grid.centres, end, 2 * D, D, 0.02, 0.02, partition
        )
        errors.append(float(jnp.max(jnp.abs(run.ys[-1] - exact)) / 0.02))
        assert float(run.balance.defect) < 1e-12
        left, right = run.ys[-1][cells // 2 - 1 : cells // 2 + 1]
        assert left < 0.0165 and right > 0.0215
    found = observed_order(errors)
    np.testing.assert_allclose(found, order, atol=0.15)
    if order == 2:
        validation_row(
            "carbon even at first in a weld of two steels, driven by silicon",
            "error functions with a partition, largest error over the carbon",
            found[-1],
            errors[-1],
            "120 cells",
        )


@pytest.mark.parametrize(
    "mean", ["harmonic", pytest.param("arithmetic", marks=pytest.mark.slow)]
)
def test_equal_activity_rests_and_a_couple_ends_there(mean):
    grid = djx.grid.uniform(-100e-6, 100e-6, 40)
    flux = InMatrix(Constant(D), phase(carbon=3e4), weld, mean=mean)
    level = flux.composition(0.03, HOT, grid.centres)
    kept = djx.solve(Diffusion(flux), grid, level, djx.Anneal(1e5, HOT), rtol=1e-7)
    np.testing.assert_allclose(kept.ys[-1], level, rtol=1e-13)
    even = jnp.full(40, 0.02)
    run = djx.solve(Diffusion(flux), grid, even, djx.Anneal(1e4, HOT), rtol=1e-7)
    activity = flux.activity(run.ys[-1], HOT, grid.centres)
    np.testing.assert_allclose(activity, activity[0], rtol=1e-6)
    np.testing.assert_allclose(jnp.mean(run.ys[-1]), 0.02, rtol=1e-12)
    jump = run.ys[-1][-1] / run.ys[-1][0]
    assert 1.5 < float(jump) < float(np.exp(0.07 * 1e5 / (R * HOT)))


@pytest.mark.slow
def test_reverse_and_forward_mode_of_a_chemical_diffusivity_against_differences():
    """Interactions, the law, the weld and the gas; in short explicit steps, whose
    programs are small."""
    grid = djx.grid.uniform(-200e-6, 200e-6, 8)
    start = djx.grid.step(grid, 50e-6, 0.05, 0.01)
    steps = diffrax.StepTo(ts=jnp.linspace(0.0, 600.0, 61))

    def value(p, adjoint=None):
        silicon = 0.07 * (1 + p[4])
        steel = jnp.stack([1 - silicon, silicon])
        flux = InMatrix(
            Exponential(D * (1 + p[2]), 8.0 * (1 + p[3])),
            phase(1e5 * (1 + p[0]), 3e4 * (1 + p[1])),
            lambda x: jnp.where(x < 0, steel, IRON),
            chemical=True,
        )
        gas = Gas(rate=2e-8, activity=0.5 * (1 + p[5]), of=flux.activity_at)
        run = djx.solve(
            Diffusion(flux, Walls(x=(gas, NoFlux()))), grid, start,
            djx.Anneal(600.0, HOT), method=diffrax.Euler(), controller=steps,
            throw=False, adjoint=adjoint,
        )  # fmt: skip
        return jnp.sum(run.ys[-1] * jnp.sin(2e4 * grid.centres))

    p, h = jnp.zeros(6), 1e-4
    run, ways = jax.jit(value), h * np.eye(6)
    differences = np.array([(run(p + w) - run(p - w)) / (2 * h) for w in ways])
    largest = np.abs(differences).max()
    push = lambda p: value(p, diffrax.ForwardMode())
    for found in (jax.jit(jax.grad(value))(p), jax.jit(jax.jacfwd(push))(p)):
        np.testing.assert_allclose(found, differences, rtol=0, atol=1e-7 * largest)


@pytest.mark.slow
def test_positive_behind_a_sharp_front():
    grid = djx.grid.uniform(-300e-6, 300e-6, 60)
    flux = InMatrix(Exponential(D, 20.0), phase(), weld)
    start = djx.grid.step(grid, 100e-6, 0.1, 0.0)
    run = djx.solve(Diffusion(flux), grid, start, djx.Anneal(60.0, HOT))
    assert float(run.balance.smallest) > -1e-6
    assert float(run.balance.defect) < 1e-12


@pytest.mark.slow
def test_of_one_matrix_and_a_chemical_diffusivity_it_is_ficks():
    grid = djx.grid.uniform(0.0, 500e-6, 50)
    start, anneal = djx.grid.step(grid, 200e-6, 0.06, 0.01), djx.Anneal(600.0, HOT)
    law = djx.diffusivity.CarbonInAustenite()
    flux = InMatrix(law, phase(carbon=3e4), STEEL, chemical=True)
    run = lambda f: djx.solve(Diffusion(f), grid, start, anneal, rtol=1e-7).ys[-1]
    error = jnp.max(jnp.abs(run(flux) - run(djx.fluxes.Fick(law)))) / 0.06
    assert float(error) < 5e-4
    plain = run(dilute(Constant(D), STEEL))
    np.testing.assert_allclose(
        plain, run(djx.fluxes.Fick(Constant(D))), rtol=0, atol=1e-8
    )


def test_a_weld_with_filling_sites_against_another_route():
    cells, end = 60, 2e4
    grid = djx.grid.uniform(-1.5e-3, 1.5e-3, cells)
    flux = InMatrix(Exponential(D, 8.0), phase(carbon=3e4), weld)
    start = djx.grid.step(grid, 0.0, 0.03, 0.08)
    run = djx.solve(
        Diffusion(flux), grid, start, djx.Anneal(end, HOT), rtol=1e-8, atol=1e-11
    )
    # ln a by hand, and activities in series between the cells.
    silicon = np.where(np.asarray(grid.centres) < 0, 0.07, 0.0) * 1e5 / (R * HOT)

    def change(t, u):
        psi = silicon - np.log1p(-u) - (1 - 2 * u) * 3e4 / (R * HOT)
        resistance = np.exp(psi) / (D * np.exp(8 * u)) * 3e-3 / cells
        flow = -2 * np.diff(u * np.exp(psi)) / (resistance[1:] + resistance[:-1])
        return -np.diff(np.concatenate([[0.0], flow, [0.0]])) / (3e-3 / cells)

    other = scipy.integrate.solve_ivp(
        change, (0, end), np.asarray(start), "BDF", rtol=1e-9, atol=1e-12
    ).y[:, -1]
    error = float(np.max(abs(np.asarray(run.ys[-1]) - other)))
    assert error < 1e-6
    validation_row(
        "weld of two steels with filling sites and D(u), largest absolute",
        "SciPy BDF on activities written out by hand",
        None,
        error,
        "60 cells, u up to 0.08",
    )


def crank_plate(x, t, half, biot):
    """Crank's series for a plate with a surface resistance: what is missing, 1 to 0."""
    k = np.arange(200)
    roots = []
    for n in k:
        low, high = n * np.pi + 1e-12, (n + 0.5) * np.pi - 1e-12
        for _ in range(80):
            middle = 0.5 * (low + high)
            up = middle * np.tan(middle) > biot
            low, high = (low, middle) if up else (middle, high)
        roots.append(0.5 * (low + high))
    b = np.array(roots)[:, None]
    shape = np.cos(b * x / half) / np.cos(b)
    weight = 2 * biot / (b**2 + biot**2 + biot)
    return np.sum(weight * shape * np.exp(-(b**2) * D * t / half**2), axis=0)


def gamma():
    return np.exp(0.07 * 1e5 / (R * HOT))


@pytest.mark.parametrize("way", [1, -1], ids=["carburizing", "decarburizing"])
@pytest.mark.parametrize(
    "levels", [(20,), pytest.param((20, 40), marks=pytest.mark.slow)]
)
def test_a_gas_beside_a_plate_against_cranks_series(levels, way):
    half, rate, errors = 200e-6, 1.5e-7, []
    first, last = (0.0, 0.04)[::way]
    flux = dilute(Constant(D), STEEL)
    for cells in levels:
        grid = djx.grid.uniform(0.0, half, cells)
        gas = Gas(rate / gamma(), gamma() * last, flux.activity_at)
        run = djx.solve(
            Diffusion(flux, Walls(x=(NoFlux(), gas))),
            grid,
            jnp.full(cells, first),
            djx.Anneal(400.0, HOT),
            rtol=1e-8,
        )
        missing = crank_plate(np.asarray(grid.centres), 400.0, half, rate * half / D)
        exact = last + (first - last) * missing
        errors.append(float(np.max(abs(run.ys[-1] - exact)) / 0.04))
        # What the gas gave is in the steel.
        uptake = float(run.balance.through("x upper")[-1])
        kept = float(grid.total(run.ys[-1]) - grid.total(jnp.full(cells, first)))
        np.testing.assert_allclose(uptake, kept, rtol=1e-11)
        assert uptake * way > 0
    assert errors[0] < 2e-4
    if len(levels) == 1:
        return
    orders = observed_order(errors)
    np.testing.assert_allclose(orders, 2.0, atol=0.15)
    if way == 1:
        validation_row(
            "carburizing a plate by a gas of given activity",
            "Crank's series with a surface resistance, largest error over the last",
            orders[-1],
            errors[-1],
            "40 cells",
        )


@pytest.mark.slow
def test_a_gas_beside_a_half_space_against_the_closed_form():
    cells, rate, end = 100, 2e-7, 900.0
    grid = djx.grid.graded(0.0, 1.5e-3, cells, centre=0.0, finest=3e-6)
    flux = dilute(Constant(D), STEEL)
    walls = Walls(x=(Gas(rate / gamma(), gamma() * 0.04, flux.activity_at), NoFlux()))
    run = djx.solve(
        Diffusion(flux, walls), grid, jnp.zeros(cells), djx.Anneal(end, HOT), rtol=1e-7
    )
    x, root = np.asarray(grid.centres), np.sqrt(D * end)
    s, w = x / (2 * root), rate * root / D
    exact = 0.04 * (erfc(s) - np.exp(-(s**2)) * erfcx(s + w))
    np.testing.assert_allclose(run.ys[-1], exact, rtol=0, atol=0.04 * 2e-3)


@pytest.mark.slow
@pytest.mark.parametrize("geometry", ["cylindrical", "spherical"])
def test_wires_and_balls_by_activity_and_by_composition(geometry):
    # For a straight activity both kinds of surface are one.
    grid = djx.grid.uniform(0.0, 200e-6, 40, geometry)
    flux, anneal = dilute(Constant(D), STEEL), djx.Anneal(300.0, HOT)
    gas = Gas(1e-7 / gamma(), 0.04 * gamma(), flux.activity_at)
    run = lambda wall: djx.solve(
        Diffusion(flux, Walls(x=(NoFlux(), wall))),
        grid,
        jnp.zeros(40),
        anneal,
        rtol=1e-7,
    )
    by_gas, by_film = run(gas), run(Exchange(1e-7, 0.04))
    np.testing.assert_allclose(by_gas.ys[-1], by_film.ys[-1], rtol=1e-9)
    closed = {
        "cylindrical": djx.exact.cylinder_exchange,
        "spherical": djx.exact.sphere_exchange,
    }[geometry]
    exact = closed(grid.centres, 300.0, D, 200e-6, 1e-7, 0.04, 0.0)
    np.testing.assert_allclose(by_gas.ys[-1], exact, rtol=0, atol=0.04 * 1e-3)
    np.testing.assert_allclose(
        by_gas.balance.through("x upper")[-1], grid.total(by_gas.ys[-1]), rtol=1e-11
    )


@pytest.mark.slow
def test_a_plate_of_two_axes_is_one_of_one():
    flux = InMatrix(
        Constant(D), phase(carbon=3e4), lambda x: weld(jnp.ravel(x)[0]), mean="harmonic"
    )
    gas = Gas(2e-7, 0.05, flux.activity_at)
    line = djx.grid.uniform(-100e-6, 100e-6, 16)
    plate = djx.grid.uniform((-100e-6, 0.0), (100e-6, 50e-6), (16, 4))
    walls, anneal = Walls(x=(NoFlux(), gas)), djx.Anneal(40.0, HOT)
    along = djx.solve(
        Diffusion(flux, walls), line, jnp.full(16, 0.02), anneal, rtol=1e-7
    )
    across = djx.solve(
        Diffusion(flux, walls),
        plate,
        jnp.full((16, 4), 0.02),
        anneal,
        rtol=1e-6,
        method=djx.stepping.Rodas3(),
    )
    for column in range(4):
        np.testing.assert_allclose(
            across.ys[-1][:, column], along.ys[-1], rtol=0, atol=1e-6
        )
    assert float(across.balance.defect) < 1e-10


def case_depth(p, **how):
    """Case depth (µm) after boost and diffusion, of four numbers."""
    silicon, rate, boost, potential = p
    # Of a chemical diffusivity the reverse mode takes minutes to compile.
    flux = InMatrix(Exponential(1e-11, 10.0), phase(silicon * 1e5), STEEL)
    times = 3600 * jnp.stack([boost, boost + 0.1])
    activity = Timetable(times, potential * jnp.array([0.06, 0.04]))
    gas = Gas(rate * 1e-7, activity, flux.activity_at)
    anneal = djx.Anneal(times[0], 1200.0) + djx.Anneal(1800.0, 1200.0)
    grid = djx.grid.uniform(0.0, 1e-3, 16)
    run = djx.solve(
        Diffusion(flux, Walls(x=(gas, NoFlux()))),
        grid,
        jnp.full(16, 0.008),
        anneal,
        rtol=1e-6,
        throw=False,
        **how,
    )
    return 1e6 * djx.grid.crossing(grid, run.ys[-1], 0.014)


@pytest.mark.slow
def test_slopes_of_a_case_against_central_differences():
    p, way = jnp.array([1.0, 1.0, 1.5, 1.0]), jnp.array([0.3, -0.5, 1.0, 0.2])
    push = lambda q: case_depth(q, adjoint=diffrax.ForwardMode())
    run = jax.jit(lambda q: jax.jvp(push, (q,), (way,)))
    back = jax.jit(jax.grad(case_depth))(p)
    for k, unit in enumerate(1e-3 * jnp.eye(4)):
        near = (run(p + unit)[0] - run(p - unit)[0]) / 2e-3
        np.testing.assert_allclose(back[k], near, rtol=5e-3)
    np.testing.assert_allclose(back @ way, run(p)[1], rtol=1e-5)
    assert back[2] > 0  # a longer boost goes deeper


@pytest.mark.slow
def test_slopes_of_a_weld_against_central_differences():
    grid = djx.grid.uniform(-200e-6, 200e-6, 16)

    def right(p, **how):
        flux = InMatrix(Constant(D), phase(p[0] * 1e5, p[1] * 3e4), weld)
        run = djx.solve(
            Diffusion(flux),
            grid,
            jnp.full(16, 0.02),
            djx.Anneal(300.0, HOT),
            rtol=1e-8,
            **how,
        )
        return 1e3 * run.ys[-1][9]

    p = jnp.array([1.0, 1.0])
    back = jax.jit(jax.grad(right))(p)
    push = lambda q: right(q, adjoint=diffrax.ForwardMode())
    run = jax.jit(lambda q, way: jax.jvp(push, (q,), (way,)))
    for k, unit in enumerate(jnp.eye(2)):
        ahead, behind = (run(p + s * 1e-3 * unit, unit)[0] for s in (1, -1))
        near = (ahead - behind) / 2e-3
        np.testing.assert_allclose(run(p, unit)[1], near, rtol=1e-5)
        np.testing.assert_allclose(back[k], near, rtol=1e-5)


def test_what_un_mixes_is_refused():
    # Carbon that attracts itself by far more than kT.
    flux = InMatrix(Constant(D), phase(0.0, carbon=-6e4), IRON)
    grid = djx.grid.uniform(0.0, 100e-6, 10)
    start = djx.grid.step(grid, 50e-6, 0.6, 0.4)
    bad = djx.solve(Diffusion(flux), grid, start, djx.Anneal(1.0, HOT), throw=False)
    assert bad.result == djx.RESULTS.negative_diffusivity
