"""Fluxes: functions of one face."""

from ._counterflow import Counterflow as Counterflow, Mixture as Mixture
from ._drift import Drift as Drift
from ._fick import Fick as Fick
from ._flux import (
    AbstractDrivenFlux as AbstractDrivenFlux,
    AbstractFlux as AbstractFlux,
    Face as Face,
    level_of as level_of,
)
from ._in_matrix import InMatrix as InMatrix
from ._strained import Strained as Strained
from ._vacancy_exchange import (
    VacancyExchange as VacancyExchange,
    VacantMixture as VacantMixture,
)
