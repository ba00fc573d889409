"""Where a closed body comes to rest: Boltzmann's distribution."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .._checks import in_precision
from ..grid import Grid, NoFlux, Periodic, Walls
from ._network import Network


def closed(walls: Walls, grid: Grid) -> bool:
    """Whether matter can neither enter nor leave through any wall.

    **Arguments:**

    - `walls`, `grid`: of a body.
    """
    pairs = walls.along(grid.dimension)
    shut = all(isinstance(wall, NoFlux | Periodic) for pair in pairs for wall in pair)
    return shut and isinstance(walls.surface, NoFlux)


@eqx.filter_jit
def at_rest(
    network: Network,
    start: Float[Array, "*cells"],
    temperature: Float[Array, ""],
    labels: np.ndarray | Array | None = None,
    count: int = 1,
) -> Float[Array, "*cells"]:
    r"""Boltzmann's distribution of an amount over the cells of a closed body.

    $$c_i = e^{-\psi_i}\, \frac{\sum_j v_j c_j^0}{\sum_j v_j e^{-\psi_j}}$$

    It rests on any network of bonds in detailed balance; without a force it is even.

    **Arguments:**

    - `network`: its level does not depend on the composition.
    - `start`: $c^0$, which has the amount; shape `(*cells,)`.
    - `temperature`: in K.
    - `labels`: which piece of the body each cell belongs to, where there are several:
        each keeps its own amount; shape `(*cells,)`.
    - `count`: how many pieces there are (no unit).

    **Returns:** the field; shape `(*cells,)`.
    """
    network = in_precision(network, start.dtype)
    grid = network.grid
    volumes = jnp.broadcast_to(grid.volumes, grid.shape).astype(start.dtype)
    volumes = volumes / jnp.max(volumes)
    if grid.solid is not None:
        volumes = jnp.where(grid.solid, volumes, 0.0)
    level = network.seen(start, temperature, jnp.zeros_like(temperature)).level
    if level is None:
        level = jnp.zeros_like(start)
    pieces = jnp.zeros(grid.shape, int) if labels is None else jnp.asarray(labels)
    over = lambda reduce, x: reduce(x.ravel(), pieces.ravel(), num_segments=count)
    # The lowest cell counts as 0, whatever the energies are measured from.
    lowest = jax.lax.stop_gradient(over(jax.ops.segment_min, level))[pieces]
    share = jnp.exp(lowest - level)
    amounts = over(jax.ops.segment_sum, volumes * start)
    sums = over(jax.ops.segment_sum, volumes * share)
    # A cell of the void is a piece of its own, and stays as it is.
    mean = jnp.where(sums > 0, amounts / jnp.where(sums > 0, sums, 1.0), 0.0)
    return jnp.where(volumes > 0, mean[pieces] * share, start)
