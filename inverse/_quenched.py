"""A tracer that quenched vacancies carry, on their way to sinks."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float, PyTree

import diffjax as djx

from ._experiment import as_amount, as_local, Local, number_of, positive
from ._film import AbstractFilm
from ._hold import require_known
from ._parameters import Free
from ._profile import Profile
from ._transforms import Log


class QuenchedFilm(AbstractFilm):
    r"""A thin film on a crystal that was quenched, then annealed where it is cold.

    The profile is that of [`inverse.ThinFilm`][] with $\Lambda = \int D^*\,dt$ in place
    of $D t$: vacancies begin at $\eta\,c_{eq}(T_q)$ and die at sinks
    ([`diffjax.kinetics.VacancyRelaxation`][]). Equilibrium anneals know $E_v + E_m$
    alone; with one such profile, taken long before the vacancies are gone, both are
    known.
    """

    profile: Profile
    anneal: djx.AbstractAnneal
    quench_temperature: Float[Array, ""]
    efficiency: Any
    amount: Local
    background: Local
    origin: Local
    pick: Callable | None = eqx.field(static=True)
    shared: Callable | None = eqx.field(static=True)

    def __init__(
        self,
        profile: Profile,
        anneal: djx.AbstractAnneal,
        quench_temperature: ArrayLike,
        efficiency: ArrayLike | Free | Callable | None = 1.0,
        amount: ArrayLike | Free | None = None,
        background: ArrayLike | Free | None = 0.0,
        origin: ArrayLike | Free | None = 0.0,
        law: Callable | None = None,
    ):
        r"""**Arguments:**

        - `profile`: values from the surface inwards.
        - `anneal`: its temperature history after the quench; with `efficiency` 1 it may
            begin with the cooling itself.
        - `quench_temperature`: $T_q > 0$, where the vacancies were in equilibrium, in
            K; a scalar.
        - `efficiency`: the share $\eta > 0$ that the quench kept, no unit. A number is
            held; `None`, or a [`inverse.Free`][] with a prior, is fitted; a function
            picks it from the model, so that samples of one quench share it. What was
            lost and is not told goes into the energies, and $\chi^2$ does not show it.
        - `amount`, `background`, `origin`: as in [`inverse.ThinFilm`][].
        - `law`: picks the [`diffjax.kinetics.VacancyRelaxation`][] from the model;
            `None` if the model is one.

        **Raises:** `ValueError` if `quench_temperature` or a held `efficiency` is not
        > 0.

        !!! example

            ```python
            kept = inv.Free(transform=inv.Log(), prior=inv.LogNormal(0.8, 1.3))
            inv.QuenchedFilm(profile, djx.Anneal(1e4, 365.0), 1200.0, kept)
            ```
        """
        require_known("QuenchedFilm", anneal)
        self.profile, self.anneal, self.pick = profile, anneal, law
        hot = djx.real(quench_temperature)
        message = "`QuenchedFilm(quench_temperature=...)` must be one number > 0 (K)."
        self.quench_temperature = djx.require(hot, (hot > 0) & (hot.ndim == 0), message)
        self.efficiency, self.shared = split_efficiency("QuenchedFilm", efficiency)
        self.amount = as_amount(amount, "m")
        self.background = as_local(background, "")
        self.origin = as_local(origin, "m")

    @property
    def law(self) -> "_Seen":
        """Picks what the profile shows: $\\Lambda/t$, at all temperatures alike."""
        return _Seen(self)

    @property
    def further(self) -> dict[str, tuple[Local, float, float]]:
        """`efficiency` (no unit), if it is not shared: nothing lost in the quench."""
        return {} if self.shared else {"efficiency": (self.efficiency, 1.0, 0.3)}

    def predict(
        self,
        model: PyTree,
        local: dict[str, Float[Array, ""]],
        at: Float[Array, "points ..."],
        forward: bool = True,
    ) -> Float[Array, " points"]:
        """Values at positions (m); see `AbstractExperiment.predict`."""
        del forward
        return djx.exact.thin_film(
            at - local["origin"],
            self.anneal.duration,
            self.spread(model, local.get("efficiency")) / self.anneal.duration,
            local["amount"],
            local["background"],
        )

    def spread(
        self, model: PyTree, efficiency: Float[Array, ""] | None = None
    ) -> Float[Array, ""]:
        r"""$\Lambda$ at the end of the anneal, in m².

        **Arguments:**

        - `model`: from which the law is picked.
        - `efficiency`: $\eta$, no unit; a scalar. That of the model, or 1, if `None`.
        """
        law = relaxation_of(model, self.pick)
        if efficiency is None:
            efficiency = jnp.ones(()) if self.shared is None else self.shared(model)
        start = law.quenched(self.quench_temperature, efficiency)
        return law.after(self.anneal, start).spread


def split_efficiency(
    owner: str, efficiency: ArrayLike | Free | Callable | None
) -> tuple[Local | None, Callable | None]:
    """The efficiency of a quench: a local parameter, or what picks it from the model.

    **Arguments:**

    - `owner`: whose argument it is.
    - `efficiency`: no unit; as in `QuenchedFilm`.

    **Raises:** `ValueError` if a number is not > 0.
    """
    if callable(efficiency):
        return None, efficiency
    free = Free(transform=Log(), scale=0.3)
    kept = free if efficiency is None else as_local(efficiency, "")
    return positive(kept, f"{owner}(efficiency=...)", "no unit"), None


def relaxation_of(
    model: PyTree, pick: Callable | None
) -> djx.kinetics.VacancyRelaxation:
    """The vacancies that belong to an experiment, or one sentence.

    **Arguments:**

    - `model`: any pytree, its numbers of any unit and shape.
    - `pick`: from the model to its part; `None` if it is the whole.

    **Raises:** `ValueError` if that is anything else.
    """
    law = model if pick is None else pick(model)
    if isinstance(law, djx.kinetics.VacancyRelaxation):
        return law
    raise ValueError(
        "experiments with quenched vacancies need a `VacancyRelaxation`, which knows "
        f"the sinks; got a {type(law).__name__}: pick it with `law=lambda model: ...`."
    )


class _Seen:
    """From the model to a law that gives the mean diffusivity over the anneal; equal
    for one experiment."""

    def __init__(self, film: QuenchedFilm):
        self.film = film

    def __call__(self, model: PyTree) -> djx.diffusivity.AbstractDiffusivity:
        own = self.film.efficiency
        if isinstance(own, Free):
            own = djx.real(number_of(own, 1.0))
        mean = self.film.spread(model, own) / self.film.anneal.duration
        return djx.diffusivity.Custom(lambda c, temperature, x: mean)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Seen) and other.film is self.film

    def __hash__(self) -> int:
        return id(self.film)
