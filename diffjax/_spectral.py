"""Exact propagation of a uniform body, mode by mode."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ._anneal import AbstractAnneal
from ._reduced import integral
from .diffusivity import Point
from .equations import AbstractEquation, Diffusion
from .grid import Grid, NoFlux, Periodic
from .linear import AxisModes, Separable


def fits(equation: AbstractEquation, grid: Grid) -> None:
    """Checks that a problem has modes of its own.

    **Arguments:**

    - `equation`, `grid`: as for [`diffjax.solve`][].

    **Raises:** `ValueError` that says what stands in the way.
    """

    def refuse(why: str) -> None:
        raise ValueError(f"`solve(method=Spectral())` needs {why}.")

    if not isinstance(equation, Diffusion):
        refuse("a `diffjax.equations.Diffusion`")
    assert isinstance(equation, Diffusion)
    if grid.geometry != "planar" or not grid.even or grid.solid is not None:
        refuse("a planar grid of equal cells without a mask")
    if equation.source is not None or equation.held is not None:
        refuse("a body without sources and held cells")
    network = equation.network(grid)
    if network.driven:
        refuse("a body without forces")
    if not network.alike:
        refuse("a diffusivity that depends on the temperature alone")
    walls = [w for pair in equation.walls.along(grid.dimension) for w in pair]
    if not all(isinstance(w, NoFlux | Periodic) for w in walls):
        refuse("closed or periodic walls")
    if network.order == 2 and not all(network.periodic):
        refuse("periodic walls on all axes where the diffusivity is a full tensor")


def propagate(
    equation: AbstractEquation,
    grid: Grid,
    start: Float[Array, "*cells"],
    anneal: AbstractAnneal,
    times: Float[Array, " times"],
) -> Float[Array, " times *cells"]:
    """The field at some times, exactly; see [`diffjax.stepping.Spectral`][].

    **Arguments:** as for [`diffjax.solve`][], checked by `fits`.

    **Returns:** cell averages; shape `(times, *cells)`.
    """
    assert isinstance(equation, Diffusion)
    network = equation.network(grid)
    nothing = jnp.zeros((), dtype=start.dtype)
    corner = grid.centres[(0,) * grid.dimension]
    law = lambda hot: network.flux.coefficient(
        Point(nothing, hot.astype(start.dtype), corner)
    )
    spread = integral(law, anneal, times)
    widths = jnp.stack([axis.widths[0] for axis in grid.axes])
    if network.order == 2:
        return jax.lax.map(lambda d: _fourier(start, d, widths), spread)
    d = grid.dimension
    modes = tuple(
        AxisModes(n, ("periodic", "periodic") if wraps else ("closed", "closed"))
        for n, wraps in zip(grid.shape, network.periodic)
    )

    def one(spread):
        rates = jnp.broadcast_to(spread, (d,)) / widths**2
        unit = jnp.ones((), dtype=start.dtype)
        return Separable(modes, rates).propagator(unit, continuum=True)(start)

    return jax.lax.map(one, spread)


def _fourier(
    start: Float[Array, "*cells"],
    spread: Float[Array, "d d"],
    widths: Float[Array, " d"],
) -> Float[Array, "*cells"]:
    """Periodic on all axes, with a full tensor times time (m²)."""
    d = start.ndim
    waves = []
    for axis, n in enumerate(start.shape):
        count = jnp.fft.rfftfreq(n) if axis == d - 1 else jnp.fft.fftfreq(n)
        form = [1] * d
        form[axis] = -1
        waves.append(
            (2 * jnp.pi * count.astype(start.dtype) / widths[axis]).reshape(form)
        )
    decay = jnp.zeros((1,) * d, dtype=start.dtype)
    for i in range(d):
        for j in range(d):
            decay = decay + spread[i, j] * waves[i] * waves[j]
    modes = jnp.fft.rfftn(start)
    modes = modes * jnp.exp(-decay).astype(modes.dtype)
    return jnp.fft.irfftn(modes, start.shape).astype(start.dtype)
