"""How much a body takes up or gives off, or how fast, in time or along a ramp."""

from collections.abc import Callable
from typing import Any, Literal

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, PyTree

import diffjax as djx

from ._data import Readings
from ._experiment import (
    AbstractCurve,
    as_amount,
    as_local,
    law_of,
    Local,
    number_of,
    positive,
)
from ._experiments import kept
from ._hold import require_known
from ._parameters import Free
from ._start import Guess, guessed


Shape = Literal["slab", "cylinder", "sphere"]
Signal = Literal["amount", "rate"]
Way = Literal["exact", "march"]
_GEOMETRY: dict[Shape, Literal["planar", "cylindrical", "spherical"]] = {
    "slab": "planar",
    "cylinder": "cylindrical",
    "sphere": "spherical",
}
_HELD = {
    "slab": djx.exact.slab_fraction,
    "cylinder": djx.exact.cylinder_fraction,
    "sphere": djx.exact.sphere_fraction,
}
_EXCHANGE = {
    "slab": djx.exact.slab_exchange_fraction,
    "cylinder": djx.exact.cylinder_exchange_fraction,
    "sphere": djx.exact.sphere_exchange_fraction,
}
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
_PIECES = 32


class Uptake(AbstractCurve):
    r"""The amount that a body takes up or gives off, or its rate, in time.

    $$y = y_0 + M\,F(t - t_0) \quad\text{or}\quad y = y_0 + M\,\dot F(t - t_0)$$

    with $F$ the part of its final uptake (or release) that a body has reached: a plate
    with both faces open, a long cylinder or a sphere, uniform at first. At one
    temperature, or along a ramp: thermal desorption. An isothermal curve knows $D$, and
    the exchange at the surface if both are of weight; the place of a peak along a ramp
    knows one combination of $D_0$ and $Q$, ramps of two rates know both.

    **Attributes:** what `Uptake(...)` was given.
    """

    data: Readings
    anneal: djx.AbstractAnneal
    size: Float[Array, ""]
    amount: Any
    background: Any
    start: Any
    exchange: Any
    levels: Float[Array, " 2"]
    faces: Float[Array, " faces"]
    shape: Shape = eqx.field(static=True)
    signal: Signal = eqx.field(static=True)
    shared: Callable | None = eqx.field(static=True)
    delay: Callable | None = eqx.field(static=True)
    law: Callable | None = eqx.field(static=True)
    road: Way | None = eqx.field(static=True)

    def __init__(
        self,
        data: Readings,
        anneal: djx.AbstractAnneal,
        size: ArrayLike,
        shape: Shape = "slab",
        signal: Signal = "amount",
        amount: ArrayLike | Free | None = None,
        background: ArrayLike | Free | None = 0.0,
        start: ArrayLike | Free | Callable | None = 0.0,
        exchange: ArrayLike | Free | Callable | None = None,
        initial: ArrayLike = 0.0,
        outside: ArrayLike = 1.0,
        law: Callable | None = None,
        road: Way | None = None,
        cells: int = 100,
    ):
        r"""**Arguments:**

        - `data`: $y$ in any unit (per s if it is a rate), with `at` the times, in s,
            increasing, within the anneal. Of a ramp from $T_0$ at $\beta$ K/s,
            $t = (T - T_0)/\beta$.
        - `anneal`: its temperature history: one hold, a [`diffjax.Ramp`][], or a sum.
        - `size`: whole thickness of a plate, or radius, > 0, in m.
        - `shape`: `"slab"`, `"cylinder"` or `"sphere"`. A plate with one face sealed is
            one of twice the thickness.
        - `signal`: `"amount"` or `"rate"`.
        - `amount`: $M$, what passes in the end, in the unit of an amount; 1 for a curve
            that is normalised. A number is held (< 0 for a mass that falls); `None`,
            or a [`inverse.Free`][], is fitted.
        - `background`: $y_0$, in the unit of the readings; as `amount`.
        - `start`: $t_0$, when the anneal began on the clock of the readings, in s; as
            `amount`, or a function that picks it from the model, so that several ramps
            of one furnace share it.
        - `exchange`: coefficient $k$ of the exchange at the surface, in m/s: a number,
            a [`inverse.Free`][], or a function that picks it from the model, as a
            number or a law of the temperature (in m/s). If `None`, the surface is at
            its final composition from the start.
        - `initial`, `outside`: compositions of the body at first and at the end, in
            what the law takes. Of effect only where $D$ depends on it.
        - `law`: picks the law from the model; `None` if the model is the law.
        - `road`: `"exact"` (closed forms: a $D$ of temperature alone, and with exchange
            one temperature) or `"march"`. `None`: the first where it applies.
        - `cells`: of the grid of a march, from the middle to the surface; no unit.

        **Raises:** `ValueError` if times do not increase within the anneal, `size` is
        not > 0, `initial` and `outside` are alike, or a word is unknown.

        **Error:** that of the closed forms; of a march second order in the cells, once
        the profile is wider than the cell at the surface: before, its rate is too high.

        !!! example

            ```python
            ramp = djx.Ramp(jnp.array([0.0, 3600.0]), jnp.array([300.0, 900.0]))
            inv.Uptake(readings, ramp, size=1e-3, signal="rate")
            ```
        """
        require_known("Uptake", anneal)
        self.data, self.anneal, self.law = data, anneal, law
        for word, given, known in (
            ("shape", shape, tuple(_HELD)),
            ("signal", signal, ("amount", "rate")),
            ("road", road, ("exact", "march", None)),
        ):
            if given not in known:
                raise ValueError(
                    f"`Uptake({word}=...)` must be one of "
                    f"{', '.join(map(repr, known))}; got {given!r}."
                )
        self.shape, self.signal, self.road = shape, signal, road
        at = np.asarray(data.at)
        end = float(anneal.duration)
        inside = at.ndim == 1 and at[0] >= 0 and at[-1] <= end * (1 + 1e-9)
        if not inside or np.any(np.diff(at) <= 0):
            raise ValueError(
                "`Uptake(data=...)` needs `Readings(at=...)` that increase within the "
                f"anneal, 0 to {end:g} s, one each."
            )
        length = djx.real(size)
        message = "`Uptake(size=...)` must be one number > 0 (m)."
        self.size = djx.require(length, (length > 0) & (length.ndim == 0), message)
        levels = jnp.stack([djx.real(initial), djx.real(outside)])
        message = "`Uptake(initial=..., outside=...)` must be two numbers that differ."
        self.levels = djx.require(levels, levels[0] != levels[1], message)
        self.amount = as_amount(amount, "")
        self.background = as_local(background, "")
        self.delay, self.start = None, None
        if callable(start):
            self.delay = start
        else:
            self.start = as_local(start, "s")
        self.shared, self.exchange = None, None
        if callable(exchange):
            self.shared = exchange
        elif exchange is not None:
            own = as_amount(exchange, "m/s")
            self.exchange = positive(own, "Uptake(exchange=...)", "m/s")
        depth = 0.5 * float(length) if shape == "slab" else float(length)
        grid = djx.grid.graded(0.0, depth, cells, depth, 0.1 * depth / cells)
        self.faces = grid.faces

    def locals(self) -> dict[str, Local]:
        """`amount` and `background`, and its own of `start` (s) and `exchange`
        (m/s)."""
        found = {"amount": self.amount, "background": self.background}
        if self.delay is None:
            found["start"] = self.start
        return found if self.exchange is None else found | {"exchange": self.exchange}

    def guess(self) -> Guess:
        """All that passed until the last reading; no delay."""
        t, value = np.asarray(self.data.at), np.asarray(self.data.value)
        rate = self.signal == "rate"
        low = number_of(self.background, float(np.min(value) if rate else value[0]))
        above = value - low
        passed = float(np.trapezoid(above, t)) if rate else float(above[-1])
        passed = max(abs(passed), 1e-300)
        size = max(float(np.max(np.abs(above))), 1e-300)
        end = float(self.anneal.duration)
        half = t[int(np.argmax(np.abs(above) >= 0.5 * size))]
        pace = float(self.size) / max(float(half), 1e-3 * end)
        return guessed(
            {"amount": passed, "background": low, "start": 0.0, "exchange": pace},
            {"background": 0.1 * size, "start": 0.02 * end, "exchange": 1.0},
        )

    def predict(
        self,
        model: PyTree,
        local: dict[str, Float[Array, ""]],
        at: Float[Array, "points ..."],
        forward: bool = True,
    ) -> Float[Array, " points"]:
        """Values at times (s); see `AbstractExperiment.predict`."""
        law = law_of(model, self.law)
        pace = self._pace(model, local)
        time = at - (self.delay(model) if self.delay else local["start"])
        begun = time > 0
        if self._exactly(law, pace is not None):
            # Nothing passes before the start: there the forms are asked at some time.
            safe = jnp.where(begun, time, 1e-3 * self.anneal.duration)
            part = self._exact(law, pace, safe)
        else:
            part = self._march(law, pace, jnp.where(begun, time, 0.0), forward)
        return local["background"] + local["amount"] * jnp.where(begun, part, 0.0)

    def _pace(self, model: PyTree, local: dict[str, Any]) -> Callable | None:
        """The exchange coefficient (m/s) as a function of temperature (K)."""
        if self.shared is None:
            given = local.get("exchange")
        else:
            given = self.shared(model)
        if given is None:
            return None
        if isinstance(given, djx.diffusivity.AbstractDiffusivity):
            return lambda hot: given.over(0.0, hot)
        return lambda hot: jnp.broadcast_to(given, jnp.shape(hot))

    def _exactly(self, law: djx.diffusivity.AbstractDiffusivity, slow: bool) -> bool:
        """Whether a closed form holds."""
        nil, hot = jnp.zeros(()), self.anneal.temperature_at(jnp.zeros(()))
        of = lambda c, x: law.at(djx.diffusivity.Point(c, hot, x))
        shape = jax.eval_shape(of, nil, nil).shape
        if shape:
            raise ValueError(
                f"`Uptake` needs a law that gives one number (m²/s); got shape {shape}:"
                " pick that along the way out, by `diffjax.diffusivity.Along`."
            )
        if self.road == "march":
            return False
        varies = any(djx.depends_on(of, nil, nil))
        ramped = slow and not isinstance(self.anneal, djx.Anneal)
        if self.road == "exact" and (varies or ramped):
            why = "the law depends on composition or position"
            why = why if varies else "exchange has one for one temperature only"
            raise ValueError(
                f"`Uptake(road='exact')` has no closed form here: {why}; use 'march'."
            )
        return not (varies or ramped)

    def _exact(self, law, pace: Callable | None, time) -> Float[Array, " points"]:
        hot = jax.vmap(self.anneal.temperature_at)(time)
        diffusivity = law.over(0.0, hot)
        if pace is None:
            form = lambda s: _HELD[self.shape](s, 1.0, self.size)
            clock, speed = _reduced(law, self.anneal, time), diffusivity
        else:
            rate = pace(hot)
            form = lambda s: _EXCHANGE[self.shape](s, diffusivity, self.size, rate)
            clock, speed = time, jnp.ones_like(time)
        if self.signal == "amount":
            return form(clock)
        return jax.jvp(form, (clock,), (speed,))[1]

    def _march(
        self, law, pace: Callable | None, time, forward: bool
    ) -> Float[Array, " points"]:
        anneal, (initial, outside) = self.anneal, self.levels
        grid = djx.grid.from_faces(self.faces, _GEOMETRY[self.shape])
        if pace is None:
            wall = djx.grid.FixedValue(outside)
        else:
            slow = lambda t: pace(anneal.temperature_at(t))
            wall = djx.grid.Exchange(slow, outside)
        walls = djx.grid.Walls(x=(djx.grid.NoFlux(), wall))
        equation = djx.equations.Diffusion(law, walls=walls)
        stops = _stops(time, anneal.duration)
        solution = djx.solve(
            equation,
            grid,
            jnp.broadcast_to(initial, grid.shape),
            anneal,
            save_at=stops,
            rtol=1e-5,
            atol=1e-6 * jnp.abs(outside - initial),
            adjoint=diffrax.ForwardMode() if forward else None,
            throw=False,
        )
        term = equation.term(grid, anneal)

        def now(t, field):
            state = djx.equations.State(field, jnp.zeros(2))
            rate = term.rate(t, state, None)
            return rate.composition, rate.entered[1]

        # Stops are numbers; what readings owe to the start goes by the rate there.
        late = time - stops
        change, flow = jax.vmap(now)(stops, solution.ys)
        if self.signal == "amount":
            passed = solution.balance.through("x upper") + late * flow
        else:
            passed = jax.vmap(now)(time, solution.ys + late[:, None] * change)[1]
        whole = jnp.sum(grid.volumes) * (outside - initial)
        return kept(passed / whole, solution.result)


def _reduced(
    law: djx.diffusivity.AbstractDiffusivity,
    anneal: djx.AbstractAnneal,
    times: Float[Array, " n"],
) -> Float[Array, " n"]:
    r"""$\int_0^t D(T(t'))\,dt'$, by Gauss quadrature between times and corners."""
    even = jnp.linspace(0.0, 1.0, _PIECES) * jnp.max(times)
    edges = jnp.sort(jnp.concatenate([even, anneal.corners, times]))
    widths = edges[1:] - edges[:-1]
    nodes = jnp.asarray(0.5 * (_NODES + 1))
    inside = edges[:-1, None] + widths[:, None] * nodes[None]
    values = law.over(0.0, jax.vmap(jax.vmap(anneal.temperature_at))(inside))
    parts = widths * (values @ jnp.asarray(0.5 * _WEIGHTS))
    sums = jnp.concatenate([jnp.zeros(1), jnp.cumsum(parts)])
    return sums[jnp.searchsorted(edges, times, side="right") - 1]


def _stops(time: Float[Array, " n"], end: Float[Array, ""]) -> Float[Array, " n"]:
    """Times as a march can save at them: increasing, within the anneal, in s."""
    count = time.shape[0]
    least = 1e-12 * end
    inside = jnp.clip(time, 0.0, end - 2 * (count + 1) * least)
    steps = least * jnp.arange(1.0, count + 1)
    return jax.lax.stop_gradient(jax.lax.cummax(inside) + steps)
