"""Bodies made of voxels: what the grid knows of them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx


DISC = np.hypot(*(np.mgrid[:20, :24] - np.array([9.5, 11.5]).reshape(2, 1, 1))) < 8


def test_a_mask_makes_a_grid():
    grid = djx.grid.voxels(DISC, 2e-6, lower=(1e-6, -3e-6))
    assert grid.shape == (20, 24) and grid.even and grid.geometry == "planar"
    np.testing.assert_array_equal(grid.solid, DISC)
    first = np.asarray(grid.centres)[0, 0]
    np.testing.assert_allclose(first, [2e-6, -2e-6], rtol=1e-12)
    for axis in grid.axes:
        np.testing.assert_allclose(axis.widths, 2e-6, rtol=1e-9)


def test_only_what_is_solid_counts_in_the_total():
    grid = djx.grid.voxels(DISC, (1e-6, 2e-6))
    total = float(grid.total(jnp.ones(grid.shape)))
    np.testing.assert_allclose(total, DISC.sum() * 2e-12, rtol=1e-12)


@pytest.mark.parametrize("shape", [(5,), (3, 4), (2, 3, 4)])
def test_one_to_three_axes(shape):
    grid = djx.grid.voxels(np.ones(shape, bool), 1e-6)
    assert grid.shape == shape
    np.testing.assert_allclose(grid.volumes, 1e-6 ** len(shape), rtol=1e-9)


def test_under_jit():
    """The mask may be traced: a threshold of an image, say."""

    @jax.jit
    def total(image):
        return djx.grid.voxels(image > 0.5, 1e-6).total(image)

    image = np.where(DISC, 2.0, 0.0)
    np.testing.assert_allclose(total(image), 2 * DISC.sum() * 1e-12, rtol=1e-12)


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: djx.grid.voxels(np.ones((3, 3)), 1e-6), "got float64 numbers"),
        (lambda: djx.grid.voxels(np.ones((2,) * 4, bool), 1e-6), "axes; got 4"),
        (lambda: djx.grid.voxels(np.zeros((3, 3), bool), 1e-6), "nothing inside"),
        (lambda: djx.grid.voxels(DISC, 0.0), r"must be > 0 \(m\); got 0"),
        (lambda: djx.grid.voxels(DISC, (1e-6, -1e-6)), r"must be > 0 \(m\)"),
        (lambda: djx.grid.voxels(DISC, (1e-6,) * 3), r"2 in all; got shape \(3,\)"),
        (lambda: djx.grid.voxels(DISC, 1e-6, (0.0,) * 3), r"`voxels\(lower=...\)`"),
    ],
)
def test_bad_masks_are_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
