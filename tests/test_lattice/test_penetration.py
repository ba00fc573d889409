import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax import lattice as lat


A = 3e-10


def test_counts_are_poisson_about_the_thin_film():
    jumps = lat.neighbour_jumps(lat.simple_cubic(A))
    time = 150 / 6e9  # some 150 hops of each
    found = lat.tracer_penetration(jumps, [1e9] * 6, time, atoms=20_000)
    d = 1e9 * A**2
    assert float(found.position[-1]) == pytest.approx(
        3 * (2 * d * time) ** 0.5, rel=0.1
    )
    width = float(found.counts[0] / found.value[0])
    edges = width * np.arange(found.position.size + 1)
    inside = np.diff(np.asarray(jax.scipy.special.erf(edges / (4 * d * time) ** 0.5)))
    pull = (np.asarray(found.counts) - 2e4 * inside) / np.sqrt(2e4 * inside)
    assert np.max(abs(pull)) < 4
    assert 0.4 < np.mean(pull**2) < 2
    film = djx.exact.thin_film(found.position, time, d, amount=2e4)
    assert np.max(abs(np.asarray(found.value - film)) / np.asarray(found.sigma)) < 4
    assert found.atoms != 20_000 and abs(found.atoms - 20_000) < 4 * 20_000**0.5


def test_sites_that_hold_an_atom_longer_count_for_longer():
    # Holes of two kinds: the mean square depth is that of the exact diffusivity.
    jumps = lat.neighbour_jumps(lat.fcc_interstitial(A))
    rho = np.array([0.8, 0.1, 0.1])
    w = jnp.asarray(1e9 / rho[np.array(jumps.source)])
    d = lat.network_diffusivity(jumps, w, rho)[2, 2]
    time = 2e-9
    edges = A / 4 * np.arange(0, 201, 2)
    found = lat.tracer_penetration(jumps, w, time, edges, atoms=10_000)
    assert float(jnp.sum(found.counts)) == found.atoms
    square = found.counts @ found.position**2 / found.atoms
    assert float(square / (2 * d * time)) == pytest.approx(1, abs=4 * (2 / 1e4) ** 0.5)


def test_directions_and_seeds():
    jumps = lat.neighbour_jumps(lat.simple_cubic(A))
    w = 1e9 * np.array(
        [1.0 + (abs(r) > 0.1 * A).argmax() for r in np.asarray(jumps.vectors)]
    )
    run = lambda **more: lat.tracer_penetration(
        jumps, w, 10e-9, A * np.arange(40), atoms=3000, **more
    )
    along = [run(direction=x) for x in np.eye(3)]
    spread = [float(p.counts @ p.position**2 / p.atoms) for p in along]
    wanted = 2 * A**2 * 1e9 * np.array([1.0, 2.0, 3.0]) * 10e-9
    np.testing.assert_allclose(spread, wanted, rtol=4 * (2 / 3000) ** 0.5)
    np.testing.assert_array_equal(
        run(seed=3).counts, run(seed=jax.random.key(3)).counts
    )
    seen = []
    np.testing.assert_array_equal(run(progress=seen.append).counts, run().counts)
    assert seen[-1] == 1 and seen == sorted(seen)


def test_bad_input_is_refused():
    jumps = lat.neighbour_jumps(lat.square(A))
    go = lambda w=(1e9,) * 4, **more: lat.tracer_penetration(
        jumps, list(w), 1e-9, **more
    )
    with pytest.raises(ValueError, match="balance .*jump 0, .* and its reverse, jump"):
        go((2.0, 1.0, 1.0, 1.0))
    with pytest.raises(
        ValueError, match=r"edges=...\)` must be at least two increasing"
    ):
        go(edges=[0.0, 2e-9, 1e-9])
    with pytest.raises(ValueError, match=r"direction=...\)` must be a vector of 2"):
        go(direction=[0.0, 0.0])
    with pytest.raises(ValueError, match=r"atoms=...\)` must be an integer >= 2"):
        go(atoms=0)
    with pytest.raises(ValueError, match="must be known numbers"):
        jax.jit(lambda t: lat.tracer_penetration(jumps, [1e9] * 4, t).counts)(1e-9)
