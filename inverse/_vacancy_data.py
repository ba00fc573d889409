"""How many vacancies there are, as a resistivity, a length or positrons show it."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, PyTree

import diffjax as djx

from ._data import Readings
from ._experiment import AbstractCurve, as_amount, as_local, Local, number_of
from ._hold import require_known
from ._parameters import Free
from ._quenched import relaxation_of, split_efficiency
from ._start import Guess, guessed


class VacancySignal(AbstractCurve):
    r"""A quantity in proportion to the vacancies, at several temperatures.

    $$y = y_0 + s\,\eta\,c_{eq}(T)$$

    The resistivity that quenches from several temperatures leave ($s$ unknown: $E_v$
    alone follows), or differential dilatometry, $\Delta L/L - \Delta a/a$ with
    $s = 1/3$ ($E_v$ and $S_v$ follow).
    """

    data: Readings
    top: Float[Array, ""]
    per_vacancy: Any
    efficiency: Any
    amplitude: Any
    offset: Any
    scaled: Callable | None = eqx.field(static=True)
    shared: Callable | None = eqx.field(static=True)
    law: Callable | None = eqx.field(static=True)

    def __init__(
        self,
        data: Readings,
        per_vacancy: ArrayLike | Callable | None = None,
        efficiency: ArrayLike | Free | Callable | None = 1.0,
        offset: ArrayLike | Free | None = 0.0,
        law: Callable | None = None,
    ):
        r"""**Arguments:**

        - `data`: $y$ in any unit, with `at` the temperatures $T$ in K, before the
            quench if there was one.
        - `per_vacancy`: $s > 0$, in the unit of $y$ for all sites vacant: a number, or
            a function that picks it from the model. If `None`, the signal at the
            highest temperature is fitted, as the local parameter `amplitude`.
        - `efficiency`: as in [`inverse.QuenchedFilm`][]; of no effect if `per_vacancy`
            is `None`.
        - `offset`: $y_0$, in the unit of $y$; a number, or free.
        - `law`: picks a [`diffjax.kinetics.VacancyRelaxation`][], or a vacancy
            mechanism, from the model; `None` if the model is one.

        **Raises:** `ValueError` if a number is not > 0.

        !!! example

            ```python
            hot = jnp.array([1000.0, 1100.0, 1200.0])
            seen = inv.Readings(jnp.array([1.1e-10, 3.0e-10, 6.8e-10]), 1e-11, at=hot)
            inv.VacancySignal(seen)
            ```
        """
        self.data, self.law = data, law
        require_temperatures("VacancySignal", data)
        self.top = jnp.max(data.at)
        self.scaled = per_vacancy if callable(per_vacancy) else None
        self.per_vacancy = None
        if per_vacancy is not None and not callable(per_vacancy):
            size = djx.real(per_vacancy)
            message = "`VacancySignal(per_vacancy=...)` must be one number > 0."
            self.per_vacancy = djx.require(size, (size > 0) & (size.ndim == 0), message)
        absolute = per_vacancy is not None
        self.amplitude = None if absolute else as_amount(None, "")
        kept = split_efficiency("VacancySignal", efficiency if absolute else 1.0)
        self.efficiency, self.shared = kept
        self.offset = as_local(offset, "")

    def locals(self) -> dict[str, Local]:
        """`offset`; `amplitude`, or `efficiency` where the model does not give it."""
        found = {"offset": self.offset}
        if self.per_vacancy is None and self.scaled is None:
            return found | {"amplitude": self.amplitude}
        return found if self.shared else found | {"efficiency": self.efficiency}

    def guess(self) -> Guess:
        """The largest reading above the offset; nothing lost."""
        offset = number_of(self.offset, 0.0)
        value = np.asarray(self.data.value)
        size = max(float(np.max(value)) - offset, 1e-3 * float(np.ptp(value)), 1e-300)
        local = {"offset": offset, "amplitude": size, "efficiency": 1.0}
        return guessed(local, {"offset": 0.1 * size, "efficiency": 0.3})

    def predict(
        self,
        model: PyTree,
        local: dict[str, Float[Array, ""]],
        at: Float[Array, "points ..."],
        forward: bool = True,
    ) -> Float[Array, " points"]:
        """Values at temperatures (K); see `AbstractExperiment.predict`."""
        del forward
        log_level = log_equilibrium(model, self.law, at)
        if "amplitude" in local:
            log_level = log_level - log_equilibrium(model, self.law, self.top)
            size = local["amplitude"]
        else:
            size = self.per_vacancy if self.scaled is None else self.scaled(model)
            kept = self.shared(model) if self.shared else local["efficiency"]
            size = size * kept
        return local["offset"] + size * jnp.exp(log_level)


class ResistivityAnneal(AbstractCurve):
    r"""How the resistivity of a quenched sample falls as its vacancies die.

    $$\Delta\rho(t) = \Delta\rho_0\, \frac{c(t)}{c(0)} + \rho_\infty$$

    At one temperature, or at steps of rising ones (an isochronal anneal, a sum of
    `diffjax.Anneal`). The rate is $k_s^2 D_v$: two temperatures give $E_m$, and nothing
    else but the product of sinks and frequency.
    """

    data: Readings
    anneal: djx.AbstractAnneal
    quench_temperature: Float[Array, ""]
    amplitude: Any
    offset: Any
    law: Callable | None = eqx.field(static=True)

    def __init__(
        self,
        data: Readings,
        anneal: djx.AbstractAnneal,
        quench_temperature: ArrayLike,
        amplitude: ArrayLike | Free | None = None,
        offset: ArrayLike | Free | None = 0.0,
        law: Callable | None = None,
    ):
        r"""**Arguments:**

        - `data`: $\Delta\rho$ in any unit, all read at one and the same low
            temperature; `at` are the times of the anneal before that, increasing, in s.
        - `anneal`: its temperature history after the quench.
        - `quench_temperature`: $T_q > 0$ in K; a scalar. Of effect only where the
            equilibrium of the anneal is seen.
        - `amplitude`: $\Delta\rho_0$, in the unit of the readings; a number, or free.
        - `offset`: $\rho_\infty$; as `amplitude`.
        - `law`: as in [`inverse.QuenchedFilm`][].

        **Raises:** `ValueError` if `quench_temperature` is not > 0.
        """
        require_known("ResistivityAnneal", anneal)
        self.data, self.anneal, self.law = data, anneal, law
        hot = djx.real(quench_temperature)
        message = "`ResistivityAnneal(quench_temperature=...)` must be > 0 (K)."
        self.quench_temperature = djx.require(hot, (hot > 0) & (hot.ndim == 0), message)
        self.amplitude = as_amount(amplitude, "")
        self.offset = as_local(offset, "")

    def locals(self) -> dict[str, Local]:
        """`amplitude` and `offset`, in the unit of the readings."""
        return {"amplitude": self.amplitude, "offset": self.offset}

    def guess(self) -> Guess:
        """First and last reading."""
        value = np.asarray(self.data.value)
        offset = number_of(self.offset, float(np.min(value)))
        size = max(float(np.max(value)) - offset, 1e-300)
        return guessed({"amplitude": size, "offset": offset}, {"offset": 0.1 * size})

    def predict(
        self,
        model: PyTree,
        local: dict[str, Float[Array, ""]],
        at: Float[Array, "points ..."],
        forward: bool = True,
    ) -> Float[Array, " points"]:
        """Values at times (s); see `AbstractExperiment.predict`."""
        del forward
        law = relaxation_of(model, self.law)
        start = law.quenched(self.quench_temperature)
        left = law.after(self.anneal, start, at).fraction / start
        return local["offset"] + local["amplitude"] * left


class Positrons(AbstractCurve):
    r"""Mean lifetime, or line shape, of positrons that vacancies trap.

    $$y = \frac{y_f + y_t\, q}{1 + q}, \qquad q = \frac{c_{eq}(T)}{c_{eq}(T_{1/2})}$$

    The two-state trapping model with a rate of trapping $\mu c_{eq}$ that depends on
    temperature through $c_{eq}$ alone: $1/c_{eq}(T_{1/2}) = \mu \tau_f$. $E_v$ alone
    follows.
    """

    data: Readings
    free: Any
    trapped: Any
    halfway: Any
    law: Callable | None = eqx.field(static=True)

    def __init__(
        self,
        data: Readings,
        free: ArrayLike | Free | None = None,
        trapped: ArrayLike | Free | None = None,
        halfway: ArrayLike | Free | None = None,
        law: Callable | None = None,
    ):
        r"""**Arguments:**

        - `data`: $y$, mean lifetimes (ps) or line-shape parameters, in any unit, with
            `at` the temperatures in K.
        - `free`, `trapped`: $y_f$ and $y_t$ of the perfect crystal and the vacancy, in
            that unit; a number is held; `None`, or a [`inverse.Free`][], is fitted.
        - `halfway`: $T_{1/2}$, where half of $y_t - y_f$ is reached, in K; as `free`.
        - `law`: as in [`inverse.VacancySignal`][].

        **Raises:** `ValueError` if a temperature is not > 0.
        """
        self.data, self.law = data, law
        require_temperatures("Positrons", data)
        self.free, self.trapped = as_local(free, ""), as_local(trapped, "")
        self.halfway = as_local(halfway, "K")

    def locals(self) -> dict[str, Local]:
        """`free` and `trapped` (unit of the readings), `halfway` (K)."""
        return {"free": self.free, "trapped": self.trapped, "halfway": self.halfway}

    def guess(self) -> Guess:
        """First and last reading, and where the curve is between them."""
        order = np.argsort(np.asarray(self.data.at))
        hot, value = np.asarray(self.data.at)[order], np.asarray(self.data.value)[order]
        low = number_of(self.free, float(value[0]))
        high = number_of(self.trapped, float(value[-1]))
        span = high - low if high != low else 1.0
        share = np.maximum.accumulate((value - low) / span)
        middle = float(np.interp(0.5, share, hot))
        size = abs(span)
        return guessed(
            {"free": low, "trapped": high, "halfway": number_of(self.halfway, middle)},
            {"free": 0.1 * size, "trapped": 0.1 * size, "halfway": 0.05 * middle},
        )

    def predict(
        self,
        model: PyTree,
        local: dict[str, Float[Array, ""]],
        at: Float[Array, "points ..."],
        forward: bool = True,
    ) -> Float[Array, " points"]:
        """Values at temperatures (K); see `AbstractExperiment.predict`."""
        del forward
        middle = log_equilibrium(model, self.law, local["halfway"])
        odds = log_equilibrium(model, self.law, at) - middle
        share = 0.5 * (1 + jnp.tanh(0.5 * odds))
        return local["free"] + (local["trapped"] - local["free"]) * share


def log_equilibrium(
    model: PyTree, pick: Callable | None, temperature: Float[Array, "..."]
) -> Float[Array, "..."]:
    r"""$\ln c_{eq}$ that a model gives.

    **Arguments:**

    - `model`: from which a `VacancyRelaxation` or `VacancyMechanism` is picked.
    - `pick`: from the model to its part; `None` if it is the whole.
    - `temperature`: in K; any shape.

    **Returns:** no unit; as the temperature.
    """
    law = model if pick is None else pick(model)
    if not isinstance(law, djx.diffusivity.VacancyMechanism):
        law = relaxation_of(law, None).law
    return jnp.vectorize(law.log_fraction)(temperature)


def require_temperatures(owner: str, data: Readings) -> None:
    """Asks that readings belong to temperatures.

    **Arguments:**

    - `owner`: whose data they are.
    - `data`: with `at` in K.

    **Raises:** `ValueError` if these are not one number > 0 each.
    """
    hot = np.asarray(data.at)
    if hot.ndim != 1 or np.any(hot <= 0):
        raise ValueError(
            f"`{owner}(data=...)` must have temperatures > 0 (K) as `Readings(at=...)`"
            f", one each; got shape {hot.shape}, the least {float(hot.min()):g}."
        )
