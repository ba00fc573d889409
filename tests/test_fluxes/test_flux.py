import equinox as eqx
import jax.numpy as jnp
import numpy as np

import diffjax as djx
from diffjax.diffusivity import Point
from diffjax.fluxes import AbstractFlux, Face


class Cubic(AbstractFlux):
    """A flux of a user: J = -K (dc/dx)^3, which no law of diffjax can be."""

    strength: jnp.ndarray = eqx.field(converter=jnp.asarray)

    def coefficient(self, point: Point):
        return self.strength * jnp.ones_like(point.composition)

    def through(self, face: Face):
        slope = (face.right - face.left) / (face.left_gap + face.right_gap)
        return -face.left_coefficient * slope**3


def test_a_flux_of_the_user_is_marched_with_exact_bands():
    grid = djx.grid.uniform(0.0, 1e-5, 40)
    start = 0.5 + 0.4 * jnp.cos(np.pi * grid.centres / 1e-5)
    solution = djx.solve(
        djx.equations.Diffusion(Cubic(1e-24)), grid, start, djx.Anneal(2e3, 1000.0)
    )
    np.testing.assert_allclose(solution.balance.amount, solution.balance.start)
    assert float(jnp.ptp(solution.ys[-1])) < 0.9 * float(jnp.ptp(start))
    assert int(solution.stats["num_steps"]) < 60
