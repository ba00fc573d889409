"""Stress and strain: Hooke's law, and elastic fields in closed form."""

from ._dislocations import (
    EdgeDislocation as EdgeDislocation,
    ScrewDislocation as ScrewDislocation,
)
from ._field import (
    AbstractElasticField as AbstractElasticField,
    Superposition as Superposition,
)
from ._inclusions import MisfittingSphere as MisfittingSphere
from ._plain import Bending as Bending, Uniform as Uniform
from ._stiffness import (
    AbstractStiffness as AbstractStiffness,
    Cubic as Cubic,
    Isotropic as Isotropic,
)
