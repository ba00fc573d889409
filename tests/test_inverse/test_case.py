"""Cases for `diffjax fit`."""

from typing import Any

import numpy as np
import pytest

import diffjax as djx
import inverse as inv
from inverse._case import read_fit_case

from .scans import COUPLE, write_case, write_scan


def read(tmp_path, *changes, text=COUPLE) -> Any:
    write_scan(tmp_path)
    return read_fit_case(write_case(tmp_path, text, *changes))


def test_the_form_of_the_manual(tmp_path):
    text = COUPLE.replace('kind = "constant"', 'kind = "log-spline"\nknots = "auto"')
    case = read(tmp_path, text=text)
    couple: Any = case.experiments[0]
    assert isinstance(couple, inv.Couple)
    assert couple.profile.points == 41
    np.testing.assert_allclose(np.asarray(couple.profile.sigma, dtype=float), 0.002)
    assert float(couple.anneal.duration) == 3.6e5
    assert float(couple.anneal.temperature_at(djx.real(0.0))) == 1273.15
    assert case.laws == () and case.knots == "auto"
    assert case.title == "a made-up couple"


def test_sigma_may_be_left_out_or_be_a_column(tmp_path):
    write_scan(tmp_path, noise=0.0)
    path = write_case(tmp_path, COUPLE, ("sigma = 0.002\n", ""))
    assert read_fit_case(path).experiments[0].data.sigma is None
    column = 'sigma = { column = "dis", unit = "at ppm" }'
    text = (tmp_path / "scan.csv").read_text().replace("\n0.0,", "\n1e-9,", 1)
    (tmp_path / "scan.csv").write_text(text)
    path = write_case(tmp_path, COUPLE, ("sigma = 0.002", column))
    sigma = read_fit_case(path).experiments[0].data.sigma
    assert sigma is not None and float(sigma[-1]) == pytest.approx(600e-6)


def test_a_sigma_is_in_the_unit_of_the_values(tmp_path):
    case = read(
        tmp_path, ('"mole fraction"', '"at%"'), ("sigma = 0.002", "sigma = 0.2")
    )
    assert float(case.experiments[0].data.sigma[0]) == pytest.approx(0.002)


def test_what_is_known_is_held(tmp_path):
    more = 'origin = "310 um"\nleft = 0.0\nright = "100 at%"\nroad = "march"\n[law]'
    couple = read(tmp_path, ("[law]", more)).experiments[0]
    assert float(couple.origin) == pytest.approx(310e-6)
    assert float(couple.left) == 0.0 and float(couple.right) == 1.0
    assert couple.road == "march"
    free = read(tmp_path).experiments[0]
    assert all(isinstance(value, inv.Free) for value in free.locals().values())


def test_half_space_and_thin_film(tmp_path):
    write_scan(tmp_path, "half-space")
    change = ('kind = "couple"', 'kind = "half-space"\nsurface = 0.8\ninitial = 0.0')
    half: Any = read_fit_case(write_case(tmp_path, COUPLE, change)).experiments[0]
    assert isinstance(half, inv.HalfSpace)
    held = {name: float(value) for name, value in half.locals().items()}  # pyright: ignore
    assert held == {"origin": 0.0, "surface": 0.8, "initial": 0.0}
    write_scan(tmp_path, "thin-film")
    change = (
        'kind = "couple"',
        'kind = "thin-film"\norigin = "free"\nbackground = "free"',
    )
    film = read_fit_case(write_case(tmp_path, COUPLE, change)).experiments[0]
    assert isinstance(film, inv.ThinFilm)
    assert isinstance(film.origin, inv.Free) and isinstance(film.background, inv.Free)


def test_a_history_may_have_parts(tmp_path):
    history = (
        'anneal = [{ from = "20 degC", to = "1000 degC", time = "1 h" },'
        ' { temperature = "1000 degC", time = "99 h" }]'
    )
    text = COUPLE.replace('temperature = "1000 degC"\ntime = "100 h"\n', history + "\n")
    text = text.replace('"constant"', '"constant"\nactivation = "2 eV"')
    case = read(tmp_path, text=text)
    assert case.experiments[0].road == "march"
    assert float(case.experiments[0].anneal.duration) == pytest.approx(3.6e5)
    (law,), ((value,),) = case.laws, case.free
    assert isinstance(law, djx.diffusivity.Activated) and value.where == "law.value"


def test_several_experiments_share_a_law(tmp_path):
    second = COUPLE[COUPLE.index("[[") : COUPLE.index("[law]")]
    second = second.replace("1000 degC", "1100 degC")
    law = ("[law]\n", f'{second}[law]\nactivation = "free"\n')
    case = read(tmp_path, law)
    assert len(case.experiments) == 2
    assert {f.where for f in case.free[0]} == {"law.value", "activation"}
    arrhenius = ('[law]\nkind = "constant"', f'{second}[law]\nkind = "arrhenius"')
    (law,) = read(tmp_path, arrhenius).laws
    assert isinstance(law, djx.diffusivity.Arrhenius)


def test_methods(tmp_path):
    method = '[method]\nkind = "adam"\nlearning_rate = 0.1\nsteps = 50\n[law]'
    assert isinstance(read(tmp_path, ("[law]", method)).options["method"], inv.Optax)
    method = '[method]\nkind = "levenberg-marquardt"\nmax_steps = 7\n[law]'
    assert read(tmp_path, ("[law]", method)).options["max_steps"] == 7


def test_known_diffusivities_to_compare_with(tmp_path):
    known = '[compare]\ncomposition = [0.5, "60 at%"]\ndiffusivity = ["1e-14 m^2/s", '
    known = read(tmp_path, ("[law]", f'{known}"1e-10 cm^2/s"]\n[law]')).compare
    assert known is not None and known.name == "known"
    np.testing.assert_allclose(known.composition, [0.5, 0.6])
    np.testing.assert_allclose(known.diffusivity, 1e-14)


@pytest.mark.parametrize(
    "changes, sentence",
    [
        (
            [("temperature", "temprature")],
            "case.toml, line 9: unknown key `temprature` in `[[experiment]]`; did you "
            "mean `temperature`? (known: `kind`, `name`, `file`, `position`, `value`, "
            "`sigma`, `noise`, `instrument`, `planned`, `temperature`, `time`, "
            "`anneal`, `direction`, `origin`, `left`, `right`, `road`)",
        ),
        (
            [('column = "dis"', 'colum = "dis"')],
            "case.toml, line 6: unknown key `colum` in `experiment.position`; did you "
            "mean `column`? (known: `column`, `unit`)",
        ),
        (
            [("[law]", "[laws]")],
            "case.toml, line 12: unknown key `laws`; did you mean `law`? (known: "
            "`title`, `experiment`, `law`, `method`, `compare`, `design`)",
        ),
        (
            [('"couple"', '"cuople"')],
            'case.toml, line 4, `experiment.kind`: there is no kind "cuople"; did you '
            "mean `couple`? (known: `couple`, `half-space`, `thin-film`, "
            "`diffusivities`)",
        ),
        (
            [('"constant"', '"log-splin"')],
            'case.toml, line 13, `law.kind`: there is no kind "log-splin"; did you '
            "mean "
            "`log-spline`? (known: `constant`, `exponential`, `log-spline`, "
            "`arrhenius`, `tensor`)",
        ),
        (
            [('"constant"', '"log-spline"\nknots = "many"')],
            'case.toml, line 14, `law.knots`: "many" is not known; known: `auto`.',
        ),
        (
            [('"constant"', '"log-spline"\nknots = 1')],
            "case.toml, line 14, `law.knots`: 1 must be at least 2.",
        ),
        (
            [("0.002", "-0.002")],
            "case.toml, line 8, `experiment.sigma`: -0.002 must be above 0.",
        ),
        (
            [('"um"', '"umm"')],
            'case.toml, line 6, `experiment.position.unit`: unknown unit "umm"; did '
            "you "
            'mean "um"?',
        ),
        (
            [('"um"', '"h"')],
            'case.toml, line 6, `experiment.position.unit`: "h" is a time; a length is '
            'wanted, e.g. "600 um".',
        ),
        (
            [('"mole fraction"', '"wt%"')],
            'case.toml, line 7, `experiment.value.unit`: "wt%" is by weight; convert '
            "it "
            'to atoms first and write "at%" or "mole fraction".',
        ),
        (
            [('"100 h"', '"-100 h"')],
            'case.toml, line 10, `experiment.time`: "-100 h" is negative; a time '
            "cannot "
            "be.",
        ),
        (
            [('"1000 degC"', '"-1000 degC"')],
            'case.toml, line 9, `experiment.temperature`: "-1000 degC" is not above '
            "absolute zero (0 K, -273.15 degC).",
        ),
        (
            [('"1000 degC"', "1000")],
            "case.toml, line 9, `experiment.temperature`: 1000 has no unit; write a "
            'temperature with one, e.g. "1000 degC".',
        ),
        (
            [('time = "100 h"\n', "")],
            "case.toml, line 3, `experiment`: `time` is missing.",
        ),
        (
            [('time = "100 h"\n', 'time = "100 h"\nanneal = []\n')],
            "case.toml, line 11, `experiment.anneal`: at least 1 are wanted; got 0.",
        ),
        (
            [('file = "scan.csv"\n', "")],
            "case.toml, line 3, `experiment`: write either `file` for what was "
            "measured, or `planned` for what is to be.",
        ),
        (
            [('"constant"', '"constant"\nactivation = "free"')],
            "case.toml, line 14, `law.activation`: one temperature, 1273.15 K, does "
            "not "
            "determine an activation energy.",
        ),
        (
            [('"constant"', '"arrhenius"')],
            "case.toml, line 13, `law.kind`: an Arrhenius law needs experiments at two "
            'temperatures or more; all are at 1273.15 K: use "constant".',
        ),
        (
            [('"X"', '"x"')],
            'scan.csv, line 1: there is no column "x"; did you mean `X`? (columns: '
            "`dis`, `X`)",
        ),
        (
            [("sigma = 0.002\n", "")],
            'scan.csv, line 4, column "X": -6.456148560054717e-05 is outside 0 to 1 '
            '("mole fraction"); if that is noise, give `sigma`.',
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(tmp_path, changes, sentence):
    with pytest.raises(djx.storage.CaseError) as e:
        read(tmp_path, *changes)
    assert str(e.value) == sentence


def test_experiments_of_one_law_are_in_one_unit(tmp_path):
    second = COUPLE[COUPLE.index("[[") : COUPLE.index("[law]")]
    second = second.replace('"mole fraction"', '"mol/m^3"')
    changes = ("[law]", f"{second}[law]"), ('"constant"', '"exponential"')
    with pytest.raises(djx.storage.CaseError) as e:
        read(tmp_path, *changes)
    assert str(e.value) == (
        'case.toml, line 16, `experiment.value.unit`: "mol/m^3" beside "mole fraction" '
        "in another experiment: a law of composition needs one kind of it in all."
    )
    # A constant knows no composition.
    assert len(read(tmp_path, changes[0]).experiments) == 2


def test_errors_are_in_the_unit_of_the_values(tmp_path):
    column = 'sigma = { column = "dis", unit = "at%" }'
    changes = ("sigma = 0.002", column), ('"mole fraction"', '"mol/m^3"')
    with pytest.raises(djx.storage.CaseError) as e:
        read(tmp_path, *changes)
    assert str(e.value) == (
        'case.toml, line 3, `experiment`: `sigma` is in "at%" and `value` in '
        '"mol/m^3": both must be fractions, or in one unit.'
    )


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(djx.storage.CaseError) as e:
        read_fit_case(write_case(tmp_path))
    assert str(e.value) == (
        'case.toml, line 5, `experiment.file`: there is no file "scan.csv" in '
        f"{tmp_path}."
    )


def test_two_temperatures_need_an_activation(tmp_path):
    second = COUPLE[COUPLE.index("[[") : COUPLE.index("[law]")]
    second = second.replace("1000 degC", "1100 degC")
    with pytest.raises(djx.storage.CaseError) as e:
        read(tmp_path, ("[law]\n", f"{second}[law]\n"))
    assert str(e.value) == (
        "case.toml, line 21, `law`: temperatures from 1273.15 K to 1373.15 K need "
        '`activation` in the law: an energy such as "2.5 eV", or "free".'
    )
