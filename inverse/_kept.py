"""Objects of the packages as plain JSON, and back, every number exact."""

import dataclasses
import importlib
import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np


# Classes and functions of these are found again by name; of others only by likeness.
_HOMES = ("diffjax", "inverse", "equinox", "optimistix", "optax", "jax", "numpy")


class StandIn(eqx.Module):
    """Takes the place of an object whose class is not known here, with its numbers.

    **Attributes:**

    - `class_name`: of what it stands for.
    - `parts`: its fields, without those that are static.
    - `names`: of these.
    - `still`: names and values of the static ones.
    """

    class_name: str = eqx.field(static=True)
    parts: tuple[Any, ...]
    names: tuple[str, ...] = eqx.field(static=True)
    still: tuple[tuple[str, Any], ...] = eqx.field(static=True)

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("__"):
            if name in self.names:
                return self.parts[self.names.index(name)]
            for known, value in self.still:
                if known == name:
                    return value
        raise AttributeError(f"{name!r}: {_unknown(self.class_name)}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Raises: what it stands for is not here."""
        raise ValueError(_unknown(self.class_name))


class Absent:
    """Takes the place of a function that is not known here; raises when it is used."""

    def __init__(self, word: str):
        self.word = word

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise ValueError(_unknown(self.word))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Absent) and other.word == self.word

    def __hash__(self) -> int:
        return hash(self.word)


def _unknown(word: str) -> str:
    return (
        f"`{word}` is not in the file, which holds numbers and names: load it again "
        "with `like=`, e.g. the model and the experiments that the fit was given."
    )


def plain(thing: Any) -> dict[str, Any]:
    """Anything made of modules, dataclasses, containers, arrays and numbers, as JSON.

    Arrays are written once each, floats by `repr`, and numbers that are not finite as
    words. Of functions and classes only the names are kept.

    **Arguments:**

    - `thing`: of any units and shapes.

    **Returns:**

    `arrays`, and the `tree` that refers to them.
    """
    writer = _Writer()
    tree = writer.node(thing)
    return {"arrays": writer.arrays, "tree": tree}


def revived(kept: dict[str, Any], like: Any = None) -> Any:
    """What `plain` was given.

    **Arguments:**

    - `kept`: what `plain` gave.
    - `like`: anything that holds the classes and functions which are not of these
        packages, in the order in which they were met.

    **Returns:**

    The object; what is not known has a `StandIn` or `Absent` in its place.

    **Raises:** `ValueError` if a class has other fields than when it was written, or
    JAX runs in single precision.
    """
    known = _Writer()
    known.node(like)
    return _Reader(kept["arrays"], known).node(kept["tree"])


class _Writer:
    """Walks an object; notes its arrays, and what is known by likeness only."""

    def __init__(self) -> None:
        self.arrays: list[dict[str, Any]] = []
        self.numbers: dict[tuple, int] = {}
        self.functions: dict[str, list[Any]] = {}
        self.classes: dict[str, type] = {}

    def node(self, x: Any) -> Any:
        if isinstance(x, np.generic):
            x = x.item()
        if x is None or isinstance(x, bool | int | str):
            return x
        if isinstance(x, float):
            return x if math.isfinite(x) else {"float": repr(x)}
        if isinstance(x, jax.Array | np.ndarray):
            return {"jax" if isinstance(x, jax.Array) else "numpy": self.array(x)}
        if type(x) is list:
            return [self.node(one) for one in x]
        if type(x) is tuple:
            return {"tuple": [self.node(one) for one in x]}
        if type(x) is dict:
            return {"dict": [[self.node(k), self.node(v)] for k, v in x.items()]}
        if isinstance(x, type):
            return {"type": self.class_name(x)}
        cls = type(x)
        names = _names(x)
        if names is None:
            return {"function": self.function(x)}
        out: dict[str, Any] = {"class": self.class_name(cls)}
        if cls.__name__ in self.classes and self.classes[cls.__name__] is cls:
            out["node"] = issubclass(cls, eqx.Module | tuple)
            out["static"] = _static(cls)
        out["fields"] = {name: self.node(getattr(x, name)) for name in names}
        return out

    def array(self, x: Any) -> int:
        values = np.asarray(x)
        key = (values.dtype.str, values.shape, values.tobytes())
        if key not in self.numbers:
            self.numbers[key] = len(self.arrays)
            flat = values.reshape(-1).tolist()
            if values.dtype.kind == "f":
                flat = [v if math.isfinite(v) else repr(v) for v in flat]
            words = {"dtype": values.dtype.name, "shape": list(values.shape)}
            self.arrays.append({**words, "values": flat})
        return self.numbers[key]

    def class_name(self, cls: type) -> str:
        name = _public_name(cls)
        if _found(name) is cls:
            return name
        self.classes[cls.__name__] = cls
        return cls.__name__

    def function(self, x: Any) -> dict[str, Any]:
        module, name = getattr(x, "__module__", ""), getattr(x, "__qualname__", "")
        if _found(f"{module}.{name}") is x:
            return {"home": f"{module}.{name}"}
        name = name or type(x).__qualname__
        same = self.functions.setdefault(name, [])
        for number, other in enumerate(same):
            if other is x:
                return {"name": name, "number": number}
        same.append(x)
        return {"name": name, "number": len(same) - 1}


class _Reader:
    """Undoes a writer."""

    def __init__(self, arrays: list[dict[str, Any]], known: _Writer):
        self.arrays, self.known = arrays, known

    def node(self, x: Any) -> Any:
        if isinstance(x, list):
            return [self.node(one) for one in x]
        if not isinstance(x, dict):
            return x
        if "class" in x:
            return self.object(x)
        ((kind, inside),) = x.items()
        match kind:
            case "float":
                return float(inside)
            case "jax":
                return _as_jax(self.array(inside))
            case "numpy":
                return self.array(inside)
            case "tuple":
                return tuple(self.node(one) for one in inside)
            case "dict":
                return {self.node(key): self.node(value) for key, value in inside}
            case "type":
                return self.cls(inside) or Absent(inside)
            case "function":
                return self.function(inside)
        raise ValueError(f"the file holds a {kind!r} that this version does not know.")

    def array(self, number: int) -> np.ndarray:
        one = self.arrays[number]
        dtype = np.dtype(one["dtype"])
        return np.array(one["values"], dtype=dtype).reshape(one["shape"])

    def cls(self, name: str) -> Any:
        return _found(name) or self.known.classes.get(name)

    def function(self, told: dict[str, Any]) -> Any:
        if "home" in told:
            return _found(told["home"]) or Absent(told["home"])
        same = self.known.functions.get(told["name"], [])
        return same[told["number"]] if told["number"] < len(same) else Absent(
            told["name"]
        )  # fmt: skip

    def object(self, told: dict[str, Any]) -> Any:
        name: str = told["class"]
        cls: Any = self.cls(name)
        fields = {k: self.node(v) for k, v in told["fields"].items()}
        if cls is None and "static" not in told:
            raise ValueError(
                f"this version of diffjax has no `{name}`: the fit was written by "
                "another one."
            )
        if cls is None:
            still = [(k, fields.pop(k)) for k in told["static"]]
            if not told["node"]:
                return Absent(name)
            return StandIn(name, tuple(fields.values()), tuple(fields), tuple(still))
        if issubclass(cls, tuple):
            return cls(**fields)
        if dataclasses.is_dataclass(cls):
            wanted = {f.name for f in dataclasses.fields(cls)}
            if wanted != set(fields):
                odd = ", ".join(sorted(wanted ^ set(fields)))
                raise ValueError(
                    f"`{name}` has other fields than when the fit was written ({odd}): "
                    "the fit was written by another version."
                )
        out = object.__new__(cls)  # pyright: ignore[reportArgumentType]
        for key, value in fields.items():
            object.__setattr__(out, key, value)
        return out


def _names(x: Any) -> list[str] | None:
    """Names of the fields of an object; `None` of what is a function."""
    cls = type(x)
    if isinstance(x, tuple):
        return list(getattr(cls, "_fields"))
    if dataclasses.is_dataclass(cls):
        return [f.name for f in dataclasses.fields(cls) if hasattr(x, f.name)]
    ours = cls.__module__.split(".")[0] in ("diffjax", "inverse")
    return list(vars(x)) if ours and hasattr(x, "__dict__") else None


def _static(cls: type) -> list[str]:
    if not dataclasses.is_dataclass(cls):
        return []
    return [f.name for f in dataclasses.fields(cls) if f.metadata.get("static")]


def _public_name(cls: type) -> str:
    """`diffjax.diffusivity.Constant` where that is the class; its private home else."""
    parts = cls.__module__.split(".")
    public = ".".join([p for p in parts if not p.startswith("_")] + [cls.__qualname__])
    return public if _found(public) is cls else f"{cls.__module__}.{cls.__qualname__}"


def _found(name: str) -> Any:
    """A class or function of the packages by its full name; `None` if there is none."""
    if name.split(".")[0] not in _HOMES or "<" in name:
        return None
    module, _, last = name.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), last, None)
    except ImportError:
        return None
    # Not what a module of theirs has from elsewhere.
    home = str(getattr(found, "__module__", "")).split(".")[0]
    return found if home in _HOMES and callable(found) else None


def _as_jax(values: np.ndarray) -> jax.Array:
    out = jnp.asarray(values)
    if out.dtype != values.dtype:
        raise ValueError(
            "the file needs double precision: call "
            "`jax.config.update('jax_enable_x64', True)` first."
        )
    return out
