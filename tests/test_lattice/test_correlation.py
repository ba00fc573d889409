import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.lattice import (
    bcc,
    correlation_factor,
    correlation_factors,
    Crystal,
    diamond,
    fcc,
    fcc_interstitial,
    hcp,
    honeycomb,
    neighbour_jumps,
    network_diffusivity,
    partial_correlation_factors,
    simple_cubic,
    square,
    tracer_diffusivity,
    triangular,
)

from ..helpers import validation_row
from .common import cell_of_atoms, without_ends


RNG = np.random.default_rng(4)
TRIANGLES = (np.pi + 6 * 3**0.5) / (11 * np.pi - 6 * 3**0.5)
CLOSED = ("square", "triangular", "honeycomb", "diamond")
FACES = Crystal(np.eye(3), [[0.5, 0.5, 0.0], [0.5, 0.0, 0.5], [0.0, 0.5, 0.5]])


def even(crystal):
    jumps = neighbour_jumps(crystal)
    return jumps, np.ones(len(jumps.source))


def garnet():
    """The sites 24c of garnet: one of the two nets that they form, corner-sharing
    triangles in the primitive cell of the body-centred lattice."""
    start = np.array([[1, 0, 2], [3, 0, 6]]) / 8
    sites = np.concatenate([np.roll(start, k, axis=1) for k in range(3)])
    vectors = 0.5 * np.array([[-1.0, 1, 1], [1, -1, 1], [1, 1, -1]])
    return Crystal(vectors, sites @ np.linalg.inv(vectors))


@pytest.mark.parametrize(
    "name, crystal, exact, within",
    [
        ("square", square(1.0), 1 / (np.pi - 1), 1e-8),
        ("triangular", triangular(1.0), TRIANGLES, 1e-9),
        ("honeycomb", honeycomb(1.0), 1 / 3, 1e-8),
        ("simple cubic", simple_cubic(1.0), 0.653108839, 1e-9),
        ("bcc", bcc(1.0), 0.727194140, 1e-9),
        ("fcc", fcc(1.0), 0.781451422, 1e-9),
        ("diamond", diamond(1.0), 0.5, 1e-9),
        ("NbO, oxygen sites", FACES, 0.688916, 5e-7),
        ("garnet", garnet(), 0.374973, 5e-7),
        ("hcp", hcp(1.0), [0.78120489, 0.78120489, 0.78145142], 5e-9),
    ],
)
def test_exact_values(name, crystal, exact, within):
    jumps, rates = even(crystal)
    tensor = np.asarray(correlation_factors(jumps, rates))
    expected = exact * np.eye(len(tensor))
    np.testing.assert_allclose(tensor, expected, rtol=0, atol=within + 1e-8)
    if name == "hcp":
        return
    f = correlation_factor(jumps, rates)
    np.testing.assert_allclose(f, exact, rtol=0, atol=within)
    if within <= 1e-8:
        validation_row(
            f"correlation factor, {name}",
            "closed form" if name in CLOSED else "literature",
            None,
            abs(float(f) - exact),
            "vacancy mechanism, equal rates",
        )


@pytest.mark.parametrize(
    "crystal, shells, within",
    [
        (triangular(1.0), 1, 1e-7),
        (honeycomb(1.0), 1, 1e-7),
        (Crystal([[1.0, 0.0, 0.0], [0.3, 1.1, 0.0], [0.1, 0.2, 0.9]]), 3, 3e-5),
        (hcp(1.0, 1.5), 2, 3e-5),
    ],
)
def test_against_finite_periodic_cells(crystal, shells, within):
    jumps = neighbour_jumps(crystal, shells)
    per_class = RNG.uniform(0.5, 2.0, len(jumps.names))
    rates = per_class[np.array(jumps.classes)]
    sizes = (16, 20, 24, 28) if crystal.dimension == 2 else (6, 8, 10, 12)
    d = crystal.dimension
    cells = [cell_of_atoms(jumps, n, rates)[:d, :d] for n in sizes]
    expected = without_ends(cells, sizes, d)
    found = np.asarray(tracer_diffusivity(jumps, rates))
    np.testing.assert_allclose(found, expected, atol=within * np.max(expected))


def test_partial_factors_of_hcp_add_up():
    a, c = 3.2e-10, 5.1e-10
    jumps = neighbour_jumps(hcp(a, c), shells=2)
    w = {1: 2.0e9, 2: 0.7e9}
    basal = abs(np.asarray(jumps.vectors)[:, 2]) < 0.1 * c
    rates = np.where(basal, w[1], w[2])
    tracer = np.asarray(tracer_diffusivity(jumps, rates))
    parts = np.asarray(partial_correlation_factors(jumps, rates))
    first = jumps.classes[int(np.flatnonzero(basal)[0])]
    fa, fb = parts[first], parts[1 - first]
    across = 0.5 * a**2 * (3 * fa[0] * w[1] + fb[0] * w[2])
    along = 0.75 * c**2 * fb[2] * w[2]
    np.testing.assert_allclose(np.diag(tracer), [across, across, along], rtol=1e-8)
    assert fa[2] == 1.0


def test_anisotropic_rates_reach_both_limits():
    jumps = neighbour_jumps(hcp(1.0, 1.7), shells=2)
    basal = np.isclose(np.asarray(jumps.vectors)[:, 2], 0)
    slow = np.diag(correlation_factors(jumps, np.where(basal, 1.0, 1e-6)))
    np.testing.assert_allclose(slow[:2], 0.560057, atol=1e-5)  # a plane of triangles
    assert slow[2] > 0.9999  # by the next such jump the vacancy has forgotten
    once = np.diag(correlation_factors(jumps, np.where(basal, 1.0, 1e-2)))
    mirror = np.diag(correlation_factors(jumps, np.where(basal, 1e2, 1.0)))
    np.testing.assert_allclose(once, mirror, rtol=1e-10)  # only ratios count
    np.testing.assert_allclose(once[0], once[1], atol=2e-8)


def test_sites_of_different_energy():
    jumps = neighbour_jumps(fcc_interstitial(1.0))
    rho = np.array([{"octahedral": 3.0}.get(k, 1.0) for k in jumps.crystal.kinds])
    rho = rho / np.sum(rho)
    rates = 1 / rho[np.array(jumps.source)]
    f = np.asarray(correlation_factors(jumps, rates, rho))
    # Flows alone count: the same as with equal sites.
    np.testing.assert_allclose(f, correlation_factors(*even(jumps.crystal)), atol=1e-12)
    tracer = tracer_diffusivity(jumps, rates, rho)
    product = f @ np.asarray(network_diffusivity(jumps, rates, rho))
    np.testing.assert_allclose(tracer, product, atol=1e-12)


@pytest.mark.parametrize("crystal", [fcc(1.0), honeycomb(1.0)])
def test_gradients_against_central_differences(crystal):
    jumps = neighbour_jumps(crystal)
    label = (abs(np.asarray(jumps.vectors)[:, 0]) > 1e-9).astype(int)

    def look(logs):
        f = correlation_factors(jumps, jnp.exp(logs)[label])
        return jnp.stack([f[0, 0], f[1, 1]])

    at, h = jnp.array([0.3, -0.4]), 1e-4
    slopes = jax.jacrev(look)(at)
    for k, step in enumerate(h * np.eye(2)):
        slope = (look(at + step) - look(at - step)) / (2 * h)
        np.testing.assert_allclose(slopes[:, k], slope, atol=1e-8)
    # Only ratios of rates count.
    np.testing.assert_allclose(jnp.sum(slopes, axis=1), 0, atol=1e-9)


def test_many_sets_at_once():
    jumps = neighbour_jumps(hcp(1.0))
    rates = jnp.exp(jnp.asarray(RNG.normal(size=(3, 2))))[:, np.array(jumps.classes)]
    together = jax.vmap(lambda w: correlation_factors(jumps, w))(rates)
    one = correlation_factors(jumps, rates[1])
    np.testing.assert_allclose(together[1], one, rtol=1e-9, atol=1e-12)


def test_single_precision():
    jumps = neighbour_jumps(diamond(1.0))
    f = correlation_factors(jumps, jnp.ones(len(jumps.source), jnp.float32))
    assert f.dtype == jnp.float32
    np.testing.assert_allclose(f, 0.5 * np.eye(3), atol=1e-4)


def test_bad_input():
    jumps, rates = even(fcc(1.0))
    with pytest.raises(ValueError, match="rates"):
        correlation_factors(jumps, rates[:3])
    with pytest.raises(ValueError, match="rates"):
        correlation_factors(jumps, -rates)
    with pytest.raises(ValueError, match="detailed balance"):
        correlation_factors(jumps, np.arange(1.0, 13.0))
    with pytest.raises(ValueError, match="connect"):
        flat = np.isclose(np.asarray(even(hcp(1.0))[0].vectors)[:, 2], 0)
        correlation_factors(even(hcp(1.0))[0], np.where(flat, 1.0, 0.0))
    layered = neighbour_jumps(hcp(1.0, 1.5), shells=2)
    with pytest.raises(ValueError, match="one factor"):
        correlation_factor(layered, np.ones(len(layered.source)))
