"""Whole balance laws."""

from ._diffusion import Diffusion as Diffusion
from ._diffusion_term import DiffusionTerm as DiffusionTerm
from ._equation import AbstractEquation as AbstractEquation, State as State
from ._inner import Held as Held, Source as Source
from ._interdiffusion import Interdiffusion as Interdiffusion
from ._interdiffusion_term import InterdiffusionTerm as InterdiffusionTerm
from ._kirkendall import (
    kirkendall_planes as kirkendall_planes,
    KirkendallPlanes as KirkendallPlanes,
    lattice_strain as lattice_strain,
)
from ._lattice_interdiffusion import LatticeInterdiffusion as LatticeInterdiffusion
from ._lattice_term import LatticeInterdiffusionTerm as LatticeInterdiffusionTerm
from ._network import Network as Network
from ._network_term import NetworkTerm as NetworkTerm
from ._pores import Pores as Pores
from ._similarity import Similarity as Similarity, similarity as similarity
from ._similarity_mixture import (
    mixture_similarity as mixture_similarity,
    MixtureSimilarity as MixtureSimilarity,
)
from ._vacancy_interdiffusion import VacancyInterdiffusion as VacancyInterdiffusion
from ._vacancy_sinks import VacancySinks as VacancySinks
from ._vacancy_term import VacancyInterdiffusionTerm as VacancyInterdiffusionTerm
