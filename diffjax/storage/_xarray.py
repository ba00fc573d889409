"""Solutions as named arrays, and these as NetCDF and Zarr."""

import importlib
import shutil
import tempfile
import uuid
from pathlib import Path
from typing import Any

import jax
import numpy as np

from .._results import RESULTS
from .._solution import Solution
from ._errors import CaseError
from ._folder import check_folder, whole_file
from ._versions import versions


def needed(name: str, what: str) -> Any:
    """A package of the extra `io`, or a sentence when it is not installed.

    **Arguments:**

    - `name`: of the package, as it is imported.
    - `what`: is wanted, for the sentence, in the plural.

    **Returns:** the module.

    **Raises:** `ModuleNotFoundError`.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as e:
        if e.name is None or e.name.split(".")[0] != name:
            raise
        raise ModuleNotFoundError(
            f'{what} need {name}: `pip install "diffjax[io]"`.', name=e.name
        ) from e


def field_over_time(solution: Solution) -> np.ndarray:
    """The field at the save times, NaN in void cells; shape `(times, *cells)`."""
    ys = np.array(solution.ys)
    solid = getattr(solution.grid, "solid", None)
    if solid is not None:
        ys[:, ~np.asarray(solid)] = np.nan
    return ys


def dataset(solution: Solution, name: str = "composition", unit: str = "") -> Any:
    """The solution as an `xarray.Dataset`: what `Solution.to_xarray` gives.

    **Arguments:**

    - `solution`: a [`diffjax.Solution`][].
    - `name`, `unit`: of the field, in words.

    **Returns:** an `xarray.Dataset`.

    **Raises:** `ModuleNotFoundError` without the extra `io`.
    """
    xarray = needed("xarray", "named arrays")
    grid = solution.grid
    names = ("x", "y", "z")[: grid.dimension] if grid.geometry == "planar" else ("r",)
    words = {"units": unit} if unit else {}
    fields: dict[str, Any] = {
        name: (("time", *names), field_over_time(solution), words)
    }
    places: dict[str, Any] = {
        "time": ("time", np.asarray(solution.ts), {"units": "s", "long_name": "time"})
    }
    for letter, axis in zip(names, grid.axes):
        faces, long = np.asarray(axis.faces), "radius" if letter == "r" else letter
        attributes = {"units": "m", "long_name": long, "bounds": f"{letter}_bounds"}
        places[letter] = (letter, np.asarray(axis.centres), attributes)
        pairs = np.stack([faces[:-1], faces[1:]], axis=-1)
        places[f"{letter}_bounds"] = ((letter, "side"), pairs)  # CF: units of the axis
    attributes = {
        "title": "diffusion, solved by diffjax",
        "geometry": grid.geometry,
        "result": str(RESULTS[solution.result]) or "successful",
        "diffjax_version": versions().get("diffjax", ""),
    }
    for tree, start in ((solution.stats, "stats"), (solution.balance, "balance")):
        for key, value in _leaves(tree, start):
            if value.ndim == 0:
                attributes[key] = value.item()
            elif value.shape[0] == len(solution.ts):
                others = tuple(f"{key}_{i}" for i in range(1, value.ndim))
                fields[key] = (("time", *others), value)
            elif value.ndim == 1:
                attributes[key] = value.tolist()
    return xarray.Dataset(fields, places, attributes)


def _leaves(tree: Any, start: str) -> list[tuple[str, np.ndarray]]:
    """Numbers and words in a tree, each with a name made of where it stands."""
    out = []
    for path, leaf in jax.tree_util.tree_flatten_with_path(tree)[0]:
        words = [
            str(getattr(p, "name", getattr(p, "key", getattr(p, "idx", p))))
            for p in path
        ]
        value = np.asarray(leaf)
        if value.dtype == bool:
            value = value.astype(int)  # files of this kind know no booleans
        if value.dtype.kind in "iufU":
            out.append(("_".join((start, *words)), value))
    return out


def write_netcdf(
    solution: Solution, path: str | Path, name: str = "composition", unit: str = ""
) -> Path:
    """Writes a solution as NetCDF-4, by xarray and h5netcdf.

    **Arguments:**

    - `solution`: of [`diffjax.solve`][].
    - `path`: of the file, e.g. `"plate.nc"`. One of this name is replaced, at the end
        and at once.
    - `name`, `unit`: of the field, as in `Solution.to_xarray`.

    **Returns:**

    The path. `xarray.open_dataset` reads it back: positions in m, times in s.

    **Raises:** `ModuleNotFoundError` without the extra `io`;
    [`diffjax.storage.CaseError`][] if the place cannot be written to.
    """
    data = dataset(solution, name, unit)
    needed("h5py", "NetCDF files")
    needed("h5netcdf", "NetCDF files")
    with whole_file(path) as partial:
        data.to_netcdf(partial, engine="h5netcdf")
    return Path(path)


def write_zarr(
    solution: Solution, path: str | Path, name: str = "composition", unit: str = ""
) -> Path:
    """Writes a solution as a Zarr store, a folder, by xarray and zarr.

    **Arguments:**

    - `solution`: of [`diffjax.solve`][].
    - `path`: of the folder, e.g. `"plate.zarr"`. A Zarr store of this name is replaced
        when the new one is whole.
    - `name`, `unit`: of the field, as in `Solution.to_xarray`.

    **Returns:**

    The path. `xarray.open_zarr` reads it back: positions in m, times in s.

    **Raises:** `ModuleNotFoundError` without the extra `io`;
    [`diffjax.storage.CaseError`][] if the place cannot be written to, or holds a folder
    that is not a Zarr store.
    """
    data = dataset(solution, name, unit)
    needed("zarr", "Zarr stores")
    path = check_folder(path)
    if path.exists() and any(path.iterdir()) and not (path / "zarr.json").exists():
        raise CaseError(f"{path}: a folder that is not a Zarr store is in the way.")
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        # Metadata stay with each array: gathered ones are no part of the format yet.
        data.to_zarr(partial, mode="w", zarr_format=3, consolidated=False)
        partial.chmod(0o755)
        old = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        if path.exists():
            path.rename(old)
        partial.rename(path)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return path
