import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax.diffusivity import Point
from diffjax.potentials import Soret


HEAT, HOT, COLD, LENGTH = 0.3, 1200.0, 800.0, 1e-3
LOCAL = lambda x: HOT + (COLD - HOT) * x / LENGTH


def test_the_drift_is_that_of_a_heat_of_transport():
    drift = djx.fluxes.Drift(djx.diffusivity.Constant(1e-14), Soret(HEAT, LOCAL))
    level = lambda x: drift.level(Point(jnp.asarray(0.0), jnp.asarray(1000.0), x))
    x = 0.3 * LENGTH
    exact = HEAT / (djx.BOLTZMANN_EV * LOCAL(x) ** 2) * (COLD - HOT) / LENGTH
    np.testing.assert_allclose(jax.grad(level)(x), exact, rtol=1e-12)


def test_particles_gather_on_the_cold_side():
    drift = djx.fluxes.Drift(djx.diffusivity.Constant(1e-14), Soret(HEAT, LOCAL))
    grid = djx.grid.uniform(0.0, LENGTH, 50)
    rest = djx.steady_state(djx.equations.Diffusion(drift), grid, 1000.0, guess=0.1)
    x = grid.centres
    exact = np.exp(HEAT / (djx.BOLTZMANN_EV * LOCAL(x)))
    np.testing.assert_allclose(rest.composition, 0.1 * exact / exact.mean(), rtol=1e-12)
    assert rest.composition[-1] > rest.composition[0]


def test_a_temperature_of_zero_is_no_potential():
    drift = djx.fluxes.Drift(
        djx.diffusivity.Constant(1e-14), Soret(HEAT, lambda x: 0.0 * x)
    )
    grid = djx.grid.uniform(0.0, LENGTH, 4)
    equation = djx.equations.Diffusion(drift)
    with pytest.raises(ValueError, match=r"potential must be finite.*cell \(0,\)"):
        djx.steady_state(equation, grid, 1000.0, guess=0.1)
    with pytest.raises(ValueError, match=r"Soret\(heat="):
        Soret(jnp.inf, LOCAL)
