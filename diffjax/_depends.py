"""What a function depends on, read from its own program."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
from jaxtyping import PyTree


def depends_on(function: Callable, *arguments: PyTree) -> tuple[bool, ...]:
    """Which arguments the value of a function can depend on.

    Read from the traced program, without running it: a law that leaves the composition
    alone is linear, whatever else it computes. Errs on the side of yes.

    **Arguments:**

    - `function`: of pytrees of arrays, built from JAX operations.
    - `arguments`: examples of its arguments; only shapes and types count.

    **Returns:** one truth value per argument.
    """
    leaves, structure = jax.tree.flatten(arguments)
    owners = [
        index
        for index, argument in enumerate(arguments)
        for _ in jax.tree.leaves(argument)
    ]

    def flat(*leaves: Any) -> Any:
        found = function(*jax.tree.unflatten(structure, leaves))
        return eqx.filter(found, eqx.is_array)

    program = jax.make_jaxpr(flat)(*leaves).jaxpr
    reached = {v: frozenset([o]) for v, o in zip(program.invars, owners)}
    nothing: frozenset[int] = frozenset()

    def of(variable: Any) -> frozenset[int]:
        # Literals carry a value and depend on nothing.
        return nothing if hasattr(variable, "val") else reached.get(variable, nothing)

    for equation in program.eqns:
        touched = nothing.union(*map(of, equation.invars))
        for variable in equation.outvars:
            reached[variable] = touched
    found = nothing.union(*map(of, program.outvars))
    return tuple(index in found for index in range(len(arguments)))
