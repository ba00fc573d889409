"""A rectangular block of a crystal, seen through its thickness or in a section."""

from collections.abc import Callable, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, ArrayLike, Float, Int, PyTree

import diffjax as djx

from ._experiment import (
    AbstractTraverse,
    as_local,
    law_of,
    Local,
    mean_diffusivity,
    number_of,
)
from ._hold import unknowns, with_starts
from ._oriented import oriented
from ._parameters import Free
from ._profile import Profile
from ._start import Guess, SHARES


class Block(AbstractTraverse):
    r"""A rectangular block that takes up or loses through all of its faces.

    Its edges are principal axes of the diffusivity. A traverse runs along axis $i$
    through the middle of the block. What light shows (FTIR) is the mean along its path
    right through the block, along axis $j$; the third axis is $k$. With $s$ and $f$ the
    unit answers of [`diffjax.exact.slab`][] and [`diffjax.exact.slab_fraction`][],

    $$\frac{c(x) - c_s}{c_0 - c_s} = \left[1 - s_i(x)\right]\, \left[1 - f_j\right]\,
    \left[1 - s_k(L_k/2)\right]$$

    and $1 - s_j(L_j/2)$ in the place of $1 - f_j$ where the middle itself is read.

    **Attributes:** what `Block(...)` was given, and

    - `axes`: $i$, then $j$ and $k$.
    - `averaged`: whether values are means along axis $j$.
    """

    profile: Profile
    anneal: djx.AbstractAnneal
    lengths: Float[Array, "3"]
    axes: Int[Array, "3"]
    averaged: bool = eqx.field(static=True)
    initial: Any
    surface: Any
    origin: Local
    pick: Callable | None = eqx.field(static=True)
    shared: tuple[tuple[str, Callable], ...] = eqx.field(static=True)

    def __init__(
        self,
        profile: Profile,
        anneal: djx.AbstractAnneal,
        lengths: ArrayLike | Sequence[float],
        along: int,
        through: int | None = None,
        initial: ArrayLike | Free | Callable | None = None,
        surface: ArrayLike | Free | Callable | None = 0.0,
        origin: ArrayLike | Free | None = 0.0,
        law: Callable | None = None,
    ):
        r"""**Arguments:**

        - `profile`: values along the traverse; positions from the middle of the block.
        - `anneal`: its temperature history until it was measured, or a
            [`inverse.Hold`][] if it is not known; only $\int D(T(t))\,dt$ matters. Of a
            series on one block: all that was done to it since it was even.
        - `lengths`: edges of the block along its axes 0, 1 and 2, > 0, in m; shape
            `(3,)`.
        - `along`: the axis of the traverse, 0, 1 or 2.
        - `through`: the axis along which each value is a mean through the block;
            `None`: values are those in the middle, as in a section.
        - `initial`: composition everywhere at first, in the unit of the values. A
            number is held; `None`, or a [`inverse.Free`][], is fitted; a function
            picks it from the model, so that traverses of one block share it.
        - `surface`: composition that the faces take at once and keep; as `initial`.
        - `origin`: position of the middle of the block, in m; a number, or free.
        - `law`: picks the law from the model; `None` if the model is the law. It gives
            three principal values or a tensor, of which the diagonal counts, or one
            number, and is read at the composition `initial`.

        **Raises:** `ValueError` if `lengths` are not three numbers > 0, an axis is none
        or there twice, or a position lies outside the block.

        !!! example

            ```python
            law = djx.diffusivity.Anisotropic((1e-11, 1e-13, 1e-12))
            scan = inv.Block(
                profile, djx.Anneal(3.6e4, 1073.15), (2e-3, 2e-3, 3e-3),
                along=0, through=1, initial=1.0,
            )
            inv.fit(law, scan)
            ```
        """
        self.profile, self.anneal, self.pick = profile, anneal, law
        edges = djx.real(lengths)
        if edges.shape != (3,):
            raise ValueError(
                f"`Block(lengths=...)` must hold 3 edges (m); got shape {edges.shape}."
            )
        message = "`Block(lengths=...)` must be finite and > 0 (m)."
        good = (edges > 0) & jnp.isfinite(edges)
        self.lengths = djx.require(edges, good, message)
        rest = [axis for axis in (0, 1, 2) if axis not in (along, through)]
        if along not in (0, 1, 2) or through not in (0, 1, 2, None):
            raise ValueError(
                "`Block(along=..., through=...)` must be axes 0, 1 or 2; got "
                f"{along} and {through}."
            )
        if along == through:
            raise ValueError(
                "`Block(along=..., through=...)` must be two axes; got "
                f"{along} for both."
            )
        order = [along, *([] if through is None else [through]), *rest]
        # An array, so that traverses along all axes share one program.
        self.axes, self.averaged = jnp.asarray(order), through is not None
        given = {"initial": initial, "surface": surface}
        self.shared = tuple((k, v) for k, v in given.items() if callable(v))
        self.initial, self.surface = (
            None if callable(v) else as_local(v, "") for v in given.values()
        )
        self.origin = as_local(origin, "m")
        self._require_inside()

    def _require_inside(self):
        half = 0.5 * float(self.lengths[self.axes[0]])
        off = np.asarray(self.profile.position) - number_of(self.origin, 0.0)
        worst = int(np.argmax(np.abs(off)))
        if abs(off[worst]) > half * (1 + 1e-9):
            raise ValueError(
                f"`Block(profile=...)` must lie inside the block, within {half:g} m of "
                f"its middle along axis {int(self.axes[0])}; point {worst + 1} is "
                f"{off[worst]:g} m away."
            )

    @property
    def law(self) -> Callable | None:
        """Picks the one diffusivity along the traverse, in m²/s."""
        if not isinstance(self.axes, Tracer):
            return oriented(self.pick, np.eye(3)[int(self.axes[0])], "Block")
        direction = jnp.eye(3)[self.axes[0]]
        return lambda m: djx.diffusivity.Along(law_of(m, self.pick), direction)

    def locals(self) -> dict[str, Local]:
        """`origin` (m) and, if they are not shared, `initial` and `surface` (unit of
        the values)."""
        picked = dict(self.shared)
        own = {"initial": self.initial, "surface": self.surface}
        found = {name: one for name, one in own.items() if name not in picked}
        return {"origin": self.origin, **found, **unknowns(self.anneal)}

    def guess(self) -> Guess:
        """The even diffusivity, and the levels, that come closest to the values."""
        value = np.asarray(self.profile.value)
        initial, surface = (
            None if one is None else number_of(one)
            for one in (self.initial, self.surface)
        )
        size = float(np.max(np.abs(value))) or 1.0
        longest = float(np.max(self.lengths)) ** 2 / float(self.anneal.duration)
        trial = longest * np.geomspace(1e-6, 3.0, 61)
        origin = number_of(self.origin, 0.0)
        # On places of a fixed number, so that other profiles compile nothing new.
        half = 0.5 * float(self.lengths[self.axes[0]])
        places = np.linspace(-half, half, 81)
        time = self.anneal.duration
        body = self.lengths, self.axes, self.averaged
        table = _table(*body, jnp.asarray(places), time, jnp.asarray(trial))
        off = np.asarray(self.profile.position) - origin
        left = [np.interp(off, places, row) for row in np.asarray(table)]
        best = None
        for diffusivity, row in zip(trial, left):
            high, low = _levels(row, value, initial, surface, size)
            cost = float(np.sum((low + (high - low) * row - value) ** 2))
            if best is None or cost < best[0]:
                best = cost, diffusivity, high, low
        assert best is not None
        _, diffusivity, high, low = best
        found = Guess(
            {"origin": origin, "initial": high, "surface": low},
            {"origin": 0.04 * half, "initial": 0.1 * size, "surface": 0.1 * size},
            low + (high - low) * SHARES,
            np.full_like(SHARES, np.log(diffusivity)),
            np.full_like(SHARES, 0.1),
        )
        return with_starts(found, self.anneal)

    def predict(
        self,
        model: PyTree,
        local: dict[str, Float[Array, ""]],
        at: Float[Array, "points ..."],
        forward: bool = True,
    ) -> Float[Array, " points"]:
        """Values at positions (m); see `AbstractExperiment.predict`."""
        del forward
        level = local | {name: djx.real(pick(model)) for name, pick in self.shared}
        initial, surface = level["initial"], level["surface"]
        law = law_of(model, self.pick)
        anneal = self.history(model, local)
        values = mean_diffusivity(law, anneal, initial[None])[0]
        principal = jnp.diag(values) if values.ndim == 2 else values
        principal = jnp.broadcast_to(principal, (3,))
        body = self.lengths, self.axes, self.averaged
        left = _left(*body, at - local["origin"], anneal.duration, principal)
        return surface + (initial - surface) * left


def _left(lengths, axes, averaged: bool, off, time, principal):
    """What is left of the difference, at distances from the middle (m)."""
    size, d = lengths[axes], principal[axes]
    # Outside, where a fitted origin may put a point, the value is that of the face.
    place = jnp.clip(off + 0.5 * size[0], 0.0, size[0])
    along = jnp.zeros(place.shape, int)
    others = jnp.asarray([2] if averaged else [1, 2])
    which = jnp.concatenate([along, others])
    place = jnp.concatenate([place, 0.5 * size[others]])
    left = 1 - djx.exact.slab(place, time, d[which], size[which], 1.0)
    left = left[: len(along)] * jnp.prod(left[len(along) :])
    if averaged:
        left = left * (1 - djx.exact.slab_fraction(time, d[1], size[1]))
    return left


@eqx.filter_jit
def _table(lengths, axes, averaged: bool, places, time, trial):
    """What is left at places (m) for each of the even diffusivities (m²/s)."""
    even = lambda d: _left(lengths, axes, averaged, places, time, jnp.full(3, d))
    return jax.vmap(even)(trial)


def _levels(
    left: np.ndarray,
    value: np.ndarray,
    initial: float | None,
    surface: float | None,
    size: float,
) -> tuple[float, float]:
    """Initial and surface value by least squares, of those that are not held."""
    rows = np.stack([left, 1 - left], axis=1)
    held = np.array([np.nan if x is None else x for x in (initial, surface)])
    free = np.isnan(held)
    rest = value - rows[:, ~free] @ held[~free]
    # A weak pull to what is seen keeps a level that nothing shows within sight.
    pull, where = 1e-3 * np.eye(2)[:, free], 1e-3 * size * np.array([1.0, 0.0])
    matrix = np.concatenate([rows[:, free], pull])
    held[free] = np.linalg.lstsq(matrix, np.concatenate([rest, where]), rcond=None)[0]
    return float(held[0]), float(held[1])
