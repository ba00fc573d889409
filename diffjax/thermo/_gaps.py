"""Miscibility gaps of two components: spinodal, common tangent, critical point."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optimistix as optx
from jaxtyping import Array, ArrayLike, Float

from .._checks import one_number, require
from ._gibbs import AbstractGibbs


# Compositions looked at before any equation is solved; denser near pure ends.
_POINTS = 1025


def spinodal(
    phase: AbstractGibbs, temperature: ArrayLike, near: ArrayLike | None = None
) -> Float[Array, " 2"]:
    r"""The two compositions of a binary between which it is unstable: $\Phi = 0$.

    Differentiable, by the implicit function theorem.

    **Arguments:**

    - `phase`: of two components.
    - `temperature`: in K; a scalar.
    - `near`: a fraction of the second component inside the unstable range that is
        meant, no unit; where $\Phi$ is lowest if not given.

    **Returns:** fractions of the second component, no unit; shape `(2,)`; lower first.

    **Raises:** `ValueError` if the phase has not two components, or is stable (at
    `near`, or everywhere); `equinox.EquinoxRuntimeError` where numbers are traced.
    """
    temperature = _checked(phase, temperature, "spinodal")
    near = _near(near, "spinodal")
    found, gap = _spinodal(phase, temperature, near)
    return require(found, gap, _STABLE.format("spinodal"))


def common_tangent(
    phase: AbstractGibbs, temperature: ArrayLike, near: ArrayLike | None = None
) -> Float[Array, " 2"]:
    r"""The two compositions of a binary phase that are in equilibrium (binodal).

    $$\mu_A(x_1) = \mu_A(x_2), \qquad \mu_B(x_1) = \mu_B(x_2)$$

    Solved in $\ln(x / (1 - x))$, so that the smallest solubilities are exact;
    bracketed, so that it does not fail; differentiable by the implicit function
    theorem.

    **Arguments:** as of [`diffjax.thermo.spinodal`][], about which this looks.
    With several gaps at one temperature it is the pair about that one, which need not
    be the stable one.

    **Returns:** fractions of the second component, no unit; shape `(2,)`; lower first.

    **Raises:** as [`diffjax.thermo.spinodal`][].
    """
    temperature = _checked(phase, temperature, "common_tangent")
    near = _near(near, "common_tangent")
    found, gap = _common_tangent(phase, temperature, near)
    return require(found, gap, _STABLE.format("common_tangent"))


def critical_point(
    phase: AbstractGibbs, lower: ArrayLike, upper: ArrayLike
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    r"""Where a miscibility gap of a binary closes: $\Phi = 0$ and $d\Phi/dx = 0$.

    Differentiable, by the implicit function theorem.

    **Arguments:**

    - `phase`: of two components.
    - `lower`, `upper`: temperatures in K with a gap, and without; scalars.

    **Returns:** fraction of the second component (no unit), temperature (K); scalars.

    **Raises:** `ValueError` if the phase is stable at `lower`, or not so at `upper`.
    """
    lower = _checked(phase, lower, "critical_point", "lower")
    upper = _checked(phase, upper, "critical_point", "upper")
    x, temperature, gap = _critical_point(phase, lower, upper)
    temperature = require(
        temperature,
        gap,
        "`critical_point(lower=..., upper=...)` must have a miscibility gap at `lower` "
        "and none at `upper` (K).",
    )
    return x, temperature


_STABLE = (
    "`{}(temperature=...)` must be low enough for a miscibility gap (K); the phase is "
    "stable there."
)


@eqx.filter_jit
def _spinodal(phase: AbstractGibbs, temperature, near):
    """The two compositions, and whether there are any."""
    spots, factors = _scan(phase, temperature)
    if near is None:
        start = jnp.argmin(factors)
    else:
        start = jnp.clip(jnp.searchsorted(spots, near), 1, _POINTS - 1)
        start = start.astype(int)
        start = jnp.where(factors[start] < factors[start - 1], start, start - 1)
    index = jnp.arange(_POINTS)
    left = jnp.max(jnp.where((index < start) & (factors >= 0), index, 0))
    right = jnp.min(jnp.where((index > start) & (factors >= 0), index, _POINTS - 1))
    args = jax.lax.stop_gradient((phase, temperature))
    inner = lambda x: _factor(x, *args) < 0
    low = _bisect(inner, spots[left], spots[left + 1])
    high = _bisect(lambda x: ~inner(x), spots[right - 1], spots[right])
    both = jax.vmap(_factor, in_axes=(0, None, None))
    found = _polished(
        lambda x, args: both(x, *args), jnp.stack([low, high]), (phase, temperature)
    )
    return found, factors[start] < 0


@eqx.filter_jit
def _common_tangent(phase: AbstractGibbs, temperature, near):
    """The two compositions, and whether there are any."""
    still = jax.lax.stop_gradient((phase, temperature))
    inner, gap = _spinodal(*still, near)
    knees = jnp.log(inner) - jnp.log1p(-inner)
    bound = jnp.asarray(700.0 if knees.dtype == jnp.float64 else 80.0, knees.dtype)

    def rise(u):
        logs = _logs(u, *still)
        return logs[1] - logs[0]

    def ends(level):
        """Outside the spinodal the potential rises: one composition on each side."""
        low = _bisect(lambda u: rise(u) > level, -bound, knees[0])
        high = _bisect(lambda u: rise(u) > level, knees[1], bound)
        return jnp.stack([low, high])

    def above(level):
        low, high = ends(level)
        return _logs(low, *still)[0] > _logs(high, *still)[0]

    def residual(u, args):
        return _logs(u[0], *args) - _logs(u[1], *args)

    level = _bisect(above, rise(knees[1]), rise(knees[0]))
    u = _polished(residual, ends(level), (phase, temperature))
    return jax.nn.sigmoid(u), gap


@eqx.filter_jit
def _critical_point(phase: AbstractGibbs, lower, upper):
    """Composition, temperature, and whether the gap closes between the two given."""
    still, lower, upper = jax.lax.stop_gradient((phase, lower, upper))
    stable = lambda t: jnp.min(_scan(still, t)[1]) > 0
    t = _bisect(stable, lower, upper)
    spots, factors = _scan(still, t)
    x = spots[jnp.argmin(factors)]

    def residual(y, args):
        phase, scale = args
        value, slope = jax.value_and_grad(_factor)(y[0], phase, y[1] * scale)
        return jnp.stack([value, slope])

    start = jnp.stack([x, jnp.ones((), dtype=t.dtype)])
    found = _polished(residual, start, (phase, t))
    return found[0], found[1] * t, ~stable(lower) & stable(upper)


def _checked(phase, temperature, door: str, name: str = "temperature"):
    if not isinstance(phase, AbstractGibbs) or len(phase.components) != 2:
        raise ValueError(
            f"`{door}(phase=...)` must be a phase of two components; got {phase}."
        )
    return one_number(temperature, f"{door}({name}=...)", "K", "> 0")


def _near(near, door: str):
    if near is None:
        return None
    return require(
        one_number(near, f"{door}(near=...)", "no unit"),
        lambda x: (x > 0) & (x < 1),
        f"`{door}(near=...)` must be a fraction between 0 and 1 (no unit).",
    )


def _factor(x, phase: AbstractGibbs, temperature) -> Float[Array, ""]:
    return phase.thermodynamic_factor(jnp.stack([1 - x, x]), temperature)


def _scan(phase: AbstractGibbs, temperature):
    """Compositions and the thermodynamic factor at each, without derivatives."""
    phase, temperature = jax.lax.stop_gradient((phase, temperature))
    angle = jnp.linspace(0.0, jnp.pi, _POINTS, dtype=temperature.dtype)
    spots = 0.5 * (1 - jnp.cos(angle))
    return spots, jax.vmap(_factor, in_axes=(0, None, None))(spots, phase, temperature)


def _logs(u, phase: AbstractGibbs, temperature) -> Float[Array, " 2"]:
    """Logarithms of both activities, where the second component has ln(x/(1-x)) = u."""
    x = jnp.stack([jax.nn.sigmoid(-u), jax.nn.sigmoid(u)])
    ideal = jnp.stack([jax.nn.log_sigmoid(-u), jax.nn.log_sigmoid(u)])
    return ideal + phase.log_activity_coefficients(x, temperature)


def _bisect(above: Any, low, high) -> Float[Array, ""]:
    """Where a condition that is false at `low` and true at `high` becomes true."""

    def halve(_, ends):
        low, high = ends
        middle = 0.5 * (low + high)
        up = above(middle)
        return jnp.where(up, low, middle), jnp.where(up, middle, high)

    low, high = jax.lax.fori_loop(0, 64, halve, (low, high))
    return 0.5 * (low + high)


def _polished(residual: Any, start, args) -> Float[Array, "..."]:
    """Newton's last steps to a root that is bracketed already, with its derivative."""
    fine = 1e-12 if start.dtype == jnp.float64 else 1e-5
    solver = optx.Newton(rtol=fine, atol=fine)
    return optx.root_find(
        residual, solver, jax.lax.stop_gradient(start), args, throw=False, max_steps=16
    ).value
