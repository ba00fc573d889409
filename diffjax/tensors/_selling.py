"""Selling's decomposition: a tensor as jumps along integer offsets."""

import functools
import itertools
import math
from collections.abc import Iterable, Sequence

import equinox as eqx
import jax
import jax.lax as lax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from .._checks import real
from .._shapes import Numbers


_MOST_STEPS = 1000
Offsets = Sequence[Sequence[int]]


class Decomposition(eqx.Module):
    r"""A symmetric tensor as a sum over integer offsets, made by
    [`diffjax.tensors.selling`][].

    $$D = \sum_k \lambda_k \, e_k e_k^T$$

    **Attributes:**

    - `offsets`: $e_k$, in cells, first nonzero component positive; shape
        `(*batch, K, d)` with `K` = 1, 3, 6 in `d` = 1, 2, 3 dimensions.
    - `weights`: $\lambda_k$, in the unit of the tensor; shape `(*batch, K)`.
    - `superbase`: the integer vectors $b_0 \dots b_d$ behind it, of sum zero; no unit;
        shape `(*batch, d+1, d)`. Pass it to the next call for a warm start.
    """

    offsets: Int[Array, "*batch K d"]
    weights: Float[Array, "*batch K"]
    superbase: Int[Array, "*batch d+1 d"]

    @property
    def tensor(self) -> Float[Array, "*batch d d"]:
        """The sum again, in the unit of the weights; shape `(*batch, d, d)`."""
        e = self.offsets.astype(self.weights.dtype)
        return jnp.einsum("...k,...ki,...kj->...ij", self.weights, e, e)


def selling(tensor: Numbers, superbase: Numbers | None = None) -> Decomposition:
    r"""Writes a symmetric positive definite tensor as jumps with rates that are not
    negative.

    A superbase is $d+1$ integer vectors of sum zero of which any $d$ span all integers.
    While a pair of them is acute, $b_i^T D b_j > 0$, the superbase is changed so that
    $\sum_i b_i^T D b_i$ falls; it ends obtuse, and then

    $$D = \sum_{i<j} \lambda_{ij}\, e_{ij} e_{ij}^T, \qquad
    \lambda_{ij} = -b_i^T D b_j \ge 0,$$

    with $e_{ij}$ the integer vector normal to all the other $b_k$. The largest offset
    is about $\sqrt\kappa/2$ cells in two dimensions and up to $\sqrt\kappa$ in three,
    where $\kappa$ is the ratio of the largest to the smallest eigenvalue.

    The integers are constants for differentiation; the weights are linear in the
    tensor. Where two sets of offsets serve equally well (isotropic tensors are such a
    point) the weights are continuous and the derivative is that of one side: finite,
    and consistent in what it says of the tensor.

    **Arguments:**

    - `tensor`: $D$, symmetric, positive definite, on a grid of cubic cells (scale
        others first); any unit; shape `(*batch, d, d)` with `d` = 1, 2 or 3. Only its
        symmetric part counts.
    - `superbase`: where to start, integers of shape `(*batch, d+1, d)` or `(d+1, d)`:
        that of a nearby tensor ends the search at once or soon. The unit vectors and
        their negative sum if none is given.

    **Returns:**

    A [`diffjax.tensors.Decomposition`][] whose sum is the tensor to round-off. For a
    tensor that is not positive definite some weights are negative, and so they are
    where the offsets would be longer than the precision holds (4096 cells in float64,
    128 in float32). NaN stays NaN.

    **Raises:** `ValueError` if the shape is none of these.

    ??? cite "Reference"

        Selling, *Journal für die reine und angewandte Mathematik* **77** (1874); used
        for diffusion by Fehrenbach & Mirebeau, "Sparse non-negative stencils for
        anisotropic diffusion", *J. Math. Imaging Vision* **49** (2014).
    """
    array = real(tensor)
    dimension = array.shape[-1] if array.ndim else 0
    if array.ndim < 2 or dimension not in (1, 2, 3) or array.shape[-2] != dimension:
        raise ValueError(
            "`selling(tensor=...)` must have shape `(*batch, d, d)` with d = 1, 2 or "
            f"3; got {array.shape}."
        )
    batch, shape = array.shape[:-2], (dimension + 1, dimension)
    if superbase is None:
        start = jnp.asarray(_unit_superbase(dimension))
    else:
        start = jnp.asarray(superbase).astype(jnp.int32)
        if start.shape not in (shape, (*batch, *shape)):
            raise ValueError(
                f"`selling(superbase=...)` must have shape {(*batch, *shape)} or "
                f"{shape}, integers; got {start.shape}."
            )
    start = jnp.broadcast_to(
        start.reshape((1,) * (len(batch) + 2 - start.ndim) + start.shape),
        (*batch, *shape),
    )
    return _decompose(array, start)


@jax.jit
def _decompose(
    tensor: Float[Array, "*batch d d"], start: Int[Array, "*batch d+1 d"]
) -> Decomposition:
    # The batch goes last: short axes outside, one long row of numbers inside.
    batch, dimension = tensor.shape[:-2], tensor.shape[-1]
    last = lambda x: jnp.moveaxis(x.reshape(-1, *x.shape[-2:]), 0, -1)
    bases = last(start)
    coarse, fine = _split(last(tensor))
    frozen = lax.stop_gradient(coarse), lax.stop_gradient(fine)
    bases = lax.stop_gradient(_reduce(bases, *frozen) if dimension > 1 else bases)
    weights = -_products(bases, coarse, fine)
    # Round-off only: set to zero in value, and left alone in the derivative.
    noise = (weights <= 0) & (weights >= -_slack(bases, frozen[0]))
    weights = weights - lax.stop_gradient(jnp.where(noise, weights, 0))
    back = lambda x: jnp.moveaxis(x, -1, 0).reshape(*batch, *x.shape[:-1])
    return Decomposition(back(_normals(bases)), back(weights), back(bases))


def _unit_superbase(dimension: int) -> np.ndarray:
    axes = np.eye(dimension, dtype=np.int32)
    return np.concatenate([axes, -axes.sum(axis=0, keepdims=True, dtype=np.int32)])


def _pairs(dimension: int) -> list[tuple[int, int]]:
    return list(itertools.combinations(range(dimension + 1), 2))


def _add(rows: Iterable[Array]) -> Array:
    return functools.reduce(jnp.add, rows)


def _largest(rows: Array) -> Array:
    """Largest size along the first axis."""
    return functools.reduce(jnp.maximum, jnp.abs(rows))


def _bits(dtype: np.dtype) -> int:
    """How many bits of the tensor the coarse part keeps."""
    return 26 if jnp.finfo(dtype).nmant > 50 else 8


def _split(
    tensor: Float[Array, "d d n"],
) -> tuple[Float[Array, "d d n"], Float[Array, "d d n"]]:
    """The symmetric part, as a coarse part of few bits and the small rest.

    Products of the coarse part with the integers are exact, so nothing is lost where
    large terms cancel: $b_i^T D b_j$ is right to its own last digits. All of the
    derivative is in the rest.
    """
    both = 0.5 * (tensor + jnp.swapaxes(tensor, 0, 1))
    frozen = lax.stop_gradient(both)
    size = _add(jnp.abs(frozen.reshape(-1, frozen.shape[-1])))[None, None]
    # A power of two, so that scaling rounds nothing.
    _, exponent = jnp.frexp(size)
    unit = jnp.ldexp(jnp.ones_like(size), exponent - _bits(tensor.dtype))
    unit = jnp.where((unit > 0) & (unit < jnp.inf), unit, jnp.ones_like(unit))
    coarse = jnp.round(frozen / unit) * unit
    return coarse, both - coarse


def _products(
    bases: Int[Array, "v d n"],
    coarse: Float[Array, "d d n"],
    fine: Float[Array, "d d n"],
) -> Float[Array, "p n"]:
    """$b_i^T D b_j$ of every pair."""
    dimension = bases.shape[1]
    if dimension == 1:
        return -(coarse + fine)[0]
    vectors = jnp.swapaxes(bases.astype(coarse.dtype), 0, 1)

    axes = range(dimension)

    # Rows added one by one: sums over short axes are slow on a CPU.
    def all_pairs(part):
        images = [_add(part[a, b][None] * vectors[b] for b in axes) for a in axes]
        pairs = _pairs(dimension)
        return jnp.stack(
            [_add(vectors[a, i] * images[a][j] for a in axes) for i, j in pairs]
        )

    return all_pairs(coarse) + all_pairs(fine)


def _slack(
    bases: Int[Array, "v d n"], coarse: Float[Array, "d d n"]
) -> Float[Array, "p n"]:
    """What round-off can make of a product of a pair that is zero."""
    dimension, dtype = bases.shape[1], coarse.dtype
    size = _largest(coarse.reshape(-1, coarse.shape[-1]))
    unit = 2 * float(jnp.finfo(dtype).eps) * 2.0 ** -_bits(dtype)
    length = _largest(jnp.swapaxes(bases, 0, 1)).astype(dtype)
    i, j = (np.array(k) for k in zip(*_pairs(dimension)))
    return unit * size[None] * length[i] * length[j]


def _reduce(
    bases: Int[Array, "v d n"],
    coarse: Float[Array, "d d n"],
    fine: Float[Array, "d d n"],
) -> Int[Array, "v d n"]:
    """Changes the superbases until no pair of any is acute."""
    dimension = bases.shape[1]
    pairs = _pairs(dimension)
    # b_i is taken from itself twice and added to all but b_j: the sum stays zero.
    share = np.full((len(pairs), dimension + 1), 2 // (dimension - 1), dtype=np.int32)
    for p, (i, j) in enumerate(pairs):
        share[p, i], share[p, j] = -2, 0
    longest = 4096 if _bits(coarse.dtype) > 8 else 128

    def go_on(state):
        _, moved, count = state
        return moved & (count < _MOST_STEPS)

    def step(state):
        bases, _, count = state
        excess = _products(bases, coarse, fine) - _slack(bases, coarse)
        short = _largest(bases.reshape(-1, bases.shape[-1])) <= longest
        most = functools.reduce(jnp.maximum, excess)
        acute = left = (most > 0) & short
        which = []
        for row in excess:
            taken = left & (row == most)
            which.append(taken.astype(jnp.int32))
            left = left & ~taken
        mover = _add(w[None] * bases[i] for w, (i, _) in zip(which, pairs))
        shares = [_add(w * int(k) for w, k in zip(which, row)) for row in share.T]
        bases = bases + jnp.stack(shares)[:, None] * mover[None]
        return bases, jnp.any(acute), count + 1

    start = (bases, jnp.asarray(True), jnp.asarray(0, dtype=jnp.int32))
    return lax.while_loop(go_on, step, start)[0]


def _normals(bases: Int[Array, "v d n"]) -> Int[Array, "p d n"]:
    """The offset of every pair: normal to the vectors that are not in it."""
    dimension = bases.shape[1]
    if dimension == 1:
        return jnp.ones_like(bases[:1])
    out = []
    for pair in _pairs(dimension):
        others = [bases[k] for k in range(dimension + 1) if k not in pair]
        if dimension == 2:
            (b,) = others
            e = jnp.stack([-b[1], b[0]])
        else:
            b, c = others
            e = jnp.stack(
                [b[i] * c[j] - b[j] * c[i] for i, j in ((1, 2), (2, 0), (0, 1))]
            )
        sign = jnp.zeros_like(e[0])
        for part in e:
            sign = jnp.where(sign == 0, jnp.sign(part), sign)
        out.append(e * sign[None])
    return jnp.stack(out)


def _named(offset: Sequence[int]) -> tuple[int, ...]:
    """The one of ±e whose first nonzero component is positive."""
    e = tuple(int(part) for part in offset)
    return tuple(-part for part in e) if e < (0,) * len(e) else e


def _sorted(offsets: set[tuple[int, ...]], dimension: int) -> tuple:
    axes = [tuple(int(a == b) for b in range(dimension)) for a in range(dimension)]
    rest = sorted(offsets - set(axes), key=lambda e: (sum(p * p for p in e), e))
    return (*axes, *rest)


def offsets_within(reach: int, dimension: int) -> tuple[tuple[int, ...], ...]:
    """All offsets of up to `reach` cells along each axis, one of each pair ±e.

    **Arguments:**

    - `reach`: largest component, in cells; at least 1.
    - `dimension`: 1, 2 or 3.

    **Returns:**

    Offsets in cells, no unit, without a common divisor, first nonzero component
    positive: the axes first, then by length.

    **Raises:** `ValueError` if `reach` or `dimension` is not one of these.
    """
    if dimension not in (1, 2, 3):
        raise ValueError(
            f"`offsets_within(dimension=...)` must be 1, 2 or 3; got {dimension}."
        )
    if reach < 1:
        raise ValueError(
            f"`offsets_within(reach=...)` must be at least 1 (cells); got {reach}."
        )
    cube = itertools.product(range(-reach, reach + 1), repeat=dimension)
    found = {_named(e) for e in cube if math.gcd(*e) == 1}
    return _sorted(found, dimension)


def offsets_of(tensors: Numbers) -> tuple[tuple[int, ...], ...]:
    """The offsets that Selling's decomposition of a known tensor field needs.

    Found now, on the host, so that a stencil of them has a fixed shape.

    **Arguments:**

    - `tensors`: symmetric positive definite, as in [`diffjax.tensors.selling`][];
        not traced; shape `(*cells, d, d)`.

    **Returns:**

    Every offset that carries more than round-off anywhere, and the axes always; in the
    order of [`diffjax.tensors.offsets_within`][].
    """
    parts = selling(tensors)
    offsets = np.asarray(parts.offsets)
    dimension = offsets.shape[-1]
    weights = np.asarray(parts.weights)
    carried = np.abs(weights) * np.sum(offsets.astype(float) ** 2, axis=-1)
    tiny = 8 * np.finfo(weights.dtype).eps * carried.sum(axis=-1, keepdims=True)
    found = np.unique(offsets[carried > tiny], axis=0)
    return _sorted({_named(e) for e in found.tolist()}, dimension)


def _listed(offsets: Offsets, dimension: int) -> np.ndarray:
    named = [_named(e) for e in offsets]
    if any(len(e) != dimension for e in named) or len(set(named)) != len(named):
        raise ValueError(
            f"`offsets` must be different vectors of {dimension} integers, of which "
            f"e and -e count as one; got {tuple(offsets)}."
        )
    return np.asarray(named, dtype=np.int32).reshape(len(named), dimension)


def on_offsets(decomposition: Decomposition, offsets: Offsets) -> Float[Array, "u ..."]:
    """The weight of each of a fixed list of offsets.

    Differentiable in the weights. What falls on other offsets is left out:
    [`diffjax.tensors.missing`][] says how much.

    **Arguments:**

    - `decomposition`: of a batch of tensors.
    - `offsets`: different vectors of `d` integers, in cells; e and -e count as one.

    **Returns:** weights, in the unit of the tensor; shape `(len(offsets), *batch)`.

    **Raises:** `ValueError` if the offsets are not as described.
    """
    listed = _listed(offsets, decomposition.offsets.shape[-1])
    return _on_offsets(decomposition, jnp.asarray(listed))


@jax.jit
def _on_offsets(
    decomposition: Decomposition, listed: Int[Array, "u d"]
) -> Float[Array, "u ..."]:
    weights, found = decomposition.weights, decomposition.offsets
    total = jnp.zeros((listed.shape[0], *weights.shape[:-1]), weights.dtype)
    wide = listed.reshape(-1, *(1,) * (weights.ndim - 1), listed.shape[-1])
    for k in range(weights.shape[-1]):
        same = jnp.all(found[..., k, :][None] == wide, axis=-1)
        total = total + jnp.where(same, weights[..., k][None], 0)
    return total


def missing(decomposition: Decomposition, offsets: Offsets) -> Float[Array, "*batch"]:
    r"""The share of a tensor that a fixed list of offsets leaves out.

    $$\sum_{k\ \text{not listed}} \lambda_k |e_k|^2 \Big/ \mathrm{tr}\, D$$

    **Arguments:**

    - `decomposition`: of a batch of tensors.
    - `offsets`: different vectors of `d` integers, in cells; e and -e count as one.

    **Returns:** between 0 (all are there) and 1, no unit; shape `(*batch,)`.

    **Raises:** `ValueError` if the offsets are not as described.
    """
    listed = _listed(offsets, decomposition.offsets.shape[-1])
    return _missing(decomposition, jnp.asarray(listed))


@jax.jit
def _missing(
    decomposition: Decomposition, listed: Int[Array, "u d"]
) -> Float[Array, "*batch"]:
    weights, found = decomposition.weights, decomposition.offsets
    carried = weights * jnp.sum(found * found, axis=-1).astype(weights.dtype)
    wide = listed.reshape(-1, *(1,) * weights.ndim, listed.shape[-1])
    inside = jnp.any(jnp.all(found[None] == wide, axis=-1), axis=0)
    total = jnp.sum(carried, axis=-1)
    left_out = jnp.sum(jnp.where(inside, 0, carried), axis=-1)
    return left_out / jnp.where(total == 0, 1, total)
