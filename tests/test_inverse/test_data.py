"""Readings: any values beside what they belong to, and the sentences for bad ones."""

import re

import jax
import numpy as np
import pytest

import inverse as inv


def test_what_is_left_out_is_filled_in():
    data = inv.Readings(np.array([1.0, 3.0, 2.0]))
    np.testing.assert_array_equal(data.at, [0.0, 1.0, 2.0])
    assert data.points == 3 and data.estimates_sigma and data.response is None
    assert type(data.noise) is inv.Gaussian
    given = inv.Readings(
        np.array([1.0, 3.0]), 0.1, np.zeros((2, 3)), noise=inv.StudentT()
    )
    assert given.at.shape == (2, 3) and not given.estimates_sigma
    np.testing.assert_array_equal(given.sigma, [0.1, 0.1])


def test_without_words_two_tables_are_one_shape():
    one = inv.Readings(
        np.array([1.0, 2.0]), 0.1, name="a", quantity="ln D", axis="T (K)"
    )
    other = inv.Readings(np.array([3.0, 4.0]), None, name="b")
    same = jax.tree_util.tree_structure
    assert same(one) != same(other)
    assert same(one.nameless()) == same(other.nameless())


@pytest.mark.parametrize(
    "given, sentence",
    [
        (
            dict(value=np.array([1.0, 2.0]), at=np.array([1.0])),
            "`Readings` needs `value` of shape `(points,)` and `at` of shape "
            "`(points,)` or `(points, k)`; got (2,) and (1,).",
        ),
        (
            dict(value=np.array([1.0, np.nan])),
            "`Readings(value=...)` must hold finite numbers; got nan at point 2 of 2.",
        ),
        (
            dict(value=np.array([1.0, 2.0]), at=np.array([[0.0, np.inf], [1.0, 1.0]])),
            "`Readings(at=...)` must hold finite numbers.",
        ),
        (
            dict(value=np.array([1.0, 2.0]), sigma=np.array([1.0, 0.0])),
            "`Readings(sigma=...)` must be finite and > 0; got 0 at point 2 of 2.",
        ),
        (
            dict(value=np.array([1.0, 2.0]), sigma=np.array([1.0, 1.0, 1.0])),
            "`Readings(sigma=...)` must be one number or have shape (2,) as the "
            "values; got (3,).",
        ),
    ],
)
def test_bad_input(given, sentence):
    with pytest.raises(ValueError, match="^" + re.escape(sentence)):
        inv.Readings(**given)
