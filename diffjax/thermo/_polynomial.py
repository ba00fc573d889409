"""From symbols to sums of powers: the functions of temperature in a TDB file."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ._temperature import OfTemperature


def of_expression(
    expression: Any, symbols: Mapping[str, Any], scale: float = 1.0
) -> OfTemperature:
    r"""A function of temperature from a symbolic expression in T.

    **Arguments:**

    - `expression`: of symengine, in J/mol: a sum of $T^p (\ln T)^q$, or one in each of
        several ranges.
    - `symbols`: the functions that it may name.
    - `scale`: a factor for all of it, no unit.

    **Returns:** the same function; its first and last range go on for ever.

    **Raises:** `ValueError` if it is no such sum.
    """
    limits = sorted(_limits(expression, symbols))
    if len(limits) < 2:
        limits = [0.0, 1e5]
    middles = [0.5 * (a + b) for a, b in zip(limits, limits[1:])]
    pieces = [_terms(_resolved(expression, symbols, t), expression) for t in middles]
    terms = tuple(sorted({term for piece in pieces for term in piece})) or ((0, 0),)
    table = np.array([[piece.get(term, 0.0) for term in terms] for piece in pieces])
    return OfTemperature(scale * table, terms, limits[1:-1])


def _pairs(piecewise: Any) -> list[tuple[Any, Any]]:
    arguments = piecewise.args
    return list(zip(arguments[::2], arguments[1::2]))


def _is_piecewise(expression: Any) -> bool:
    return type(expression).__name__ == "Piecewise"


def _limits(expression: Any, symbols: Mapping[str, Any]) -> set[float]:
    """Every temperature at which some branch begins or ends."""
    found: set[float] = set()
    if _is_piecewise(expression):
        for value, condition in _pairs(expression):
            found |= _numbers(condition) | _limits(value, symbols)
        return found
    name = str(expression)
    if name in symbols:
        return _limits(symbols[name], symbols)
    for part in getattr(expression, "args", ()):
        found |= _limits(part, symbols)
    return found


def _numbers(condition: Any) -> set[float]:
    if getattr(condition, "is_Number", False):
        value = float(condition)
        return {value} if np.isfinite(value) else set()
    return set().union(*(_numbers(part) for part in getattr(condition, "args", ())))


def _resolved(expression: Any, symbols: Mapping[str, Any], temperature: float) -> Any:
    """The expression without branches or names, as it holds about a temperature."""
    if _is_piecewise(expression):
        for value, condition in _pairs(expression):
            variables = {s: temperature for s in condition.free_symbols}
            if bool(condition.subs(variables)):
                return _resolved(value, symbols, temperature)
        return 0
    name = str(expression)
    if name in symbols:
        return _resolved(symbols[name], symbols, temperature)
    if not getattr(expression, "args", ()):
        return expression
    parts = [_resolved(part, symbols, temperature) for part in expression.args]
    return expression.func(*parts)


def _terms(expression: Any, whole: Any) -> dict[tuple[int, int], float]:
    from symengine import expand, sympify

    expanded = expand(sympify(expression))
    adds = type(expanded).__name__ == "Add"
    found: dict[tuple[int, int], float] = {}
    for term in expanded.args if adds else (expanded,):
        factor, p, q = 1.0, 0, 0
        multiplies = type(term).__name__ == "Mul"
        for part in term.args if multiplies else (term,):
            base, power = part, 1.0
            number = getattr(part, "is_Number", False)
            if type(part).__name__ == "Pow" and part.args[1].is_Number:
                base, power = part.args[0], float(part.args[1])
            log = type(base).__name__.lower() == "log" and str(base.args[0]) == "T"
            if number:
                factor *= float(part)
            elif (str(base) == "T" or log) and power == int(power):
                p, q = (p, q + int(power)) if log else (p + int(power), q)
            else:
                raise ValueError(
                    "`source` must have sums of powers of T and ln T as functions of "
                    f"temperature; got {part} in {whole}."
                )
        found[p, q] = found.get((p, q), 0.0) + factor
    return found
