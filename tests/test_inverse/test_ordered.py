"""Rows that rise or fall, and shares: there and back, slopes, never out of range."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import inverse as inv


CASES = [
    (inv.Monotone(), np.array([-30.0, -29.5, -29.4, -25.0])),
    (inv.Monotone(step=1e-14, falling=True), np.array([3e-14, 2e-14, 1e-15])),
    (inv.Simplex(), np.array([0.2, 0.5, 0.25, 0.05])),
    (inv.Simplex(), np.array([0.999, 0.001])),
]


@pytest.mark.parametrize("transform, row", CASES)
def test_there_and_back_and_within_range_wherever_a_fit_goes(transform, row):
    shapes = (row.shape,)
    free = transform.forward((jnp.asarray(row),))
    assert free.shape == (transform.size(shapes),)
    back = jax.jit(lambda u: transform.inverse(u, shapes)[0])
    np.testing.assert_allclose(back(free), row, rtol=1e-12)
    random = np.random.default_rng(0)
    for _ in range(20):
        far = np.asarray(back(free + 3 * random.normal(size=free.shape)))
        if isinstance(transform, inv.Simplex):
            assert np.all(far > 0)
            np.testing.assert_allclose(far.sum(), 1.0, rtol=1e-14)
        else:
            assert np.all(np.diff(far) * (-1 if transform.falling else 1) > 0)


@pytest.mark.parametrize("transform, row", CASES)
def test_slopes_agree_with_differences(transform, row):
    size, h = np.max(np.abs(row)), 1e-6
    free = transform.forward((jnp.asarray(row),))
    back = jax.jit(lambda u: transform.inverse(u, (row.shape,))[0] / size)
    forward, reverse = jax.jacfwd(back)(free), jax.jacrev(back)(free)
    np.testing.assert_allclose(forward, reverse, rtol=1e-12, atol=1e-15)
    for k, step in enumerate(h * np.eye(len(free))):
        difference = (back(free + step) - back(free - step)) / (2 * h)
        np.testing.assert_allclose(forward[:, k], difference, rtol=1e-6, atol=1e-9)


def test_no_share_stands_apart():
    # The free vector only turns when the shares change places.
    row = jnp.array([0.2, 0.5, 0.25, 0.05])
    length = lambda w: jnp.linalg.norm(inv.Simplex().forward((w,)))
    np.testing.assert_allclose(length(row), length(row[::-1]), rtol=1e-12)


def test_only_rows_are_taken():
    sentence = "`Simplex` is for one row of at least 2 numbers; got shape (2, 2)."
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        inv.Simplex().size(((2, 2),))
    with pytest.raises(ValueError, match=r"`Monotone\(step=...\)` must be > 0"):
        inv.Monotone(step=0.0)
