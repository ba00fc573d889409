r"""The monotone scheme: every bond has a rate that is not negative."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from ..linear import Offset
from ..tensors import missing, offsets_within, on_offsets, selling
from ._scheme import AbstractScheme, Crossing, Family, unit


class Monotone(AbstractScheme):
    r"""Selling's decomposition: the tensor as jumps that all have positive rates.

    $$\tilde D = \sum_e \lambda_e\, e e^T, \qquad \lambda_e \ge 0$$

    Each term is an ordinary second difference along the integer offset $e$. The matrix
    that follows is symmetric with no negative rate, so that **no value ever leaves the
    range of the start and the walls** (explicit steps within their limit, and any
    implicit Euler step), at any anisotropy and angle; it is what a random walker on
    the grid does. The price: offsets reach about $\sqrt\kappa / 2$ cells, with
    $\kappa$ the ratio of the largest to the smallest eigenvalue, and the error is that
    of a mesh coarser by as much.

    **Error:** second order in the cell width (root mean square) inside and with
    periodic walls, walls of fixed value, closed walls, walls of fixed flux and, in two
    dimensions, exchanging walls; between first and second order in the cells beside
    walls.
    """

    offsets: tuple[Offset, ...] | None = eqx.field(static=True, default=None)
    reach: int | None = eqx.field(static=True, default=None)

    def __init__(
        self,
        reach: int | None = None,
        offsets: tuple[Offset, ...] | None = None,
    ):
        """**Arguments:**

        - `reach`: bonds reach at most so many cells along each axis. By default what
            the tensors need, up to 8; where they are traced (inside `jax.jit`, in a
            fit), 3 cells in two dimensions and 2 in three, which serves anisotropies up
            to about 30 and 10 at any angle.
        - `offsets`: the offsets themselves; found by [`diffjax.solve`][] where the
            tensors are known.

        **Raises:** `ValueError` if `reach` is not an integer from 1 on.
        """
        if reach is not None and (not isinstance(reach, int) or reach < 1):
            raise ValueError(
                f"`Monotone(reach=...)` must be an integer >= 1 (cells); got {reach!r}."
            )
        self.reach = reach
        self.offsets = offsets

    def _offsets(self, dimension: int) -> tuple[Offset, ...]:
        if self.offsets is not None:
            return self.offsets
        reach = self.reach or {1: 1, 2: 3, 3: 2}[dimension]
        return offsets_within(reach, dimension)

    def _rates(
        self, tensor: Float[Array, "*cells d d"]
    ) -> tuple[tuple[Offset, ...], Float[Array, " offsets *cells"]]:
        offsets = self._offsets(tensor.shape[-1])
        return offsets, on_offsets(selling(tensor), offsets)

    def families(self, tensor: Float[Array, "*cells d d"]) -> list[Family]:
        """One per offset of the decomposition, each cell's part read at either end."""
        offsets, rates = self._rates(tensor)
        here = (0,) * tensor.shape[-1]
        return [Family(e, here, e, rate) for e, rate in zip(offsets, rates)]

    def crossings(
        self, tensor: Float[Array, "*cells d d"], axis: int, outward: int
    ) -> list[Crossing]:
        """Every bond that leaves, where it meets the wall.

        A bond from layer $j$ leaves after the fraction $(j + 1/2) / |e_n|$ of its
        length and carries $\\lambda_e |e_n| / \\tilde D_{nn}$ of the wall's flux.
        """
        out = []
        dimension = tensor.shape[-1]
        deepest = max(abs(e[axis]) for e in self._offsets(dimension))
        slabs = [layer_of(tensor, layer, axis, outward) for layer in range(deepest)]
        if tensor.ndim == 2:
            offsets, once = self._rates(tensor)
            decomposed = [once] * deepest
        else:
            offsets, all_rates = self._rates(jnp.stack(slabs))
            decomposed = [all_rates[:, layer] for layer in range(deepest)]
        for layer, (slab, rates) in enumerate(zip(slabs, decomposed)):
            for offset, rate in zip(offsets, rates):
                long = abs(offset[axis])
                if long <= layer:
                    continue
                sign = outward * (1 if offset[axis] > 0 else -1)
                away = tuple(sign * e for e in offset)
                fraction = (layer + 0.5) / long
                shift = tuple(fraction * e for e in away)
                share = rate * long / slab[..., axis, axis]
                out.append(Crossing(layer, shift, away, share))
        return out

    def along_closed(
        self, tensor: Float[Array, "*face d d"], axis: int, outward: int
    ) -> list[tuple[Offset, Float[Array, "*face"]]]:
        r"""What the cut bonds would have carried along the wall:

        $$S = \sum_e \lambda_e \tfrac{|e_n|}{2} v_e v_e^T, \qquad
        v_e = e_t - e_n D_{tn} / D_{nn}$$

        (derived from the weak form: without flux through the wall the field varies
        along $v_e$ only). In three dimensions $S$ is put on the axes of the wall and
        the diagonals between them; a coupling too strong for that is reduced.
        """
        del outward
        dimension = tensor.shape[-1]
        offsets, rates = self._rates(tensor)
        slope = tensor[..., :, axis] / tensor[..., axis, axis, None]
        total = jnp.zeros_like(tensor)
        for offset, rate in zip(offsets, rates):
            if not offset[axis]:
                continue
            e = jnp.asarray(offset, dtype=tensor.dtype)
            v = e.reshape((1,) * (slope.ndim - 1) + e.shape) - offset[axis] * slope
            weight = 0.5 * abs(offset[axis]) * rate
            total = total + weight[..., None, None] * v[..., :, None] * v[..., None, :]
        others = [k for k in range(dimension) if k != axis]
        if len(others) == 1:
            a = others[0]
            return [(unit(a, dimension), total[..., a, a])]
        if len(others) == 0:
            return []
        a, b = others
        coupling = total[..., a, b]
        # Diagonals of the plane, the axes take the rest; where that would turn
        # negative, less of the coupling is kept.
        kept = jnp.minimum(
            jnp.minimum(total[..., a, a], total[..., b, b]), abs(coupling)
        )
        out: list[tuple[Offset, Float[Array, "*face"]]] = [
            (unit(a, dimension), total[..., a, a] - kept),
            (unit(b, dimension), total[..., b, b] - kept),
        ]
        for sign in (1, -1):
            both = zip(unit(a, dimension), unit(b, dimension, sign))
            offset = tuple(x + y for x, y in both)
            out.append((offset, jnp.where(sign * coupling > 0, kept, 0.0)))
        return out

    def along_flux(
        self, tensor: Float[Array, "*face d d"], axis: int, outward: int
    ) -> None:
        """Nothing to add: each bond ends where it meets the wall."""
        del tensor, axis, outward
        return None

    def reduced_by(self, tensor: Float[Array, "*cells d d"]) -> Float[Array, ""]:
        """The part of the tensor on offsets beyond the reach."""
        return jnp.max(missing(selling(tensor), self._offsets(tensor.shape[-1])))


def layer_of(
    field: Float[Array, "*cells d d"], layer: int, axis: int, outward: int
) -> Float[Array, "*face d d"]:
    """One layer of cells, counted from a wall; a field equal in all cells as it is.

    **Arguments:**

    - `field`: a tensor field, any unit, or one tensor of shape `(d, d)`.
    - `layer`, `axis`, `outward`: as for [`diffjax.schemes.Crossing`][].
    """
    if field.ndim == 2:
        return field
    index = field.shape[axis] - 1 - layer if outward > 0 else layer
    return jnp.take(field, index, axis=axis)
