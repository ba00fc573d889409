import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax import lattice as lat


KT = 8.617333262e-5 * 700.0


def test_occupation_is_that_of_boltzmann():
    # Sites of two kinds, and a potential on top that goes up and down by 2 kT.
    jumps = lat.neighbour_jumps(lat.honeycomb(3e-10))
    share = np.array([0.3, 0.7])
    w = 1e9 / share[np.array(jumps.source)]
    u = KT * np.random.default_rng(3).uniform(-2, 2, (4, 3, 2))
    walk = lat.drift_walk(jumps, w, 700.0, u, hops=2000, walkers=500)
    exact = share * np.exp(-u / KT)
    exact = exact / exact.sum()
    pull = (np.asarray(walk.occupation) - exact) / np.asarray(walk.occupation_stderr)
    assert np.max(abs(pull)) < 4
    assert 0.4 < np.mean(pull**2) < 2
    assert np.max(np.asarray(walk.occupation_stderr) / exact) < 0.05
    assert np.sum(walk.occupation) == pytest.approx(1)
    # Nothing drifts where nothing pulls.
    assert np.all(abs(walk.velocity) < 3.5 * np.asarray(walk.velocity_stderr))


def test_walkers_start_in_equilibrium():
    # After two hops of each, time is shared as ever: no walk needs to settle.
    jumps = lat.neighbour_jumps(lat.square(3e-10))
    u = KT * np.array([[0.0, 2.0], [-1.0, 1.0]])[:, :, None]
    walk = lat.drift_walk(jumps, [1e9] * 4, 700.0, u, hops=2, walkers=40_000)
    exact = np.exp(-u / KT) / np.exp(-u / KT).sum()
    off = abs(np.asarray(walk.occupation) - exact)
    assert np.all(off < 3.5 * np.asarray(walk.occupation_stderr))
    assert np.max(walk.occupation_stderr) < 0.005


def test_a_small_force_drifts_as_einstein_says():
    # A chain with three sites of unlike energy: D from the crystal of three sites.
    a, u = 3e-10, KT * np.array([0.0, 1.2, -0.8])
    chain = lat.Jumps(lat.Crystal([[a]]), [(0, 0, (1,))])
    three = lat.Crystal([[3 * a]], [[0.0], [1 / 3], [2 / 3]])
    ring = lat.Jumps(three, [(0, 1, (0,)), (1, 2, (0,)), (2, 0, (1,))])
    climb = u[np.array(ring.target)] - u[np.array(ring.source)]
    rho = np.exp(-u / KT) / np.exp(-u / KT).sum()
    d = lat.network_diffusivity(ring, 1e9 * np.exp(-climb / (2 * KT)), rho)[0, 0]
    force = 0.1 * KT / a
    walk = lat.drift_walk(
        chain, [1e9] * 2, 700.0, u[:, None], [force], hops=2000, walkers=3000
    )
    error = float(walk.velocity_stderr[0])
    assert error < 0.02 * float(walk.velocity[0])
    assert abs(float(walk.velocity[0] - d * force / KT)) < 3 * error
    assert walk.hops == 6_000_000


def test_a_force_pulls_along_each_axis():
    # Without a potential each jump is known: v = sum of w r sinh(F.r / 2kT), any force.
    jumps = lat.neighbour_jumps(lat.fcc(3.6e-10))
    force = np.array([1.0, -0.5, 0.0]) * KT / 3.6e-10
    walk = lat.drift_walk(jumps, [1e9] * 12, 700.0, force=force, walkers=500)
    r = np.asarray(jumps.vectors)
    exact = 1e9 * np.sinh(r @ force / (2 * KT)) @ r
    off = abs(np.asarray(walk.velocity) - exact)
    assert np.all(off < 3.5 * np.asarray(walk.velocity_stderr))
    assert np.max(walk.velocity_stderr) < 0.01 * np.max(exact)


def test_a_batch_of_forces():
    chain = lat.Jumps(lat.Crystal([[3e-10]]), [(0, 0, (1,))])
    go = lambda f: (
        lat.drift_walk(
            chain, [1e9] * 2, 700.0, force=f[None], hops=50, walkers=20
        ).velocity
    )
    many = jax.vmap(go)(1e8 * jnp.array([1.0, -1.0]))
    np.testing.assert_allclose(many[1], go(jnp.array(-1e8)), rtol=1e-9)


def test_bad_input_is_refused():
    jumps = lat.neighbour_jumps(lat.square(3e-10))
    with pytest.raises(ValueError, match="balance .*jump 0, .* and its reverse, jump"):
        lat.drift_walk(jumps, [2.0, 1.0, 1.0, 1.0], 700.0)
    with pytest.raises(ValueError, match=r"potential=...\)` must have 2 axes of cells"):
        lat.drift_walk(jumps, [1.0] * 4, 700.0, np.zeros((3, 3)))
    with pytest.raises(ValueError, match=r"force=...\)` must have shape `\(2,\)`"):
        lat.drift_walk(jumps, [1.0] * 4, 700.0, force=[1.0])
    with pytest.raises(ValueError, match=r"temperature=...\)` must be one finite"):
        lat.drift_walk(jumps, [1.0] * 4, -1.0)
