"""Structured linear algebra."""

from ._krylov import bicgstab as bicgstab, conjugate_gradient as conjugate_gradient
from ._separable import AxisModes as AxisModes, Separable as Separable
from ._tridiagonal import Factored as Factored, Tridiagonal as Tridiagonal
