r"""Endless rows of edge dislocations: tilt walls, and misfit dislocations."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from .._checks import one_number, require, require_kinds
from .._shapes import Numbers
from ._dislocations import edge_arguments, frame_of, plane_strain, strength
from ._field import AbstractElasticField, point, SumOfFields, upright, vector
from ._layers import MisfitLayer
from ._stiffness import IsotropicStiffness


class TiltWall(AbstractElasticField):
    r"""An endless wall of edge dislocations: a tilt boundary of low angle.

    Lines along $z$ lie above each other, a spacing $h$ apart along $y$; the wall is the
    plane $x = 0$, and turns the lattice by $\theta = b/h$. The sum over all of them,
    each with its core as in [`diffjax.mechanics.EdgeDislocation`][], is, with
    $p = \sqrt{x^2 + a^2}$, $P = 2\pi p/h$ and $Y = 2\pi y/h$,

    $$S = \frac{\pi}{h} \frac{\sin Y}{\cosh P - \cos Y}, \qquad
    A = \frac{\pi}{h} \frac{\sinh P}{\cosh P - \cos Y},$$

    $$\sigma_{xx} = -D\,(S - p\,\partial_p S), \qquad
    \sigma_{yy} = -D\,\Big(S + \frac{x^2}{p}\,\partial_p S\Big), \qquad
    \sigma_{xy} = -D\, x\, \partial_p A$$

    Beyond a spacing or so from the wall all stress dies out as $e^{-2\pi |x|/h}$.

    ??? cite "Reference"

        For a = 0: Hirth & Lothe, *Theory of Dislocations*, 2nd ed., Wiley 1982.
    """

    burgers: Float[Array, "3"]
    line: Float[Array, "3"]
    spacing: Float[Array, ""]
    core_radius: Float[Array, ""]
    stiffness: IsotropicStiffness
    origin: Float[Array, "3"]

    def __init__(
        self,
        burgers: Numbers,
        line: Numbers,
        spacing: ArrayLike,
        stiffness: IsotropicStiffness,
        *,
        core_radius: ArrayLike,
        origin: Numbers = (0.0, 0.0, 0.0),
    ):
        r"""**Arguments:**

        - `burgers`: $b$, normal to the wall, not zero, in m; shape `(3,)`.
        - `line`: along the lines, at right angles to `burgers`, of any length but 0, no
            unit; shape `(3,)`.
        - `spacing`: $h > 0$, between neighbouring lines, in m; a scalar.
        - `stiffness`: of the body.
        - `core_radius`: $a > 0$, in m; a scalar.
        - `origin`: a point of one line, in m; shape `(3,)`.

        **Raises:** `ValueError` as [`diffjax.mechanics.EdgeDislocation`][], or if the
        spacing is not > 0.
        """
        fields = edge_arguments(
            "TiltWall", burgers, line, stiffness, core_radius, origin
        )
        self.burgers, self.line, self.stiffness, self.core_radius, self.origin = fields
        self.spacing = one_number(spacing, "TiltWall(spacing=...)", "m", "> 0")

    @property
    def angle(self) -> Float[Array, ""]:
        r"""The tilt $\theta = b/h$, in radians; a scalar."""
        return jnp.sqrt(jnp.sum(self.burgers**2)) / self.spacing

    def strain(self, position: Numbers) -> Float[Array, "3 3"]:
        """The strain, no unit; shape `(3, 3)`; `position` in m."""
        return self.stiffness.strain(self.stress(position))

    def stress(self, position: Numbers) -> Float[Array, "3 3"]:
        """The stress, in Pa; shape `(3, 3)`; `position` in m."""
        frame, size = frame_of(self.burgers, self.line)
        wave = 2 * np.pi / self.spacing
        x, y, _ = frame @ ((point(position) - self.origin) * wave)
        core = self.core_radius * wave
        p = jnp.hypot(x, core)
        _, wide, across_slope, wide_slope = _sums(y, p)
        scale = strength(size, self.stiffness) * wave / 2
        xx = -scale * (wide - p * wide_slope)
        yy = -scale * (wide + x * x / p * wide_slope)
        xy = -scale * x * across_slope
        return plane_strain(xx, yy, xy, self.stiffness.poisson_ratio, frame)


class MisfitRow(AbstractElasticField):
    r"""An endless row of edge dislocations whose Burgers vectors lie in its plane.

    Lines along $z$ lie side by side, a spacing $h$ apart along $x$, in the plane
    $y = 0$: misfit dislocations of an interface. The sum over all of them, each with
    its core as in [`diffjax.mechanics.EdgeDislocation`][], is, with
    $q = \sqrt{y^2 + a^2}$, $Q = 2\pi q/h$ and $X = 2\pi x/h$,

    $$A = \frac{\pi}{h} \frac{\sinh Q}{\cosh Q - \cos X}, \qquad
    S = \frac{\pi}{h} \frac{\sin X}{\cosh Q - \cos X},$$

    $$\sigma_{xx} = -\frac{D y}{q} \Big[3 A + \frac{y^2}{q^2}
    (q\,\partial_q A - A)\Big], \qquad \sigma_{yy} = D y\, \partial_q A, \qquad
    \sigma_{xy} = D \Big(S + \frac{y^2}{q}\, \partial_q S\Big)$$

    Beyond a spacing or so only a strain along $x$ is left, $-b/2h$ on the side of the
    extra half planes and $b/2h$ on the other: the two sides differ by $b/h$. The mean
    over $x$ has these values at any distance beyond the core.
    """

    burgers: Float[Array, "3"]
    line: Float[Array, "3"]
    spacing: Float[Array, ""]
    core_radius: Float[Array, ""]
    stiffness: IsotropicStiffness
    origin: Float[Array, "3"]

    def __init__(
        self,
        burgers: Numbers,
        line: Numbers,
        spacing: ArrayLike,
        stiffness: IsotropicStiffness,
        *,
        core_radius: ArrayLike,
        origin: Numbers = (0.0, 0.0, 0.0),
    ):
        r"""**Arguments:**

        - `burgers`: $b$, in the plane of the row, not zero, in m; shape `(3,)`.
        - `line`: along the lines, at right angles to `burgers`, of any length but 0, no
            unit; shape `(3,)`. The extra half planes are on the side `line` ×
            `burgers`.
        - `spacing`: $h > 0$, between neighbouring lines, in m; a scalar.
        - `stiffness`: of the body.
        - `core_radius`: $a > 0$, in m; a scalar.
        - `origin`: a point of one line, in m; shape `(3,)`.

        **Raises:** `ValueError` as [`diffjax.mechanics.EdgeDislocation`][], or if the
        spacing is not > 0.
        """
        fields = edge_arguments(
            "MisfitRow", burgers, line, stiffness, core_radius, origin
        )
        self.burgers, self.line, self.stiffness, self.core_radius, self.origin = fields
        self.spacing = one_number(spacing, "MisfitRow(spacing=...)", "m", "> 0")

    @property
    def step(self) -> Float[Array, ""]:
        r"""The strain $b/h$ by which the two sides differ, no unit; a scalar."""
        return jnp.sqrt(jnp.sum(self.burgers**2)) / self.spacing

    def strain(self, position: Numbers) -> Float[Array, "3 3"]:
        """The strain, no unit; shape `(3, 3)`; `position` in m."""
        return self.stiffness.strain(self.stress(position))

    def stress(self, position: Numbers) -> Float[Array, "3 3"]:
        """The stress, in Pa; shape `(3, 3)`; `position` in m."""
        frame, size = frame_of(self.burgers, self.line)
        wave = 2 * np.pi / self.spacing
        x, y, _ = frame @ ((point(position) - self.origin) * wave)
        q = jnp.hypot(y, self.core_radius * wave)
        across, wide, across_slope, wide_slope = _sums(x, q)
        scale = strength(size, self.stiffness) * wave / 2
        side = y / q
        xx = -scale * side * (3 * across + side**2 * (q * across_slope - across))
        yy = scale * y * across_slope
        xy = scale * (wide + side * y * wide_slope)
        return plane_strain(xx, yy, xy, self.stiffness.poisson_ratio, frame)


def misfit_rows(
    layer: MisfitLayer,
    burgers: Numbers,
    spacing: ArrayLike,
    *,
    core_radius: ArrayLike,
) -> SumOfFields:
    r"""Misfit dislocations in both interfaces of a layer: a square net in each.

    Each net holds one row with the Burgers vector $b$ and one with it turned by 90°,
    the extra half planes outside the layer. Together they stretch the layer by $b/h$ in
    its plane and leave the body outside without mean strain: `layer +
    misfit_rows(layer, ...)` is a layer whose misfit $\varepsilon^*$ is relaxed by the
    share $b / h \varepsilon^*$. All of it is relaxed at $h = b / \varepsilon^*$.

    **Arguments:**

    - `layer`: in an endless body of the same isotropic stiffness. There is no free
        surface: a film that lies bare is not this case.
    - `burgers`: $b$, in the plane of the layer, in m; shape `(3,)`.
    - `spacing`: $h$, in m; a scalar: > 0 for a layer that is too large, < 0 (the half
        planes inside) for one that is too small.
    - `core_radius`: $a > 0$, in m; a scalar; small beside the thickness of the layer.

    **Returns:** the sum of four [`diffjax.mechanics.MisfitRow`][], without the layer.

    **Raises:** `ValueError` if the layer is not isotropic, or as
    [`diffjax.mechanics.MisfitRow`][].
    """
    require_kinds("misfit_rows", layer=(layer, MisfitLayer))
    body, n = layer.stiffness, layer.normal
    if not isinstance(body, IsotropicStiffness):
        raise ValueError(
            "`misfit_rows(layer=...)` must have an `IsotropicStiffness`; got that of "
            f"{type(body).__name__}."
        )
    sentence = "`misfit_rows(burgers=...)` must lie in the plane of the layer (m)."
    b = upright(vector(burgers, "misfit_rows(burgers=...)", "m"), n, sentence)
    apart = require(
        one_number(spacing, "misfit_rows(spacing=...)", "m"),
        lambda h: h != 0,
        "`misfit_rows(spacing=...)` must not be zero (m).",
    )
    # A line that runs the other way has its half plane on the other side.
    rows = [
        MisfitRow(
            way,
            jnp.sign(apart) * jnp.cross(way, side * n),
            jnp.abs(apart),
            body,
            core_radius=core_radius,
            origin=layer.origin + side * layer.thickness / 2 * n,
        )
        for side in (1.0, -1.0)
        for way in (b, jnp.cross(n, b))
    ]
    return SumOfFields(*rows)


def _sums(
    angle: Float[Array, ""], q: Float[Array, ""]
) -> tuple[Array, Array, Array, Array]:
    """Two sums over a row, and their slopes in `q`; no unit.

    sinh q / d and sin(angle) / d with d = cosh q - cos(angle), q > 0.
    """
    # In e = exp(-q), so that nothing overflows far away or cancels in the core.
    e, s = jnp.exp(-q), jnp.sin(angle)
    less, half = jnp.expm1(-q) ** 2, 2 * jnp.sin(angle / 2) ** 2
    d = less + 2 * e * half
    fall = -jnp.expm1(-2 * q)
    across_slope = 2 * e * (half * (1 + e * e) - less) / d**2
    return fall / d, 2 * e * s / d, across_slope, -2 * e * s * fall / d**2
