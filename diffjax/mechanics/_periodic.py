r"""Elastic equilibrium on a periodic grid, by fast Fourier transforms."""

from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Bool, Complex, Float

from .._checks import all_numbers, require, symmetric, symmetric_tensor
from .._shapes import Numbers
from ._field import vector
from ._stiffness import (
    AbstractStiffness,
    from_voigt,
    strain_from_voigt,
    strain_to_voigt,
    tensor_of,
    to_voigt,
)


Scheme = Literal["spectral", "rotated"]
_AXES = (0, 1, 2)


class PeriodicFields(eqx.Module):
    r"""Strain and stress at the centres of the cells of a periodic grid.

    **Attributes:**

    - `total_strain`: $\bar\varepsilon + \mathrm{sym}\,\nabla u$, no unit; shape
        `(nx, ny, nz, 3, 3)`.
    - `strain`: the elastic strain, total less eigenstrain; no unit; same shape.
    - `stress`: in Pa, positive in tension; same shape.
    - `converged`: whether equilibrium was reached; a boolean scalar.
    """

    total_strain: Float[Array, "nx ny nz 3 3"]
    strain: Float[Array, "nx ny nz 3 3"]
    stress: Float[Array, "nx ny nz 3 3"]
    converged: Bool[Array, ""]

    @property
    def hydrostatic(self) -> Float[Array, "nx ny nz"]:
        r"""$\mathrm{tr}(\sigma)/3$, in Pa; shape `(nx, ny, nz)`."""
        return jnp.trace(self.stress, axis1=-2, axis2=-1) / 3


def periodic_fields(
    eigenstrain: Numbers,
    stiffness: AbstractStiffness | Numbers,
    widths: Numbers,
    *,
    mean_strain: Numbers | None = None,
    mean_stress: Numbers | None = None,
    scheme: Scheme = "spectral",
    rtol: float = 1e-8,
    max_steps: int = 500,
) -> PeriodicFields:
    r"""Stress and strain of a periodic body, some of whose cells would be of another
    size or shape.

    $$\nabla \cdot \sigma = 0, \qquad \sigma = C : (\varepsilon - \varepsilon^*),
    \qquad \varepsilon = \bar\varepsilon + \mathrm{sym}\,\nabla u$$

    With one stiffness for all cells, Green's operator of the body gives the answer at
    once, wave by wave: $\hat u = -i\,(k C k)^{-1} (C : \hat\varepsilon^*)\, k$. With
    one for each cell, conjugate gradients find the displacement, with Green's operator
    of the mean stiffness to help them: the number of steps grows as the square root of
    the ratio between stiffnesses, not with the number of cells.

    Differentiable in every array, forward and reverse, at the price of one more solve.

    **Arguments:**

    - `eigenstrain`: $\varepsilon^*$, by how much each cell, free, would be longer; no
        unit; shape `(nx, ny, nz, 3, 3)`. An axis of one cell is one along which nothing
        changes.
    - `stiffness`: of the body, or Voigt's matrices of the cells, in Pa; shape
        `(nx, ny, nz, 6, 6)`.
    - `widths`: of a cell along the axes, > 0, in m; shape `(3,)`.
    - `mean_strain`: $\bar\varepsilon$, if the period is held; no unit; shape `(3, 3)`.
    - `mean_stress`: the mean of $\sigma$, if it is not: in Pa; shape `(3, 3)`. With
        neither, the body is free: zero.
    - `scheme`: `"spectral"`, exact for smooth fields but rings where cells jump, or
        `"rotated"`: finite differences between the corners of a cell, second order,
        without ringing to speak of.
    - `rtol`: of the forces, over those of the eigenstrain, no unit; not less than
        eight times the precision.
    - `max_steps`: at most so many steps (no unit).

    **Returns:** a [`diffjax.mechanics.PeriodicFields`][].

    **Raises:** `ValueError` if shapes do not fit, a known matrix is not symmetric, or
    both means are given.

    **Error:** round-off for a few waves and one stiffness; else that of the scheme.

    ??? cite "Reference"

        Moulinec & Suquet, *A numerical method for computing the overall response of
        nonlinear composites with complex microstructure*, Comput. Methods Appl. Mech.
        Eng. 157 (1998) 69; for `"rotated"`: Willot, *Fourier-based schemes for
        computing the mechanical response of composites with accurate local fields*,
        C. R. Mécanique 343 (2015) 232.
    """
    door = "periodic_fields"
    name = f"{door}(eigenstrain=...)"
    free = tensor_of(all_numbers(eigenstrain, name, "no unit"), name, "no unit")
    if free.ndim != 5:
        raise ValueError(
            f"`{name}` must have shape `(nx, ny, nz, 3, 3)` (no unit); got "
            f"{free.shape}."
        )
    if scheme not in ("spectral", "rotated"):
        raise ValueError(
            f'`{door}(scheme=...)` must be "spectral" or "rotated"; got {scheme!r}.'
        )
    if mean_strain is not None and mean_stress is not None:
        raise ValueError(
            f"`{door}(mean_strain=..., mean_stress=...)`: give one, not both."
        )
    shape, dtype = free.shape[:3], free.dtype
    if isinstance(stiffness, AbstractStiffness):
        matrix = stiffness.matrix.astype(dtype)
    else:
        matrix = _matrices(stiffness, shape).astype(dtype)
    size = vector(widths, f"{door}(widths=...)", "m").astype(dtype)
    size = require(size, lambda h: h > 0, f"`{door}(widths=...)` must be > 0 (m).")
    held = mean_strain is not None
    if held:
        given = symmetric_tensor(mean_strain, f"{door}(mean_strain=...)", "no unit")
        mean = strain_to_voigt(given)
    elif mean_stress is not None:
        given = symmetric_tensor(mean_stress, f"{door}(mean_stress=...)", "Pa")
        mean = to_voigt(given)
    else:
        mean = jnp.zeros(6)
    mean = mean.astype(dtype)
    return _fields(free, matrix, size, mean, held, scheme, rtol, max_steps)


def _matrices(stiffness: Numbers, shape: tuple[int, ...]) -> Float[Array, "..."]:
    name = "periodic_fields(stiffness=...)"
    matrix = all_numbers(stiffness, name, "Pa")
    if matrix.shape != (*shape, 6, 6):
        raise ValueError(
            f"`{name}` must be a stiffness, or have shape {(*shape, 6, 6)} (Pa); got "
            f"{matrix.shape}."
        )
    return symmetric(matrix, name, "Pa")


@eqx.filter_jit
def _fields(free, matrix, size, mean, held, scheme, rtol, max_steps) -> PeriodicFields:
    shape = free.shape[:3]
    eigen = strain_to_voigt(free)
    waves = _waves(shape, size, scheme)
    if matrix.ndim == 2:
        total = _uniform(eigen, matrix, waves, mean, held)
        converged = jnp.asarray(True)
    else:
        total, converged = _solve(eigen, matrix, waves, mean, held, rtol, max_steps)
    elastic = total - eigen
    return PeriodicFields(
        strain_from_voigt(total),
        strain_from_voigt(elastic),
        from_voigt(_times(matrix, elastic)),
        converged,
    )


def _waves(shape, size, scheme) -> Complex[Array, "nx ny half 3"]:
    """What a derivative makes of each wave, times the shortest width."""
    # Only the ratio of widths counts, and squares of nanometres would underflow.
    ratio = jnp.min(size) / size
    angles = [2 * np.pi * np.fft.fftfreq(n) for n in shape]
    angles[2] = 2 * np.pi * np.fft.rfftfreq(shape[2])
    x = np.stack(np.meshgrid(*angles, indexing="ij"), axis=-1)
    if scheme == "spectral":
        # The shortest wave of an even number of cells has no slope at the centres.
        factors = 1j * np.where(np.isclose(abs(x), np.pi), 0.0, x)
    else:
        # From the corners of a cell to its centre: differences along one axis, means
        # along the others. An axis of one cell sees cosines of zero: 1.
        sines, cosines = np.sin(x / 2), np.cos(x / 2)
        others = [
            cosines[..., (k + 1) % 3] * cosines[..., (k + 2) % 3] for k in range(3)
        ]
        phase = np.exp(0.5j * np.sum(x, axis=-1))
        factors = 2j * sines * np.stack(others, -1) * phase[..., None]
        factors = np.where(abs(factors) < 1e-12, 0.0, factors)
    kind = lax.complex(ratio, ratio).dtype
    return jnp.einsum("...k,k->...k", jnp.asarray(factors, kind), ratio.astype(kind))


def slopes(k, u) -> Array:
    """The strain (shears counted twice) of a wave of displacement `u`."""
    x, y, z = k[..., 0], k[..., 1], k[..., 2]
    a, b, c = u[..., 0], u[..., 1], u[..., 2]
    rows = [x * a, y * b, z * c, z * b + y * c, z * a + x * c, y * a + x * b]
    return jnp.stack(rows, axis=-1)


def _forces(k, s) -> Array:
    """The transposed of `slopes`: minus the divergence of a wave of stress `s`."""
    x, y, z = (jnp.conj(k[..., j]) for j in range(3))
    xx, yy, zz, yz, xz, xy = (s[..., j] for j in range(6))
    rows = [
        x * xx + z * xz + y * xy,
        y * yy + z * yz + x * xy,
        z * zz + y * yz + x * xz,
    ]
    return jnp.stack(rows, axis=-1)


def _green(matrix, k):
    """Solves with the acoustic tensor of every wave that has one, and gives 0 else."""
    basis = jnp.eye(3, dtype=k.dtype)
    columns = [
        _forces(k, _times(matrix.astype(k.dtype), slopes(k, basis[j])))
        for j in range(3)
    ]
    acoustic = jnp.stack(columns, axis=-1)
    flat = jnp.all(k == 0, axis=-1)[..., None]
    one = jnp.broadcast_to(basis, acoustic.shape)
    inverse = jnp.linalg.inv(jnp.where(flat[..., None], one, acoustic))
    return lambda f: jnp.where(
        flat, 0.0, jnp.einsum("...ij,...j->...i", inverse, f)
    ).astype(k.dtype)


def _times(matrix, strain):
    spec = "ij,...j->...i" if matrix.ndim == 2 else "...ij,...j->...i"
    return jnp.einsum(spec, matrix, strain)


def _uniform(eigen, matrix, waves, mean, held):
    pull = jnp.fft.rfftn(_times(matrix, eigen), axes=_AXES)
    u = _green(matrix, waves)(_forces(waves, pull))
    wavy = jnp.fft.irfftn(slopes(waves, u), s=eigen.shape[:3], axes=_AXES)
    if held:
        return wavy + _everywhere(mean, eigen)
    grown = jnp.linalg.solve(matrix, mean) + jnp.mean(eigen, axis=_AXES)
    return wavy + _everywhere(grown, eigen)


def _everywhere(mean, like):
    return jnp.broadcast_to(mean, like.shape)


def _solve(eigen, matrix, waves, mean, held, rtol, max_steps):
    shape, cells = eigen.shape[:3], eigen[..., 0].size
    root = float(np.sqrt(cells))
    least = max(rtol, 8 * float(jnp.finfo(eigen.dtype).eps))
    there = lambda u: jnp.fft.rfftn(u, axes=_AXES)
    back = lambda u: jnp.fft.irfftn(u, s=shape, axes=_AXES)

    def strain(x):
        u, e = x
        wavy = back(slopes(waves, there(u)))
        return wavy if held else wavy + _everywhere(e / root, wavy)

    def force(s):
        u = back(_forces(waves, there(s)))
        return u, jnp.zeros(6, s.dtype) if held else jnp.sum(s, axis=_AXES) / root

    apply = lambda x: force(_times(matrix, strain(x)))
    start = eigen - _everywhere(mean, eigen) if held else eigen
    right = force(_times(matrix, start))
    if not held:
        right = right[0], right[1] + root * mean

    average = lax.stop_gradient(jnp.mean(matrix, axis=_AXES))
    green = _green(average, waves)
    compliance = jnp.linalg.inv(average)

    def near(x):
        return back(green(there(x[0]))), compliance @ x[1]

    def run(apply, right):
        return jax.scipy.sparse.linalg.cg(
            apply, right, tol=least, maxiter=max_steps, M=near
        )[0]

    found = lax.custom_linear_solve(apply, right, solve=run, symmetric=True)
    left = jax.tree.map(lambda a, b: a - b, right, apply(found))
    norm = lambda x: jnp.sqrt(sum(jnp.sum(a * a) for a in x))
    converged = norm(left) <= 2 * least * norm(right)
    total = strain(found)
    if held:
        total = total + _everywhere(mean, total)
    return total, lax.stop_gradient(converged)
