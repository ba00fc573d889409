"""Experiments that are not done yet, and data that a model makes for them."""

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, PyTree

import diffjax as djx

from ._data import AbstractData, changed, Readings
from ._experiment import AbstractExperiment, AbstractTraverse
from ._noise import AbstractNoise
from ._objective import nameless
from ._parameters import Free
from ._priors import centre_of
from ._profile import Profile
from ._response import AbstractResponse


def planned(
    position: ArrayLike,
    sigma: ArrayLike | None = None,
    name: str = "plan",
    noise: AbstractNoise | None = None,
    response: AbstractResponse | None = None,
) -> Profile:
    """A profile that is to be measured: where, and how well.

    For [`inverse.identify`][] and [`inverse.design`][]; it holds no data, so that
    what is free in its experiment needs a `Free(init=...)`, and `fit` refuses it.

    **Arguments:**

    - `position`: increasing, in m; shape `(points,)`, at least 3.
    - `sigma`: standard deviation that is expected, in the unit of the values; one
        number or shape `(points,)`; `None` for noise that has none of its own.
    - `name`, `noise`, `response`: as in [`inverse.Profile`][].

    **Returns:**

    An [`inverse.Profile`][] that is not `measured`.

    **Raises:** `ValueError` as [`inverse.Profile`][], or if `sigma` is missing.

    !!! example

        ```python
        profile = inv.planned(jnp.linspace(0.0, 1e-4, 30), sigma=0.005)
        film = inv.ThinFilm(
            profile, djx.Anneal(3.6e5, 1273.15), amount=inv.Free(init=1e-6)
        )
        ```
    """
    # A falling ramp stands for the values, so that constructors can look at it.
    stand_in = jnp.linspace(1.0, 0.0, jnp.shape(djx.real(position))[-1])
    profile = Profile(position, stand_in, sigma, name, noise, response)
    if profile.estimates_sigma:
        raise ValueError("`planned` needs the `sigma` that is expected.")
    return changed(profile, measured=False)


def planned_readings(
    at: ArrayLike,
    sigma: ArrayLike | None = None,
    name: str = "plan",
    noise: AbstractNoise | None = None,
    quantity: str = "value",
    axis: str = "",
) -> Readings:
    """Readings that are to be taken, for [`inverse.Measured`][]; see
    [`inverse.planned`][].

    **Arguments:**

    - `at`: what each reading belongs to, in any unit; shape `(points,)` or
        `(points, k)`.
    - `sigma`: standard deviation that is expected, in the unit of the readings; one
        number or shape `(points,)`; `None` for noise that has none of its own.
    - `name`, `noise`, `quantity`, `axis`: as in [`inverse.Readings`][].

    **Returns:**

    [`inverse.Readings`][] that are not `measured`.

    **Raises:** `ValueError` as [`inverse.Readings`][], or if `sigma` is missing.
    """
    stand_in = jnp.ones(jnp.shape(djx.real(at))[:1])
    data = Readings(stand_in, sigma, at, name, noise, quantity, axis)
    if data.estimates_sigma:
        raise ValueError("`planned_readings` needs the `sigma` that is expected.")
    return changed(data, measured=False)


def simulate(
    model: PyTree,
    experiments: Sequence[AbstractExperiment] | AbstractExperiment,
    seed: int | None = None,
) -> tuple[AbstractExperiment, ...]:
    """The same experiments with the values that a model gives, noise added or not.

    **Arguments:**

    - `model`: as in [`inverse.fit`][].
    - `experiments`: planned or measured. Local parameters are the numbers that are
        held, or `Free(init=...)`; where there is neither, guesses from the data.
    - `seed`: of the noise; `None` for values without noise.

    **Returns:**

    One experiment for each, its profile `measured`, in the unit of the values.

    **Raises:** `ValueError` if a planned experiment has a local parameter without a
    start, or `sigma` is not known where noise is wanted.
    """
    if isinstance(experiments, AbstractExperiment):
        experiments = (experiments,)
    random = None if seed is None else np.random.default_rng(seed)
    out = []
    for experiment in experiments:
        data = experiment.data
        local = local_starts(experiment)
        value = np.asarray(_values(model, nameless(experiment), local))
        if not np.all(np.isfinite(value)):
            raise ValueError(
                f"`simulate`: the model gives NaN or infinite values for "
                f"{data.name!r}; look at its parameters and at the anneal (time in "
                "s, temperature in K)."
            )
        if random is not None:
            if data.estimates_sigma:
                raise ValueError(
                    f"`simulate(seed=...)` needs `sigma` of {data.name!r}."
                )
            value = data.noise.draw(value, data.sigma, random)
        made = changed(data, value=jnp.asarray(value), measured=True)
        out.append(with_data(experiment, made))
    return tuple(out)


def local_starts(experiment: AbstractExperiment) -> dict[str, Float[Array, ""]]:
    """Local parameters and widths of an instrument, in their units: held numbers, own
    starts, or guesses from the data; of a plan what priors say."""
    response = experiment.data.response
    widths = {} if response is None else response.widths()
    out, guess = {}, None
    for name, given in {**experiment.locals(), **widths}.items():
        if not isinstance(given, Free):
            out[name] = given
        elif given.init is not None:
            out[name] = given.init
        elif not experiment.data.measured:
            likely = None if given.prior is None else centre_of(given.prior)
            if likely is None:
                raise ValueError(
                    f"{experiment.data.name!r} is planned, so there is no data to "
                    f"guess its {name!r} from: give a number, or `Free(init=...)`."
                )
            out[name] = likely
        else:
            guess = experiment.guess() if guess is None else guess
            out[name] = djx.real(guess.local[name])
    return out


def with_data(experiment: AbstractExperiment, data: AbstractData) -> Any:
    """The same experiment with other data of the same kind; units and shapes as they
    are."""
    traverse = isinstance(experiment, AbstractTraverse)
    return changed(experiment, **{"profile" if traverse else "data": data})


@eqx.filter_jit
def _values(model, experiment, local):
    data = experiment.data
    predict = lambda x: experiment.predict(model, local, x, True)
    if data.response is None:
        return predict(data.at)
    return data.response.apply(predict, data.at, local)
