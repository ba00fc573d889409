"""What is free of a law if nobody says."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
import inverse as inv
from inverse._defaults import default_free
from inverse._parameters import paths, resolve


def test_the_laws_of_diffjax_know_their_parameters():
    kinds = djx.diffusivity
    spline = kinds.LogSpline(np.array([0.0, 0.25]), 1e-13)
    (free,) = default_free(spline)
    assert free.name == ("D(X=0)", "D(X=0.25)") and free.logged
    names = [f.where for f in default_free(kinds.Arrhenius(1e-5, 2.0))]
    assert names == ["prefactor", "activation"]
    names = [f.where for f in default_free(kinds.Activated(spline, 2.0, 1200.0))]
    assert names == ["law.log_values", "activation"]
    assert [f.where for f in default_free(kinds.Constant(1e-13))] == ["value"]
    assert len(default_free(kinds.Exponential(1e-13, 1.0))) == 2
    copper = kinds.VacancyMechanism(djx.lattice.fcc(3.6e-10), 1.27, 0.71, 1e13)
    names = [f.where for f in default_free(copper)]
    assert names == ["formation_energy", "migration_energy", "attempt_frequency"]
    quenched = kinds.VacancyMechanism(
        djx.lattice.fcc(3.6e-10), 1.27, 0.71, 1e13, fraction=1e-5
    )
    assert [f.where for f in default_free(quenched)] == names[1:]
    holes = djx.lattice.neighbour_jumps(djx.lattice.fcc_interstitial(3.6e-10))
    hops = djx.lattice.Landscape({"octahedral": 0.0, "tetrahedral": 0.2}, 0.6, 1e13)
    names = [f.where for f in default_free(kinds.Interstitial(holes, hops))]
    assert names == ["landscape.saddle_energies", "landscape.attempt_frequencies"]
    # Inside another law, the crystal's geometry is left alone too.
    scaled = kinds.Scaled(copper, lambda c, T, x: 1 + c)
    assert not any("crystal" in str(f.where) for f in default_free(scaled))
    assert len(default_free(kinds.Polynomial(np.array([1e-13, 1e-14])))) == 1


def test_any_module_is_freed_whole():
    network = eqx.nn.MLP(1, 1, 4, 1, key=jax.random.key(0))
    law = djx.diffusivity.Custom(lambda c, temperature, x: c)
    assert {f.where for f in default_free(network)} == set(paths(network))
    with pytest.raises(ValueError, match="frees all floating-point arrays"):
        default_free(law)
    held = djx.diffusivity.Activated(law, 2.0, 1200.0)
    assert [f.where for f in default_free(held)] == ["activation"]


def test_geometry_is_never_freed_by_default():
    hcp = djx.lattice.neighbour_jumps(djx.lattice.hcp(3.2e-10))
    vacancies = djx.diffusivity.VacancyMechanism(hcp, 0.8, [0.6, 0.7], 5e12)
    frees = default_free(vacancies)
    energies = ["formation_energy", "migration_energy"]
    assert [f.where for f in frees] == [*energies, "attempt_frequency"]
    assert frees[1].name == ("migration_energy[1a]", "migration_energy[1b]")
    quenched = djx.diffusivity.VacancyMechanism(hcp, 0.8, 0.6, 5e12, fraction=1e-5)
    assert "formation_energy" not in [f.where for f in default_free(quenched)]

    holes = djx.lattice.neighbour_jumps(djx.lattice.bcc_octahedral(2.87e-10))
    landscape = djx.lattice.Landscape(0.0, {"1": 0.8}, 1e13)
    carbon = djx.diffusivity.Interstitial(holes, landscape)
    places = ["landscape.saddle_energies['1']", "landscape.attempt_frequencies"]
    assert [f.where for f in default_free(carbon)] == places

    solute = djx.diffusivity.Substitutional(vacancies, 0.5, 5e12)
    own = ["exchange_energy", "exchange_frequency"]
    assert [f.where for f in default_free(solute)] == own

    copper = djx.diffusivity.VacancyMechanism(djx.lattice.fcc(3.6e-10), 1.3, 0.7, 1e13)
    curved = djx.diffusivity.WithDivacancies(copper, 0.2, 0.5, 1e13)
    inner = [f"single.{f.where}" for f in default_free(copper)]
    own = ["migration_energy", "attempt_frequency"]
    assert [f.where for f in default_free(curved)] == [*inner, *own]

    # Nor inside another law, nor in a module of one's own that holds a crystal.
    boundaries = djx.diffusivity.GrainBoundaries(1e-9, 1e-5)
    mixed = djx.diffusivity.ShortCircuits(carbon, boundaries)
    inner = [f.where for f in default_free(mixed)]
    assert inner[:2] == [f"lattice.{place}" for place in places]
    assert "paths[0].law.value" in inner
    for law in (
        vacancies,
        curved,
        solute,
        carbon,
        mixed,
        {"mine": (holes, jnp.ones(2))},
    ):
        assert any("crystal" in path for path in paths(law))
        found = default_free(law)
        assert found and not any("crystal" in str(free.where) for free in found)
        for free in found:
            assert isinstance(free.where, str) and resolve(law, free.where)
    with pytest.raises(ValueError, match="but those of a crystal"):
        default_free({"holes": holes})


def test_laws_inside_a_model_are_told_apart():
    spline = djx.diffusivity.LogSpline(np.array([0.0, 1.0]), 1e-13)
    both = djx.diffusivity.Anisotropic((spline, djx.diffusivity.Constant(1e-14)))
    first, second = default_free(both)
    assert first.where == "principal[0].log_values" and first.logged
    assert first.name == ("principal[0].D(X=0)", "principal[0].D(X=1)")
    assert second.name == "principal[1].D" and isinstance(second.transform, inv.Log)


def test_a_tensor_is_freed_as_one():
    tensor = djx.diffusivity.Tensor(1e-14 * np.eye(3))
    (free,) = default_free(tensor)
    assert free.name == "D" and isinstance(free.transform, inv.LogCholesky)
    along = djx.diffusivity.Along(tensor, np.array([1.0, 0.0, 0.0]))
    (free,) = default_free(along)
    assert free.where == "law.value" and isinstance(free.transform, inv.LogCholesky)
