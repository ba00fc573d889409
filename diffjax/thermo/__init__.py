"""Energies of mixing: chemical potentials, thermodynamic factors, stability."""

from ._database import read_gibbs as read_gibbs, read_mobility as read_mobility
from ._expansion import Expansion as Expansion, redlich_kister as redlich_kister
from ._fractions import (
    mole_from_u as mole_from_u,
    mole_from_weight as mole_from_weight,
    site_from_u as site_from_u,
    u_from_mole as u_from_mole,
    u_from_site as u_from_site,
    u_from_weight as u_from_weight,
    weight_from_mole as weight_from_mole,
    weight_from_u as weight_from_u,
)
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
