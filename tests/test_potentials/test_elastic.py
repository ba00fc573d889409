"""Particles in elastic fields."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax.diffusivity import Point
from diffjax.mechanics import BentBeam, EdgeDislocation, IsotropicStiffness
from diffjax.potentials import Elastic, Stress


STEEL = IsotropicStiffness(210e9, 0.3)
LINE = EdgeDislocation([2.5e-10, 0, 0], [0, 0, 1], STEEL, core_radius=2.5e-10)
VOLUME = 8e-30


def energy(potential, x):
    return potential.at(Point(jnp.asarray(0.0), jnp.asarray(600.0), jnp.asarray(x)))


def test_an_isotropic_dipole_is_a_relaxation_volume():
    bulk = float(STEEL.bulk_modulus) / djx.ELEMENTARY_CHARGE
    dipole = Elastic(bulk * VOLUME * jnp.eye(3), LINE)
    for x in ([1e-9, 2e-9], [-3e-9, 0.5e-9]):
        np.testing.assert_allclose(
            energy(dipole, x), energy(Stress(VOLUME, LINE), x), rtol=1e-12
        )
    # Large atoms are bound below the half plane, by some tenths of an eV.
    assert -1.0 < float(energy(Stress(VOLUME, LINE), [0.0, -5e-10])) < -0.1


def test_solutes_gather_where_a_dislocation_stretches_the_lattice():
    grid = djx.grid.uniform((-4e-9, -4e-9), (4e-9, 4e-9), (24, 24))
    flux = djx.fluxes.Drift(djx.diffusivity.Constant(1e-18), Stress(VOLUME, LINE))
    rest = djx.steady_state(djx.equations.Diffusion(flux), grid, 600.0, guess=1e-3)
    low, high = rest.composition[:, :12].sum(), rest.composition[:, 12:].sum()
    assert float(low) > 10 * float(high)
    np.testing.assert_allclose(rest.composition.mean(), 1e-3, rtol=1e-12)


@pytest.mark.slow
def test_derivatives_through_a_run_by_volume_and_burgers_vector():
    grid = djx.grid.uniform(-1e-4, 1e-4, 20)

    def lopsided(volume, curvature):
        pull = Stress(volume, BentBeam(curvature, STEEL))
        flux = djx.fluxes.Drift(djx.diffusivity.Constant(1e-10), pull)
        equation = djx.equations.Diffusion(flux)
        start = jnp.full(20, 0.01)
        run = djx.solve(equation, grid, start, djx.Anneal(30.0, 300.0), rtol=1e-9)
        return jnp.sum(run.ys[-1] * grid.centres) * 1e4

    run = jax.jit(lopsided)
    slopes = jax.jit(jax.grad(lopsided, argnums=(0, 1)))(VOLUME, 1.0)
    for k, (at, h) in enumerate(((VOLUME, 1e-3 * VOLUME), (1.0, 1e-3))):
        up, down = [VOLUME, 1.0], [VOLUME, 1.0]
        up[k], down[k] = at + h, at - h
        quotient = (run(*up) - run(*down)) / (2 * h)
        np.testing.assert_allclose(slopes[k], quotient, rtol=1e-6)


def test_sentences():
    with pytest.raises(ValueError, match=r"Stress\(volume="):
        Stress(jnp.nan, LINE)
    with pytest.raises(ValueError, match=r"shape \(3, 3\) \(eV\); got \(3,\)"):
        Elastic(jnp.ones(3), LINE)
    lopsided = jnp.eye(3).at[0, 1].set(1.0)
    with pytest.raises(ValueError, match="must be symmetric"):
        Elastic(lopsided, LINE)
