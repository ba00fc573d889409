"""How fast: laws that give the diffusivity at one point."""

from ._anisotropic import (
    Along as Along,
    Anisotropic as Anisotropic,
    Scaled as Scaled,
    Tensor as Tensor,
)
from ._arrhenius import (
    Activated as Activated,
    Arrhenius as Arrhenius,
    Constant as Constant,
)
from ._austenite import CarbonInAustenite as CarbonInAustenite
from ._composition import (
    Exponential as Exponential,
    LogSpline as LogSpline,
    Polynomial as Polynomial,
)
from ._divacancies import WithDivacancies as WithDivacancies
from ._frames import (
    change_frame as change_frame,
    darken as darken,
    manning_factor as manning_factor,
)
from ._interstitial import Interstitial as Interstitial
from ._law import (
    AbstractDiffusivity as AbstractDiffusivity,
    Custom as Custom,
    Point as Point,
)
from ._multicomponent import Multicomponent as Multicomponent
from ._network import MonotoneMLP as MonotoneMLP, Network as Network
from ._self_stressed import SelfStressed as SelfStressed
from ._short_circuits import (
    AbstractFastPath as AbstractFastPath,
    Dislocations as Dislocations,
    GrainBoundaries as GrainBoundaries,
    harrison_regime as harrison_regime,
    ShortCircuits as ShortCircuits,
)
from ._substitutional import Substitutional as Substitutional
from ._vacancy_mechanism import VacancyMechanism as VacancyMechanism
