"""Block-tridiagonal systems: several unknowns a cell, factored once."""

import equinox as eqx
import jax
import jax.lax as lax
import jax.numpy as jnp
from jaxtyping import Array, Float


class BlockTridiagonal(eqx.Module):
    r"""A tridiagonal matrix whose entries are small square blocks.

    $$(A x)_i = L_i x_{i-1} + D_i x_i + U_i x_{i+1}$$

    for $k$ unknowns in each of $n$ cells on a line.

    **Attributes:**

    - `lower`, `diagonal`, `upper`: $L$, $D$, $U$; shape `(n, k, k)` each. The first of
        `lower` and the last of `upper` must be 0.
    """

    lower: Float[Array, "n k k"]
    diagonal: Float[Array, "n k k"]
    upper: Float[Array, "n k k"]

    def mv(self, x: Float[Array, "n k"]) -> Float[Array, "n k"]:
        """The product with a vector.

        **Arguments:**

        - `x`: any unit; shape `(n, k)`.

        **Returns:** $A x$; shape `(n, k)`.
        """
        nil = jnp.zeros_like(x[:1])
        before = jnp.concatenate([nil, x[:-1]])
        after = jnp.concatenate([x[1:], nil])
        parts = (self.lower, before), (self.diagonal, x), (self.upper, after)
        return sum((_times(blocks, y) for blocks, y in parts), jnp.zeros_like(x))

    @property
    def transposed(self) -> "BlockTridiagonal":
        """The transposed matrix."""
        turned = lambda blocks: jnp.swapaxes(blocks, -1, -2)
        lower = jnp.roll(turned(self.upper), 1, axis=0)
        upper = jnp.roll(turned(self.lower), -1, axis=0)
        return BlockTridiagonal(lower, turned(self.diagonal), upper)

    @property
    def largest_row(self) -> Float[Array, ""]:
        """Largest sum of magnitudes in a row: no eigenvalue is larger."""
        parts = (self.lower, self.diagonal, self.upper)
        return jnp.max(sum(jnp.sum(jnp.abs(part), axis=-1) for part in parts))

    def below(self, shift: Float[Array, ""]) -> "BlockTridiagonal":
        """The matrix $s - A$ of an implicit step.

        **Arguments:**

        - `shift`: $s$, in the unit of the entries; a scalar.
        """
        one = jnp.eye(self.diagonal.shape[-1], dtype=self.diagonal.dtype)
        return BlockTridiagonal(
            -self.lower, shift * one[None] - self.diagonal, -self.upper
        )

    def factor(self) -> "FactoredBlocks":
        """Eliminates once, so that each further right-hand side costs two sweeps.

        No pivoting between cells: meant for implicit steps of diffusion, whose matrix
        has eigenvalues with positive real parts.

        **Returns:** a [`diffjax.linear.FactoredBlocks`][].
        """
        frozen = jax.tree.map(lax.stop_gradient, self)
        multipliers, inverses = _eliminate(frozen)
        return FactoredBlocks(self, multipliers, inverses)


class FactoredBlocks(eqx.Module):
    """A [`diffjax.linear.BlockTridiagonal`][] after elimination; made by its `factor`.

    **Attributes:**

    - `matrix`: the matrix itself.
    - `multipliers`, `inverses`: of the elimination; shape `(n, k, k)` each.
    """

    matrix: BlockTridiagonal
    multipliers: Float[Array, "n k k"]
    inverses: Float[Array, "n k k"]

    def solve(self, right: Float[Array, "n k"]) -> Float[Array, "n k"]:
        """Solves $A x = b$.

        Differentiable in the matrix and the right-hand side, forward and reverse, at
        the price of one more solve with the same factors each.

        **Arguments:**

        - `right`: $b$; shape `(n, k)`.

        **Returns:** $x$; shape `(n, k)`.
        """
        frozen = jax.tree.map(lax.stop_gradient, self)
        return lax.custom_linear_solve(
            self.matrix.mv,
            right,
            solve=lambda _, b: _sweeps(frozen, b),
            transpose_solve=lambda _, b: _transposed_sweeps(frozen, b),
        )


def small_inverse(a: Float[Array, "*rows k k"]) -> Float[Array, "*rows k k"]:
    """Inverses of small matrices: by cofactors up to 3 × 3, which needs no library
    call for each of many, by elimination with pivoting above.

    **Arguments:**

    - `a`: invertible; shape `(..., k, k)`.

    **Returns:** shape `(..., k, k)`, in the inverse of the unit.
    """
    size = a.shape[-1]
    if size > 3:
        return jnp.linalg.inv(a)
    entry = lambda i, j: a[..., i % size, j % size]
    if size == 1:
        return 1 / a
    if size == 2:
        rows = [[entry(1, 1), -entry(0, 1)], [-entry(1, 0), entry(0, 0)]]
    else:
        # Cyclic indices carry the signs of the cofactors.
        rows = [
            [
                entry(j + 1, i + 1) * entry(j + 2, i + 2)
                - entry(j + 1, i + 2) * entry(j + 2, i + 1)
                for j in range(3)
            ]
            for i in range(3)
        ]
    cofactors = jnp.stack([jnp.stack(row, axis=-1) for row in rows], axis=-2)
    determinant = jnp.sum(a[..., 0, :] * cofactors[..., :, 0], axis=-1)
    return cofactors / determinant[..., None, None]


def _times(
    blocks: Float[Array, "n k k"], x: Float[Array, "n k"]
) -> Float[Array, "n k"]:
    return jnp.sum(blocks * x[:, None, :], axis=-1)


def _eliminate(
    matrix: BlockTridiagonal,
) -> tuple[Float[Array, "n k k"], Float[Array, "n k k"]]:
    above = jnp.roll(matrix.upper, 1, axis=0).at[0].set(0.0)

    def row(inverse, entries):
        lower, diagonal, over = entries
        multiplier = lower @ inverse
        inverse = small_inverse(diagonal - multiplier @ over)
        return inverse, (multiplier, inverse)

    rows = (matrix.lower, matrix.diagonal, above)
    _, factors = lax.scan(row, jnp.zeros_like(matrix.diagonal[0]), rows)
    return factors


def _sweeps(factored: FactoredBlocks, b: Float[Array, "n k"]) -> Float[Array, "n k"]:
    def down(y, row):
        multiplier, right = row
        y = right - multiplier @ y
        return y, y

    def up(x, row):
        y, coupling = row
        x = y - coupling @ x
        return x, x

    zero = jnp.zeros_like(b[0])
    _, y = lax.scan(down, zero, (factored.multipliers, b))
    inverses = factored.inverses
    couplings = inverses @ factored.matrix.upper
    _, x = lax.scan(up, zero, (_times(inverses, y), couplings), reverse=True)
    return x


def _transposed_sweeps(
    factored: FactoredBlocks, b: Float[Array, "n k"]
) -> Float[Array, "n k"]:
    # A = (1 + M)(P + U) with M below and P the pivots: its transpose is solved the
    # other way round.
    def down(z, row):
        right, over, inverse = row
        z = inverse @ (right - over @ z)
        return z, z

    def up(y, row):
        z, multiplier = row
        y = z - multiplier @ y
        return y, y

    turned = lambda blocks: jnp.swapaxes(blocks, -1, -2)
    zero = jnp.zeros_like(b[0])
    over = jnp.roll(turned(factored.matrix.upper), 1, axis=0).at[0].set(0.0)
    _, z = lax.scan(down, zero, (b, over, turned(factored.inverses)))
    after = jnp.roll(turned(factored.multipliers), -1, axis=0).at[-1].set(0.0)
    _, y = lax.scan(up, zero, (z, after), reverse=True)
    return y
