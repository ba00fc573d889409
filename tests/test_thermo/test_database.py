"""TDB files against pycalphad itself."""

import sys

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from diffjax import GAS_CONSTANT as R
from diffjax.thermo import read_gibbs, read_mobility

from ..helpers import validation_row
from .phases import TDB


pycalphad = pytest.importorskip("pycalphad", reason="reads TDB files; not installed")
CASES = [
    (("Ni", "Cr"), (0.8, 0.2)),
    (("Ni", "Cr", "C"), (0.72, 0.25, 0.03)),
    (("C", "Ni"), (0.04, 0.96)),
]


@pytest.fixture(scope="module")
def database():
    return pycalphad.Database(TDB)


@pytest.mark.parametrize("names, fractions", CASES)
@pytest.mark.filterwarnings("ignore")
def test_energy_and_potentials_are_pycalphads(database, monkeypatch, names, fractions):
    variables = pycalphad.variables
    # pycalphad's R has five digits.
    monkeypatch.setattr(variables, "R", R)
    phase = read_gibbs(database, "FCC_A1", names)
    model = pycalphad.Model(database, [n.upper() for n in names] + ["VA"], "FCC_A1")
    x = phase.fractions(fractions)
    energy = eqx.filter_jit(lambda t: phase.molar(x, t))
    potentials = eqx.filter_jit(lambda t: phase.chemical_potentials(x, t))
    sites = dict(
        zip([n.upper() for n in phase.sites.species], phase.sites.fractions(x))
    )
    symbols = model.GM.free_symbols
    errors = []
    for temperature in (450.0, 1300.0, 1900.0):
        values = {
            s: temperature if s == variables.T else float(sites[s.species.name])
            for s in symbols
        }
        substitute = lambda e: float(e.subs(values).n(real=True))
        t = jnp.asarray(temperature)
        np.testing.assert_allclose(energy(t), substitute(model.GM), rtol=1e-12)
        errors.append(
            np.max(
                np.abs(
                    _potentials(model, names, substitute, sites)
                    / np.asarray(potentials(t))
                    - 1
                )
            )
        )
    assert max(errors) < 1e-10
    if len(names) == 3:
        validation_row(
            "chemical potentials of a phase read from a TDB file (Ni-Cr-C, invented)",
            "derivatives of pycalphad's model",
            None,
            max(errors),
            "450 to 1900 K",
        )


def _potentials(model, names, substitute, sites):
    """From slopes of pycalphad's energy per formula by its own site fractions."""
    symbols = {
        s.species.name: s for s in model.GM.free_symbols if hasattr(s, "species")
    }
    # Energy of a formula with one metal site: GM times its atoms.
    atoms = 1 + sum(float(sites.get(n, 0)) for n in ("C",) if n in symbols)
    count = 1 + sum(s for n, s in symbols.items() if n == "C")
    formula = model.GM * count
    slope = {n: substitute(formula.diff(s)) for n, s in symbols.items()}
    total = substitute(model.GM) * atoms
    metals = [n for n in slope if n not in ("C", "VA")]
    mean = sum(float(sites[n]) * slope[n] for n in metals)
    small = slope.get("C", 0.0) - slope.get("VA", 0.0) if "C" in slope else 0.0
    held = float(sites["C"]) * small if "C" in slope else 0.0
    found = {n: total + slope[n] - mean - held for n in metals} | {"C": small}
    return np.array([found[n.upper()] for n in names])


@pytest.mark.filterwarnings("ignore")
def test_mobilities_are_sums_of_the_parameters(database):
    mobility = read_mobility(database, "FCC_A1", ("Ni", "Cr", "C"))
    x, t = jnp.array([0.72, 0.24, 0.04]), 1200.0
    found = np.log(mobility.at(x, jnp.asarray(t))) * R * t
    hole = 1 - 0.04 / 0.96
    nickel = -287e3 - 70 * t - 9000 * 0.75 * 0.25 * hole
    chromium = (-277e3 - 69 * t) * hole
    carbon = -137e3 - 75 * t + R * t * np.log(hole)
    np.testing.assert_allclose(found, [nickel, chromium, carbon], rtol=1e-11)


@pytest.mark.filterwarnings("ignore")
def test_sentences(database, tmp_path):
    with pytest.raises(ValueError, match="BCC_A2.*got 'LIQUID'"):
        read_gibbs(database, "LIQUID", ("Ni", "Cr"))
    with pytest.raises(ValueError, match="elements of the file.*got 'Fe'"):
        read_gibbs(database, "FCC_A1", ("Ni", "Fe"))
    with pytest.raises(ValueError, match="mobility parameters .* of Cr in BCC_A2"):
        read_mobility(database, "BCC_A2", ("Cr", "Ni"))
    with pytest.raises(ValueError, match="C is on no site"):
        read_gibbs(database, "BCC_A2", ("Cr", "C"))
    with pytest.raises(ValueError, match="path of a TDB file"):
        read_gibbs(tmp_path / "none.tdb", "FCC_A1", ("Ni", "Cr"))


@pytest.mark.filterwarnings("ignore")
def test_a_file_and_a_phase_of_one_kind_of_site(tmp_path):
    path = tmp_path / "small.tdb"
    path.write_text(TDB, encoding="utf-8")
    phase = read_gibbs(path, "BCC_A2", ("Ni", "Cr"))
    x, t = jnp.array([0.3, 0.7]), jnp.asarray(500.0)
    np.testing.assert_allclose(phase.reference(x, t), 0.3 * 50 - 70, rtol=1e-13)
    np.testing.assert_allclose(phase.excess(x, t), 0.0, atol=1e-12)


def test_without_pycalphad_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pycalphad", None)
    with pytest.raises(ImportError, match=r"pip install 'diffjax\[calphad\]'"):
        read_gibbs("steel.tdb", "FCC_A1", ("Ni", "Cr"))
