"""The lattice Green function of a walk on any network of jumps."""

from math import factorial
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from .._checks import all_numbers, real, require_kinds, traced
from .._shapes import Numbers
from ._jumps import Jumps
from ._network import require_connected


POINTS = {1: 192, 2: 96, 3: 40}  # along each axis of reciprocal space, by dimension


def green_function(
    jumps: Jumps, flows: Numbers, reach: int = 2
) -> Float[Array, "sites sites *box"]:
    r"""Where a walker spends its time: the Green function, up to a constant.

    $$\sum_{j\text{ from }s} k_j\, (G_s - G_{t(j)}) = \delta_{s, s_0}, \qquad
    G = \int \frac{d^dq}{(2\pi)^d}\, e^{i q n}\, L(q)^{-1}$$

    Only differences have a meaning; in one and two dimensions only they exist. The
    integral over the cell of reciprocal space runs in $\theta$ with
    $q = \theta - \tfrac43 \sin\theta + \tfrac16 \sin 2\theta$ along each axis: points
    crowd where $q \sim \theta^5/30$ is small, whatever the anisotropy, the singular
    point has no weight, and the error falls as the power $5d$ of the spacing.

    **Arguments:**

    - `jumps`: the network.
    - `flows`: $k_j = \rho_s \omega_j > 0$, how many walkers make the jump in
        equilibrium, in 1/s; the same for a jump and its reverse; shape `(jumps,)`.
    - `reach`: how many cells away, on each side.

    **Returns:**

    $G$ in s: at a site (second axis), in a cell (last axes, `2 * reach + 1` long, the
    cell of the source in their middle), for a source at a site (first axis).

    **Raises:** `ValueError` if shapes do not fit, a flow is negative, or the network
    does not connect.

    **Error:** differences between neighbours below 1e-8 of themselves while flows
    differ by less than a factor 100.
    """
    require_kinds("green_function", jumps=(jumps, Jumps))
    k = flows_of(flows, "green_function(flows=...)", "1/s", len(jumps.source))
    require_connected(jumps, None if traced(k) else np.asarray(k) > 0)
    return _green(jumps, k, (reach,) * jumps.crystal.dimension)


@eqx.filter_jit
def _green(jumps: Jumps, flows: Float[Array, " jumps"], reach: tuple[int, ...]):
    return green_table(jumps, flows, reach)


def green_table(
    jumps: Jumps, flows: Float[Array, " jumps"], reach: tuple[int, ...]
) -> Float[Array, "sites sites *box"]:
    """As [`diffjax.lattice.green_function`][], for use inside compiled code.

    **Arguments:**

    - `jumps`, `flows`: as there.
    - `reach`: for each axis, in cells.

    **Returns:** $G$ in s; shape as there.
    """
    d, n = jumps.crystal.dimension, jumps.crystal.sites
    q, weights = _points(d)
    grid = [len(q) // 2, *(len(q),) * (d - 1)]  # half of it: G is real
    kind = _complex(flows.dtype)
    g = _inverse(jumps, flows, _meshed(q, d)).reshape(n, n, *grid).astype(kind)
    for axis, cells in enumerate(reach):
        wave = np.exp(1j * np.outer(np.arange(-cells, cells + 1), q)) * weights
        wave = 2 * wave[:, : len(q) // 2] if axis == 0 else wave
        g = jnp.tensordot(g, jnp.asarray(wave, kind), (2, 1), precision="highest")
    return jnp.swapaxes(jnp.real(g), 0, 1)


def equivalent_network(
    green: Float[Array, "sites sites *box"],
    sites: Int[np.ndarray, " points"],
    cells: Int[np.ndarray, "points d"],
) -> Float[Array, "points points"]:
    r"""The network between a few sites that stands for the whole crystal.

    Walkers let in and out at these sites alone see no difference. It is the inverse of
    $G$ between them on all that adds up to nothing,

    $$\begin{pmatrix} G & 1 \\ 1^T & 0 \end{pmatrix}^{-1} =
    \begin{pmatrix} L & \cdot \\ \cdot & \cdot \end{pmatrix}$$

    so that a constant in $G$ falls out. $L$ is a Laplacian: its rows add up to nothing.

    **Arguments:**

    - `green`: of the crystal, in s.
    - `sites`, `cells`: where the points are.

    **Returns:** $L$, in 1/s; shape `(points, points)`.
    """
    middle = np.array(green.shape[2:]) // 2
    between = cells[None] - cells[:, None] + middle
    g = green[(sites[:, None], sites[None], *np.moveaxis(between, -1, 0))]
    g = 0.5 * (g + g.T)
    size = len(sites)
    g = g - jnp.max(g)  # the constant, which would only cost digits
    scale = jnp.max(jnp.abs(g))
    rim = jnp.ones((size, 1), g.dtype)
    bordered = jnp.block([[g / scale, rim], [rim.T, jnp.zeros((1, 1), g.dtype)]])
    inverse = jnp.linalg.inv(bordered)[:size, :size] / scale
    return 0.5 * (inverse + inverse.T)


def flows_of(x: Numbers, name: str, unit: str, size: int) -> Float[Array, " n"]:
    """A row of numbers >= 0, checked where they are known.

    **Arguments:**

    - `x`, `name`, `unit`: what was passed, in `unit`, and how a sentence names it.
    - `size`: how many are wanted.

    **Returns:** the same, as an array; shape `(size,)`.

    **Raises:** `ValueError` if there are others.
    """
    row = real(x) if traced(x) else all_numbers(x, name, unit, ">= 0")
    if row.shape != (size,):
        raise ValueError(
            f"`{name}` must have shape `({size},)` ({unit}); got {row.shape}."
        )
    return row


def _points(dimension: int) -> tuple[np.ndarray, np.ndarray]:
    """Along one axis: phases q within (-pi, pi), and their weights."""
    count = POINTS[dimension]
    theta = (np.arange(count) + 0.5) * 2 * np.pi / count
    theta = np.where(theta > np.pi, theta - 2 * np.pi, theta)
    if dimension == 1:  # differences of G have nothing singular on a line
        return theta, np.full(count, 1 / count)
    q = theta - 4 / 3 * np.sin(theta) + np.sin(2 * theta) / 6
    odd = np.arange(5, 23, 2)  # its series, near 0, where those terms cancel
    terms = (
        (-1) ** (odd // 2)
        * (2.0**odd / 6 - 4 / 3)
        / np.array([factorial(n) for n in odd], float)
    )
    series = np.sum(terms * theta[:, None] ** odd, axis=1)
    weights = 8 / 3 * np.sin(theta / 2) ** 4 / count
    return np.where(abs(theta) < 0.5, series, q), weights


def _meshed(q: np.ndarray, dimension: int) -> np.ndarray:
    """Half of the grid, point by point; shape `(points, d)`."""
    axes = [q[: len(q) // 2], *(q,) * (dimension - 1)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, dimension)


def _complex(dtype: Any) -> Any:
    return jnp.complex128 if dtype == jnp.float64 else jnp.complex64


def _inverse(jumps: Jumps, flows: Float[Array, " jumps"], q: np.ndarray) -> Array:
    r"""$L(q)^{-1}$; shape `(sites, sites, points)`.

    As unknowns the first site and what the others differ from it by: then every term
    that vanishes with q is summed from terms that do, and nothing is lost to round-off
    where $L(q)$ is nearly singular.
    """
    n, source, target = jumps.crystal.sites, jumps.source, jumps.target
    phase = q @ np.array(jumps.cells, float).T
    rise = jnp.asarray(2 * np.sin(phase / 2) ** 2, flows.dtype)
    if n == 1:
        return 1 / (rise @ flows)[None, None]
    kind = _complex(flows.dtype)
    step = jnp.asarray(2 * np.sin(phase / 2) ** 2 - 1j * np.sin(phase), kind)
    wave = jnp.asarray(np.exp(1j * phase), kind)
    a = [[jnp.zeros(len(q), kind) for _ in range(n)] for _ in range(n)]
    a[0][0] = (rise @ flows).astype(kind)
    total = jnp.zeros(n, flows.dtype).at[np.array(source)].add(flows)
    for s in range(1, n):
        into = np.flatnonzero(np.array(target) == s)
        a[0][s] = step[:, into] @ flows[into].astype(kind)
        a[s][0] = jnp.conj(a[0][s])
        for t in range(1, n):
            on = np.flatnonzero((np.array(source) == s) & (np.array(target) == t))
            a[s][t] = -(wave[:, on] @ flows[on].astype(kind))
        a[s][s] = a[s][s] + total[s].astype(kind)
    matrix = jnp.stack([jnp.stack(row) for row in a])
    for k in reversed(range(n)):  # the singular one last
        matrix = _swept(matrix, k)
    back = np.eye(n)
    back[:, 0] = 1.0
    back = jnp.asarray(back, kind)
    return jnp.einsum("si,ijq,tj->stq", back, matrix, back)


def _swept(a: Array, k: int) -> Array:
    """One step of inversion in place, on the pivot k of a Hermitian matrix."""
    pivot = (1 / jnp.real(a[k, k])).astype(a.dtype)
    row, column = a[k] * pivot[None], a[:, k]
    a = a - column[:, None] * row[None]
    a = a.at[k].set(row).at[:, k].set(-column * pivot[None])
    return a.at[k, k].set(pivot)
