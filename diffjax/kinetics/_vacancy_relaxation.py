r"""What a quench keeps: vacancies beyond equilibrium, and how far atoms get by them.

Of a history nothing but the temperature counts. In a panel of time in which it is
linear, the sink time $\theta = \int k_s^2 D_v\,dt$ comes from Gauss's rule, and
$c_{eq}$ is taken as linear in $\theta$; the rate law is then solved in closed form. For
a hold that is exact.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from .._anneal import AbstractAnneal, Anneal, Schedule
from .._checks import all_numbers, one_number, real, require_kinds, traced
from .._shapes import Numbers
from ..diffusivity import AbstractDiffusivity, Point, VacancyMechanism


# Panels between two corners where the temperature changes.
PANELS = 256
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(3)
_NODES, _WEIGHTS = 0.5 * (_NODES + 1), 0.5 * _WEIGHTS


class Relaxed(NamedTuple):
    r"""Vacancies at some times of an anneal, and what they have done.

    **Attributes:**

    - `fraction`: $c$ of sites that are vacant, no unit; the shape of the times.
    - `spread`: $\Lambda = \int_0^t D^*\,dt$ of a tracer, in m²; the same shape.
    """

    fraction: Float[Array, "*times"]
    spread: Float[Array, "*times"]


class VacancyRelaxation(AbstractDiffusivity):
    r"""Self-diffusion by vacancies that relax to equilibrium at sinks.

    $$\dot c = -k_s^2 D_v\,(c - c_{eq}), \qquad D^* = F D_v\, c, \qquad
    D_v = \frac{D^*_{eq}}{F c_{eq}}$$

    Each vacancy that dies has moved as many atoms as any other, whenever that was:

    $$\Lambda(t) = \int_0^t D^*_{eq}\,dt + \frac{F}{k_s^2}\,\big(c(0) - c(t)\big)$$

    In a hold $c - c_{eq}$ decays as $e^{-t/\tau}$ with $1/\tau = k_s^2 D_v$. Long
    before $\tau$, $\Lambda$ grows with $D_v\,c(0)$: with the temperature of the anneal
    it rises by the energy of migration alone, with that before the quench by the
    energy of formation alone. As a law it gives $D^*_{eq}$.

    Sinks are spread evenly, and do not wear out; vacancies are single and dilute.
    """

    law: VacancyMechanism
    sinks: Float[Array, ""]

    def __init__(self, law: VacancyMechanism, sinks: ArrayLike):
        r"""**Arguments:**

        - `law`: of a cubic crystal with one class of jumps; at equilibrium and without
            pressure (it knows no volume of migration alone).
        - `sinks`: strength of the sinks $k_s^2 > 0$, in 1/m²; a scalar. Of dislocations
            it is their length in a volume times about one, as in
            [`diffjax.equations.VacancySinks`][].

        **Raises:** `ValueError` if `law` is anything else, or `sinks` not > 0.

        !!! example

            ```python
            gold = djx.diffusivity.VacancyMechanism(
                djx.lattice.fcc(4.08e-10), 0.94, 0.83, 2e13, formation_entropy=0.7
            )
            model = djx.kinetics.VacancyRelaxation(gold, sinks=1e11)
            quenched = model.quenched(1200.0)
            model.after(djx.Anneal(1e4, 365.0), quenched).spread
            ```
        """
        require_kinds("VacancyRelaxation", law=(law, VacancyMechanism))
        if not law.scalar or law.correlation is None:
            raise ValueError(
                "`VacancyRelaxation(law=...)` must be of a crystal in which atoms "
                "spread alike in all directions, by one class of jumps; got "
                f"{len(law.jumps.names)} classes, and D is "
                f"{'one number' if law.scalar else 'a tensor'}."
            )
        if law.fraction is not None:
            raise ValueError(
                "`VacancyRelaxation(law=...)` must have its vacancies in equilibrium: "
                "leave `fraction` out, and give it to `after(initial=...)`."
            )
        if not traced(law.pressure) and float(law.pressure) != 0:
            raise ValueError(
                "`VacancyRelaxation(law=...)` must be without pressure (Pa), whose "
                f"share in migration is not known; got {float(law.pressure):g}."
            )
        self.law = law
        self.sinks = one_number(sinks, "VacancyRelaxation(sinks=...)", "1/m²", "> 0")

    def at(self, point: Point) -> Float[Array, ""]:
        """$D^*_{eq}$ at the point's temperature, in m²/s; a scalar."""
        return self.law.at(point)

    def equilibrium(self, temperature: Numbers) -> Float[Array, "..."]:
        """Fraction of sites that are vacant at equilibrium.

        **Arguments:**

        - `temperature`: $T > 0$, in K; any shape.

        **Returns:** $c_{eq}$, no unit; as the temperature.

        **Raises:** `ValueError` if a temperature is not > 0.
        """
        hot = _numbers(temperature, "equilibrium(temperature=...)", "K", "> 0")
        return self._equilibrium(hot)

    def rate(self, temperature: Numbers) -> Float[Array, "..."]:
        r"""How fast vacancies find sinks.

        **Arguments:**

        - `temperature`: $T > 0$, in K; any shape.

        **Returns:** $1/\tau = k_s^2 D_v$, in 1/s; as the temperature.

        **Raises:** `ValueError` if a temperature is not > 0.
        """
        hot = _numbers(temperature, "rate(temperature=...)", "K", "> 0")
        return self.sinks.astype(hot.dtype) * self._of_vacancies(hot)

    def quenched(
        self, temperature: Numbers, efficiency: Numbers = 1.0
    ) -> Float[Array, "..."]:
        r"""What a fast quench keeps.

        **Arguments:**

        - `temperature`: $T_q > 0$ before the quench, in K; any shape.
        - `efficiency`: the share $\eta > 0$ that is not lost on the way, no unit; a
            scalar, or the same shape. For a quench of known rate, begin with 1 and
            make the cooling a part of the anneal.

        **Returns:** $\eta\,c_{eq}(T_q)$, no unit; as the temperature.

        **Raises:** `ValueError` if a number is not > 0.
        """
        hot = _numbers(temperature, "quenched(temperature=...)", "K", "> 0")
        kept = _numbers(efficiency, "quenched(efficiency=...)", "no unit", "> 0")
        return kept.astype(hot.dtype) * self._equilibrium(hot)

    def after(
        self, anneal: AbstractAnneal, initial: ArrayLike, times: Numbers | None = None
    ) -> Relaxed:
        r"""Vacancies and spread at times of an anneal.

        **Arguments:**

        - `anneal`: its temperature history, after the quench.
        - `initial`: the fraction $c(0) \ge 0$ of vacant sites, no unit; a scalar.
        - `times`: increasing, in s; shape `(times,)`. The end of the anneal if `None`.

        **Returns:**

        A [`diffjax.kinetics.Relaxed`][] of arrays of shape `(times,)`, or of scalars.

        **Raises:** `ValueError` if a number has the wrong sign or shape.

        **Error:** round-off for holds. Where the temperature is linear in time, second
        order in 256 panels between corners: below 1e-5 for a quench by 900 K.
        """
        require_kinds("after", anneal=(anneal, AbstractAnneal))
        start = one_number(
            initial, "after(initial=...)", "no unit", ">= 0", traced=False
        )
        ends = anneal.duration if times is None else times
        when = _numbers(ends, "after(times=...)", "s", ">= 0")
        found = self._run(start, anneal, jnp.atleast_1d(when), PANELS)
        return found if when.ndim else Relaxed(found.fraction[0], found.spread[0])

    def _run(self, start, anneal, times, panels: int) -> Relaxed:
        kind = times.dtype
        corners = anneal.corners.astype(kind)
        edges = jnp.sort(jnp.concatenate([jnp.zeros_like(times[:1]), corners, times]))
        steady = _steady(anneal)
        count = 1 if steady else panels
        width = (edges[1:] - edges[:-1])[:, None] / count
        begin = edges[:-1, None] + width * jnp.arange(count, dtype=kind)[None]
        begin, width = begin.reshape(-1), jnp.repeat(width[:, 0], count)
        low, high = self._ends(anneal, begin, width, steady)
        panel = jax.vmap(self._steady_panel if steady else self._panel)
        *parts, still = panel(low, high, width)
        step = lambda c, part: _across(c, *part)
        total = len(width)
        _, (c, lost) = jax.lax.scan(
            step, start.astype(kind), tuple(parts), unroll=total if total < 5 else 1
        )
        factor = jnp.trace(jnp.asarray(self.law.correlation)) / self._dimension
        each = still + lost / self.sinks.astype(kind)
        spread = factor.astype(kind) * jnp.cumsum(each)
        # Edges are before each panel's end; the first is the start itself.
        put = lambda first, rest: jnp.concatenate(
            [first[None], rest[count - 1 :: count]]
        )
        c, spread = put(start.astype(kind), c), put(jnp.zeros_like(spread[0]), spread)
        where = jnp.searchsorted(edges, times, side="right") - 1
        return Relaxed(c[where], spread[where])

    def _ends(self, anneal, begin, width, steady: bool):
        """Temperatures at both ends of each panel, from its inside: at a joint of two
        histories there are two."""
        inside = lambda share: jax.vmap(anneal.temperature_at)(begin + share * width)
        if steady:
            middle = inside(0.5)
            return middle, middle
        first, last = inside(0.25), inside(0.75)
        half = 0.5 * (last - first)
        return first - half, last + half

    def _panel(self, low, high, width):
        r"""Sink time, equilibrium at both ends, $\int D_v c_{eq}\,dt$ of a panel."""
        nodes, weights = (jnp.asarray(x, low.dtype) for x in (_NODES, _WEIGHTS))
        hot = low + (high - low) * nodes
        mobile = weights * self._of_vacancies(hot)
        still = width * jnp.sum(mobile * self._equilibrium(hot))
        sink_time = self.sinks.astype(low.dtype) * width * jnp.sum(mobile)
        return sink_time, self._equilibrium(low), self._equilibrium(high), still

    def _steady_panel(self, hot, _, width):
        """The same where the temperature does not change."""
        level = self._equilibrium(hot)
        mobile = width * self._of_vacancies(hot)
        return self.sinks.astype(hot.dtype) * mobile, level, level, mobile * level

    @property
    def _dimension(self) -> int:
        return self.law.jumps.crystal.dimension

    def _equilibrium(self, hot: Float[Array, "..."]) -> Float[Array, "..."]:
        at = lambda T: jnp.exp(self.law.log_fraction(T))
        return jnp.vectorize(at)(hot)

    def _of_vacancies(self, hot: Float[Array, "..."]) -> Float[Array, "..."]:
        return jnp.vectorize(self.law.of_vacancies)(hot)


def _across(
    c: Float[Array, ""],
    sink_time: Float[Array, ""],
    low: Float[Array, ""],
    high: Float[Array, ""],
):
    r"""The rate law over a panel in which $c_{eq}$ goes from `low` to `high` linearly
    in the sink time: the end, then that and what was lost."""
    dead = -jnp.expm1(-sink_time)
    small = sink_time < 1e-4
    safe = jnp.where(small, 1.0, sink_time)
    mean = jnp.where(small, 1 - sink_time * (0.5 - sink_time / 6), dead / safe)
    # u' = -u - (high - low)/sink_time for u = c - c_eq.
    lag = (high - low) * mean
    end = high + (c - low) * jnp.exp(-sink_time) - lag
    lost = (c - low) * dead - (high - low) * (1 - mean)
    return end, (end, lost)


def _numbers(x: Numbers, name: str, unit: str, sign: str) -> Float[Array, "..."]:
    """Known numbers are checked; traced ones would call back from each program."""
    return real(x) if traced(x) else all_numbers(x, name, unit, sign)


def _steady(anneal: AbstractAnneal) -> bool:
    """Whether the temperature is constant between the corners."""
    if isinstance(anneal, Schedule):
        return all(_steady(part) for part in anneal.parts)
    return isinstance(anneal, Anneal)
