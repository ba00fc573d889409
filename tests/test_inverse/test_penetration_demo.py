"""Atoms that walk, counted by depth, and fitted as if they had been measured."""

import numpy as np
from scipy import stats

import diffjax as djx
import inverse as inv


def test_a_fit_finds_the_diffusivity_of_the_hops():
    a, rate, time = 3e-10, 1e9, 400 / 6e9  # some 400 hops
    jumps = djx.lattice.neighbour_jumps(djx.lattice.simple_cubic(a))
    exact = float(djx.lattice.network_diffusivity(jumps, [rate] * 6)[2, 2])
    found = djx.lattice.tracer_penetration(jumps, [rate] * 6, time, atoms=20_000)
    # Where few atoms were counted, the root of the count is no standard deviation.
    many = np.asarray(found.counts) > 20
    profile = inv.Profile(
        found.position[many], found.value[many], sigma=found.sigma[many]
    )
    film = inv.ThinFilm(profile, djx.Anneal(time, 1000.0), origin=0.0)
    law = djx.diffusivity.Constant(3 * exact)
    fit = inv.fit(law, film, inv.Free("value", inv.Log(), name="D"))
    assert abs(fit["D"].value - exact) < 2.5 * fit["D"].stderr
    assert fit["D"].stderr < 0.02 * exact
    assert fit["D"].verdict == "determined"
    assert 0.001 < stats.chi2.sf(fit.chi2, fit.dof) < 0.999
    # So is the number of atoms that walked.
    amount = fit["amount"]
    assert abs(amount.value - found.atoms) < 3 * amount.stderr
