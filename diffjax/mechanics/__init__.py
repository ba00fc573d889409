"""Elasticity: stiffness, strain and stress in closed form and on periodic grids."""

from ._cut_cells import cut_cells as cut_cells, CutCells as CutCells
from ._dislocations import (
    EdgeDislocation as EdgeDislocation,
    ScrewDislocation as ScrewDislocation,
)
from ._field import (
    AbstractElasticField as AbstractElasticField,
    SumOfFields as SumOfFields,
    UniformStrain as UniformStrain,
    UniformStress as UniformStress,
)
from ._grid_fields import grid_fields as grid_fields, GridField as GridField
from ._layers import BentBeam as BentBeam, MisfitLayer as MisfitLayer
from ._periodic import (
    periodic_fields as periodic_fields,
    PeriodicFields as PeriodicFields,
)
from ._plate import CoatedPlate as CoatedPlate
from ._rows import (
    misfit_rows as misfit_rows,
    MisfitRow as MisfitRow,
    TiltWall as TiltWall,
)
from ._sphere import MisfittingSphere as MisfittingSphere
from ._stiffness import (
    AbstractStiffness as AbstractStiffness,
    CubicStiffness as CubicStiffness,
    GeneralStiffness as GeneralStiffness,
    IsotropicStiffness as IsotropicStiffness,
)
from ._vegard import (
    film_stress as film_stress,
    plate_stress as plate_stress,
    sphere_stress as sphere_stress,
    SphereStress as SphereStress,
    vegard_strain as vegard_strain,
)
