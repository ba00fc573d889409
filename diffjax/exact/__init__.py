"""Closed-form solutions, for tests, documentation and users alike."""

from ._couple import couple as couple, couple_through as couple_through
from ._cylinder import cylinder_mode as cylinder_mode
from ._functions import erfcx as erfcx, ierfc as ierfc
from ._half_space import (
    half_space as half_space,
    half_space_exchange as half_space_exchange,
    half_space_exchange_uptake as half_space_exchange_uptake,
    half_space_uptake as half_space_uptake,
)
from ._slab import (
    slab as slab,
    slab_fraction as slab_fraction,
    slab_mode as slab_mode,
)
from ._slab_exchange import (
    slab_exchange as slab_exchange,
    slab_exchange_fraction as slab_exchange_fraction,
)
from ._sphere import (
    sphere as sphere,
    sphere_fraction as sphere_fraction,
    sphere_mode as sphere_mode,
)
from ._thin_film import thick_film as thick_film, thin_film as thin_film
