"""What bonds that slant, and fluxes that bend, do to the cells beside a wall."""

import itertools
import math

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..linear import extend, inside, shifted
from ..schemes import Crossing
from ._ports import Port


def slants(crossing: Crossing, axis: int) -> bool:
    """Whether bonds meet a wall elsewhere than straight ahead of their cell.

    **Arguments:**

    - `crossing`: of a scheme.
    - `axis`: normal to the wall.
    """
    return any(shift for k, shift in enumerate(crossing.shift) if k != axis)


def landing(
    axis: int,
    crossings: list[Crossing],
    shares: Float[Array, "..."],
    periodic: tuple[bool, ...],
) -> Float[Array, "*face"]:
    """What all bonds bring to each face where they meet the wall.

    **Arguments:**

    - `axis`: of the wall.
    - `crossings`: of a scheme.
    - `shares`: of the cells where the bonds start; no unit; a wall for each crossing.
    - `periodic`: along which axes the grid closes upon itself.

    **Returns:** the same shares, split between the two nearest faces along each axis.
    """
    face = shares.shape[1:]
    others = [k for k in range(len(face) + 1) if k != axis]
    ways = []
    for place, k in enumerate(others):
        shift = np.asarray([crossing.shift[k] for crossing in crossings])
        lower = np.floor(shift).astype(int)
        form = [1] * shares.ndim
        form[0] = len(crossings)
        pair = []
        for step, part in ((lower, 1 - shift + lower), (lower + 1, shift - lower)):
            where = np.arange(face[place]) + step[:, None]
            n = face[place]
            where = where % n if periodic[k] else np.clip(where, 0, n - 1)
            long = [*form]
            long[1 + place] = n
            pair.append((where.reshape(long), part.reshape(form)))
        ways.append(pair)
    total = jnp.zeros(face, dtype=shares.dtype)
    for way in itertools.product(*ways):
        part = math.prod(part for _, part in way)
        if not np.any(part):
            continue
        rows = (np.broadcast_to(where, shares.shape) for where, _ in way)
        weighed = shares * jnp.asarray(part, dtype=shares.dtype)
        total = total.at[tuple(rows)].add(weighed)
    return total


def carried_along(
    port: Port,
    carried: Float[Array, "*face d"],
    periodic: tuple[bool, ...],
) -> Float[Array, "*face"]:
    """What a flux along a wall brings to each cell beside it.

    **Arguments:**

    - `port`: the wall.
    - `carried`: flux along each axis, in composition times cells per s.
    - `periodic`: along which axes the grid closes upon itself.

    **Returns:** composition per s; shape of the wall.
    """
    others = [k for k in range(carried.shape[-1]) if k != port.axis]
    wraps = tuple(periodic[k] for k in others)
    total = jnp.zeros_like(carried[..., 0])
    for place, k in enumerate(others):
        along = carried[..., k]
        reach = tuple(int(i == place) for i in range(len(others)))
        ahead = shifted(extend(along, reach, wraps), reach, reach)
        flow = 0.5 * (along + ahead)
        there = inside(reach, along.shape, wraps)
        if there is not None:
            flow = jnp.where(there, flow, 0.0)
        back = tuple(-step for step in reach)
        behind = shifted(extend(flow, reach, wraps, outside=0.0), back, reach)
        total = total + behind - flow
    return total
