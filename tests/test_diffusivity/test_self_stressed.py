"""Diffusion with the stress that its own profile makes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate

import diffjax as djx
from diffjax.diffusivity import Constant, SelfStressed
from diffjax.mechanics import IsotropicStiffness, sphere_stress

from ..helpers import validation_row


BODY = IsotropicStiffness(100e9, 0.3)
BETA, VOLUME, HOT, D = 0.03, 5e-30, 300.0, 1e-14
LAW = SelfStressed(Constant(D), BODY, BETA, VOLUME)
THETA = 2 * 100e9 * BETA * VOLUME / (3 * 0.7 * djx.BOLTZMANN * HOT)


def test_its_coupling_and_its_limits():
    np.testing.assert_allclose(LAW.coupling(HOT), THETA, rtol=1e-13)
    assert 1 < THETA < 5
    c = jnp.linspace(0.0, 1.0, 5)
    np.testing.assert_allclose(LAW.over(c, HOT), D * (1 + THETA * c), rtol=1e-13)
    plain = SelfStressed(Constant(D), BODY, BETA, 0.0)
    np.testing.assert_allclose(plain.over(c, HOT), D, rtol=1e-15)
    # Vacancies shrink the lattice, and spread faster for it as well.
    small = SelfStressed(Constant(D), BODY, -BETA, -VOLUME)
    np.testing.assert_allclose(small.over(c, HOT), LAW.over(c, HOT), rtol=1e-13)


def test_through_a_film_at_rest():
    walls = djx.grid.Walls(x=(djx.grid.FixedValue(0.8), djx.grid.FixedValue(0.1)))
    grid = djx.grid.uniform(0.0, 2e-6, 40)
    rest = djx.steady_state(djx.equations.Diffusion(LAW, walls), grid, HOT, guess=0.4)
    exact = D / 2e-6 * (0.7 + THETA / 2 * (0.8**2 - 0.1**2))
    np.testing.assert_allclose(rest.through("x lower"), exact, rtol=2e-4)


def test_a_sphere_beside_its_stress_solved_with_it():
    cells, radius, rate, time = 40, 1e-6, 2e-8, 12.0
    grid = djx.grid.uniform(0.0, radius, cells, "spherical")
    walls = djx.grid.Walls(x=(djx.grid.NoFlux(), djx.grid.FixedFlux(-rate)))
    equation = djx.equations.Diffusion(LAW, walls)
    start = jnp.full(cells, 0.05)
    run = djx.solve(equation, grid, start, djx.Anneal(time, HOT), rtol=1e-8, atol=1e-10)
    # The other way: the stress of all shells in each step, its gradient as a force.
    faces, volumes = np.asarray(grid.faces), np.asarray(grid.volumes)
    areas, h = 4 * np.pi * faces**2, radius / cells
    stress = jax.jit(lambda c: sphere_stress(c, grid.faces, BODY, BETA).hydrostatic)

    def change(t, c):
        sigma = np.asarray(stress(c))
        pull = (sigma[1:] - sigma[:-1]) * VOLUME / (djx.BOLTZMANN * HOT)
        flux = -D / h * (np.diff(c) - 0.5 * (c[1:] + c[:-1]) * pull)
        flux = np.concatenate([[0.0], flux, [-rate]])
        return -np.diff(areas * flux) / volumes

    other = scipy.integrate.solve_ivp(
        change, (0, time), np.asarray(start), "BDF", rtol=1e-8, atol=1e-11
    ).y[:, -1]
    assert other[-1] - other[0] > 0.1
    error = float(np.max(abs(np.asarray(run.ys[-1]) - other)))
    assert error < 1e-6
    validation_row(
        "uptake of a sphere with its own stress, largest absolute",
        "SciPy BDF with the gradient of `sphere_stress` as a force",
        None,
        error,
        "40 shells, c up to 0.9",
    )
    plain = djx.equations.Diffusion(Constant(D), walls)
    alone = djx.solve(plain, grid, start, djx.Anneal(time, HOT))
    assert float(alone.ys[-1][-1] - alone.ys[-1][0]) > 1.3 * (other[-1] - other[0])


def test_slopes_against_central_differences():
    def value(x):
        body = IsotropicStiffness(x[0] * 1e9, 0.3)
        law = SelfStressed(Constant(D), body, x[1], x[2] * 1e-30)
        return law.over(0.3, HOT) / D

    at, h = jnp.array([100.0, 0.03, 5.0]), 1e-4
    forward, back = jax.jit(jax.jacfwd(value))(at), jax.jit(jax.grad(value))(at)
    run = jax.jit(value)
    for k in range(3):
        step = h * at[k] * jnp.eye(3)[k]
        quotient = (run(at + step) - run(at - step)) / (2 * h * at[k])
        np.testing.assert_allclose(forward[k], quotient, rtol=1e-7)
        np.testing.assert_allclose(back[k], quotient, rtol=1e-7)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="sign of `expansion`"):
        SelfStressed(Constant(D), BODY, 0.03, -1e-30)
    with pytest.raises(ValueError, match=r"expansion=...\)` must be one finite number"):
        SelfStressed(Constant(D), BODY, np.nan, 1e-30)
