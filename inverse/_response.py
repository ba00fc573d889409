"""What an instrument makes of a profile before it is read: blur, averages."""

import abc
from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

import diffjax as djx

from ._parameters import Free
from ._transforms import Identity, Log


Width = Float[Array, ""] | Free
Predict = Callable[[Float[Array, " n"]], Float[Array, " n"]]
_LEGENDRE = np.polynomial.legendre.leggauss(5)
_HERMITE = np.polynomial.hermite_e.hermegauss(11)
_FEWER = np.polynomial.hermite_e.hermegauss(7)
_LAGUERRE = np.polynomial.laguerre.laggauss(8)


class AbstractResponse(eqx.Module):
    """How an instrument sees a profile: as averages of what is there.

    Its widths are numbers that are held or, each, a [`inverse.Free`][], which becomes a
    local parameter of the experiment. The body is taken to go on beyond its surface as
    the law of the experiment says.

    To add one: subclass this and write the two methods.
    """

    @abc.abstractmethod
    def widths(self) -> dict[str, Width]:
        """Its widths in m, a number that is held or a `Free`, by the names of their
        fields."""

    @abc.abstractmethod
    def apply(
        self,
        predict: Predict,
        positions: Float[Array, " points"],
        widths: dict[str, Float[Array, ""]],
    ) -> Float[Array, " points"]:
        """What is read at `positions`.

        **Arguments:**

        - `predict`: from positions in m to the values there; any number of them.
        - `positions`: in m; shape `(points,)`.
        - `widths`: in m, by name.

        **Returns:**

        In the unit of the values; shape `(points,)`.
        """


class GaussianBlur(AbstractResponse):
    r"""A beam, or roughness: the profile convolved with a bell curve.

    $$\bar c(x) = \int c(x - u)\, e^{-u^2/2b^2} \frac{du}{b\sqrt{2\pi}}$$

    by Gauss–Hermite quadrature with 11 nodes: for widths $b$ up to the diffusion length
    $\sqrt{Dt}$ the error is below 1e-4 of the range. Left out of a fit of an error
    function, it makes $D$ too large by $b^2/2t$.
    """

    width: Width

    def __init__(self, width: ArrayLike | Free):
        """**Arguments:**

        - `width`: standard deviation $b > 0$ in m; a scalar, or a [`inverse.Free`][]
            with `init`.

        **Raises:** `ValueError` if it is not > 0, or free without `init`.
        """
        self.width = _width(width, "GaussianBlur(width=...)")

    def widths(self) -> dict[str, Width]:
        """`width` (m)."""
        return {"width": self.width}

    def apply(self, predict, positions, widths):
        """See `AbstractResponse.apply`."""
        nodes, weights = _normal(_HERMITE)
        return _mean(predict, positions, widths["width"] * nodes[None, :], weights)


class SIMS(AbstractResponse):
    r"""Depth response of sputtering: exponentials up and down, and a bell curve.

    What lies at one depth is read over depths that differ by $u$, with density

    $$g = \frac{1}{\lambda_u + \lambda_d} \begin{cases} e^{u/\lambda_u} & u < 0 \\
        e^{-u/\lambda_d} & u > 0 \end{cases}$$

    convolved with a bell curve of standard deviation $b$. Gauss–Laguerre quadrature
    with 8 nodes on each side and Gauss–Hermite with 7: meant for lengths below
    $\sqrt{Dt}/2$.
    """

    lead: Width
    trail: Width
    sigma: Width

    def __init__(
        self,
        lead: ArrayLike | Free,
        trail: ArrayLike | Free,
        sigma: ArrayLike | Free,
    ):
        r"""**Arguments:**

        - `lead`: $\lambda_u > 0$, over which it is read too early, in m.
        - `trail`: $\lambda_d > 0$, over which it is read too late (mixing), in m.
        - `sigma`: $b > 0$ in m.

        Each is a scalar, or a [`inverse.Free`][] with `init`.

        **Raises:** `ValueError` if one is not > 0, or free without `init`.
        """
        self.lead = _width(lead, "SIMS(lead=...)")
        self.trail = _width(trail, "SIMS(trail=...)")
        self.sigma = _width(sigma, "SIMS(sigma=...)")

    def widths(self) -> dict[str, Width]:
        """`lead`, `trail` and `sigma` (m)."""
        return {"lead": self.lead, "trail": self.trail, "sigma": self.sigma}

    def apply(self, predict, positions, widths):
        """See `AbstractResponse.apply`."""
        lead, trail = widths["lead"], widths["trail"]
        nodes, weights = _normal(_FEWER)
        depth, share = map(jnp.asarray, _LAGUERRE)
        both = jnp.concatenate([lead * depth, -trail * depth])
        parts = jnp.concatenate([lead * share, trail * share]) / (lead + trail)
        moves = both[:, None] + widths["sigma"] * nodes[None, :]
        each = (parts[:, None] * weights[None, :]).reshape(-1)
        return _mean(predict, positions, moves.reshape(1, -1), each)


class PixelAverage(AbstractResponse):
    r"""A pixel or a slit: the mean over $x \pm w/2$, by Gauss quadrature (5 nodes)."""

    width: Width

    def __init__(self, width: ArrayLike | Free):
        """**Arguments:**

        - `width`: $w > 0$ in m; a scalar, or a [`inverse.Free`][] with `init`.

        **Raises:** `ValueError` if it is not > 0, or free without `init`.
        """
        self.width = _width(width, "PixelAverage(width=...)")

    def widths(self) -> dict[str, Width]:
        """`width` (m)."""
        return {"width": self.width}

    def apply(self, predict, positions, widths):
        """See `AbstractResponse.apply`."""
        nodes, weights = map(jnp.asarray, _LEGENDRE)
        moves = 0.5 * widths["width"] * nodes[None, :]
        return _mean(predict, positions, moves, 0.5 * weights)


class SectionAverage(AbstractResponse):
    """Serial sections: each value is the mean over the section in which its position
    lies, by Gauss quadrature (5 nodes).
    """

    edges: Float[Array, " edges"]

    def __init__(self, edges: ArrayLike):
        """**Arguments:**

        - `edges`: of the sections, increasing, in m; shape `(sections + 1,)`. A
            position beyond them belongs to the first or the last section.

        **Raises:** `ValueError` if there are fewer than 2, or they do not increase.

        !!! example

            ```python
            edges = jnp.linspace(0.0, 20e-6, 21)
            inv.SectionAverage(edges)  # positions are then the middles
            ```
        """
        where = djx.real(edges)
        if where.ndim != 1 or where.shape[0] < 2:
            raise ValueError(
                "`SectionAverage(edges=...)` must have shape `(sections + 1,)`, at "
                f"least 2 edges; got {where.shape}."
            )
        message = "`SectionAverage(edges=...)` must increase (m)."
        self.edges = djx.require(where, where[1:] > where[:-1], message)

    def widths(self) -> dict[str, Width]:
        """None."""
        return {}

    def apply(self, predict, positions, widths):
        """See `AbstractResponse.apply`."""
        del widths
        last = self.edges.shape[0] - 2
        index = jnp.clip(jnp.searchsorted(self.edges, positions) - 1, 0, last)
        low, high = self.edges[index], self.edges[index + 1]
        nodes, weights = map(jnp.asarray, _LEGENDRE)
        moves = 0.5 * (high - low)[:, None] * nodes[None, :]
        return _mean(predict, 0.5 * (low + high), moves, 0.5 * weights)


def _mean(
    predict: Predict,
    positions: Float[Array, " points"],
    moves: Float[Array, "_ nodes"],
    weights: Float[Array, " nodes"],
) -> Float[Array, " points"]:
    where = positions[:, None] + moves
    return predict(where.reshape(-1)).reshape(where.shape) @ weights


def _normal(rule) -> tuple[Float[Array, " nodes"], Float[Array, " nodes"]]:
    nodes, weights = rule
    return jnp.asarray(nodes), jnp.asarray(weights / np.sum(weights))


def _width(width: ArrayLike | Free, what: str) -> Width:
    """A held width, or a free one that stays positive."""
    if isinstance(width, Free):
        if width.init is None:
            raise ValueError(f"`{what}` needs `Free(init=...)` in m where it is free.")
        scale = 1.0 if width.scale is None and width.prior is None else width.scale
        plain = isinstance(width.transform, Identity)
        return Free(
            transform=Log() if plain else width.transform,
            scale=scale,
            init=width.init,
            prior=width.prior,
            unit="m",
            name=width.name,
        )
    given = djx.real(width)
    return djx.require(given, given > 0, f"`{what}` must be > 0 (m).")
