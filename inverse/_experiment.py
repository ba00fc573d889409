"""What an experiment is: measured numbers, and what a model says of them."""

import abc
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from equinox import AbstractVar
from jaxtyping import Array, ArrayLike, Float, PyTree

import diffjax as djx

from ._data import AbstractData, changed, Readings
from ._hold import settled_history, without_numbers
from ._joint import AbstractJointTransform
from ._parameters import Free
from ._profile import Profile
from ._start import Guess
from ._transforms import Log


Local = Float[Array, ""] | Free


class AbstractExperiment(eqx.Module):
    """Measured numbers, and how a model predicts them.

    Local parameters (an origin, the compositions of the ends, the bias of a laboratory)
    belong to one experiment: each is a number that is held, or a [`inverse.Free`][].

    To add one: subclass this, and write the methods; for a profile along a line
    [`inverse.AbstractTraverse`][] has two of them.
    """

    data: AbstractVar[AbstractData]

    @abc.abstractmethod
    def locals(self) -> dict[str, Local]:
        """Local parameters by name: a number that is held, or a `Free`."""

    @abc.abstractmethod
    def guess(self) -> Guess:
        """Starting values from the data; plain NumPy, outside any transformation."""

    @abc.abstractmethod
    def predict(
        self,
        model: PyTree,
        local: dict[str, Float[Array, ""]],
        at: Float[Array, "points ..."],
        forward: bool = True,
    ) -> Float[Array, " points"]:
        """The values that the model gives.

        **Arguments:**

        - `model`: the model.
        - `local`: the local parameters, in their units.
        - `at`: what the values belong to: positions in m of a profile; shape
            `(points,)` or `(points, k)`.
        - `forward`: differentiate in forward mode (few parameters), not in reverse.

        **Returns:**

        Values in the unit of the data; shape `(points,)`.
        """

    @abc.abstractmethod
    def bare(self, data: AbstractData) -> "AbstractExperiment":
        """The same experiment with other data and no numbers of local parameters:
        these are in the objective of a fit.

        **Arguments:**

        - `data`: of the same kind and shape, in the same units.
        """


class AbstractCurve(AbstractExperiment):
    """Readings over one variable; each local parameter is a field of the same name.

    **Attributes:**

    - `data`: what was measured.
    """

    data: AbstractVar[Readings]

    def bare(self, data: AbstractData) -> "AbstractCurve":
        """See `AbstractExperiment.bare`."""
        return changed(self, data=data, **dict.fromkeys(self.locals()))


class AbstractTraverse(AbstractExperiment):
    """A profile along a line, after an anneal, by a law of diffusion.

    **Attributes:**

    - `profile`: what was measured.
    - `anneal`: the temperature history, or a [`inverse.Hold`][] that is not known.
    - `law`: picks the law of this sample from the model; `None` if the model is the
        law.
    """

    profile: AbstractVar[Profile]
    anneal: AbstractVar[djx.AbstractAnneal]
    law: AbstractVar[Callable[[Any], Any] | None]

    @property
    def data(self) -> Profile:
        """The profile."""
        return self.profile

    def history(
        self, model: PyTree, local: dict[str, Float[Array, ""]]
    ) -> djx.AbstractAnneal:
        """The temperature history, of a [`inverse.Hold`][] with its numbers put in.

        **Arguments:**

        - `model`: the model.
        - `local`: the local parameters, in their units.
        """
        return settled_history(self.anneal, model, local)

    def bare(self, data: AbstractData) -> "AbstractTraverse":
        """See `AbstractExperiment.bare`."""
        anneal = without_numbers(self.anneal)
        return changed(
            self, profile=data, anneal=anneal, **dict.fromkeys(self.locals())
        )


def temperature_of(
    experiment: AbstractTraverse, model: PyTree, local: dict[str, float]
) -> Float[Array, ""]:
    """Temperature at the start of an experiment, in K.

    **Arguments:**

    - `model`, `local`: the model and the local parameters, in their units.
    """
    own = {name: djx.real(one) for name, one in local.items()}
    return experiment.history(model, own).temperature_at(jnp.zeros(()))


def mean_diffusivity(
    law: djx.diffusivity.AbstractDiffusivity,
    anneal: djx.AbstractAnneal,
    composition: Float[Array, " n"],
) -> Float[Array, "n ..."]:
    r"""$\frac1t \int_0^t D(c, T(t'))\,dt'$ at fixed compositions, in m²/s, of the shape
    that the law gives.

    Gauss quadrature between the corners of the history.
    """
    if isinstance(anneal, djx.Anneal):
        return law.over(composition, anneal.temperature)
    nodes, weights = np.polynomial.legendre.leggauss(8)
    ends = jnp.concatenate([jnp.zeros(1), anneal.corners, anneal.duration[None]])
    half = 0.5 * jnp.diff(ends)[:, None]
    middle = 0.5 * (ends[1:] + ends[:-1])[:, None]
    times = (middle + half * jnp.asarray(nodes)[None, :]).reshape(-1)
    shares = (half * jnp.asarray(weights)[None, :]).reshape(-1) / anneal.duration
    temperatures = jax.vmap(anneal.temperature_at)(times)
    values = law.over(composition[:, None], temperatures[None, :])
    return jnp.einsum("nt...,t->n...", values, shares)


def law_of(model: PyTree, pick: Callable | None) -> djx.diffusivity.AbstractDiffusivity:
    """The law that belongs to an experiment, in m²/s; functions become laws."""
    law = model if pick is None else pick(model)
    if isinstance(law, djx.diffusivity.AbstractDiffusivity):
        return law
    if callable(law):
        return djx.diffusivity.Custom(law)
    raise ValueError(
        "`fit` needs a model that is a diffusivity (or a function of composition, "
        f"temperature and position), but an experiment finds a {type(law).__name__}: "
        "pick its law with `Couple(..., law=lambda model: ...)`."
    )


def as_local(value: ArrayLike | Free | None, unit: str) -> Local:
    """A local parameter: a number that is held, or a `Free` (also for `None`)."""
    if value is None:
        return Free(unit=unit)
    if isinstance(value, Free) and isinstance(value.transform, AbstractJointTransform):
        raise ValueError(
            f"`{type(value.transform).__name__}` is for arrays of the model; a local "
            "parameter of an experiment is one number."
        )
    return value if isinstance(value, Free) else djx.real(value)


def as_amount(value: ArrayLike | Free | None, unit: str) -> Local:
    """As `as_local`, of what is positive: found by its logarithm for `None`."""
    positive = Free(transform=Log(), scale=1.0, unit=unit)
    return as_local(positive if value is None else value, unit)


def positive(local: Local, name: str, unit: str) -> Local:
    """The same local parameter, after asking that a held one is one number > 0.

    **Arguments:**

    - `local`: a number in `unit`, or free.
    - `name`: how a sentence names it.
    - `unit`: a word.

    **Raises:** `ValueError` if it is something else.
    """
    if isinstance(local, Free):
        return local
    message = f"`{name}` must be one number > 0 ({unit})."
    return djx.require(local, (local > 0) & (local.ndim == 0), message)


def number_of(local: Local, otherwise: float | None = None) -> Any:
    """A held number, or a free one's own start; `otherwise` if there is none."""
    if isinstance(local, Free):
        return otherwise if local.init is None else float(local.init)
    return float(local)
