"""Rate laws of whole samples, without a grid."""

from ._vacancy_relaxation import (
    Relaxed as Relaxed,
    VacancyRelaxation as VacancyRelaxation,
)
