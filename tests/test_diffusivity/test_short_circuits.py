import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
import inverse as inv
from diffjax._checks import in_precision
from diffjax.diffusivity import (
    Arrhenius,
    Constant,
    Dislocations,
    GrainBoundaries,
    harrison_regime,
    ShortCircuits,
    Tensor,
)

from ..helpers import validation_row


LATTICE, FAST, PIPE = Arrhenius(1e-4, 2.9), Arrhenius(1e-5, 1.2), Arrhenius(1e-5, 1.7)
BOUNDARIES = GrainBoundaries(FAST, grain_size=5e-6)
LINES = Dislocations(PIPE, density=1e14)


def at(law, temperature=1000.0):
    return np.asarray(law.over(0.0, temperature))


def test_a_number_by_hand():
    g_b, g_d = 3 * 0.5e-9 / 5e-6, np.pi * 0.5e-9**2 * 1e14
    lattice, fast, pipe = (at(law) for law in (LATTICE, FAST, PIPE))
    bound = GrainBoundaries(FAST, 5e-6, segregation=40.0)
    found = at(ShortCircuits(LATTICE, (bound, LINES)))
    free = 1 - g_b - g_d
    flow = free * lattice + 40 * g_b * fast + g_d * pipe
    np.testing.assert_allclose(found, flow / (free + 40 * g_b + g_d), rtol=1e-12)
    # Without segregation the mean over the volume, Hart's own law.
    plain = (1 - g_b) * lattice + g_b * fast
    np.testing.assert_allclose(
        at(ShortCircuits(LATTICE, BOUNDARIES)), plain, rtol=1e-12
    )


def test_equal_paths_and_no_paths_give_the_lattice_back():
    same = GrainBoundaries(LATTICE, 5e-6, segregation=7.0)
    np.testing.assert_allclose(
        at(ShortCircuits(LATTICE, same)), at(LATTICE), rtol=1e-12
    )
    none = Dislocations(PIPE, density=0.0)
    np.testing.assert_array_equal(at(ShortCircuits(LATTICE, none)), at(LATTICE))


def test_the_slope_changes_from_the_lattice_to_the_boundary():
    law = ShortCircuits(LATTICE, BOUNDARIES)
    log_d = lambda beta: jnp.log(law.over(0.0, 1 / (djx.BOLTZMANN_EV * beta)))
    slope = lambda T: -jax.grad(log_d)(1 / (djx.BOLTZMANN_EV * T))
    assert abs(slope(500.0) - 1.2) < 1e-3
    assert abs(slope(5000.0) - 2.9) < 0.01
    # Half and half where (1 - g) D_l = g D_gb.
    g = float(BOUNDARIES.fraction)
    half = 1.7 / djx.BOLTZMANN_EV / np.log((1 - g) * 1e-4 / (g * 1e-5))
    np.testing.assert_allclose(slope(half), (1.2 + 2.9) / 2, rtol=1e-9)


def test_parallel_slabs_by_random_walk_theory():
    """Layers of lattice and boundary that exchange atoms, by moments of the spread."""
    # Along the layers each layer i has D_i; atoms leave it at rates in detailed
    # balance with the segregation. The long-time spread is that of the mean over the
    # null vector of the exchange, whatever the rates are.
    rng = np.random.default_rng(0)
    g = np.array([0.9, 0.07, 0.03])
    s, d = np.array([1.0, 5.0, 0.4]), np.array([1e-15, 3e-12, 8e-13])
    occupied = g * s / np.sum(g * s)
    bonds = rng.uniform(1, 2, (3, 3))
    rates = (bonds + bonds.T) / occupied[:, None]
    generator = rates - np.diag(rates.sum(1))
    # d<x²>/dt = 2 Σ p_i(t) D_i, from all atoms in the lattice at first.
    values, vectors = np.linalg.eig(generator.T)
    share = np.real(vectors[:, np.argmin(abs(values))])
    spread = share @ d / share.sum()
    paths = (
        GrainBoundaries(d[1], 1e-6, width=g[1] * 1e-6, segregation=s[1], shape=1.0),
        Dislocations(d[2], g[2] / (np.pi * 1e-18), radius=1e-9, segregation=s[2]),
    )
    found = at(ShortCircuits(d[0], paths))
    np.testing.assert_allclose(found, spread, rtol=1e-10)
    validation_row(
        "fast paths in a lattice, with segregation",
        "long-time spread of atoms that change between layers",
        None,
        abs(found / spread - 1),
        "3 paths",
    )


def test_a_tensor_of_the_lattice_gets_the_paths_in_all_directions():
    tensor = 1e-14 * np.array([[2.0, 0.5], [0.5, 1.0]])
    path = GrainBoundaries(1e-10, 5e-6)
    g = float(path.fraction)
    expected = (1 - g) * tensor + g * 1e-10 * np.eye(2)
    np.testing.assert_allclose(
        at(ShortCircuits(Tensor(tensor), path)), expected, rtol=1e-12
    )
    with pytest.raises(
        ValueError, match=r"`ShortCircuits\(paths=...\)\[0\]` must have"
    ):
        at(ShortCircuits(LATTICE, GrainBoundaries(Tensor(tensor), 5e-6)))


def test_gradients_in_every_number():
    bound = GrainBoundaries(FAST, 5e-6, segregation=Arrhenius(2.0, -0.3))
    law = ShortCircuits(LATTICE, (bound, LINES))
    leaves, tree = jax.tree.flatten(law)
    assert len(leaves) == 2 + 7 + 5
    scaled = lambda factors: jnp.log(
        jax.tree.unflatten(tree, [x * f for x, f in zip(leaves, factors)]).over(
            0.0, 900.0
        )
    )
    ones = [jnp.ones(())] * len(leaves)
    slopes = jax.grad(scaled)(ones)
    for k, slope in enumerate(slopes):
        move = lambda h: [f + h if i == k else f for i, f in enumerate(ones)]
        central = (scaled(move(1e-5)) - scaled(move(-1e-5))) / 2e-5
        np.testing.assert_allclose(slope, central, rtol=1e-6, atol=1e-10)
        assert slope != 0


def test_in_a_solve_and_in_a_fit():
    law = ShortCircuits(LATTICE, (BOUNDARIES, LINES))
    grid = djx.grid.uniform(0.0, 20e-6, 40)
    anneal = djx.Anneal(3600.0, 1000.0)
    start = jnp.cos(jnp.pi * grid.centres / 20e-6)
    run = lambda given: djx.solve(djx.equations.Diffusion(given), grid, start, anneal)
    np.testing.assert_allclose(
        run(law).ys[-1], run(Constant(at(law))).ys[-1], rtol=0, atol=1e-6
    )
    films = []
    for k, temperature in enumerate((700.0, 900.0, 1300.0, 1600.0)):
        d = at(law, temperature)
        x = np.linspace(0, 4 * np.sqrt(d * 3600.0), 25)
        c = np.asarray(djx.exact.thin_film(x, 3600.0, d, amount=1e-6))
        noise = np.random.default_rng(k).normal(size=25)
        profile = inv.Profile(x, c + 0.01 * c[0] * noise, sigma=0.01 * c[0])
        films.append(inv.ThinFilm(profile, djx.Anneal(3600.0, temperature)))
    free = [
        inv.Free("lattice.activation", unit="eV"),
        inv.Free("paths[0].law.activation", unit="eV"),
    ]
    fit = inv.fit(law, films, free)
    for name, value in (("lattice.activation", 2.9), ("paths[0].law.activation", 1.2)):
        assert abs(fit[name].value - value) < 3 * fit[name].stderr < 0.05


def test_single_precision_and_vmap():
    law = in_precision(ShortCircuits(LATTICE, BOUNDARIES), np.float32)
    found = law.over(np.float32(0.0), np.float32(900.0))
    assert found.dtype == np.float32
    np.testing.assert_allclose(
        found, at(ShortCircuits(LATTICE, BOUNDARIES), 900.0), rtol=1e-4
    )
    sizes = jnp.array([1e-6, 1e-5])
    by_size = jax.vmap(
        lambda size: ShortCircuits(LATTICE, GrainBoundaries(FAST, size)).over(
            0.0, 700.0
        )
    )(sizes)
    np.testing.assert_allclose(by_size[0] / by_size[1], 10, rtol=1e-3)


@pytest.mark.parametrize(
    "reach, regime",
    [(2e-4, "A"), (2e-5, "A-B"), (1e-6, "B"), (2e-9, "B-C"), (1e-11, "C")],
)
def test_regimes(reach, regime):
    assert harrison_regime(reach**2 / 3600, 3600.0, grain_size=1e-4) == regime


def test_segregation_widens_a_boundary():
    assert harrison_regime(1e-18, 1.0, 1e-4) == "B-C"
    assert harrison_regime(1e-18, 1.0, 1e-4, segregation=100.0) == "C"


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: GrainBoundaries(FAST, 1e-9), "boundaries fill more than the body"),
        (
            lambda: GrainBoundaries(FAST, -1e-6),
            r"`GrainBoundaries\(grain_size=...\)` must be .* > 0 \(m\)",
        ),
        (lambda: GrainBoundaries(FAST, 1e-6, width=0.0), r"width=...\)` must be"),
        (lambda: GrainBoundaries(FAST, 1e-6, shape=0.0), r"shape=...\)` must be"),
        (lambda: GrainBoundaries(FAST, 1e-6, segregation=0.0), "segregation"),
        (lambda: Dislocations(PIPE, 2e18), "pipes fill more than the body"),
        (lambda: Dislocations(PIPE, -1.0), r"`Dislocations\(density=...\)` must be"),
        (lambda: Dislocations(PIPE, 1e14, radius=0.0), r"radius=...\)` must be"),
        (
            lambda: ShortCircuits(LATTICE, [GrainBoundaries(FAST, 2e-9)] * 2),
            "must fill less than the body.*got 1.5",
        ),
        (lambda: ShortCircuits(LATTICE, ()), "must be `GrainBoundaries`"),
        (lambda: ShortCircuits(-1.0, LINES), r"`ShortCircuits\(lattice=...\)`"),
        (lambda: harrison_regime(0.0, 1.0, 1.0), r"diffusivity=...\)` must be"),
        (
            lambda: jax.jit(lambda t: harrison_regime(1.0, t, 1.0))(1.0),
            "must be known",
        ),
    ],
)
def test_bad_input_is_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
