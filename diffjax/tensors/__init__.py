"""Symmetric tensors, and what a grid makes of them."""

from ._selling import (
    Decomposition as Decomposition,
    missing as missing,
    offsets_of as offsets_of,
    offsets_within as offsets_within,
    on_offsets as on_offsets,
    selling as selling,
)
