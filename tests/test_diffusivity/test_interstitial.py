import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
from diffjax.diffusivity import Interstitial
from diffjax.lattice import (
    bcc_octahedral,
    Crystal,
    fcc_interstitial,
    Landscape,
    neighbour_jumps,
    saddle_dipoles,
    site_dipoles,
)


A = 2.87e-10
K_EV = 8.617333262e-5
HOLES = neighbour_jumps(bcc_octahedral(A))
CARBON = Landscape(0.0, 0.82, 1e13)


def test_carbon_in_iron_in_closed_form():
    hot = np.array([300.0, 700.0])
    expected = A**2 / 6 * 1e13 * np.exp(-0.82 / (K_EV * hot))
    np.testing.assert_allclose(
        Interstitial(HOLES, CARBON).over(0.0, hot), expected, rtol=1e-8
    )


def test_slopes_are_the_barrier_to_round_off():
    made = Interstitial(HOLES, CARBON)
    slope = jax.jit(jax.grad(lambda law: jnp.log(law.over(0.0, 700.0))))(made)
    exact = -1 / (djx.BOLTZMANN_EV * 700.0)
    np.testing.assert_allclose(slope.landscape.saddle_energies, exact, rtol=1e-13)
    np.testing.assert_allclose(slope.landscape.site_energies, -exact, rtol=1e-13)


def test_a_law_in_solve_like_any_other():
    grid = djx.grid.uniform(0.0, 1e-4, 50)
    start = jnp.where(grid.centres < 5e-5, 1.0, 0.0)
    ramp = djx.Ramp([0.0, 300.0], [600.0, 750.0])
    end = lambda law: djx.solve(
        djx.equations.Diffusion(law), grid, start, ramp, rtol=1e-8, atol=1e-10
    ).ys[-1]
    plain = djx.diffusivity.Arrhenius(A**2 / 6 * 1e13, 0.82)
    found = end(Interstitial(HOLES, CARBON))
    np.testing.assert_allclose(found, end(plain), rtol=1e-6, atol=1e-9)


@pytest.mark.slow
def test_the_activation_energy_through_the_whole_solve():
    grid = djx.grid.uniform(0.0, 1e-4, 40)
    start = jnp.where(grid.centres < 5e-5, 1.0, 0.0)

    def end(law, beta, time):
        anneal = djx.Anneal(time, 1 / (djx.BOLTZMANN_EV * beta))
        equation = djx.equations.Diffusion(law)
        out = djx.solve(equation, grid, start, anneal, rtol=1e-9, atol=1e-11)
        return out.ys[-1][23]

    both = neighbour_jumps(fcc_interstitial(A))
    law = Interstitial(
        both, Landscape({"octahedral": 0.0, "tetrahedral": 0.1}, 0.6, 1e13)
    )
    beta, time = jnp.asarray(1 / (djx.BOLTZMANN_EV * 600.0)), jnp.asarray(0.5)
    whole = jax.jit(jax.value_and_grad(end, argnums=(0, 1, 2)))
    by_law, by_beta, by_time = whole(law, beta, time)[1]
    # Composition is a function of D t, so that this is d ln D / d(1/kT).
    slope = by_beta / (time * by_time)
    log = lambda b: jnp.log(law.over(0.0, 1 / (djx.BOLTZMANN_EV * b)))
    h = 1e-3
    middle = (log(beta + h) - log(beta - h)) / (2 * h)
    np.testing.assert_allclose(slope, middle, rtol=1e-6)
    assert -0.6 < slope < -0.55  # the barrier, less what tetrahedral holes hold
    moved = [whole(law, beta + sign * h, time)[0] for sign in (1, -1)]
    np.testing.assert_allclose(by_beta, (moved[0] - moved[1]) / (2 * h), rtol=1e-5)
    # All energies up by one number is no change; all times one factor is.
    energies = by_law.landscape
    rise = energies.saddle_energies + sum(energies.site_energies.values())
    np.testing.assert_allclose(rise, 0, atol=1e-9)
    np.testing.assert_allclose(
        energies.attempt_frequencies * 1e13, time * by_time, rtol=1e-6
    )


def test_strain_makes_a_tensor():
    dipoles = dict(
        site_dipoles=site_dipoles(HOLES.crystal, np.diag([9.0, 3.0, 3.0])),
        saddle_dipoles=saddle_dipoles(HOLES, np.diag([4.0, 5.0, 6.0])),
    )
    landscape = Landscape(0.0, 0.82, 1e13, **dipoles)
    plain = Interstitial(HOLES, landscape).over(0.0, 700.0)
    still = Interstitial(HOLES, landscape, strain=np.zeros((3, 3)))
    np.testing.assert_allclose(
        still.over(0.0, 700.0), plain * np.eye(3), rtol=1e-12, atol=float(1e-14 * plain)
    )
    strain = 1e-3 * np.diag([1.0, -0.5, -0.5])
    pulled = Interstitial(HOLES, landscape, strain=strain).over(0.0, 700.0)
    slope = djx.lattice.elastodiffusion(HOLES, landscape, 700.0)
    linear = plain * np.eye(3) + np.einsum("ijkl,kl->ij", slope, strain)
    np.testing.assert_allclose(pulled, linear, rtol=3e-3, atol=float(1e-14 * plain))
    turn = djx.tensors.rotation_from_euler([0.2, 0.4, 0.1])
    turned = Interstitial(HOLES, landscape, strain=strain, rotation=turn)
    np.testing.assert_allclose(
        turned.over(0.0, 700.0), turn @ pulled @ turn.T, atol=float(1e-12 * plain)
    )


def test_two_kinds_of_holes_reduce_to_one():
    both = neighbour_jumps(fcc_interstitial(A))
    law = lambda gap: Interstitial(
        both, Landscape({"octahedral": 0.0, "tetrahedral": gap}, 0.6, 1e13)
    )
    # Rarely on a tetrahedral site: two steps in a row from one octahedral hole on.
    rate = 8 * 1e13 * np.exp(-0.6 / (K_EV * 500.0))
    expected = rate * (3 / 16 * A**2) * 2 / 6
    np.testing.assert_allclose(law(0.55).over(0.0, 500.0), expected, rtol=1e-4)


def test_pressure_holds_back():
    law = lambda p: Interstitial(
        HOLES, Landscape(0.0, 0.82, 1e13, saddle_volumes=2e-30), pressure=p
    ).over(0.0, 700.0)
    expected = -2e-30 * 1e9 / (1.380649e-23 * 700.0)
    np.testing.assert_allclose(jnp.log(law(1e9) / law(0.0)), expected, rtol=1e-10)


def test_the_activation_volume_is_the_slope_over_pressure():
    jumps = neighbour_jumps(fcc_interstitial(A))
    landscape = Landscape(
        {"octahedral": 0.0, "tetrahedral": 0.1},
        0.6,
        1e13,
        site_volumes={"octahedral": 1e-30, "tetrahedral": 4e-30},
        saddle_volumes=6e-30,
    )
    hot = 700.0

    @jax.jit
    def log(p):
        return jnp.log(Interstitial(jumps, landscape, pressure=p).over(0.0, hot))

    p, h = jnp.asarray(1e9), 1e7
    slope = jax.jit(jax.grad(log))(p)
    np.testing.assert_allclose(slope, (log(p + h) - log(p - h)) / (2 * h), rtol=1e-6)
    # The saddle over the site, each hole by its share of atoms.
    shares = landscape.occupancies(jumps, hot, p)
    mean = jnp.dot(shares, jnp.array([1e-30, 4e-30, 4e-30]))
    volume = -1.380649e-23 * hot * slope
    np.testing.assert_allclose(volume, 6e-30 - mean, rtol=1e-8)
    given = djx.lattice.activation_volume(jumps, landscape, hot, pressure=p)
    np.testing.assert_allclose(volume, given, rtol=1e-10)


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: Interstitial(HOLES, Landscape(1.0, 0.8, 1e13)), "lies below"),
        (lambda: Interstitial(HOLES, Landscape([0.0, 1.0], 2.0, 1e13)), "1 numbers"),
        (lambda: Interstitial(HOLES, CARBON, strain=0.1), r"shape \(3, 3\)"),
        (lambda: Interstitial(HOLES, CARBON, rotation=np.eye(2)), r"shape \(3, 3\)"),
        (
            lambda: Interstitial(
                djx.lattice.Jumps(Crystal(A * np.eye(2)), [(0, 0, (1, 0))], [0]),
                CARBON,
            ),
            r"no jumps lead on along \(0, 1\)",
        ),
    ],
)
def test_bad_laws_are_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
