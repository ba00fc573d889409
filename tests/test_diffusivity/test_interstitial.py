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
