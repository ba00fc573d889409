"""`Profile`: what it keeps, and the exact sentence for each kind of bad input."""

import re

import jax.numpy as jnp
import numpy as np
import pytest

import inverse as inv


def test_numbers_become_arrays():
    profile = inv.Profile(
        np.array([0, 1e-6, 2e-6]), np.array([0, 0.5, 1]), sigma=0.01, name="scan"
    )
    assert profile.position.dtype == jnp.float64
    np.testing.assert_array_equal(profile.sigma, [0.01, 0.01, 0.01])
    assert profile.points == 3 and profile.name == "scan"
    assert inv.Profile(np.arange(3), np.arange(3)).sigma is None


@pytest.mark.parametrize(
    "position, value, sigma, sentence",
    [
        (
            [0, 1, 2],
            [0, float("nan"), 1],
            None,
            "`Profile(value=...)` must hold finite numbers; got nan at point 2 of 3.",
        ),
        (
            [0, float("inf"), 2],
            [0, 1, 1],
            None,
            "`Profile(position=...)` must hold finite numbers; got inf at point 2 "
            "of 3.",
        ),
        (
            [0, 2e-6, 1e-6],
            [0, 1, 1],
            None,
            "`Profile(position=...)` must increase (m); point 3 lies at 1e-06 m, "
            "before point 2 at 2e-06 m: sort the points first.",
        ),
        (
            [0, 1e-6, 1e-6],
            [0, 1, 1],
            None,
            "`Profile(position=...)` must increase (m); 1e-06 m is there twice, at "
            "points 2 and 3: average repeated measurements first.",
        ),
        (
            [0, 1],
            [0, 1],
            None,
            "`Profile` needs `position` (m) and `value` of one shape `(points,)` with "
            "at least 3 points; got (2,) and (2,).",
        ),
        (
            [0, 1, 2],
            [0, 1],
            None,
            "`Profile` needs `position` (m) and `value` of one shape `(points,)` with "
            "at least 3 points; got (3,) and (2,).",
        ),
        (
            [0, 1, 2],
            [0, 1, 1],
            [0.1, 0.0, 0.1],
            "`Profile(sigma=...)` must be finite and > 0; got 0 at point 2 of 3.",
        ),
        (
            [0, 1, 2],
            [0, 1, 1],
            [0.1, 0.1],
            "`Profile(sigma=...)` must be one number or have shape (3,) as the "
            "values; got (2,).",
        ),
    ],
)
def test_bad_input_gets_one_sentence(position, value, sigma, sentence):
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        inv.Profile(
            np.asarray(position, float),
            np.asarray(value, float),
            None if sigma is None else np.asarray(sigma),
        )
