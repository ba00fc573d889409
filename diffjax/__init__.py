"""Diffusion in solids, differentiable from the atomic hop to the measured profile."""

import importlib.metadata

from . import (
    diffusivity as diffusivity,
    equations as equations,
    exact as exact,
    fluxes as fluxes,
    grid as grid,
    kinetics as kinetics,
    lattice as lattice,
    linear as linear,
    mechanics as mechanics,
    plots as plots,
    potentials as potentials,
    schemes as schemes,
    stepping as stepping,
    storage as storage,
    tensors as tensors,
    thermo as thermo,
)
from ._anneal import (
    AbstractAnneal as AbstractAnneal,
    Anneal as Anneal,
    Ramp as Ramp,
    Schedule as Schedule,
)
from ._checks import real as real, require as require
from ._constants import (
    AVOGADRO as AVOGADRO,
    BOLTZMANN as BOLTZMANN,
    BOLTZMANN_EV as BOLTZMANN_EV,
    ELEMENTARY_CHARGE as ELEMENTARY_CHARGE,
    GAS_CONSTANT as GAS_CONSTANT,
)
from ._depends import depends_on as depends_on
from ._results import RESULTS as RESULTS
from ._solution import Balance as Balance, Solution as Solution
from ._solve import solve as solve
from ._steady import Steady as Steady, steady_state as steady_state
from ._views import LineProfile as LineProfile, Section as Section


__version__ = importlib.metadata.version("diffjax")
