"""Diffusion on more than one axis, as a term in time."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from .._depends import depends_on
from ..grid import (
    AbstractWall,
    Exchange,
    FixedFlux,
    FixedValue,
    NoFlux,
    Patch,
    Periodic,
    Spot,
)
from ..linear import AbstractGenerator
from ..stepping import AbstractLinearised, AbstractStructuredTerm
from ._beside_walls import carried_along
from ._equation import clock, State
from ._inner import Held, Source
from ._network import Network, Seen
from ._network_solvers import Pieces
from ._ports import cell_volume


class NetworkTerm(AbstractStructuredTerm):
    """[`diffjax.equations.Diffusion`][] on a grid of any number of axes.

    Where neither the composition nor the time changes the rates, they are computed once
    and kept.
    """

    network: Network
    source: Source | None
    held: Held | None
    anneal: PyTree
    kept: tuple[Seen, AbstractGenerator, Float[Array, ""]] | None

    def __init__(self, network: Network, source, held, anneal: PyTree):
        self.network, self.source, self.held = network, source, held
        self.anneal = anneal
        self.kept = None
        dtype = network.grid.faces.dtype
        now = jnp.zeros((), dtype=dtype)
        (warms,) = depends_on(anneal.temperature_at, now)
        changes = warms or network.timed or _opens_in_time(network)
        if network.linear and not changes:
            nothing = jnp.zeros(network.grid.shape, dtype=dtype)
            seen, generator, temperature = self._rates(now, nothing)
            whole = self._with_exits(nothing, seen, generator, now, temperature)
            self.kept = (seen, generator, whole.spectral_bound)

    def _rates(
        self, t: Any, c: Float[Array, "*cells"]
    ) -> tuple[Seen, AbstractGenerator, Float[Array, ""]]:
        t, temperature = clock(self.anneal, t, c.dtype)
        if self.kept is not None:
            return self.kept[0], self.kept[1], temperature
        seen = self.network.seen(c, temperature, t)
        return seen, self.network.generator(c, seen, t, temperature), temperature

    def _with_exits(
        self, c, seen: Seen, generator: AbstractGenerator, t, temperature
    ) -> AbstractGenerator:
        """The generator with the rates of leaving through the walls."""
        exits = sum(self._exits(c, seen, t, temperature).values())
        if generator.exits is not None:
            exits = exits + generator.exits
        return eqx.tree_at(
            lambda g: g.exits, generator, exits, is_leaf=lambda x: x is None
        )

    def _exits(
        self, c, seen: Seen, t, temperature
    ) -> dict[tuple[int, int], Float[Array, "*cells"]]:
        """Rates of leaving through each wall, by axis and side."""
        network = self.network
        sides = [(axis, side) for axis in range(c.ndim) for side in (-1, 1)]
        exits = dict.fromkeys(sides, jnp.zeros_like(c))
        for port, passages, _ in network.passages(c, seen, t, temperature):
            width, key = port.width(network.grid), (port.axis, port.outward)
            for p in passages:
                more = p.slope / width
                exits[key] = port.add(exits[key], p.layer, more)
        return exits

    def generator(
        self, t: Float[Array, ""], c: Float[Array, "*cells"]
    ) -> AbstractGenerator:
        """Bonds and exits at one time and state; see `Diffusion.generator`."""
        seen, generator, temperature = self._rates(t, c)
        return self._with_exits(c, seen, generator, jnp.asarray(t), temperature)

    def balance(
        self, t: Any, c: Float[Array, "*cells"]
    ) -> tuple[Float[Array, "*cells"], Float[Array, " openings"]]:
        """Rate of change of the field, and what enters through each opening."""
        network, grid = self.network, self.network.grid
        seen, generator, temperature = self._rates(t, c)
        t = jnp.asarray(t)
        rate = generator.apply(c)
        volume = cell_volume(grid)
        entered = dict.fromkeys(
            ((k, side) for k in range(grid.dimension) for side in (-1, 1)),
            jnp.zeros((), dtype=c.dtype),
        )
        for port, passages, carried in network.passages(c, seen, t, temperature):
            width, areas = port.width(grid), port.areas(grid)
            total = jnp.zeros((), dtype=c.dtype)
            for p in passages:
                flux = p.outward
                if grid.solid is not None:
                    flux = jnp.where(port.slab(grid.solid, p.layer), flux, 0.0)
                rate = port.add(rate, p.layer, -flux / width)
                total = total - jnp.sum(flux * areas)
            if carried is not None:
                along = carried_along(port, carried, network.periodic)
                rate = port.add(rate, 0, along)
            entered[port.axis, port.outward] = total
        gains = [entered[key] for key in entered]
        if isinstance(network.walls.surface, FixedValue):
            assert generator.exits is not None
            # The generator has what leaves to a surface at 0; this is what comes in.
            target = self._surface_value(t, c)
            entries = generator.entries
            inflow = (generator.exits if entries is None else entries) * target
            rate = rate + inflow
            relative = 1.0 if generator.volumes is None else generator.volumes
            gain = jnp.sum((inflow - generator.exits * c) * relative) * volume
            gains.append(gain)
        if self.source is not None:
            made = self._source(t, c, temperature)
            if grid.solid is not None:
                made = jnp.where(grid.solid, made, 0.0)
            rate = rate + made
            gains.append(grid.total(made))
        if grid.solid is not None:
            rate = jnp.where(grid.solid, rate, 0.0)
        if self.held is not None:
            gains.append(-grid.total(jnp.where(self.held.where, rate, 0.0)))
            rate = jnp.where(self.held.where, 0.0, rate)
        return rate, jnp.stack(gains)

    def _surface_value(self, t, c: Float[Array, "*cells"]) -> Float[Array, "..."]:
        wall = self.network.walls.surface
        if not callable(wall.value):
            return wall.value.astype(c.dtype)

        def one(inside, position):
            # A wall of fixed value asks for what leaves to it; that names the value.
            return wall.outward_flux(inside, lambda at_wall: at_wall, Spot(t, position))

        for _ in range(c.ndim):
            one = jax.vmap(one)
        return one(c, self.network.grid.centres)

    def _source(self, t, c, temperature) -> Float[Array, "*cells"]:
        source = self.source
        assert source is not None
        one = lambda value, x: source.at(value, temperature, x, t)
        for _ in range(c.ndim):
            one = jax.vmap(one)
        return one(c, self.network.grid.centres)

    def rate(self, t: Float[Array, ""], y: PyTree, args: Any) -> PyTree:
        """Rate of change of a [`diffjax.equations.State`][], in its unit per s."""
        del args
        return State(*self.balance(t, y.composition))

    def linearise(
        self, t: Float[Array, ""], y: PyTree, args: Any
    ) -> AbstractLinearised:
        """Rate and time derivative; products with the Jacobian, matrix-free."""
        t = jnp.asarray(t)
        rate, drift = jax.jvp(
            lambda s: self.rate(s, y, args), (t,), (jnp.ones_like(t),)
        )
        return NetworkLinearised(rate, drift, self, t, y.composition)

    def pieces(self, t: Any, c: Float[Array, "*cells"]) -> Pieces:
        """What linear solves need to know at one time and state."""
        seen, generator, temperature = self._rates(t, c)
        exits = self._exits(c, seen, jnp.asarray(t), temperature)
        return Pieces(self.network, seen, generator, exits, self.held, self.source)

    def spectral_bound(
        self, t: Float[Array, ""], y: PyTree, args: Any
    ) -> Float[Array, ""]:
        """Gershgorin's bound, sources included, in 1/s."""
        del args
        c = jax.lax.stop_gradient(y.composition)
        if self.kept is not None:
            bound = self.kept[2]
        else:
            bound = self.generator(t, c).spectral_bound
        if self.source is not None:
            _, temperature = clock(self.anneal, t, c.dtype)
            made = lambda x: self._source(jnp.asarray(t), x, temperature)
            slopes = jax.jvp(made, (c,), (jnp.ones_like(c),))[1]
            bound = bound + jnp.max(jnp.abs(slopes))
        return jax.lax.stop_gradient(bound)


class NetworkLinearised(AbstractLinearised):
    """A [`diffjax.equations.NetworkTerm`][] at one time and state."""

    rate: State
    drift: State
    term: NetworkTerm
    t: Float[Array, ""]
    composition: Float[Array, "*cells"]

    def _push(self) -> Callable:
        balance = lambda c: self.term.balance(self.t, c)
        return jax.linearize(balance, self.composition)[1]

    def _state(self, push: Callable, c: Any, right: State, shift: Any) -> State:
        return State(c, (right.entered + push(c)[1]) / shift)

    def solver(
        self, shift: Float[Array, ""], preconditioner: Any = None
    ) -> Callable[[PyTree], PyTree]:
        """Conjugate gradients, or BiCGStab where the Jacobian is not symmetric; at once
        in the axes' modes where these diagonalise it.

        `preconditioner` is `"spectral"` (the modes of the mean diffusivity along the
        axes; the default on even grids without a mask), `"diagonal"` or `"none"`.
        """
        push = self._push()
        pieces = self.term.pieces(self.t, self.composition)
        invert = pieces.solver(lambda c: push(c)[0], shift, preconditioner)

        def solve(right: State) -> State:
            return self._state(push, invert(right.composition), right, shift)

        return solve

    def split_solver(self, shift: Float[Array, ""]) -> Callable[[PyTree], PyTree]:
        """One axis after the other: tridiagonal systems, all lines at once."""
        invert = self.term.pieces(self.t, self.composition).split(shift)

        def solve(right: State) -> State:
            c, gains = invert(right.composition)
            return State(c, (right.entered + gains) / shift)

        return solve


def _opens_in_time(network: Network) -> bool:
    """Whether a wall may open or close in time, and change the rates beside it."""
    pairs = network.walls.along(network.grid.dimension)
    return not all(_steady(wall) for pair in pairs for wall in pair)


def _steady(wall: AbstractWall) -> bool:
    if isinstance(wall, Patch):
        return _steady(wall.wall) and _steady(wall.elsewhere)
    if isinstance(wall, Exchange):
        return not callable(wall.rate)
    return isinstance(wall, NoFlux | FixedFlux | FixedValue | Periodic)
