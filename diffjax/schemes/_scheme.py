"""What a scheme is: a way to turn a tensor into bonds between cells."""

import abc

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from ..linear import Offset


class Family(eqx.Module):
    """The bonds of one offset, before the flux gives them a rate.

    **Attributes:**

    - `offset`: from the cell where a bond starts to the one where it ends.
    - `left`, `right`: where the bond reads its two coefficients, from its start.
    - `coefficient`: in 1/s, of every cell, or of all cells alike; shape `(*cells,)` or
        `()`.
    """

    offset: Offset = eqx.field(static=True)
    left: Offset = eqx.field(static=True)
    right: Offset = eqx.field(static=True)
    coefficient: Float[Array, "..."]


class Crossing(eqx.Module):
    """Bonds that leave through one wall from one layer of cells.

    **Attributes:**

    - `layer`: counted from the wall, which bonds of the first layer cross half a cell
        away.
    - `shift`: from the cell to where its bond meets the wall, in cells along each axis.
    - `share`: of the wall's face, which the flux along these bonds passes; no unit;
        shape of the wall or `()`.
    - `offset`: of the bonds, outwards.
    """

    layer: int = eqx.field(static=True)
    shift: tuple[float, ...] = eqx.field(static=True)
    offset: Offset = eqx.field(static=True)
    share: Float[Array, "..."]


class AbstractScheme(eqx.Module):
    r"""How a full tensor becomes bonds on a uniform grid.

    Tensors come scaled by the widths of the cells, $\tilde D_{ij} = D_{ij} / (h_i h_j)$
    (1/s). Axis-aligned ones need no scheme: each axis has its own bonds.

    To add a scheme: subclass this, and put every field and method in that class.
    """

    @abc.abstractmethod
    def families(self, tensor: Float[Array, "*cells d d"]) -> list[Family]:
        """The bonds between the cells.

        **Arguments:**

        - `tensor`: scaled, in 1/s; shape `(*cells, d, d)`, or `(d, d)` for all cells.

        **Returns:** one [`diffjax.schemes.Family`][] per offset, axes first.
        """

    @abc.abstractmethod
    def crossings(
        self, tensor: Float[Array, "*cells d d"], axis: int, outward: int
    ) -> list[Crossing]:
        """The bonds through one wall.

        **Arguments:**

        - `tensor`: as for `families`.
        - `axis`: normal to the wall.
        - `outward`: 1 for the upper wall, -1 for the lower.

        **Returns:** a [`diffjax.schemes.Crossing`][] for each, with shares of no unit.
        """

    @abc.abstractmethod
    def along_closed(
        self, tensor: Float[Array, "*face d d"], axis: int, outward: int
    ) -> list[tuple[Offset, Float[Array, "*face"]]]:
        """What a closed wall adds to the coefficients of the layer beside it.

        There the flux along the wall is the whole flux, and bonds that would carry part
        of it are cut off.

        **Arguments:** as for `crossings`, with the tensor of the first layer of cells.

        **Returns:** pairs of offset (along the wall) and coefficient, in 1/s.
        """

    @abc.abstractmethod
    def along_flux(
        self, tensor: Float[Array, "*face d d"], axis: int, outward: int
    ) -> Float[Array, "*face d"] | None:
        r"""How far a flux through the wall is carried along it, in cells.

        Where the tensor couples both directions, a flux out through the wall goes with
        one along it.

        **Arguments:** as for `along_closed`.

        **Returns:** cells along each axis (0 along the normal); shape `(*face, d)`; or
        `None` where the crossings tell it all.
        """

    @abc.abstractmethod
    def reduced_by(self, tensor: Float[Array, "*cells d d"]) -> Float[Array, ""]:
        """The largest part of any tensor that these bonds do not carry; no unit.

        0 where the scheme is whole.
        """


def axis_families(rates: Float[Array, "*cells d"]) -> list[Family]:
    """The bonds of an axis-aligned tensor: one offset per axis.

    **Arguments:**

    - `rates`: scaled principal values, in 1/s; shape `(*cells, d)` or `(d,)`.

    **Returns:** one [`diffjax.schemes.Family`][] per axis.
    """
    dimension = rates.shape[-1]
    return [
        Family(
            unit(axis, dimension),
            (0,) * dimension,
            unit(axis, dimension),
            rates[..., axis],
        )
        for axis in range(dimension)
    ]


def axis_crossings(
    axis: int, outward: int, like: Float[Array, "..."]
) -> list[Crossing]:
    """The bonds of an axis-aligned tensor through one wall.

    **Arguments:**

    - `axis`, `outward`: as for `AbstractScheme.crossings`.
    - `like`: an array of the wanted precision; shape `(..., d)`.
    """
    dimension = like.shape[-1]
    step = unit(axis, dimension, outward)
    half = tuple(0.5 * e for e in step)
    return [Crossing(0, half, step, jnp.ones((), dtype=like.dtype))]


def unit(axis: int, dimension: int, length: int = 1) -> Offset:
    """So many cells along one axis."""
    return tuple(length * (k == axis) for k in range(dimension))
