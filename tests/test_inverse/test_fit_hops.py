"""Energies of single hops from profiles: what can be known, and what cannot."""

import numpy as np

import diffjax as djx
import inverse as inv

from .common import HOUR, noisy


TRUTH = djx.diffusivity.VacancyMechanism(
    djx.lattice.fcc(3.615e-10), 1.27, 0.80, 2e13, formation_entropy=2.4
)
WRONG = djx.diffusivity.VacancyMechanism(
    djx.lattice.fcc(3.615e-10), 1.27, 0.70, 2e13, formation_entropy=2.4
)


def films(truth):
    out = []
    for k, (hours, temperature) in enumerate([(20.0, 1150.0), (1.0, 1300.0)]):
        d = float(truth.over(0.0, temperature))
        x = np.linspace(0, 5 * np.sqrt(d * hours * HOUR), 30)
        c = djx.exact.thin_film(x, hours * HOUR, d, amount=1e-6)
        values = noisy(np.asarray(c), 0.01 * float(c[0]), seed=k)
        profile = inv.Profile(x, values, name=f"film {k}")
        out.append(inv.ThinFilm(profile, djx.Anneal(hours * HOUR, temperature)))
    return out


def test_the_migration_energy_by_path():
    free = inv.Free("migration_energy", scale=0.3, unit="eV")
    fit = inv.fit(WRONG, films(TRUTH), free)
    found = fit["migration_energy"]
    assert found.verdict == "determined" and found.stderr < 0.01
    assert abs(found.value - 0.80) < 3.5 * found.stderr


def test_equilibrium_profiles_know_the_sum_of_the_energies_alone():
    free = [
        inv.Free("formation_energy", scale=0.3, unit="eV"),
        inv.Free("migration_energy", scale=0.3, unit="eV"),
    ]
    fit = inv.fit(WRONG, films(TRUTH), free)
    assert fit.verdicts == ("the data fix only formation_energy + migration_energy",)
    both, error = fit.predict(lambda law: law.formation_energy + law.migration_energy)
    assert error < 0.01 and abs(both - 2.07) < 3.5 * error


def test_the_barrier_of_an_interstitial():
    holes = djx.lattice.neighbour_jumps(djx.lattice.bcc_octahedral(2.866e-10))
    law = lambda barrier: djx.diffusivity.Interstitial(
        holes, djx.lattice.Landscape(0.0, barrier, 1e13)
    )
    free = inv.Free("landscape.saddle_energies", scale=0.3, unit="eV")
    fit = inv.fit(law(0.75), films(law(0.82)), free)
    (found,) = (p for p in fit.parameters if "saddle" in p.name)
    assert found.verdict == "determined"
    assert abs(found.value - 0.82) < 3.5 * found.stderr
