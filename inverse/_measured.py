"""Measured numbers of any kind, and a function that predicts them from the model."""

from collections.abc import Callable, Mapping

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float, PyTree

import diffjax as djx

from ._data import AbstractData, changed
from ._experiment import AbstractExperiment, as_local, Local
from ._parameters import Free
from ._start import Guess, guessed
from ._transforms import AbstractTransform


class Measured(AbstractExperiment):
    """Measured numbers of any kind beside a function that predicts them.

    For what no other experiment here predicts: joined freely with profiles in one fit,
    with parameters of the model that all share and local ones of its own.

    **Attributes:**

    - `data`: what was measured.
    - `prediction`: what predicts them.
    - `local`: local parameters by name.
    """

    data: AbstractData
    prediction: Callable = eqx.field(static=True)
    local: dict[str, Local] | None

    def __init__(
        self,
        data: AbstractData,
        predict: Callable[..., Float[Array, " points"]],
        local: Mapping[str, ArrayLike | Free] | None = None,
    ):
        """**Arguments:**

        - `data`: [`inverse.Readings`][], or a [`inverse.Profile`][] that no experiment
            of this package predicts.
        - `predict`: from the model, a dictionary of the local parameters and `data.at`
            to values in the unit of the readings, shape `(points,)`; built from JAX
            operations. Write it once, outside of loops: another function is compiled
            anew. Inside, `djx.solve(..., adjoint=diffrax.ForwardMode())` suits a fit of
            up to 50 parameters.
        - `local`: local parameters by name, e.g. the bias of a laboratory: a number is
            held, a [`inverse.Free`][] is fitted, from its `init`, or from 0 with the
            identity as its transform.

        **Raises:** `ValueError` if a `Free` of `local` has no start.

        !!! example

            ```python
            table = inv.Measured(
                inv.Readings(jnp.log(jnp.array([1e-15, 3e-14])), 0.1,
                             at=jnp.array([1100.0, 1300.0])),
                lambda law, local, t: jnp.log(law.over(0.0, t)) + local["bias"],
                local={"bias": inv.Free(prior=inv.Normal(0.0, 0.2))},
            )
            ```
        """
        self.data, self.prediction = data, predict
        given = {} if local is None else local
        self.local = {name: as_local(one, "") for name, one in given.items()}
        self.guess()

    def locals(self) -> dict[str, Local]:
        """Those given."""
        return {} if self.local is None else self.local

    def guess(self) -> Guess:
        """Starts of the local parameters; of the model the data say nothing here."""
        start = {}
        for name, one in self.locals().items():
            if isinstance(one, Free):
                start[name] = _start(name, one)
        return guessed(start, {})

    def predict(
        self,
        model: PyTree,
        local: dict[str, Float[Array, ""]],
        at: Float[Array, "points ..."],
        forward: bool = True,
    ) -> Float[Array, " points"]:
        """Values that belong to `at`; see `AbstractExperiment.predict`."""
        del forward
        value = djx.real(self.prediction(model, local, at))
        if value.shape != at.shape[:1]:
            raise ValueError(
                "`Measured(predict=...)` must give values of shape "
                f"{at.shape[:1]}, one for each reading; it gives {value.shape}."
            )
        return value

    def bare(self, data: AbstractData) -> "Measured":
        """See `AbstractExperiment.bare`."""
        return changed(self, data=data, local=dict.fromkeys(self.locals()))


def _start(name: str, free: Free) -> float:
    if free.init is not None:
        return float(free.init)
    assert isinstance(free.transform, AbstractTransform)
    start = float(free.transform.inverse(jnp.zeros(())))
    if start != 0:
        raise ValueError(
            f"`Measured(local=...)`: {name!r} needs `Free(init=...)` to start from."
        )
    return start
