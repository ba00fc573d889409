"""Tables become diffjax's own objects."""

from typing import Any

import numpy as np
import pytest

import diffjax as djx

from .cases import GOOD, write


def read(tmp_path, *changes) -> Any:
    return djx.storage.read_case(write(tmp_path, GOOD, *changes))


LAW = 'kind = "arrhenius"\nprefactor = "1e-5 m^2/s"\nactivation = "2.0 eV"\n'
ANNEAL = '[anneal]\ntemperature = "1000 degC"\ntime = "1 h"\n'
STATE = 'kind = "uniform"\nvalue = 0.0\n'


@pytest.mark.parametrize(
    "text, at_half",
    [
        ('kind = "constant"\nvalue = "1e-14 m^2/s"\n', 1e-14),
        (LAW, 1e-5 * np.exp(-2.0 / (djx.BOLTZMANN_EV * 1273.15))),
        (
            'kind = "log-spline"\nknots = [0, 1]\n'
            'values = ["1e-14 m^2/s", "1e-12 m^2/s"]\n',
            1e-13,
        ),
        ('kind = "exponential"\nvalue = "1e-14 m^2/s"\nslope = 2\n', 1e-14 * np.e),
        (
            'kind = "polynomial"\ncoefficients = [1, -1.0, 2]\nunit = "1e-14 m^2/s"\n',
            1e-14,
        ),
        (
            'kind = "constant"\nvalue = "1e-14 m^2/s"\n'
            'activation = { energy = "2 eV", reference = "1000 degC" }\n',
            1e-14,
        ),
    ],
)
def test_laws(tmp_path, text, at_half):
    law = read(tmp_path, (LAW, text)).equation.flux.law
    assert float(law.over(0.5, 1273.15)) == pytest.approx(float(at_half), rel=1e-12)


def test_grids(tmp_path):
    plain = read(tmp_path).grid
    np.testing.assert_allclose(np.asarray(plain.faces), np.linspace(0, 100e-6, 21))
    graded = read(
        tmp_path,
        (
            "cells = 20",
            'kind = "graded"\ncells = 20\ncentre = "0 um"\nfinest = "1 um"\n'
            'geometry = "spherical"',
        ),
    ).grid
    assert graded.geometry == "spherical"
    assert float(graded.faces[1]) == pytest.approx(1e-6, rel=0.1)
    faces = read(
        tmp_path,
        (
            'upper = "100 um"\ncells = 20\n',
            'kind = "faces"\nfaces = ["0 um", "1 um", "3 um"]\n',
        ),
    ).grid
    np.testing.assert_allclose(np.asarray(faces.faces), [0, 1e-6, 3e-6])


def test_walls(tmp_path):
    walls = read(
        tmp_path,
        (
            "[anneal]",
            'upper = { kind = "exchange", rate = "1 um/s", equilibrium = 0.2 '
            "}\n[anneal]",
        ),
    ).equation.walls
    assert isinstance(walls.x[0], djx.grid.FixedValue)
    assert isinstance(walls.x[1], djx.grid.Exchange)
    text = '[walls]\nlower = { kind = "fixed-value", value = "100 at%" }\n'
    none = read(tmp_path, (text, "")).equation.walls
    assert all(isinstance(w, djx.grid.NoFlux) for w in none.x)
    ring = '[walls]\nlower = { kind = "periodic" }\nupper = { kind = "periodic" }\n'
    assert read(tmp_path, (text, ring)).equation.walls.periodic
    flux = '[walls]\nupper = { kind = "fixed-flux", outward = "1e-9 m/s" }\n'
    assert isinstance(
        read(tmp_path, (text, flux)).equation.walls.x[1], djx.grid.FixedFlux
    )


def test_one_periodic_wall_is_refused_with_its_line(tmp_path):
    change = ('kind = "fixed-value", value = "100 at%"', 'kind = "periodic"')
    with pytest.raises(djx.storage.CaseError) as e:
        read(tmp_path, change)
    assert str(e.value) == (
        "case.toml, line 12, `walls`: `Walls(x=...)`: `Periodic` joins both walls of "
        "an "
        "axis; got it for one wall only."
    )


def test_a_history_of_parts(tmp_path):
    text = (
        '[[anneal]]\nfrom = "20 degC"\nto = "1000 degC"\ntime = "10 min"\n'
        '[[anneal]]\ntemperature = "1000 degC"\ntime = "1 h"\n'
        '[[anneal]]\ntimes = ["0 s", "60 s"]\ntemperatures = ["1000 degC", "400 '
        'degC"]\n'
    )
    anneal = read(tmp_path, (ANNEAL, text)).anneal
    assert float(anneal.duration) == pytest.approx(600 + 3600 + 60)
    at = lambda t: float(anneal.temperature_at(djx.real(t))) - 273.15
    assert at(300.0) == pytest.approx(510.0)
    assert at(2000.0) == pytest.approx(1000.0)
    assert at(4230.0) == pytest.approx(700.0)


@pytest.mark.parametrize(
    "text, sentence",
    [
        (
            '[anneal]\ntime = "1 h"\n',
            "case.toml, line 15, `anneal`: an anneal is a hold (`time`, "
            "`temperature`), a "
            "ramp (`time`, `from`, `to`) or a record (`times`, `temperatures`); got "
            "`time`.",
        ),
        (
            '[anneal]\ntimes = ["0 s", "5 s"]\ntemperatures = ["5 K"]\n',
            "case.toml, line 15, `anneal`: `times` and `temperatures` must be of one "
            "length of at least 2; got 2 and 1.",
        ),
        (
            '[anneal]\ntimes = ["1 s", "5 s"]\ntemperatures = ["5 K", "6 K"]\n',
            "case.toml, line 15, `anneal`: `times` must increase, starting at zero.",
        ),
    ],
)
def test_histories_that_are_none(tmp_path, text, sentence):
    with pytest.raises(djx.storage.CaseError) as e:
        read(tmp_path, (ANNEAL, text))
    assert str(e.value) == sentence


@pytest.mark.parametrize(
    "text, sentence",
    [
        (
            'kind = "log-spline"\nknots = [0, 1]\nvalues = ["1e-14 m^2/s"]\n',
            "case.toml, line 3, `law`: `knots` and `values` must be of one length; "
            "got 2 "
            "and 1.",
        ),
        (
            'kind = "log-spline"\nknots = [1, 0]\n'
            'values = ["1e-14 m^2/s", "1e-14 m^2/s"]\n',
            "case.toml, line 3, `law`: `knots` must increase.",
        ),
    ],
)
def test_splines_that_are_none(tmp_path, text, sentence):
    with pytest.raises(djx.storage.CaseError) as e:
        read(tmp_path, (LAW, text))
    assert str(e.value) == sentence


def test_states(tmp_path):
    step = 'kind = "step"\nat = "52 um"\nleft = 1.0\nright = 0.0\n'
    state = np.asarray(read(tmp_path, (STATE, step)).initial)
    assert state[9] == 1.0
    assert state[10] == pytest.approx(0.4)
    assert state[11] == 0.0
    (tmp_path / "start.csv").write_text("x,c\n0,0\n100,50\n")
    file = (
        'kind = "csv"\nfile = "start.csv"\n'
        'position = { column = "x", unit = "um" }\n'
        'value = { column = "c", unit = "at%" }\n'
    )
    state = np.asarray(read(tmp_path, (STATE, file)).initial)
    np.testing.assert_allclose(state, (np.arange(20) + 0.5) / 40)


def test_a_column_with_a_wrong_unit_has_its_line(tmp_path):
    file = (
        'kind = "csv"\nfile = "start.csv"\n'
        'position = { column = "x", unit = "umm" }\n'
        'value = { column = "c", unit = "at%" }\n'
    )
    with pytest.raises(djx.storage.CaseError) as e:
        read(tmp_path, (STATE, file))
    assert str(e.value) == (
        'case.toml, line 22, `initial.position.unit`: unknown unit "umm"; did you mean '
        '"um"?'
    )


def test_what_a_constructor_refuses_has_its_line(tmp_path):
    with pytest.raises(djx.storage.CaseError) as e:
        read(tmp_path, ('upper = "100 um"', 'upper = "-100 um"'))
    assert str(e.value).startswith("case.toml, line 8, `grid`: `uniform`")
