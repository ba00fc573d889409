r"""Diffusion of one species: $\partial c / \partial t = -\nabla \cdot J$.

The one place where fluxes are mapped over faces: a flux sees one face at a time
(`fluxes/`), a law one point (`diffusivity/`).
"""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from ..diffusivity import AbstractDiffusivity, Custom, Point
from ..fluxes import AbstractFlux, Face, Fick
from ..grid import Grid, Walls
from ..linear import Tridiagonal
from ..stepping import AbstractLinearised, AbstractStructuredTerm
from ._equation import AbstractEquation, State


class Diffusion(AbstractEquation):
    r"""Diffusion of one species in a body with walls.

    $$\frac{\partial c}{\partial t} = \nabla \cdot \big(D(c, T, x) \nabla c\big)$$

    Finite volumes: what leaves a cell enters its neighbour.

    **Error:** second order in the cell width, for smooth fields on uniform or smoothly
    graded grids. Mass is kept to round-off.
    """

    flux: AbstractFlux
    walls: Walls

    def __init__(
        self,
        law: AbstractDiffusivity | AbstractFlux | Callable,
        walls: Walls | None = None,
    ):
        """**Arguments:**

        - `law`: the diffusivity in m²/s: a law of `diffjax.diffusivity`, or any
            function or Equinox module of composition, temperature (K) and position (m);
            or a flux of `diffjax.fluxes`.
        - `walls`: what happens at the walls; closed by default.

        **Raises:** `ValueError` if `law` or `walls` is something else.
        """
        if not isinstance(law, AbstractDiffusivity | AbstractFlux):
            if not callable(law):
                raise ValueError(
                    "`Diffusion(law=...)` must be a law, a flux or a function of "
                    f"composition, temperature and position; got {law!r}."
                )
            law = Custom(law)
        if not isinstance(walls, Walls | None):
            raise ValueError(
                f"`Diffusion(walls=...)` must be a `diffjax.grid.Walls`; got {walls!r}."
            )
        self.flux = law if isinstance(law, AbstractFlux) else Fick(law)
        self.walls = Walls() if walls is None else walls

    def term(self, grid: Grid, anneal: PyTree) -> AbstractStructuredTerm:
        """The equation on a grid; see `AbstractEquation.term`."""
        if grid.dimension != 1:
            raise ValueError(
                "`Diffusion` works on a grid with one axis so far; got "
                f"{grid.dimension} axes."
            )
        if self.walls.periodic and grid.geometry != "planar":
            raise ValueError(
                f"`Periodic` walls need a planar grid; got a {grid.geometry} one."
            )
        return DiffusionTerm(self, anneal, _Mesh(grid))

    def smallest_diffusivity(
        self,
        grid: Grid,
        composition: Float[Array, " cells"],
        temperature: Float[Array, ""],
    ) -> Float[Array, ""]:
        """Smallest coefficient of the flux in a field, in m²/s; a scalar."""
        return jnp.min(_coefficients(self.flux, composition, temperature, grid.centres))


class _Mesh(eqx.Module):
    """What the loop needs of a grid, computed once."""

    centres: Float[Array, " cells"]
    ends: Float[Array, " 2"]
    left_gaps: Float[Array, " inner"]
    right_gaps: Float[Array, " inner"]
    end_gaps: Float[Array, " 2"]
    lower_areas: Float[Array, " cells"]
    upper_areas: Float[Array, " cells"]
    end_areas: Float[Array, " 2"]

    def __init__(self, grid: Grid):
        faces, areas, volumes = grid.faces, grid.areas, grid.volumes
        self.centres = grid.centres
        halves = 0.5 * grid.widths
        self.left_gaps, self.right_gaps = halves[:-1], halves[1:]
        self.ends = faces[jnp.array([0, -1])]
        self.end_gaps = halves[jnp.array([0, -1])]
        self.end_areas = areas[jnp.array([0, -1])]
        # Areas over volumes (1/m), so that nothing tiny is formed on the way.
        self.lower_areas, self.upper_areas = areas[:-1] / volumes, areas[1:] / volumes


class DiffusionTerm(AbstractStructuredTerm):
    """[`diffjax.equations.Diffusion`][] on a grid, as a diffrax term."""

    equation: Diffusion
    anneal: PyTree
    mesh: _Mesh

    def rate(self, t: Float[Array, ""], y: PyTree, args: Any) -> PyTree:
        """Rate of change of a [`diffjax.equations.State`][], in its unit per s."""
        del args
        t, temperature = self._clock(t, y)
        c, mesh, flux = y.composition, self.mesh, self.equation.flux
        k = _coefficients(flux, c, temperature, mesh.centres)
        inner = jax.vmap(flux.through)(self._faces(c, k))
        if self.equation.walls.periodic:
            seam = flux.through(self._seam(c, k))
            ends = jnp.stack([seam, seam])
        else:
            ends = jnp.stack(
                [self._wall(end, c[end], t, temperature) for end in (0, -1)]
            )
        return self._balance(inner, ends)

    def linearise(
        self, t: Float[Array, ""], y: PyTree, args: Any
    ) -> AbstractLinearised:
        """Rate, its time derivative and its exact bands, face by face."""
        drift = jax.jvp(
            lambda s: self.rate(s, y, args),
            (jnp.asarray(t),),
            (jnp.ones_like(jnp.asarray(t)),),
        )[1]
        t, temperature = self._clock(t, y)
        c, mesh, flux = y.composition, self.mesh, self.equation.flux
        one = jnp.ones_like(c)
        k, dk = jax.jvp(
            lambda x: _coefficients(flux, x, temperature, mesh.centres), (c,), (one,)
        )
        inner, by_left, by_right = _with_slopes(
            flux, self._faces(c, k), dk[:-1], dk[1:]
        )
        zero = jnp.zeros_like(c[:1])
        # A flux raises the cell on its right (+) and lowers the one on its left (-).
        lower = mesh.lower_areas * jnp.concatenate([zero, by_left])
        upper = -mesh.upper_areas * jnp.concatenate([by_right, zero])
        diagonal = mesh.lower_areas * jnp.concatenate([zero, by_right])
        diagonal -= mesh.upper_areas * jnp.concatenate([by_left, zero])
        cyclic = self.equation.walls.periodic
        if cyclic:
            face = jax.tree.map(lambda x: x[None], self._seam(c, k))
            seam, *slopes = _with_slopes(flux, face, dk[-1:], dk[:1])
            ends = jnp.concatenate([seam, seam])
            by_last, by_first = slopes[0][0], slopes[1][0]
            lower = lower.at[0].add(mesh.lower_areas[0] * by_last)
            diagonal = diagonal.at[0].add(mesh.lower_areas[0] * by_first)
            diagonal = diagonal.at[-1].add(-mesh.upper_areas[-1] * by_last)
            upper = upper.at[-1].add(-mesh.upper_areas[-1] * by_first)
            end_slopes = jnp.stack([jnp.stack([by_first, by_last])] * 2)
        else:
            pairs = [
                jax.jvp(
                    lambda x, e=end: self._wall(e, x, t, temperature),
                    (c[end],),
                    (one[end],),
                )
                for end in (0, -1)
            ]
            ends = jnp.stack([flux_ for flux_, _ in pairs])
            first, last = (slope for _, slope in pairs)
            diagonal = diagonal.at[0].add(mesh.lower_areas[0] * first)
            diagonal = diagonal.at[-1].add(-mesh.upper_areas[-1] * last)
            nil = jnp.zeros_like(first)
            end_slopes = jnp.stack([jnp.stack([first, nil]), jnp.stack([nil, last])])
        signs = jnp.array([[1.0], [-1.0]], dtype=c.dtype) * mesh.end_areas[:, None]
        return _Linearised(
            self._balance(inner, ends),
            drift,
            Tridiagonal(lower, diagonal, upper, cyclic),
            signs * end_slopes,
        )

    def _clock(self, t: Any, y: State) -> tuple[Float[Array, ""], Float[Array, ""]]:
        """Time and temperature in the precision of the field."""
        t = jnp.asarray(t)
        temperature = jnp.asarray(self.anneal.temperature_at(t))
        return t, temperature.astype(y.composition.dtype)

    def _faces(self, c: Float[Array, " cells"], k: Float[Array, " cells"]) -> Face:
        mesh = self.mesh
        return Face(c[:-1], c[1:], k[:-1], k[1:], mesh.left_gaps, mesh.right_gaps)

    def _seam(self, c: Float[Array, " cells"], k: Float[Array, " cells"]) -> Face:
        first, last = self.mesh.end_gaps
        return Face(c[-1], c[0], k[-1], k[0], last, first)

    def _wall(
        self,
        end: int,
        near: Float[Array, ""],
        t: Float[Array, ""],
        temperature: Float[Array, ""],
    ) -> Float[Array, ""]:
        """Flux along the axis through one wall, with `near` in the cell beside it."""
        mesh, flux = self.mesh, self.equation.flux
        nil = jnp.zeros_like(mesh.end_gaps[end])

        def leaving(at_wall):
            def k(value, x):
                return flux.coefficient(Point(value, temperature, x))

            inside = (near, k(near, mesh.centres[end]), mesh.end_gaps[end])
            outside = (at_wall, k(at_wall, mesh.ends[end]), nil)
            left, right = (outside, inside) if end == 0 else (inside, outside)
            sides = [part for pair in zip(left, right) for part in pair]
            along = flux.through(Face(*sides))
            return -along if end == 0 else along

        outward = self.equation.walls.x[end].outward_flux(near, leaving, t)
        return -outward if end == 0 else outward

    def _balance(
        self, inner: Float[Array, " inner"], ends: Float[Array, " 2"]
    ) -> State:
        mesh = self.mesh
        below = jnp.concatenate([ends[:1], inner])
        above = jnp.concatenate([inner, ends[1:]])
        entered = mesh.end_areas * ends * jnp.array([1.0, -1.0], dtype=ends.dtype)
        return State(mesh.lower_areas * below - mesh.upper_areas * above, entered)


class _Linearised(AbstractLinearised):
    """Bands of the field, and what the walls' fluxes depend on."""

    rate: State
    drift: State
    bands: Tridiagonal
    ends: Float[Array, "2 2"]

    def solver(self, shift: Float[Array, ""]) -> Callable[[PyTree], PyTree]:
        """One elimination; two sweeps per right-hand side."""
        b = self.bands
        factored = Tridiagonal(
            -b.lower, shift - b.diagonal, -b.upper, b.cyclic
        ).factor()

        def solve(right: State) -> State:
            c = factored.solve(right.composition)
            at_ends = self.ends @ jnp.stack([c[0], c[-1]])
            return State(c, (right.entered + at_ends) / shift)

        return solve


def _coefficients(
    flux: AbstractFlux,
    c: Float[Array, " cells"],
    temperature: Float[Array, ""],
    centres: Float[Array, " cells"],
) -> Float[Array, " cells"]:
    """The flux's coefficient in every cell."""
    point = lambda value, x: flux.coefficient(Point(value, temperature, x))
    return jax.vmap(point)(c, centres)


def _with_slopes(
    flux: AbstractFlux,
    faces: Face,
    left_slope: Float[Array, " inner"],
    right_slope: Float[Array, " inner"],
) -> tuple[Float[Array, " inner"], Float[Array, " inner"], Float[Array, " inner"]]:
    """Fluxes and their derivatives by the composition on the left and on the right."""
    through = jax.vmap(flux.through)
    nil, one = jnp.zeros_like(faces.left), jnp.ones_like(faces.left)
    from_left = Face(one, nil, left_slope, nil, nil, nil)
    from_right = Face(nil, one, nil, right_slope, nil, nil)
    value, by_left = jax.jvp(through, (faces,), (from_left,))
    _, by_right = jax.jvp(through, (faces,), (from_right,))
    return value, by_left, by_right
