import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax.lattice import (
    activation_volume,
    bcc_octahedral,
    Crystal,
    elastodiffusion,
    fcc,
    fcc_interstitial,
    Landscape,
    neighbour_jumps,
    network_diffusivity,
    saddle_dipoles,
    site_dipoles,
    strained_diffusivity,
)
from diffjax.lattice._symmetry import cartesian, space_group


A = 2.87e-10
HOT = 700.0
K_EV = 8.617333262e-5


def carbon():
    """Octahedral holes whose dipole is long along the short axis of the hole."""
    jumps = neighbour_jumps(bcc_octahedral(A))
    sites = site_dipoles(jumps.crystal, np.diag([9.0, 3.0, 3.0]))
    saddles = saddle_dipoles(jumps, np.diag([4.0, 5.0, 6.0]))
    return jumps, Landscape(0.0, 0.82, 1e13, site_dipoles=sites, saddle_dipoles=saddles)


def test_dipoles_turn_with_the_crystal():
    jumps, landscape = carbon()
    for k in range(3):
        expected = np.full(3, 3.0)
        expected[k] = 9.0
        np.testing.assert_allclose(
            np.asarray(landscape.site_dipoles)[k], np.diag(expected), atol=1e-12
        )
    # At the saddle between the holes x and y, x and y are alike by the way back.
    for k, (s, t) in enumerate(zip(jumps.source, jumps.target)):
        third = ({0, 1, 2} - {s, t}).pop()
        own = np.diag(np.asarray(landscape.saddle_dipoles)[k])
        np.testing.assert_allclose(own[s], own[t])
        np.testing.assert_allclose(own.sum(), 15.0)
        assert own[third] in np.asarray(landscape.saddle_dipoles)[0].ravel()


def test_strain_against_the_landscape_by_hand():
    # One kind of site, one axis: fcc with an isotropic dipole under a volume change.
    jumps = neighbour_jumps(fcc(A))
    landscape = Landscape(
        0.0, 0.7, 1e13, site_dipoles=2.0 * np.eye(3), saddle_dipoles=5.0 * np.eye(3)
    )
    still = strained_diffusivity(jumps, landscape, HOT, np.zeros((3, 3)))
    grown = strained_diffusivity(jumps, landscape, HOT, 1e-3 * np.eye(3))
    expected = (1 + 1e-3) ** 2 * np.exp(3e-3 * 3.0 / (K_EV * HOT))
    np.testing.assert_allclose(grown, expected * still, atol=float(1e-12 * still[0, 0]))


@pytest.mark.parametrize("network", ["carbon", "fcc"])
def test_elastodiffusion_against_finite_differences(network):
    if network == "carbon":
        jumps, landscape = carbon()
    else:
        jumps = neighbour_jumps(fcc_interstitial(A), shells=2)
        rng = np.random.default_rng(0)
        sites = site_dipoles(jumps.crystal, [3.0 * np.eye(3), 2.0 * np.eye(3)])
        any_ = rng.normal(size=(2, 3, 3))
        saddles = saddle_dipoles(jumps, any_ + any_.swapaxes(1, 2))
        landscape = Landscape(
            [0.0, 0.1], [0.5, 0.6], 1e13, site_dipoles=sites, saddle_dipoles=saddles
        )
    found = np.asarray(elastodiffusion(jumps, landscape, HOT))
    size, h = abs(found).max(), 1e-5
    # Strain in the vectors and in rates put together here, not by the door itself.
    for k, l in ((0, 0), (1, 1), (0, 1), (1, 2)):
        strain = np.zeros((3, 3))
        strain[k, l] += 0.5
        strain[l, k] += 0.5

        def at(x):
            rates = landscape.rates(jumps, HOT, strain=x * strain)
            shares = landscape.occupancies(jumps, HOT, strain=x * strain)
            crystal = jumps.crystal
            moved = crystal.vectors @ (np.eye(3) + x * strain).T
            return np.asarray(
                network_diffusivity(
                    jumps.on(Crystal(moved, crystal.basis, crystal.kinds)),
                    rates,
                    shares,
                )
            )

        slope = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
        np.testing.assert_allclose(found[:, :, k, l], slope, atol=float(1e-6 * size))


def test_elastodiffusion_is_cubic():
    jumps, landscape = carbon()
    found = np.asarray(elastodiffusion(jumps, landscape, HOT))
    size = abs(found).max()
    for turn in cartesian(jumps.crystal, space_group(jumps.crystal)):
        turned = np.einsum("ai,bj,ck,dl,ijkl->abcd", *(turn,) * 4, found)
        np.testing.assert_allclose(turned, found, atol=float(1e-12 * size))
    np.testing.assert_allclose(found, found.swapaxes(2, 3), atol=float(1e-13 * size))
    assert len(np.unique(np.round(abs(found) / size, 9))) == 4  # 3 constants, and 0


def test_activation_volume():
    jumps, landscape = carbon()
    assert abs(activation_volume(jumps, landscape, HOT)) < 1e-45
    volume = Landscape(0.0, 0.82, 1e13, saddle_volumes=4e-30, site_volumes=1e-30)
    np.testing.assert_allclose(
        activation_volume(jumps, volume, HOT, pressure=1e9), 3e-30, rtol=1e-10
    )
    # Traces of the dipoles are alike here, so that geometry alone is left: D ~ a².
    stiff = 1.7e11
    expected = 2 / (3 * stiff) * 1.380649e-23 * HOT
    np.testing.assert_allclose(
        activation_volume(jumps, landscape, HOT, bulk_modulus=stiff),
        expected,
        rtol=1e-6,
    )


def test_through_jit_and_in_the_energies():
    jumps, _ = carbon()
    slope = lambda e: elastodiffusion(
        jumps, Landscape(0.0, e, 1e13, saddle_dipoles=np.eye(3)), HOT
    )[0, 0, 0, 0]
    value, rise = jax.jit(jax.value_and_grad(slope))(jnp.asarray(0.8))
    np.testing.assert_allclose(rise / value, -1 / (K_EV * HOT), rtol=1e-8)


@pytest.mark.parametrize(
    "make, sentence",
    [
        (
            lambda: site_dipoles(fcc(A), np.eye(2)),
            r"site_dipoles\(dipoles=...\)` must have shape \(1, 3, 3\)",
        ),
        (
            lambda: site_dipoles(Crystal([[A]], [[0.0], [0.3], [0.5]]), [[1.0]]),
            "no symmetry of the crystal joins the sites of kind",
        ),
        (
            lambda: elastodiffusion(*carbon(), HOT, correlation=0.0),
            r"correlation=...\)` must be .* > 0",
        ),
        (
            lambda: activation_volume(*carbon(), HOT, bulk_modulus=-1.0),
            r"bulk_modulus=...\)` must be .* > 0 \(Pa\)",
        ),
    ],
)
def test_bad_input_is_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
