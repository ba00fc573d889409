"""Which time stepper suits a problem."""

import diffrax
import numpy as np
from jaxtyping import Array, Float

from ._anneal import AbstractAnneal
from ._checks import traced
from .equations import AbstractEquation
from .grid import Grid
from .stepping import Rkl2, Rodas3, Rodas4, Ros2


# Memory for states kept for the way back, in bytes.
_KEPT = 1e9
# Above so many fastest jumps in a run, an implicit step is worth its iterations.
_STIFF = 3e6


def default_adjoint(start: Float[Array, "*cells"]) -> diffrax.AbstractAdjoint:
    """Reverse mode that keeps at most 128 states, fewer where they are large.

    **Arguments:**

    - `start`: the first field; only its shape counts.
    """
    states = int(_KEPT / (start.size * start.dtype.itemsize))
    return diffrax.RecursiveCheckpointAdjoint(checkpoints=max(8, min(128, states)))


def choose(
    equation: AbstractEquation,
    grid: Grid,
    start: Float[Array, "*cells"],
    anneal: AbstractAnneal,
    adjoint: diffrax.AbstractAdjoint | None,
) -> tuple[diffrax.AbstractSolver, str]:
    """A time stepper, and a sentence that says why.

    **Arguments:** as for [`diffjax.solve`][].

    **Returns:** the stepper and the reason.
    """
    if grid.dimension == 1 and grid.solid is None:
        return Rodas4(), "one axis: implicit, one tridiagonal elimination a step"
    if equation.axis_aligned(grid):
        return Ros2(), "the diffusivity lies along the axes: implicit, line by line"
    jumps = _jumps(equation, grid, start, anneal)
    if jumps is not None and jumps > _STIFF:
        return Rodas3(), (
            f"a full tensor and a long anneal ({jumps:.1e} times the fastest jump): "
            "implicit, with conjugate gradients"
        )
    loop = "lax" if isinstance(adjoint, diffrax.ForwardMode) else "checkpointed"
    return Rkl2(loop=loop), "a full tensor: explicit, in stabilised stages"


def _jumps(
    equation: AbstractEquation, grid: Grid, start: Array, anneal: AbstractAnneal
) -> float | None:
    """The longest anneal in units of the fastest rate; `None` where it is traced."""
    if traced(equation, grid, start, anneal):
        return None
    fastest = equation.fastest_rate(grid, start, anneal)
    # A function given as a law may hold a traced number where none can see it.
    if traced(fastest):
        return None
    return float(np.asarray(fastest * anneal.duration))
