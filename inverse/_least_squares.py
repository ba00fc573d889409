"""Levenberg–Marquardt with scaled columns, in optimistix's interface."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optimistix as optx
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Bool, Float, Int, PyTree, Scalar


class _State(eqx.Module):
    """At the best point so far: rows, Jacobian, its scaled SVD, and the damping."""

    residual: Float[Array, " rows"]
    jacobian: Float[Array, "rows free"]
    scale: Float[Array, " free"]
    singular: Float[Array, " rank"]
    right: Float[Array, "rank free"]
    slope: Float[Array, " rank"]
    cost: Float[Array, ""]
    damping: Float[Array, ""]
    fresh: Bool[Array, ""]
    slow: Int[Array, ""]
    done: Bool[Array, ""]
    failed: Bool[Array, ""]


class LevenbergMarquardt(
    optx.AbstractLeastSquaresSolver[PyTree, PyTree, PyTree, _State]
):
    r"""Levenberg–Marquardt for few parameters and exact Jacobians.

    A step solves $\min_\delta |J\delta + r|^2 + \lambda |S\delta|^2$ through the
    singular values of $J S^{-1}$, never through $J^\top J$; $S$ holds the largest norms
    of the columns so far. No component of a step is longer than `cap`. A step is taken
    only if it lowers the cost; then $\lambda \to \lambda/5$, otherwise
    $\lambda \to 4\lambda$. A step to NaN or infinity is one that does not lower it.

    It ends when the linear model promises a relative decrease of the cost below `rtol`,
    when a step is shorter than `atol`, or when three steps in a row gain less than
    `rtol`.
    """

    rtol: float
    atol: float
    norm: Callable[[PyTree], Scalar]
    cap: float
    damping: float
    halt: Bool[Array, ""]

    def __init__(
        self,
        rtol: float = 1e-9,
        atol: float = 1e-10,
        cap: float = 3.0,
        damping: float = 1e-3,
    ):
        r"""**Arguments:**

        - `rtol`: smallest relative decrease of the cost worth a step; no unit.
        - `atol`: shortest step worth taking, in scales of the parameters; no unit.
        - `cap`: longest component of a step, in scales of the parameters; no unit.
        - `damping`: $\lambda$ at the start, relative to the squared singular values;
            no unit.
        """
        self.rtol, self.atol, self.cap, self.damping = rtol, atol, cap, damping
        self.norm = optx.max_norm
        # Set by a fit that wants rows and Jacobian at one point, and no step, from the
        # program that is already compiled.
        self.halt = jnp.asarray(False)

    def init(self, fn, y, args, options, f_struct, aux_struct, tags) -> _State:
        """See optimistix. The function is first evaluated in the first step, so that it
        is compiled once only."""
        del fn, args, options, aux_struct, tags
        flat, _ = ravel_pytree(y)
        rows = sum(leaf.size for leaf in jax.tree_util.tree_leaves(f_struct))
        dtype, free = flat.dtype, flat.size
        rank = min(rows, free)
        return _State(
            residual=jnp.zeros(rows, dtype),
            jacobian=jnp.zeros((rows, free), dtype),
            scale=jnp.zeros(free, dtype),
            singular=jnp.zeros(rank, dtype),
            right=jnp.zeros((rank, free), dtype),
            slope=jnp.zeros(rank, dtype),
            cost=jnp.asarray(jnp.inf, dtype),
            damping=jnp.asarray(self.damping, dtype),
            fresh=jnp.asarray(True),
            slow=jnp.asarray(0),
            done=jnp.asarray(False),
            failed=jnp.asarray(False),
        )

    def step(self, fn, y, args, options, state: _State, tags):
        """See optimistix. In the first step the point is `y` itself."""
        del options, tags
        flat, unravel = ravel_pytree(y)
        s = state
        gain = s.singular / (s.singular**2 + s.damping)
        scale = jnp.where(s.scale > 0, s.scale, 1.0)
        move = -(s.right.T @ (gain * s.slope)) / scale
        length = jnp.max(jnp.abs(move), initial=0.0)
        short = jnp.minimum(1.0, self.cap / jnp.where(length > 0, length, 1.0))
        move = short * move
        trial = flat + move

        residual, jacobian, aux = _linearise(fn, unravel, trial, args)
        cost = 0.5 * jnp.sum(residual**2)
        finite = jnp.isfinite(cost) & jnp.all(jnp.isfinite(jacobian))
        accept = finite & (s.fresh | (cost < s.cost))
        cost = jnp.where(accept, cost, s.cost)
        residual = jnp.where(accept, residual, s.residual)
        jacobian = jnp.where(accept, jacobian, s.jacobian)
        scale = jnp.maximum(s.scale, jnp.linalg.norm(jacobian, axis=0))
        safe = jnp.where(scale > 0, scale, 1.0)
        scaled = jacobian / safe[None, :]
        left, singular, right = jnp.linalg.svd(scaled, full_matrices=False)
        slope = left.T @ residual
        damping = jnp.where(accept, s.damping / 5, s.damping * 4)
        damping = jnp.where(s.fresh, s.damping, jnp.maximum(damping, 1e-14))

        # What the linear model still promises, along directions that are not flat.
        sloped = singular > 1e-7 * jnp.max(singular, initial=0.0)
        promise = 0.5 * jnp.sum(jnp.where(sloped, slope**2, 0.0))
        little = ~s.fresh & accept & (s.cost - cost <= self.rtol * s.cost)
        slow = jnp.where(little, s.slow + 1, jnp.where(accept, 0, s.slow))
        tiny = ~s.fresh & (jnp.max(jnp.abs(move), initial=0.0) <= self.atol)
        done = (promise <= self.rtol * cost) | tiny | (slow >= 3)
        done = done | self.halt
        failed = (s.fresh & ~accept) | (~accept & (damping > 1e12))
        new = _State(
            residual=residual,
            jacobian=jacobian,
            scale=scale,
            singular=singular,
            right=right,
            slope=slope,
            cost=cost,
            damping=damping,
            fresh=jnp.asarray(False),
            slow=slow,
            done=done & ~failed,
            failed=failed,
        )
        return unravel(jnp.where(accept, trial, flat)), new, aux

    def terminate(self, fn, y, args, options, state: _State, tags):
        """See optimistix."""
        del fn, y, args, options, tags
        start = jnp.isinf(state.cost) & state.failed
        result = optx.RESULTS.where(
            state.failed, optx.RESULTS.nonlinear_divergence, optx.RESULTS.successful
        )
        result = optx.RESULTS.where(start, optx.RESULTS.nonfinite, result)
        return state.done | state.failed, result

    def postprocess(self, fn, y, aux, args, options, state, tags, result):
        """See optimistix."""
        del fn, args, options, state, tags, result
        return y, aux, {}


def _linearise(fn, unravel, flat: Float[Array, " free"], args: Any):
    """Rows, Jacobian (forward mode) and the auxiliary output at one point."""

    def rows(point):
        out, aux = fn(unravel(point), args)
        return ravel_pytree(out)[0], aux

    def along(direction):
        return jax.jvp(rows, (flat,), (direction,), has_aux=True)

    residual, columns, aux = jax.vmap(along, out_axes=(None, -1, None))(
        jnp.eye(flat.size, dtype=flat.dtype)
    )
    return residual, columns, aux
