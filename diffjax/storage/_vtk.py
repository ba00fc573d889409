"""Solutions for ParaView."""

from pathlib import Path

import numpy as np

from .._solution import Solution
from ._errors import CaseError
from ._folder import whole_folder
from ._xarray import field_over_time, needed


HIDDEN = 32  # VTK's mark of a cell that is not drawn


def write_vtk(
    solution: Solution, folder: str | Path, name: str = "composition"
) -> Path:
    """Writes a solution for ParaView: a rectilinear grid per save time, by PyEVTK.

    **Arguments:**

    - `solution`: of [`diffjax.solve`][], on a planar grid with one to three axes.
    - `folder`: gets `solution.pvd`, which ParaView opens as a movie, and one
        `field_0000.vtr` per save time. New files replace those of the same names when
        all are whole.
    - `name`: of the field.

    **Returns:**

    The path of `solution.pvd`. Positions are in m, times in s; values belong to cells,
    and void cells hold NaN and are hidden.

    **Raises:** `ModuleNotFoundError` without the extra `io`;
    [`diffjax.storage.CaseError`][] if the place cannot be written to, or if the grid is
    radial.
    """
    grid = solution.grid
    if grid.geometry != "planar":
        raise CaseError(
            f"`write_vtk` draws planar grids; got a {grid.geometry} one: use "
            "`diffjax.storage.save_solution`, or `write_netcdf`."
        )
    needed("pyevtk", "VTK files")
    from pyevtk.hl import gridToVTK
    from pyevtk.vtk import VtkGroup

    faces = [np.asarray(axis.faces) for axis in grid.axes]
    # An axis that the grid lacks has one position and no cells of its own.
    faces += [np.zeros(1, faces[0].dtype)] * (3 - grid.dimension)
    shape = (*grid.shape, *(1,) * (3 - grid.dimension))
    solid = getattr(grid, "solid", None)
    hidden = {}
    if solid is not None:
        marks = np.where(np.asarray(solid), 0, HIDDEN).astype(np.uint8)
        hidden = {"vtkGhostType": marks.reshape(shape)}
    with whole_folder(folder) as partial:
        group = VtkGroup(str(partial / "solution"))
        for i, (time, field) in enumerate(
            zip(np.asarray(solution.ts), field_over_time(solution))
        ):
            file = gridToVTK(
                str(partial / f"field_{i:04d}"),
                *faces,
                cellData={name: field.reshape(shape), **hidden},
            )
            group.addFile(file, sim_time=float(time))
        group.save()
    return Path(folder) / "solution.pvd"
