"""A grid that moves with the lattice, against the grid that rests and closed forms."""

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq
from scipy.special import erf

import diffjax as djx
from diffjax.equations import (
    Interdiffusion,
    kirkendall_planes,
    lattice_strain,
    LatticeInterdiffusion,
)
from diffjax.grid import FixedFlux, FixedValue, graded, step, uniform, Walls

from ..alloys import AB, binary, ternary
from ..helpers import observed_order, validation_row


T, HOUR, D = 1100.0, 3600.0, 1e-14
LEFT, RIGHT = jnp.array([0.7, 0.3, 0.0]), jnp.array([0.2, 0.0, 0.8])


def darken(x, temperature):
    """D_A - D_B = 0.8 D and N_B D_A + N_A D_B = D at every composition."""
    del temperature
    slow = 1 - 0.8 * x[1]
    return D * jnp.stack([slow + 0.8, slow])


def speed(x, t):
    """Of the lattice in a couple of 0.9 and 0.1 A with these."""
    width = np.sqrt(4 * D * t)
    return -0.8 * D * 0.8 * np.exp(-((x / width) ** 2)) / (np.sqrt(np.pi) * width)


@pytest.mark.slow
def test_profile_faces_and_kirkendall_plane_against_closed_forms():
    law = djx.diffusivity.Multicomponent(darken, components=("A", "B"))
    equation, times = LatticeInterdiffusion(law), HOUR * jnp.array([1.0, 2.0, 4.0])
    end = 4 * HOUR
    plane = brentq(lambda x: 2 * end * speed(x, end) - x, -50e-6, 0.0, xtol=1e-18)
    assert isinstance(plane, float)
    profiles, faces, exponents, planes = [], [], [], []
    for cells in (100, 200):
        grid = graded(-100e-6, 100e-6, cells, 0.0, 1e-5 / cells)
        couple = step(grid, 0.0, [0.9, 0.1], [0.1, 0.9])
        run = djx.solve(
            equation, grid, couple, djx.Anneal(end, T), save_at=times, rtol=1e-6
        )
        now, middle = equation.in_space(run), cells // 2
        exact = 0.5 - 0.4 * erf(np.asarray(now.grid.centres) / np.sqrt(4 * D * end))
        profiles.append(float(np.max(np.abs(now.ys[0, :, 0] - exact))))
        # Planes that the profile has not reached at 1 s are where they started.
        far = np.asarray(grid.faces)[np.abs(grid.faces) > 1e-6]
        way = solve_ivp(
            lambda s, x: 2 * s * speed(x, s * s), (1.0, np.sqrt(end)), far,
            rtol=1e-10, atol=1e-14,
        )  # fmt: skip
        moved = np.asarray(now.grid.faces)[np.abs(grid.faces) > 1e-6]
        faces.append(float(np.max(np.abs(moved - way.y[:, -1]))))
        ways = equation.places(grid, run.ys)[:, middle]
        exponents.append(np.diff(np.log(-np.asarray(ways))) / np.log(2.0))
        found = kirkendall_planes(
            now.grid.faces, equation.velocity(grid, run.ys[-1], T), end
        )
        planes.append(abs(float(found.positions[0]) / plane - 1))
        np.testing.assert_allclose(ways[-1], plane, rtol=1e-3)
        assert float(run.balance.defect) < 1e-14
    order = observed_order(profiles)[-1]
    np.testing.assert_allclose(order, 2.0, atol=0.1)
    np.testing.assert_allclose(exponents[-1], 0.5, atol=2e-3)
    assert planes[-1] < 2e-4 and faces[-1] < 5e-9 and faces[-1] < 0.6 * faces[0]
    validation_row(
        "profile on a grid that moves with the lattice, D_A - D_B = 0.8 D",
        "error function at the moved centres, largest absolute error",
        order,
        profiles[-1],
        "200 graded cells",
    )
    validation_row(
        "exponent of the face that was the contact of a couple",
        "1/2, largest absolute error",
        None,
        float(np.max(np.abs(exponents[-1] - 0.5))),
        "200 graded cells",
    )
    validation_row(
        "faces that move with the lattice",
        "ways of markers by Darken's velocity, largest error in m",
        None,
        faces[-1],
        "200 graded cells",
    )


@pytest.mark.slow
@pytest.mark.parametrize("law", [binary(), ternary()], ids=["binary", "ternary"])
def test_both_frames_tell_the_same(law):
    """From a smooth start. D_A / D_B = 4 and a phase that is not ideal; three, wind."""
    n = len(law.components)
    a, b = (jnp.array([0.9, 0.1]), jnp.array([0.2, 0.8])) if n == 2 else (LEFT, RIGHT)
    share = lambda x: jax.nn.sigmoid(x / 2.5e-6)
    outer = jnp.multiply.outer
    start = lambda x: outer(1 - share(x), a) + outer(share(x), b)
    moving, anneal = LatticeInterdiffusion(law), djx.Anneal(HOUR, T)
    profiles, ways = [], []
    for cells in (80, 160):
        grid = uniform(-30e-6, 30e-6, cells)
        marked = grid.faces[:: cells // 40][15:26]
        fixed = Interdiffusion(law, markers=marked)
        run = djx.solve(moving, grid, start, anneal, rtol=1e-8)
        other = djx.solve(fixed, grid, start, anneal, rtol=1e-8)
        now = moving.in_space(run)
        at = jnp.linspace(-15e-6, 15e-6, 61)
        profiles.append(float(jnp.max(jnp.abs(now.at(at) - other.at(at)))))
        assert other.markers is not None
        moved = now.grid.faces[:: cells // 40][15:26]
        ways.append(float(jnp.max(jnp.abs(moved - other.markers[0]))))
        strain = lattice_strain(grid.faces, now.grid.faces)
        np.testing.assert_allclose(moving.strain(run.ys[0]), strain, atol=1e-9)
    orders = [observed_order(e)[0] for e in (profiles, ways)]
    np.testing.assert_allclose(orders, 2.0, atol=0.35)
    validation_row(
        f"lattice frame against the number-fixed frame, {n} components",
        "markers in the number-fixed frame, largest difference in m",
        orders[1],
        ways[-1],
        "160 cells, smooth start",
    )


@pytest.mark.slow
def test_a_steep_couple_knows_its_kirkendall_plane():
    """Tracers 100 apart: the face is nearer to the similarity solution than a marker
    that is carried in a grid at rest."""
    grid = graded(-100e-6, 100e-6, 150, 0.0, 4e-8)
    couple, anneal = step(grid, 0.0, LEFT, RIGHT), djx.Anneal(HOUR, T)
    moving = LatticeInterdiffusion(ternary())
    run = djx.solve(moving, grid, couple, anneal, rtol=1e-5)
    other = djx.solve(
        Interdiffusion(ternary(), markers=[0.0]), grid, couple, anneal, rtol=1e-5
    )
    similar = djx.equations.mixture_similarity(ternary(), LEFT, RIGHT, T)
    exact = float(similar.planes(HOUR).positions[0])
    assert other.markers is not None
    places = moving.places(grid, run.ys[0])
    face, marker = float(places[75]) / exact - 1, float(other.markers[0, 0]) / exact - 1
    assert abs(face) < 2e-3 and abs(marker) > 10 * abs(face)
    assert float(jnp.min(jnp.diff(places))) > 0
    validation_row(
        "Kirkendall plane of a ternary couple, tracers 100 times apart, as a face",
        "similarity solution",
        None,
        abs(face),
        "150 graded cells",
    )


@pytest.mark.slow
def test_faces_part_from_an_unstable_plane_and_gather_at_two_stable_ones():
    """Each component is the faster one where there is more of it."""
    tracers = lambda x, temperature: (
        D * jnp.exp(3.0 * jnp.stack([x[0] - x[1], x[1] - x[0]]))
    )
    law = djx.diffusivity.Multicomponent(tracers, components=("A", "B"))
    a, b = jnp.array([0.95, 0.05]), jnp.array([0.05, 0.95])
    grid = graded(-100e-6, 100e-6, 200, 0.0, 2e-8)
    couple, anneal = step(grid, 0.0, a, b), djx.Anneal(HOUR, T)
    equation = LatticeInterdiffusion(law)
    run = djx.solve(equation, grid, couple, anneal, rtol=1e-5)
    planes = djx.equations.mixture_similarity(law, a, b, T).planes(HOUR)
    assert planes.stable[:3].tolist() == [True, False, True]
    now = np.asarray(equation.places(grid, run.ys[0]))
    assert abs(now[100]) < 1e-12 and np.all(np.diff(now) > 0)
    # All of the middle is two cells, so that this is about where they gather.
    np.testing.assert_allclose(now[[98, 102]], planes.positions[:3:2], rtol=0.02)
    assert now[99] < -6e-6 and now[101] > 6e-6


def test_amounts_and_the_length_of_a_closed_body_are_kept():
    grid = uniform(0.0, 40e-6, 40)
    couple = step(grid, 20e-6, LEFT, RIGHT)
    ramp = djx.Ramp([0.0, 2 * HOUR], [1000.0, 1200.0])
    equation = LatticeInterdiffusion(ternary())
    run = djx.solve(equation, grid, couple, ramp, save_at=[HOUR, 2 * HOUR])
    balance = run.balance
    np.testing.assert_allclose(
        balance.amount, jnp.stack([balance.start] * 2), rtol=1e-12
    )
    assert float(balance.defect) < 1e-13 and float(balance.smallest) > -1e-6
    places = equation.places(grid, run.ys)
    assert places.shape == (2, 41)
    np.testing.assert_array_equal(places[:, 0], 0.0)
    np.testing.assert_allclose(places[:, -1], 40e-6, rtol=1e-14)
    assert float(jnp.max(jnp.abs(equation.strain(run.ys)))) > 0.1
    # In space: as much of everything, and fractions.
    now = equation.in_space(run, 0)
    np.testing.assert_allclose(now.total()[0], balance.start, rtol=1e-12)
    np.testing.assert_array_equal(now.balance.amount[0], balance.amount[0])
    np.testing.assert_allclose(jnp.sum(now.ys, -1), 1.0, rtol=1e-14)
    assert now.ts.shape == (1,) and now.of("B").at(20e-6).shape == ()


def test_a_run_may_go_on_from_what_another_left():
    grid = uniform(-20e-6, 20e-6, 40)
    couple = step(grid, 0.0, LEFT, RIGHT)
    equation, half = LatticeInterdiffusion(ternary()), djx.Anneal(HOUR, T)
    run = lambda *a: djx.solve(equation, *a, rtol=1e-6)
    whole = run(grid, couple, djx.Anneal(2 * HOUR, T))
    first = run(grid, couple, half)
    now = equation.in_space(first)
    second = run(now.grid, now.ys[0], half)
    np.testing.assert_allclose(
        equation.places(now.grid, second.ys), equation.places(grid, whole.ys), atol=1e-9
    )
    strains = equation.strain(first.ys) + equation.strain(second.ys)
    np.testing.assert_allclose(strains, equation.strain(whole.ys), atol=1e-3)


@pytest.mark.slow
def test_lattice_rests_where_tracers_are_equal():
    grid = graded(-100e-6, 100e-6, 120, 0.0, 0.5e-6)
    couple, anneal = step(grid, 0.0, [0.9, 0.1], [0.2, 0.8]), djx.Anneal(HOUR, T)
    # Exactly where nothing but mixing drives; else by Gibbs and Duhem, second order,
    # and not before the step is wider than a cell.
    for phase, most, off in ((None, 1e-13, 1e-12), (AB, 0.02, 3e-4)):
        law = binary(2e-14, 2e-14, phase)
        moving = LatticeInterdiffusion(law)
        run = djx.solve(moving, grid, couple, anneal, rtol=1e-6)
        np.testing.assert_allclose(moving.strain(run.ys), 0.0, rtol=0, atol=most)
        other = djx.solve(Interdiffusion(law), grid, couple, anneal, rtol=1e-6)
        found = moving.fractions(run.ys)
        np.testing.assert_allclose(found, other.ys, rtol=0, atol=off)
        if phase is None:
            exact = djx.exact.couple(grid.centres, HOUR, 2e-14, 0.9, 0.2)
            np.testing.assert_allclose(run.ys[0, :, 0], exact, atol=2e-4)


def test_a_given_flux_makes_the_body_longer_or_shorter():
    grid = uniform(0.0, 20e-6, 20)
    out = jnp.array([0.0, 5e-10, -1e-10])
    walls = Walls(x=(djx.grid.NoFlux(), FixedFlux(out)))
    even = jnp.broadcast_to(jnp.array([0.4, 0.4, 0.2]), (20, 3))
    equation = LatticeInterdiffusion(ternary(), walls)
    run = djx.solve(equation, grid, even, djx.Anneal(HOUR, T))
    np.testing.assert_allclose(run.balance.entered_upper[0], -out * HOUR, atol=1e-20)
    lost = equation.places(grid, run.ys[0])[-1] - 20e-6
    np.testing.assert_allclose(lost, -4e-10 * HOUR, rtol=1e-10)
    assert float(run.balance.defect) < 1e-13
    assert float(equation.fractions(run.ys[0])[-1, 1]) < 0.3


@pytest.mark.slow
def test_gradients_of_profile_and_faces_against_differences():
    """Fixed steps, so that differences see no change of steps."""
    grid = graded(-150e-6, 150e-6, 60, 0.0, 1e-6)
    couple = step(grid, 0.0, [0.95, 0.05], [0.3, 0.7])
    steps = diffrax.StepTo(ts=HOUR * jnp.linspace(0.0, 1.0, 41) ** 3)

    def value(p, adjoint=None):
        terms = {("A", "B"): [-8e3 * (1 + p[2]), 3e3]}
        law = djx.diffusivity.Multicomponent(
            {"A": 1e-14 * (1 + p[0]), "B": 4e-14 * (1 + p[1])},
            djx.thermo.RedlichKister(("A", "B"), terms),
            correlation=0.7 + 0.1 * p[3],
        )
        equation = LatticeInterdiffusion(law)
        run = djx.solve(
            equation, grid, couple, djx.Anneal(HOUR, T * (1 + 0.01 * p[4])),
            controller=steps, throw=False, adjoint=adjoint,
        )  # fmt: skip
        now = equation.in_space(run)
        profile = jnp.sum(now.at(jnp.array([-8e-6, -2e-6, 3e-6, 9e-6]))[:, 0])
        strain = jnp.sum(equation.strain(run.ys[0]) * jnp.sin(2e5 * grid.centres))
        return jnp.stack([profile, 1e6 * jnp.sum(now.grid.faces[20:31]), strain])

    # Both tracers, L0, the vacancy wind, the temperature.
    p, h = jnp.zeros(5), 1e-4
    push = lambda p: value(p, diffrax.ForwardMode())
    run, ways = jax.jit(value), h * np.eye(5)
    pairs = [(run(p + way) - run(p - way)) / (2 * h) for way in ways]
    differences = np.stack(pairs, axis=1)
    scale = np.abs(differences).max(axis=1, keepdims=True)
    for found in (jax.jit(jax.jacfwd(push))(p), jax.jit(jax.jacrev(value))(p)):
        np.testing.assert_allclose(found / scale, differences / scale, atol=1e-6)


@pytest.mark.slow
def test_one_program_for_all_parameters_and_many_at_once():
    grid = uniform(-30e-6, 30e-6, 30)
    couple = step(grid, 0.0, [0.9, 0.1], [0.2, 0.8])
    traces = []

    @eqx.filter_jit
    def run(first, hot):
        traces.append(1)
        equation = LatticeInterdiffusion(binary(first, 3e-14))
        anneal = djx.Anneal(HOUR, hot)
        field = djx.solve(equation, grid, couple, anneal, throw=False).ys[-1]
        return equation.places(grid, field)

    firsts = jnp.array([1e-14, 2e-14])
    one = jnp.stack([run(first, jnp.asarray(T)) for first in firsts])
    assert len(traces) == 1
    many = eqx.filter_vmap(lambda f: run(f, jnp.asarray(T)))(firsts)
    np.testing.assert_allclose(many, one, atol=1e-11)


@pytest.mark.slow
def test_single_precision():
    grid = uniform(jnp.float32(-30e-6), jnp.float32(30e-6), 30)
    sides = (jnp.asarray(x, jnp.float32) for x in (LEFT, RIGHT))
    couple = step(grid, jnp.float32(0.0), *sides)
    equation, anneal = LatticeInterdiffusion(ternary()), djx.Anneal(HOUR, T)
    run = djx.solve(equation, grid, couple, anneal, throw=False)
    assert run.ys.dtype == jnp.float32 and run.result == djx.RESULTS.successful
    places = equation.places(grid, run.ys[0])
    np.testing.assert_allclose(places[-1], 30e-6, rtol=1e-5)
    assert places.dtype == jnp.float32 and float(run.balance.defect) < 1e-5
    fine = uniform(-30e-6, 30e-6, 30)
    double = djx.solve(equation, fine, step(fine, 0.0, LEFT, RIGHT), anneal)
    np.testing.assert_allclose(places, equation.places(fine, double.ys[0]), atol=1e-8)


GRID = uniform(0.0, 20e-6, 10)
EVEN = jnp.broadcast_to(jnp.array([0.5, 0.5]), (10, 2))
UNMIXING = djx.thermo.regular(("A", "B"), {("A", "B"): 25e3})


@pytest.mark.parametrize(
    ("law", "grid", "start", "words"),
    [
        (binary(), uniform(1e-6, 20e-6, 10, "spherical"), EVEN, "planar.*spherical"),
        (binary(), GRID, 2 * EVEN, "sum to 1.*cell 0"),
        (binary(phase=UNMIXING), GRID, EVEN, "spinodal.*1100 K"),
    ],
)
def test_a_bad_start_gets_a_sentence(law, grid, start, words):
    with pytest.raises(ValueError, match=words):
        djx.solve(LatticeInterdiffusion(law), grid, start, djx.Anneal(HOUR, T))


@pytest.mark.parametrize(
    ("wall", "words"),
    [
        (FixedValue([0.5, 0.5]), "FixedValue.*the lattice passes.*Interdiffusion"),
        (FixedFlux([1e-9, 1e-9, 1e-9]), r"shape \(2,\).*A, B"),
        (djx.grid.Periodic(), "Periodic"),
    ],
)
def test_bad_walls_get_a_sentence(wall, words):
    with pytest.raises(ValueError, match=words):
        LatticeInterdiffusion(binary(), Walls(x=wall))


def test_odd_arguments():
    equation = LatticeInterdiffusion(binary())
    with pytest.raises(TypeError, match="markers"):
        LatticeInterdiffusion(binary(), markers=[0.0])  # pyright: ignore
    for read in (equation.fractions, equation.strain):
        with pytest.raises(ValueError, match=r"\(..., cells, 2\).*A, B"):
            read(EVEN[:, 0])
    with pytest.raises(ValueError, match=r"places.*\(..., 10, 2\)"):
        equation.places(GRID, EVEN[:9])
    with pytest.raises(ValueError, match="x only"):
        LatticeInterdiffusion(binary(), Walls(y=FixedFlux([0.0, 0.0])))
    assert equation.openings(GRID) == ("x lower", "x upper")
    assert equation.markers is None
    assert equation.at_rest(GRID, EVEN, jnp.asarray(T)) is None
