r"""Cells that the surface of an inclusion cuts: mixtures of both sides."""

import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from .._checks import require_kinds
from .._shapes import Numbers
from ..grid import Grid
from ._field import stretch
from ._periodic import slopes
from ._stiffness import AbstractStiffness, strain_from_voigt, strain_to_voigt


class CutCells(NamedTuple):
    """An inclusion on a grid.

    **Attributes:**

    - `shares`: of each cell that is inclusion, no unit; shape `(*cells,)`.
    - `eigenstrain`: of the cells, no unit; shape `(*cells, 3, 3)`.
    - `stiffness`: one for all cells where inclusion and body have the same; else
        Voigt's matrices, in Pa; shape `(*cells, 6, 6)`.
    """

    shares: Float[Array, "*cells"]
    eigenstrain: Float[Array, "*cells 3 3"]
    stiffness: Any


def cut_cells(
    grid: Grid,
    level: Callable[[Any], Any],
    misfit: Numbers,
    stiffness: AbstractStiffness,
    inclusion: AbstractStiffness | None = None,
    *,
    smooth: bool = True,
    fine: int = 4,
) -> CutCells:
    r"""An inclusion of any shape on a grid, for [`diffjax.mechanics.grid_fields`][].

    A cell that the surface cuts is a stack of layers of both sides, normal to $n$.
    Strains in the layers differ by $\mathrm{sym}(a\,n^T)$, with $a$ such that both
    pull alike on their interface. With the share $f$, $N a$ for that tensor in Voigt's
    components, $\Delta C = C_1 - C_0$ and $G = N [N^T ((1 - f) C_1 + f C_0) N]^{-1}
    N^T$,

    $$C = f C_1 + (1 - f) C_0 - f (1 - f)\, \Delta C\, G\, \Delta C, \qquad
    C \varepsilon^* = f C_1 \varepsilon_1^* - f (1 - f)\, \Delta C\, G\, C_1
    \varepsilon_1^*$$

    which is exact for a flat surface. Shares have derivatives by what shapes `level`.

    **Arguments:**

    - `grid`: a planar [`diffjax.grid.Grid`][].
    - `level`: a function of the position (m; a scalar on one axis, else shape `(d,)`),
        negative inside, positive outside, zero on the surface, with a slope there; e.g.
        the distance to the surface.
    - `misfit`: $\varepsilon_1^*$, by how much the free inclusion is longer than its
        hole, no unit; a scalar, or symmetric of shape `(3, 3)`.
    - `stiffness`: $C_0$, of the body.
    - `inclusion`: $C_1$, of the inclusion; that of the body by default.
    - `smooth`: whether each share is averaged with those of its neighbours (1/8, 3/4,
        1/8 along every axis, round the period). Without it the surface is sharper, and
        the stress rings further from it.
    - `fine`: parts (no unit) into which a cell is cut along each axis to find its
        share.

    **Returns:** a [`diffjax.mechanics.CutCells`][].

    **Raises:** `ValueError` if the grid is not planar, or the misfit not symmetric.
    """
    door = "cut_cells"
    inclusion = stiffness if inclusion is None else inclusion
    require_kinds(
        door,
        grid=(grid, Grid),
        stiffness=(stiffness, AbstractStiffness),
        inclusion=(inclusion, AbstractStiffness),
    )
    if grid.geometry != "planar":
        raise ValueError(f"`{door}(grid=...)` must be planar; got {grid.geometry}.")
    own = stretch(misfit, f"{door}(misfit=...)", "no unit")
    shares, normals = _shares(grid, level, smooth, fine)
    if inclusion is stiffness:
        every = jnp.broadcast_to(own, (*grid.shape, 3, 3))
        return CutCells(shares, shares[..., None, None] * every, stiffness)
    matrix, pull = _stacked(
        shares, normals, inclusion.matrix, stiffness.matrix, strain_to_voigt(own)
    )
    free = jnp.linalg.solve(matrix, pull[..., None])[..., 0]
    return CutCells(shares, strain_from_voigt(free), matrix)


def _shares(grid, level, smooth, fine):
    """Share and normal of every cell."""
    d = grid.dimension
    places = grid.centres.reshape(-1, d)
    mesh = jnp.meshgrid(*(axis.widths for axis in grid.axes), indexing="ij")
    widths = jnp.stack(mesh, axis=-1).reshape(-1, d)

    def at(x):
        value = lambda y: jnp.asarray(level(y[0] if d == 1 else y)).reshape(())
        return jax.value_and_grad(value)(x)

    def part(x, width):
        """How much of one part lies within, its surface taken as flat."""
        value, slope = at(x)
        reach = jnp.sum(abs(slope) * width)
        flat = ~(reach > 0)
        safe = jnp.where(flat, 1.0, reach)
        share = jnp.clip(0.5 - value / safe, 0.0, 1.0)
        return jnp.where(flat, (value < 0).astype(share.dtype), share)

    steps = (np.arange(fine) + 0.5) / fine - 0.5
    offsets = np.array(list(itertools.product(steps, repeat=d)))

    def add(total, offset):
        here = jax.vmap(lambda x, w: part(x + offset * w, w / fine))(places, widths)
        return total + here, None

    start = jnp.zeros(len(places), places.dtype)
    total, _ = lax.scan(add, start, jnp.asarray(offsets, places.dtype))
    shares = (total / len(offsets)).reshape(grid.shape)
    if smooth:
        for k in range(d):
            both = jnp.roll(shares, 1, axis=k) + jnp.roll(shares, -1, axis=k)
            shares = 0.75 * shares + 0.125 * both
    slope = jax.vmap(lambda x: at(x)[1])(places)
    size = jnp.sum(slope**2, axis=-1, keepdims=True)
    known = size > 0
    normal = slope / jnp.sqrt(jnp.where(known, size, 1.0))
    any_way = jnp.broadcast_to(jnp.eye(1, d, dtype=slope.dtype), slope.shape)
    normal = jnp.where(known, normal, any_way)
    normal = jnp.pad(normal, ((0, 0), (0, 3 - d)))
    return shares, normal.reshape(*grid.shape, 3)


def _stacked(shares, normals, within, without, free):
    """Stiffness (Pa) of each stack of layers, and the stress of its eigenstrain."""
    f = shares[..., None, None]
    lift = lambda m: jnp.broadcast_to(m, (*shares.shape, *m.shape))
    basis = jnp.eye(3, dtype=normals.dtype)
    ways = jnp.stack([slopes(normals, basis[j]) for j in range(3)], axis=-1)
    across = jnp.swapaxes(ways, -1, -2)
    swapped = (1 - f) * lift(within) + f * lift(without)
    stiff = across @ swapped @ ways
    contrast = lift(within - without)
    part = f * (1 - f) * (contrast @ ways @ jnp.linalg.solve(stiff, across))
    matrix = f * lift(within) + (1 - f) * lift(without) - part @ contrast
    own = lift(within @ free)[..., None]
    pull = (f * own - part @ own)[..., 0]
    return 0.5 * (matrix + jnp.swapaxes(matrix, -1, -2)), pull
