"""Quantities in words."""

import pytest

import diffjax as djx
from diffjax.storage._units import unit_line


@pytest.mark.parametrize(
    "text, kind, value",
    [
        ("600 um", "length", 600e-6),
        ("600 µm", "length", 600e-6),
        ("-1.5e3nm", "length", -1.5e-6),
        ("1000 degC", "temperature", 1273.15),
        ("1000 °C", "temperature", 1273.15),
        ("1273.15 K", "temperature", 1273.15),
        ("100 h", "time", 3.6e5),
        ("2 day", "time", 172800.0),
        ("1 Myr", "time", 3.15576e13),
        ("5 at%", "composition", 0.05),
        ("5 mol%", "composition", 0.05),
        ("20 at ppm", "composition", 2e-5),
        ("0.05 mole fraction", "composition", 0.05),
        (0.05, "composition", 0.05),
        (1, "composition", 1.0),
        ("2 mol/m^3", "composition", 2.0),
        ("1e-14 m^2/s", "diffusivity", 1e-14),
        ("1e-10 cm2/s", "diffusivity", 1e-14),
        ("1e-10 cm²/s", "diffusivity", 1e-14),
        ("2.5 eV", "energy", 2.5),
        ("1 um/h", "speed", 1e-6 / 3600),
        ("1e-3 mol/m^2/s", "flux", 1e-3),
    ],
)
def test_words_become_si_numbers(text, kind, value):
    assert djx.storage.quantity(text, kind) == pytest.approx(value, rel=1e-12)


def test_molar_energies_become_energies_per_atom():
    # 1 eV per atom is e N_A J/mol.
    per_mole = djx.ELEMENTARY_CHARGE * djx.AVOGADRO
    text = f"{per_mole / 1000!r} kJ/mol"
    assert djx.storage.quantity(text, "energy") == pytest.approx(1.0, rel=1e-9)


@pytest.mark.parametrize(
    "text, kind, sentence",
    [
        (
            "600 umm",
            "length",
            'unknown unit "umm" in "600 umm"; did you mean "um"?',
        ),
        (
            "100 hourz",
            "time",
            'unknown unit "hourz" in "100 hourz"; did you mean "hour"?',
        ),
        (
            "3 flurb",
            "length",
            'unknown unit "flurb" in "3 flurb"; a length may be in "m", "cm", "mm", '
            '"um", "nm", "angstrom", "inch".',
        ),
        (
            "3 mole fractoin",
            "composition",
            'unknown unit "mole fractoin" in "3 mole fractoin"; did you mean "mole '
            'fraction"?',
        ),
        (
            "1 delta_degC",
            "temperature",
            'unknown unit "delta_degC" in "1 delta_degC"; a temperature may be in "K", '
            '"degC", "degF".',
        ),
        ("100 h", "length", '"100 h" is a time; a length is wanted, e.g. "600 um".'),
        (
            "20 eV",
            "time",
            '"20 eV" is an energy per atom; a time is wanted, e.g. "100 h".',
        ),
        (
            "3 kg",
            "length",
            '"3 kg" is not a length ("kg" is [mass]); a length is wanted, e.g. "600 '
            'um".',
        ),
        (100, "time", '100 has no unit; write a time with one, e.g. "100 h".'),
        ("100", "time", '"100" has no unit; write a time with one, e.g. "100 h".'),
        (
            "long",
            "time",
            '"long" does not start with a number; write a time as in "100 h".',
        ),
        (True, "time", 'True is not a time; write it as in "100 h".'),
        ([1], "time", '[1] is not a time; write it as in "100 h".'),
        ("-5 h", "time", '"-5 h" is negative; a time cannot be.'),
        (
            "-1e-14 m^2/s",
            "diffusivity",
            '"-1e-14 m^2/s" is negative; a diffusivity cannot be.',
        ),
        (
            "-300 degC",
            "temperature",
            '"-300 degC" is not above absolute zero (0 K, -273.15 degC).',
        ),
        (
            "-5 K",
            "temperature",
            '"-5 K" is not above absolute zero (0 K, -273.15 degC).',
        ),
        (
            "5 wt%",
            "composition",
            '"5 wt%" is by weight; convert it to atoms first and write "at%" or "mole '
            'fraction".',
        ),
        (
            "5 %",
            "composition",
            '"5 %" does not say by atoms or by weight; write "at%", "mol%" or "at '
            'ppm".',
        ),
        ("1e999 m", "length", '"1e999 m" is too large a number.'),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(text, kind, sentence):
    with pytest.raises(djx.storage.CaseError) as e:
        djx.storage.quantity(text, kind)
    assert str(e.value) == sentence


def test_a_kind_that_does_not_exist():
    with pytest.raises(ValueError, match="`kind` must be one of length, time"):
        djx.storage.quantity("1 m", "lenght")


def test_fractions_are_known_as_such():
    assert djx.storage.is_fraction("at%")
    assert not djx.storage.is_fraction("mol/m^3")
    assert djx.storage.unit_factor("arbitrary", "composition") == 1.0


def test_a_line_from_a_unit_to_si():
    assert unit_line("um", "length") == (1e-6, 0.0)
    assert unit_line("degC", "temperature") == pytest.approx((1.0, 273.15))
    slope, zero = unit_line("degF", "temperature")
    assert 212 * slope + zero == pytest.approx(373.15)
