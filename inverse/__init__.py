"""From measured profiles to diffusivities with errors, and a verdict on each."""

import importlib.metadata

from ._bootstrap import Bootstrap as Bootstrap
from ._covariance import Information as Information
from ._diagnostics import Diagnostics as Diagnostics
from ._direct import (
    boltzmann_matano as boltzmann_matano,
    hall as hall,
    matano_plane as matano_plane,
    sauer_freise as sauer_freise,
)
from ._estimates import Estimate as Estimate, Fit as Fit
from ._experiments import (
    AbstractExperiment as AbstractExperiment,
    Couple as Couple,
    HalfSpace as HalfSpace,
    ThinFilm as ThinFilm,
)
from ._fit import fit as fit
from ._gradient import Optax as Optax
from ._knots import fit_log_spline as fit_log_spline
from ._least_squares import LevenbergMarquardt as LevenbergMarquardt
from ._likelihood import (
    LaplaceCheck as LaplaceCheck,
    ProfileLikelihood as ProfileLikelihood,
)
from ._parameters import Free as Free
from ._priors import (
    AbstractPrior as AbstractPrior,
    LogNormal as LogNormal,
    Normal as Normal,
)
from ._profile import Profile as Profile
from ._readers import Column as Column, read_profile as read_profile
from ._results import FitError as FitError, RESULTS as RESULTS
from ._transforms import (
    AbstractTransform as AbstractTransform,
    Identity as Identity,
    Interval as Interval,
    Log as Log,
)


__version__ = importlib.metadata.version("diffjax")
