import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.diffusivity import Point
from diffjax.potentials import BodyForce, Centrifuge


def energy(potential, x):
    point = Point(jnp.asarray(0.0), jnp.asarray(900.0), jnp.asarray(x))
    return potential.at(point)


def test_the_slope_of_a_body_force_is_that_force():
    force = jnp.array([3.0, -2.0, 1.0])
    slope = jax.grad(lambda x: energy(BodyForce(force), x))(jnp.ones(3) * 1e-3)
    np.testing.assert_allclose(-slope, force)
    np.testing.assert_allclose(energy(BodyForce(3.0), 2e-3), -6e-3)


def test_a_rotor_pulls_outwards_with_its_centrifugal_force():
    # Iron that displaces as much aluminium, 50000 turns a minute, 5 cm from the axis.
    mass, speed = 55.845e-3 - 26.98e-3, 2 * np.pi * 50000 / 60
    rotor = Centrifuge(mass, speed)
    slope = jax.grad(lambda x: energy(rotor, x))(0.05)
    newtons = mass / 6.02214076e23 * speed**2 * 0.05
    np.testing.assert_allclose(-slope, newtons / 1.602176634e-19, rtol=1e-12)
    # In three dimensions lengths along the axis do not count.
    around_y = Centrifuge(mass, speed, (0.01, 0.0, 0.0), (0.0, 2.0, 0.0))
    np.testing.assert_allclose(
        energy(around_y, (0.04, 0.7, 0.04)), energy(rotor, 0.05), rtol=1e-12
    )
    single = Centrifuge(*map(np.float32, (mass, speed, 0.0)))
    np.testing.assert_allclose(
        energy(single, np.float32(0.05)), energy(rotor, 0.05), rtol=1e-5
    )


def test_sentences():
    with pytest.raises(ValueError, match=r"shape of a position, \(2,\); got \(3,\)"):
        energy(BodyForce(jnp.ones(3)), jnp.ones(2))
    with pytest.raises(ValueError, match=r"BodyForce\(force="):
        BodyForce(jnp.inf)
    with pytest.raises(ValueError, match=r"Centrifuge\(speed="):
        Centrifuge(0.01, -1.0)
    with pytest.raises(ValueError, match="a vector with a length"):
        Centrifuge(0.01, 1.0, direction=(0.0, 0.0, 0.0))
