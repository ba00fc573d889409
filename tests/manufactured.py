"""Manufactured solutions: smooth fields in bodies whose tensors turn.

One implicit step of a given length, with sources and walls such that its end is known.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import scipy.sparse as sparse
import scipy.sparse.linalg as solvers

import diffjax as djx
from diffjax.grid import Exchange, FixedFlux, FixedValue, NoFlux, Periodic, Walls
from diffjax.schemes import Monotone


LENGTH, SPEED = 1e-4, 1e-14
ANNEAL = djx.Anneal(1.0, 1000.0)
KINDS = ("periodic", "value", "flux", "flux and value", "exchange", "closed")


def turning(dimension, anisotropy, varying=True):
    """A function of position (m): a tensor (m²/s) that turns along each axis."""

    def tensor(x):
        wave = lambda k: jnp.sin(2 * jnp.pi * x[k] / LENGTH + 0.3 * k)
        shift = 0.5 * wave(0) * wave(1) if varying else 0.0 * x[0]
        values = jnp.linspace(1.0, 1.0 / anisotropy, dimension)
        size = SPEED * (1 + 0.3 * wave(1)) if varying else SPEED
        if dimension == 2:
            turn = djx.tensors.rotation(0.4 + shift)
        else:
            shift = shift * (1 + 0.5 * wave(2)) if varying else shift
            turn = djx.tensors.rotation_from_euler(
                jnp.stack([0.4 + shift, 0.7 - shift, 0.5 + 0.5 * shift])
            )
        return size * turn @ (values[:, None] * turn.T)

    return tensor


def field(kind, x):
    """A field without symmetries; of the periods of the body where walls are."""
    if kind == "periodic":
        waves = [
            jnp.sin(2 * jnp.pi * p / LENGTH + 0.3 + 0.5 * k) for k, p in enumerate(x)
        ]
        return jnp.prod(jnp.stack(waves)) + 0.5 * waves[-1]
    z = x[2] / LENGTH if x.shape[0] == 3 else 0.0
    x, y = x[0] / LENGTH, x[1] / LENGTH
    return jnp.cos(1.3 * x + 0.2 + z) * jnp.exp(0.7 * y) + 0.3 * jnp.sin(
        2 * x * y + 1.5 * z
    )


def walls(kind, dimension, value, flux):
    """Walls that the field fits: of its values, and fluxes (functions of position)."""
    through = lambda axis, out: lambda t, x: out * flux(x)[axis]
    rate = 3 * SPEED / LENGTH
    held = FixedValue(lambda t, x: value(x))
    pairs = []
    for axis in range(dimension):
        flows = [FixedFlux(through(axis, out)) for out in (-1, 1)]
        films = [
            Exchange(rate, lambda t, x, f=through(axis, out): value(x) - f(t, x) / rate)
            for out in (-1, 1)
        ]
        pairs.append(
            {
                "periodic": Periodic(),
                "value": held,
                "flux": tuple(flows),
                "flux and value": (held, held) if axis else tuple(flows),
                "value and periodic": Periodic() if axis else held,
                "exchange": tuple(films),
                "all": [(held, flows[1]), (flows[0], films[1]), (held, held)][axis],
                "closed": NoFlux(),
            }[kind]
        )
    return Walls(*pairs)


def error_of(kind, anisotropy, cells, scheme, box=(1.0, 1.0), varying=True, level=None):
    """Relative errors of one implicit step: root mean square, and largest.

    `box` times `cells` along each axis; `level` is a potential over kT, a function of
    position.
    """
    dimension = len(box)
    tensor = turning(dimension, anisotropy, varying)
    value = lambda x: field(kind, x)
    shape = tuple(round(cells * b) for b in box)
    grid = djx.grid.uniform((0.0,) * dimension, (LENGTH,) * dimension, shape)
    slope = jax.grad(value)
    if level is not None:
        slope = lambda x: jax.grad(value)(x) + value(x) * jax.grad(level)(x)
    flux = lambda x: -tensor(x) @ slope(x)
    if varying:
        law = djx.diffusivity.Custom(lambda c, T, x: tensor(x))
    else:
        law = djx.diffusivity.Tensor(tensor(jnp.zeros(dimension)))
    if level is not None:
        law = djx.fluxes.Drift(law, lambda x, T: djx.BOLTZMANN_EV * T * level(x))
    if isinstance(scheme, Monotone):
        widths = LENGTH / np.asarray(shape)
        scaled = np.asarray(mapped(tensor, grid)) / np.outer(widths, widths)
        scheme = Monotone(offsets=djx.tensors.offsets_of(scaled))
    equation = djx.equations.Diffusion(
        law, walls(kind, dimension, value, flux), scheme=scheme
    )
    return step_error(equation, grid, value, flux)


def step_error(equation, grid, value, flux):
    """The errors of one step of an equation, towards `value` with sources to match."""
    rate = 5 * SPEED / LENGTH**2
    divergence = lambda x: jnp.trace(jax.jacfwd(flux)(x))
    exact, made = mapped(lambda x: (value(x), divergence(x)), grid)
    found = implicit(equation, grid, exact * rate + made, rate)
    error = found - np.asarray(exact)
    size = np.sqrt(np.mean(np.asarray(exact) ** 2))
    return float(np.sqrt(np.mean(error**2)) / size), float(np.abs(error).max() / size)


def implicit(equation, grid, right, rate):
    """Solves (rate - L) c = right + walls, with a matrix and refinement."""
    walls, generator = parts(equation, grid, jnp.zeros_like(right))
    matrix = generator.sparse()
    shifted = rate * sparse.eye_array(matrix.shape[0]) - matrix
    factors = solvers.splu(shifted.tocsc())
    solve = lambda x: factors.solve(np.asarray(x).ravel()).reshape(right.shape)
    found, worst = solve(right + walls), np.inf
    for _ in range(60):
        change = parts(equation, grid, jnp.asarray(found))[0]
        step = solve(right - rate * found + change)
        found, worst = found + step, np.abs(step).max()
        if worst < 1e-10 * np.abs(found).max():
            return found
    raise AssertionError(f"the refinement does not converge: {worst}")


_QUICKLY = {"xla_backend_optimization_level": 0}


@eqx.filter_jit(compiler_options=_QUICKLY)  # pyright: ignore[reportCallIssue]
def parts(equation, grid, field):
    """Rate of change of a field, and the generator, of an equation that is ready."""
    term, zero = equation.term(grid, ANNEAL), jnp.zeros((), field.dtype)
    return term.balance(zero, field)[0], term.generator(zero, field)


def mapped(function, grid):
    """A function of position, at the centres of all cells."""
    for _ in range(grid.dimension):
        function = jax.vmap(function)
    return jax.jit(function)(grid.centres)
