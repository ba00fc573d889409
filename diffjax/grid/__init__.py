"""Grids, the walls around them, and fields on them."""

from ._crossing import crossing as crossing
from ._fields import (
    cell_averages as cell_averages,
    interpolate as interpolate,
    step as step,
)
from ._gas import Gas as Gas
from ._grid import (
    AXES as AXES,
    Axis as Axis,
    from_faces as from_faces,
    graded as graded,
    Grid as Grid,
    uniform as uniform,
)
from ._sampling import sample as sample, section as section
from ._timetable import Timetable as Timetable
from ._voxels import voxels as voxels
from ._wall import (
    AbstractWall as AbstractWall,
    Exchange as Exchange,
    FixedFlux as FixedFlux,
    FixedValue as FixedValue,
    NoFlux as NoFlux,
    Periodic as Periodic,
    Spot as Spot,
)
from ._walls import Patch as Patch, Walls as Walls
