"""Iterative solution of systems that are known only by what they do to a field."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.lax as lax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Bool, Float


_Map = Callable[[Array], Array]


def conjugate_gradient(
    apply: _Map,
    right: Float[Array, "*field"],
    *,
    inverse: _Map | None = None,
    start: Float[Array, "*field"] | None = None,
    rtol: ArrayLike = 1e-8,
    max_steps: int = 1000,
) -> tuple[Float[Array, "*field"], Bool[Array, ""]]:
    r"""Solves $A x = b$ for a symmetric positive definite $A$.

    Stops when $|b - A x| \le r |b|$ (Euclidean norms). Differentiable in what `apply`
    holds and in `right`, forward and reverse, at the price of one more solve each;
    `inverse` and `start` only make it faster and have no derivative.

    **Arguments:**

    - `apply`: the product $A x$, a linear function from a field to a field.
    - `right`: $b$; any shape.
    - `inverse`: roughly $A^{-1}$ (a preconditioner), symmetric positive definite too.
    - `start`: where to start, like `right`; from zero by default.
    - `rtol`: $r$, no unit; not less than eight times the precision of `right`.
    - `max_steps`: at most so many products (no unit).

    **Returns:**

    The solution, like `right`, and whether it was reached: a boolean scalar.

    **Error:** set by `rtol`, times the condition number of $A$ in the worst case. In
    single precision the residual stalls where the matrix is badly conditioned, and the
    second answer is then `False`.
    """
    iterate = jax.scipy.sparse.linalg.cg
    return _solve(iterate, True, apply, right, inverse, start, rtol, max_steps)


def bicgstab(
    apply: _Map,
    right: Float[Array, "*field"],
    *,
    inverse: _Map | None = None,
    start: Float[Array, "*field"] | None = None,
    rtol: ArrayLike = 1e-8,
    max_steps: int = 1000,
) -> tuple[Float[Array, "*field"], Bool[Array, ""]]:
    r"""Solves $A x = b$ for an $A$ that need not be symmetric.

    As [`diffjax.linear.conjugate_gradient`][], with two products a step. In reverse
    mode the transposed system is solved, with the transposed `inverse`.

    **Arguments:**

    - `apply`: the product $A x$, a linear function from a field to a field.
    - `right`: $b$; any shape.
    - `inverse`: roughly $A^{-1}$ (a preconditioner), a linear function.
    - `start`: where to start, like `right`; from zero by default.
    - `rtol`: $r$, no unit; not less than eight times the precision of `right`.
    - `max_steps`: at most so many steps (no unit).

    **Returns:**

    The solution, like `right`, and whether it was reached: a boolean scalar.

    **Error:** as for `conjugate_gradient`. The method may break down; the second answer
    is then `False`.
    """
    iterate = jax.scipy.sparse.linalg.bicgstab
    return _solve(iterate, False, apply, right, inverse, start, rtol, max_steps)


def _solve(
    iterate: Callable,
    symmetric: bool,
    apply: _Map,
    right: Array,
    inverse: _Map | None,
    start: Array | None,
    rtol: ArrayLike,
    max_steps: int,
) -> tuple[Array, Array]:
    least = 8 * float(jnp.finfo(right.dtype).eps)
    rtol = jnp.maximum(lax.stop_gradient(jnp.asarray(rtol, right.dtype)), least)
    frozen = _frozen(apply, right)
    approximate = None if inverse is None else _frozen(inverse, right)

    def run(a, m, b, x0=None):
        x, _ = iterate(a, b, x0, tol=rtol, atol=0.0, maxiter=max_steps, M=m)
        return x

    still = lax.stop_gradient(right)
    x0 = None if start is None else lax.stop_gradient(start)
    found = lax.stop_gradient(run(frozen, approximate, still, x0))
    # The derivative hangs on the residual alone: in value the correction below is the
    # solution for a zero right-hand side, which takes no iteration.
    residual = right - apply(found)
    slack = residual - lax.stop_gradient(residual)

    def transposed(linear):
        flip = jax.linear_transpose(linear, right)
        return lambda x: flip(x)[0]

    def solve_transposed(_, b):
        if symmetric:
            return run(frozen, approximate, b)
        m = None if approximate is None else transposed(approximate)
        return run(transposed(frozen), m, b)

    correction = lax.custom_linear_solve(
        frozen,
        slack,
        solve=lambda _, b: run(frozen, approximate, b),
        transpose_solve=solve_transposed,
        symmetric=symmetric,
    )
    size = jnp.linalg.norm(jnp.ravel(lax.stop_gradient(residual)))
    # Twice the tolerance: the iteration knows its residual by recurrence only.
    converged = size <= 2 * rtol * jnp.linalg.norm(jnp.ravel(still))
    return found + correction, converged


def _frozen(linear: _Map, like: Array) -> _Map:
    """The same function, with all that it holds cut off from derivatives."""
    held = eqx.filter_closure_convert(linear, like)
    return jax.tree.map(
        lambda x: lax.stop_gradient(x) if eqx.is_inexact_array(x) else x, held
    )
