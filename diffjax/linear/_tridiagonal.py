"""Tridiagonal systems, factored once and solved many times."""

import equinox as eqx
import jax
import jax.lax as lax
import jax.numpy as jnp
from jaxtyping import Array, Float


class Tridiagonal(eqx.Module):
    r"""A tridiagonal matrix, or a cyclic one (periodic walls), or many side by side.

    $$(A x)_i = l_i x_{i-1} + d_i x_i + u_i x_{i+1}$$

    **Attributes:**

    - `lower`, `diagonal`, `upper`: $l$, $d$, $u$; shape `(n,)` each, or that of a field
        with more axes, of which one is the line and each of the others counts lines
        side by side. The first of `lower` and the last of `upper` along the line are
        the corners of a cyclic matrix, and must be 0 otherwise.
    - `cyclic`: whether the corners count.
    - `axis`: which axis is the line.
    """

    lower: Float[Array, "*field"]
    diagonal: Float[Array, "*field"]
    upper: Float[Array, "*field"]
    cyclic: bool = eqx.field(static=True, default=False)
    axis: int = eqx.field(static=True, default=0)

    def mv(self, x: Float[Array, "*field"]) -> Float[Array, "*field"]:
        """The product with a vector, or with a field.

        **Arguments:**

        - `x`: any unit; shape of the diagonal.

        **Returns:** $A x$; shape of the diagonal.
        """
        cut = lambda *ends: lax.slice_in_dim(x, *ends, axis=self.axis)
        size = x.shape[self.axis]
        first, last = cut(0, 1), cut(size - 1, size)
        before = last if self.cyclic else jnp.zeros_like(first)
        after = first if self.cyclic else jnp.zeros_like(first)
        left = jnp.concatenate([before, cut(0, size - 1)], axis=self.axis)
        right = jnp.concatenate([cut(1, size), after], axis=self.axis)
        return self.lower * left + self.diagonal * x + self.upper * right

    @property
    def transposed(self) -> "Tridiagonal":
        """The transposed matrix, of the same kind."""
        lower = jnp.roll(self.upper, 1, self.axis)
        upper = jnp.roll(self.lower, -1, self.axis)
        return Tridiagonal(lower, self.diagonal, upper, self.cyclic, self.axis)

    def factor(self) -> "Factored":
        """Eliminates once, so that each further right-hand side costs two sweeps.

        No pivoting: meant for the diagonally dominant matrices of diffusion.

        **Returns:** a [`diffjax.linear.Factored`][].
        """
        bands = (self.lower, self.diagonal, self.upper)
        lower, diagonal, upper = (jnp.moveaxis(b, self.axis, 0) for b in bands)
        matrix = Tridiagonal(lower, diagonal, upper, self.cyclic)
        core, border = matrix, None
        if self.cyclic:
            # A = core + u vᵀ, with u = (-d_0, 0, ..., corner), v = (1, 0, ..., ratio).
            pivot = -diagonal[0]
            ratio = lower[0] / pivot
            diagonal = diagonal.at[0].add(-pivot)
            diagonal = diagonal.at[-1].add(-upper[-1] * ratio)
            core = Tridiagonal(lower.at[0].set(0), diagonal, upper.at[-1].set(0))
            u = jnp.zeros_like(diagonal).at[0].set(pivot).at[-1].set(upper[-1])
            v = jnp.zeros_like(diagonal).at[0].set(1).at[-1].set(ratio)
            border = (u, v)
        core = jax.tree.map(lax.stop_gradient, core)
        multipliers, pivots = _eliminate(core)
        factored = Factored(matrix, core, multipliers, 1 / pivots, None, self.axis)
        if border is None:
            return factored
        border = jax.tree.map(lax.stop_gradient, border)
        return eqx.tree_at(
            lambda f: f.border, factored, border, is_leaf=lambda x: x is None
        )


class Factored(eqx.Module):
    """A [`diffjax.linear.Tridiagonal`][] after elimination; made by its `factor`.

    Inside, the line is the first axis.
    """

    matrix: Tridiagonal
    core: Tridiagonal
    multipliers: Float[Array, "*line"]
    inverse_pivots: Float[Array, "*line"]
    border: tuple[Float[Array, "*line"], Float[Array, "*line"]] | None
    axis: int = eqx.field(static=True, default=0)

    def solve(self, right: Float[Array, "*field"]) -> Float[Array, "*field"]:
        """Solves $A x = b$, or all the systems side by side.

        Differentiable in the matrix and the right-hand side, forward and reverse, at
        the price of one more solve with the same factors each.

        **Arguments:**

        - `right`: $b$; shape of the matrix's diagonal.

        **Returns:** $x$; shape of the matrix's diagonal.
        """
        frozen = jax.tree.map(lax.stop_gradient, self)
        solution = lax.custom_linear_solve(
            self.matrix.mv,
            jnp.moveaxis(right, self.axis, 0),
            solve=lambda _, b: frozen._apply(b, transpose=False),
            transpose_solve=lambda _, b: frozen._apply(b, transpose=True),
        )
        return jnp.moveaxis(solution, 0, self.axis)

    def _apply(self, b: Float[Array, "*line"], transpose: bool) -> Array:
        x = self._sweep(b, transpose)
        if self.border is None:
            return x
        u, v = reversed(self.border) if transpose else self.border
        q = self._sweep(u, transpose)
        scale = jnp.sum(v * x, axis=0) / (1 + jnp.sum(v * q, axis=0))
        return x - q * scale[None]

    def _sweep(self, b: Float[Array, "*line"], transpose: bool) -> Array:
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
) -> tuple[Float[Array, "*line"], Float[Array, "*line"]]:
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
    lower, diagonal, upper, right = (jnp.moveaxis(x, 0, -1) for x in (*bands, b))
    solved = lax.linalg.tridiagonal_solve(lower, diagonal, upper, right[..., None])
    return jnp.moveaxis(solved[..., 0], -1, 0)
