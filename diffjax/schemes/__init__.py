"""How space is cut into bonds: schemes that turn a tensor into rates between cells."""

from ._central import Central as Central
from ._monotone import layer_of as layer_of, Monotone as Monotone
from ._scheme import (
    AbstractScheme as AbstractScheme,
    axis_crossings as axis_crossings,
    axis_families as axis_families,
    Crossing as Crossing,
    Family as Family,
    unit as unit,
)
