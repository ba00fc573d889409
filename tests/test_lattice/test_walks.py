import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax import lattice as lat


def rates_of(jumps, values=(1e9, 1.7e9)):
    return jnp.array([values[c] for c in jumps.classes])


@pytest.mark.parametrize(
    ("crystal", "cells"),
    [
        (lat.fcc(3e-10), 14),
        (lat.bcc(3e-10), 14),
        (lat.square(3e-10), 48),
        (lat.honeycomb(3e-10), 36),
        (lat.hcp(3e-10), 12),
    ],
    ids=["fcc", "bcc", "square", "honeycomb", "hcp, two rates"],
)
def test_vacancies_remember_as_the_green_function_says(crystal, cells):
    jumps = lat.neighbour_jumps(crystal)
    w = rates_of(jumps)
    walk = lat.vacancy_walk(jumps, w, cells, hops=4000, walkers=120)
    f = np.asarray(lat.correlation_factors(jumps, w))
    exact = f @ np.asarray(lat.network_diffusivity(jumps, w))
    off = np.asarray(walk.diffusivity) - exact
    assert np.all(abs(off) < 3.5 * np.asarray(walk.stderr) + 1e-3 * np.max(exact))
    assert np.max(walk.stderr) < 0.01 * np.max(exact)
    error = np.asarray(walk.correlation_stderr)
    assert np.all(abs(walk.correlation - f) < 3.5 * error + 1e-3)
    assert 0 < walk.factor_stderr < np.max(error)
    assert abs(walk.factor - np.trace(f) / len(f)) < 3.5 * walk.factor_stderr + 1e-3


def test_a_short_walk_in_the_plane_is_not_off():
    # From the first hop on, 500 hops are 1 % too far; over their second half they are
    # not, within what 2.6 million of them can tell.
    jumps = lat.neighbour_jumps(lat.square(3e-10))
    walk = lat.vacancy_walk(jumps, [1e9] * 4, cells=32, hops=500, walkers=5200)
    assert abs(walk.factor - 1 / (np.pi - 1)) < 3 * walk.factor_stderr
    assert walk.factor_stderr < 0.003 / (np.pi - 1)


def test_an_interstitial_on_several_kinds_of_sites():
    jumps = lat.neighbour_jumps(lat.fcc_interstitial(3e-10))
    rho = np.exp(-1.0 * (np.arange(jumps.crystal.sites) % 2))
    rho = rho / rho.sum()
    w = jnp.asarray(1e9 / rho[np.array(jumps.source)])
    walk = lat.random_walk(jumps, w, hops=1000, walkers=400)
    exact = np.asarray(lat.network_diffusivity(jumps, w, rho))
    off = abs(np.asarray(walk.diffusivity) - exact)
    assert np.all(off < 3.5 * np.asarray(walk.stderr))
    assert np.max(walk.stderr) < 0.01 * np.max(exact)
    # Without memory, every jump of the balanced flow of 1e9 in each direction counts.
    r = np.asarray(jumps.vectors)
    plain = 0.5e9 * np.einsum("ja,jb->ab", r, r)
    f = np.asarray(walk.correlation)
    np.testing.assert_allclose(f @ plain, walk.diffusivity, rtol=1e-9, atol=1e-20)
    # 400 000 hops, each after the mean time of residence.
    out = np.bincount(np.array(jumps.source), np.asarray(w))
    assert float(walk.time) == pytest.approx(4e5 * (1 / (rho * out).sum()), rel=0.01)


def small_square(rates=jnp.full(4, 1e9), seed=0, **more):
    jumps = lat.neighbour_jumps(lat.square(3e-10))
    return lat.random_walk(jumps, rates, 50, 20, seed, **more)


def small_block(rates=jnp.full(4, 1e9), seed=0, **more):
    jumps = lat.neighbour_jumps(lat.square(3e-10))
    return lat.vacancy_walk(jumps, rates, 8, 50, 20, seed, **more)


@pytest.mark.parametrize("small", [small_square, small_block])
def test_seeds_and_progress(small):
    one = small(seed=1)
    np.testing.assert_array_equal(one.diffusivity, small(seed=1).diffusivity)
    key = small(seed=jax.random.key(1))
    np.testing.assert_array_equal(one.diffusivity, key.diffusivity)
    assert np.any(one.diffusivity != small(seed=2).diffusivity)
    seen = []
    shown = small(seed=1, progress=seen.append)
    np.testing.assert_array_equal(one.diffusivity, shown.diffusivity)
    assert seen == sorted(seen) and seen[-1] == 1 and len(seen) > 10
    assert float(one.time) == pytest.approx(1000 / 4e9) and one.hops == 1000


@pytest.mark.parametrize("small", [small_square, small_block])
def test_rates_and_seeds_in_a_batch(small):
    rates = 1e9 * jnp.array([[1.0, 2.0, 2.0, 1.0], [3.0, 1.0, 1.0, 3.0]])
    many = jax.jit(jax.vmap(small))(rates, jax.random.split(jax.random.key(0), 2))
    for k, key in enumerate(jax.random.split(jax.random.key(0), 2)):
        alone = small(rates[k], key)
        np.testing.assert_allclose(many.diffusivity[k], alone.diffusivity, rtol=1e-9)
        np.testing.assert_allclose(many.factor[k], alone.factor, rtol=1e-9)


def test_displacements_fit_their_integers():
    # Atoms of a small block are taken round it many times, in both directions.
    jumps = lat.neighbour_jumps(lat.honeycomb(3e-10))
    short = lat.vacancy_walk(jumps, [1e9] * 6, cells=2, hops=1000, walkers=2000)
    long = lat.vacancy_walk(jumps, [1e9] * 6, cells=2, hops=10_000, walkers=500)
    error = float(jnp.hypot(short.factor_stderr, long.factor_stderr))
    assert abs(float(short.factor - long.factor)) < 3.5 * error
    assert float(short.factor_stderr) < 0.02 * float(short.factor)
    with pytest.raises(ValueError, match=r"hops=...\)` must be at most \d+ in a block"):
        lat.vacancy_walk(jumps, [1e9] * 6, cells=2, hops=10**9)


@pytest.mark.parametrize("walk", [lat.random_walk, lat.vacancy_walk])
def test_bad_input_is_refused(walk):
    jumps = lat.neighbour_jumps(lat.square(3e-10))
    with pytest.raises(ValueError, match=r"rates=...\)` must .* > 0 \(1/s\)"):
        walk(jumps, -jnp.ones(4))
    with pytest.raises(ValueError, match=r"rates=...\)` must have shape `\(4,\)`"):
        walk(jumps, jnp.ones(3))
    with pytest.raises(ValueError, match=r"hops=...\)` must be an integer >= 2"):
        walk(jumps, jnp.ones(4), hops=0)
    with pytest.raises(ValueError, match="balance .*jump 0, .* and its reverse, jump"):
        walk(jumps, jnp.array([2.0, 1.0, 1.0, 1.0]))
