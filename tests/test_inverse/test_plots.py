"""Pictures of a fit that need no fit."""

import numpy as np
import pytest

from inverse import _plots
from inverse._plots import draw_correlation, look


def test_correlations_and_what_is_not_known():
    names = ("D", "origin", "left")
    matrix = np.array([[1, 0.5, np.nan], [0.5, 1, -0.004], [np.nan, -0.004, 1]])
    with look() as Figure:
        axes = Figure().add_subplot()
        draw_correlation(axes, names, matrix)
    texts = [t.get_text() for t in axes.texts]
    assert texts == ["", "0.50", "?", "0.50", "", "0.00", "?", "0.00", ""]
    assert [t.get_text() for t in axes.get_xticklabels()] == list(names)


@pytest.mark.parametrize(
    "largest, step, power",
    [(3e-4, 3, -6), (2e-3, 3, -3), (0.5, 3, 0), (5e-13, 1, -13), (0.0, 3, 0)],
)
def test_powers_that_read_well(largest, step, power):
    assert _plots.power_of(largest, step) == power
