import jax.numpy as jnp
import numpy as np
import pytest

from diffjax import lattice as lat


def rates_of(jumps, values=(1.0, 1.7)):
    return jnp.array([values[c] for c in jumps.classes])


@pytest.mark.parametrize(
    "crystal",
    [lat.fcc(1.0), lat.bcc(1.0), lat.square(1.0), lat.honeycomb(1.0), lat.hcp(1.0)],
    ids=["fcc", "bcc", "square", "honeycomb", "hcp, two rates"],
)
def test_vacancies_remember_as_the_green_function_says(crystal):
    jumps = lat.neighbour_jumps(crystal)
    w = rates_of(jumps)
    cells = 64 if crystal.dimension == 2 else 14
    walk = lat.vacancy_walk(jumps, w, cells, hops=4000, walkers=80)
    exact = np.asarray(lat.tracer_diffusivity(jumps, w))
    off = np.asarray(walk.diffusivity) - exact
    assert np.all(abs(off) < 3.5 * np.asarray(walk.stderr) + 1e-3 * np.max(exact))
    assert np.max(walk.stderr) < 0.01 * np.max(exact)


def test_an_interstitial_on_several_kinds_of_sites():
    jumps = lat.neighbour_jumps(lat.fcc_interstitial(1.0))
    rho = np.exp(-1.0 * (np.arange(jumps.crystal.sites) % 2))
    rho = rho / rho.sum()
    w = jnp.asarray(1 / rho[np.array(jumps.source)])
    walk = lat.random_walk(jumps, w, hops=1000, walkers=400)
    exact = np.asarray(lat.network_diffusivity(jumps, w, rho))
    off = abs(np.asarray(walk.diffusivity) - exact)
    assert np.all(off < 3.5 * np.asarray(walk.stderr))
    assert np.max(walk.stderr) < 0.01 * np.max(exact)


def test_the_same_seed_gives_the_same_numbers():
    jumps = lat.neighbour_jumps(lat.square(1.0))
    run = lambda seed: lat.random_walk(jumps, jnp.ones(4), 50, 20, seed).diffusivity
    np.testing.assert_array_equal(run(1), run(1))
    assert np.any(run(1) != run(2))


@pytest.mark.parametrize("walk", [lat.random_walk, lat.vacancy_walk])
def test_bad_input_is_refused(walk):
    jumps = lat.neighbour_jumps(lat.square(1.0))
    with pytest.raises(ValueError, match=r"rates=...\)` must .* > 0 \(1/s\)"):
        walk(jumps, -jnp.ones(4))
    with pytest.raises(ValueError, match=r"rates=...\)` must have shape `\(4,\)`"):
        walk(jumps, jnp.ones(3))
    with pytest.raises(ValueError, match=r"hops=...\)` must be an integer >= 2"):
        walk(jumps, jnp.ones(4), hops=0)
