r"""The symmetric central scheme."""

import itertools

import jax.numpy as jnp
from jaxtyping import Array, Float

from ..linear import Offset
from ._scheme import AbstractScheme, axis_crossings, Crossing, Family, unit


class Central(AbstractScheme):
    r"""Differences over the nearest cells and the diagonals of cell faces.

    The energy $\tfrac12 \nabla c^T D \nabla c$ of each cell is the mean over its
    corners, each with the one-sided differences beside it. What follows is symmetric
    and positive semidefinite for any tensor field, reaches one cell, and needs no
    search; but diagonal bonds have either sign, so that **no maximum principle** holds:
    next to steep gradients of strongly anisotropic bodies the field under- and
    overshoots.

    **Error:** second order in the cell width, on smooth fields up to walls that are
    closed, held at a value or passed by a given flux; the smaller error of both schemes
    where the anisotropy is large.
    """

    def families(self, tensor: Float[Array, "*cells d d"]) -> list[Family]:
        """Axes, then both diagonals of each pair of axes."""
        dimension = tensor.shape[-1]
        here = (0,) * dimension
        out = [
            Family(unit(k, dimension), here, unit(k, dimension), tensor[..., k, k])
            for k in range(dimension)
        ]
        for a, b in itertools.combinations(range(dimension), 2):
            for sign in (1, -1):
                first, second = unit(a, dimension), unit(b, dimension, sign)
                both = tuple(x + y for x, y in zip(first, second))
                # A cell couples its neighbours along both axes: read there.
                half = 0.5 * sign * tensor[..., a, b]
                out.append(Family(both, first, second, half))
        return out

    def crossings(
        self, tensor: Float[Array, "*cells d d"], axis: int, outward: int
    ) -> list[Crossing]:
        """Straight through the wall, half a cell away."""
        return axis_crossings(axis, outward, tensor)

    def along_closed(
        self, tensor: Float[Array, "*face d d"], axis: int, outward: int
    ) -> list[tuple[Offset, Float[Array, "*face"]]]:
        r"""Half of each cell loses $D_{an} D_{nb} / D_{nn}$."""
        del outward
        dimension, normal = tensor.shape[-1], tensor[..., axis, axis]
        others = [k for k in range(dimension) if k != axis]
        out = []
        for a in others:
            less = -0.5 * tensor[..., a, axis] ** 2 / normal
            out.append((unit(a, dimension), less))
        for a, b in itertools.combinations(others, 2):
            for sign in (1, -1):
                both = zip(unit(a, dimension), unit(b, dimension, sign))
                less = tensor[..., a, axis] * tensor[..., b, axis] / normal
                out.append((tuple(x + y for x, y in both), -0.25 * sign * less))
        return out

    def along_flux(
        self, tensor: Float[Array, "*face d d"], axis: int, outward: int
    ) -> Float[Array, "*face d"]:
        """Half a cell times the slope of the flux."""
        normal = tensor[..., axis, axis, None]
        carried = 0.5 * outward * tensor[..., axis, :] / normal
        return carried.at[..., axis].set(0.0)

    def reduced_by(self, tensor: Float[Array, "*cells d d"]) -> Float[Array, ""]:
        """Nothing is ever left out."""
        return jnp.zeros((), dtype=tensor.dtype)
