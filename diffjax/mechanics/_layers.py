r"""Fields that change along one direction: a bent beam, a coherent layer."""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from .._checks import one_number, require_kinds
from .._shapes import Numbers
from ._field import AbstractElasticField, direction, point, stretch, upright, vector
from ._stiffness import AbstractStiffness


class BentBeam(AbstractElasticField):
    r"""A beam in pure bending: the field of Gorsky's experiment.

    Fibres along $t$ at the distance $d$ from the neutral plane are stretched by
    $\kappa d$, and free to shrink across:

    $$\sigma = E_t\, \kappa\, d\; t\, t^T, \qquad d = n \cdot (x - x_0), \qquad
    \varepsilon = C^{-1} \sigma$$

    $E_t$ is Young's modulus along $t$. The strain is linear in the position, so the
    field is exact for any stiffness, away from the ends.
    """

    curvature: Float[Array, ""]
    stiffness: AbstractStiffness
    axis: Float[Array, "3"]
    normal: Float[Array, "3"]
    origin: Float[Array, "3"]

    def __init__(
        self,
        curvature: ArrayLike,
        stiffness: AbstractStiffness,
        *,
        axis: Numbers = (0.0, 1.0, 0.0),
        normal: Numbers = (1.0, 0.0, 0.0),
        origin: Numbers = (0.0, 0.0, 0.0),
    ):
        r"""**Arguments:**

        - `curvature`: $\kappa$, one over the radius, in 1/m; a scalar. Where it is
            positive, the side that `normal` points to is in tension.
        - `stiffness`: of the beam.
        - `axis`: $t$, along the beam, of any length but 0, no unit; shape `(3,)`.
        - `normal`: $n$, across it in the plane of bending, at right angles to `axis`.
        - `origin`: $x_0$, a point of the neutral plane, in m; shape `(3,)`.

        **Raises:** `ValueError` if shapes do not fit, or `normal` is not at right
        angles to `axis`.
        """
        require_kinds("BentBeam", stiffness=(stiffness, AbstractStiffness))
        self.curvature = one_number(curvature, "BentBeam(curvature=...)", "1/m")
        self.stiffness = stiffness
        self.axis = direction(axis, "BentBeam(axis=...)")
        self.normal = upright(
            direction(normal, "BentBeam(normal=...)"),
            self.axis,
            "`BentBeam(normal=...)` must be at right angles to `axis` (no unit).",
        )
        self.origin = vector(origin, "BentBeam(origin=...)", "m")

    def strain(self, position: Numbers) -> Float[Array, "3 3"]:
        """The strain, no unit; shape `(3, 3)`; `position` in m."""
        return self.stiffness.strain(self.stress(position))

    def stress(self, position: Numbers) -> Float[Array, "3 3"]:
        """The stress, in Pa; shape `(3, 3)`; `position` in m."""
        distance = jnp.sum(self.normal * (point(position) - self.origin))
        along = jnp.outer(self.axis, self.axis)
        soft = jnp.sum(along * self.stiffness.strain(along))
        return self.curvature * distance / soft * along


class MisfitLayer(AbstractElasticField):
    r"""A coherent layer held to the lattice of a thick body.

    The layer, free, would be larger by $\varepsilon^*$. Held in its plane and free
    along its normal $n$, it has the elastic strain

    $$\varepsilon = s(z)\, \big[-\varepsilon^* + \tfrac12 (n\,a^T + a\,n^T)\big],
    \qquad (n\,C\,n)\, a = (C : \varepsilon^*)\, n, \qquad \sigma\, n = 0$$

    with $s$ = 1 within and 0 without; over a width $w$ it falls as
    $\tfrac12 [\tanh((z + h/2)/w) - \tanh((z - h/2)/w)]$. For an isotropic layer the
    stress in the plane is $-E\,\varepsilon^* / (1 - \nu)$. A film on a substrate is
    one whose outer face is the surface. A body that is not thick strains too:
    [`diffjax.mechanics.CoatedPlate`][].
    """

    misfit: Float[Array, "3 3"]
    thickness: Float[Array, ""]
    stiffness: AbstractStiffness
    normal: Float[Array, "3"]
    origin: Float[Array, "3"]
    width: Float[Array, ""]

    def __init__(
        self,
        misfit: Numbers,
        thickness: ArrayLike,
        stiffness: AbstractStiffness,
        *,
        normal: Numbers = (1.0, 0.0, 0.0),
        origin: Numbers = (0.0, 0.0, 0.0),
        width: ArrayLike = 0.0,
    ):
        r"""**Arguments:**

        - `misfit`: $\varepsilon^*$, by how much the free layer is longer than the body,
            no unit; a scalar (alike in all directions), or symmetric of shape `(3, 3)`.
        - `thickness`: $h > 0$, in m; a scalar.
        - `stiffness`: of the layer.
        - `normal`: $n$, of any length but 0, no unit; shape `(3,)`.
        - `origin`: a point in the middle of the layer, in m; shape `(3,)`.
        - `width`: $w \ge 0$, of each interface, in m; a scalar. At 0 the field jumps
            there, and its gradient leaves the jump out.

        **Raises:** `ValueError` if a number lies outside its range or a shape does not
        fit.
        """
        require_kinds("MisfitLayer", stiffness=(stiffness, AbstractStiffness))
        self.misfit = stretch(misfit, "MisfitLayer(misfit=...)", "no unit")
        self.thickness = one_number(thickness, "MisfitLayer(thickness=...)", "m", "> 0")
        self.stiffness = stiffness
        self.normal = direction(normal, "MisfitLayer(normal=...)")
        self.origin = vector(origin, "MisfitLayer(origin=...)", "m")
        self.width = one_number(width, "MisfitLayer(width=...)", "m", ">= 0")

    def strain(self, position: Numbers) -> Float[Array, "3 3"]:
        """The strain, no unit; shape `(3, 3)`; `position` in m."""
        n, held = self.normal, self.stiffness.stress(self.misfit)
        acoustic = jnp.einsum("i,ijkl,l->jk", n, self.stiffness.tensor, n)
        a = jnp.linalg.solve(acoustic, jnp.einsum("ij,j->i", held, n))
        give = 0.5 * (jnp.outer(n, a) + jnp.outer(a, n))
        return self._share(point(position)) * (give - self.misfit)

    def stress(self, position: Numbers) -> Float[Array, "3 3"]:
        """The stress, in Pa; shape `(3, 3)`; `position` in m."""
        return self.stiffness.stress(self.strain(position))

    def _share(self, x):
        z = jnp.sum(self.normal * (x - self.origin))
        sharp = self.width == 0
        width = jnp.where(sharp, 1.0, self.width)
        step = lambda y: jnp.where(sharp, jnp.sign(y), jnp.tanh(y / width))
        return 0.5 * (step(z + self.thickness / 2) - step(z - self.thickness / 2))
