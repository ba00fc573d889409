"""What the direct methods refuse, in one clear sentence."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import inverse as inv
from inverse._inputs import (
    couple_ends,
    enough,
    mole_fractions,
    profiles_of,
    scalar,
    spread,
)


X = jnp.linspace(-1e-4, 1e-4, 9)
ONE = inv.Profile(X, jnp.linspace(0.0, 1.0, 9), sigma=0.01)
BARE = inv.Profile(X, jnp.linspace(0.0, 1.0, 9))
MOVED = inv.Profile(X + 1e-6, jnp.linspace(0.0, 1.0, 9))
VALUES = jnp.stack([ONE.value, -ONE.value], axis=1)


@pytest.mark.parametrize(
    "call, sentence",
    [
        (
            lambda: scalar(0.0, "wagner(time=...)", "s", positive=True),
            "`wagner(time=...)` must be one finite number > 0 (s); got 0.",
        ),
        (
            lambda: scalar(np.nan, "f(marker=...)", "m"),
            "`f(marker=...)` must be one finite number (m); got nan.",
        ),
        (
            lambda: scalar(np.array([1.0, 2.0]), "f(time=...)", "s"),
            "`f(time=...)` must be one finite number (s); got an array of shape (2,).",
        ),
        (
            lambda: mole_fractions(jnp.array([0.2, 40.0]), "f(profile=...)", 0.05),
            "`f(profile=...)` must be mole fractions, from 0 to 1; got 40.",
        ),
        (
            lambda: profiles_of([], "f(first=...)"),
            "`f(first=...)` must be one `inverse.Profile` of each component; got "
            "nothing.",
        ),
        (
            lambda: profiles_of([ONE], "f(first=...)", 2),
            "`f(first=...)` must be 2 profiles; got 1.",
        ),
        (
            lambda: profiles_of([ONE, MOVED], "f(first=...)"),
            "`f(first=...)` must be profiles at the same positions (m).",
        ),
        (
            lambda: couple_ends(0.5, np.array([0.5, 0.5]), VALUES, "f"),
            "`f` needs a couple with different ends; got [0.5 0.5].",
        ),
        (
            lambda: couple_ends(np.array([0.1, 0.2, 0.3]), None, VALUES, "f"),
            "`f(left=...)` must have shape (2,), in the unit of the values; got (3,).",
        ),
        (
            lambda: couple_ends(None, np.inf, VALUES, "f"),
            "`f(right=...)` must be finite; got inf.",
        ),
        (
            lambda: enough(11, 9, "f"),
            "`f(points=...)` must be from 4 to the 9 points of the profile; got 11.",
        ),
        (
            lambda: enough(3, 9, "f"),
            "`f(points=...)` must be from 4 to the 9 points of the profile; got 3.",
        ),
    ],
)
def test_bad_input(call, sentence):
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        call()


def test_points_out_of_order_are_refused_by_the_profile():
    with pytest.raises(ValueError, match="sort the points first"):
        inv.Profile(X[::-1], ONE.value)


def test_what_is_good_passes():
    x, values, sigma = profiles_of([ONE, ONE], "f")
    assert x.shape == (9,) and values.shape == (9, 2) and sigma is not None
    assert profiles_of([ONE, BARE], "f")[2] is None
    np.testing.assert_array_equal(couple_ends(None, None, VALUES, "f")[1], [1, -1])
    np.testing.assert_array_equal(couple_ends(0.2, None, VALUES, "f")[0], [0.2, 0.2])
    # Noise may leave 0 to 1.
    mole_fractions(jnp.array([-0.01, 1.01]), "f", 0.05)


def test_checks_hold_in_compiled_programs_too():
    run = jax.jit(lambda t: scalar(t, "f(time=...)", "s", positive=True))
    assert run(2.0) == 2.0
    with pytest.raises(Exception, match="must be one finite number > 0"):
        run(-1.0).block_until_ready()


def test_the_spread_of_a_sum():
    sigma = jnp.array([[3.0], [4.0]])
    assert spread(jnp.ones((2, 1)), sigma) == 5.0
