r"""A film on a plate that is not thick: both strain, and the pair bends."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from .._checks import one_number, require_kinds
from .._shapes import Numbers
from ._field import AbstractElasticField, direction, point, vector
from ._stiffness import IsotropicStiffness


class CoatedPlate(AbstractElasticField):
    r"""A coherent film on a free plate, both isotropic, far from the edges.

    With $z$ from the interface, positive in the film, the strain in the plane is the
    same in all its directions,

    $$\varepsilon = e + \kappa z - \varepsilon^* \;(0 < z < h_f), \qquad
    \varepsilon = e + \kappa z \;(-h_s < z < 0), \qquad
    \sigma = \frac{E}{1 - \nu}\, \varepsilon$$

    and there is no stress across. The mean strain $e$ and the curvature $\kappa$ are
    those at which neither a force nor a moment is left. For a thin film $\kappa$ is
    Stoney's $6 M_f h_f \varepsilon^* / M_s h_s^2$, $M = E / (1 - \nu)$, and for a thick
    plate the field is that of a [`diffjax.mechanics.MisfitLayer`][]. Beyond both faces
    it is zero.

    ??? cite "Reference"

        Stoney, *The tension of metallic films deposited by electrolysis*, Proc. R. Soc.
        A 82 (1909) 172, for the thin film.
    """

    misfit: Float[Array, ""]
    film_thickness: Float[Array, ""]
    film: IsotropicStiffness
    plate_thickness: Float[Array, ""]
    plate: IsotropicStiffness
    normal: Float[Array, "3"]
    origin: Float[Array, "3"]
    bends: bool = eqx.field(static=True)

    def __init__(
        self,
        misfit: ArrayLike,
        film_thickness: ArrayLike,
        film: IsotropicStiffness,
        plate_thickness: ArrayLike,
        plate: IsotropicStiffness,
        *,
        normal: Numbers = (1.0, 0.0, 0.0),
        origin: Numbers = (0.0, 0.0, 0.0),
        bends: bool = True,
    ):
        r"""**Arguments:**

        - `misfit`: $\varepsilon^*$, by how much the free film is longer than the plate,
            no unit; a scalar.
        - `film_thickness`, `plate_thickness`: $h_f$, $h_s$ > 0, in m; scalars.
        - `film`, `plate`: their stiffnesses.
        - `normal`: $n$, out of the plate into the film, of any length but 0, no unit;
            shape `(3,)`.
        - `origin`: a point of the interface, in m; shape `(3,)`.
        - `bends`: whether the plate is free to bend; if not, $\kappa = 0$, as with the
            same film on both sides of a plate twice as thick.

        **Raises:** `ValueError` if a number lies outside its range or a shape does not
        fit.
        """
        door = "CoatedPlate"
        require_kinds(
            door,
            film=(film, IsotropicStiffness),
            plate=(plate, IsotropicStiffness),
        )
        self.misfit = one_number(misfit, f"{door}(misfit=...)", "no unit")
        name = f"{door}(film_thickness=...)"
        self.film_thickness = one_number(film_thickness, name, "m", "> 0")
        name = f"{door}(plate_thickness=...)"
        self.plate_thickness = one_number(plate_thickness, name, "m", "> 0")
        self.film, self.plate, self.bends = film, plate, bool(bends)
        self.normal = direction(normal, f"{door}(normal=...)")
        self.origin = vector(origin, f"{door}(origin=...)", "m")

    @property
    def curvature(self) -> Float[Array, ""]:
        r"""$\kappa$, positive where the film is on the outer side, in 1/m; a scalar."""
        return self._balance()[1] / self.plate_thickness

    def strain(self, position: Numbers) -> Float[Array, "3 3"]:
        """The strain, no unit; shape `(3, 3)`; `position` in m."""
        plane, in_film, in_plate = self._plane(position)
        n = jnp.outer(self.normal, self.normal)
        ratio = jnp.where(in_film, self.film.poisson_ratio, self.plate.poisson_ratio)
        across = -2 * ratio / (1 - ratio)
        share = jnp.where(in_film | in_plate, plane, 0.0)
        return share * (jnp.eye(3, dtype=n.dtype) - n + across * n)

    def stress(self, position: Numbers) -> Float[Array, "3 3"]:
        """The stress, in Pa; shape `(3, 3)`; `position` in m."""
        plane, in_film, in_plate = self._plane(position)
        n = jnp.outer(self.normal, self.normal)
        film, plate = self.film.biaxial_modulus, self.plate.biaxial_modulus
        modulus = jnp.where(in_film, film, jnp.where(in_plate, plate, 0.0))
        return modulus * plane * (jnp.eye(3, dtype=n.dtype) - n)

    def _plane(self, position):
        """Elastic strain in the plane, and where the position is."""
        z = jnp.sum(self.normal * (point(position) - self.origin))
        mean, turn = self._balance()
        in_film = (z > 0) & (z <= self.film_thickness)
        in_plate = (z <= 0) & (z >= -self.plate_thickness)
        strain = mean + turn * z / self.plate_thickness
        return strain - jnp.where(in_film, self.misfit, 0.0), in_film, in_plate

    def _balance(self):
        """Strain of the interface, and curvature times the thickness of the plate."""
        h = self.film_thickness / self.plate_thickness
        m = self.film.biaxial_modulus / self.plate.biaxial_modulus
        force, moment = self.misfit * m * h, self.misfit * m * h * h / 2
        area = 1 + m * h
        if not self.bends:
            return force / area, jnp.zeros_like(force)
        first, second = (m * h * h - 1) / 2, (1 + m * h**3) / 3
        # Of area and second less the square of first, without what cancels.
        whole = (1 + m * m * h**4) / 12 + m * h * (1 / 3 + h / 2 + h * h / 3)
        mean = (second * force - first * moment) / whole
        return mean, (area * moment - first * force) / whole
