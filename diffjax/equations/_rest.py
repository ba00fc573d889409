"""Where a closed body comes to rest: Boltzmann's distribution."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ..grid import Grid, NoFlux, Periodic
from ..linear import AbstractGenerator
from ._network import Network


def one_piece(grid: Grid, generator: AbstractGenerator) -> bool:
    """Whether bonds lead from every cell of the body to every other.

    **Arguments:**

    - `grid`: with or without a mask.
    - `generator`: of the body; its rates are known numbers.
    """
    void = 0 if grid.solid is None else int(jnp.sum(~grid.solid))
    # A cell of the void is a piece of its own.
    return generator.pieces() == 1 + void


def closed(network: Network) -> bool:
    """Whether matter can neither enter nor leave through any wall.

    **Arguments:**

    - `network`: a flux on a grid.
    """
    pairs = network.walls.along(network.grid.dimension)
    shut = all(isinstance(wall, NoFlux | Periodic) for pair in pairs for wall in pair)
    return shut and isinstance(network.walls.surface, NoFlux)


def at_rest(
    network: Network,
    start: Float[Array, "*cells"],
    temperature: Float[Array, ""],
) -> Float[Array, "*cells"]:
    r"""Boltzmann's distribution of an amount over the cells of a closed body.

    $$c_i = e^{-\psi_i}\, \frac{\sum_j v_j c_j^0}{\sum_j v_j e^{-\psi_j}}$$

    It rests on any network of bonds in detailed balance; without a force it is even.

    **Arguments:**

    - `network`: in one piece; its level does not depend on the composition.
    - `start`: $c^0$, which has the amount; shape `(*cells,)`.
    - `temperature`: in K.

    **Returns:** the field; shape `(*cells,)`.
    """
    grid = network.grid
    volumes = jnp.broadcast_to(grid.volumes, grid.shape).astype(start.dtype)
    volumes = volumes / jnp.max(volumes)
    if grid.solid is not None:
        volumes = jnp.where(grid.solid, volumes, 0.0)
    level = network.seen(start, temperature, jnp.zeros_like(temperature)).level
    if level is None:
        level = jnp.zeros_like(start)
    # The lowest cell counts as 0, whatever the energies are measured from.
    lowest = jax.lax.stop_gradient(jnp.min(jnp.where(volumes > 0, level, jnp.inf)))
    occupied = jnp.where(volumes > 0, level - lowest, 0.0)
    share = jnp.where(volumes > 0, jnp.exp(-occupied), 0.0)
    mean = jnp.sum(volumes * start) / jnp.sum(volumes * share)
    return jnp.where(volumes > 0, mean * share, start)
