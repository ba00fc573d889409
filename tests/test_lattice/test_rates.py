import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.lattice import (
    attempt_frequency,
    fcc,
    fcc_interstitial,
    Landscape,
    neighbour_jumps,
    saddle_dipoles,
    site_dipoles,
)


A = 3.6e-10
K_EV = 8.617333262e-5
JUMPS = neighbour_jumps(fcc_interstitial(A), shells=2)


def landscape(**others):
    return Landscape(
        {"octahedral": 0.0, "tetrahedral": 0.15}, [0.6, 0.7], [1e13, 5e12], **others
    )


def test_a_rate_by_hand():
    rates = np.asarray(landscape().rates(JUMPS, 800.0))
    for k in range(len(rates)):
        low = 0.0 if JUMPS.source[k] == 0 else 0.15
        top, nu = ((0.6, 1e13), (0.7, 5e12))[JUMPS.classes[k]]
        expected = nu * np.exp(-(top - low) / (K_EV * 800.0))
        np.testing.assert_allclose(rates[k], expected, rtol=1e-8)


def test_detailed_balance_whatever_the_energies():
    rng = np.random.default_rng(2)
    symmetric = lambda *n: (lambda x: x + np.swapaxes(x, -1, -2))(rng.normal(size=n))
    rich = landscape(
        site_entropies=[0.2, -0.4],
        saddle_entropies=[1.0, 0.3],
        site_volumes=[1e-30, 3e-30],
        saddle_volumes=[6e-30, 8e-30],
        site_dipoles=site_dipoles(JUMPS.crystal, symmetric(2, 3, 3)),
        saddle_dipoles=saddle_dipoles(JUMPS, symmetric(2, 3, 3)),
    )
    strain = 0.01 * symmetric(3, 3)
    parts = JUMPS, 650.0, 2e9, strain
    flows = rich.rates(*parts) * rich.occupancies(*parts)[np.array(JUMPS.source)]
    np.testing.assert_allclose(flows, flows[np.array(JUMPS.reverse)], rtol=1e-12)
    np.testing.assert_allclose(jnp.sum(rich.occupancies(*parts)), 1.0, rtol=1e-14)


def test_equal_energies_fill_all_sites_alike():
    flat = Landscape(0.0, 0.6, 1e13)
    np.testing.assert_allclose(flat.occupancies(JUMPS, 500.0), 1 / 3, rtol=1e-14)
    assert np.ptp(flat.rates(JUMPS, 500.0)) == 0


def test_pressure_and_entropy():
    squeezed = landscape(saddle_volumes=5e-30, saddle_entropies={"1": 0.0, "2": 1.5})
    plain, more = landscape().rates(JUMPS, 700.0), squeezed.rates(JUMPS, 700.0, 1e9)
    label = np.array(JUMPS.classes)
    work = 5e-30 * 1e9 / (1.380649e-23 * 700.0)
    expected = np.where(label == 0, 0.0, 1.5) - work
    np.testing.assert_allclose(jnp.log(more / plain), expected, rtol=1e-10)


def test_vineyard():
    before, on_top = np.array([5e12, 6e12, 7e12]), np.array([4e12, 9e12])
    expected = 5e12 * 6e12 * 7e12 / (4e12 * 9e12)
    np.testing.assert_allclose(attempt_frequency(before, on_top), expected, rtol=1e-12)
    many = attempt_frequency(np.full(3000, 6e12), np.full(2999, 6e12))
    np.testing.assert_allclose(many, 6e12, rtol=1e-10)
    np.testing.assert_allclose(
        jax.grad(lambda x: jnp.log(attempt_frequency(x, on_top)))(before), 1 / before
    )


def test_slopes():
    rate = lambda e, hot: jnp.log(Landscape([0.0, 0.1], e, 1e13).rates(JUMPS, hot)[0])
    e = jnp.array([0.6, 0.7])
    slope = jax.jit(jax.grad(rate))(e, 700.0)
    np.testing.assert_allclose(slope, [-1 / (K_EV * 700.0), 0.0], rtol=1e-8)
    hot = jax.grad(lambda beta: rate(e, 1 / (K_EV * beta)))(15.0)
    source = 0.1 if JUMPS.crystal.kinds[JUMPS.source[0]] == "tetrahedral" else 0.0
    np.testing.assert_allclose(hot, -(0.6 - source), rtol=1e-8)


ONE = neighbour_jumps(fcc(A))


@pytest.mark.parametrize(
    "make, sentence",
    [
        (
            lambda: Landscape(0.0, 0.6, 0.0),
            r"attempt_frequencies=...\)` must be .* > 0",
        ),
        (lambda: Landscape(np.nan, 0.6, 1e13), r"site_energies=...\)` must be one fin"),
        (lambda: Landscape([[0.0]], 0.6, 1e13), "one number, a row or a dictionary"),
        (lambda: Landscape(0.0, 0.6, 1e13).rates(ONE, 0.0), r"`temperature` .* > 0"),
        (lambda: Landscape(0.0, 0.6, 1e13).rates(ONE, -5.0), r"`temperature` .* > 0"),
        (
            lambda: Landscape([0.0, 0.8], 0.7, 1e13).rates(JUMPS, 500.0),
            r"lies below the tetrahedral site they leave: 0.7 < 0.8 eV",
        ),
        (lambda: Landscape(0.7, 0.6, 1e13).rates(ONE, 500.0), "lies below the site"),
        (
            lambda: Landscape([0.0, 0.1], 0.6, 1e13).rates(ONE, 500.0),
            r"site_energies=...\)` must have 1 numbers",
        ),
        (
            lambda: Landscape(0.0, {"2": 0.6}, 1e13).rates(ONE, 500.0),
            r"must have the names \('1',\)",
        ),
        (
            lambda: Landscape(0.0, 0.6, 1e13).rates(ONE, 500.0, strain=0.1),
            r"`strain` must have shape \(3, 3\)",
        ),
        (
            lambda: Landscape(0.0, 0.6, 1e13, site_dipoles=[1.0]),
            r"site_dipoles=...\)` must have shape",
        ),
        (
            lambda: Landscape(0.0, 0.6, 1e13, site_dipoles=np.eye(2)).rates(
                ONE, 500.0, strain=np.zeros((3, 3))
            ),
            r"site_dipoles=...\)` must have shape \(1, 3, 3\)",
        ),
        (lambda: attempt_frequency([1e12], [1e12]), "shorter by one"),
        (lambda: attempt_frequency([1e12, -1e12], [1e12]), "> 0"),
    ],
)
def test_bad_landscapes_are_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
