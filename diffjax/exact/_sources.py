"""Amounts let go at once in an endless anisotropic body: point, line and plane."""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.scipy.linalg import solve_triangular
from jaxtyping import Array, Float

from .._checks import require
from .._shapes import Numbers
from ._arguments import aligned, check_conditions, floats
from ._functions import scaled


def point_source(
    position: Numbers,
    time: Numbers,
    tensor: Numbers,
    amount: Numbers,
    background: Numbers = 0.0,
) -> Float[Array, "..."]:
    r"""Composition after an amount at the origin has spread in an anisotropic body.

    $$c(x, t) = c_0 + \frac{M}{(4\pi t)^{d/2} \sqrt{\det D}}
    \exp\left(-\frac{x^T D^{-1} x}{4t}\right)$$

    **Arguments:**

    - `position`: $x$ from the source, in m; shape `(..., d)` with d = 1, 2 or 3.
    - `time`: $t \ge 0$, in s; any shape that broadcasts with `(...)`.
    - `tensor`: $D$, symmetric and positive definite, in m²/s; shape `()` (isotropic),
        `(d,)` (principal values along the axes) or `(d, d)`.
    - `amount`: $M$, in the unit of `background` times m^d; as `time`.
    - `background`: $c_0$; a mole fraction, or any unit of concentration; as `time`.

    **Returns:**

    Composition, in the unit of `background`; shape `(...)`, broadcast. At $t = 0$ it is
    `background`, and infinite (of the sign of `amount`) at the source, with slopes
    given as 0.

    **Raises:** `ValueError`, if shapes do not fit, a known time is negative, or a known
    tensor is not symmetric and positive definite.

    **Error:** round-off.

    ??? cite "Reference"

        Carslaw & Jaeger, *Conduction of Heat in Solids*, 2nd ed., Oxford 1959.
    """
    x, tensor, rest = _given("point_source", position, tensor, time, amount, background)
    return _point(x, tensor, *rest)


def line_source(
    position: Numbers,
    time: Numbers,
    tensor: Numbers,
    direction: Numbers,
    amount: Numbers,
    background: Numbers = 0.0,
) -> Float[Array, "..."]:
    r"""Composition after an endless line of tracer has spread in an anisotropic body.

    The line goes through the origin along $n$. The integral of
    [`diffjax.exact.point_source`][] over it is, with $A = D^{-1}$,

    $$c(x, t) = c_0 + \frac{M}{(4\pi t)^{(d-1)/2} \sqrt{\det D\; n^T\! A n}}
    \exp\left[-\frac{1}{4t}
    \left(x^T\! A x - \frac{(n^T\! A x)^2}{n^T\! A n}\right)\right]$$

    **Arguments:** as in [`diffjax.exact.point_source`][], with d = 2 or 3, and

    - `direction`: along the line; need not be a unit vector; no unit; shape `(d,)`.
    - `amount`: $M$, per length, in the unit of `background` times m^(d - 1).

    **Returns:** as in [`diffjax.exact.point_source`][]; infinite at $t = 0$ where
    `position` is the origin itself.

    **Raises:** as in [`diffjax.exact.point_source`][], and if `direction` is zero or of
    another shape.

    **Error:** round-off.
    """
    x, tensor, rest = _given("line_source", position, tensor, time, amount, background)
    n = _vector("line_source", "direction", direction, x)
    message = "`line_source(position=...)` needs 2 or 3 components; got 1."
    require(None, x.shape[-1] > 1, message)
    return _line(x, tensor, n, *rest)


def plane_source(
    position: Numbers,
    time: Numbers,
    tensor: Numbers,
    normal: Numbers,
    amount: Numbers,
    background: Numbers = 0.0,
) -> Float[Array, "..."]:
    r"""Composition after an endless plane of tracer has spread in an anisotropic body.

    The plane goes through the origin, across the unit normal $n$. Only the diffusivity
    along the normal counts, $D_n = n^T D\, n$:

    $$c(x, t) = c_0 + \frac{M}{\sqrt{4\pi D_n t}}
    \exp\left(-\frac{(n \cdot x)^2}{4 D_n t}\right)$$

    **Arguments:** as in [`diffjax.exact.point_source`][], and

    - `normal`: across the plane; need not be a unit vector; no unit; shape `(d,)`.
    - `amount`: $M$, per area, in the unit of `background` times m.

    **Returns:** as in [`diffjax.exact.point_source`][]; infinite at $t = 0$ on the
    plane.

    **Raises:** as in [`diffjax.exact.point_source`][], and if `normal` is zero or of
    another shape.

    **Error:** round-off.
    """
    x, tensor, rest = _given("plane_source", position, tensor, time, amount, background)
    n = _vector("plane_source", "normal", normal, x)
    return _plane(x, tensor, n, *rest)


def _given(function, position, tensor, time, amount, background):
    """Arrays of one float type: `(..., d)`, `(d, d)`, and three of rank `(...)`."""
    check_conditions(function, time=time)
    x, full, *rest = floats(position, tensor, time, amount, background)
    if x.ndim == 0 or x.shape[-1] not in (1, 2, 3):
        raise ValueError(
            f"`{function}(position=...)` needs a last axis of 1, 2 or 3 components (m);"
            f" got shape {x.shape}."
        )
    d = x.shape[-1]
    if full.shape not in ((), (d,), (d, d)):
        raise ValueError(
            f"`{function}(tensor=...)` must have shape (), ({d},) or ({d}, {d}) (m²/s);"
            f" got {full.shape}."
        )
    if full.ndim < 2:
        full = jnp.diag(jnp.broadcast_to(full, (d,)))
    if not isinstance(tensor, Tracer) and not isinstance(full, Tracer):
        known = np.asarray(full, dtype=float)
        alike = np.allclose(known, known.T, rtol=1e-5, atol=1e-6 * np.abs(known).max())
        require(
            tensor,
            alike and bool(np.all(np.linalg.eigvalsh(known) > 0)),
            f"`{function}(tensor=...)` must be symmetric and positive definite (m²/s).",
        )
    names = ("time", "amount", "background")
    shape = np.empty(x.shape[:-1], dtype=x.dtype)
    out = aligned(function, position=shape, **dict(zip(names, rest)))
    rank = out[0].ndim
    x = x.reshape((1,) * (rank + 1 - x.ndim) + x.shape)
    return x, full, out[1:]


def _vector(function, name, value, x):
    """A known direction that fits the positions, in their float type."""
    (n,) = floats(value)
    d = x.shape[-1]
    if n.shape != (d,):
        raise ValueError(
            f"`{function}({name}=...)` must have shape ({d},), as many components as "
            f"`position`; got {n.shape}."
        )
    if not isinstance(n, Tracer):
        message = f"`{function}({name}=...)` must not be zero."
        require(value, bool(np.any(np.asarray(n) != 0)), message)
    return n.astype(x.dtype)


@jax.jit
def _point(x, tensor, time, amount, background):
    lower, back = _factors(tensor)
    y = jnp.einsum("ij,...j->...i", back, x)
    return _spread(y, jnp.diag(lower), time, amount, background)


@jax.jit
def _line(x, tensor, direction, time, amount, background):
    lower, back = _factors(tensor)
    # In y = L^-1 x the body is isotropic, and the line lies along m.
    y, m = jnp.einsum("ij,...j->...i", back, x), back @ (direction / _size(direction))
    length = _size(m)
    m = m / length
    # Across the line, by components: no difference of nearly equal squares.
    y = y - jnp.einsum("...i,i,j->...j", y, m, m)
    widths = jnp.diag(lower)
    # det(L) |m| has one length more than the Gaussian has directions.
    widths = jnp.concatenate([widths[:-2], widths[-2:-1] * (widths[-1:] * length)])
    return _spread(y, widths, time, amount, background)


@jax.jit
def _plane(x, tensor, normal, time, amount, background):
    normal = normal / _size(normal)
    across = jnp.einsum("i,ij,j->", normal, tensor, normal)
    y = jnp.einsum("...i,i->...", x, normal) / jnp.sqrt(across)
    return _spread(y[..., None], jnp.sqrt(across)[None], time, amount, background)


def _factors(tensor):
    """L with L L^T = D, and its inverse."""
    lower = jnp.linalg.cholesky(tensor)
    eye = jnp.eye(tensor.shape[0], dtype=tensor.dtype)
    return lower, solve_triangular(lower, eye, lower=True)


def _size(vector):
    largest = jax.lax.stop_gradient(jnp.max(jnp.abs(vector)))
    return largest * jnp.sqrt(jnp.sum((vector / largest) ** 2))


def _spread(y, widths, time, amount, background):
    """Gaussian in y over sqrt(4 pi t) times each of the `widths` (m/sqrt(s))."""
    start = time == 0
    z = scaled(y, time[..., None])
    # Far out the Gaussian is zero, but the height may overflow in its slope.
    square = jnp.sum(z**2, axis=-1)
    idle = start | (square >= 800)
    one = jnp.sqrt(4 * math.pi * jnp.where(idle, 1.0, time))
    height = amount
    for k in range(widths.shape[0]):
        height = height / (one * widths[k])
    sign = jnp.sign(jax.lax.stop_gradient(amount))
    spike = jnp.where(jnp.all(y == 0, axis=-1) & (sign != 0), sign * jnp.inf, 0.0)
    value = height * jnp.exp(-square)
    return background + jnp.where(start, spike, value)
