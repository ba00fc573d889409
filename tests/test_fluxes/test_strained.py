"""Strain that drives and speeds: limits, rest, derivatives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax.diffusivity import Interstitial, Point
from diffjax.fluxes import Strained
from diffjax.lattice import (
    bcc_octahedral,
    Landscape,
    neighbour_jumps,
    saddle_dipoles,
    site_dipoles,
)
from diffjax.mechanics import BentBeam, IsotropicStiffness, UniformStrain
from diffjax.potentials import BodyForce, Elastic


IRON = IsotropicStiffness(210e9, 0.3)
HOLES = neighbour_jumps(bcc_octahedral(2.87e-10))
HOT = 600.0
SITE, SADDLE = np.diag([8.0, 3.0, 3.0]), np.diag([4.0, 5.0, 6.0])
BEAM = BentBeam(20.0, IRON)  # strains of 1e-3 at 50 µm


def carbon(site=SITE, saddle=SADDLE):
    return Landscape(
        0.0,
        0.82,
        1e13,
        site_dipoles=site_dipoles(HOLES.crystal, site),
        saddle_dipoles=saddle_dipoles(HOLES, saddle),
    )


def at(x):
    return Point(jnp.asarray(0.0), jnp.asarray(HOT), jnp.asarray(x))


def test_alike_sites_see_the_dipole_and_three_kinds_their_free_energy():
    alike = Strained(Interstitial(HOLES, carbon(4.0 * np.eye(3)), strain=BEAM))
    plain = Elastic(4.0 * jnp.eye(3), BEAM)
    kt = djx.BOLTZMANN_EV * HOT
    for x in (3e-5, -5e-5):
        rise = alike.level(at(x)) - alike.level(at(0.0))
        np.testing.assert_allclose(rise, plain.at(at(x)) / kt, rtol=1e-10)
    # Sites along x, y and z: the mean of their Boltzmann factors.
    parted = Strained(Interstitial(HOLES, carbon(), strain=BEAM))
    e = np.asarray(BEAM.strain(jnp.asarray(5e-5)))
    works = [np.sum(np.roll(np.diag(SITE), k) * np.diag(e)) for k in range(3)]
    exact = -np.log(np.mean(np.exp(np.array(works) / kt)))
    found = parted.level(at(5e-5)) - parted.level(at(0.0))
    np.testing.assert_allclose(found, exact, rtol=1e-10)


def test_the_force_is_the_dipole_at_hand():
    law = Interstitial(HOLES, carbon(), strain=BEAM)
    slope = jax.grad(lambda x: law.energy(at(x)))(2e-5)
    shares = law.landscape.occupancies(HOLES, HOT, 0.0, BEAM.strain(jnp.asarray(2e-5)))
    dipoles = law.landscape.site_dipoles
    gradient = jax.jacfwd(BEAM.strain)(jnp.asarray(2e-5))
    exact = -jnp.einsum("s,sij,ij->", shares, dipoles, gradient)
    np.testing.assert_allclose(slope, exact, rtol=1e-10)


def test_an_even_strain_is_the_strained_law_and_drives_nothing():
    strain = 1e-3 * np.diag([0.5, 1.0, -0.8])
    turn = djx.tensors.rotation_from_euler([0.2, 0.4, 0.1])
    inside = turn.T @ strain @ turn
    flux = Strained(
        Interstitial(HOLES, carbon(), strain=UniformStrain(strain, IRON), rotation=turn)
    )
    plain = Interstitial(HOLES, carbon(), strain=inside, rotation=turn)
    exact = plain.over(0.0, HOT)
    scale = float(jnp.max(exact))
    np.testing.assert_allclose(
        flux.coefficient(at(jnp.zeros(3))), exact, atol=1e-12 * scale
    )
    np.testing.assert_allclose(
        flux.coefficient(at(jnp.zeros(2))), exact[:2, :2], atol=1e-12 * scale
    )
    np.testing.assert_allclose(
        flux.coefficient(at(0.0)), exact[0, 0], atol=1e-12 * scale
    )
    assert float(flux.level(at(1e-5))) == float(flux.level(at(3e-5)))


def test_a_bent_beam_rests_in_boltzmanns_distribution():
    grid = djx.grid.uniform((-5e-5, -5e-5), (5e-5, 5e-5), (10, 6))
    flux = Strained(Interstitial(HOLES, carbon(), strain=BEAM))
    equation = djx.equations.Diffusion(flux)
    generator = equation.generator(grid, HOT)
    level = jax.vmap(jax.vmap(lambda x: flux.level(at(x))))(grid.centres)
    c = jnp.exp(-level)
    residual = jnp.abs(generator.apply(c)) / (-generator.diagonal * c)
    assert float(jnp.max(residual)) < 1e-13
    rest = djx.steady_state(equation, grid, HOT, guess=1e-3).composition
    np.testing.assert_allclose(rest, 1e-3 * c / jnp.mean(c), rtol=1e-12)


def test_other_forces_add():
    law = Interstitial(HOLES, carbon(), strain=BEAM)
    both, alone = Strained(law, BodyForce(1e3)), Strained(law)
    kt = djx.BOLTZMANN_EV * HOT
    np.testing.assert_allclose(
        both.level(at(3e-5)) - alone.level(at(3e-5)), -0.03 / kt, rtol=1e-9
    )


@pytest.mark.slow
def test_derivatives_through_a_run_by_the_dipoles():
    grid = djx.grid.uniform(-5e-5, 5e-5, 12)

    def lopsided(sites, saddles):
        landscape = Landscape(
            0.0, 0.82, 1e13, site_dipoles=sites, saddle_dipoles=saddles
        )
        flux = Strained(Interstitial(HOLES, landscape, strain=BEAM))
        equation = djx.equations.Diffusion(flux)
        start, hold = jnp.full(12, 0.01), djx.Anneal(2e3, HOT)
        run = djx.solve(equation, grid, start, hold, rtol=1e-9)
        return jnp.sum(run.ys[-1] * grid.centres) * 1e5

    given = (
        site_dipoles(HOLES.crystal, SITE),
        saddle_dipoles(HOLES, SADDLE),
    )
    run = jax.jit(jax.value_and_grad(lopsided, argnums=(0, 1)))
    value, slopes = run(*given)
    assert float(jnp.abs(value)) > 0
    for k in range(2):
        way = np.random.default_rng(k).normal(size=given[k].shape)
        way = jnp.asarray(way + np.swapaxes(way, -1, -2))
        h = 1e-3
        moved = lambda s: [g + s * way if i == k else g for i, g in enumerate(given)]
        quotient = (run(*moved(h))[0] - run(*moved(-h))[0]) / (2 * h)
        np.testing.assert_allclose(jnp.sum(slopes[k] * way), quotient, rtol=1e-6)
