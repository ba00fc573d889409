"""Couples in closed form, and slopes against central differences."""

import jax
import jax.numpy as jnp
import jax.scipy.special as jsp
import numpy as np

import inverse as inv


TIME = 3.6e5  # s
MATRIX = np.array([[3e-14, 1e-14], [0.5e-14, 2e-14]])  # m²/s
MIDDLE = np.array([0.3, 0.2])


def ternary(jump, points=401, origin=0.0, reach=0.8e-3):
    """Positions, values and slopes of a ternary couple, from the matrix's modes."""
    d, modes = np.linalg.eig(MATRIX)
    x = jnp.linspace(-reach, reach, points)
    width = 2 * np.sqrt(d * TIME)[None, :]
    share = 0.5 * np.linalg.solve(modes, np.asarray(jump))[None, :]
    c = jnp.asarray(MIDDLE[None, :] + (share * jsp.erf(x[:, None] / width)) @ modes.T)
    bell = 2 / np.sqrt(np.pi) * jnp.exp(-((x[:, None] / width) ** 2)) / width
    return x + origin, c, (share * bell) @ modes.T


def profiles(x, c, sigma=None):
    """One profile of each column."""
    return [inv.Profile(x, column, sigma) for column in jnp.asarray(c).T]


def assert_slopes(function, at, step, rtol=1e-6):
    """Forward and reverse derivatives along one direction, and central differences."""
    way = jnp.asarray(np.random.default_rng(0).normal(size=at.shape))
    run = jax.jit(function)
    quotient = (run(at + step * way) - run(at - step * way)) / (2 * step)
    forward = jax.jit(lambda x: jax.jvp(function, (x,), (way,))[1])(at)
    back = jnp.vdot(jax.jit(jax.grad(function))(at), way)
    np.testing.assert_allclose([forward, back], [quotient, quotient], rtol=rtol)
