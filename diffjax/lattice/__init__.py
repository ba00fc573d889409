"""Atoms that hop: crystals, jumps and rates."""

from ._correlation import (
    correlation_factor as correlation_factor,
    correlation_factors as correlation_factors,
    partial_correlation_factors as partial_correlation_factors,
    tracer_diffusivity as tracer_diffusivity,
)
from ._crystal import Crystal as Crystal
from ._crystals import (
    bcc as bcc,
    bcc_octahedral as bcc_octahedral,
    bcc_tetrahedral as bcc_tetrahedral,
    diamond as diamond,
    fcc as fcc,
    fcc_interstitial as fcc_interstitial,
    hcp as hcp,
    honeycomb as honeycomb,
    simple_cubic as simple_cubic,
    square as square,
    triangular as triangular,
)
from ._divacancy import (
    divacancy_jumps as divacancy_jumps,
    divacancy_transport as divacancy_transport,
    DivacancyTransport as DivacancyTransport,
)
from ._drift import Drift as Drift, drift_walk as drift_walk
from ._elastodiffusion import (
    activation_volume as activation_volume,
    elastodiffusion as elastodiffusion,
    saddle_dipoles as saddle_dipoles,
    site_dipoles as site_dipoles,
    strained_diffusivity as strained_diffusivity,
)
from ._five_frequency import (
    escape_factor as escape_factor,
    five_frequency_factor as five_frequency_factor,
)
from ._green import green_function as green_function
from ._isotope import (
    isotope_effect as isotope_effect,
    isotope_ratio as isotope_ratio,
    manning_factor as manning_factor,
)
from ._jumps import Jumps as Jumps, neighbour_jumps as neighbour_jumps
from ._network import network_diffusivity as network_diffusivity
from ._penetration import (
    Penetration as Penetration,
    tracer_penetration as tracer_penetration,
)
from ._rates import attempt_frequency as attempt_frequency, Landscape as Landscape
from ._solute import (
    SoluteNetwork as SoluteNetwork,
    SoluteTransport as SoluteTransport,
)
from ._vacancies import (
    Vacancies as Vacancies,
    warn_beyond_dilute as warn_beyond_dilute,
)
from ._walks import (
    random_walk as random_walk,
    vacancy_walk as vacancy_walk,
    Walk as Walk,
)
