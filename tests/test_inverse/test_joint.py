"""A joint transform of one's own: it needs five methods and nothing else."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

import inverse as inv


class Circle(inv.AbstractJointTransform):
    """Two numbers on a circle of radius 1, as one angle."""

    def size(self, shapes):
        return 1

    def forward(self, arrays):
        x, y = arrays
        return jnp.arctan2(y, x)[None]

    def inverse(self, free, shapes):
        return jnp.cos(free[0]), jnp.sin(free[0])

    def report(self, arrays):
        return jnp.stack(arrays)

    def parts(self, name, shapes):
        return inv.Part(f"{name}_x"), inv.Part(f"{name}_y")


class Pointer(eqx.Module):
    x: Float[Array, ""]
    y: Float[Array, ""]


def test_two_numbers_that_are_one():
    angle, sigma = 0.7, 1e-3
    readings = inv.Readings(jnp.array([np.cos(angle) + np.sin(angle)] * 2), sigma)
    data = inv.Measured(readings, lambda m, local, at: (m.x + m.y) * jnp.ones(2))
    start = Pointer(jnp.asarray(1.0), jnp.asarray(0.0))
    free = inv.Free(("x", "y"), Circle(), name="n")
    found = inv.fit(start, data, free, start="model")
    assert found.names == ("n_x", "n_y") and found.covariance.shape == (2, 2)
    np.testing.assert_allclose(found["n_x"].value, np.cos(angle), rtol=1e-6)
    # The angle's error, sigma/sqrt(2) over the slope, carried to both.
    error = sigma / np.sqrt(2) / abs(np.cos(angle) - np.sin(angle))
    np.testing.assert_allclose(found["n_x"].stderr, error * np.sin(angle), rtol=1e-5)
    np.testing.assert_allclose(found.correlation[0, 1], -1.0, rtol=1e-9)
    # The interval of the profile likelihood, from sin and its inverse.
    profiled, half = found.profile("n_y"), 1.959964 * sigma / np.sqrt(2)
    level = np.cos(angle) + np.sin(angle) + half * np.array([-1.0, 1.0])
    ends = np.sin(np.arcsin(level / np.sqrt(2)) - np.pi / 4)
    np.testing.assert_allclose([profiled.lower, profiled.upper], ends, rtol=1e-6)
