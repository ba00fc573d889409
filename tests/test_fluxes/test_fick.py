import jax
import jax.numpy as jnp
import numpy as np

from diffjax.diffusivity import Constant, Exponential, Point
from diffjax.fluxes import Face, Fick


def face(cl, cr, kl, kr, gl=1e-6, gr=2e-6):
    return Face(*(jnp.asarray(v) for v in (cl, cr, kl, kr, gl, gr)))


def test_flux_runs_downhill_and_is_exact_for_a_line():
    flux = Fick(Constant(1e-14))
    np.testing.assert_allclose(
        flux.through(face(1.0, 0.4, 1e-14, 1e-14)), 1e-14 * 0.6 / 3e-6, rtol=1e-14
    )


def test_harmonic_is_resistances_in_series():
    flux = Fick(Constant(1e-14), mean="harmonic")
    expected = 0.6 / (1e-6 / 1e-14 + 2e-6 / 1e-16)
    np.testing.assert_allclose(
        flux.through(face(1.0, 0.4, 1e-14, 1e-16)), expected, rtol=1e-14
    )


def test_both_means_agree_for_one_diffusivity():
    f = face(1.0, 0.4, 3e-14, 3e-14)
    a, b = (Fick(Constant(3e-14), m).through(f) for m in ("arithmetic", "harmonic"))
    np.testing.assert_allclose(a, b, rtol=1e-14)


def test_the_coefficient_is_the_law():
    law = Exponential(1e-14, 2.0)
    point = Point(jnp.asarray(0.3), jnp.asarray(1000.0), jnp.asarray(0.0))
    np.testing.assert_allclose(Fick(law).coefficient(point), law.at(point))
    assert jax.grad(lambda l: Fick(l).coefficient(point))(law).slope > 0
