"""Potentials: the energy of a particle at one point, whose slope is a force."""

from ._potential import (
    AbstractPotential as AbstractPotential,
    Energy as Energy,
    Total as Total,
)
