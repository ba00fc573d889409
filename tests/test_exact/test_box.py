import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.exact import (
    box,
    box_exchange,
    box_exchange_fraction,
    box_fraction,
    cylinder,
    finite_cylinder,
    finite_cylinder_fraction,
    slab,
    slab_exchange,
    slab_exchange_fraction,
    slab_fraction,
)

from .common import D, HOUR, slopes_agree, slopes_finite, UM


LENGTHS = np.array([20.0, 30.0, 10.0]) * UM
SPREAD = np.array([1.0, 5.0, 0.3]) * D
POINTS = np.array([[0.5, 0.3, 0.7], [0.1, 0.9, 0.5], [0.0, 0.5, 0.5]]) * LENGTHS
TIMES = np.array([[0.1], [1.0], [10.0]]) * HOUR


@pytest.mark.parametrize("fn", [box, box_exchange])
def test_obeys_the_equation(fn):
    rate = () if fn is box else (np.array([1e-9, 2e-9, 0.0]),)
    c = lambda x, t: fn(x, t, SPREAD, LENGTHS, *rate, 1.0, 0.2)
    for t in TIMES[:, 0]:
        c_t = jax.vmap(jax.grad(c, 1), (0, None))(POINTS[:2], t)
        second = jax.vmap(jax.hessian(c), (0, None))(POINTS[:2], t)
        expected = np.einsum("i,nii->n", SPREAD, second)
        np.testing.assert_allclose(c_t, expected, rtol=1e-9)


def test_against_triple_series():
    m = np.arange(1, 120, 2)
    tau = SPREAD * TIMES / LENGTHS**2
    waves = [
        np.sum(
            4 / (np.pi * m) * np.sin(np.pi * m * (POINTS / LENGTHS)[None, :, i, None])
            * np.exp(-((np.pi * m) ** 2) * tau[:, None, i, None]),
            axis=-1,
        )
        for i in range(3)
    ]  # fmt: skip
    expected = 1 - 0.8 * waves[0] * waves[1] * waves[2]
    got = box(POINTS, TIMES, SPREAD, LENGTHS, 1.0, 0.2)
    assert got.shape == (3, 3)
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-14)
    got = box(POINTS, 0.0, SPREAD, LENGTHS, 1.0, 0.2)
    np.testing.assert_allclose(got, [0.2, 0.2, 1.0], rtol=0, atol=1e-15)


def test_fraction_is_the_mean():
    nodes, weights = np.polynomial.legendre.leggauss(20)
    edges = np.linspace(0, 1, 5)
    x = (edges[:-1, None] + (nodes + 1) / 8).ravel()
    w = np.tile(weights / 8, 4)
    grid = np.stack(np.meshgrid(x, x, x, indexing="ij"), axis=-1) * LENGTHS
    rate = np.array([1e-9, 2e-9, 1e-8])
    t = 0.2 * HOUR
    mean = lambda c: np.einsum("i,j,k,ijk->", w, w, w, c)
    got = box_fraction(t, SPREAD, LENGTHS)
    expected = mean(box(grid, t, SPREAD, LENGTHS, 1.0))
    np.testing.assert_allclose(got, expected, rtol=1e-8)
    got = box_exchange_fraction(t, SPREAD, LENGTHS, rate)
    expected = mean(box_exchange(grid, t, SPREAD, LENGTHS, rate, 1.0))
    np.testing.assert_allclose(got, expected, rtol=1e-8)


def test_one_axis_and_closed_faces_are_a_slab():
    x, t = POINTS[:, :1], TIMES
    got = box(x, t, D, LENGTHS[0], 1.0, 0.2)
    expected = slab(x[:, 0], t, D, LENGTHS[0], 1.0, 0.2)
    np.testing.assert_allclose(got, expected, rtol=1e-14)
    rate = np.array([1e-9, 0.0, 0.0])
    got = box_exchange(POINTS, t, SPREAD, LENGTHS, rate, 1.0, 0.2)
    expected = slab_exchange(x[:, 0], t, D, LENGTHS[0], 1e-9, 1.0, 0.2)
    np.testing.assert_allclose(got, expected, rtol=1e-13)
    got = box_exchange_fraction(t, SPREAD, LENGTHS, rate)
    expected = slab_exchange_fraction(t, D, LENGTHS[0], 1e-9)
    np.testing.assert_allclose(got, expected, rtol=1e-12)
    t = 1e-6
    got = box_fraction(t, SPREAD, LENGTHS)
    parts = [slab_fraction(t, SPREAD[i], LENGTHS[i]) for i in range(3)]
    np.testing.assert_allclose(got, -np.expm1(np.sum(np.log1p(-np.array(parts)))))


def test_finite_cylinder_obeys_the_equation_and_its_limits():
    a, h, across, along = 20 * UM, 30 * UM, D, 3 * D
    fn = lambda r, z, t: finite_cylinder(r, z, t, across, along, a, h, 1.0, 0.2)
    r, z = np.array([0.3, 0.9]) * a, np.array([0.4, 0.1]) * h
    for t in TIMES[:, 0]:
        slope = lambda k: jax.vmap(jax.grad(fn, k), (0, 0, None))(r, z, t)
        second = [jax.vmap(jax.hessian(fn, k), (0, 0, None))(r, z, t) for k in (0, 1)]
        expected = across * (second[0] + slope(0) / r) + along * second[1]
        np.testing.assert_allclose(slope(2), expected, rtol=1e-8)
    got = finite_cylinder(r, z, HOUR, across, along, a, 1.0, 1.0, 0.2)
    edge = np.where(z < 1, z, 0)  # both points are next to one end of a long cylinder
    expected = (
        1
        - (1 - cylinder(r, HOUR, across, a, 1.0))
        * (1 - slab(edge, HOUR, along, 1.0, 1.0))
        * 0.8
    )
    np.testing.assert_allclose(got, expected, rtol=1e-12)
    t, tau = 1e-5, D * 1e-5
    got = finite_cylinder_fraction(t, D, D, a, h)
    np.testing.assert_allclose(got, np.sqrt(tau / np.pi) * (4 / a + 4 / h), rtol=1e-4)


def test_slopes():
    flat = lambda x, y, t, d, e, k: box_exchange(
        jnp.stack([x, y]), t, jnp.stack([d, e]), LENGTHS[:2], k, 1.0, 0.2
    )
    slopes_agree(flat, 3 * UM, 8 * UM, (60.0, HOUR), D, 2 * D, 1e-9)
    slopes_finite(
        lambda t, d, size: box_fraction(t, jnp.stack([d, d]), size), (0.0, HOUR), D, UM
    )
    round_ = lambda r, z, t, d, e: finite_cylinder(
        r, z, t, d, e, 20 * UM, 30 * UM, 1.0, 0.2
    )
    slopes_finite(round_, (0.0, 20 * UM), (0.0, 3 * UM), (0.0, HOUR), D, D)


def test_complaints():
    with pytest.raises(ValueError, match=r"`lengths\[2\]` = 1.e-05 \(m\)"):
        box(POINTS + [0, 0, 9 * UM], HOUR, SPREAD, LENGTHS, 1.0)
    with pytest.raises(ValueError, match=r"`box\(lengths=...\)` must have shape"):
        box(POINTS, HOUR, SPREAD, LENGTHS[:2], 1.0)
    with pytest.raises(ValueError, match=r"`box\(lengths=...\)` must be > 0 \(m\)"):
        box(POINTS, HOUR, SPREAD, -LENGTHS, 1.0)
    with pytest.raises(ValueError, match="1, 2 or 3 components"):
        box(1.0, HOUR, D, UM, 1.0)
    with pytest.raises(ValueError, match=r"`finite_cylinder\(axial=...\)` must lie"):
        finite_cylinder(0.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0)
