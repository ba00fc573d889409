"""Which numbers of a model are free: addresses, packing and unpacking."""

import difflib
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.tree_util as jtu
from jaxtyping import Array, ArrayLike, Float, PyTree

import diffjax as djx

from ._priors import AbstractPrior
from ._transforms import AbstractTransform, Identity, Log


class Free(eqx.Module):
    """A number, or an array of numbers, that a fit may change.

    Models do not declare what is free; they are addressed from outside, so any
    Equinox module can be fitted.
    """

    where: str | Callable | None = eqx.field(static=True)
    transform: AbstractTransform
    scale: Float[Array, ""] | None
    prior: AbstractPrior | None
    init: Float[Array, "..."] | None
    unit: str = eqx.field(static=True)
    name: str | tuple[str, ...] | None = eqx.field(static=True)
    logged: bool = eqx.field(static=True)

    def __init__(
        self,
        where: str | Callable | None = None,
        transform: AbstractTransform = Identity(),
        scale: ArrayLike | None = None,
        prior: AbstractPrior | None = None,
        init: ArrayLike | None = None,
        unit: str = "",
        name: str | tuple[str, ...] | None = None,
        logged: bool = False,
    ):
        r"""**Arguments:**

        - `where`: the address of a floating-point array in the model: a path such as
            `"activation"`, `"law.log_values"` or `"law.log_values[2]"`, or a function
            such as `lambda model: model.law.activation`. `None` for a local parameter
            of an experiment, whose place is known.
        - `transform`: the map to the real line in which the fit works.
        - `scale`: a change of the transformed parameter that would surprise you; a
            scalar > 0. It decides what counts as undetermined. `None`: 1 for a
            logarithm, the prior's standard deviation, or the size of the starting
            value.
        - `prior`: what is known before the data, of the parameter in its own unit.
        - `init`: where the fit starts, in the parameter's own unit; the model's value
            or a guess from the data if `None`.
        - `unit`: for reports.
        - `name`: for reports; for an array a tuple with one name for each element.
        - `logged`: the array holds the logarithm of what is to be reported.

        **Raises:** `ValueError` if `scale` is not > 0.
        """
        self.where = where
        self.transform = transform
        if scale is None:
            self.scale = None
        else:
            size = djx.real(scale)
            message = "`Free(scale=...)` must be one number > 0."
            self.scale = djx.require(size, (size > 0) & (size.ndim == 0), message)
        self.prior = prior
        self.init = None if init is None else djx.real(init)
        self.unit = unit
        self.name = name
        self.logged = logged


class Address(NamedTuple):
    """Where a free parameter sits: the number of the leaf, one element or all of it."""

    leaf: int
    element: int | None
    size: int
    path: str


class _Marker:
    """Stands for a leaf while an address is looked up."""

    def __init__(self, leaf: int, element: Any = None):
        self.leaf, self.element = leaf, element

    def __getitem__(self, index: Any) -> "_Marker":
        return _Marker(self.leaf, index)


def paths(model: PyTree) -> dict[str, int]:
    """Addresses of the floating-point arrays of a model, and their leaf numbers."""
    found = {}
    for number, (keys, leaf) in enumerate(jtu.tree_flatten_with_path(model)[0]):
        if eqx.is_inexact_array(leaf):
            found[jtu.keystr(keys).lstrip(".")] = number
    return found


def resolve(model: PyTree, where: str | Callable) -> Address:
    """Finds what a path or a function points at.

    **Arguments:**

    - `model`: any pytree of arrays, of any unit and shape.
    - `where`: as in `Free`.

    **Returns:**

    The address of one floating-point array, or of one element of it.

    **Raises:** `ValueError` if it is anything else; the sentence holds the nearest path
    that exists.
    """
    leaves, structure = jtu.tree_flatten(model)
    marked = jtu.tree_unflatten(structure, [_Marker(i) for i in range(len(leaves))])
    known = paths(model)
    shown = repr(where) if isinstance(where, str) else "the function"
    try:
        found = _walk(marked, where) if isinstance(where, str) else where(marked)
    except Exception as error:
        raise ValueError(
            f"`Free(where=...)`: {shown} is not in the model" + _nearest(where, known)
        ) from error
    if not isinstance(found, _Marker) or not eqx.is_inexact_array(leaves[found.leaf]):
        raise ValueError(
            f"`Free(where=...)`: {shown} must point at one array of floating-point "
            f"numbers; it gives {_what(found, leaves)}" + _nearest(where, known)
        )
    path = next(name for name, number in known.items() if number == found.leaf)
    array = leaves[found.leaf]
    if found.element is None:
        return Address(found.leaf, None, array.size, path)
    index = found.element
    if (
        not isinstance(index, int)
        or array.ndim != 1
        or not -len(array) <= index < len(array)
    ):
        raise ValueError(
            f"`Free(where=...)`: {shown} asks for element {index!r} of {path!r}, whose "
            f"shape is {array.shape}."
        )
    index %= len(array)
    return Address(found.leaf, index, 1, f"{path}[{index}]")


def _walk(tree: Any, path: str) -> Any:
    part = r"[A-Za-z_]\w*|\[[^\[\]]+\]"
    if not re.fullmatch(rf"({part})(\.?({part}))*", path):
        raise ValueError("not a path")
    for attribute, index in re.findall(r"([A-Za-z_]\w*)|\[([^\[\]]+)\]", path):
        if attribute:
            tree = (
                tree[attribute] if isinstance(tree, dict) else getattr(tree, attribute)
            )
        elif index.lstrip("-").isdigit():
            tree = tree[int(index)]
        else:
            tree = tree[index.strip("'\"")]
    return tree


def _nearest(where: str | Callable, known: dict[str, int]) -> str:
    names = list(known)
    if not names:
        return "; the model holds no floating-point array."
    near = (
        difflib.get_close_matches(where, names, 1, 0.3)
        if isinstance(where, str)
        else []
    )
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; it holds {', '.join(map(repr, names[:6]))}."


def _what(found: Any, leaves: list) -> str:
    if isinstance(found, _Marker):
        leaf = leaves[found.leaf]
        return f"an array of {leaf.dtype}" if eqx.is_array(leaf) else repr(leaf)
    return f"a {type(found).__name__}"


class Slot(eqx.Module):
    """A free parameter of a model, found and ready to be packed."""

    leaf: int = eqx.field(static=True)
    element: int | None = eqx.field(static=True)
    size: int = eqx.field(static=True)
    transform: AbstractTransform
    prior: AbstractPrior | None
    scale: Float[Array, ""]

    def value(self, leaves: list) -> Float[Array, " size"]:
        """The parameter in its own unit; shape `(size,)`."""
        leaf = leaves[self.leaf]
        return leaf.reshape(-1) if self.element is None else leaf[self.element][None]


def pack(whole: PyTree, slots: tuple[Slot, ...]) -> Float[Array, " free"]:
    """The free vector of a model: transformed parameters in units of their scales."""
    leaves = jtu.tree_leaves(whole)
    rows = [s.transform.forward(s.value(leaves)) / s.scale for s in slots]
    return jnp.concatenate(rows) if rows else jnp.zeros(0)


def unpack(
    whole: PyTree, slots: tuple[Slot, ...], free: Float[Array, " free"]
) -> PyTree:
    """The model with the parameters of a free vector in it; undoes `pack`."""
    leaves, structure = jtu.tree_flatten(whole)
    start = 0
    for slot in slots:
        part = free[start : start + slot.size]
        start += slot.size
        value = slot.transform.inverse(part * slot.scale)
        leaf = leaves[slot.leaf]
        if slot.element is None:
            leaves[slot.leaf] = value.reshape(leaf.shape)
        else:
            leaves[slot.leaf] = leaf.at[slot.element].set(value[0])
    return jtu.tree_unflatten(structure, leaves)


def place(whole: PyTree, address: Address, value: Float[Array, "..."]) -> PyTree:
    """The model with another starting value at one address."""
    leaves, structure = jtu.tree_flatten(whole)
    leaf = leaves[address.leaf]
    if address.element is None:
        leaves[address.leaf] = jnp.broadcast_to(value, leaf.shape)
    else:
        leaves[address.leaf] = leaf.at[address.element].set(value)
    return jtu.tree_unflatten(structure, leaves)


def scale_of(free: Free, value: Float[Array, " size"]) -> Float[Array, ""]:
    """The scale of a free parameter, given or from what is known of it.

    **Arguments:**

    - `free`: the declaration.
    - `value`: the starting value, in its own unit; shape `(size,)`.

    **Returns:**

    A change of the transformed parameter that would surprise; a scalar > 0.
    """
    if free.scale is not None:
        return free.scale
    if free.prior is not None:
        prior, transform = free.prior, free.transform

        def distance(u):
            return prior.residual(transform.inverse(u))

        slope = jax.vmap(jax.grad(distance))(transform.forward(value))
        return 1.0 / jnp.max(jnp.abs(slope))
    if not isinstance(free.transform, Identity) or free.logged:
        return jnp.ones(())
    size = jnp.max(jnp.abs(value))
    return jnp.where(size > 0, size, 1.0)


def default_free(law: PyTree) -> tuple[Free, ...]:
    """The free parameters of a law of diffjax, or all arrays of any other model.

    A law that stands inside a model is freed as it is alone. Of a law built from a
    crystal the energies and frequencies of its hops are free, and never its geometry:
    lattice vectors and positions are known from diffraction. Nor are a pressure, a
    strain, a rotation, entropies and volumes; name them in `free` to fit them.

    **Arguments:**

    - `law`: a diffusivity or any pytree; arrays of any unit and shape.

    **Returns:**

    One `Free` per parameter, with transform, scale, unit and names.

    **Raises:** `ValueError` if the model holds no floating-point array.
    """
    found = _all_free(law)
    if not found:
        raise ValueError(
            "`fit(free=None)` frees all floating-point arrays of a model but those of "
            f"a crystal, and this {type(law).__name__} holds none: keep the parameters "
            "in an Equinox module, as arrays."
        )
    return found


def _all_free(law: PyTree) -> tuple[Free, ...]:
    known = _of_law(law)
    if known is not None:
        return known
    found: list[Free] = []
    stop = lambda x: isinstance(x, djx.lattice.Crystal) or _of_law(x) is not None
    for keys, node in jtu.tree_flatten_with_path(law, is_leaf=stop)[0]:
        path = jtu.keystr(keys).lstrip(".")
        if eqx.is_inexact_array(node):
            found.append(Free(path))
        else:
            found += [_inside(path, free, True) for free in _of_law(node) or ()]
    return tuple(found)


def _of_law(law: PyTree) -> tuple[Free, ...] | None:
    """What is free of a law that diffjax has; nothing for anything else."""
    kinds = djx.diffusivity
    match law:
        case kinds.Constant():
            return (Free("value", Log(), 1.0, unit="m²/s", name="D"),)
        case kinds.Arrhenius():
            return (
                Free("prefactor", Log(), 2.0, unit="m²/s"),
                Free("activation", scale=0.3, unit="eV"),
            )
        case kinds.Exponential():
            return (
                Free("log_value", scale=1.0, unit="m²/s", name="D(X=0)", logged=True),
                Free("slope", scale=1.0),
            )
        case kinds.LogSpline():
            names = tuple(f"D(X={float(knot):.4g})" for knot in law.knots)
            return (
                Free("log_values", scale=1.0, unit="m²/s", name=names, logged=True),
            )
        case kinds.Polynomial():
            count = law.coefficients.shape[0]
            size = jnp.max(jnp.abs(law.coefficients))
            names = tuple(f"coefficients[{i}]" for i in range(count))
            return (Free("coefficients", scale=size, unit="m²/s", name=names),)
        case kinds.Activated():
            inner = (_inside("law", free) for free in _all_free(law.law))
            return (*inner, Free("activation", scale=0.3, unit="eV"))
        case kinds.VacancyMechanism():
            imposed = law.fraction is not None
            places = [] if imposed else ["formation_energy"]
            energies = [*places, "migration_energy"]
            return _of_hops(law, law, energies, "attempt_frequency")
        case djx.kinetics.VacancyRelaxation():
            inner = (_inside("law", free) for free in _all_free(law.law))
            return (*inner, Free("sinks", Log(), 2.0, unit="1/m²"))
        case kinds.WithDivacancies():
            inner = (_inside("single", free) for free in _all_free(law.single))
            own = _of_hops(law.single, law, ["migration_energy"], "attempt_frequency")
            return (*inner, *own)
        case kinds.Substitutional():
            return _of_hops(law.host, law, ["exchange_energy"], "exchange_frequency")
        case kinds.Interstitial():
            energies, frequencies = (
                [p for p in paths(law) if re.match(rf"landscape\.{name}\b", p)]
                for name in ("saddle_energies", "attempt_frequencies")
            )
            return _of_hops(law, law, energies, *frequencies)
        case _:
            return None


def _of_hops(
    host: Any, law: Any, energies: list[str], *frequencies: str
) -> tuple[Free, ...]:
    """Energies and frequencies of hops, by path, one name for each of the host's
    classes of jumps."""

    def names(path: str) -> tuple[str, ...] | None:
        address = resolve(law, path)
        row = jtu.tree_leaves(law)[address.leaf]
        return tuple(f"{path}[{n}]" for n in host.jumps.names) if row.ndim else None

    return (
        *(Free(p, scale=0.3, unit="eV", name=names(p)) for p in energies),
        *(Free(p, Log(), 2.0, unit="Hz", name=names(p)) for p in frequencies),
    )


def _inside(prefix: str, free: Free, named: bool = False) -> Free:
    """A parameter of a part as one of the whole; `named` if parts are to be told."""
    name = f"{prefix}.{free.where}" if free.name is None else free.name
    if named and free.name is not None:
        told = (name,) if isinstance(name, str) else name
        told = tuple(f"{prefix}.{one}" for one in told)
        name = told[0] if isinstance(name, str) else told
    return Free(
        f"{prefix}.{free.where}",
        transform=free.transform,
        scale=free.scale,
        unit=free.unit,
        name=name,
        logged=free.logged,
    )
