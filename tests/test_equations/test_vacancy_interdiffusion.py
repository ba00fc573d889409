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
