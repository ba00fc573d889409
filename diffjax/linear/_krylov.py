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

    run = _Run(iterate, symmetric, max_steps, rtol, frozen, approximate)
    still = lax.stop_gradient(right)
    x0 = None if start is None else lax.stop_gradient(start)
    found = lax.stop_gradient(run(frozen, approximate, still, x0))
    # The derivative hangs on the residual alone.
    residual = right - apply(found)
    size = jnp.linalg.norm(jnp.ravel(lax.stop_gradient(residual)))
    # Twice the tolerance: the iteration knows its residual by recurrence only.
    converged = size <= 2 * rtol * jnp.linalg.norm(jnp.ravel(still))
    return found + _correction(residual, run), converged


class _Run(eqx.Module):
    """An iteration, and the two maps it may run on."""

    iterate: Callable = eqx.field(static=True)
    symmetric: bool = eqx.field(static=True)
    max_steps: int = eqx.field(static=True)
    rtol: Array
    frozen: _Map
    approximate: _Map | None

    def __call__(
        self, a: _Map, m: _Map | None, b: Array, x0: Array | None = None
    ) -> Array:
        # Both are applied in several places of the loop: traced and lowered once.
        once = lambda f: None if f is None else jax.jit(lambda x: f(x))
        x, _ = self.iterate(
            once(a), b, x0, tol=self.rtol, atol=0.0, maxiter=self.max_steps, M=once(m)
        )
        return x


@eqx.filter_custom_jvp
def _correction(residual: Array, run: _Run) -> Array:
    """Nothing in value; its derivative is the solution for that of the residual.

    So a run without derivatives has one iteration in its program and not two.
    """
    del run
    return jnp.zeros_like(residual)


@_correction.def_jvp
def _correction_jvp(primals, tangents):
    residual, run = primals
    slope, _ = tangents
    none = jnp.zeros_like(residual)
    if slope is None:
        return none, none
    a, m = run.frozen, run.approximate

    def transposed(linear):
        flip = jax.linear_transpose(linear, residual)
        return lambda x: flip(x)[0]

    def solve_transposed(_, b):
        if run.symmetric:
            return run(a, m, b)
        return run(transposed(a), None if m is None else transposed(m), b)

    found = lax.custom_linear_solve(
        a,
        slope,
        solve=lambda _, b: run(a, m, b),
        transpose_solve=solve_transposed,
        symmetric=run.symmetric,
    )
    return none, found


def _frozen(linear: _Map, like: Array) -> _Map:
    """The same function, with all that it holds cut off from derivatives."""
    held = eqx.filter_closure_convert(linear, like)
    return jax.tree.map(
        lambda x: lax.stop_gradient(x) if eqx.is_inexact_array(x) else x, held
    )
