"""Pictures. Matplotlib is imported when the first one is drawn."""

from ._profile import profile as profile
from ._style import (
    length_unit as length_unit,
    styled as styled,
    time_words as time_words,
)
