"""Energies of single hops from profiles: what can be known, and what cannot."""

import diffjax as djx
import inverse as inv

from .common import films


def copper(migration):
    return djx.diffusivity.VacancyMechanism(
        djx.lattice.fcc(3.615e-10), 1.27, migration, 2e13, formation_entropy=2.4
    )


MEASURED = films(copper(0.80), (1150.0, 1300.0))
MIGRATION = inv.Free("migration_energy", scale=0.3, unit="eV")


def test_the_migration_energy_by_path():
    fit = inv.fit(copper(0.70), MEASURED, MIGRATION)
    found = fit["migration_energy"]
    assert found.verdict == "determined" and found.stderr < 0.01
    assert abs(found.value - 0.80) < 3.5 * found.stderr


def test_equilibrium_profiles_know_the_sum_of_the_energies_alone():
    free = [inv.Free("formation_energy", scale=0.3, unit="eV"), MIGRATION]
    fit = inv.fit(copper(0.70), MEASURED, free)
    assert fit.verdicts == ("the data fix only formation_energy + migration_energy",)
    both, error = fit.predict(lambda law: law.formation_energy + law.migration_energy)
    assert error < 0.01 and abs(both - 2.07) < 3.5 * error


def test_by_default_the_barrier_and_the_frequency_of_an_interstitial():
    holes = djx.lattice.neighbour_jumps(djx.lattice.bcc_octahedral(2.866e-10))
    law = lambda barrier, frequency: djx.diffusivity.Interstitial(
        holes, djx.lattice.Landscape(0.0, barrier, frequency)
    )
    measured = films(law(0.82, 1e13), (450.0, 700.0))
    fit = inv.fit(law(0.75, 2e13), measured)
    for name, truth in (("saddle_energies", 0.82), ("attempt_frequencies", 1e13)):
        found = fit[f"landscape.{name}"]
        assert found.verdict == "determined"
        assert abs(found.value - truth) < 3.5 * found.stderr
    # Lengths are known and stay as they are.
    assert fit.model.jumps.crystal.vectors[0, 0] == holes.crystal.vectors[0, 0]
