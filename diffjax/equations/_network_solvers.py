"""Linear systems of diffusion on more than one axis."""

from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from ..grid import FixedValue, NoFlux
from ..linear import (
    AbstractGenerator,
    AxisModes,
    bicgstab,
    conjugate_gradient,
    Separable,
    Tridiagonal,
)
from ..schemes import Monotone, unit
from ._inner import Held, Source
from ._network import Network, Seen


PRECONDITIONERS = ("spectral", "diagonal", "none")


class Pieces(eqx.Module):
    """What linear solves need to know of a network at one time and state.

    **Attributes:**

    - `network`: the flux on its bonds.
    - `seen`: what the flux sees of the cells.
    - `generator`: the bonds, walls left out.
    - `exits`: rates of leaving through each wall, in 1/s, by axis and side (-1, 1).
    - `held`, `source`: of the equation.
    """

    network: Network
    seen: Seen
    generator: AbstractGenerator
    exits: dict[tuple[int, int], Float[Array, "*cells"]]
    held: Held | None
    source: Source | None

    def solver(
        self, product: Callable, shift: Float[Array, ""], preconditioner: str | None
    ) -> Callable[[Array], Array]:
        """A function that applies $(s - J)^{-1}$ to a field.

        **Arguments:**

        - `product`: what $J$ does to a field, in 1/s.
        - `shift`: $s$, in 1/s.
        - `preconditioner`: one of `"spectral"`, `"diagonal"`, `"none"`, or `None` for
            the first that fits.

        **Raises:** `ValueError` for any other word.
        """
        grid = self.network.grid
        if preconditioner is None:
            fits = grid.even and grid.solid is None and self.held is None
            preconditioner = "spectral" if fits else "diagonal"
        if preconditioner not in PRECONDITIONERS:
            raise ValueError(
                "a preconditioner must be one of "
                f"{', '.join(map(repr, PRECONDITIONERS))}; got {preconditioner!r}."
            )
        inverse = None
        if preconditioner == "spectral":
            inverse = self.modes().inverse(shift)
            if self._diagonalised():
                return inverse
        elif preconditioner == "diagonal":
            diagonal = shift - self.generator.diagonal + sum(self.exits.values())
            inverse = lambda right: right / diagonal
        volumes = self.generator.volumes
        symmetric = self._symmetric()

        def apply(c):
            out = shift * c - product(c)
            return out * volumes if symmetric and volumes is not None else out

        if symmetric and volumes is not None and inverse is not None:
            plain = inverse
            inverse = lambda right: plain(right / volumes)
        method = conjugate_gradient if symmetric else bicgstab
        small = 1e-8 if shift.dtype == jnp.float64 else 1e-5

        def solve(right):
            weighted = symmetric and volumes is not None
            given = right * volumes if weighted else right
            found, reached = method(apply, given, inverse=inverse, rtol=small)
            # A solve that stalls must not pass for a solution: the step is shortened.
            return jnp.where(reached, found, jnp.inf)

        return solve

    def modes(self) -> Separable:
        """The mean diffusivity along each axis, in the axes' modes.

        Ends held at a value count as held, all others as closed.
        """
        network, grid = self.network, self.network.grid
        values = network.along_axes(self.seen.coefficient)
        mean = jnp.mean(values.reshape(-1, grid.dimension), axis=0)
        widths = jnp.stack([jnp.mean(axis.widths) for axis in grid.axes])
        modes = []
        for k, pair in enumerate(network.walls.along(grid.dimension)):
            kinds = [
                "held" if isinstance(wall, FixedValue) else "closed" for wall in pair
            ]
            if network.periodic[k]:
                kinds = ["periodic", "periodic"]
            modes.append(AxisModes(grid.shape[k], (kinds[0], kinds[1])))
        return Separable(tuple(modes), mean / widths**2)

    def _diagonalised(self) -> bool:
        """Whether the modes of the axes are those of the Jacobian itself."""
        network = self.network
        walls = [
            w for pair in network.walls.along(network.grid.dimension) for w in pair
        ]
        plain = all(isinstance(w, NoFlux | FixedValue) for w in walls)
        plain = plain or all(network.periodic)
        inner = self.held is None and self.source is None
        free = inner and not network.driven
        return network.alike and network.order < 2 and plain and free

    def _symmetric(self) -> bool:
        network = self.network
        carried = network.order == 2 and not isinstance(network.scheme, Monotone)
        even = self.held is None and not network.driven
        return network.linear and even and not (carried and network.ports)

    def split(
        self, shift: Float[Array, ""]
    ) -> Callable[[Array], tuple[Array, Float[Array, " openings"]]]:
        r"""$\frac1s \prod_k (1 - L_k / s)^{-1}$; $L_k$ are the bonds along an axis.

        **Arguments:**

        - `shift`: $s$, in 1/s.

        **Returns:** a function from a right-hand side to the solution and what enters
        through each opening on the way: $-\sum_i v_i x_i u_i / s$ with the exits $x$
        across the axis and the field $u$ behind its sweep.
        """
        network, generator = self.network, self.generator
        grid = network.grid
        axes = range(grid.dimension)
        lines, across, frozen = [], [], []
        for axis in axes:
            bonds, k = self._along(axis)
            volumes = 1 if generator.volumes is None else generator.volumes
            ahead, behind = (rate / volumes for rate in bonds.arrivals(k))
            gone = sum(bonds.departures(k)) / volumes
            parts = [self.exits[axis, side] for side in (-1, 1)]
            if generator.exits is not None:
                parts.append(generator.exits / grid.dimension)
            out = sum(parts)
            free = jnp.ones_like(ahead)
            if self.held is not None:
                free = jnp.where(self.held.where, 0.0, 1.0).astype(ahead.dtype)
                none = jnp.zeros_like(ahead)
                wraps = network.periodic[axis]
                frozen.append(Tridiagonal(behind, none, ahead, wraps, axis))
            across.append([part * free for part in parts])
            matrix = Tridiagonal(
                -behind * free / shift,
                1 + (gone + out) * free / shift,
                -ahead * free / shift,
                network.periodic[axis],
                axis,
            )
            lines.append(matrix.factor())

        def solve(right):
            walls, surface, held = [], 0.0, 0.0
            for axis in axes:
                right = lines[axis].solve(right)
                lost = [-grid.total(part * right) / shift for part in across[axis]]
                walls += lost[:2]
                surface = surface + sum(lost[2:])
                if self.held is not None:
                    brought = frozen[axis].mv(right)
                    brought = jnp.where(self.held.where, brought, 0.0)
                    held = held - grid.total(brought) / shift
            gains = [*walls]
            if isinstance(network.walls.surface, FixedValue):
                gains.append(surface)
            if self.source is not None:
                # The split matrix leaves sources out.
                gains.append(jnp.zeros_like(shift))
            if self.held is not None:
                gains.append(held)
            return right / shift, jnp.stack(gains)

        return solve

    def _along(self, axis: int) -> tuple[AbstractGenerator, int]:
        """A generator with the bonds along one axis, and which of its offsets."""
        network = self.network
        if network.order < 2:
            offset = unit(axis, network.grid.dimension)
            return self.generator, self.generator.offsets.index(offset)
        return network.along(self.seen, axis), 0
