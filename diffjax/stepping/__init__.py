"""How to step in time: solvers for diffrax that know the structure of diffusion."""

from ._bounds import WithinBounds as WithinBounds
from ._rosenbrock import (
    AbstractRosenbrock as AbstractRosenbrock,
    Rodas3 as Rodas3,
    Rodas4 as Rodas4,
    Ros2 as Ros2,
    RosenbrockInterpolation as RosenbrockInterpolation,
    Tableau as Tableau,
)
from ._spectral import Spectral as Spectral
from ._stabilised import Rkl2 as Rkl2
from ._term import (
    AbstractLinearised as AbstractLinearised,
    AbstractStructuredTerm as AbstractStructuredTerm,
    DenseLinearised as DenseLinearised,
    DenseTerm as DenseTerm,
)
