"""Structured linear algebra."""

from ._tridiagonal import Factored as Factored, Tridiagonal as Tridiagonal
