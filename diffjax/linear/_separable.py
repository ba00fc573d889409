"""Operators that are sums over the axes of a uniform grid, in their own modes."""

import functools
from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float


# Up to so many cells a product with the matrix of modes beats the fast transforms.
_MATMUL = 512


class AxisModes(eqx.Module):
    r"""Orthonormal modes of the second difference along one uniform axis.

    $$(\delta^2 u)_i = u_{i-1} - 2 u_i + u_{i+1}$$

    with closed ends ($u_{-1} = u_0$: nothing passes), held ends ($u_{-1} = -u_0$: zero
    at the wall, half a cell beyond the last centre), or periodic ones.

    **Attributes:**

    - `cells`: how many cells, $n$.
    - `ends`: `"closed"` or `"held"` at the lower and at the upper end; or `"periodic"`
        for both.
    """

    cells: int = eqx.field(static=True)
    ends: tuple[str, str] = eqx.field(static=True)

    def __init__(self, cells: int, ends: tuple[str, str] = ("closed", "closed")):
        """**Arguments:** as the attributes.

        **Raises:** `ValueError` if there is no cell, or for other words.
        """
        if cells < 1:
            raise ValueError(f"`AxisModes(cells=...)` must be at least 1; got {cells}.")
        if (
            len(ends) != 2
            or any(end not in ("closed", "held", "periodic") for end in ends)
            or ends.count("periodic") == 1
        ):
            raise ValueError(
                '`AxisModes(ends=...)` must be "closed" or "held" at each end, or '
                f'"periodic" at both; got {ends!r}.'
            )
        self.cells = cells
        self.ends = (ends[0], ends[1])

    @property
    def eigenvalues(self) -> np.ndarray:
        r"""$λ_m = -4 \sin^2(q_m / 2)$ of the second difference; no unit; `(n,)`."""
        return -4 * np.sin(0.5 * self.wavenumbers) ** 2

    @property
    def continuum(self) -> np.ndarray:
        """$-q_m^2$: what the second derivative has instead of $λ_m$, for a cell of
        width 1; no unit; `(n,)`."""
        return -(self.wavenumbers**2)

    @property
    def wavenumbers(self) -> np.ndarray:
        """$q_m$ of the modes, in radians per cell; `(n,)`."""
        n, m = self.cells, np.arange(self.cells)
        if self.ends == ("closed", "closed"):
            return np.pi * m / n
        if self.ends == ("held", "held"):
            return np.pi * (n - m) / n
        if "periodic" in self.ends:
            return 2 * np.pi * np.minimum(m, n - m) / n
        return np.pi * (m + 0.5) / n

    def to_modes(self, field: Float[Array, "*field"], axis: int = 0) -> Array:
        """Amplitudes of the modes along one axis, in the unit and shape of the field.

        **Arguments:**

        - `field`: any unit; any shape with `cells` along `axis`.
        - `axis`: which axis.
        """
        if self.cells <= _MATMUL:
            return _product(_matrix(self.cells, self.ends), field, axis)
        return _forward(self.ends, field, axis)

    def to_cells(self, modes: Float[Array, "*field"], axis: int = 0) -> Array:
        """The field again, from its amplitudes: the inverse of `to_modes`."""
        if self.cells <= _MATMUL:
            return _product(_matrix(self.cells, self.ends).T, modes, axis)
        return _backward(self.ends, modes, axis)


class Separable(eqx.Module):
    r"""A sum of second differences, $L = \sum_k r_k\, \delta^2_k$, and functions of it.

    Diffusion with one diffusivity per axis on a uniform grid, $r_k = D_k / h_k^2$. All
    functions of $L$ are diagonal in products of the axes' modes: a direct solver, an
    exact step in time, or a preconditioner for coefficients that vary.

    **Attributes:**

    - `modes`: an [`diffjax.linear.AxisModes`][] per axis.
    - `rates`: $r_k$, in 1/s or any other unit; shape `(axes,)`.
    """

    modes: tuple[AxisModes, ...]
    rates: Float[Array, " axes"]

    @property
    def eigenvalues(self) -> Float[Array, "*cells"]:
        r"""$\sum_k r_k λ_{m_k}$, in the unit of the rates; shape `cells`."""
        return self._sum([modes.eigenvalues for modes in self.modes])

    @property
    def continuum(self) -> Float[Array, "*cells"]:
        """The same for second derivatives instead of differences; shape `cells`.

        With them, cell averages of a field that the grid resolves are marched exactly.
        """
        return self._sum([modes.continuum for modes in self.modes])

    def apply(
        self, function: Callable[[Array], Array], continuum: bool = False
    ) -> Callable[[Float[Array, "*cells"]], Float[Array, "*cells"]]:
        r"""$f(L)$ as a function from a field to a field.

        **Arguments:**

        - `function`: $f$, of all eigenvalues at once; not infinite at any of them.
        - `continuum`: whether the eigenvalues are those of second derivatives.

        **Returns:**

        A function of a field of shape `cells`, linear and symmetric.
        """
        values = function(self.continuum if continuum else self.eigenvalues)

        def applied(field):
            for axis, modes in enumerate(self.modes):
                field = modes.to_modes(field, axis)
            field = values.astype(field.dtype) * field
            for axis, modes in enumerate(self.modes):
                field = modes.to_cells(field, axis)
            return field

        return applied

    def inverse(
        self, shift: Float[Array, ""]
    ) -> Callable[[Float[Array, "*cells"]], Float[Array, "*cells"]]:
        r"""$(s - L)^{-1}$, for a shift $s > 0$ in the unit of the rates."""
        return self.apply(lambda values: 1 / (shift - values))

    def propagator(
        self, time: Float[Array, ""], continuum: bool = False
    ) -> Callable[[Float[Array, "*cells"]], Float[Array, "*cells"]]:
        r"""$\exp(t L)$, for a time $t$ in the inverse unit of the rates.

        **Error:** none in time; in space second order in the cell width, or with
        `continuum` none for fields that the grid resolves.
        """
        return self.apply(lambda values: jnp.exp(time * values), continuum)

    def _sum(self, values: list[np.ndarray]) -> Array:
        total, axes = jnp.zeros((1,) * len(values), self.rates.dtype), len(values)
        for axis, along in enumerate(values):
            shape = tuple(-1 if k == axis else 1 for k in range(axes))
            column = jnp.asarray(along.reshape(shape), self.rates.dtype)
            total = total + self.rates[axis] * column
        return total


def _product(matrix: np.ndarray, field: Array, axis: int) -> Array:
    factor = jnp.asarray(matrix, field.dtype)
    out = jnp.tensordot(factor, field, (1, axis), precision=jax.lax.Precision.HIGHEST)
    return jnp.moveaxis(out, 0, axis)


@functools.lru_cache(maxsize=64)
def _matrix(n: int, ends: tuple[str, str]) -> np.ndarray:
    """Rows are orthonormal modes, in the order of the wave numbers."""
    m, j = np.arange(n)[:, None], np.arange(n)[None, :] + 0.5
    if "periodic" in ends:
        # cos + sin: real, symmetric and its own inverse (Hartley).
        phase = 2 * np.pi * (m * (j - 0.5) % n) / n
        return (np.cos(phase) + np.sin(phase)) / np.sqrt(n)
    if ends[0] == ends[1]:
        rows = np.cos(np.pi * (m * j % (2 * n)) / n) * np.sqrt(2 / n)
        rows[0] = 1 / np.sqrt(n)
        return rows if ends[0] == "closed" else rows * _signs(n)
    wave = np.cos if ends[0] == "closed" else np.sin
    return wave(np.pi * (m + 0.5) * j / n) * np.sqrt(2 / n)


def _signs(n: int) -> np.ndarray:
    return 1.0 - 2.0 * (np.arange(n) % 2)


def _alternate(field: Array, axis: int) -> Array:
    shape = tuple(-1 if k == axis else 1 for k in range(field.ndim))
    signs = _signs(field.shape[axis]).reshape(shape)
    return field * jnp.asarray(signs, field.dtype)


def _hartley(field: Array, axis: int) -> Array:
    waves = jnp.fft.fft(field, axis=axis, norm="ortho")
    return jnp.real(waves) - jnp.imag(waves)


def _forward(ends: tuple[str, str], field: Array, axis: int) -> Array:
    """By fast transforms what `_matrix` does by a product."""
    dct = functools.partial(jax.scipy.fft.dct, type=2, axis=axis, norm="ortho")
    if "periodic" in ends:
        return _hartley(field, axis)
    if ends[0] == ends[1]:
        return dct(field if ends[0] == "closed" else _alternate(field, axis))
    if ends[0] == "held":
        modes = _forward(("closed", "held"), jnp.flip(field, axis), axis)
        return _alternate(modes, axis)
    # Mirrored at the closed end the field is held at both, with every other mode.
    double = jnp.concatenate([jnp.flip(field, axis), field], axis=axis)
    waves = dct(_alternate(double, axis)) * 0.5**0.5
    odd = jax.lax.slice_in_dim(waves, 1, None, 2, axis)
    return _alternate(jnp.flip(odd, axis), axis)


def _backward(ends: tuple[str, str], modes: Array, axis: int) -> Array:
    idct = functools.partial(jax.scipy.fft.idct, type=2, axis=axis, norm="ortho")
    if "periodic" in ends:
        return _hartley(modes, axis)
    if ends[0] == ends[1]:
        field = idct(modes)
        return field if ends[0] == "closed" else _alternate(field, axis)
    if ends[0] == "held":
        field = _backward(("closed", "held"), _alternate(modes, axis), axis)
        return jnp.flip(field, axis)
    odd = jnp.flip(_alternate(modes, axis), axis)
    both = jnp.stack([jnp.zeros_like(odd), odd], axis=axis + 1)
    shape = list(modes.shape)
    shape[axis] *= 2
    double = _alternate(idct(both.reshape(shape)), axis) * 2**0.5
    return jax.lax.slice_in_dim(double, modes.shape[axis], None, 1, axis)
