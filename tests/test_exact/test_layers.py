import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg

from diffjax.exact import (
    half_space,
    layered_couple,
    layers,
    layers_flux,
    layers_steady,
    slab,
)

from ..helpers import observed_order
from .common import D, gauss, HOUR, slopes_agree, slopes_finite, UM


WIDTHS = np.array([3.0, 2.0, 5.0]) * UM
SPREAD = np.array([1.0, 0.02, 3.0]) * D
RATIOS = np.array([2.0, 0.5])
STACK = dict(widths=WIDTHS, diffusivities=SPREAD, partitions=RATIOS)


def volumes(cells, time, start, left, right):
    """Centres and compositions of a finite-volume march with its exact exponential."""
    n = np.round(WIDTHS / WIDTHS.sum() * cells).astype(int)
    layer = np.repeat(np.arange(3), n)
    h = (WIDTHS / n)[layer]
    scale = np.array([1.0, 0.5, 1.0])[layer]  # c / scale is continuous
    half = h / (2 * SPREAD[layer] * scale)
    through = 1 / (half[:-1] + half[1:])
    rates = np.zeros((cells + 1, cells + 1))
    for i, g in enumerate(through):
        for one, other in ((i, i + 1), (i + 1, i)):
            rates[one, other] += g / scale[other] / h[one]
            rates[one, one] -= g / scale[one] / h[one]
    for i, wall in ((0, left), (cells - 1, right)):
        if wall is not None:
            rates[i, i] -= 1 / (half[i] * scale[i] * h[i])
            rates[i, -1] += wall / (half[i] * scale[i] * h[i])
    first = np.append(np.asarray(start, float)[layer], 1.0)
    return np.cumsum(h) - h / 2, (scipy.linalg.expm(rates * time) @ first)[:-1]


@pytest.mark.parametrize("left, right", [(1.0, 0.3), (None, 0.3), (None, None)])
def test_against_finite_volumes(left, right):
    start, t = [0.0, 0.5, 0.2], 3 * HOUR
    errors = []
    for cells in (40, 80, 160):
        x, expected = volumes(cells, t, start, left, right)
        got = layers(x, t, WIDTHS, SPREAD, start, left, right, RATIOS)
        errors.append(np.max(np.abs(got - expected)))
    assert errors[-1] < 3e-3
    order = observed_order(errors)[-1]
    assert 1.6 < order < 2.3


def test_alike_layers_are_a_slab():
    x, t = (
        np.linspace(0, 1, 31) * 10 * UM,
        np.array([[0.0], [1e-3], [60], [HOUR], [1e7]]),
    )
    got = layers(x, t, WIDTHS, np.full(3, D), 0.2, 1.0, 1.0)
    expected = slab(x, t, D, 10 * UM, 1.0, 0.2)
    np.testing.assert_allclose(got, expected, rtol=0, atol=3e-14)


def test_short_times_are_a_couple_and_a_half_space():
    x = np.linspace(0, 10, 41) * UM
    got = layers(x, 5.0, [5 * UM, 5 * UM], [D, D / 10], [1.0, 0.0], 0.3, None, [2.0])
    expected = layered_couple(x - 5 * UM, 5.0, D, D / 10, 1.0, 0.0, 2.0)
    expected = expected + half_space(x, 5.0, D, 0.3, 1.0) - 1
    np.testing.assert_allclose(got, expected, rtol=0, atol=2e-14)


def test_long_times_are_at_rest():
    x = np.linspace(0, 10, 41) * UM
    # The bound is round-off of a program compiled with care, which tests do not take.
    care = {"xla_backend_optimization_level": 2}
    fn = lambda x: layers(x, 1e6 * HOUR, WIDTHS, SPREAD, 0.0, 1.0, 0.3, RATIOS)
    got = jax.jit(fn, compiler_options=care)(x)
    expected = layers_steady(x, left=1.0, right=0.3, **STACK)
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-13)


@pytest.mark.parametrize("hours", [0.01, 1.0, 100.0])
def test_a_closed_body_keeps_its_amount(hours):
    fn = lambda x: layers(
        x, hours * HOUR, WIDTHS, SPREAD, [0.0, 0.5, 0.2], None, None, RATIOS
    )
    edges = np.concatenate([[0.0], np.cumsum(WIDTHS)])
    amount = sum(gauss(fn, a, b, 20) for a, b in zip(edges[:-1], edges[1:]))
    np.testing.assert_allclose(amount, WIDTHS @ [0.0, 0.5, 0.2], rtol=1e-9)


def test_rest_by_hand():
    flux = layers_flux(left=1.0, right=0.3, **STACK)
    # c/P with P = 1, 1/2, 1: resistances w/(P D).
    resistance = np.sum(WIDTHS / (SPREAD * [1.0, 0.5, 1.0]))
    np.testing.assert_allclose(flux, 0.7 / resistance, rtol=1e-14)
    eps = 1e-9 * UM
    faces = np.cumsum(WIDTHS)[:-1]
    before = layers_steady(faces - eps, left=1.0, right=0.3, **STACK)
    after = layers_steady(faces, left=1.0, right=0.3, **STACK)
    np.testing.assert_allclose(before / after, RATIOS, rtol=1e-7)
    x = np.array([0.0, 1.0, 4.0, 9.0, 10.0]) * UM
    slope = jax.vmap(jax.grad(lambda x: layers_steady(x, left=1.0, right=0.3, **STACK)))
    got = -SPREAD[[0, 0, 1, 2, 2]] * slope(x)
    np.testing.assert_allclose(got, flux, rtol=1e-12)
    got = layers_steady(x[[0, -1]], left=1.0, right=0.3, **STACK)
    np.testing.assert_allclose(got, [1.0, 0.3], rtol=1e-14)
    plain = layers_steady([2 * UM], [4 * UM], [D], 1.0, 0.0)
    np.testing.assert_allclose(plain, [0.5], rtol=1e-14)


def test_layered_couple():
    t, eps = HOUR, 1e-12 * UM
    fn = lambda x: layered_couple(x, t, D, D / 9, 1.0, 0.2, 2.0)
    np.testing.assert_allclose(fn(-eps) / fn(eps), 2.0, rtol=1e-10)
    flux = lambda x, d: -d * jax.grad(fn)(x)
    np.testing.assert_allclose(flux(-eps, D), flux(eps, D / 9), rtol=1e-10)
    np.testing.assert_allclose(fn(np.array([-1.0, 1.0])), [1.0, 0.2], rtol=1e-14)
    start = layered_couple([-UM, UM], 0.0, D, D / 9, 1.0, 0.2)
    np.testing.assert_allclose(start, [1.0, 0.2])


def test_slopes():
    couple = lambda x, t, d, e, k: layered_couple(x, t, d, e, 1.0, 0.2, k)
    slopes_agree(couple, (-3 * UM, 2 * UM), HOUR, D, D / 9, 2.0)
    slopes_finite(couple, (-UM, 0.0, UM), (0.0, 1e-9, HOUR), D, D / 9, 2.0)

    def stack(x, t, w, d, e, c, k):
        widths, spread = jnp.stack([w, 2 * w]), jnp.stack([d, e])
        start = jnp.stack([c, c / 2])
        return layers(x, t, widths, spread, start, c / 3, None, k[None])

    slopes_agree(stack, (UM, 7 * UM), HOUR, 4 * UM, D, D / 9, 0.7, 2.0, rtol=1e-6)
    x, t = (0.0, 4 * UM, 12 * UM), (0.0, 1e-9, HOUR)
    slopes_finite(stack, x, t, 4 * UM, D, D / 9, 0.7, 2.0)

    def rest(x, w, d, e, k):
        widths, spread = jnp.stack([w, 2 * w]), jnp.stack([d, e])
        return layers_steady(x, widths, spread, 1.0, 0.2, k[None])

    slopes_agree(rest, (UM, 7 * UM), 4 * UM, D, D / 9, 2.0)


def test_complaints_and_types():
    with pytest.raises(ValueError, match=r"`layers_flux` needs `widths` \(N,\)"):
        layers_flux(WIDTHS, SPREAD[:2], 1.0, 0.0)
    with pytest.raises(ValueError, match=r"`layers\(initial=...\)` must have shape"):
        layers(0.0, 1.0, WIDTHS, SPREAD, [1.0, 2.0])
    with pytest.raises(ValueError, match="`the sum of widths` = 1.e-05"):
        layers_steady(11 * UM, WIDTHS, SPREAD, 1.0, 0.0)
    with pytest.raises(
        ValueError, match=r"\(partitions=...\)` must be > 0 \(no unit\)"
    ):
        layers_flux(WIDTHS, SPREAD, 1.0, 0.0, [1.0, -1.0])
    f = np.float32
    got = layers(f(UM), f(HOUR), WIDTHS.astype(f), SPREAD.astype(f), f(0.2), 1.0)
    assert got.dtype == jnp.float32
    expected = layers(UM, HOUR, WIDTHS, SPREAD, 0.2, 1.0)
    np.testing.assert_allclose(got, expected, rtol=2e-5)
