"""`[[experiment]]` of a case that is a table of measured diffusivities."""

from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    model_validator,
    Tag,
)

import diffjax as djx

from ._case_data import NoiseTable
from ._case_experiments import AbstractExperimentTable, Lengths, list_of
from ._case_parameter import Parameter, parameter
from ._data import changed
from ._experiment import AbstractExperiment
from ._tables import diffusivities


_as_quantity = djx.storage.as_quantity


def _temperature_unit(unit: str) -> str:
    djx.storage.quantity(f"1000 {unit}", "temperature")
    return unit


def _diffusivity_unit(unit: str) -> str:
    djx.storage.unit_factor(unit, "diffusivity")
    return unit


class TemperatureColumn(djx.storage.AbstractTable):
    """A column of temperatures: `{ column = "T", unit = "degC" }`."""

    column: str
    unit: Annotated[str, AfterValidator(_temperature_unit)]


class DiffusivityColumn(djx.storage.AbstractTable):
    """A column of diffusivities: `{ column = "D", unit = "cm^2/s" }`."""

    column: str
    unit: Annotated[str, AfterValidator(_diffusivity_unit)]


class ShareColumn(djx.storage.AbstractTable):
    """A column of relative errors: `{ column = "error", unit = "%" }`."""

    column: str
    unit: Literal["fraction", "%"]


def _either(table: Any, numbers: Any) -> Any:
    return Annotated[
        Annotated[table, Tag("a table")]
        | Annotated[
            list[numbers], Field(min_length=1), BeforeValidator(list_of), Tag("a list")
        ],
        Discriminator(lambda v: "a table" if isinstance(v, dict) else "a list"),
    ]


_Temperature = Annotated[float, _as_quantity("temperature")]
_Diffusivity = Annotated[float, _as_quantity("diffusivity", positive=True)]
_Composition = Annotated[float, _as_quantity("composition")]
_Temperatures = _either(TemperatureColumn, _Temperature)
_Values = _either(DiffusivityColumn, _Diffusivity)
_Errors = _either(ShareColumn, Annotated[float, Field(gt=0)])
_Compositions = _either(djx.storage.ValueTable, _Composition)
_KINDS = dict(
    temperature="temperature",
    value="diffusivity",
    error="composition",
    composition="composition",
)


class DiffusivitiesTable(AbstractExperimentTable):
    """`[[experiment]]` of diffusivities: lists, or columns of a file.

    Without `value` they are planned.
    """

    kind: Literal["diffusivities"]  # pyright: ignore[reportIncompatibleVariableOverride]
    temperature: _Temperatures  # pyright: ignore
    value: _Values | None = None  # pyright: ignore
    error: _Errors | None = None  # pyright: ignore
    composition: _Compositions = [0.0]  # pyright: ignore
    bias: Annotated[Parameter, parameter("number")] = Parameter(0.0, False)
    noise: NoiseTable | None = None

    @model_validator(mode="after")
    def _columns_and_lists(self) -> "DiffusivitiesTable":
        tables = [k for k in _KINDS if not isinstance(getattr(self, k), list | None)]
        if tables and self.file is None:
            raise djx.storage.CaseError(
                f"`{tables[0]}` is a column, so that `file` is missing."
            )
        if self.file is not None and self.value is None:
            raise djx.storage.CaseError("`value` is missing.")
        if self.file is not None and not tables:
            raise djx.storage.CaseError("no key names a column of `file`.")
        if self.value is None and self.error is None:
            raise djx.storage.CaseError(
                "`value` is missing; or `error` is, if these are planned."
            )
        if self.noise is not None and self.noise.kind in ("poisson", "relative"):
            raise djx.storage.CaseError(
                f"`noise` of ln D cannot be {self.noise.kind}: `error` is relative "
                "already."
            )
        if not tables:
            count = len(self.temperature)
            for key in ("value", "error", "composition"):
                numbers = getattr(self, key)
                lengths = (1, count) if key != "value" else (count,)
                if numbers is not None and len(numbers) not in lengths:
                    raise djx.storage.CaseError(
                        f"`temperature` and `{key}` must be of one length; got {count} "
                        f"and {len(numbers)}."
                    )
        return self

    def temperatures(self, folder: Path) -> list[float]:
        """See `AbstractExperimentTable.temperatures`."""
        return self._numbers("temperature", folder).tolist()

    @property
    def steady(self) -> bool:
        """See `AbstractExperimentTable.steady`."""
        return True

    @property
    def measured(self) -> bool:
        """See `AbstractExperimentTable.measured`."""
        return self.value is not None

    def build(self, folder: Path, lengths: Lengths | None) -> list[AbstractExperiment]:
        """See `AbstractExperimentTable.build`."""
        del lengths
        temperature = self._numbers("temperature", folder)
        count = len(temperature)
        value, error, c = (
            self._numbers(key, folder) for key in ("value", "error", "composition")
        )
        spread = lambda x: np.broadcast_to(x, count) if len(x) == 1 else x
        name = self.name or (Path(self.file).stem if self.file else "diffusivities")
        out = diffusivities(
            temperature,
            value if self.measured else np.ones(count),
            None if self.error is None else spread(error),
            spread(c),
            bias=self.bias.local(),
            name=name,
            noise=None if self.noise is None else self.noise.build(1.0),
        )
        if not self.measured:
            out = changed(out, data=changed(out.data, measured=False))
        return [out]

    def _numbers(self, key: str, folder: Path) -> np.ndarray:
        """A key's numbers in SI units; empty for what is left out."""
        given = getattr(self, key)
        if given is None or isinstance(given, list):
            return np.array([] if given is None else given, dtype=float)
        assert self.file is not None
        table = djx.storage.CsvTable(folder / self.file)
        share = key == "error"
        unit = "fraction" if share else given.unit
        column = djx.storage.Column(given.column, unit)
        if key == "composition":
            return table.compositions(column)
        found = table.numbers(column, _KINDS[key])
        if np.any(bad := ~(found > 0)):
            row = int(np.argmax(bad))
            raise djx.storage.CaseError(
                f"{table.at(row, column)}: "
                f"{table.rows[row][1][table.header.index(column.name)]} is not above "
                "zero."
            )
        return found / 100 if share and given.unit == "%" else found
