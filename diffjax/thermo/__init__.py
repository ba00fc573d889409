"""Energies of mixing: chemical potentials, thermodynamic factors, stability."""

from ._database import read_gibbs as read_gibbs, read_mobility as read_mobility
from ._expansion import Expansion as Expansion, redlich_kister as redlich_kister
from ._gaps import (
    common_tangent as common_tangent,
    critical_point as critical_point,
    spinodal as spinodal,
)
from ._gibbs import AbstractGibbs as AbstractGibbs
from ._magnetic import Magnetic as Magnetic
from ._mobility import TracerMobility as TracerMobility
from ._sites import CompoundEnergy as CompoundEnergy, Sites as Sites
from ._solutions import (
    Ideal as Ideal,
    RedlichKister as RedlichKister,
    regular as regular,
    sub_regular as sub_regular,
)
from ._temperature import OfTemperature as OfTemperature
