"""Pictures. Matplotlib is imported when the first one is drawn."""

from ._line import plot_line as plot_line
from ._map import plot_map as plot_map
from ._movie import movie as movie
from ._profile import profile as profile
from ._style import (
    length_unit as length_unit,
    styled as styled,
    time_words as time_words,
)
