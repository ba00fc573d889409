r"""Diffusion of one species: $\partial c / \partial t = -\nabla \cdot J$."""

from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float, PyTree

from .._checks import real, traced
from .._results import RESULTS
from .._shapes import Numbers
from ..diffusivity import AbstractDiffusivity, Custom
from ..fluxes import AbstractDrivenFlux, AbstractFlux, Fick
from ..grid import AXES, FixedValue, Grid, Walls
from ..linear import AbstractGenerator
from ..schemes import AbstractScheme, Monotone
from ..stepping import AbstractStructuredTerm
from ..tensors import smallest_eigenvalue
from ._diffusion_term import DiffusionTerm
from ._equation import AbstractEquation, Isothermal, State
from ._inner import Held, Source
from ._network import Network
from ._network_term import NetworkTerm
from ._rest import at_rest, closed
from ._survey import chosen_offsets, fastest_rate, require_levels, scaled_tensors


class Diffusion(AbstractEquation):
    r"""Diffusion of one species in a body with walls.

    $$\frac{\partial c}{\partial t} = \nabla \cdot \big(D(c, T, x) \nabla c\big) + s$$

    In one, two or three dimensions, with a scalar $D$, one value per axis, or a full
    tensor. Finite volumes: what leaves a cell enters its neighbour.

    **Error:** second order in the cell width, for smooth fields on uniform or smoothly
    graded grids; at walls of anisotropic bodies as the scheme says. Mass is kept to
    round-off.
    """

    flux: AbstractFlux
    walls: Walls
    scheme: AbstractScheme
    source: Source | None
    held: Held | None

    def __init__(
        self,
        law: AbstractDiffusivity | AbstractFlux | Callable,
        walls: Walls | None = None,
        *,
        scheme: AbstractScheme | None = None,
        source: ArrayLike | Callable | None = None,
        held: Held | None = None,
    ):
        """**Arguments:**

        - `law`: the diffusivity in m²/s: a law of `diffjax.diffusivity`, or any
            function or Equinox module of composition, temperature (K) and position (m);
            or a flux of `diffjax.fluxes`.
        - `walls`: what happens at the walls; closed by default.
        - `scheme`: how a full tensor becomes bonds between cells:
            [`diffjax.schemes.Monotone`][] (the default: no value ever leaves its range)
            or [`diffjax.schemes.Central`][] (a smaller error for smooth fields at large
            anisotropy). It has no say where the tensor lies along the axes.
        - `source`: composition made per second; a number, or a function of
            composition, temperature (K), position (m) and, if it takes a fourth
            argument, time (s).
        - `held`: cells inside the body whose composition is held.

        **Raises:** `ValueError` if any of these is something else.
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
        if not isinstance(scheme, AbstractScheme | None):
            raise ValueError(
                "`Diffusion(scheme=...)` must be a scheme of `diffjax.schemes`; got "
                f"{scheme!r}."
            )
        if not isinstance(held, Held | None):
            raise ValueError(
                "`Diffusion(held=...)` must be a `diffjax.equations.Held`; got "
                f"{held!r}."
            )
        self.scheme = Monotone() if scheme is None else scheme
        self.source = None if source is None else Source(source)
        self.held = held

    @property
    def components(self) -> tuple[str, ...]:
        """None are told apart: a field is one number a cell."""
        return ()

    @property
    def bounds(self) -> None:
        """None: a composition may be any number."""
        return None

    @property
    def markers(self) -> None:
        """None: the lattice rests."""
        return None

    @property
    def ill_posed(self) -> RESULTS:
        """That the diffusivity is not positive."""
        return RESULTS.negative_diffusivity

    def openings(self, grid: Grid) -> tuple[str, ...]:
        """Through what matter enters or leaves; see `AbstractEquation.openings`."""
        names = [
            f"{axis} {end}"
            for axis in AXES[: grid.dimension]
            for end in ("lower", "upper")
        ]
        if isinstance(self.walls.surface, FixedValue):
            names.append("surface")
        if self.source is not None:
            names.append("source")
        if self.held is not None:
            names.append("held")
        return tuple(names)

    def start(self, field: Float[Array, "*cells"]) -> Float[Array, "*cells"]:
        """A first field, with held cells at their values."""
        return field if self.held is None else self.held.put(field)

    def fit(self, grid: Grid) -> None:
        """Checks that walls and held cells suit a grid; see `AbstractEquation.fit`."""
        self.walls.fit(grid)
        if self.held is not None:
            self.held.fit(grid)

    def ready(
        self, grid: Grid, start: Float[Array, "*cells"], anneal: PyTree
    ) -> "Diffusion":
        """With the offsets of the scheme chosen; see `AbstractEquation.ready`."""
        self.fit(grid)
        driven = isinstance(self.flux, AbstractDrivenFlux)
        if grid.dimension == 1 and not driven:
            return self
        network = self.network(grid)
        if driven:
            require_levels(network, start, anneal)
        if grid.dimension == 1 or network.order < 2:
            return self
        if not isinstance(self.scheme, Monotone):
            scaled_tensors(network, start, anneal)
            return self
        scheme = chosen_offsets(network, start, anneal)
        made = None if self.source is None else self.source.made
        return Diffusion(
            self.flux, self.walls, scheme=scheme, source=made, held=self.held
        )

    def axis_aligned(self, grid: Grid) -> bool:
        """Whether all bonds lie along the axes; see `AbstractEquation`."""
        return self.network(grid).order < 2

    def fastest_rate(
        self, grid: Grid, start: Float[Array, "*cells"], anneal: PyTree
    ) -> Float[Array, ""]:
        """Four times the trace of the largest scaled tensor; see `AbstractEquation`."""
        return fastest_rate(self.network(grid), start, anneal)

    def term(self, grid: Grid, anneal: PyTree) -> AbstractStructuredTerm:
        """The equation on a grid; see `AbstractEquation.term`."""
        self.fit(grid)
        if grid.dimension == 1 and grid.solid is None:
            parts = self.flux, self.walls, self.source, self.held
            return DiffusionTerm(*parts, grid, anneal)
        return NetworkTerm(self.network(grid), self.source, self.held, anneal)

    def network(self, grid: Grid) -> Network:
        """The flux on the bonds of a grid."""
        return Network(self.flux, self.walls, self.scheme, grid)

    def generator(
        self,
        grid: Grid,
        temperature: ArrayLike,
        composition: ArrayLike = 0.0,
        time: ArrayLike = 0.0,
    ) -> AbstractGenerator:
        """The linear operator of this equation on a grid.

        **Arguments:**

        - `grid`: a [`diffjax.grid.Grid`][], planar.
        - `temperature`: in K.
        - `composition`: at which a law that depends on it is taken; a number, or one
            per cell, any unit.
        - `time`: at which walls that change are taken, in s.

        **Returns:** a [`diffjax.linear.Generator`][] (a
        [`diffjax.linear.BiasedGenerator`][] where a force acts), rates of leaving
        through the walls included; sources are not.

        **Raises:** `ValueError` if the grid is not planar.
        """
        if grid.geometry != "planar":
            raise ValueError(
                f"`generator` needs a planar grid; got a {grid.geometry} one."
            )
        dtype = grid.faces.dtype
        c = jnp.broadcast_to(jnp.asarray(composition, dtype=dtype), grid.shape)
        at = Isothermal(jnp.asarray(temperature, dtype=dtype))
        equation = self.ready(grid, c, at)
        return _generator(equation, grid, at, c, jnp.asarray(time, dtype=dtype))

    def flows(
        self,
        grid: Grid,
        composition: Numbers,
        temperature: ArrayLike,
        time: ArrayLike = 0.0,
    ) -> dict[str, Float[Array, ""]]:
        """What enters the body through each opening at one moment.

        The amounts since the start are in `solution.balance.through(...)`.

        **Arguments:**

        - `grid`: a [`diffjax.grid.Grid`][].
        - `composition`: in the cells; shape `(*cells,)`.
        - `temperature`, `time`: in K and s.

        **Returns:** composition times volume per s (negative: it leaves), by the names
        of `openings`.

        **Raises:** `ValueError` if the shape is not that of the grid.
        """
        c = real(composition)
        if c.shape != grid.shape:
            raise ValueError(
                f"`flows(composition=...)` must have shape {grid.shape}, one value per "
                f"cell of the grid; got {c.shape}."
            )
        anneal = Isothermal(jnp.asarray(temperature, dtype=c.dtype))
        names = self.openings(grid)
        state = State(c, jnp.zeros(len(names), dtype=c.dtype))
        now = jnp.asarray(time, dtype=c.dtype)
        rates = self.term(grid, anneal).rate(now, state, None).entered
        return dict(zip(names, rates))

    def at_rest(
        self,
        grid: Grid,
        start: Float[Array, "*cells"],
        temperature: Float[Array, ""],
    ) -> Float[Array, "*cells"] | None:
        """Boltzmann's distribution in a closed body; see `AbstractEquation`."""
        if self.source is not None or self.held is not None:
            return None
        if not closed(self.walls, grid):
            return None
        network = self.network(grid)
        if network.coupled:
            return None
        if grid.solid is None:
            return at_rest(network, start, temperature)
        now = jnp.zeros_like(temperature)
        generator = _generator(self, grid, Isothermal(temperature), start, now)
        if traced(generator):
            return None
        labels = generator.labels()
        count = int(labels.max()) + 1
        return at_rest(network, start, temperature, labels, count)

    def smallest_diffusivity(
        self,
        grid: Grid,
        composition: Float[Array, "*cells"],
        temperature: Float[Array, ""],
    ) -> Float[Array, ""]:
        r"""Smallest principal value of the coefficient in a field, in m²/s; a scalar.

        Where the composition makes its own force, times $1 + c\, d\psi / dc$: the
        chemical diffusivity.
        """
        network = self.network(grid)
        k = network.coefficients(composition, temperature)
        values = smallest_eigenvalue(k) if network.order == 2 else k
        if network.coupled:
            factor = 1 + composition * network.slope(composition, temperature)
            values = values * factor[(..., *[None] * (network.order == 1))]
        if grid.solid is not None and not network.alike:
            values = jnp.moveaxis(
                values, range(grid.dimension), range(-grid.dimension, 0)
            )
            values = jnp.where(grid.solid, values, jnp.max(values))
        return jnp.min(values)

    def left_out(
        self,
        grid: Grid,
        composition: Float[Array, "*cells"],
        temperature: Float[Array, ""],
    ) -> Float[Array, ""]:
        """Rate at which the scheme's bonds leave a tensor out, in 1/s."""
        network = self.network(grid)
        if network.order < 2:
            return jnp.zeros((), dtype=composition.dtype)
        k = network.coefficients(composition, temperature)
        scaled = network.scaled(k)
        size = jnp.max(jnp.trace(scaled, axis1=-2, axis2=-1))
        return size * self.scheme.reduced_by(scaled)


@eqx.filter_jit
def _generator(
    equation: Diffusion,
    grid: Grid,
    at: Isothermal,
    composition: Float[Array, "*cells"],
    time: Float[Array, ""],
) -> AbstractGenerator:
    term = NetworkTerm(equation.network(grid), None, None, at)
    return term.generator(time, composition)
