"""Noise, instruments and plans in a case."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
import inverse as inv
from inverse._case_data import InstrumentTable, NoiseTable, PlannedTable


class Tables(djx.storage.AbstractTable):
    """One of each."""

    noise: NoiseTable | None = None
    instrument: InstrumentTable | None = None
    planned: PlannedTable | None = None


def read(tmp_path, text) -> Any:
    path = tmp_path / "some.toml"
    path.write_text(text)
    return djx.storage.read_tables(path, Tables)[0]


@pytest.mark.parametrize(
    "text, cls, field, value",
    [
        ('{ kind = "gaussian" }', inv.Gaussian, None, None),
        ('{ kind = "student" }', inv.StudentT, "dof", 4.0),
        ('{ kind = "poisson", scale = 3.0 }', inv.Poisson, "scale", 300.0),
        (
            '{ kind = "relative", share = 0.1, floor = 2.0 }',
            inv.Relative,
            "floor",
            0.02,
        ),
        ('{ kind = "censored", limit = 5.0 }', inv.Censored, "limit", 0.05),
    ],
)
def test_noise_is_in_the_unit_of_the_values(tmp_path, text, cls, field, value):
    noise = read(tmp_path, f"noise = {text}").noise.build(0.01)  # at%
    assert isinstance(noise, cls)
    if field is not None:
        np.testing.assert_allclose(getattr(noise, field), value)


def test_counts_in_another_unit_are_the_same_counts(tmp_path):
    noise = read(tmp_path, 'noise = { kind = "poisson", scale = 3.0 }').noise
    value = jnp.array([2.0, 5.0])  # in at%: 6 and 15 counts
    for unit in (1.0, 0.01):
        row = noise.build(unit).residual(1.1 * unit * value, unit * value, value)
        np.testing.assert_allclose(
            row, inv.Poisson().residual(3.3 * value, 3 * value, value)
        )


@pytest.mark.parametrize(
    "text, cls, names",
    [
        ('{ kind = "blur", width = { free = "1 um" } }', inv.GaussianBlur, ["width"]),
        ('{ kind = "pixel", width = "1 um" }', inv.PixelAverage, ["width"]),
        (
            '{ kind = "sims", lead = "1 nm", trail = "3 nm", sigma = "1 nm" }',
            inv.SIMS,
            ["lead", "trail", "sigma"],
        ),
        (
            '{ kind = "sections", edges = ["0 um", "1 um", "3 um"] }',
            inv.SectionAverage,
            [],
        ),
    ],
)
def test_instruments(tmp_path, text, cls, names):
    response = read(tmp_path, f"instrument = {text}").instrument.build()
    assert isinstance(response, cls) and list(response.widths()) == names
    if "free" in text:
        assert isinstance(response.widths()["width"], inv.Free)


def test_plans(tmp_path):
    at = read(tmp_path, 'planned = { at = ["0 um", "1 um", "3 um"] }').planned
    np.testing.assert_allclose(at.positions(0.0, False), [0, 1e-6, 3e-6])
    even = read(tmp_path, 'planned = { from = "-1 um", to = "1 um", points = 5 }')
    np.testing.assert_allclose(
        even.planned.positions(0.0, True), np.linspace(-1e-6, 1e-6, 5)
    )
    far = read(tmp_path, "planned = { lengths = 3, points = 4 }").planned
    np.testing.assert_allclose(far.positions(2e-6, False), np.linspace(0, 6e-6, 4))
    np.testing.assert_allclose(far.positions(2e-6, True), np.linspace(-6e-6, 6e-6, 4))


@pytest.mark.parametrize(
    "text, sentence",
    [
        (
            'noise = { kind = "poison" }',
            '`noise.kind`: there is no kind "poison"; did you mean `poisson`?',
        ),
        (
            'noise = { kind = "relative", share = 0.1 }',
            "`floor` is missing in `[noise]`.",
        ),
        (
            'noise = { kind = "student", dof = 0.5 }',
            "`noise.dof`: 0.5 must be at least 1.",
        ),
        (
            'instrument = { kind = "blur", width = "1 h" }',
            '`instrument.width`: "1 h" is a time; a length is wanted, e.g. "600 um".',
        ),
        (
            'instrument = { kind = "pixel", width = "free" }',
            '`instrument.width`: a free width needs a start, as in { free = "1 um" }.',
        ),
        (
            'instrument = { kind = "sections", edges = ["1 um"] }',
            "`instrument.edges`: at least 2 are wanted; got 1.",
        ),
        (
            'planned = { at = ["0 um", "1 um", "1 um"] }',
            "`planned`: `at` must increase.",
        ),
        (
            'planned = { from = "1 um", to = "1 um", points = 5 }',
            "`planned`: `to` must be beyond `from`.",
        ),
        (
            'planned = { from = "1 um", points = 5 }',
            "`planned`: a plan is positions (`at`), a range (`from`, `to`, `points`) "
            "or so many diffusion lengths (`lengths`, `points`); got `from`, `points`.",
        ),
        (
            "planned = { lengths = 3, points = 2 }",
            "`planned.points`: 2 must be at least 3.",
        ),
    ],
)
def test_what_is_wrong_is_said(tmp_path, text, sentence):
    with pytest.raises(djx.storage.CaseError) as e:
        read(tmp_path, text)
    assert (
        str(e.value)
        .removeprefix("some.toml, line 1")
        .lstrip(",: ")
        .startswith(sentence)
    )
