"""Whole balance laws."""

from ._diffusion import Diffusion as Diffusion, DiffusionTerm as DiffusionTerm
from ._equation import AbstractEquation as AbstractEquation, State as State
from ._similarity import Similarity as Similarity, similarity as similarity
