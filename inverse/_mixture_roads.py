"""How a couple of mixtures is solved, and what is read from the solution."""

from collections.abc import Callable
from typing import NamedTuple

import diffrax
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

import diffjax as djx

from ._experiments import kept


Ends = tuple[Float[Array, " n"], Float[Array, " n"]]
_STEPS = 100


class Seen(NamedTuple):
    """What a solution says of a couple.

    - `fractions`: of all components at places at the end of the anneal; no unit.
    - `moved`: where each marker is at a time of its own, in m.
    - `speed`: of the lattice at places and times, in m/s.

    Places are in m from the joint, times in s; shapes `(points,)`.
    """

    fractions: Callable[[Float[Array, " points"]], Float[Array, "points n"]]
    moved: Callable[[Float[Array, " points"]], Float[Array, " points"]]
    speed: Callable[
        [Float[Array, " points"], Float[Array, " points"]], Float[Array, " points"]
    ]


def by_similarity(
    law: djx.diffusivity.Multicomponent,
    ends: Ends,
    starts: Float[Array, " markers"] | None,
    anneal: djx.AbstractAnneal,
    cells: int,
) -> Seen:
    """A couple at one temperature, without a march.

    **Arguments:**

    - `law`: tracers and a phase.
    - `ends`: fractions of the left and the right side; shape `(n,)`.
    - `starts`: places of the markers at the start, in m from the joint.
    - `anneal`: one hold.
    - `cells`: of the grid in the Boltzmann variable; no unit.

    **Error:** second order in `1 / cells`.
    """
    hot = anneal.temperature_at(jnp.zeros(()))
    found = djx.equations.mixture_similarity(law, *ends, hot, cells=cells, throw=False)

    def fractions(depth):
        return kept(found.at(depth, anneal.duration), found.result)

    def pace(eta):
        return djx.grid.interpolate(found.faces, found.speed, eta)

    def speed(depth, time):
        root = jnp.sqrt(time)
        return kept(pace(depth / root) / root, found.result)

    def moved(time):
        assert starts is not None
        return kept(_carried(pace, found.faces[-1], starts, time), found.result)

    return Seen(fractions, moved, speed)


def _carried(
    pace: Callable,
    farthest: Float[Array, ""],
    start: Float[Array, " points"],
    time: Float[Array, " points"],
) -> Float[Array, " points"]:
    r"""Markers in a couple that grows as $\sqrt t$, by Runge's and Kutta's method.

    With $u = \sqrt t$ a marker obeys $dx_m/d\ln u = 2 u\,(v \sqrt t)$, and rests until
    the profile reaches it. Those nearer to the joint than a millionth of the profile
    begin when that is its width: they are swept to the plane on which markers gather.
    """
    last = jnp.sqrt(time)
    first = jnp.clip(jnp.abs(start) / farthest, 1e-6 * last, last)
    h = jnp.log(last / first) / _STEPS
    rate = lambda x, u: 2 * u * pace(x / u)

    def step(x, k):
        u = first * jnp.exp(k * h)
        middle, after = u * jnp.exp(0.5 * h), u * jnp.exp(h)
        a = rate(x, u)
        b = rate(x + 0.5 * h * a, middle)
        c = rate(x + 0.5 * h * b, middle)
        return x + h / 6 * (a + 2 * b + 2 * c + rate(x + h * c, after)), None

    return jax.lax.scan(step, start, jnp.arange(_STEPS, dtype=start.dtype))[0]


def by_march(
    law: djx.diffusivity.Multicomponent,
    ends: Ends,
    starts: Float[Array, " markers"] | None,
    anneal: djx.AbstractAnneal,
    faces: Float[Array, " faces"],
    times: Float[Array, " times"],
    forward: bool,
) -> Seen:
    """A couple under any temperature history, step by step.

    **Arguments:** as in `by_similarity`, and

    - `faces`: of the grid, in m from the joint.
    - `times`: all at which something is asked, the last of them the end, in s.
    - `forward`: differentiate in forward mode.

    **Error:** second order in the width of the cells; of markers that start on the
    joint first order in the width there.
    """
    grid = djx.grid.from_faces(faces)
    # A march refuses fractions below 0, where a fit may step: it is then told so.
    inside = jnp.stack([jnp.all((x >= 0) & (x <= 1)) for x in ends]).all()
    left, right = (jnp.where(inside, x, 1 / x.shape[0]) for x in ends)
    equation = djx.equations.Interdiffusion(law, markers=starts)
    solution = djx.solve(
        equation,
        grid,
        djx.grid.step(grid, jnp.zeros(()), left, right),
        anneal,
        save_at=times,
        rtol=1e-5,
        atol=1e-7,
        adjoint=diffrax.ForwardMode() if forward else None,
        throw=False,
    )
    number = lambda time: jnp.searchsorted(times, time)
    told = lambda values: kept(jnp.where(inside, values, jnp.nan), solution.result)

    def fractions(depth):
        return told(solution.at(depth))

    def moved(time):
        assert solution.markers is not None
        found = solution.markers[number(time), jnp.arange(time.shape[0])]
        return told(found)

    def speed(depth, time):
        hot = jax.vmap(anneal.temperature_at)(times)
        rows = jax.vmap(lambda *now: equation.velocity(grid, *now))(
            solution.ys, hot, times
        )
        at = lambda x, k: djx.grid.interpolate(grid.faces, rows[k], x)
        return told(jax.vmap(at)(depth, number(time)))

    return Seen(fractions, moved, speed)
