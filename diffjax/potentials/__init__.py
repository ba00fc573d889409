"""Potentials: the energy of a particle at one point, whose slope is a force."""

from ._body_force import BodyForce as BodyForce, Centrifuge as Centrifuge
from ._elastic import Elastic as Elastic, Stress as Stress
from ._electric import Electric as Electric
from ._field import Field as Field
from ._potential import (
    AbstractPotential as AbstractPotential,
    Energy as Energy,
    potential_of as potential_of,
    Total as Total,
)
from ._segregation import (
    atmosphere as atmosphere,
    excess as excess,
    occupancy as occupancy,
)
from ._soret import Soret as Soret
