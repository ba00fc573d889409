import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax.diffusivity import VacancyMechanism
from diffjax.lattice import (
    bcc,
    Crystal,
    diamond,
    fcc,
    fcc_interstitial,
    hcp,
    neighbour_jumps,
)


A = 3.61e-10
HOT = 1200.0
K_EV = 8.617333262e-5


def boltzmann(energy, hot=HOT):
    return np.exp(-energy / (K_EV * hot))


@pytest.mark.parametrize(
    "make, factor",
    [(fcc, 0.7814514), (bcc, 0.7271941), (diamond, 0.5 / 8)],
)
def test_cubic_crystals_in_closed_form(make, factor):
    law = VacancyMechanism(make(A), 1.27, 0.71, 6.5e12, formation_entropy=2.0)
    expected = factor * A**2 * np.exp(2.0) * 6.5e12 * boltzmann(1.27 + 0.71)
    np.testing.assert_allclose(law.over(0.0, HOT), expected, rtol=1e-7)


def test_hcp_in_closed_form_with_a_given_factor():
    a, c, f = 3.2e-10, 5.2e-10, 0.78
    jumps = neighbour_jumps(hcp(a, c), shells=2)
    basal = int(jumps.vectors[jumps.classes.index(0)][2] != 0)
    energies = np.array([0.4, 0.45])[:: 1 if basal == 0 else -1]
    law = VacancyMechanism(jumps, 0.8, energies, 5e12, correlation=f * np.eye(3))
    rate, other = 5e12 * boltzmann(0.4), 5e12 * boltzmann(0.45)
    across = 0.5 * a**2 * f * boltzmann(0.8) * (3 * rate + other)
    along = 0.75 * c**2 * f * boltzmann(0.8) * other
    found = law.over(0.0, HOT)
    np.testing.assert_allclose(
        found, np.diag([across, across, along]), rtol=1e-8, atol=float(1e-14 * along)
    )
    turn = djx.tensors.rotation_from_euler([0.3, 0.7, -0.2])
    turned = VacancyMechanism(jumps, 0.8, energies, 5e12, correlation=f, rotation=turn)
    np.testing.assert_allclose(turned.over(0.0, HOT), turn @ found @ turn.T, rtol=1e-10)
    # A vacancy alone, of which these are the share of all sites times the factor.
    alone = turned.of_vacancies(jnp.asarray(HOT))
    np.testing.assert_allclose(
        f * boltzmann(0.8) * alone, turned.over(0.0, HOT), rtol=1e-8
    )


def test_with_several_classes_the_factor_follows_the_temperature():
    jumps = neighbour_jumps(hcp(3.2e-10))
    assert jumps.names == ("1a", "1b")
    law = VacancyMechanism(jumps, 0.8, [0.6, 0.6], 5e12)
    bare = VacancyMechanism(jumps, 0.8, [0.6, 0.6], 5e12, correlation=1.0)
    f = np.diagonal(law.over(0.0, HOT)) / np.diagonal(bare.over(0.0, HOT))
    np.testing.assert_allclose(f, [0.781205, 0.781205, 0.781451], atol=2e-6)


def test_slopes_are_the_energies_to_round_off():
    # The law made inside the derivative; its factor is a constant of the crystal.
    def log_d(v, m):
        law = VacancyMechanism(fcc(A), v, m, 6.5e12, formation_entropy=2.0)
        return jnp.log(law.over(0.0, HOT))

    slopes = jax.jit(jax.grad(log_d, argnums=(0, 1)))(1.27, 0.71)
    exact = -1 / (djx.BOLTZMANN_EV * HOT)
    np.testing.assert_allclose(slopes, (exact, exact), rtol=1e-13)


def test_slopes_through_solve():
    grid = djx.grid.uniform(0.0, 1e-5, 40)
    start = jnp.where(grid.centres < 5e-6, 1.0, 0.0)
    made = VacancyMechanism(fcc(A), 1.27, 0.71, 6.5e12, formation_entropy=2.0)

    def end(law, time):
        equation, anneal = djx.equations.Diffusion(law), djx.Anneal(time, HOT)
        return djx.solve(equation, grid, start, anneal, rtol=1e-8, atol=1e-10).ys[-1]

    slope = jax.grad(lambda law, time: end(law, time)[23], argnums=(0, 1))
    by_law, by_time = jax.jit(slope)(made, jnp.asarray(300.0))
    # Composition is a function of D t: dc/dE = -t/kT dc/dt.
    expected = -300.0 * by_time / (djx.BOLTZMANN_EV * HOT)
    assert abs(expected) > 1e-2
    np.testing.assert_allclose(by_law.migration_energy, expected, rtol=1e-6)
    np.testing.assert_allclose(
        by_law.formation_energy, by_law.migration_energy, rtol=1e-12
    )


def test_a_quenched_crystal_sees_migration_alone():
    quenched = VacancyMechanism(
        fcc(A), 1.27, 0.71, 6.5e12, fraction=1e-4, correlation=0.78
    )
    expected = 0.78 * A**2 * 1e-4 * 6.5e12 * boltzmann(0.71)
    np.testing.assert_allclose(quenched.over(0.0, HOT), expected, rtol=1e-8)
    with pytest.warns(UserWarning, match="above 0.01"):
        VacancyMechanism(fcc(A), 1.27, 0.71, 6.5e12, fraction=0.02, correlation=0.78)


def test_pressure():
    given = dict(activation_volume=1e-29, correlation=0.78)
    law = lambda p: VacancyMechanism(fcc(A), 1.27, 0.71, 6.5e12, pressure=p, **given)
    found = jnp.log(law(1e9).over(0.0, HOT) / law(0.0).over(0.0, HOT))
    np.testing.assert_allclose(found, -1e9 * 1e-29 / (1.380649e-23 * HOT), rtol=1e-10)


def test_single_precision_in_the_cold():
    law = VacancyMechanism(fcc(A), 1.27, 0.71, 6.5e12, correlation=0.78)
    cold = law.over(np.float32(0.0), np.float32(250.0))
    assert cold.dtype == np.float32
    np.testing.assert_allclose(cold / 1e-30, law.over(0.0, 250.0) / 1e-30, atol=1e-4)
    small = [np.float32(x) for x in (3e-10, 1.0, 0.5, 1e13)]
    several = VacancyMechanism(hcp(small[0]), *small[1:])
    found = several.over(np.float32(0.0), np.float32(900.0))
    assert found.dtype == np.float32 and np.all(np.isfinite(found))


def make(*arguments, **others):
    return lambda: VacancyMechanism(*arguments, **{"correlation": 0.78} | others)


@pytest.mark.parametrize(
    "make, sentence",
    [
        (make(fcc_interstitial(A), 1.0, 1.0, 1e13), "jumps of one kind of site"),
        (make(fcc(A), np.inf, 1.0, 1e13), r"formation_energy=...\)` must be"),
        (make(fcc(A), 1.0, -0.1, 1e13), r"migration_energy=...\)` must be .* >= 0"),
        (make(fcc(A), 1.0, [1.0, 1.0], 1e13), "one for each of 1 classes"),
        (make(fcc(A), 1.0, 1.0, 0.0), r"attempt_frequency=...\)` must be .* > 0"),
        (make(fcc(A), 1.0, 1.0, 1e13, fraction=0.0), r"fraction=...\)` .* > 0"),
        (make(fcc(A), 1.0, 1.0, 1e13, rotation=np.ones((3, 3))), "must be orthogonal"),
        (make(fcc(A), 1.0, 1.0, 1e13, correlation=[1.0]), r"or have shape \(3, 3\)"),
        (
            make(
                djx.lattice.Jumps(Crystal(A * np.eye(2)), [(0, 0, (1, 0))], [0]),
                1.0,
                1.0,
                1e13,
            ),
            r"no jumps lead on along \(0, 1\)",
        ),
    ],
)
def test_bad_laws_are_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
