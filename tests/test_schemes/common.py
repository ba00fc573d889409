"""What a list of families or crossings amounts to."""

import numpy as np

from ..test_tensors.common import needles_and_plates


def tensors(dimension, anisotropy=8.0, count=12):
    return needles_and_plates(dimension, anisotropy, count)


def energy(families):
    """Σ λ e eᵀ in every cell; shape `(*cells, d, d)`."""
    total = 0
    for family in families:
        e = np.asarray(family.offset, float)
        total = total + np.asarray(family.coefficient)[..., None, None] * np.outer(e, e)
    return total
