"""Structured linear algebra."""

from ._biased import BiasedGenerator as BiasedGenerator
from ._bonds import (
    along_axis as along_axis,
    extend as extend,
    inside as inside,
    Offset as Offset,
    reach_of as reach_of,
    shifted as shifted,
)
from ._generator import AbstractGenerator as AbstractGenerator, Generator as Generator
from ._krylov import bicgstab as bicgstab, conjugate_gradient as conjugate_gradient
from ._separable import AxisModes as AxisModes, Separable as Separable
from ._tridiagonal import Factored as Factored, Tridiagonal as Tridiagonal
