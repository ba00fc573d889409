"""The part of a report that shows a tensor."""

import numpy as np

from inverse._tensor_found import TensorFound
from inverse._tensor_report import tensor_section

from .test_html import parse


def test_values_with_their_intervals():
    ends = np.array([[1.0], [0.9], [1.1]]) * 1e-14
    found = TensorFound(
        directions=((1.0, 0.0), (0.0, 1.0)),
        along=ends * [3.0, 2.0],
        matrix=1e-14 * np.diag([3.0, 2.0]),
        errors=1e-16 * np.array([[3.0, np.inf], [np.inf, 2.0]]),
        principal=ends * [3.0, 2.0],
        axes=np.eye(2),
        temperature=1273.15,
    )
    words = parse(tensor_section(found)).words
    for word in (
        "[1 0]",
        "(2.70 … 3.30) × 10⁻¹⁴",
        "D₁ along [1 0]",
        "D₂ along [0 1]",
        "(3.000 ± 0.030) × 10⁻¹⁴",
        "0 ± ∞",
    ):
        assert word in words, (word, words)
