"""From what a user declares to what a fit works with: slots, and words for reports."""

import dataclasses
from collections.abc import Sequence

import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np
from jaxtyping import Array, ArrayLike, Float, PyTree

import diffjax as djx

from ._data import changed
from ._experiment import AbstractExperiment, AbstractTraverse
from ._hold import Hold
from ._joint import AbstractJointTransform, Kind, Part
from ._parameters import Address, Derived, Free, scale_of
from ._reference import ArrheniusAt
from ._slots import Slot


@dataclasses.dataclass(frozen=True)
class Words:
    """What reports say of one number.

    **Attributes:**

    - `name`, `unit`: of the number.
    - `logged`: whether the model holds its logarithm.
    - `described`: what sentences call the transformed parameter.
    - `kind`: of a joint transform, how its interval is made; else `None`.
    """

    name: str
    unit: str
    logged: bool
    described: str
    kind: Kind | None = None


def settled(
    one: Free | Derived, experiments: Sequence[AbstractExperiment]
) -> Free | Derived:
    """A declaration with what it leaves to the experiments: a reference temperature.

    **Arguments:**

    - `one`: the declaration.
    - `experiments`: what was measured.

    **Raises:** `ValueError` if no experiment has a temperature.
    """
    if isinstance(one, Derived) or not isinstance(one.transform, ArrheniusAt):
        return one
    if one.transform.temperature is not None:
        return one
    found = []
    for experiment in experiments:
        if isinstance(experiment, AbstractTraverse):
            anneal = experiment.anneal
            if isinstance(anneal, Hold) and "temperature" in dict(anneal.shared):
                continue
            times = np.linspace(0.0, float(anneal.duration), 33)
            found.append(max(float(anneal.temperature_at(djx.real(t))) for t in times))
    if not found:
        raise ValueError(
            "`ArrheniusAt(temperature=...)` must be given (K): the experiments have no "
            "temperature of their own."
        )
    middle = 1 / float(np.mean(1 / np.array(found)))
    return changed(one, transform=ArrheniusAt(round(middle, 1)))


def slot_of(
    one: Free, addresses: list[Address], whole: PyTree, scale: ArrayLike | None
) -> tuple[Slot, PyTree]:
    """A free parameter where it was found, and the model with its start in it.

    **Arguments:**

    - `one`: the declaration.
    - `addresses`: what its `where` points at.
    - `whole`: model and local parameters.
    - `scale`: a change of the transformed parameter that would surprise; `None`: from
        what is declared.

    **Raises:** `ValueError` if the arrays there are not for its transform.
    """
    places = tuple(address.place for address in addresses)
    shapes = tuple(place.shape for place in places)
    leaves, structure = jtu.tree_flatten(whole)
    kinds: tuple[Kind, ...] | None = None
    if isinstance(one.transform, AbstractJointTransform):
        size = one.transform.size(shapes)
        kinds = tuple(part.kind for part in _parts(one, addresses, ""))
        if one.init is not None:
            for place, value in zip(places, _split(one.init, addresses)):
                place.write(leaves, value)
    else:
        size = addresses[0].size
        if len(set(shapes)) > 1:
            paths = " and ".join(repr(address.path) for address in addresses)
            raise ValueError(
                f"`Free(where=...)`: {paths} must have one shape to be equal; got "
                f"{' and '.join(map(str, shapes))}."
            )
        value = places[0].read(leaves) if one.init is None else one.init
        for place in places if one.init is not None else places[1:]:
            place.write(leaves, value)
    slot = Slot(places, size, one.transform, one.prior, jnp.ones(()), kinds, one.logged)
    if scale is None:
        scale = scale_of(one, places[0].read(leaves).reshape(-1))
    whole = jtu.tree_unflatten(structure, leaves)
    return dataclasses.replace(slot, scale=djx.real(scale)), whole


def _split(init: Float[Array, "..."], addresses: list[Address]) -> list:
    """A start for several addresses: one row with all their numbers."""
    if len(addresses) == 1:
        return [init]
    sizes = [address.size for address in addresses]
    if init.shape != (sum(sizes),):
        raise ValueError(
            f"`Free(init=...)` of {addresses[0].path!r} and more must have shape "
            f"({sum(sizes)},); got {init.shape}."
        )
    rows = jnp.split(init, np.cumsum(sizes)[:-1])
    return [row.reshape(a.place.shape) for row, a in zip(rows, addresses)]


def _parts(one: Free, addresses: list[Address], name: str) -> tuple[Part, ...]:
    """What a joint transform reports, of what a model holds."""
    assert isinstance(one.transform, AbstractJointTransform)
    shapes = tuple(address.place.shape for address in addresses)
    found = one.transform.parts(name, shapes)
    return tuple(p._replace(kind="log") for p in found) if one.logged else found


def words_of(
    one: Free, addresses: list[Address], title: str | tuple[str, ...] | None
) -> list[Words]:
    """What reports call the numbers of a free parameter.

    **Arguments:**

    - `one`, `addresses`: as in `slot_of`.
    - `title`: one name, or one for each number; `None`: its path.
    """
    path, size = addresses[0].path, addresses[0].size
    if not isinstance(one.transform, AbstractJointTransform):
        return [
            Words(
                name,
                one.unit,
                one.logged,
                f"ln {name}" if one.logged else one.transform.describe(name),
            )
            for name in _names(title, path, size)
        ]
    if len(addresses) > 1:
        # What the paths have in common: the law.
        path = path.rpartition(".")[0]
    parts = _parts(one, addresses, title if isinstance(title, str) else path)
    names = [part.name for part in parts]
    if isinstance(title, tuple):
        names = _names(title, path, len(parts))
    return [
        Words(
            name,
            one.unit or part.unit,
            one.logged,
            f"ln {name}" if part.kind == "log" else name,
            part.kind,
        )
        for name, part in zip(names, parts)
    ]


def _names(title: str | tuple[str, ...] | None, path: str, size: int) -> list[str]:
    if isinstance(title, tuple):
        if len(title) != size:
            raise ValueError(
                f"`Free(name=...)` of {path!r} must hold {size} names; got "
                f"{len(title)}."
            )
        return list(title)
    name = path if title is None else title
    return [name] if size == 1 else [f"{name}[{i}]" for i in range(size)]
