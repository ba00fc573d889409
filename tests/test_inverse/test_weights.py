"""Shares of a budget: optima that are known in closed form, and whole numbers."""

import jax.numpy as jnp
import numpy as np
import pytest

from inverse._criteria import Goal
from inverse._weights import best_weights, Pieces, whole_numbers

from ..helpers import validation_row


# A parabola seen at 21 places from -1 to 1.
PLACES = np.linspace(-1.0, 1.0, 21)
ROWS = np.stack([np.ones(21), PLACES, PLACES**2], axis=1)
# The value at 2, beyond the data.
BEYOND = np.array([[1.0, 2.0, 4.0]])


def pieces(prior=0.0):
    each = np.einsum("ni,nj->nij", ROWS, ROWS)[None]
    return Pieces(
        jnp.asarray(each),
        jnp.asarray(prior * np.eye(3)[None]),
        jnp.asarray(BEYOND[None]),
    )


def solved(kind, total=1.0, prior=0.0):
    args = jnp.asarray(total), jnp.asarray(1e-5)
    w, value, gap = best_weights(Goal(kind), pieces(prior), *args)
    assert float(gap) < 1e-4
    return np.asarray(w), float(value)


@pytest.mark.parametrize(
    "kind, shares, atol",
    [
        ("D", [1 / 3, 1 / 3, 1 / 3], 1e-3),
        ("A", [1 / 4, 1 / 2, 1 / 4], 2e-3),
        ("E", [1 / 5, 3 / 5, 1 / 5], 2e-2),
        # Lagrange's polynomials at 2, by their sizes: 1, 3 and 3.
        ("c", [1 / 7, 3 / 7, 3 / 7], 5e-3),
    ],
)
def test_a_parabola(kind, shares, atol):
    w, value = solved(kind)
    np.testing.assert_allclose(w[[0, 10, 20]], shares, atol=atol)
    if kind == "D":
        np.testing.assert_allclose(value, np.log(27 / 4) / 3, atol=1e-4)
        validation_row(
            "D-optimal shares of a parabola on 21 candidates",
            "a third at either end and in the middle; largest absolute error",
            None,
            float(np.max(np.abs(w[[0, 10, 20]] - 1 / 3))),
            "gap below 1e-5",
        )
    if kind == "c":
        np.testing.assert_allclose(value, np.log(49.0), atol=1e-3)


def test_a_prior_moves_the_shares_and_many_measurements_forget_it():
    few, many = solved("A", 1.0, 10.0)[0], solved("A", 1e7, 10.0)[0]
    np.testing.assert_allclose(many[[0, 10, 20]], [0.25, 0.5, 0.25], atol=5e-3)
    assert np.max(np.abs(few - many)) > 0.05


def test_whole_numbers_are_the_best_of_all():
    """Against all ways to share six measurements among three places."""
    w, value = solved("D", 6.0)
    counts, found = whole_numbers(Goal("D"), pieces(), w, 6)
    assert counts[[0, 10, 20]].tolist() == [2, 2, 2] and counts.sum() == 6
    np.testing.assert_allclose(found, value, atol=1e-4)
    w, _ = solved("A", 5.0)
    counts, found = whole_numbers(Goal("A"), pieces(), w, 5)
    tried = []
    for i in range(21):
        for j in range(i, 21):
            for k in range(j, 21):
                if len({i, j, k}) < 3:
                    continue
                for n in [(1, 2, 2), (2, 1, 2), (2, 2, 1), (1, 3, 1), (3, 1, 1),
                          (1, 1, 3)]:  # fmt: skip
                    rows = ROWS[[i, j, k]]
                    m = rows.T @ (np.array(n)[:, None] * rows)
                    tried.append(np.log(np.trace(np.linalg.inv(m)) / 3))
    np.testing.assert_allclose(found, min(tried), atol=2e-2)
    assert counts.sum() == 5
