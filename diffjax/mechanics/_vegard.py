r"""Stress that a profile of composition makes, where the lattice grows with it."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from .._checks import (
    all_numbers,
    one_number,
    require,
    require_kinds,
)
from .._shapes import Numbers
from ._field import stretch
from ._stiffness import IsotropicStiffness


class SphereStress(NamedTuple):
    """Stresses of a sphere, at the centres of its shells.

    **Attributes:**

    - `radial`, `tangential`, `hydrostatic`: in Pa; shape `(cells,)`.
    """

    radial: Float[Array, " cells"]
    tangential: Float[Array, " cells"]
    hydrostatic: Float[Array, " cells"]


def vegard_strain(
    composition: Numbers, expansion: Numbers, reference: ArrayLike = 0.0
) -> Float[Array, "*cells 3 3"]:
    r"""The eigenstrain of a lattice that grows with the composition.

    $$\varepsilon^* = \beta\, (c - c_0)$$

    **Arguments:**

    - `composition`: $c$; a mole fraction, or any unit; any shape.
    - `expansion`: $\beta = d\varepsilon / dc$, in one over the unit of `composition`; a
        scalar (alike in all directions), or symmetric of shape `(3, 3)`.
    - `reference`: $c_0$, at which the lattice fits; as `composition`, a scalar.

    **Returns:** no unit; shape `(*cells, 3, 3)`; for
    [`diffjax.mechanics.grid_fields`][].

    **Raises:** `ValueError` if a number is not finite, or the expansion not symmetric.
    """
    c = all_numbers(composition, "vegard_strain(composition=...)", "any unit")
    zero = one_number(reference, "vegard_strain(reference=...)", "as composition")
    name, unit = "vegard_strain(expansion=...)", "one over that of composition"
    return jnp.multiply.outer(c - zero, stretch(expansion, name, unit))


def film_stress(
    composition: Numbers,
    stiffness: IsotropicStiffness,
    expansion: ArrayLike,
    reference: ArrayLike = 0.0,
) -> Float[Array, "*cells"]:
    r"""The stress in the plane of a film that is held to a thick body.

    $$\sigma = -\frac{E}{1 - \nu}\, \beta\, (c - c_0)$$

    It is the same in all directions of the plane, and zero across it, so that the
    hydrostatic stress is $\tfrac23 \sigma$.

    **Arguments:**

    - `composition`: $c$; a mole fraction, or any unit; any shape.
    - `stiffness`: of the film.
    - `expansion`: $\beta = d \ln l / dc$, a third of what its volume grows by,
        relatively, in one over the unit of `composition`; a scalar.
    - `reference`: $c_0$, at which the film fits; as `composition`, a scalar.

    **Returns:** in Pa, positive in tension; shape of `composition`.

    **Raises:** `ValueError` if a number is not finite.
    """
    c, beta = _given("film_stress", composition, stiffness, expansion)
    zero = one_number(reference, "film_stress(reference=...)", "as composition")
    return -stiffness.biaxial_modulus * beta * (c - zero)


def plate_stress(
    composition: Numbers,
    faces: Numbers,
    stiffness: IsotropicStiffness,
    expansion: ArrayLike,
    bends: bool = False,
) -> Float[Array, " cells"]:
    r"""The stress in the plane of a free plate, from the profile across it.

    $$\sigma = \frac{E \beta}{1 - \nu} \Big(\bar c - c
    + \frac{12 z}{h^3} \int c\, z\, dz\Big)$$

    with $z$ from the middle of the thickness $h$. The last term is the relief by
    bending: with `bends` it is there, without it the plate stays flat, as one with the
    same profile from both sides does by itself. Across the plate the stress is zero, so
    that the hydrostatic stress is $\tfrac23 \sigma$.

    **Arguments:**

    - `composition`: $c$, means over cells; a mole fraction, or any unit; shape
        `(cells,)`.
    - `faces`: where the cells end, rising, in m; shape `(cells + 1,)`.
    - `stiffness`: of the plate.
    - `expansion`: $\beta$, as in [`diffjax.mechanics.film_stress`][].
    - `bends`: whether the plate is free to bend.

    **Returns:** in Pa, positive in tension; shape `(cells,)`. Its sum over the cells is
    zero to round-off, and so is its moment if the plate bends.

    **Raises:** `ValueError` if shapes do not fit or faces do not rise.
    """
    c, beta = _given("plate_stress", composition, stiffness, expansion)
    edges = _faces("plate_stress", faces, c)
    share = jnp.diff(edges) / (edges[-1] - edges[0])
    rest = jnp.sum(share * c) - c
    if bends:
        z = 0.5 * (edges[1:] + edges[:-1])
        z = (z - jnp.sum(share * z)) / (edges[-1] - edges[0])
        # A single cell has no moment to balance.
        inertia = jnp.sum(share * z * z)
        flat = inertia == 0
        turn = jnp.sum(share * c * z) / jnp.where(flat, 1.0, inertia)
        rest = rest + jnp.where(flat, 0.0, turn) * z
    return stiffness.biaxial_modulus * beta * rest


def sphere_stress(
    composition: Numbers,
    faces: Numbers,
    stiffness: IsotropicStiffness,
    expansion: ArrayLike,
) -> SphereStress:
    r"""The stresses of a free sphere, from its radial profile.

    With the mean $\bar c(r)$ over the ball of radius $r$,

    $$\sigma_r = \frac{2 E \beta}{3 (1 - \nu)} \big[\bar c(R) - \bar c(r)\big], \qquad
    \sigma_t = \frac{E \beta}{3 (1 - \nu)}
    \big[2 \bar c(R) + \bar c(r) - 3 c(r)\big], \qquad
    \sigma_h = \frac{2 E \beta}{3 (1 - \nu)} \big[\bar c(R) - c(r)\big]$$

    The hydrostatic stress knows the local composition and the mean of all, nothing
    else.

    **Arguments:**

    - `composition`: $c$, means over shells; a mole fraction, or any unit; shape
        `(cells,)`.
    - `faces`: radii where the shells end, rising from 0, in m; shape `(cells + 1,)`.
    - `stiffness`: of the sphere.
    - `expansion`: $\beta$, as in [`diffjax.mechanics.film_stress`][].

    **Returns:** a [`diffjax.mechanics.SphereStress`][], in Pa, tension positive. Its
    hydrostatic stress integrates to zero over the sphere, to round-off.

    **Error:** the composition counts as constant within a shell: second order in its
    width.

    **Raises:** `ValueError` if shapes do not fit, or radii do not rise from 0.
    """
    c, beta = _given("sphere_stress", composition, stiffness, expansion)
    edges = _faces("sphere_stress", faces, c)
    edges = require(
        edges, lambda r: r[0] == 0, "`sphere_stress(faces=...)` must begin at 0 (m)."
    )
    r = edges / edges[-1]
    centre = 0.5 * (r[1:] + r[:-1])
    amounts = c * (r[1:] ** 3 - r[:-1] ** 3)
    below = jnp.cumsum(amounts) - amounts
    ball = (below + c * (centre**3 - r[:-1] ** 3)) / centre**3
    mean = jnp.sum(amounts)
    scale = stiffness.biaxial_modulus * beta / 3
    return SphereStress(
        2 * scale * (mean - ball),
        scale * (2 * mean + ball - 3 * c),
        2 * scale * (mean - c),
    )


def _given(door, composition, stiffness, expansion):
    require_kinds(door, stiffness=(stiffness, IsotropicStiffness))
    c = all_numbers(composition, f"{door}(composition=...)", "any unit")
    name = f"{door}(expansion=...)"
    return c, one_number(expansion, name, "one over that of composition")


def _faces(door, faces, c):
    edges = all_numbers(faces, f"{door}(faces=...)", "m")
    if c.ndim != 1 or edges.shape != (c.size + 1,):
        raise ValueError(
            f"`{door}(composition=..., faces=...)` must have shapes `(cells,)` and "
            f"`(cells + 1,)`; got {c.shape} and {edges.shape}."
        )
    rising = lambda r: r[1:] > r[:-1]
    return require(edges, rising, f"`{door}(faces=...)` must rise (m).")
