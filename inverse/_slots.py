"""Free numbers in a model: packing them into one vector, and putting them back."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.tree_util as jtu
from jaxtyping import Array, Float, PyTree

from ._joint import AbstractJointTransform, Kind
from ._priors import AbstractPrior
from ._transforms import AbstractTransform


class Place(NamedTuple):
    """Where a parameter sits: the number of the leaf, one element or all of it."""

    leaf: int
    element: int | None
    shape: tuple[int, ...]

    def read(self, leaves: Sequence[Any]) -> Float[Array, "..."]:
        """What stands there, in its own unit."""
        leaf = leaves[self.leaf]
        return leaf if self.element is None else leaf[self.element]

    def write(self, leaves: list[Any], value: Float[Array, "..."]) -> None:
        """Puts a value (or one number for all) there, in its own unit."""
        leaf = leaves[self.leaf]
        if self.element is None:
            leaves[self.leaf] = jnp.broadcast_to(value, leaf.shape)
        else:
            leaves[self.leaf] = leaf.at[self.element].set(value.reshape(()))


class Slot(eqx.Module):
    """A free parameter of a model, found and ready to be packed.

    **Attributes:**

    - `places`: where it sits; with a transform of each element all hold the same.
    - `size`: how many free numbers it has.
    - `transform`, `prior`, `scale`: as declared.
    - `kinds`: what a joint transform reports; `None` for one of each element.
    - `logged`: whether the exponential of what the model holds is reported.
    """

    places: tuple[Place, ...] = eqx.field(static=True)
    size: int = eqx.field(static=True)
    transform: AbstractTransform | AbstractJointTransform
    prior: AbstractPrior | None
    scale: Float[Array, ""]
    kinds: tuple[Kind, ...] | None = eqx.field(static=True, default=None)
    logged: bool = eqx.field(static=True, default=False)

    @property
    def count(self) -> int:
        """How many numbers are reported of it."""
        return self.size if self.kinds is None else len(self.kinds)

    def pack(self, leaves: list[Any]) -> Float[Array, " size"]:
        """Its free numbers, in units of the scale."""
        if isinstance(self.transform, AbstractJointTransform):
            arrays = tuple(place.read(leaves) for place in self.places)
            return self.transform.forward(arrays) / self.scale
        value = self.places[0].read(leaves).reshape(-1)
        return self.transform.forward(value) / self.scale

    def write(self, leaves: list[Any], free: Float[Array, " size"]) -> None:
        """Puts it into a model's leaves."""
        if isinstance(self.transform, AbstractJointTransform):
            arrays = self._arrays(free)
            for place, array in zip(self.places, arrays):
                place.write(leaves, array)
            return
        value = self.transform.inverse(free * self.scale)
        for place in self.places:
            leaf = leaves[place.leaf]
            place.write(leaves, value.reshape(()) if place.element is not None
                        else value.reshape(leaf.shape))  # fmt: skip

    def held(self, free: Float[Array, " size"]) -> Float[Array, " count"]:
        """The numbers of the model, in their units; of a joint transform those that it
        reports."""
        if isinstance(self.transform, AbstractJointTransform):
            return self.transform.report(self._arrays(free))
        return self.transform.inverse(free * self.scale)

    def natural(self, free: Float[Array, " size"]) -> Float[Array, " count"]:
        """What is reported, in its unit."""
        held = self.held(free)
        return jnp.exp(held) if self.logged else held

    def spoken(self, free: Float[Array, " size"]) -> Float[Array, " count"]:
        """What sentences and priors of several parameters speak of."""
        if self.kinds is None:
            return free * self.scale
        held = self.held(free)
        if self.logged or "log" not in self.kinds:
            return held
        in_logs = jnp.asarray([kind == "log" for kind in self.kinds])
        safe = jnp.where(in_logs, held, 1.0)
        return jnp.where(in_logs, jnp.log(safe), held)

    def _arrays(self, free: Float[Array, " size"]) -> tuple[Float[Array, "..."], ...]:
        assert isinstance(self.transform, AbstractJointTransform)
        shapes = tuple(place.shape for place in self.places)
        return self.transform.inverse(free * self.scale, shapes)


class Follower(eqx.Module):
    """A number of a model that follows from the others."""

    place: Place = eqx.field(static=True)
    function: Callable[[Any], Any] = eqx.field(static=True)
    size: ClassVar[int] = 0
    count: ClassVar[int] = 0
    prior: ClassVar[None] = None


AnySlot = Slot | Follower


def parts(
    slots: tuple[AnySlot, ...], free: Float[Array, " free"]
) -> list[tuple[Slot, Float[Array, " size"]]]:
    """Each free parameter with its part of the free vector."""
    out, start = [], 0
    for slot in slots:
        if isinstance(slot, Slot):
            out.append((slot, free[start : start + slot.size]))
        start += slot.size
    return out


def pack(whole: PyTree, slots: tuple[AnySlot, ...]) -> Float[Array, " free"]:
    """The free vector of a model: transformed parameters in units of their scales."""
    leaves = jtu.tree_leaves(whole)
    rows = [slot.pack(leaves) for slot in slots if isinstance(slot, Slot)]
    return jnp.concatenate(rows) if rows else jnp.zeros(0)


def unpack(
    whole: PyTree, slots: tuple[AnySlot, ...], free: Float[Array, " free"]
) -> PyTree:
    """The model with the parameters of a free vector in it; undoes `pack`."""
    leaves, structure = jtu.tree_flatten(whole)
    for slot, part in parts(slots, free):
        slot.write(leaves, part)
    return follow(jtu.tree_unflatten(structure, leaves), slots)


def follow(whole: PyTree, slots: tuple[AnySlot, ...]) -> PyTree:
    """The model with what follows from its other numbers put in, in order."""
    leaves, structure = jtu.tree_flatten(whole)
    for slot in slots:
        if isinstance(slot, Follower):
            model = jtu.tree_unflatten(structure, leaves)[0]
            leaf = slot.place.read(leaves)
            value = jnp.asarray(slot.function(model), dtype=leaf.dtype)
            if value.shape not in ((), leaf.shape):
                raise ValueError(
                    f"`Derived(function=...)` must give one number or shape "
                    f"{leaf.shape}; got shape {value.shape}."
                )
            slot.place.write(leaves, value)
    return jtu.tree_unflatten(structure, leaves)


def natural(
    slots: tuple[AnySlot, ...], free: Float[Array, " free"]
) -> Float[Array, " parameters"]:
    """What is reported of a free vector, each number in its own unit."""
    rows = [slot.natural(part) for slot, part in parts(slots, free)]
    return jnp.concatenate(rows) if rows else jnp.zeros(0)


def spoken(
    slots: tuple[AnySlot, ...], free: Float[Array, " free"]
) -> Float[Array, " parameters"]:
    """What sentences and priors of several parameters speak of: transformed parameters
    in their units."""
    rows = [slot.spoken(part) for slot, part in parts(slots, free)]
    return jnp.concatenate(rows) if rows else jnp.zeros(0)


def slopes(
    slots: tuple[AnySlot, ...], free: Float[Array, " free"]
) -> Float[Array, "parameters free"]:
    """Slopes of `natural` along the free vector."""
    blocks = []
    for slot, part in parts(slots, free):
        if slot.kinds is None:
            along = jax.jvp(slot.natural, (part,), (jnp.ones_like(part),))[1]
            blocks.append(jnp.diag(along))
        else:
            blocks.append(jax.jacfwd(slot.natural)(part))
    if not blocks:
        return jnp.zeros((0, 0))
    return jax.scipy.linalg.block_diag(*blocks)
