"""A hold whose duration or temperature is to be found: chronometry."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float, PyTree

import diffjax as djx

from ._data import changed
from ._joint import AbstractJointTransform
from ._parameters import Free
from ._priors import centre_of
from ._start import Guess
from ._transforms import Log


# Where a duration begins of which nothing is said, in s: profiles move it from there.
_NOMINAL = 1e6


class Hold(djx.AbstractAnneal):
    r"""A hold at one temperature, its duration or temperature not known.

    It stands in the place of a [`diffjax.Anneal`][] in [`inverse.Couple`][],
    [`inverse.HalfSpace`][], [`inverse.ThinFilm`][] and [`inverse.Block`][], which then
    have the local parameters `duration` and `temperature`. A profile sees $\int D\,dt$:
    how long it took follows only with what is known of $D$ from elsewhere, so that the
    law needs a prior ([`inverse.MultivariateNormal`][] for one with its covariance).

    **Attributes:**

    - `nominal`: the hold from which a fit starts.
    - `time`, `heat`: duration and temperature, numbers or [`inverse.Free`][]; `None` if
        they are shared.
    - `shared`: names of those that are picked from the model, and what picks them.
    """

    nominal: djx.Anneal
    time: Any
    heat: Any
    shared: tuple[tuple[str, Callable], ...] = eqx.field(static=True)

    def __init__(
        self,
        duration: ArrayLike | Free | Callable | None = None,
        temperature: ArrayLike | Free | Callable | None = None,
    ):
        """**Arguments:**

        - `duration`: > 0, in s. A number is held; `None`, or a [`inverse.Free`][], is
            fitted (by its logarithm where `None`, from what the profile says of
            $D t$); a function picks it from the model, so that several profiles share
            it.
        - `temperature`: absolute, > 0, in K; as `duration`, but a `Free` needs an
            `init` or a prior to start from.

        **Raises:** `ValueError` if a number is not > 0, or the temperature has no
        start.

        !!! example

            ```python
            hot = inv.Free(prior=inv.Normal(1463.0, 20.0), unit="K")
            inv.Couple(profile, inv.Hold(temperature=hot))
            ```
        """
        given = {"duration": duration, "temperature": temperature}
        self.shared = tuple((name, one) for name, one in given.items() if callable(one))
        picked = dict(self.shared)
        if duration is None:
            duration = Free(transform=Log(), scale=2.3, unit="s")
        long = 1.0 if "duration" in picked else _start(duration, "duration", _NOMINAL)
        hot = _start(
            temperature, "temperature", 1.0 if "temperature" in picked else None
        )
        self.nominal = djx.Anneal(long, hot)
        self.time = None if "duration" in picked else _local(duration)
        self.heat = None if "temperature" in picked else _local(temperature)

    @property
    def duration(self) -> Float[Array, ""]:
        """That from which a fit starts, in s; a scalar."""
        return self.nominal.duration

    def temperature_at(self, time: Float[Array, ""]) -> Float[Array, ""]:
        """That from which a fit starts, in K; a scalar."""
        return self.nominal.temperature_at(time)

    @property
    def corners(self) -> Float[Array, " corners"]:
        """None: shape `(0,)`."""
        return self.nominal.corners


def _local(value: Any) -> Any:
    return value if isinstance(value, Free) else djx.real(value)


def _start(value: Any, name: str, otherwise: float | None) -> Any:
    """Where a number begins, in its unit."""
    if callable(value) and not isinstance(value, Free):
        return otherwise
    found: Any = value
    if isinstance(value, Free):
        if isinstance(value.transform, AbstractJointTransform):
            raise ValueError(
                f"`Hold({name}=...)` is one number; `{type(value.transform).__name__}` "
                "is for arrays of the model."
            )
        found = value.init
        if found is None and value.prior is not None:
            found = centre_of(value.prior)
        found = otherwise if found is None else found
    unit = "s" if name == "duration" else "K"
    if found is None:
        raise ValueError(
            f"`Hold({name}=...)` must be a number ({unit}), a function, or a `Free` "
            "with an `init` or a prior to start from."
        )
    found = djx.real(found)
    good = (found > 0) & jnp.isfinite(found) & (found.ndim == 0)
    message = f"`Hold({name}=...)` must be one finite number > 0 ({unit})."
    return djx.require(found, good, message)


def unknowns(anneal: djx.AbstractAnneal) -> dict[str, Any]:
    """Local parameters of a temperature history: none of one that is known.

    **Arguments:**

    - `anneal`: of an experiment.

    **Returns:** `duration` (s) and `temperature` (K) of a `Hold`, if not shared.
    """
    if not isinstance(anneal, Hold):
        return {}
    own = {"duration": anneal.time, "temperature": anneal.heat}
    return {name: one for name, one in own.items() if one is not None}


def settled_history(
    anneal: djx.AbstractAnneal, model: PyTree, local: dict[str, Float[Array, ""]]
) -> djx.AbstractAnneal:
    """The history at given parameters.

    **Arguments:**

    - `anneal`: of an experiment.
    - `model`: from which shared numbers are picked.
    - `local`: local parameters, in their units.
    """
    if not isinstance(anneal, Hold):
        return anneal
    own = local | {name: djx.real(pick(model)) for name, pick in anneal.shared}
    return changed(anneal.nominal, hold=own["duration"], temperature=own["temperature"])


def with_starts(guess: Guess, anneal: djx.AbstractAnneal) -> Guess:
    """A guess that knows where `unknowns` begin, in s and K.

    **Arguments:**

    - `guess`: of the other local parameters.
    - `anneal`: of the experiment.
    """
    if not isinstance(anneal, Hold):
        return guess
    known = anneal.nominal
    starts = {"duration": known.hold, "temperature": known.temperature}
    starts = {name: float(one) for name, one in starts.items()}
    return guess._replace(local={**starts, **guess.local})


def without_numbers(anneal: Any) -> Any:
    """The same history without its unknowns, whose values are in the objective."""
    if not isinstance(anneal, Hold):
        return anneal
    return changed(anneal, time=None, heat=None)


def require_known(owner: str, anneal: djx.AbstractAnneal) -> None:
    """Asks that a history is known.

    **Arguments:**

    - `owner`: whose argument it is.
    - `anneal`: of an experiment.

    **Raises:** `ValueError` if it is a `Hold`.
    """
    if isinstance(anneal, Hold):
        raise ValueError(
            f"`{owner}(anneal=...)` must be known; `Hold` is for couples, half spaces, "
            "thin films and blocks. Make the time a number of the model and use "
            "`Measured`."
        )


def longer(anneal: djx.AbstractAnneal, history: djx.AbstractAnneal) -> Any:
    """ln of how many times longer a history is than where a fit starts; no unit.

    **Arguments:**

    - `anneal`: of an experiment.
    - `history`: what `settled_history` made of it.
    """
    if not isinstance(anneal, Hold):
        return 0.0
    return jnp.log(history.duration / anneal.duration)
