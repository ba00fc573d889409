r"""Linear problems whose diffusivity depends on time through one factor only.

With $D(T, x) = f(T)\, D_0(x)$ the field depends on $\tau = \int f\,dt$ alone: the
problem is marched in $\tau$, where nothing changes in time any more.
"""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ._anneal import AbstractAnneal, Anneal
from ._depends import depends_on
from .diffusivity import AbstractDiffusivity, Activated, Constant, Point, Scaled
from .equations import AbstractEquation, Diffusion
from .fluxes import Fick
from .grid import FixedValue, NoFlux, Periodic


_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(48)


def integral(
    rate: Callable[[Float[Array, ""]], Float[Array, "*shape"]],
    anneal: AbstractAnneal,
    times: Float[Array, " times"],
) -> Float[Array, " times *shape"]:
    r"""$\int_0^t r(T(t'))\,dt'$ at some times of an anneal.

    **Arguments:**

    - `rate`: $r$, of the temperature (K); any unit, any shape.
    - `anneal`: the temperature history.
    - `times`: in s, increasing; shape `(times,)`.

    **Returns:** the integrals, in the unit of `rate` times s.

    **Error:** Gauss quadrature with 48 points between times and corners: round-off for
    a ramp over which an Arrhenius law changes by 30 orders of magnitude.
    """
    corners = anneal.corners.astype(times.dtype)
    edges = jnp.sort(jnp.concatenate([jnp.zeros_like(times[:1]), corners, times]))
    widths = edges[1:] - edges[:-1]
    nodes = jnp.asarray(0.5 * (_POINTS + 1), dtype=times.dtype)
    weights = jnp.asarray(0.5 * _WEIGHTS, dtype=times.dtype)
    inside = edges[:-1, None] + widths[:, None] * nodes[None]
    hot = jax.vmap(jax.vmap(anneal.temperature_at))(inside)
    values = jax.vmap(jax.vmap(rate))(hot)
    parts = jnp.einsum("s,p,sp...->s...", widths, weights, values)
    sums = jnp.concatenate([jnp.zeros_like(parts[:1]), jnp.cumsum(parts, axis=0)])
    return sums[jnp.searchsorted(edges, times, side="right") - 1]


class Reduced(eqx.Module):
    """A problem in reduced time.

    **Attributes:**

    - `equation`: with a diffusivity that does not change in time.
    - `anneal`: as long as the true history.
    - `times`: the save times, in reduced time; shape `(times,)`.
    """

    equation: AbstractEquation
    anneal: AbstractAnneal
    times: Float[Array, " times"]


def reducible(equation: AbstractEquation, anneal: AbstractAnneal) -> bool:
    """Whether a problem changes in time through one factor of its diffusivity only.

    **Arguments:**

    - `equation`: of any body.
    - `anneal`: the temperature history.
    """
    if not isinstance(equation, Diffusion) or not isinstance(equation.flux, Fick):
        return False
    walls = (equation.walls.x, equation.walls.y, equation.walls.z)
    everywhere = [w for pair in walls for w in pair] + [equation.walls.surface]
    still = all(
        isinstance(w, NoFlux | Periodic)
        or (isinstance(w, FixedValue) and not callable(w.value))
        for w in everywhere
    )
    (warms,) = depends_on(anneal.temperature_at, jnp.zeros(()))
    if not (still and warms) or equation.source is not None:
        return False
    return _factors(equation.flux.law) is not None


def reduce(
    equation: AbstractEquation, anneal: AbstractAnneal, times: Float[Array, " times"]
) -> Reduced:
    """A problem in reduced time.

    **Arguments:**

    - `equation`: one that is `reducible`.
    - `anneal`: the temperature history.
    - `times`: at which fields are saved, the last of them the end, in s.
    """
    assert isinstance(equation, Diffusion) and isinstance(equation.flux, Fick)
    parts = _factors(equation.flux.law)
    assert parts is not None
    factor, law = parts
    nowhere = jnp.zeros((), dtype=times.dtype)
    clock = lambda hot: factor.at(Point(nowhere, hot.astype(times.dtype), nowhere))
    reduced = integral(clock, anneal, times)
    # Scaled to the true duration, so that nothing is of another size than before.
    mean = reduced[-1] / times[-1]
    constant = eqx.tree_at(lambda c: c.value, Constant(1.0), mean)
    flux = Fick(Scaled(law, constant), equation.flux.mean)
    moved = eqx.tree_at(lambda e: e.flux, equation, flux)
    hot = jnp.asarray(anneal.temperature_at(jnp.zeros_like(times[0])))
    hold = eqx.tree_at(
        lambda a: (a.hold, a.temperature), Anneal(1.0, 1.0), (times[-1], hot)
    )
    return Reduced(moved, hold, reduced / mean)


def _factors(
    law: AbstractDiffusivity,
) -> tuple[AbstractDiffusivity, AbstractDiffusivity] | None:
    """A factor of the temperature alone, and a law of the position alone."""
    one = Constant(1.0)
    if isinstance(law, Activated):
        pair = Activated(one, law.activation, law.reference_temperature), law.law
    elif isinstance(law, Scaled):
        pair = law.factor, law.law
    else:
        pair = law, one
    by_composition, _, by_position = _dependence(pair[0])
    inner_composition, inner_temperature, _ = _dependence(pair[1])
    if by_composition or by_position or inner_composition or inner_temperature:
        return None
    point = Point(*(jnp.zeros(()),) * 3)
    return pair if jax.eval_shape(pair[0].at, point).shape == () else None


def _dependence(law: AbstractDiffusivity) -> tuple[bool, ...]:
    """On composition, temperature and position; yes to all where that is not known."""
    for dimension in ((), (1,), (2,), (3,)):
        try:
            return depends_on(
                lambda c, hot, x: law.at(Point(c, hot, x)),
                jnp.zeros(()),
                jnp.ones(()),
                jnp.zeros(dimension),
            )
        except (TypeError, IndexError, ValueError):
            continue
    return True, True, True
