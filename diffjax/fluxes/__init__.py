"""Fluxes: functions of one face."""

from ._fick import Fick as Fick
from ._flux import AbstractFlux as AbstractFlux, Face as Face
