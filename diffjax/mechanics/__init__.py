"""Elasticity: stiffness, strain and stress fields in closed form and on periodic grids."""

from ._field import (
    AbstractElasticField as AbstractElasticField,
    SumOfFields as SumOfFields,
    UniformStrain as UniformStrain,
    UniformStress as UniformStress,
)
from ._stiffness import (
    AbstractStiffness as AbstractStiffness,
    CubicStiffness as CubicStiffness,
    GeneralStiffness as GeneralStiffness,
    IsotropicStiffness as IsotropicStiffness,
)
