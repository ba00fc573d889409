"""Closed-form solutions, for tests, documentation and users alike."""

from ._box import (
    box as box,
    box_exchange as box_exchange,
    box_exchange_fraction as box_exchange_fraction,
    box_fraction as box_fraction,
    finite_cylinder as finite_cylinder,
    finite_cylinder_fraction as finite_cylinder_fraction,
)
from ._couple import couple as couple, couple_through as couple_through
from ._cylinder import (
    cylinder as cylinder,
    cylinder_fraction as cylinder_fraction,
    cylinder_mode as cylinder_mode,
)
from ._cylinder_exchange import (
    cylinder_exchange as cylinder_exchange,
    cylinder_exchange_fraction as cylinder_exchange_fraction,
)
from ._functions import erfcx as erfcx, ierfc as ierfc
from ._half_space import (
    half_space as half_space,
    half_space_exchange as half_space_exchange,
    half_space_exchange_uptake as half_space_exchange_uptake,
    half_space_uptake as half_space_uptake,
)
from ._layers import (
    layered_couple as layered_couple,
    layers as layers,
    layers_flux as layers_flux,
    layers_steady as layers_steady,
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
from ._sources import (
    line_source as line_source,
    plane_source as plane_source,
    point_source as point_source,
)
from ._sphere import (
    sphere as sphere,
    sphere_fraction as sphere_fraction,
    sphere_mode as sphere_mode,
)
from ._sphere_exchange import (
    sphere_exchange as sphere_exchange,
    sphere_exchange_fraction as sphere_exchange_fraction,
)
from ._thin_film import thick_film as thick_film, thin_film as thin_film
