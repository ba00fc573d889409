"""The residual vector: data over their errors, then priors."""

import dataclasses
from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PyTree

import diffjax as djx

from ._data import changed
from ._experiment import (
    AbstractExperiment,
    AbstractTraverse,
    law_of,
    mean_diffusivity,
)
from ._parameters import Free, pack, place, resolve, scale_of, Slot, unpack
from ._priors import MultivariateNormal


class Objective(eqx.Module):
    """Everything that the compiled part of a fit needs, and no names.

    **Attributes:**

    - `whole`: the model and the local parameters of each experiment, at their start.
    - `slots`: the free numbers among them.
    - `experiments`: without the names of their profiles.
    - `targets`: for each experiment compositions, ln D (m²/s) guessed from the data,
        and weights.
    - `centre`: the free vector of `whole`.
    - `joint`: priors of several parameters, and where these are in the free vector.
    - `plain`: rows of the data as those of Gaussian noise, whatever theirs is: what a
        model gives is then read from them by the program of a fit.
    - `forward`: forward mode for derivatives.
    """

    whole: PyTree
    slots: tuple[Slot, ...]
    experiments: tuple[AbstractExperiment, ...]
    targets: tuple[tuple[Float[Array, " _"], ...], ...]
    centre: Float[Array, " free"]
    joint: tuple[tuple[MultivariateNormal, Int[Array, " k"]], ...]
    plain: Bool[Array, ""]
    forward: bool = eqx.field(static=True)

    def model(self, free: Float[Array, " free"]) -> PyTree:
        """The model that a free vector stands for."""
        return unpack(self.whole, self.slots, free)[0]

    def predict(
        self,
        free: Float[Array, " free"],
        index: int,
        at: Float[Array, "points ..."],
    ) -> Float[Array, " points"]:
        """Values of one experiment, in their unit; `at` as in its `predict`."""
        model, local = unpack(self.whole, self.slots, free)
        return self._read(self.experiments[index], model, local[index], at)

    def residual(
        self, free: Float[Array, " free"], noise: tuple[Float[Array, " _"], ...]
    ) -> Float[Array, " rows"]:
        r"""Rows of all points by their noise, e.g. $(c_{model} - c_{data}) / \sigma$,
        then the priors' rows.

        **Arguments:**

        - `free`: the free vector; no unit.
        - `noise`: $\sigma$ of each point of each experiment, in the unit of the values.

        **Returns:**

        Rows without unit; half the sum of their squares is what a fit makes small.
        """
        whole = unpack(self.whole, self.slots, free)
        model, local = whole
        rows = []
        for experiment, parameters, sigma in zip(self.experiments, local, noise):
            data = experiment.data
            value = self._read(experiment, model, parameters, data.at)
            row = data.noise.residual(value, data.value, sigma)
            plain = (value - data.value) / sigma
            rows.append(jnp.where(self.plain, plain, row))
        return jnp.concatenate([*rows, *self._priors(free)])

    def start_residual(self, free: Float[Array, " free"]) -> Float[Array, " rows"]:
        """Distance of the law from the diffusivities guessed from the data.

        A weak pull to the start holds what these do not determine.
        """
        model, _ = unpack(self.whole, self.slots, free)
        rows = []
        for experiment, target in zip(self.experiments, self.targets):
            composition, log_diffusivity, weight = target
            if not isinstance(experiment, AbstractTraverse):
                continue
            law = law_of(model, experiment.law)
            mean = mean_diffusivity(law, experiment.anneal, composition)
            rows.append(weight * (jnp.log(mean) - log_diffusivity) / 0.1)
        pull = 0.03 * (free - self.centre)
        return jnp.concatenate([*rows, *self._priors(free), pull])

    def _read(self, experiment, model, local, at):
        """Values as the instrument shows them."""
        predict = lambda x: experiment.predict(model, local, x, self.forward)
        response = experiment.data.response
        if response is None:
            return predict(at)
        return response.apply(predict, at, local)

    def _priors(self, free: Float[Array, " free"]) -> list[Float[Array, " n"]]:
        rows, start = [], 0
        for slot in self.slots:
            part = free[start : start + slot.size]
            start += slot.size
            if slot.prior is not None:
                value = slot.transform.inverse(part * slot.scale)
                rows.append(slot.prior.residual(value))
        if self.joint:
            scales = [jnp.full(slot.size, slot.scale) for slot in self.slots]
            values = free * jnp.concatenate(scales)
            rows += [prior.residual(values[where]) for prior, where in self.joint]
        return rows

    @property
    def with_prior(self) -> np.ndarray:
        """Which numbers of the free vector have a prior; shape `(free,)`."""
        sizes = [np.full(slot.size, slot.prior is not None) for slot in self.slots]
        out = np.concatenate(sizes) if sizes else np.zeros(0, bool)
        for _, where in self.joint:
            out[np.asarray(where)] = True
        return out


@dataclasses.dataclass(frozen=True)
class Words:
    """What reports say of one number of the free vector."""

    name: str
    unit: str
    logged: bool
    described: str


def build(
    model: PyTree,
    experiments: Sequence[AbstractExperiment],
    free: Sequence[Free],
    forward: bool = True,
    priors: Sequence[MultivariateNormal] = (),
) -> tuple[Objective, tuple[Words, ...]]:
    """Makes the objective of a fit.

    **Arguments:**

    - `model`: any pytree of arrays.
    - `experiments`: what was measured.
    - `free`: what may change in the model.
    - `forward`: derivatives in forward mode.
    - `priors`: of several parameters together.

    **Returns:**

    The objective, and words for each number of its free vector.

    **Raises:** `ValueError` if an address is wrong, two of them overlap, or a prior
    names what is not free.
    """
    prefixes = _prefixes([e.data.name for e in experiments])
    guesses = [experiment.guess() for experiment in experiments]
    local, wanted = [], []
    for index, (experiment, guess) in enumerate(zip(experiments, guesses)):
        values = {}
        for name, given in experiment.locals().items():
            if not isinstance(given, Free):
                values[name] = given
                continue
            values[name] = djx.real(guess.local[name])
            scale = given.scale
            if scale is None and given.prior is None and name in guess.scale:
                scale = djx.real(guess.scale[name])
            where = f"[1][{index}]['{name}']"
            title = f"{prefixes[index]}{name}" if given.name is None else given.name
            wanted.append((given, where, title, scale))
        response = experiment.data.response
        widths = {} if response is None else response.widths()
        for name, given in widths.items():
            if not isinstance(given, Free):
                values[name] = given
                continue
            if given.init is None:
                raise ValueError(
                    f"a free {name!r} of an instrument needs `Free(init=...)` in m."
                )
            values[name] = djx.real(given.init)
            where = f"[1][{index}]['{name}']"
            title = f"{prefixes[index]}{name}" if given.name is None else given.name
            wanted.append((given, where, title, given.scale))
        local.append(values)
    whole = (model, tuple(local))
    declared = []
    for one in free:
        if one.where is None:
            raise ValueError(
                "`Free(where=...)` must be given for a parameter of the model; only "
                "local parameters of an experiment do without."
            )
        declared.append((one, one.where, one.name, one.scale))
    slots, words, taken = [], [], {}
    for number, (one, where, title, scale) in enumerate([*declared, *wanted]):
        mine = number < len(declared)
        address = resolve(model if mine else whole, where)
        for other, path in taken.items():
            same = other[0] == address.leaf and (
                other[1] is None
                or address.element is None
                or other[1] == address.element
            )
            if same:
                raise ValueError(
                    f"`Free`: {address.path!r} is named twice (also as {path!r})."
                )
        taken[address.leaf, address.element] = address.path
        if one.init is not None:
            whole = place(whole, address, one.init)
        stub = Slot(
            address.leaf,
            address.element,
            address.size,
            one.transform,
            one.prior,
            jnp.ones(()),
        )
        value = stub.value(jtu.tree_leaves(whole))
        size = scale_of(one, value) if scale is None else scale
        slots.append(dataclasses.replace(stub, scale=size))
        for name in _names(title, address.path, address.size):
            described = f"ln {name}" if one.logged else one.transform.describe(name)
            words.append(Words(name, one.unit, one.logged, described))
    objective = Objective(
        whole,
        tuple(slots),
        tuple(_nameless(experiment) for experiment in experiments),
        tuple(
            (djx.real(g.composition), djx.real(g.log_diffusivity), djx.real(g.weight))
            for g in guesses
        ),
        pack(whole, tuple(slots)),
        tuple((prior, _places(prior, words)) for prior in priors),
        jnp.asarray(False),
        forward,
    )
    if not np.all(np.isfinite(np.asarray(objective.centre))):
        bad = int(np.argmin(np.isfinite(np.asarray(objective.centre))))
        raise ValueError(
            f"the start of {words[bad].name!r} is outside its transform's range (e.g. "
            "not > 0 for `Log`): give another `Free(init=...)`."
        )
    return objective, tuple(words)


def _places(prior: MultivariateNormal, words: Sequence[Words]) -> Int[Array, " k"]:
    known = [word.name for word in words]
    for name in prior.names:
        if known.count(name) != 1:
            raise ValueError(
                f"`MultivariateNormal` names {name!r}, but the free parameters are "
                f"{', '.join(known)}."
            )
    return jnp.asarray([known.index(name) for name in prior.names])


def _names(title: str | tuple[str, ...] | None, path: str, size: int) -> list[str]:
    if isinstance(title, tuple):
        if len(title) != size:
            raise ValueError(
                f"`Free(name=...)` of {path!r} must hold {size} names; got "
                f"{len(title)}."
            )
        return list(title)
    name = path if title is None else title
    return [name] if size == 1 else [f"{name}[{i}]" for i in range(size)]


def _prefixes(names: list[str]) -> list[str]:
    if len(names) == 1:
        return [""]
    if len(set(names)) == len(names):
        return [f"{name}." for name in names]
    return [f"{name} {i + 1}." for i, name in enumerate(names)]


def _nameless(experiment: AbstractExperiment) -> AbstractExperiment:
    """The same experiment, so that another name of its data compiles nothing new.

    Local parameters are left out too: their values are in the objective.
    """
    data, response = experiment.data, experiment.data.response
    if response is not None:
        response = changed(response, **dict.fromkeys(response.widths()))
        data = changed(data, response=response)
    return experiment.bare(data.nameless())
