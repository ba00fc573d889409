"""A couple with D(c) on 500 cells, to a relative error of 1e-4: we and our peers.

The same grid, the same law, the same error for all: each method runs with the loosest
setting that brings its error in time to 1e-4 (relative, root mean square), measured
against one tight reference on that grid. Run: `python benchmarks/couple.py` (FiPy joins
in if it is installed: `pip install ".[bench]"`).
"""

import sys
from typing import Any

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
from common import fastest, record, show
from scipy.integrate import solve_ivp

import diffjax as djx


jax.config.update("jax_enable_x64", True)

CELLS, HALF, TIME, TARGET = 500, 1.2e-3, 3.6e5, 1e-4
KNOTS = np.linspace(0.0, 1.0, 5)
VALUES = np.array([5.0, 4.3, 3.6, 2.6, 1.0]) * 1e-13
GRID = djx.grid.uniform(-HALF, HALF, CELLS)
START = djx.grid.step(GRID, 0.0, 0.0, 1.0)
ANNEAL = djx.Anneal(TIME, 1273.15)
H = 2 * HALF / CELLS


def ours(log_values, rtol, adjoint=None):
    law = djx.diffusivity.LogSpline(KNOTS, jnp.exp(log_values))
    equation = djx.equations.Diffusion(law)
    solution = djx.solve(
        equation, GRID, START, ANNEAL, rtol=rtol, adjoint=adjoint, throw=False
    )
    return solution.ys[-1]


def numpy_rate():
    """The right-hand side as someone would write it by hand with NumPy."""
    from scipy.interpolate import CubicSpline

    spline = CubicSpline(KNOTS, np.log(VALUES), bc_type="natural")

    def rate(t, c):
        del t
        d = np.exp(spline(c))
        flux = -0.5 * (d[1:] + d[:-1]) * np.diff(c) / H
        out = np.zeros_like(c)
        out[1:] += flux / H
        out[:-1] -= flux / H
        return out

    return rate


def lsoda(rtol):
    rate = numpy_rate()
    return lambda: solve_ivp(
        rate,
        (0.0, TIME),
        np.asarray(START),
        method="LSODA",
        t_eval=[TIME],
        rtol=rtol,
        atol=rtol,
        lband=1,
        uband=1,
    ).y[:, -1]


def explicit_euler():
    """Compiled, at its stability limit: the fairest explicit march there is."""
    law = djx.diffusivity.LogSpline(KNOTS, VALUES)
    steps = int(np.ceil(TIME * VALUES.max() / (0.49 * H**2)))

    @jax.jit
    def march():
        def step(_, c):
            d = law.over(c, 1273.15)
            flux = -0.5 * (d[1:] + d[:-1]) * jnp.diff(c) / H
            change = jnp.pad(flux, (1, 0)) - jnp.pad(flux, (0, 1))
            return c + (TIME / steps / H) * change

        return jax.lax.fori_loop(0, steps, step, START)

    return march, steps


def fipy_implicit(steps):
    """Backward Euler with two sweeps per step, as in FiPy's own examples."""
    import fipy  # pyright: ignore[reportMissingImports]

    mesh = fipy.Grid1D(nx=CELLS, dx=H)
    start: Any = np.asarray(START)
    c = fipy.CellVariable(mesh=mesh, value=start, hasOld=True)
    knots = (KNOTS - KNOTS[0]) / (KNOTS[-1] - KNOTS[0])
    law = djx.diffusivity.LogSpline(KNOTS, VALUES)
    a, b, *weights = np.asarray(law.basis @ law.log_values)
    face = c.arithmeticFaceValue
    log_d = a + b * face
    for knot, weight in zip(knots, weights):
        log_d = log_d + weight * fipy.numerix.maximum(face - knot, 0.0) ** 3
    equation = fipy.TransientTerm() == fipy.DiffusionTerm(fipy.numerix.exp(log_d))

    def march():
        c.setValue(start)
        # Steps that grow as t ~ n²: the best choice for a step in the initial state.
        times = TIME * (np.arange(steps + 1) / steps) ** 2
        for dt in np.diff(times):
            c.updateOld()
            for _ in range(2):
                equation.sweep(var=c, dt=dt)
        return np.array(c.value)

    return march


def main() -> None:
    at = jnp.log(jnp.asarray(VALUES))
    reference = np.asarray(ours(at, 1e-9))
    error = lambda c: float(np.linalg.norm(c - reference) / np.linalg.norm(reference))

    settings = (3e-2, 1e-2, 5e-3, 3e-3, 1e-3, 5e-4, 3e-4, 1e-4)
    mine = next(r for r in settings if error(ours(at, r)) <= TARGET)
    theirs = next(
        r
        for r in (1e-3, 5e-4, 2e-4, 1e-4, 5e-5, 2e-5, 1e-5, 1e-6)
        if error(lsoda(r)()) <= TARGET
    )
    law = djx.diffusivity.LogSpline(KNOTS, VALUES)
    equation = djx.equations.Diffusion(law)
    door = lambda: djx.solve(equation, GRID, START, ANNEAL, rtol=mine).ys
    forward = jax.jit(lambda p: ours(p, mine))
    loss = lambda p: jnp.sum((ours(p, mine) - 0.3) ** 2)
    reverse = jax.jit(jax.grad(loss))
    jacobian = jax.jit(
        jax.jacfwd(lambda p: ours(p, mine, adjoint=diffrax.ForwardMode()))
    )
    times = fastest(
        {
            "diffjax": lambda: forward(at),
            "diffjax, front door": door,
            "reverse gradient": lambda: reverse(at),
            "Jacobian, 5 parameters": lambda: jacobian(at),
            "scipy LSODA, banded": lsoda(theirs),
        },
        30,
    )
    couple = lambda: djx.equations.similarity(law, 0.0, 1.0, 1273.15).composition
    times |= fastest({"similarity, front door": couple}, 30)
    march, steps = explicit_euler()
    times |= fastest({"explicit Euler, compiled": march}, 3)
    errors = {
        "diffjax": error(forward(at)),
        "scipy LSODA, banded": error(lsoda(theirs)()),
        "explicit Euler, compiled": error(np.asarray(march())),
    }
    try:
        for count in (50, 100, 200, 400, 800, 1600):
            fipy = fipy_implicit(count)
            if error(fipy()) <= TARGET or count == 1600:
                errors["FiPy, implicit"] = error(fipy())
                times |= fastest({"FiPy, implicit": fipy}, 1)
                break
    except ImportError:
        print("FiPy is not installed: left out", file=sys.stderr)
    base = times["diffjax"]
    ratios = {name: time / base for name, time in times.items()}
    show("time in ms", times)
    show("relative to diffjax", ratios)
    show("relative error", errors)
    settings = {"rtol": mine, "LSODA rtol": theirs, "Euler steps": steps}
    show("settings", settings)
    record("couple", dict(ms=times, ratios=ratios, errors=errors, settings=settings))


if __name__ == "__main__":
    main()
