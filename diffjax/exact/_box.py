"""Bodies that are products: a box of up to three axes, and a cylinder of given height.

Where surfaces are alike all around, what is still missing inside is the product of what
is missing in each direction.
"""

import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float

from .._shapes import Numbers
from ._arguments import aligned, check_conditions, floats, inside
from ._cylinder import cylinder, cylinder_fraction
from ._slab import slab, slab_fraction
from ._slab_exchange import slab_exchange, slab_exchange_fraction


def box(
    position: Numbers,
    time: Numbers,
    diffusivity: Numbers,
    lengths: Numbers,
    surface: Numbers,
    initial: Numbers = 0.0,
) -> Float[Array, "..."]:
    r"""Composition in a box with its own diffusivity along each axis, surface held.

    With $s(x, t, D, L)$ the unit answer of [`diffjax.exact.slab`][],

    $$\frac{c - c_0}{c_s - c_0} = 1 - \prod_i \left[1 - s(x_i, t, D_i, L_i)\right]$$

    **Arguments:**

    - `position`: $x_i$ from one corner, 0 to $L_i$, in m; shape `(..., d)` with d = 1
        (plate), 2 (bar) or 3.
    - `time`: $t \ge 0$, in s; any shape that broadcasts with `(...)`.
    - `diffusivity`: $D_i > 0$ along the axes, which are principal axes, in m²/s; shape
        `()` or `(d,)`.
    - `lengths`: $L_i > 0$, in m; shape `()` or `(d,)`.
    - `surface`, `initial`: $c_s$ at all faces and $c_0$ inside at first; a mole
        fraction, or any unit of concentration; as `time`.

    **Returns:**

    Composition, in the unit of `surface`; shape `(...)`, broadcast. At $t = 0$:
    `initial`, with `surface` at the faces.

    **Raises:** `ValueError`, if shapes do not fit, a known number breaks its condition,
    or a known position lies outside.

    **Error:** round-off, relative to $c_s - c_0$.

    ??? cite "Reference"

        Carslaw & Jaeger, *Conduction of Heat in Solids*, 2nd ed., Oxford 1959, ch. 5.
    """
    x, time, widths, surface, initial = _given(
        "box", position, time, diffusivity, lengths, surface, initial
    )
    parts = [slab(x[..., i], time, d, size, 1.0) for i, (d, size) in enumerate(widths)]
    return _blend(_together(parts), surface, initial)


def box_fraction(
    time: Numbers, diffusivity: Numbers, lengths: Numbers
) -> Float[Array, "..."]:
    r"""Part of its final uptake that a box with held surface has reached.

    $$\frac{M}{M_\infty} = 1 - \prod_i \left[1 - f(t, D_i, L_i)\right]$$

    with $f$ that of [`diffjax.exact.slab_fraction`][].

    **Arguments:** as in [`diffjax.exact.box`][]; the larger of the shapes of
    `diffusivity` and `lengths` tells d.

    **Returns:**

    A fraction, 0 to 1, no unit; shape of `time`; $M_\infty = (c_s - c_0) \prod_i L_i$.
    At $t = 0$ the slope in time is infinite; 0 is given.

    **Raises:** as in [`diffjax.exact.box`][].

    **Error:** round-off; for short times relative, too.
    """
    time, widths = _sizes("box_fraction", time, diffusivity, lengths)
    return _together([slab_fraction(time, d, size) for d, size in widths])


def box_exchange(
    position: Numbers,
    time: Numbers,
    diffusivity: Numbers,
    lengths: Numbers,
    rate: Numbers,
    equilibrium: Numbers,
    initial: Numbers = 0.0,
) -> Float[Array, "..."]:
    r"""Composition in a box that exchanges with what is outside through all faces.

    As [`diffjax.exact.box`][], with $s$ that of [`diffjax.exact.slab_exchange`][]: the
    flux out through a face across axis i is $J \cdot n = k_i\,(c - c_{eq})$.

    **Arguments:** as in [`diffjax.exact.box`][], and

    - `rate`: $k_i \ge 0$ of both faces across each axis, in m/s; shape `()` or `(d,)`.
        A rate of 0 closes them.
    - `equilibrium`: $c_{eq}$, in the place of `surface`.

    **Returns:** as in [`diffjax.exact.box`][].

    **Raises:** as in [`diffjax.exact.box`][].

    **Error:** about 1e-15 of $c_{eq} - c_0$ in float64.
    """
    x, time, widths, equilibrium, initial = _given(
        "box_exchange",
        position,
        time,
        diffusivity,
        lengths,
        equilibrium,
        initial,
        rate,
    )
    parts = [
        slab_exchange(x[..., i], time, d, size, k, 1.0)
        for i, (d, size, k) in enumerate(widths)
    ]
    return _blend(_together(parts), equilibrium, initial)


def box_exchange_fraction(
    time: Numbers, diffusivity: Numbers, lengths: Numbers, rate: Numbers
) -> Float[Array, "..."]:
    r"""Part of its final uptake that a box with exchange at all faces has reached.

    As [`diffjax.exact.box_fraction`][], with $f$ that of
    [`diffjax.exact.slab_exchange_fraction`][].

    **Arguments:** as in [`diffjax.exact.box_exchange`][]; the largest of the shapes of
    `diffusivity`, `lengths` and `rate` tells d.

    **Returns:** as in [`diffjax.exact.box_fraction`][].

    **Raises:** as in [`diffjax.exact.box`][].

    **Error:** about 1e-15 in float64; for short times relative, too.
    """
    time, widths = _sizes("box_exchange_fraction", time, diffusivity, lengths, rate)
    return _together([slab_exchange_fraction(time, *each) for each in widths])


def finite_cylinder(
    radial: Numbers,
    axial: Numbers,
    time: Numbers,
    diffusivity_radial: Numbers,
    diffusivity_axial: Numbers,
    radius: Numbers,
    height: Numbers,
    surface: Numbers,
    initial: Numbers = 0.0,
) -> Float[Array, "..."]:
    r"""Composition in a cylinder of given height whose whole surface is held.

    With $s$ the unit answer of [`diffjax.exact.slab`][] and $u$ that of
    [`diffjax.exact.cylinder`][],

    $$\frac{c - c_0}{c_s - c_0}
    = 1 - \left[1 - u(r, t, D_r, a)\right]\left[1 - s(z, t, D_z, H)\right]$$

    **Arguments:** any shapes that broadcast together

    - `radial`: $r$ from the axis, 0 to `radius`, in m.
    - `axial`: $z$ from one end to the other, 0 to `height`, in m.
    - `time`: $t \ge 0$, in s.
    - `diffusivity_radial`, `diffusivity_axial`: $D_r, D_z > 0$, in m²/s.
    - `radius`, `height`: $a, H > 0$, in m.
    - `surface`, `initial`: $c_s$ at the surface and $c_0$ inside at first; a mole
        fraction, or any unit of concentration.

    **Returns:**

    Composition, in the unit of `surface`. At $t = 0$: `initial`, with `surface` at the
    surface.

    **Raises:** `ValueError`, if shapes do not broadcast, a known number breaks its
    condition, or a known position lies outside.

    **Error:** about 1e-14 of $c_s - c_0$ in float64.
    """
    inside("finite_cylinder", radial, "radius", radius, "radial")
    inside("finite_cylinder", axial, "height", height, "axial")
    r, z, t, across, along, a, h, surface, initial = aligned(
        "finite_cylinder",
        radial=radial,
        axial=axial,
        time=time,
        diffusivity_radial=diffusivity_radial,
        diffusivity_axial=diffusivity_axial,
        radius=radius,
        height=height,
        surface=surface,
        initial=initial,
    )
    parts = [cylinder(r, t, across, a, 1.0), slab(z, t, along, h, 1.0)]
    return _blend(_together(parts), surface, initial)


def finite_cylinder_fraction(
    time: Numbers,
    diffusivity_radial: Numbers,
    diffusivity_axial: Numbers,
    radius: Numbers,
    height: Numbers,
) -> Float[Array, "..."]:
    r"""Part of its final uptake that a cylinder of given height has reached.

    **Arguments:** as in [`diffjax.exact.finite_cylinder`][].

    **Returns:**

    A fraction, 0 to 1, no unit; $M_\infty = (c_s - c_0)\,\pi a^2 H$. At $t = 0$ the
    slope in time is infinite; 0 is given.

    **Raises:** as in [`diffjax.exact.finite_cylinder`][].

    **Error:** about 1e-14 in float64; for short times relative, too.
    """
    t, across, along, a, h = aligned(
        "finite_cylinder_fraction",
        time=time,
        diffusivity_radial=diffusivity_radial,
        diffusivity_axial=diffusivity_axial,
        radius=radius,
        height=height,
    )
    return _together([cylinder_fraction(t, across, a), slab_fraction(t, along, h)])


def _together(parts):
    """1 - prod(1 - f), from sums of positive terms only."""
    total = parts[0]
    for part in parts[1:]:
        total = total + part * (1 - total)
    return total


def _blend(share, surface, initial):
    return initial + (surface - initial) * share


def _given(function, position, time, diffusivity, lengths, surface, initial, *rates):
    """Positions `(..., d)`, what goes with time, and the numbers of each axis."""
    per_axis = _conditions(function, time, diffusivity, lengths, rates)
    x, time, surface, initial, *rest = floats(
        position, time, surface, initial, *per_axis
    )
    if x.ndim == 0 or x.shape[-1] not in (1, 2, 3):
        raise ValueError(
            f"`{function}(position=...)` needs a last axis of 1, 2 or 3 components (m);"
            f" got shape {x.shape}."
        )
    d = x.shape[-1]
    widths = _columns(function, d, rest)
    limits = [w[1] for w in widths]
    if not any(isinstance(v, Tracer) for v in (x, *limits)):
        for i, limit in enumerate(limits):
            inside(function, np.asarray(x)[..., i], f"lengths[{i}]", limit)
    shape = np.empty(x.shape[:-1], dtype=x.dtype)
    base, *others = aligned(
        function, position=shape, time=time, surface=surface, initial=initial
    )
    x = x.reshape((1,) * (base.ndim + 1 - x.ndim) + x.shape)
    return x, others[0], widths, *others[1:]


def _sizes(function, time, diffusivity, lengths, *rates):
    """Time, and the numbers of each axis."""
    per_axis = _conditions(function, time, diffusivity, lengths, rates)
    time, *rest = floats(time, *per_axis)
    d = max((v.shape[0] for v in rest if v.ndim == 1), default=1)
    return time, _columns(function, d, rest)


def _conditions(function, time, diffusivity, lengths, rates):
    named = {"diffusivity": diffusivity, "lengths": lengths}
    named |= {"rate": rate for rate in rates}
    check_conditions(function, time=time, **named)
    return tuple(named.values())


def _columns(function, d, per_axis):
    names = ("diffusivity", "lengths", "rate")
    for name, v in zip(names, per_axis):
        if v.shape not in ((), (d,)):
            raise ValueError(
                f"`{function}({name}=...)` must have shape () or ({d},), one number an "
                f"axis; got {v.shape}."
            )
    wide = [jnp.broadcast_to(v, (d,)) for v in per_axis]
    return [tuple(v[i] for v in wide) for i in range(d)]
