"""Quantities written as words, such as "600 um" or "1000 degC", as SI numbers."""

import functools
import math
import re
from dataclasses import dataclass
from typing import Any

from ._errors import CaseError, nearest


@dataclass(frozen=True)
class _Kind:
    noun: str  # with its article
    si: str  # the unit of the number given back, as pint writes it
    example: str
    known: tuple[str, ...]  # the units named in a sentence; pint knows many more


KINDS = {
    "length": _Kind(
        "a length", "m", "600 um", ("m", "cm", "mm", "um", "nm", "angstrom", "inch")
    ),
    "time": _Kind(
        "a time", "s", "100 h", ("s", "min", "h", "hour", "day", "year", "Myr")
    ),
    "temperature": _Kind("a temperature", "K", "1000 degC", ("K", "degC", "degF")),
    "diffusivity": _Kind(
        "a diffusivity", "m**2/s", "1e-14 m^2/s", ("m^2/s", "cm^2/s", "um^2/s")
    ),
    "energy": _Kind(
        "an energy per atom", "eV", "2.0 eV", ("eV", "meV", "kJ/mol", "J/mol")
    ),
    "speed": _Kind("a speed", "m/s", "1e-8 m/s", ("m/s", "um/s", "um/h", "cm/s")),
    "flux": _Kind("a flux", "m/s", "1e-9 m/s", ("m/s", "um/h", "mol/m^2/s", "1/m^2/s")),
    "composition": _Kind(
        "a composition",
        "",
        "5 at%",
        ("mole fraction", "at%", "mol%", "at ppm", "mol/m^3", "1/m^3"),
    ),
}

# Words for composition that pint does not know.
_FRACTIONS = {
    "mole fraction": 1.0,
    "atom fraction": 1.0,
    "atomic fraction": 1.0,
    "fraction": 1.0,
    "at%": 1e-2,
    "at.%": 1e-2,
    "at %": 1e-2,
    "at. %": 1e-2,
    "atom%": 1e-2,
    "atomic percent": 1e-2,
    "mol%": 1e-2,
    "mol %": 1e-2,
    "mol.%": 1e-2,
    "mole percent": 1e-2,
    "at ppm": 1e-6,
    "at.ppm": 1e-6,
    "mol ppm": 1e-6,
}
# Any scale: the shape alone matters, as for a tracer counted in a detector.
_ARBITRARY = ("arbitrary", "arb. units", "a.u.", "counts", "counts/s", "cps")
_WEIGHT = ("wt%", "wt.%", "wt %", "weight%", "weight percent", "mass%", "wt ppm")
_VAGUE = ("%", "percent", "ppm")

_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*?)\s*$")


@functools.cache
def _registry() -> Any:
    try:
        import pint
    except ModuleNotFoundError as e:  # pragma: no cover
        raise ModuleNotFoundError(
            'units in files need pint: `pip install "diffjax[cli]"`.', name="pint"
        ) from e
    return pint.UnitRegistry()


def _kind(kind: str) -> _Kind:
    if kind not in KINDS:
        raise ValueError(f"`kind` must be one of {', '.join(KINDS)}; got {kind!r}.")
    return KINDS[kind]


def is_fraction(unit: str) -> bool:
    """Whether `unit` says that values are fractions, thus between 0 and 1."""
    return unit.strip() in _FRACTIONS


def unit_factor(unit: str, kind: str, given: str | None = None) -> float:
    """How many SI units one `unit` is.

    **Arguments:**

    - `unit`: the unit in words, e.g. `"um"`, `"at%"`, `"kJ/mol"`.
    - `kind`: what is measured: `"length"`, `"time"`, `"diffusivity"`, `"energy"` (per
        atom, in eV), `"speed"` or `"composition"` (as mole fraction, or mol/m³).
    - `given`: what the user wrote, for the sentence; `unit` if left out.

    **Returns:**

    A number without unit.

    **Raises:** [`diffjax.storage.CaseError`][] for an unknown unit or one of another
    kind.
    """
    return _convert(1.0, unit, kind, given or unit)


def unit_line(unit: str, kind: str) -> tuple[float, float]:
    """SI units of one `unit` more, and of zero: 1 and 273.15 K for `"degC"`.

    **Arguments:**

    - `unit`, `kind`: as for `unit_factor`; `kind` may be `"temperature"` too.

    **Raises:** as `unit_factor`.
    """
    factor = unit_factor(unit, kind)
    if kind != "temperature":
        return factor, 0.0
    zero = _convert(0.0, unit, kind, unit)
    return factor - zero, zero


def _unknown(unit: str, kind: str, given: str) -> CaseError:
    known = _kind(kind).known
    near = nearest(unit, (*known, *_FRACTIONS) if kind == "composition" else known)
    quoted = ", ".join(f'"{k}"' for k in known)
    where = f'unknown unit "{unit}"' + (f' in "{given}"' if given != unit else "")
    if near is None:
        return CaseError(f"{where}; {_kind(kind).noun} may be in {quoted}.")
    return CaseError(f'{where}; did you mean "{near}"?')


def _convert(number: float, unit: str, kind: str, given: str) -> float:
    k = _kind(kind)
    unit = unit.strip()
    if kind == "composition":
        if unit in _FRACTIONS:
            return number * _FRACTIONS[unit]
        if unit in _ARBITRARY:
            return number
        if unit in _WEIGHT:
            raise CaseError(
                f'"{given}" is by weight; convert it to atoms first and write "at%" '
                'or "mole fraction".'
            )
        if unit in _VAGUE:
            raise CaseError(
                f'"{given}" does not say by atoms or by weight; write "at%", "mol%" '
                'or "at ppm".'
            )
    if kind == "temperature" and unit in ("C", "°C", "celsius", "Celsius"):
        unit = "degC"
    if unit == "":
        if kind == "composition":
            return number
        raise CaseError(
            f'"{given}" has no unit; write {k.noun} with one, e.g. "{k.example}".'
        )
    registry = _registry()
    try:
        spelled = re.sub(r"(?<=[A-Za-zµμ])(-?\d+)", r"**\1", unit.replace("·", "*"))
        if "delta" in spelled:  # a difference of temperatures, not a temperature
            raise ValueError
        parsed = registry.Unit(spelled)
    except Exception:  # pint raises many kinds: undefined, syntax, token, assertion
        raise _unknown(unit, kind, given) from None
    for target in _targets(kind):
        wanted = registry.Unit(target)
        if parsed.dimensionality == wanted.dimensionality:
            return float(registry.Quantity(number, parsed).to(wanted).magnitude)
        if kind == "energy":
            per_mole = registry.Unit("J/mol")
            if parsed.dimensionality == per_mole.dimensionality:
                energy = registry.Quantity(number, parsed) / registry.avogadro_constant
                return float(energy.to(wanted).magnitude)
    other = next(
        (
            o.noun
            for name, o in KINDS.items()
            if name not in ("composition", "flux")
            and registry.Unit(o.si).dimensionality == parsed.dimensionality
        ),
        f'not {k.noun} ("{unit}" is {parsed.dimensionality})',
    )
    raise CaseError(f'"{given}" is {other}; {k.noun} is wanted, e.g. "{k.example}".')


def _targets(kind: str) -> tuple[str, ...]:
    if kind == "composition":
        return ("mol/m**3", "1/m**3", "kg/m**3")
    if kind == "flux":
        return ("m/s", "mol/m**2/s", "1/m**2/s", "kg/m**2/s")
    return (_kind(kind).si,)


def quantity(text: Any, kind: str) -> float:
    """A quantity in words as an SI number.

    **Arguments:**

    - `text`: number and unit, e.g. `"600 um"`, `"1000 degC"`, `"100 h"`, `"5 at%"`. A
        composition may be a bare number: a mole fraction.
    - `kind`: as for [`diffjax.storage.unit_factor`][], or `"temperature"`.

    **Returns:**

    The number in m, s, K, m²/s, eV per atom, m/s, or as mole fraction (mol/m³ when the
    unit is one of concentration).

    **Raises:** [`diffjax.storage.CaseError`][], one sentence, for a missing or unknown
    unit, a unit of another kind, a time or diffusivity below zero, and a temperature
    not above absolute zero.

    !!! example

        ```python
        djx.storage.quantity("100 h", "time")  # 360000.0
        ```
    """
    k = _kind(kind)
    if isinstance(text, int | float) and not isinstance(text, bool):
        if kind == "composition":
            number, unit, given = float(text), "", f"{text}"
        else:
            raise CaseError(
                f'{text} has no unit; write {k.noun} with one, e.g. "{k.example}".'
            )
    elif isinstance(text, str):
        match = _NUMBER.match(text)
        if match is None:
            raise CaseError(
                f'"{text}" does not start with a number; write {k.noun} as in '
                f'"{k.example}".'
            )
        number, unit, given = float(match[1]), match[2], text
    else:
        raise CaseError(f'{text!r} is not {k.noun}; write it as in "{k.example}".')
    value = _convert(number, unit, kind, given)
    if not math.isfinite(value):
        raise CaseError(f'"{given}" is too large a number.')
    if kind == "temperature" and value <= 0:
        raise CaseError(f'"{given}" is not above absolute zero (0 K, -273.15 degC).')
    if kind in ("time", "diffusivity", "speed") and value < 0:
        raise CaseError(f'"{given}" is negative; {k.noun} cannot be.')
    return value
