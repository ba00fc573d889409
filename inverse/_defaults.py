"""What is free of a law if nobody says."""

import re
from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import jax.tree_util as jtu
from jaxtyping import PyTree

import diffjax as djx

from ._cholesky import LogCholesky
from ._parameters import Derived, Free, paths, resolve
from ._transforms import Log


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


def declared_free(
    model: PyTree, free: Sequence[Free | Derived] | Free | None
) -> tuple[Free | Derived, ...]:
    """What a caller declares free, as a tuple; `default_free` for `None`.

    **Arguments:**

    - `model`, `free`: as in [`inverse.fit`][]; of any unit and shape.
    """
    if free is None:
        return default_free(model)
    return (free,) if isinstance(free, Free) else tuple(free)


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
        case kinds.Tensor():
            return (Free("value", LogCholesky(), unit="m²/s", name="D"),)
        case kinds.Along():
            return tuple(_inside("law", free) for free in _all_free(law.law))
        case kinds.Network():
            weights = (Free(path, scale=1.0) for path in paths(law.module))
            return tuple(_inside("module", free) for free in weights)
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
        row = resolve(law, path).place.shape
        return tuple(f"{path}[{n}]" for n in host.jumps.names) if row else None

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
