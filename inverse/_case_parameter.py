"""A number of a case that is held, or free with a start and a prior."""

import dataclasses
from typing import Any

from pydantic import PlainValidator

import diffjax as djx

from ._parameters import Free
from ._priors import AbstractPrior, LogNormal, Normal
from ._transforms import Log


@dataclasses.dataclass(frozen=True)
class Parameter:
    """What a case says of one number.

    **Attributes:**

    - `value`: in SI units: held, or where a free one starts; `None` if that is open.
    - `free`: whether a fit may change it.
    - `prior`: what is known of it, or `None`.
    """

    value: float | None
    free: bool
    prior: AbstractPrior | None = None

    def local(self, unit: str = "", positive: bool = False) -> float | Free:
        """As a local parameter of an experiment.

        **Arguments:**

        - `unit`: for reports.
        - `positive`: whether it is found by its logarithm.
        """
        if not self.free:
            assert self.value is not None
            return self.value
        start = dict(init=self.value, prior=self.prior, unit=unit)
        if positive:
            return Free(transform=Log(), scale=1.0, **start)  # pyright: ignore
        return Free(**start)  # pyright: ignore


FREE = Parameter(None, True)


def parameter(kind: str, positive: bool = False) -> PlainValidator:
    """Reads a quantity (held), `"free"`, or a table with `free`, where it starts.

    The table may say how well that is known: `sd`, a standard deviation, or of what is
    positive `factor`, a standard deviation as a factor.

    **Arguments:**

    - `kind`: as in [`diffjax.storage.quantity`][], or `"number"`.
    - `positive`: whether zero and less are refused.
    """
    word = "factor" if positive else "sd"

    def read(value: Any) -> Parameter:
        if value == "free":
            return FREE
        if not isinstance(value, dict):
            return Parameter(number(value), False)
        for key in value:
            if key not in ("free", word):
                end = djx.storage.suggestion(key, ("free", word))
                raise djx.storage.CaseError(f"unknown key `{key}`; {end}")
        if "free" not in value:
            raise djx.storage.CaseError(
                "`free` is missing: the value to start from, as in { free = ... }."
            )
        start = number(value["free"])
        if word not in value:
            return Parameter(start, True)
        if positive:
            return Parameter(start, True, LogNormal(start, _factor(value[word])))
        spread = _quantity(value[word], kind)
        if spread <= 0:
            raise djx.storage.CaseError(f"`sd` must be above zero; got {value[word]}.")
        return Parameter(start, True, Normal(start, spread))

    def number(value: Any) -> float:
        out = _quantity(value, kind)
        if positive and out <= 0:
            raise djx.storage.CaseError(f"{value} must be above zero.")
        return out

    return PlainValidator(read)


def _quantity(value: Any, kind: str) -> float:
    if kind != "number":
        return djx.storage.quantity(value, kind)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise djx.storage.CaseError(f"{value!r} is not a number.")
    return float(value)


def _factor(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 1:
        raise djx.storage.CaseError(
            f"`factor` must be a number above 1, a standard deviation as a factor; got "
            f"{value!r}."
        )
    return float(value)
