"""What can be decided about tensors and forces before anything is compiled."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PyTree

from .._checks import traced
from ..schemes import Monotone
from ..tensors import offsets_of, require_definite
from ._network import Network


# A bond of more cells is a coarser mesh than most users would call the one they made.
MOST_REACH = 8
# Tensors that spread matter by less than a tenth of a cell in the whole run are not
# worth a bond: the cold ends of a furnace schedule.
LEAST_SPREAD = 1e-2


def chosen_offsets(
    network: Network, start: Float[Array, "*cells"], anneal: PyTree
) -> Monotone:
    """The monotone scheme with the offsets that a body's tensors need.

    Taken at the first field, over the temperatures of the anneal at which anything
    moves. Where anything is traced the scheme stays as it is.

    **Arguments:**

    - `network`: of a full tensor.
    - `start`: the first field.
    - `anneal`: the temperature history.

    **Returns:** a [`diffjax.schemes.Monotone`][].

    **Raises:** `ValueError` if a tensor is not symmetric and positive definite, or so
    anisotropic that bonds would reach further than 8 cells, or than `reach`.
    """
    scheme = network.scheme
    assert isinstance(scheme, Monotone)
    scaled = scaled_tensors(network, start, anneal)
    if scaled is None or scheme.offsets is not None:
        return scheme
    spread = np.trace(scaled, axis1=-2, axis2=-1) * float(anneal.duration)
    scaled = scaled[spread >= min(LEAST_SPREAD, float(np.max(spread)))]
    offsets = offsets_of(scaled)
    reach = max(abs(step) for offset in offsets for step in offset)
    most = scheme.reach or MOST_REACH
    if reach > most:
        values = np.linalg.eigvalsh(scaled)
        ratio = np.max(values[..., -1] / values[..., 0])
        raise ValueError(
            f"the tensor is too anisotropic for `Monotone`: on this grid the ratio of "
            f"its eigenvalues reaches {ratio:.3g} and its bonds {reach} cells, more "
            f"than {most}. Turn the grid towards its principal axes, allow longer "
            f"bonds with `Monotone(reach={reach})`, or use `Central()`."
        )
    return Monotone(scheme.reach, offsets)


def scaled_tensors(
    network: Network, start: Float[Array, "*cells"], anneal: PyTree
) -> np.ndarray | None:
    """The different tensors of a body over the widths of its cells, in 1/s.

    **Returns:** shape `(tensors, d, d)`; `None` where they are traced.

    **Raises:** `ValueError` if one is not symmetric and positive definite.
    """
    if traced(network, start, anneal):
        return None
    # Between corners too: the tensor turns with the temperature on a ramp.
    share = jnp.linspace(0.0, 1.0, 65 if network.alike else 9, dtype=start.dtype)
    times = jnp.concatenate([share * anneal.duration, anneal.corners])
    tensors, scaled = _evaluate(network, start, anneal, times)
    if traced(tensors):
        # A function given as a law may hold a traced number where none can see it.
        return None
    d = network.grid.dimension
    kept = np.asarray(tensors).reshape(-1, d, d)
    rates = np.asarray(scaled).reshape(-1, d, d)
    if network.grid.solid is not None and not network.alike:
        solid = np.broadcast_to(np.asarray(network.grid.solid), tensors.shape[:-2])
        kept, rates = kept[solid.ravel()], rates[solid.ravel()]
    require_definite(kept, "the diffusivity", "m²/s")
    return rates


@eqx.filter_jit
def _evaluate(network: Network, start: Any, anneal: PyTree, times: Any) -> Any:
    at = lambda t: network.coefficients(
        start, jnp.asarray(anneal.temperature_at(t), dtype=start.dtype)
    )
    tensors = jax.lax.map(at, times)
    return tensors, network.scaled(tensors)


@eqx.filter_jit
def fastest_rate(
    network: Network, start: Float[Array, "*cells"], anneal: PyTree
) -> Float[Array, ""]:
    r"""Four times the trace of the largest scaled tensor over an anneal, in 1/s.

    Times what the steepest step between neighbours makes of it: $1 + |\Delta| / 2$.
    """

    def at(t):
        hot = jnp.asarray(anneal.temperature_at(t), dtype=start.dtype)
        seen = network.seen(start, hot, t)
        values = network.along_axes(seen.coefficient)
        widths = jnp.stack([jnp.min(axis.widths) for axis in network.grid.axes])
        fastest = jnp.max(4 * jnp.einsum("...k,k->...", values, 1 / widths**2))
        if seen.level is None:
            return fastest
        steps = [jnp.diff(seen.level, axis=k) for k in range(start.ndim)]
        steepest = [jnp.max(jnp.abs(step), initial=0.0) for step in steps]
        return fastest * (1 + jnp.max(jnp.stack(steepest)) / 2)

    return jnp.max(jax.lax.map(at, _moments(anneal, start.dtype)))


def require_levels(
    network: Network, start: Float[Array, "*cells"], anneal: PyTree
) -> None:
    """Raises `ValueError` where the potential of a force is not finite.

    **Arguments:** as for `chosen_offsets`, of a flux that is driven.
    """
    if traced(network, start, anneal):
        return
    levels = _levels(network, start, anneal)
    if traced(levels):
        return
    wrong = np.argwhere(~np.isfinite(np.asarray(levels)))
    if wrong.size:
        moment, *cell = (int(k) for k in wrong[0])
        time = float(_moments(anneal, start.dtype)[moment])
        raise ValueError(
            f"the potential must be finite in every cell; it is "
            f"{float(levels[tuple(wrong[0])])} kT in cell {tuple(cell)}, whose centre "
            f"is {np.asarray(network.grid.centres)[tuple(cell)]} m, at {time:.6g} s."
        )


@eqx.filter_jit
def _levels(network: Network, start: Any, anneal: PyTree) -> Any:
    def at(t):
        hot = jnp.asarray(anneal.temperature_at(t), dtype=start.dtype)
        return network.seen(start, hot, t).level

    return jax.lax.map(at, _moments(anneal, start.dtype))


def _moments(anneal: PyTree, dtype: Any) -> Float[Array, " times"]:
    """Start, corners and end of an anneal, in s."""
    ends = jnp.stack([jnp.zeros_like(anneal.duration), anneal.duration])
    ends = jnp.where(jnp.isfinite(ends), ends, 0.0)
    return jnp.concatenate([ends, anneal.corners]).astype(dtype)
