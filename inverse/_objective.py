"""The residual vector: data over their errors, then priors."""

from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PyTree

import diffjax as djx

from ._data import changed
from ._declare import settled, slot_of, Words, words_of
from ._experiment import (
    AbstractExperiment,
    AbstractTraverse,
    law_of,
    mean_diffusivity,
)
from ._groups import for_each, for_one
from ._hold import longer
from ._parameters import Derived, Free, resolve
from ._priors import MultivariateNormal
from ._slots import AnySlot, follow, Follower, pack, parts, spoken, unpack


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
    slots: tuple[AnySlot, ...]
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
        model, local = unpack(self.whole, self.slots, free)
        items = list(zip(self.experiments, local, noise))
        rows = for_each(lambda item: self._rows(model, *item), items)
        return jnp.concatenate([*rows, *self.prior_rows(free)])

    def part(
        self,
        free: Float[Array, " free"],
        noise: tuple[Float[Array, " points"], ...],
        index: Int[Array, ""],
    ) -> Float[Array, ""]:
        """Half the sum of the squares of one experiment's rows; no unit.

        **Arguments:**

        - `free`, `noise`: as in `residual`.
        - `index`: number of the experiment; no unit.
        """
        model, local = unpack(self.whole, self.slots, free)
        items = list(zip(self.experiments, local, noise))
        cost = lambda item: 0.5 * jnp.sum(self._rows(model, *item) ** 2)
        return for_one(cost, items, index)

    def prior_part(self, free: Float[Array, " free"]) -> Float[Array, ""]:
        """Half the sum of the squares of the priors' rows; no unit."""
        parts = [0.5 * jnp.sum(row**2) for row in self.prior_rows(free)]
        return sum(parts, jnp.zeros((), free.dtype))

    @property
    def prior_count(self) -> int:
        """Number of the priors' rows; no unit."""
        single = sum(slot.count for slot in self.slots if slot.prior is not None)
        return single + sum(len(prior.names) for prior, _ in self.joint)

    def _rows(self, model, experiment, parameters, sigma):
        """Rows of one experiment."""
        data = experiment.data
        value = self._read(experiment, model, parameters, data.at)
        row = data.noise.residual(value, data.value, sigma)
        plain = (value - data.value) / sigma
        return jnp.where(self.plain, plain, row)

    def start_residual(self, free: Float[Array, " free"]) -> Float[Array, " rows"]:
        """Distance of the law from the diffusivities guessed from the data.

        A weak pull to the start holds what these do not determine.
        """
        model, local = unpack(self.whole, self.slots, free)
        rows = []
        for experiment, own, target in zip(self.experiments, local, self.targets):
            composition, log_diffusivity, weight = target
            if not isinstance(experiment, AbstractTraverse):
                continue
            law = law_of(model, experiment.law)
            history = experiment.history(model, own)
            mean = mean_diffusivity(law, history, composition)
            # The data tell D t: of an unknown time they say as much as of D.
            log_mean = jnp.log(mean) + longer(experiment.anneal, history)
            rows.append(weight * (log_mean - log_diffusivity) / 0.1)
        pull = 0.03 * (free - self.centre)
        return jnp.concatenate([*rows, *self.prior_rows(free), pull])

    def _read(self, experiment, model, local, at):
        """Values as the instrument shows them."""
        predict = lambda x: experiment.predict(model, local, x, self.forward)
        response = experiment.data.response
        if response is None:
            return predict(at)
        return response.apply(predict, at, local)

    def prior_rows(self, free: Float[Array, " free"]) -> list[Float[Array, " n"]]:
        """Rows of the priors alone, in standard deviations."""
        rows = [
            slot.prior.residual(slot.held(part))
            for slot, part in parts(self.slots, free)
            if slot.prior is not None
        ]
        if self.joint:
            values = spoken(self.slots, free)
            rows += [prior.residual(values[where]) for prior, where in self.joint]
        return rows

    @property
    def with_prior(self) -> np.ndarray:
        """Which of the reported numbers have a prior; shape `(parameters,)`."""
        counts = [np.full(slot.count, slot.prior is not None) for slot in self.slots]
        out = np.concatenate(counts) if counts else np.zeros(0, bool)
        for _, where in self.joint:
            out[np.asarray(where)] = True
        return out


def build(
    model: PyTree,
    experiments: Sequence[AbstractExperiment],
    free: Sequence[Free | Derived],
    forward: bool = True,
    priors: Sequence[MultivariateNormal] = (),
) -> tuple[Objective, tuple[Words, ...]]:
    """Makes the objective of a fit.

    **Arguments:**

    - `model`: any pytree of arrays.
    - `experiments`: what was measured.
    - `free`: what may change in the model, and what follows.
    - `forward`: derivatives in forward mode.
    - `priors`: of several parameters together.

    **Returns:**

    The objective, and words for each number that is reported.

    **Raises:** `ValueError` if an address is wrong, two of them overlap, or a prior
    names what is not free.
    """
    for experiment in experiments:
        if not experiment.data.measured:
            raise ValueError(
                f"{experiment.data.name!r} is planned and holds no data: use "
                "`identify` or `design`, or make data with `simulate`."
            )
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
        one = settled(one, experiments)
        if one.where is None:
            raise ValueError(
                "`Free(where=...)` must be given for a parameter of the model; only "
                "local parameters of an experiment do without."
            )
        title, scale = (one.name, one.scale) if isinstance(one, Free) else (None, None)
        declared.append((one, one.where, title, scale))
    slots, words, taken = [], [], []
    for number, (one, where, title, scale) in enumerate([*declared, *wanted]):
        mine = number < len(declared)
        wheres = where if isinstance(where, tuple) else (where,)
        addresses = [resolve(model if mine else whole, one) for one in wheres]
        for address in addresses:
            for other in taken:
                if address.meets(other):
                    raise ValueError(
                        f"`Free`: {address.path!r} is named twice (also as "
                        f"{other.path!r})."
                    )
            taken.append(address)
        if isinstance(one, Derived):
            slots.append(Follower(addresses[0].place, one.function))
            continue
        slot, whole = slot_of(one, addresses, whole, scale)
        slots.append(slot)
        words += words_of(one, addresses, title)
    whole = follow(whole, tuple(slots))
    objective = Objective(
        whole,
        tuple(slots),
        tuple(nameless(experiment) for experiment in experiments),
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
        raise ValueError(
            f"the start of {_astray(objective, words)!r} is outside its transform's "
            "range (e.g. not > 0 for `Log`): give another `Free(init=...)`."
        )
    return objective, tuple(words)


def _astray(objective: Objective, words: Sequence[Words]) -> str:
    """The first parameter whose start no transform can reach."""
    count = 0
    for slot, part in parts(objective.slots, objective.centre):
        bad = np.flatnonzero(~np.isfinite(np.asarray(part)))
        if len(bad):
            return words[count + (int(bad[0]) if slot.kinds is None else 0)].name
        count += slot.count
    return ""


def _places(prior: MultivariateNormal, words: Sequence[Words]) -> Int[Array, " k"]:
    known = [word.name for word in words]
    for name in prior.names:
        if known.count(name) != 1:
            raise ValueError(
                f"`MultivariateNormal` names {name!r}, but the free parameters are "
                f"{', '.join(known)}."
            )
    return jnp.asarray([known.index(name) for name in prior.names])


def _prefixes(names: list[str]) -> list[str]:
    if len(names) == 1:
        return [""]
    if len(set(names)) == len(names):
        return [f"{name}." for name in names]
    return [f"{name} {i + 1}." for i, name in enumerate(names)]


def nameless(experiment: AbstractExperiment) -> AbstractExperiment:
    """The same experiment, so that another name of its data compiles nothing new.

    Local parameters are left out too: their values are in the objective.
    """
    data, response = experiment.data, experiment.data.response
    if response is not None:
        response = changed(response, **dict.fromkeys(response.widths()))
        data = changed(data, response=response)
    return experiment.bare(data.nameless())
