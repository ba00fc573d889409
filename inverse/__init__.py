"""From measured profiles to diffusivities with errors, and a verdict on each."""

import importlib.metadata

from ._advice import Confounded as Confounded
from ._block import Block as Block
from ._bootstrap import Bootstrap as Bootstrap
from ._budget import Budget as Budget
from ._cholesky import LogCholesky as LogCholesky
from ._couple_fluxes import (
    average_diffusivity as average_diffusivity,
    CoupleFluxes as CoupleFluxes,
    interdiffusion_flux as interdiffusion_flux,
    zero_flux_planes as zero_flux_planes,
)
from ._covariance import Information as Information
from ._crossing import (
    crossing_matrix as crossing_matrix,
    CrossingMatrix as CrossingMatrix,
    interdiffusion_matrix as interdiffusion_matrix,
    InterdiffusionMatrix as InterdiffusionMatrix,
)
from ._data import AbstractData as AbstractData, Readings as Readings
from ._design import Design as Design, design as design
from ._diagnostics import Diagnostics as Diagnostics
from ._direct import (
    boltzmann_matano as boltzmann_matano,
    hall as hall,
    matano_plane as matano_plane,
    sauer_freise as sauer_freise,
)
from ._estimates import Fit as Fit
from ._experiment import (
    AbstractExperiment as AbstractExperiment,
    AbstractTraverse as AbstractTraverse,
)
from ._experiments import (
    Couple as Couple,
    HalfSpace as HalfSpace,
    ThinFilm as ThinFilm,
)
from ._fit import fit as fit
from ._gradient import Optax as Optax
from ._hold import Hold as Hold
from ._identify import (
    Identifiability as Identifiability,
    identify as identify,
    Prospect as Prospect,
)
from ._joint import (
    AbstractJointTransform as AbstractJointTransform,
    Part as Part,
)
from ._kirkendall import (
    Intrinsic as Intrinsic,
    intrinsic_at_plane as intrinsic_at_plane,
    kirkendall as kirkendall,
    KirkendallPlane as KirkendallPlane,
)
from ._knots import fit_log_spline as fit_log_spline
from ._least_squares import LevenbergMarquardt as LevenbergMarquardt
from ._likelihood import (
    LaplaceCheck as LaplaceCheck,
    ProfileLikelihood as ProfileLikelihood,
)
from ._measured import Measured as Measured
from ._mixture_couple import MixtureCouple as MixtureCouple
from ._multistart import Starts as Starts
from ._noise import (
    AbstractNoise as AbstractNoise,
    Censored as Censored,
    Gaussian as Gaussian,
    Poisson as Poisson,
    Relative as Relative,
    StudentT as StudentT,
)
from ._ordered import Monotone as Monotone, Simplex as Simplex
from ._parameters import Derived as Derived, Free as Free
from ._planned import (
    planned as planned,
    planned_readings as planned_readings,
    simulate as simulate,
)
from ._point_source import PointSource as PointSource
from ._priors import (
    AbstractPrior as AbstractPrior,
    LogNormal as LogNormal,
    MultivariateNormal as MultivariateNormal,
    Normal as Normal,
    StudentTPrior as StudentTPrior,
    Uniform as Uniform,
)
from ._profile import Profile as Profile
from ._quenched import QuenchedFilm as QuenchedFilm
from ._readers import Column as Column, read_profile as read_profile
from ._reference import ArrheniusAt as ArrheniusAt
from ._refine import refine as refine, Refined as Refined
from ._repeated import with_noise as with_noise, WithError as WithError
from ._reported import Estimate as Estimate
from ._response import (
    AbstractResponse as AbstractResponse,
    GaussianBlur as GaussianBlur,
    PixelAverage as PixelAverage,
    SectionAverage as SectionAverage,
    SIMS as SIMS,
)
from ._results import FitError as FitError, RESULTS as RESULTS
from ._sample import Posterior as Posterior
from ._tables import diffusivities as diffusivities
from ._transforms import (
    AbstractTransform as AbstractTransform,
    Identity as Identity,
    Interval as Interval,
    Log as Log,
)
from ._uptake import Uptake as Uptake
from ._vacancy_data import (
    Positrons as Positrons,
    ResistivityAnneal as ResistivityAnneal,
    VacancySignal as VacancySignal,
)
from ._wagner import wagner as wagner, WagnerCurve as WagnerCurve


__version__ = importlib.metadata.version("diffjax")
