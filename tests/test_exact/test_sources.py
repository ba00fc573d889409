from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.exact import line_source, plane_source, point_source, thin_film

from .common import residual, slopes_agree, slopes_finite, UM


TENSOR = np.array([[3.0, 1.0, 0.5], [1.0, 2.0, -0.3], [0.5, -0.3, 1.0]]) * 1e-14
WAY = np.array([1.0, 2.0, -1.0])
UNIT = WAY / np.sqrt(6)
POINTS = np.array([[1.0, 2.0, 0.3], [0.0, 0.0, 0.0], [-3.0, 1.0, 1.0]]) * UM
TIME = 100.0  # s
AMOUNT = 1e-18  # m³ of pure tracer
SOURCES: list[tuple[Callable, tuple]] = [
    (point_source, ()),
    (line_source, (WAY,)),
    (plane_source, (WAY,)),
]


@pytest.mark.parametrize("d", [1, 2, 3])
def test_point_against_the_normal_distribution_of_scipy(d):
    stats = pytest.importorskip("scipy.stats")
    tensor, x = TENSOR[:d, :d], POINTS[:, :d] / UM
    cloud = stats.multivariate_normal(np.zeros(d), 2 * TIME * tensor / UM**2)
    got = point_source(POINTS[:, :d], TIME, tensor, UM**d, 0.1)
    np.testing.assert_allclose(got, 0.1 + cloud.pdf(x), rtol=1e-12)


def test_line_is_the_integral_of_points():
    s = np.linspace(-60, 60, 2001) * UM
    points = point_source(POINTS[:, None] + s[:, None] * UNIT, TIME, TENSOR, AMOUNT)
    expected = np.sum(points, axis=1) * (s[1] - s[0])
    got = line_source(POINTS, TIME, TENSOR, WAY, AMOUNT)
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_plane_is_the_integral_of_points_and_of_lines():
    across = np.linalg.svd(UNIT[None])[2][1:]
    s = np.linspace(-40, 40, 251) * UM
    grid = s[:, None, None] * across[0] + s[None, :, None] * across[1]
    points = point_source(POINTS[:, None, None] + grid, TIME, TENSOR, AMOUNT)
    expected = np.sum(points, axis=(1, 2)) * (s[1] - s[0]) ** 2
    got = plane_source(POINTS, TIME, TENSOR, WAY, AMOUNT)
    np.testing.assert_allclose(got, expected, rtol=1e-11)
    lines = line_source(
        POINTS[:, None] + s[:, None] * across[0], TIME, TENSOR, across[1], AMOUNT
    )
    expected = np.sum(lines, axis=1) * (s[1] - s[0])
    np.testing.assert_allclose(got, expected, rtol=1e-11)


def test_obeys_the_equation():
    for fn in (
        lambda x, t: point_source(x, t, TENSOR, AMOUNT),
        lambda x, t: line_source(x, t, TENSOR, WAY, AMOUNT),
        lambda x, t: plane_source(x, t, TENSOR, WAY, AMOUNT),
    ):
        c_t = jax.vmap(jax.grad(fn, 1), (0, None))(POINTS, TIME)
        second = jax.vmap(jax.hessian(fn), (0, None))(POINTS, TIME)
        expected = np.einsum("ij,nij->n", TENSOR, second)
        np.testing.assert_allclose(c_t, expected, rtol=1e-10)


def test_forms_of_the_tensor():
    principal = np.array([1.0, 2.0, 3.0]) * 1e-14
    for fn, more in SOURCES:
        got = fn(POINTS, TIME, principal, *more, AMOUNT)
        expected = fn(POINTS, TIME, np.diag(principal), *more, AMOUNT)
        np.testing.assert_allclose(got, expected, rtol=1e-14)
        got = fn(POINTS, TIME, 1e-14, *more, AMOUNT)
        expected = fn(POINTS, TIME, 1e-14 * np.eye(3), *more, AMOUNT)
        np.testing.assert_allclose(got, expected, rtol=1e-14)
        turn = np.linalg.qr(np.arange(9.0).reshape(3, 3) + np.eye(3))[0]
        turned = turn @ TENSOR @ turn.T
        got = fn(POINTS @ turn.T, TIME, turned, *(turn @ m for m in more), AMOUNT)
        expected = fn(POINTS, TIME, TENSOR, *more, AMOUNT)
        np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_plane_is_a_buried_thin_film():
    got = plane_source([[UM]], TIME, 1e-14, [-2.0], 2 * UM, 0.1)
    expected = thin_film(UM, TIME, 1e-14, 2 * UM, 0.1, sides=2)
    np.testing.assert_allclose(got, [expected], rtol=1e-14)
    x = np.linspace(-3, 3, 13) * UM
    fn = lambda x, t: plane_source(x[..., None], t, 1e-14, [1.0], UM)
    assert residual(fn, x, [[TIME]], 1e-14) < 1e-12


def test_shapes_types_and_start():
    got = point_source(POINTS, [[1.0], [2.0]], TENSOR, AMOUNT)
    assert got.shape == (2, 3) and got.dtype == jnp.float64
    start = point_source(POINTS, 0.0, TENSOR, -AMOUNT, 0.1)
    np.testing.assert_allclose(start, [0.1, -np.inf, 0.1])
    f = np.float32
    for fn, more in SOURCES:
        small = [m.astype(f) for m in more]
        got = fn(POINTS.astype(f), f(TIME), TENSOR.astype(f), *small, f(AMOUNT))
        assert got.dtype == jnp.float32
        expected = fn(POINTS, TIME, TENSOR, *more, AMOUNT)
        np.testing.assert_allclose(got, expected, rtol=1e-5)


def _flat(fn, *more):
    """`fn` of plain numbers: three coordinates, time, six of the tensor, amount."""

    def flat(x, y, z, t, a, b, c, e, f, g, m):
        rows = jnp.stack([a, e, f, e, b, g, f, g, c]).reshape(3, 3)
        return fn(jnp.stack([x, y, z]), t, rows, *more, m)

    return flat


@pytest.mark.parametrize("fn", [point_source, line_source, plane_source])
def test_slopes(fn):
    flat = _flat(fn, *([] if fn is point_source else [jnp.asarray(WAY)]))
    spread = (3e-14, 2e-14, 1e-14, 1e-14, 0.5e-14, -0.3e-14)
    slopes_agree(flat, 1e-6, 2e-6, 0.3e-6, TIME, *spread, AMOUNT)
    if fn is point_source:
        slopes_finite(flat, (0.0, UM, 1.0), UM, UM, (0.0, 1e-9, TIME), *spread, AMOUNT)


def test_complaints():
    with pytest.raises(ValueError, match=r"1, 2 or 3 components \(m\); got shape \(4,"):
        point_source(np.ones(4), TIME, 1e-14, 1.0)
    with pytest.raises(ValueError, match=r"\(\), \(3,\) or \(3, 3\) .*got \(2,\)"):
        point_source(POINTS, TIME, [1.0, 2.0], 1.0)
    with pytest.raises(ValueError, match="symmetric and positive definite"):
        point_source(POINTS, TIME, -TENSOR, 1.0)
    with pytest.raises(ValueError, match="must not be zero"):
        plane_source(POINTS, TIME, TENSOR, [0.0, 0.0, 0.0], 1.0)
    with pytest.raises(ValueError, match=r"`line_source\(direction=...\)` must have"):
        line_source(POINTS, TIME, TENSOR, [1.0, 0.0], 1.0)
    with pytest.raises(ValueError, match="2 or 3 components"):
        line_source([[1.0]], TIME, 1e-14, [1.0], 1.0)
    with pytest.raises(ValueError, match=r"`point_source\(time=...\)` must be >= 0"):
        point_source(POINTS, -1.0, TENSOR, 1.0)
