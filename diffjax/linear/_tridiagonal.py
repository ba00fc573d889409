"""Tridiagonal systems, factored once and solved many times."""

import equinox as eqx
import jax
import jax.lax as lax
import jax.numpy as jnp
from jaxtyping import Array, Float


class Tridiagonal(eqx.Module):
    r"""A tridiagonal matrix, or a cyclic one (periodic walls).

    $$(A x)_i = l_i x_{i-1} + d_i x_i + u_i x_{i+1}$$

    **Attributes:**

    - `lower`, `diagonal`, `upper`: $l$, $d$, $u$; shape `(n,)` each. `lower[0]` and
        `upper[-1]` are the corners of a cyclic matrix, and must be 0 otherwise.
    - `cyclic`: whether the corners count.
    """

    lower: Float[Array, " n"]
    diagonal: Float[Array, " n"]
    upper: Float[Array, " n"]
    cyclic: bool = eqx.field(static=True, default=False)

    def mv(self, x: Float[Array, " n"]) -> Float[Array, " n"]:
        """The product with a vector.

        **Arguments:**

        - `x`: any unit; shape `(n,)`.

        **Returns:** $A x$; shape `(n,)`.
        """
        zero = jnp.zeros_like(x[:1])
        before = x[-1:] if self.cyclic else zero
        after = x[:1] if self.cyclic else zero
        left = jnp.concatenate([before, x[:-1]])
        right = jnp.concatenate([x[1:], after])
        return self.lower * left + self.diagonal * x + self.upper * right

    @property
    def transposed(self) -> "Tridiagonal":
        """The transposed matrix, of the same kind."""
        lower = jnp.roll(self.upper, 1)
        upper = jnp.roll(self.lower, -1)
        return Tridiagonal(lower, self.diagonal, upper, self.cyclic)

    def factor(self) -> "Factored":
        """Eliminates once, so that each further right-hand side costs two sweeps.

        No pivoting: meant for the diagonally dominant matrices of diffusion.

        **Returns:** a [`diffjax.linear.Factored`][].
        """
        core, border = self, None
        if self.cyclic:
            # A = core + u vᵀ, with u = (-d_0, 0, ..., corner), v = (1, 0, ..., ratio).
            pivot = -self.diagonal[0]
            ratio = self.lower[0] / pivot
            diagonal = self.diagonal.at[0].add(-pivot)
            diagonal = diagonal.at[-1].add(-self.upper[-1] * ratio)
            core = Tridiagonal(
                self.lower.at[0].set(0), diagonal, self.upper.at[-1].set(0)
            )
            u = jnp.zeros_like(diagonal).at[0].set(pivot).at[-1].set(self.upper[-1])
            v = jnp.zeros_like(diagonal).at[0].set(1).at[-1].set(ratio)
            border = (u, v)
        core = jax.tree.map(lax.stop_gradient, core)
        multipliers, pivots = _eliminate(core)
        factored = Factored(self, core, multipliers, 1 / pivots, None)
        if border is None:
            return factored
        border = jax.tree.map(lax.stop_gradient, border)
        return eqx.tree_at(
            lambda f: f.border, factored, border, is_leaf=lambda x: x is None
        )


class Factored(eqx.Module):
    """A [`diffjax.linear.Tridiagonal`][] after elimination; made by its `factor`."""

    matrix: Tridiagonal
    core: Tridiagonal
    multipliers: Float[Array, " n"]
    inverse_pivots: Float[Array, " n"]
    border: tuple[Float[Array, " n"], Float[Array, " n"]] | None

    def solve(self, right: Float[Array, " n"]) -> Float[Array, " n"]:
        """Solves $A x = b$.

        Differentiable in the matrix and the right-hand side, forward and reverse, at
        the price of one more solve with the same factors each.

        **Arguments:**

        - `right`: $b$; shape `(n,)`.

        **Returns:** $x$; shape `(n,)`.
        """
        frozen = jax.tree.map(lax.stop_gradient, self)
        return lax.custom_linear_solve(
            self.matrix.mv,
            right,
            solve=lambda _, b: frozen._apply(b, transpose=False),
            transpose_solve=lambda _, b: frozen._apply(b, transpose=True),
        )

    def _apply(self, b: Float[Array, " n"], transpose: bool) -> Float[Array, " n"]:
        x = self._sweep(b, transpose)
        if self.border is None:
            return x
        u, v = reversed(self.border) if transpose else self.border
        q = self._sweep(u, transpose)
        return x - q * (v @ x) / (1 + v @ q)

    def _sweep(self, b: Float[Array, " n"], transpose: bool) -> Float[Array, " n"]:
        core = self.core.transposed if transpose else self.core
        operands = (core, self.multipliers, self.inverse_pivots, self.core.upper, b)
        # On a CPU two scans with stored factors; elsewhere the platform's own routine,
        # which does not run one element at a time.
        return lax.platform_dependent(
            *operands,
            cpu=_transposed_sweeps if transpose else _sweeps,
            default=_platform_solve,
        )


def _eliminate(
    matrix: Tridiagonal,
) -> tuple[Float[Array, " n"], Float[Array, " n"]]:
    above = jnp.concatenate([jnp.zeros_like(matrix.upper[:1]), matrix.upper[:-1]])

    def row(pivot, entries):
        lower, diagonal, over = entries
        multiplier = lower / pivot
        pivot = diagonal - multiplier * over
        return pivot, (multiplier, pivot)

    rows = (matrix.lower, matrix.diagonal, above)
    _, factors = lax.scan(row, jnp.ones_like(matrix.diagonal[0]), rows)
    return factors


def _sweeps(core, multipliers, inverse_pivots, upper, b):
    del core

    def down(y, row):
        multiplier, right = row
        y = right - multiplier * y
        return y, y

    def up(x, row):
        y, coupling = row
        x = y - coupling * x
        return x, x

    zero = jnp.zeros_like(b[0])
    _, y = lax.scan(down, zero, (multipliers, b))
    rows = (y * inverse_pivots, upper * inverse_pivots)
    _, x = lax.scan(up, zero, rows, reverse=True)
    return x


def _transposed_sweeps(core, multipliers, inverse_pivots, upper, b):
    del core
    zero = jnp.zeros_like(b[:1])
    over = jnp.concatenate([zero, upper[:-1]])
    next_multiplier = jnp.concatenate([multipliers[1:], zero])

    def down(z, row):
        right, coupling = row
        z = right - coupling * z
        return z, z

    def up(y, row):
        z, multiplier = row
        y = z - multiplier * y
        return y, y

    rows = (b * inverse_pivots, over * inverse_pivots)
    _, z = lax.scan(down, zero[0], rows)
    _, y = lax.scan(up, zero[0], (z, next_multiplier), reverse=True)
    return y


def _platform_solve(core, multipliers, inverse_pivots, upper, b):
    del multipliers, inverse_pivots, upper
    bands = (core.lower, core.diagonal, core.upper)
    return lax.linalg.tridiagonal_solve(*bands, b[:, None])[:, 0]
