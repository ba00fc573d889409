"""What the tests of the closed forms share: numbers of a real experiment, residuals."""

import itertools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np


D = 1e-14  # m²/s
HOUR = 3600.0  # s
UM = 1e-6  # m


def residual(fn: Callable, position, time, diffusivity: float, axes: int = 1):
    """Largest |c_t - D (c'' + (axes - 1) c'/x)| over the largest |c_t|, row by row.

    `fn(x, t)`; `axes`: 1 plate, 2 cylinder, 3 sphere. Each row is one time.
    """
    slope = jax.grad(fn)

    @jax.jit
    @jax.vmap
    def at(x, t):
        one = jnp.ones_like(t)
        _, c_t = jax.jvp(lambda t: fn(x, t), (t,), (one,))
        c_x, c_xx = jax.jvp(lambda x: slope(x, t), (x,), (one,))
        if axes > 1:
            c_xx = c_xx + (axes - 1) * c_x / x
        return c_t - diffusivity * c_xx, c_t

    x, t = np.broadcast_arrays(np.asarray(position, float), np.asarray(time, float))
    r, c_t = (
        np.max(np.abs(y).reshape(-1, x.shape[-1]), axis=-1)
        for y in map(np.asarray, at(jnp.ravel(x), jnp.ravel(t)))
    )
    assert np.all(c_t > 0)
    return float(np.max(r / c_t))


def slopes_agree(fn: Callable, *values, rtol: float = 1e-7) -> None:
    """jvp and vjp against central differences, in every argument of a scalar `fn`.

    An argument may be a tuple of numbers: all combinations are tried.
    """
    x = np.array(list(itertools.product(*map(np.atleast_1d, values))), dtype=float)
    scale = jnp.asarray(np.where(x == 0, 1e-6, np.abs(x)))
    f = lambda u, scale: fn(*(u[i] * scale[i] for i in range(len(values))))
    value = jax.jit(jax.vmap(f))
    u = jnp.asarray(x) / scale
    step, eye = 1e-4, jnp.eye(len(values))[:, None]
    move = lambda a: np.array([value(u + a * step * e, scale) for e in eye])
    central = (8 * (move(1) - move(-1)) - (move(2) - move(-2))).T / (12 * step)
    size = np.max(np.abs(central), axis=1, keepdims=True)
    assert np.all(size > 0)
    for derivative in (jax.jacfwd, jax.jacrev):
        slopes = jax.jit(jax.vmap(derivative(f)))(u, scale)
        np.testing.assert_allclose(slopes / size, central / size, rtol=0, atol=rtol)


def slopes_finite(fn: Callable, *values) -> None:
    """No NaN or infinity in value and vjp in float64, nor in jvp in float32.

    An argument may be a tuple of numbers: all combinations are tried.
    """
    x = np.array(list(itertools.product(*map(np.atleast_1d, values))), dtype=float)
    every = tuple(range(len(values)))
    both = lambda f: jax.value_and_grad(f, every)
    cases = (jnp.float64, both), (jnp.float32, _forward(every))
    for dtype, derivative in cases:
        columns = tuple(jnp.asarray(column, dtype) for column in x.T)
        out = jax.jit(jax.vmap(derivative(fn)))(*columns)
        finite = np.all([np.isfinite(leaf) for leaf in jax.tree.leaves(out)], axis=0)
        assert np.all(finite), (dtype, derivative, x[~finite])


def _forward(arguments: tuple[int, ...]) -> Callable:
    return lambda fn: jax.jacfwd(fn, arguments)


def gauss(fn: Callable, lower: float, upper: float, pieces: int = 40) -> float:
    """Integral of `fn` over `[lower, upper]` by Gauss's rule on equal pieces."""
    nodes, weights = np.polynomial.legendre.leggauss(20)
    edges = np.linspace(lower, upper, pieces + 1)
    half = np.diff(edges) / 2
    x = (edges[:-1] + half)[:, None] + half[:, None] * nodes
    return float(np.sum(np.asarray(fn(x)) * weights * half[:, None]))
