"""What experiments would say of parameters, by the model alone."""

import dataclasses
import functools
from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PyTree

from ._defaults import declared_free
from ._experiment import AbstractExperiment
from ._objective import build, Objective, Words
from ._parameters import Derived, Free
from ._planned import simulate
from ._priors import MultivariateNormal
from ._reported import Reported, reported
from ._sigmas import first_sigmas


@dataclasses.dataclass(frozen=True)
class Question:
    """A model with what is free in it, and experiments on it, without their data.

    **Attributes:**

    - `objective`: its centre is the model as given.
    - `words`: for each number that is reported.
    - `noise`: standard deviation of each point, one array per experiment.
    - `shared`: how many numbers of the free vector belong to the model; the others
        are local.
    - `first`: how many of the reported numbers do.
    - `places`: name of each reported number, and its address if that is a path.
    - `notes`: sentences on what was assumed.
    """

    objective: Objective
    words: tuple[Words, ...]
    noise: tuple[Float[Array, " _"], ...]
    shared: int
    first: int
    places: tuple[str, ...]
    notes: tuple[str, ...]

    @functools.cached_property
    def told(self) -> Reported:
        """What is reported at the centre."""
        return reported(self.objective.slots, np.asarray(self.objective.centre))

    @property
    def described(self) -> tuple[str, ...]:
        """What sentences call the reported numbers."""
        return tuple(word.described for word in self.words)

    @property
    def names(self) -> tuple[str, ...]:
        """What the reported numbers of the model are called; without local ones."""
        return tuple(word.name for word in self.words[: self.first])

    @property
    def units(self) -> tuple[str, ...]:
        """Units of `names`."""
        return tuple(word.unit for word in self.words[: self.first])


def ask(
    model: PyTree,
    experiments: Sequence[AbstractExperiment] | AbstractExperiment,
    free: Sequence[Free | Derived] | Free | None,
    priors: Sequence[MultivariateNormal] | MultivariateNormal,
    who: str,
) -> Question:
    """Makes the question; arguments as in [`inverse.fit`][], `who` asks it.

    **Raises:** `ValueError` if an argument is wrong, or JAX runs in single precision.
    """
    if not jax.config.read("jax_enable_x64"):
        raise ValueError(
            f"`{who}` needs double precision: call "
            "`jax.config.update('jax_enable_x64', True)` first."
        )
    if isinstance(experiments, AbstractExperiment):
        experiments = (experiments,)
    experiments = tuple(experiments)
    wrong = [e for e in experiments if not isinstance(e, AbstractExperiment)]
    if not experiments or wrong:
        got = f"a {type(wrong[0]).__name__}" if wrong else "none"
        raise ValueError(
            f"`{who}` needs experiments such as `ThinFilm(planned(...), anneal)`; got "
            f"{got}."
        )
    declared = declared_free(model, free)
    priors = (priors,) if isinstance(priors, MultivariateNormal) else tuple(priors)
    made = simulate(model, experiments)
    objective, words = build(model, made, declared, priors=priors)
    if not words:
        raise ValueError(f"`{who}` found nothing to find: every parameter is held.")
    notes = []
    for experiment in experiments:
        if experiment.data.estimates_sigma:
            notes.append(
                f"the sigma of {experiment.data.name!r} is not given: 1 % of its "
                "range is assumed"
            )
    own = objective.slots[: len(declared)]
    shared, first = sum(s.size for s in own), sum(s.count for s in own)
    places, start = [], 0
    for number, slot in enumerate(objective.slots):
        where = declared[number].where if number < len(declared) else ""
        for word in words[start : start + slot.count]:
            places.append(f"{word.name} {where if isinstance(where, str) else ''}")
        start += slot.count
    noise = tuple(map(jnp.asarray, first_sigmas(made)))
    return Question(objective, words, noise, shared, first, tuple(places), tuple(notes))


def expected_rows(
    objective: Objective,
    free: Float[Array, " free"],
    noise: tuple[Float[Array, " _"], ...],
) -> tuple[Float[Array, "rows free"], Float[Array, "priors free"]]:
    r"""Rows $J$ whose squares $J^\top J$ are the expected Fisher information.

    **Arguments:**

    - `objective`: the model and its experiments, whose values do not matter.
    - `free`: free vector; no unit.
    - `noise`: standard deviation of each point, in the unit of the values.

    **Returns:**

    Rows of the data, and of the priors; without unit.
    """

    def values(u):
        return tuple(
            objective.predict(u, index, experiment.data.at)
            for index, experiment in enumerate(objective.experiments)
        )

    def priors(u):
        rows = objective.prior_rows(u)
        return jnp.concatenate(rows) if rows else jnp.zeros(0)

    along = lambda direction: jax.jvp(
        lambda u: (values(u), priors(u)), (free,), (direction,)
    )
    basis = jnp.eye(free.size, dtype=free.dtype)
    (value, _), (slopes, prior) = jax.vmap(along, out_axes=(None, -1))(basis)
    rows = []
    for experiment, sigma, at, slope in zip(
        objective.experiments, noise, value, slopes
    ):
        sharp = experiment.data.noise.sharpness(at, sigma)
        rows.append(sharp[:, None] * slope)
    return jnp.concatenate(rows), prior


compiled_rows = eqx.filter_jit(expected_rows)


def from_priors(
    objective: Objective, count: int, seed: int, spread: float = 0.0
) -> np.ndarray:
    """Free vectors drawn from the priors, near the centre taken as normal.

    **Arguments:**

    - `objective`: its priors, and where they are drawn around.
    - `count`: how many.
    - `seed`: of the random numbers.
    - `spread`: standard deviation of what has no prior, in scales.

    **Returns:** shape `(count, free)`.
    """
    centre = np.asarray(objective.centre)
    rows, slopes = map(np.asarray, _prior_slopes(objective, objective.centre))
    # A parameter with priors that are far off is first moved to where they agree.
    for _ in range(20):
        with_prior = np.any(slopes != 0, axis=0)
        if not np.any(with_prior):
            break
        step = np.linalg.lstsq(slopes[:, with_prior], rows, rcond=1e-10)[0]
        centre = centre.copy()
        centre[with_prior] -= np.clip(step, -3, 3)
        rows, slopes = map(np.asarray, _prior_slopes(objective, jnp.asarray(centre)))
        if np.max(np.abs(step)) < 1e-6:
            break
    with_prior = np.any(slopes != 0, axis=0)
    width = np.zeros((centre.size, centre.size))
    if np.any(with_prior):
        known = slopes[:, with_prior]
        fisher = known.T @ known
        fisher += 1e-12 * np.trace(fisher) * np.eye(len(fisher))
        inside = np.linalg.inv(np.linalg.cholesky(fisher)).T
        width[np.ix_(with_prior, with_prior)] = inside
    alone = np.flatnonzero(~with_prior)
    width[alone, alone] = spread
    random = np.random.default_rng(seed)
    return centre + random.normal(size=(count, centre.size)) @ width.T


@eqx.filter_jit
def _prior_slopes(objective, free):
    def rows(u):
        found = objective.prior_rows(u)
        return jnp.concatenate(found) if found else jnp.zeros(0)

    return rows(free), jax.jacfwd(rows)(free)
