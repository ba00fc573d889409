"""The wind on a solute in fcc: its closed form in the exact escape factor."""

import numpy as np
import pytest

from diffjax.lattice import fcc, neighbour_jumps, SoluteNetwork


AROUND = SoluteNetwork(neighbour_jumps(fcc(1.0)))


def found(w0, w1, w2, w3, w4):
    """The exact solution, and F from its correlation factor."""
    exact = AROUND.transport(
        np.full(12, w0), exchange=w2, rotation=w1, dissociation=w3, binding=w4 / w3
    )
    f = float(exact.correlation[0, 0])
    return exact, (2 * w2 * f / (1 - f) - 2 * w1) / (7 * w3)


@pytest.mark.parametrize("seed", range(6))
def test_wind_at_any_frequencies(seed):
    w0, w1, w2, w3, w4 = np.exp(np.random.default_rng(seed).uniform(-2, 2, 5))
    exact, escape = found(w0, w1, w2, w3, w4)
    above = 3 * w3 - 2 * w1 + 7 * w3 * (1 - escape) * (w0 - w4) / w4
    expected = above / (w1 + 3.5 * escape * w3)
    np.testing.assert_allclose(exact.wind, expected * np.eye(3), atol=2e-7)


def test_drag_begins_where_rotations_outrun_dissociations():
    # With w4 = w0 the wind reaches -1 at w1 = (3 + 7/2 F) w3.
    _, escape = found(1.0, 1.0, 1.0, 1.0, 1.0)
    turn = 3 + 3.5 * escape
    np.testing.assert_allclose(turn, 5.5756, atol=1e-4)
    for side in (-1, 1):
        exact, _ = found(1.0, turn + side * 1e-4, 1.0, 1.0, 1.0)
        assert np.sign(exact.cross[0, 0]) == side
