"""Which numbers of a model are free, and where they are."""

import difflib
import math
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.tree_util as jtu
from jax.core import Tracer
from jaxtyping import Array, ArrayLike, Float, PyTree

import diffjax as djx

from ._joint import AbstractJointTransform
from ._priors import AbstractPrior, centre_of, Uniform
from ._slots import Place
from ._transforms import AbstractTransform, Identity, Interval


Where = str | Callable


class Free(eqx.Module):
    """A number, or an array of numbers, that a fit may change.

    Models do not declare what is free; they are addressed from outside, so any
    Equinox module can be fitted.
    """

    where: Where | tuple[Where, ...] | None = eqx.field(static=True)
    transform: AbstractTransform | AbstractJointTransform
    scale: Float[Array, ""] | None
    prior: AbstractPrior | None
    init: Float[Array, "..."] | None
    unit: str = eqx.field(static=True)
    name: str | tuple[str, ...] | None = eqx.field(static=True)
    logged: bool = eqx.field(static=True)

    def __init__(
        self,
        where: Where | Sequence[Where] | None = None,
        transform: AbstractTransform | AbstractJointTransform = Identity(),
        scale: ArrayLike | None = None,
        prior: AbstractPrior | Uniform | None = None,
        init: ArrayLike | None = None,
        unit: str = "",
        name: str | tuple[str, ...] | None = None,
        logged: bool = False,
    ):
        r"""**Arguments:**

        - `where`: the address of a floating-point array in the model: a path such as
            `"activation"`, `"law.log_values"` or `"law.log_values[2]"`, or a function
            such as `lambda model: model.law.activation`. Several addresses hold one
            number (or array) that is the same at all of them; with a joint transform
            they are what it maps. `None` for a local parameter of an experiment, whose
            place is known.
        - `transform`: the map to the real line in which the fit works, of each number
            ([`inverse.Log`][]) or of all together ([`inverse.LogCholesky`][]).
        - `scale`: a change of the transformed parameter that would surprise you; a
            scalar > 0. It decides what counts as undetermined. `None`: 1 for a
            logarithm, the prior's standard deviation, or the size of the starting
            value.
        - `prior`: what is known before the data, of the parameter in its own unit (of a
            joint transform: of each number that it reports). [`inverse.Uniform`][]
            brings its own transform.
        - `init`: where the fit starts, in the parameter's own unit; the model's value
            or a guess from the data if `None`.
        - `unit`: for reports.
        - `name`: for reports; for an array a tuple with one name for each element (of a
            joint transform: for each number that it reports).
        - `logged`: the array holds the logarithm of what is to be reported.

        **Raises:** `ValueError` if `scale` is not > 0, the centre of `prior` is outside
        what `transform` allows, or both bring a transform.

        !!! example

            ```python
            both = inv.Free(("fast.activation", "slow.activation"), unit="eV")
            ```
        """
        if where is None or isinstance(where, str) or callable(where):
            self.where = where
        else:
            self.where = tuple(where)
        if isinstance(prior, Uniform):
            if not isinstance(transform, Identity):
                raise ValueError(
                    "`Free(prior=Uniform(...))` brings its own transform, so that "
                    f"`transform` must be left out; got `{type(transform).__name__}`."
                )
            transform, prior = Interval(prior.lower, prior.upper), None
        self.transform = transform
        if scale is None:
            self.scale = None
        else:
            size = djx.real(scale)
            message = "`Free(scale=...)` must be one number > 0."
            self.scale = djx.require(size, (size > 0) & (size.ndim == 0), message)
        self.prior = None if prior is None else _possible(prior, transform)
        self.init = None if init is None else djx.real(init)
        self.unit = unit
        self.name = name
        self.logged = logged


class Derived(eqx.Module):
    """A number, or an array of numbers, that follows from the rest of the model.

    It is given among the free ones, is not free itself, and is put in after them; of
    several each may follow from those before it. With [`inverse.Fit`][]'s `predict` it
    gets its error.
    """

    where: Where = eqx.field(static=True)
    function: Callable[[Any], Any] = eqx.field(static=True)

    def __init__(self, where: Where, function: Callable[[Any], ArrayLike]):
        """**Arguments:**

        - `where`: its address, as in [`inverse.Free`][].
        - `function`: from the model to its value, in its own unit; a scalar or the
            shape of what is at the address; built from JAX operations.

        !!! example

            ```python
            half = inv.Derived("slow.prefactor", lambda model: model.fast.prefactor / 2)
            ```
        """
        self.where, self.function = where, function


def _possible(
    prior: AbstractPrior, transform: AbstractTransform | AbstractJointTransform
) -> AbstractPrior:
    """A prior whose centre the transform can reach."""
    centre = centre_of(prior)
    if centre is None or not isinstance(transform, AbstractTransform):
        return prior
    if isinstance(centre, Tracer) or jnp.isfinite(transform.forward(centre)):
        return prior
    range_of = type(transform).__name__
    if isinstance(transform, Interval):
        range_of += f"({float(transform.lower):g}, {float(transform.upper):g})"
    raise ValueError(
        "`Free(prior=...)` must have its centre inside the range of `transform`; got "
        f"{float(centre):g} with `{range_of}`."
    )


class Address(NamedTuple):
    """Where a free parameter sits, and its path."""

    place: Place
    path: str

    @property
    def size(self) -> int:
        """How many numbers are there."""
        return math.prod(self.place.shape)

    def meets(self, other: "Address") -> bool:
        """Whether both share a number."""
        mine, its = self.place, other.place
        all_of_it = mine.element is None or its.element is None
        return mine.leaf == its.leaf and (all_of_it or mine.element == its.element)


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
        return Address(Place(found.leaf, None, array.shape), path)
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
    return Address(Place(found.leaf, index, ()), f"{path}[{index}]")


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
    prior, transform = free.prior, free.transform
    if isinstance(transform, AbstractJointTransform):
        return jnp.ones(())
    if prior is not None:

        def distance(u):
            return prior.residual(transform.inverse(u))

        slope = jax.vmap(jax.grad(distance))(transform.forward(value))
        return 1.0 / jnp.max(jnp.abs(slope))
    if not isinstance(transform, Identity) or free.logged:
        return jnp.ones(())
    size = jnp.max(jnp.abs(value))
    return jnp.where(size > 0, size, 1.0)
