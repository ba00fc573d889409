"""Cases, data and results as files. Loaded when used: it needs pydantic and pint."""

import importlib
from typing import Any, TYPE_CHECKING


if TYPE_CHECKING:
    from ._case import read_case as read_case, RunCase as RunCase
    from ._csv import (
        Column as Column,
        CsvTable as CsvTable,
    )
    from ._errors import (
        CalculationError as CalculationError,
        CaseError as CaseError,
        suggestion as suggestion,
    )
    from ._fields import (
        AbstractTable as AbstractTable,
        as_quantity as as_quantity,
        read_tables as read_tables,
    )
    from ._folder import check_folder as check_folder, whole_folder as whole_folder
    from ._parts import (
        AnnealTable as AnnealTable,
        build_anneal as build_anneal,
        PositionTable as PositionTable,
        ValueTable as ValueTable,
    )
    from ._save import (
        save_solution as save_solution,
        strict as strict,
        write_json as write_json,
    )
    from ._toml import Document as Document
    from ._units import (
        is_fraction as is_fraction,
        quantity as quantity,
        unit_factor as unit_factor,
    )
    from ._versions import versions as versions
    from ._vtk import write_vtk as write_vtk
    from ._xarray import write_netcdf as write_netcdf, write_zarr as write_zarr

_FILES = {
    "_case": ("read_case", "RunCase"),
    "_csv": ("Column", "CsvTable"),
    "_errors": ("CalculationError", "CaseError", "suggestion"),
    "_fields": ("as_quantity", "read_tables", "AbstractTable"),
    "_folder": ("check_folder", "whole_folder"),
    "_parts": ("AnnealTable", "build_anneal", "PositionTable", "ValueTable"),
    "_save": ("save_solution", "strict", "write_json"),
    "_toml": ("Document",),
    "_units": ("is_fraction", "quantity", "unit_factor"),
    "_versions": ("versions",),
    "_vtk": ("write_vtk",),
    "_xarray": ("write_netcdf", "write_zarr"),
}
_HOME = {name: file for file, names in _FILES.items() for name in names}
_EXTRA = {"pydantic", "pydantic_core", "pint", "typer", "rich"}


def __dir__() -> list[str]:
    return sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module `diffjax.storage` has no attribute `{name}`")
    try:
        value = getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
    except ModuleNotFoundError as e:
        if e.name is None or e.name.split(".")[0] not in _EXTRA:
            raise
        raise ModuleNotFoundError(
            f'`diffjax.storage.{name}` needs {e.name}: `pip install "diffjax[cli]"`.',
            name=e.name,
        ) from e
    globals()[name] = value
    return value
