"""Plane layers of different bodies: two endless ones, and many of finite width."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.scipy.special import erfc
from jaxtyping import Array, Float

from .._shapes import Numbers
from ._arguments import aligned, check_conditions, floats, inside
from ._bessel import as_complex, contour_along
from ._functions import scaled


def layered_couple(
    position: Numbers,
    time: Numbers,
    diffusivity_left: Numbers,
    diffusivity_right: Numbers,
    left: Numbers,
    right: Numbers,
    partition: Numbers = 1.0,
) -> Float[Array, "..."]:
    r"""Composition in two half-infinite bodies of different diffusivity.

    At $x = 0$ the flux is continuous and $c(-0) = K\,c(+0)$. The sides of the interface
    stay at

    $$c(+0) = \frac{\sqrt{D_L}\,c_L + \sqrt{D_R}\,c_R}{K\sqrt{D_L} + \sqrt{D_R}}$$

    and each body is a half space whose surface is held at its own:
    $c = c_\pm + (c(\pm 0) - c_\pm)\,\mathrm{erfc}(|x|/2\sqrt{D t})$.

    **Arguments:** any shapes that broadcast together

    - `position`: $x$, in m; $x \ge 0$ belongs to the right body.
    - `time`: $t \ge 0$, in s.
    - `diffusivity_left`, `diffusivity_right`: $D_L, D_R > 0$, in m²/s.
    - `left`, `right`: $c_L$ and $c_R$ at first; a mole fraction, or any unit of
        concentration.
    - `partition`: $K > 0$, no unit.

    **Returns:**

    Composition, in the unit of `left`.

    **Raises:** `ValueError`, if shapes do not broadcast, or a known number breaks its
    condition.

    **Error:** round-off.

    ??? cite "Reference"

        Crank, *The Mathematics of Diffusion*, 2nd ed., Oxford 1975, ch. 3; Carslaw &
        Jaeger, *Conduction of Heat in Solids*, 2nd ed., Oxford 1959, ch. 2.
    """
    return _layered_couple(
        *aligned(
            "layered_couple",
            position=position,
            time=time,
            diffusivity_left=diffusivity_left,
            diffusivity_right=diffusivity_right,
            left=left,
            right=right,
            partition=partition,
        )
    )


def layers_steady(
    position: Numbers,
    widths: Numbers,
    diffusivities: Numbers,
    left: Numbers,
    right: Numbers,
    partitions: Numbers | None = None,
) -> Float[Array, "..."]:
    r"""Composition at rest in N plane layers between two held faces.

    The flux of [`diffjax.exact.layers_flux`][] is the same everywhere: in each layer
    the composition is a straight line of slope $-J/D_i$.

    **Arguments:**

    - `position`: $x$ from the left face, 0 to $\sum w_i$, in m; any shape. An interface
        belongs to the layer on its right.
    - `widths`: $w_i > 0$, in m; shape `(N,)`.
    - `diffusivities`: $D_i > 0$, in m²/s; shape `(N,)`.
    - `left`, `right`: compositions of the outer faces, in the layers; a mole fraction,
        or any unit of concentration; one number each.
    - `partitions`: $K_i > 0$, composition on the left of interface i over that on its
        right, no unit; shape `(N - 1,)`. By default 1: composition is continuous.

    **Returns:**

    Composition, in the unit of `left`; shape of `position`.

    **Raises:** `ValueError`, if shapes do not fit, a known number breaks its condition,
    or a known position lies outside.

    **Error:** round-off.
    """
    w, d, k = _stack("layers_steady", widths, diffusivities, partitions)
    inside("layers_steady", position, "the sum of widths", _total(w))
    x, w, d, k, left, right = floats(position, w, d, k, left, right)
    return _steady(x, w, d, k, left, right)


def layers_flux(
    widths: Numbers,
    diffusivities: Numbers,
    left: Numbers,
    right: Numbers,
    partitions: Numbers | None = None,
) -> Float[Array, ""]:
    r"""Flux at rest through N plane layers between two held faces.

    With $P_1 = 1$ and $P_{i+1} = P_i/K_i$, so that $c/P$ is continuous,

    $$J = \frac{c_L/P_1 - c_R/P_N}{\sum_i w_i/(P_i D_i)}$$

    **Arguments:** as in [`diffjax.exact.layers_steady`][].

    **Returns:**

    Flux to the right, in the unit of `left` times m/s; one number.

    **Raises:** as in [`diffjax.exact.layers_steady`][].

    **Error:** round-off.
    """
    w, d, k = _stack("layers_flux", widths, diffusivities, partitions)
    w, d, k, left, right = floats(w, d, k, left, right)
    return _flux(w, d, k, left, right)[0]


def layers(
    position: Numbers,
    time: Numbers,
    widths: Numbers,
    diffusivities: Numbers,
    initial: Numbers,
    left: Numbers | None = None,
    right: Numbers | None = None,
    partitions: Numbers | None = None,
) -> Float[Array, "..."]:
    r"""Composition in N plane layers, each uniform at first.

    In each layer the transform $s\,\bar c$ is $c_i$ plus a sum of
    $e^{\pm x \sqrt{s/D_i}}$; what holds at walls and interfaces gives a system of
    $N + 1$ equations for each node of a contour that inverts the transform. There is no
    search for eigenvalues, so that none can be missed.

    **Arguments:**

    - `position`: $x$ from the left face, 0 to $\sum w_i$, in m; any shape. An interface
        belongs to the layer on its right.
    - `time`: $t \ge 0$, in s; any shape that broadcasts with `position`.
    - `widths`, `diffusivities`, `partitions`: as in [`diffjax.exact.layers_steady`][].
    - `initial`: $c_i$, in any unit of concentration; shape `()` or `(N,)`.
    - `left`, `right`: compositions at which the outer faces are held, one number each;
        `None` closes the face.

    **Returns:**

    Composition, in the unit of `initial`; shape of `position` and `time`, broadcast.

    **Raises:** as in [`diffjax.exact.layers_steady`][].

    **Error:** about 1e-13 of the largest difference in float64; for a closed body it
    grows for long times, as $10^{-15} D t/w^2$.

    ??? cite "Reference"

        Carslaw & Jaeger, *Conduction of Heat in Solids*, 2nd ed., Oxford 1959, ch. 12.
    """
    w, d, k = _stack("layers", widths, diffusivities, partitions)
    check_conditions("layers", time=time)
    inside("layers", position, "the sum of widths", _total(w))
    held = left is not None, right is not None
    ends = (0.0 if left is None else left), (0.0 if right is None else right)
    x, t, w, d, k, start, *ends = floats(position, time, w, d, k, initial, *ends)
    if start.shape not in ((), w.shape):
        raise ValueError(
            f"`layers(initial=...)` must have shape () or {w.shape}, one number a "
            f"layer; got {start.shape}."
        )
    x, t = aligned("layers", position=x, time=t)
    return _layers(x, t, w, d, k, jnp.broadcast_to(start, w.shape), *ends, held)


def _stack(function, widths, diffusivities, partitions):
    w, d = floats(widths, diffusivities)
    k = np.ones(max(w.size - 1, 0)) if partitions is None else partitions
    k = k.astype(w.dtype) if partitions is None else floats(k)[0]
    if w.ndim != 1 or w.size == 0 or d.shape != w.shape or k.shape != (w.size - 1,):
        raise ValueError(
            f"`{function}` needs `widths` (N,) in m, `diffusivities` (N,) in m²/s and "
            f"`partitions` (N - 1,) without unit; got {w.shape}, {d.shape} and "
            f"{k.shape}."
        )
    given = widths, diffusivities, k if partitions is None else partitions
    names = "widths", "diffusivities", "partitions"
    check_conditions(function, **dict(zip(names, given)))
    return w, d, k


def _total(widths):
    return widths if isinstance(widths, Tracer) else np.sum(np.asarray(widths))


@jax.jit
def _layered_couple(position, time, d_left, d_right, left, right, partition):
    # Roots of the ratio, which does not underflow in float32.
    ratio = jnp.sqrt(d_left / d_right)
    face = (ratio * left + right) / (partition * ratio + 1)
    here = position >= 0
    own = jnp.where(here, d_right, d_left)
    share = erfc(jnp.abs(scaled(position, own * time)))
    start = jnp.where(here, right, left)
    return start + (jnp.where(here, face, partition * face) - start) * share


@jax.jit
def _flux(w, d, k, left, right):
    scale = _scales(k)
    resistance = w / (scale * d)
    flux = (left / scale[0] - right / scale[-1]) / jnp.sum(resistance)
    return flux, scale, resistance


@jax.jit
def _steady(x, w, d, k, left, right):
    flux, scale, resistance = _flux(w, d, k, left, right)
    edges = jnp.cumsum(w) - w
    before = left / scale[0] - flux * (jnp.cumsum(resistance) - resistance)
    i = _which(x, edges)
    return scale[i] * before[i] - flux / d[i] * (x - edges[i])


def _scales(k):
    return jnp.concatenate([jnp.ones_like(k, shape=(1,)), jnp.cumprod(1 / k)])


def _which(x, edges):
    """Number of the layer that each position lies in."""
    above = x[None] >= edges[1:].reshape((-1,) + (1,) * x.ndim)
    return jnp.sum(above, axis=0)


@functools.partial(jax.jit, static_argnames="held")
def _layers(x, t, w, d, k, start, left, right, held):
    z, weights = contour_along(t)
    q, scale = jnp.sqrt(z), _scales(k)
    edges = jnp.cumsum(w) - w
    faces = _faces(q, t, w, d, scale, start, left, right, held)
    here, total = (
        _which(x, edges),
        jnp.zeros(np.broadcast_shapes(x.shape, t.shape), x.dtype),
    )
    for i in range(w.shape[0]):
        far = _reach(q, w[i], d[i] * t)
        depth = jnp.clip(x - edges[i], 0.0, w[i])
        value = 0.0
        for side, rest in ((0, w[i] - depth), (1, depth)):
            face = as_complex(scale[i]) * faces[..., i + side] - as_complex(start[i])
            value = value + face * _ratio(
                _reach(q, rest, d[i] * t), far, _reach(q, w[i] - rest, d[i] * t)
            )
        moved = start[i] + jnp.sum(jnp.real(weights * value), axis=0)
        total = total + jnp.where(here == i, moved, 0.0)
    return total


def _faces(q, t, w, d, scale, start, left, right, held):
    """Transforms of c/P at all faces, times s; shape `(nodes, *times, N + 1)`."""
    n = w.shape[0]
    shape = np.broadcast_shapes(q.shape, (1, *t.shape))
    # Conductances of a layer, over sqrt(s): what goes through, what stays.
    strength = jnp.sqrt(d / jnp.max(d))
    zero = jnp.zeros(shape, q.dtype)
    matrix = [[zero for _ in range(n + 1)] for _ in range(n + 1)]
    known = [zero for _ in range(n + 1)]
    for i in range(n):
        a = _reach(q, w[i], d[i] * t)
        e = as_complex(strength[i])
        through = -2 * e * jnp.exp(-a) / jnp.expm1(-2 * a)
        stays = -e * jnp.expm1(-a) / (1 + jnp.exp(-a))
        p = as_complex(scale[i])
        for one, other in ((i, i + 1), (i + 1, i)):
            matrix[one][one] = matrix[one][one] + p * (through + stays)
            matrix[one][other] = matrix[one][other] - p * through
            known[one] = known[one] + stays * as_complex(start[i])
    for fixed, j, value in zip(held, (0, n), (left / scale[0], right / scale[-1])):
        if fixed:
            matrix[j] = [zero + (1.0 if m == j else 0.0) for m in range(n + 1)]
            known[j] = zero + as_complex(value)
    rows = [jnp.stack(row, axis=-1) for row in matrix]
    system = jnp.stack(rows, axis=-2)
    return jnp.linalg.solve(system, jnp.stack(known, axis=-1)[..., None])[..., 0]


def _reach(q, distance, spread):
    """Distance times sqrt(s/D), held where its exponential is nothing."""
    return q * as_complex(2 * scaled(distance, spread))[None]


def _ratio(inner, whole, outer):
    """sinh(inner)/sinh(whole) where inner + outer = whole, without overflow."""
    return jnp.exp(-outer) * jnp.expm1(-2 * inner) / jnp.expm1(-2 * whole)
