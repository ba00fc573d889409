"""Atoms that walk, counted by depth, and fitted as if they had been measured."""

import numpy as np
import pytest

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
    fit = inv.fit(film, djx.diffusivity.Constant(inv.Free(transform=inv.Log())))
    (name,) = [n for n in fit.parameters if "amount" not in n]
    assert fit[name].value == pytest.approx(exact, rel=0.05)
