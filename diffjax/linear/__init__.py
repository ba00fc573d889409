"""Structured linear algebra."""

from ._krylov import bicgstab as bicgstab, conjugate_gradient as conjugate_gradient
from ._tridiagonal import Factored as Factored, Tridiagonal as Tridiagonal
