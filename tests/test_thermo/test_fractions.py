"""Mole, weight, site and u-fractions: by hand, there and back, slopes, sentences."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax.thermo import (
    mole_from_u,
    mole_from_weight,
    site_from_u,
    u_from_mole,
    u_from_site,
    u_from_weight,
    weight_from_mole,
    weight_from_u,
)


CARBON, IRON, SILICON = 0.012011, 0.055845, 0.028085  # kg/mol


def test_by_hand():
    # 1 kg of steel with 0.8 weight percent of carbon.
    u = (0.008 / CARBON) / (0.992 / IRON)
    np.testing.assert_allclose(u_from_weight(0.8, CARBON, IRON), u, rtol=1e-14)
    np.testing.assert_allclose(mole_from_u(u), u / (1 + u), rtol=1e-14)
    np.testing.assert_allclose(site_from_u(u, 3.0), u / 3, rtol=1e-14)
    masses = [IRON, SILICON, CARBON]
    x = mole_from_weight([95.7, 3.8, 0.5], masses)
    amounts = np.array([95.7, 3.8, 0.5]) / masses
    np.testing.assert_allclose(x, amounts / amounts.sum(), rtol=1e-14)
    matrix = (amounts[0] * IRON + amounts[1] * SILICON) / amounts[:2].sum()
    one = u_from_weight(0.5, CARBON, matrix)
    np.testing.assert_allclose(u_from_mole(x[2]), one, rtol=1e-13)


def test_sites_agree_with_those_of_a_phase():
    sites = djx.thermo.Sites(("Fe", "Si", "C"), ("C",), 3.0)
    x = jnp.array([0.85, 0.05, 0.1])
    y = sites.fractions(x)
    np.testing.assert_allclose(site_from_u(u_from_mole(x[2]), 3.0), y[2], rtol=1e-14)


def test_there_and_back_over_arrays():
    u = jnp.array([[0.0, 1e-9], [0.3, 1.0]])
    ratio = jnp.array([[1.0], [3.0]])
    np.testing.assert_allclose(u_from_mole(mole_from_u(u)), u, rtol=1e-13)
    back = u_from_site(site_from_u(u, ratio), ratio)
    assert back.shape == (2, 2)
    np.testing.assert_allclose(back, u, rtol=1e-15)
    percent = weight_from_u(u, CARBON, IRON)
    np.testing.assert_allclose(u_from_weight(percent, CARBON, IRON), u, rtol=1e-13)
    x = jnp.array([[0.9, 0.1], [0.0, 1.0]])
    weights = weight_from_mole(x, [IRON, CARBON])
    np.testing.assert_allclose(jnp.sum(weights, axis=-1), 100, rtol=1e-14)
    again = mole_from_weight(weights, [IRON, CARBON])
    np.testing.assert_allclose(again, x, rtol=1e-14)


def test_slopes():
    chain = lambda w, m: mole_from_u(u_from_weight(w, CARBON, m))
    both = jax.jit(jax.grad(chain, (0, 1)))(0.8, IRON)
    for k, h in ((0, 1e-5), (1, 1e-7)):
        step = [h * (k == 0), h * (k == 1)]
        ahead = chain(0.8 + step[0], IRON + step[1])
        behind = chain(0.8 - step[0], IRON - step[1])
        np.testing.assert_allclose(both[k], (ahead - behind) / (2 * h), rtol=1e-7)
    assert bool(jnp.isfinite(jax.grad(u_from_mole)(0.0)))
    found = jax.jvp(lambda w: weight_from_u(w, CARBON, IRON), (0.1,), (1.0,))[1]
    ahead, behind = (weight_from_u(0.1 + s, CARBON, IRON) for s in (1e-6, -1e-6))
    np.testing.assert_allclose(found, (ahead - behind) / 2e-6, rtol=1e-7)


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: u_from_mole(1.0), r"`u_from_mole\(mole=...\)` must be < 1"),
        (lambda: mole_from_u(-0.1), r"`mole_from_u\(u=...\)` must .*>= 0"),
        (lambda: u_from_site(1.1), r"`u_from_site\(site=...\)` must be <= 1"),
        (lambda: u_from_site(0.1, 0.0), r"`u_from_site\(ratio=...\)` must .*> 0"),
        (lambda: site_from_u(1.5), r"all sites are full .*got 1.5 of 1"),
        (lambda: u_from_weight(100, 1, 1), r"must be < 100 \(weight percent\)"),
        (lambda: weight_from_u(0.1, 0.0, 1.0), r"mass=...\)` must .*> 0 \(kg/mol\)"),
        (lambda: mole_from_weight([1.0, 2.0], [1.0]), "one number for each of"),
        (lambda: weight_from_mole([0.0, 0.0], [1.0, 1.0]), "component that is there"),
    ],
)
def test_bad_numbers_are_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
