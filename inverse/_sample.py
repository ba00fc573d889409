"""Draws from the posterior by NUTS (blackjax), with checks that they can be trusted."""

import dataclasses
import importlib
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ._likelihood import Valley
from ._noise import Gaussian
from ._objective import Objective
from ._priors import LogNormal
from ._results import FitError, RESULTS
from ._slots import natural, parts, spoken


# Above these the draws are not reported.
_DIVERGENT = 0.01
_RHAT = 1.01
# Chains start so many standard deviations from the estimate.
_APART = 1.0


@dataclasses.dataclass(frozen=True, repr=False)
class Posterior:
    """Draws of the parameters, given the data and the priors.

    **Attributes:**

    - `names`, `units`: of the parameters.
    - `samples`: draws, each parameter in its unit; shape `(chains, draws, p)`.
    - `rhat`: how much wider all chains are than one, each parameter; 1 if they agree.
    - `ess`: number of independent draws that they are worth, each parameter.
    - `divergences`: share of the steps that diverged.
    - `notes`: sentences on priors and sigmas that were taken.
    - `converged`, `result`: whether the draws can be trusted, and a sentence if not.
    - `free`: draws of the free vector; shape `(chains, draws, free)`.
    - `objective`: what they are a free vector of.
    """

    names: tuple[str, ...]
    units: tuple[str, ...]
    samples: np.ndarray
    rhat: np.ndarray
    ess: np.ndarray
    divergences: float
    notes: tuple[str, ...]
    converged: bool
    result: str
    free: np.ndarray
    objective: Objective

    def __repr__(self) -> str:
        return self.table

    @property
    def flat(self) -> np.ndarray:
        """All draws together; shape `(chains * draws, p)`."""
        return self.samples.reshape(-1, len(self.names))

    @property
    def mean(self) -> np.ndarray:
        """Means, in the units of the parameters; shape `(p,)`."""
        return np.mean(self.flat, axis=0)

    @property
    def errors(self) -> np.ndarray:
        """Standard deviations, in the units of the parameters; shape `(p,)`."""
        return np.std(self.flat, axis=0, ddof=1)

    def interval(self, name: str, level: float = 0.95) -> tuple[float, float]:
        """Percentiles of one parameter.

        **Arguments:**

        - `name`: of the parameter.
        - `level`: probability inside, between 0 and 1.

        **Returns:** lower and upper end, in the parameter's unit.

        **Raises:** `KeyError` if no parameter is called so; [`inverse.FitError`][] if
        the draws cannot be trusted.
        """
        if name not in self.names:
            raise KeyError(f"{name!r}; the fit has {', '.join(self.names)}")
        if not self.converged:
            raise FitError(self.result)
        tails = 0.5 * (1 - level), 0.5 * (1 + level)
        low, high = np.quantile(self.flat[:, self.names.index(name)], tails)
        return float(low), float(high)

    def predict(self, function: Callable[[Any], Any]) -> np.ndarray:
        """Draws of any quantity that follows from the model.

        **Arguments:**

        - `function`: from the model to a number or an array, built from JAX operations.

        **Returns:** in the function's unit; shape `(chains * draws, ...)`.
        """
        free = jnp.asarray(self.free.reshape(-1, self.free.shape[-1]))
        return np.asarray(_predicted(function, self.objective, free))

    def plot(self, fit: Any = None) -> Any:
        """Draws of each parameter and each pair, as a matplotlib figure.

        **Arguments:**

        - `fit`: an [`inverse.Fit`][] whose Laplace intervals are drawn beside them.
        """
        from . import _pictures

        return _pictures.plot_corner(self, fit)

    @property
    def table(self) -> str:
        """Medians and 95 % intervals as text; without them if not to be trusted."""
        lines = []
        if self.converged:
            rows = [("parameter", "median", "95 % interval", "unit", "ESS", "R-hat")]
            ends = np.quantile(self.flat, (0.025, 0.5, 0.975), axis=0)
            for k, name in enumerate(self.names):
                low, middle, high = ends[:, k]
                told = f"{low:.5g} to {high:.5g}"
                counts = f"{self.ess[k]:.0f}", f"{self.rhat[k]:.3f}"
                rows.append((name, f"{middle:.6g}", told, self.units[k], *counts))
            widths = [max(len(row[k]) for row in rows) for k in range(6)]
            for row in rows:
                cells = [row[0].ljust(widths[0])]
                cells += [row[k].rjust(widths[k]) for k in (1, 2)]
                cells += [row[3].ljust(widths[3])]
                cells += [row[k].rjust(widths[k]) for k in (4, 5)]
                lines.append("  ".join(cells).rstrip())
        else:
            lines.append(f"NOT TO BE TRUSTED: {self.result}")
        lines.append(
            f"{self.samples.shape[0]} chains of {self.samples.shape[1]} draws, "
            f"{100 * self.divergences:.2g} % divergent"
        )
        return "\n".join([*lines, *(f"- {note}" for note in self.notes)])


def sample(
    valley: Valley,
    objective: Objective,
    names: tuple[str, ...],
    units: tuple[str, ...],
    unknown: tuple[bool, ...],
    draws: int,
    warmup: int,
    chains: int,
    seed: int,
    throw: bool,
) -> Posterior:
    """Draws by NUTS in directions in which the posterior is about round.

    **Arguments:**

    - `valley`: the minimum.
    - `objective`: of the numbers that are reported alone: a fit may run with more.
    - `names`, `units`: of the parameters.
    - `unknown`: for each experiment, whether its sigma was estimated.
    - `draws`, `warmup`: kept and dropped, of each chain.
    - `chains`: how many, at least 2.
    - `seed`: of the random numbers.
    - `throw`: raise if the draws cannot be trusted.

    **Raises:** as `Fit.sample`.
    """
    least = {"draws": (draws, 100), "warmup": (warmup, 100), "chains": (chains, 2)}
    for word, (given, few) in least.items():
        if given < few:
            raise ValueError(
                f"`sample({word}=...)` must be at least {few}; got {given}."
            )
    _blackjax()
    size = len(valley.bottom)
    alone, without = _without_prior(objective), ~objective.with_prior
    _, jacobian = valley.rows(valley.bottom)
    fisher = jacobian.T @ jacobian + np.diag(alone.astype(float))
    root = np.linalg.inv(np.linalg.cholesky(fisher)).T
    noises = [experiment.data.noise for experiment in objective.experiments]
    spread = tuple(
        est and isinstance(noise, Gaussian) for est, noise in zip(unknown, noises)
    )
    target = _Target(
        objective,
        jnp.asarray(valley.bottom),
        jnp.asarray(root),
        jnp.asarray(alone.astype(float)),
        tuple(map(jnp.asarray, valley.noise)),
        spread,
    )
    random = np.random.default_rng(seed)
    start = jnp.asarray(_APART * random.normal(size=(chains, size)))
    keys = jax.random.split(jax.random.key(seed), chains)
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        round_ones, divergent = _chains(target, keys, start, warmup, draws)
        free = valley.bottom + np.asarray(round_ones) @ root.T
        flat = jnp.asarray(free.reshape(-1, size))
        samples, told = map(np.asarray, _all_told(valley.slots, flat))
        # Of what is reported: of several numbers together there may be more than free.
        rhat, ess = _diagnostics(jnp.asarray(told.reshape(*free.shape[:2], -1)))
    share = float(np.mean(np.asarray(divergent)))
    result = ""
    if share > _DIVERGENT:
        result = str(RESULTS[RESULTS.divergent])
    elif not np.max(rhat) <= _RHAT:
        result = str(RESULTS[RESULTS.not_mixed])
    if result and throw:
        raise FitError(
            f"{result} ({100 * share:.2g} % diverged, largest R-hat "
            f"{float(np.max(rhat)):.3f})"
        )
    return Posterior(
        names,
        units,
        samples.reshape(*free.shape[:2], -1),
        rhat,
        ess,
        share,
        _notes(names, without, unknown, spread),
        not result,
        result,
        free,
        objective,
    )


def _without_prior(objective: Objective) -> np.ndarray:
    """Which numbers of the free vector no prior looks at; shape `(free,)`."""
    rows = objective.prior_rows
    if not objective.prior_count:
        return np.ones(objective.centre.size, bool)
    slopes = jax.jacfwd(lambda u: jnp.concatenate(rows(u)))(objective.centre)
    return ~np.any(np.asarray(slopes) != 0, axis=0)


def _notes(names, alone, unknown, spread) -> tuple[str, ...]:
    notes = []
    if np.any(alone):
        who = ", ".join(name for name, free in zip(names, alone) if free)
        notes.append(
            f"no prior was given for {who}: a normal one was taken around the "
            "estimate, as wide as the scale"
        )
    if any(spread):
        notes.append("an unknown sigma is drawn too, with the prior 1/sigma")
    if any(one and not drawn for one, drawn in zip(unknown, spread)):
        notes.append("the sigma of noise that is not Gaussian is held at its estimate")
    return tuple(notes)


def _blackjax() -> Any:
    try:
        with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
            return importlib.import_module("blackjax")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "`Fit.sample` needs blackjax: install it with `pip install diffjax[bayes]`."
        ) from error


class _Target(eqx.Module):
    """The logarithm of the posterior, in directions in which it is about round.

    **Attributes:**

    - `objective`, `noise`: of the fit.
    - `bottom`: the estimate, as a free vector.
    - `root`: from round directions to the free vector.
    - `alone`: 1 for numbers that have no prior of their own.
    - `spread`: for each experiment, whether its sigma is integrated over.
    """

    objective: Objective
    bottom: Float[Array, " free"]
    root: Float[Array, "free free"]
    alone: Float[Array, " free"]
    noise: tuple[Float[Array, " _"], ...]
    spread: tuple[bool, ...] = eqx.field(static=True)

    def log_density(self, z: Float[Array, " free"]) -> Float[Array, ""]:
        """Up to a constant."""
        free = self.bottom + self.root @ z
        rows = self.objective.residual(free, self.noise)
        out, start = -0.5 * jnp.sum((self.alone * (free - self.bottom)) ** 2), 0
        for sigma, spread in zip(self.noise, self.spread):
            square = jnp.sum(rows[start : start + sigma.size] ** 2)
            start += sigma.size
            # With the prior 1/sigma the integral over sigma is a power.
            power = -0.5 * sigma.size * jnp.log(jnp.where(spread, square, 1.0))
            out = out + (power if spread else -0.5 * square)
        out = out - 0.5 * jnp.sum(rows[start:] ** 2) + self._stretch(free)
        return jnp.where(jnp.isfinite(out), out, -jnp.inf)

    def _stretch(self, free: Float[Array, " free"]) -> Float[Array, ""]:
        """Priors are densities of the parameter, or of its logarithm: their slopes."""
        out = jnp.zeros(())
        for slot, part in parts(self.objective.slots, free):
            if slot.prior is None:
                continue
            of_log = isinstance(slot.prior, LogNormal)
            held = lambda u: jnp.log(slot.held(u)) if of_log else slot.held(u)
            slopes = jax.jacfwd(held)(part)
            # The volume that the free numbers take up among those of the prior.
            out = out + 0.5 * jnp.linalg.slogdet(slopes.T @ slopes)[1]
        return out

    def differentiable(self) -> Callable:
        """With the gradient in forward mode where the fit has it."""
        if not self.objective.forward:
            return self.log_density

        @jax.custom_vjp
        def density(z):
            return self.log_density(z)

        def forth(z):
            along = lambda d: jax.jvp(self.log_density, (z,), (d,))
            value, slope = jax.vmap(along, out_axes=(None, 0))(jnp.eye(z.size))
            return value, jnp.where(jnp.isfinite(slope), slope, 0.0)

        density.defvjp(forth, lambda slope, g: (g * slope,))
        return density


@eqx.filter_jit
def _chains(target: _Target, keys, start, warmup: int, draws: int):
    """Draws and divergences; chains one after the other, none waits for another."""
    blackjax = _blackjax()
    density = target.differentiable()
    tuned = blackjax.window_adaptation(blackjax.nuts, density)

    def chain(key, first):
        # Nearer to the estimate where the model gives no number.
        nearer = jnp.array([1.0, 0.5, 0.25, 0.1, 0.0])[:, None] * first
        there = jnp.isfinite(jax.lax.map(target.log_density, nearer))
        first = nearer[jnp.argmax(there)]
        early, late = jax.random.split(key)
        (state, parameters), _ = tuned.run(early, first, warmup)
        step = blackjax.nuts(density, **parameters).step

        def one(state, key):
            state, info = step(key, state)
            return state, (state.position, info.is_divergent)

        return jax.lax.scan(one, state, jax.random.split(late, draws))[1]

    return jax.lax.map(lambda both: chain(*both), (keys, start))


def _diagnostics(z: Array) -> tuple[np.ndarray, np.ndarray]:
    """R-hat of half chains, and the effective number of draws."""
    diagnostics = importlib.import_module("blackjax.diagnostics")
    chains, draws, size = z.shape
    halves = z[:, : 2 * (draws // 2)].reshape(2 * chains, draws // 2, size)
    rhat = diagnostics.potential_scale_reduction(halves)
    ess = diagnostics.effective_sample_size(z)
    # It drops axes of length 1; a number that never moves has no spread to compare.
    still = np.ptp(np.asarray(z), axis=(0, 1)) == 0
    rhat = np.where(still, 1.0, np.asarray(rhat).reshape(size))
    return rhat, np.asarray(ess).reshape(size)


@eqx.filter_jit
def _all_told(slots, free):
    """Parameters in their units, and as sentences speak of them."""
    return jax.vmap(lambda u: (natural(slots, u), spoken(slots, u)))(free)


@eqx.filter_jit
def _predicted(function, objective, free):
    return jax.lax.map(lambda u: function(objective.model(u)), free)
