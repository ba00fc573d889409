import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import null_space

from diffjax.lattice import (
    bcc_octahedral,
    bcc_tetrahedral,
    Crystal,
    diamond,
    fcc,
    fcc_interstitial,
    hcp,
    honeycomb,
    Jumps,
    Landscape,
    neighbour_jumps,
    network_diffusivity,
)
from diffjax.lattice._symmetry import cartesian, space_group

from ..helpers import validation_row
from .common import chain_route


A = 3.6e-10
AXES = ((1, 0, 0), (0, 1, 0), (0, 0, 1))


def supercell_route(jumps, rates, occupancies, cells):
    """D_xx of the periodic supercell as conductance between charges of a dense chain.

    The response of the stationary chain to a small field, by a null space.
    """
    r, n = np.asarray(jumps.vectors), jumps.crystal.sites
    d, w = r.shape[1], np.asarray(rates)
    shape = (cells,) * d
    count = n * cells**d
    field = 1e-4 / np.max(abs(r[:, 0]))
    chain, drift = np.zeros((count, count)), []
    for cell in np.ndindex(*shape):
        for k in range(len(jumps.source)):
            end = tuple((np.array(cell) + jumps.cells[k]) % cells)
            a = np.ravel_multi_index(cell, shape) * n + jumps.source[k]
            b = np.ravel_multi_index(end, shape) * n + jumps.target[k]
            rate = w[k] * np.exp(0.5 * field * r[k, 0])
            chain[b, a] += rate
            chain[a, a] -= rate
            drift.append((a, rate * r[k, 0]))
    (state,) = null_space(chain / w.max(), rcond=1e-13).T
    state = state / state.sum()
    return sum(state[a] * v for a, v in drift) / field


def test_one_kind_of_site_is_the_random_walk():
    for crystal, z in ((fcc(A), 12), (diamond(A), 4), (honeycomb(A), 3)):
        jumps = neighbour_jumps(crystal)
        length = np.linalg.norm(jumps.vectors[0])
        expected = z * 2e9 * length**2 / (2 * crystal.dimension)
        found = network_diffusivity(jumps, jnp.full(len(jumps.source), 2e9))
        np.testing.assert_allclose(
            found, expected * np.eye(crystal.dimension), atol=float(1e-13 * expected)
        )


@pytest.mark.parametrize("c", [1.5e-10 * np.sqrt(8 / 3), 2.3e-10])
def test_hcp_in_closed_form(c):
    a, basal, out = 1.5e-10, 3e9, 5e9
    jumps = neighbour_jumps(hcp(a, c), 1 if c > 2.4e-10 else 2)
    in_plane = abs(np.asarray(jumps.vectors)[:, 2]) < 1e-13
    found = network_diffusivity(jumps, jnp.where(in_plane, basal, out))
    across, along = 0.5 * a**2 * (3 * basal + out), 0.75 * c**2 * out
    np.testing.assert_allclose(
        found, np.diag([across, across, along]), atol=float(1e-13 * along)
    )


def test_octahedral_tetrahedral_network_against_other_routes():
    jumps = neighbour_jumps(fcc_interstitial(A), shells=2)
    landscape = Landscape(
        {"octahedral": 0.0, "tetrahedral": 0.11}, [0.5, 0.58], [1e13, 4e12]
    )
    parts = landscape.rates(jumps, 700.0), landscape.occupancies(jumps, 700.0)
    found = np.asarray(network_diffusivity(jumps, *parts))
    error = np.max(abs(found - chain_route(jumps, *parts))) / found[0, 0]
    assert error < 1e-7
    validation_row(
        "fcc octahedral–tetrahedral network",
        "decay of a long wave, dense Markov chain",
        None,
        error,
        "2 classes, 700 K",
    )
    mobility = supercell_route(jumps, *parts, cells=2)
    np.testing.assert_allclose(mobility, found[0, 0], rtol=1e-6)


def test_octahedral_to_tetrahedral_only_is_two_steps():
    # Each site is a centre of symmetry, so nothing comes back: D = sum of k r r / 2.
    jumps = neighbour_jumps(fcc_interstitial(A))
    landscape = Landscape(
        {"octahedral": 0.0, "tetrahedral": 0.2}, 0.6, 1e13, site_entropies=[0.0, 0.3]
    )
    rho = np.asarray(landscape.occupancies(jumps, 900.0))
    out = np.asarray(landscape.rates(jumps, 900.0))[np.array(jumps.source) == 0][0]
    expected = rho[0] * 8 * out * 2 * (3 / 16 * A**2) / 6
    found = network_diffusivity(
        jumps, landscape.rates(jumps, 900.0), landscape.occupancies(jumps, 900.0)
    )
    np.testing.assert_allclose(
        found, expected * np.eye(3), rtol=1e-12, atol=float(1e-13 * expected)
    )


def test_a_site_without_a_centre_brings_atoms_back():
    # A chain with two distances: rates in series, as resistances, in closed form.
    a, u = 1e-10, 0.3
    chain = Crystal([[a]], [[0.0], [u]])
    jumps = Jumps(chain, [(0, 1, (0,)), (1, 0, (1,))])
    assert len(jumps.names) == 2
    fast, slow = 5e9, 1e9
    rates = jnp.array([fast, slow])[np.array(jumps.classes)]
    expected = a**2 * 0.5 / (1 / fast + 1 / slow)
    found = network_diffusivity(jumps, rates)
    np.testing.assert_allclose(found, [[expected]], rtol=1e-13)
    np.testing.assert_allclose(chain_route(jumps, rates, [0.5, 0.5]), found, rtol=1e-6)


@pytest.mark.parametrize("make", [bcc_octahedral, bcc_tetrahedral])
def test_bcc_holes(make):
    jumps = neighbour_jumps(make(A))
    length = np.linalg.norm(jumps.vectors[0])
    found = network_diffusivity(jumps, jnp.full(len(jumps.source), 1e9))
    expected = 4 * 1e9 * length**2 / 6
    np.testing.assert_allclose(
        found, expected * np.eye(3), atol=float(1e-12 * expected)
    )
    rho = np.full(jumps.crystal.sites, 1 / jumps.crystal.sites)
    other = chain_route(jumps, np.full(len(jumps.source), 1e9), rho)
    np.testing.assert_allclose(other, found, atol=float(1e-6 * expected))


def test_the_tensor_has_the_symmetry_of_the_crystal_and_is_positive():
    jumps = neighbour_jumps(fcc_interstitial(A), shells=3)
    rng = np.random.default_rng(1)
    landscape = Landscape(
        rng.uniform(0, 0.2, 2), rng.uniform(0.5, 0.7, len(jumps.names)), 1e13
    )
    found = np.asarray(
        network_diffusivity(
            jumps, landscape.rates(jumps, 600.0), landscape.occupancies(jumps, 600.0)
        )
    )
    assert np.all(np.linalg.eigvalsh(found) > 0)
    for turn in cartesian(jumps.crystal, space_group(jumps.crystal)):
        np.testing.assert_allclose(
            turn @ found @ turn.T, found, atol=float(1e-12 * found[0, 0])
        )


def test_derivatives():
    jumps = neighbour_jumps(fcc_interstitial(A), shells=2)
    landscape = lambda x: Landscape([0.0, x[0]], x[1:], 1e13)

    def log_d(x):
        these = landscape(x)
        parts = these.rates(jumps, 700.0), these.occupancies(jumps, 700.0)
        return jnp.log(network_diffusivity(jumps, *parts)[0, 0])

    x = jnp.array([0.1, 0.5, 0.56])
    h = 1e-5
    expected = [(log_d(x + h * e) - log_d(x - h * e)) / (2 * h) for e in jnp.eye(3)]
    np.testing.assert_allclose(jax.grad(log_d)(x), expected, rtol=1e-7)
    np.testing.assert_allclose(jax.jacfwd(log_d)(x), expected, rtol=1e-7)
    many = jax.jit(jax.vmap(log_d))(jnp.stack([x, 1.1 * x]))
    np.testing.assert_allclose(many[0], log_d(x), rtol=1e-12)


def test_single_precision():
    jumps = neighbour_jumps(fcc_interstitial(np.float32(A)), shells=2)
    landscape = Landscape(
        *(np.asarray(x, np.float32) for x in ([0.0, 0.1], [0.5, 0.6], 1e13))
    )
    hot = np.float32(700.0)
    found = network_diffusivity(
        jumps, landscape.rates(jumps, hot), landscape.occupancies(jumps, hot)
    )
    assert found.dtype == np.float32 and np.all(np.isfinite(found))
    assert np.all(np.linalg.eigvalsh(found) > 0)


def test_a_network_that_does_not_connect_says_where():
    jumps = neighbour_jumps(hcp(A, 1.6 * A), shells=2)
    flat = np.array(jumps.vectors)[:, 2] == 0
    message = r"no jumps lead on along \(0, 0, 1\)"
    layers = Jumps(fcc(A), [(0, 0, (1, 0, 0)), (0, 0, (0, 1, 0))], [0, 0])
    with pytest.raises(ValueError, match=r"along \(0.577, 0.577, -0.577\)"):
        network_diffusivity(layers, jnp.ones(4))
    with pytest.raises(ValueError, match="from site 0 none leads to 1"):
        network_diffusivity(jumps, np.where(flat, 1e9, 0.0))
    square = Jumps(Crystal(A * np.eye(3)), [(0, 0, e) for e in AXES])
    rates = np.where(np.array(square.vectors)[:, 2] == 0, 1e9, 0.0)
    with pytest.raises(ValueError, match=message):
        network_diffusivity(square, rates)


@pytest.mark.parametrize(
    "rates, occupancies, sentence",
    [
        ([1.0, -1.0], None, r"rates=...\)` must hold finite numbers >= 0 \(1/s\)"),
        ([1.0], None, r"rates=...\)` must have shape `\(2,\)`"),
        ([1.0, 1.0], [0.5, 0.5], r"occupancies=...\)` must have shape `\(1,\)`"),
        ([1.0, 2.0], None, "detailed balance; jump 0 carries 1"),
    ],
)
def test_bad_input_is_refused(rates, occupancies, sentence):
    jumps = neighbour_jumps(Crystal([[A]]))
    with pytest.raises(ValueError, match=sentence):
        network_diffusivity(jumps, rates, occupancies)
