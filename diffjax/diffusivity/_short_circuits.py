"""Fast paths: a lattice crossed by grain boundaries and dislocations."""

import abc
from collections.abc import Sequence
from typing import Literal

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from .._checks import known, one_number, require, traced, value_of
from ._anisotropic import law_of, LawLike
from ._law import AbstractDiffusivity, Point


Regime = Literal["A", "A-B", "B", "B-C", "C"]


class AbstractFastPath(eqx.Module):
    """Where atoms move faster than in the lattice, and how much of it there is.

    **Attributes:**

    - `law`: diffusivity along the path, in m²/s.
    - `segregation`: $s = c_{path} / c_{lattice}$, no unit
        ([`diffjax.diffusivity.Arrhenius`][] with a negative energy for solutes that are
        bound to the path).

    Both give one number. Either may be passed as a law, as a function as for
    [`diffjax.diffusivity.Custom`][], or as a number > 0.
    """

    law: eqx.AbstractVar[AbstractDiffusivity]
    segregation: eqx.AbstractVar[AbstractDiffusivity]

    @property
    @abc.abstractmethod
    def fraction(self) -> Float[Array, ""]:
        """$g$, the share of the volume that the path takes; no unit; a scalar."""


class GrainBoundaries(AbstractFastPath):
    r"""Boundaries between grains, slabs of one width.

    $$g = q\, \delta / d$$
    """

    law: AbstractDiffusivity
    grain_size: Float[Array, ""]
    width: Float[Array, ""]
    segregation: AbstractDiffusivity
    shape: Float[Array, ""]

    def __init__(
        self,
        law: LawLike,
        grain_size: ArrayLike,
        width: ArrayLike = 0.5e-9,
        segregation: LawLike = 1.0,
        shape: ArrayLike = 3.0,
    ):
        r"""**Arguments:**

        - `law`, `segregation`: $D_{gb}$ (m²/s) and $s$ (no unit) of a boundary; as in
            [`diffjax.diffusivity.AbstractFastPath`][].
        - `grain_size`: $d > 0$, in m; a scalar.
        - `width`: $\delta > 0$ of a boundary, in m; a scalar.
        - `shape`: $q > 0$, no unit; a scalar: 1 for parallel slabs, 3 for cubes.

        **Raises:** `ValueError` if a number is not > 0, or $g$ is not below 1.
        """
        self.law = law_of(law, "GrainBoundaries(law=...)", "m²/s")
        self.segregation = law_of(
            segregation, "GrainBoundaries(segregation=...)", "no unit"
        )
        self.width = one_number(width, "GrainBoundaries(width=...)", "m", "> 0")
        self.shape = one_number(shape, "GrainBoundaries(shape=...)", "no unit", "> 0")
        size = one_number(grain_size, "GrainBoundaries(grain_size=...)", "m", "> 0")
        self.grain_size = require(
            size,
            self.shape * self.width < size,
            lambda: (
                "`GrainBoundaries(grain_size=...)` must exceed `shape` times `width` "
                f"(m), or boundaries fill more than the body; got {value_of(size)} m "
                f"with {value_of(self.shape * self.width)} m."
            ),
        )

    @property
    def fraction(self) -> Float[Array, ""]:
        """$g$, no unit; a scalar."""
        return self.shape * self.width / self.grain_size


class Dislocations(AbstractFastPath):
    r"""Dislocations, pipes of one radius.

    $$g = \pi r_p^2\, \rho$$
    """

    law: AbstractDiffusivity
    density: Float[Array, ""]
    radius: Float[Array, ""]
    segregation: AbstractDiffusivity

    def __init__(
        self,
        law: LawLike,
        density: ArrayLike,
        radius: ArrayLike = 0.5e-9,
        segregation: LawLike = 1.0,
    ):
        r"""**Arguments:**

        - `law`, `segregation`: $D_p$ (m²/s) and $s$ (no unit) of a pipe; as in
            [`diffjax.diffusivity.AbstractFastPath`][].
        - `density`: $\rho \ge 0$, length of line per volume, in 1/m²; a scalar.
        - `radius`: $r_p > 0$ of a pipe, in m; a scalar.

        **Raises:** `ValueError` if a number has the wrong sign, or $g$ is not below 1.
        """
        self.law = law_of(law, "Dislocations(law=...)", "m²/s")
        self.segregation = law_of(
            segregation, "Dislocations(segregation=...)", "no unit"
        )
        self.radius = one_number(radius, "Dislocations(radius=...)", "m", "> 0")
        rho = one_number(density, "Dislocations(density=...)", "1/m²", ">= 0")
        self.density = require(
            rho,
            jnp.pi * self.radius**2 * rho < 1,
            lambda: (
                "`Dislocations(density=...)` must be below 1/(π `radius`²) (1/m²), or "
                f"pipes fill more than the body; got {value_of(rho)} 1/m² with a "
                f"radius of {value_of(self.radius)} m."
            ),
        )

    @property
    def fraction(self) -> Float[Array, ""]:
        """$g$, no unit; a scalar."""
        return jnp.pi * self.radius**2 * self.density


class ShortCircuits(AbstractDiffusivity):
    r"""The lattice and its fast paths, as one medium (Hart).

    $$D = \frac{(1 - g)\, D_l + \sum_i s_i g_i D_i}{1 - g + \sum_i s_i g_i}, \qquad
    g = \sum_i g_i$$

    An atom spends on each path the share of its time that the path holds of the atoms.
    This holds where every atom visits many paths during the anneal, $\sqrt{D_l t}$
    larger than the distance between them: regime A of
    [`diffjax.diffusivity.harrison_regime`][]. In the other regimes profiles have tails,
    and no single diffusivity describes them.
    """

    lattice: AbstractDiffusivity
    paths: tuple[AbstractFastPath, ...]

    def __init__(
        self,
        lattice: LawLike,
        paths: AbstractFastPath | Sequence[AbstractFastPath],
    ):
        """**Arguments:**

        - `lattice`: $D_l$, in m²/s: a law of any shape, a function as for
            [`diffjax.diffusivity.Custom`][], or a number > 0.
        - `paths`: [`diffjax.diffusivity.GrainBoundaries`][],
            [`diffjax.diffusivity.Dislocations`][], or several of them. They count as
            alike in all directions.

        **Raises:** `ValueError` if `paths` are not fast paths, or fill the whole body.

        !!! example

            ```python
            law = djx.diffusivity.ShortCircuits(
                lattice=djx.diffusivity.Arrhenius(1e-4, 2.9),
                paths=djx.diffusivity.GrainBoundaries(
                    djx.diffusivity.Arrhenius(1e-5, 1.2), grain_size=10e-6
                ),
            )
            ```
        """
        self.lattice = law_of(lattice, "ShortCircuits(lattice=...)", "m²/s")
        given = (paths,) if isinstance(paths, AbstractFastPath) else tuple(paths)
        if not given or not all(isinstance(path, AbstractFastPath) for path in given):
            raise ValueError(
                "`ShortCircuits(paths=...)` must be `GrainBoundaries`, `Dislocations` "
                f"or several of them; got {paths!r}."
            )
        self.paths = given
        # Hung on the first path's law, so that a check of traced numbers stays.
        total = sum((path.fraction for path in given[1:]), given[0].fraction)
        message = (
            "`ShortCircuits(paths=...)` must fill less than the body: the sum of their "
            "`fraction` below 1 (no unit); got "
        )
        self.paths = require(
            given, known(total) < 1, lambda: f"{message}{value_of(total)}."
        )

    def at(self, point: Point) -> Float[Array, "..."]:
        """$D$ at the point, in m²/s; of the shape that the lattice gives."""
        value = self.lattice.at(point)
        unit = jnp.eye(value.shape[0], dtype=value.dtype) if value.ndim == 2 else 1
        free = 1 - sum(
            (path.fraction for path in self.paths[1:]), self.paths[0].fraction
        )
        flow, held = free * value, free
        for k, path in enumerate(self.paths):
            s, fast = path.segregation.at(point), path.law.at(point)
            if s.shape != () or fast.shape != ():
                raise ValueError(
                    f"`ShortCircuits(paths=...)[{k}]` must have a law (m²/s) and a "
                    "segregation (no unit) that give one number each; got shapes "
                    f"{fast.shape} and {s.shape}."
                )
            share = s * path.fraction
            flow, held = flow + share * fast * unit, held + share
        return flow / held


def harrison_regime(
    diffusivity: ArrayLike,
    time: ArrayLike,
    grain_size: ArrayLike,
    width: ArrayLike = 0.5e-9,
    segregation: ArrayLike = 1.0,
) -> Regime:
    r"""Which of Harrison's regimes of diffusion along boundaries an anneal is in.

    By the reach of the lattice, $\Lambda = \sqrt{D_l t}$:

    | regime | condition | what a profile shows |
    | --- | --- | --- |
    | A | $\Lambda > d$ | one effective diffusivity |
    | B | $20\, s\delta < \Lambda < d / 20$ | the lattice, and a tail of boundaries |
    | C | $\Lambda < s\delta / 20$ | the boundaries alone |

    Between them both limits are rough: `"A-B"` and `"B-C"`.

    **Arguments:**

    - `diffusivity`: $D_l > 0$ of the lattice, in m²/s; a scalar.
    - `time`: $t > 0$, in s; a scalar.
    - `grain_size`: $d > 0$, or the distance between dislocations, in m; a scalar.
    - `width`: $\delta > 0$ of a boundary, or the diameter of a pipe, in m; a scalar.
    - `segregation`: $s > 0$, no unit; a scalar.

    **Returns:** `"A"`, `"A-B"`, `"B"`, `"B-C"` or `"C"`.

    **Raises:** `ValueError` if a number is not > 0, or traced.
    """
    if traced(diffusivity, time, grain_size, width, segregation):
        raise ValueError(
            "`harrison_regime` gives a word, so its numbers must be known; call it "
            "outside `jax.jit`, `jax.vmap` and `jax.grad`."
        )
    number = lambda x, name, unit: float(
        one_number(x, f"harrison_regime({name}=...)", unit, "> 0")
    )
    squared = number(diffusivity, "diffusivity", "m²/s") * number(time, "time", "s")
    reach, size = squared**0.5, number(grain_size, "grain_size", "m")
    slab = number(width, "width", "m") * number(segregation, "segregation", "no unit")
    if reach > size:
        return "A"
    if reach < slab / 20:
        return "C"
    if reach <= 20 * slab and reach <= size / 20:
        return "B-C"
    return "B" if reach < size / 20 else "A-B"
