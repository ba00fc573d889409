"""A number of a case: held, or free with a start and a prior."""

from typing import Annotated, Any

import pytest

import diffjax as djx
import inverse as inv
from inverse._case_parameter import FREE, Parameter, parameter


class Cut(djx.storage.AbstractTable):
    """A table with one number of each kind."""

    depth: Annotated[Parameter, parameter("length")] = FREE
    amount: Annotated[Parameter, parameter("length", positive=True)] = FREE
    slope: Annotated[Parameter, parameter("number")] = FREE


def read(tmp_path, text) -> Any:
    path = tmp_path / "cut.toml"
    path.write_text(text)
    return djx.storage.read_tables(path, Cut)[0]


def test_held_free_and_started(tmp_path):
    held = read(tmp_path, 'depth = "3 um"').depth
    assert held == Parameter(3e-6, False) and held.local("m") == 3e-6
    assert read(tmp_path, 'depth = "free"').depth == FREE == read(tmp_path, "").depth
    free: Any = FREE.local("m", positive=True)
    assert free.init is None and isinstance(free.transform, inv.Log)
    start = read(tmp_path, 'depth = { free = "3 um", sd = "1 um" }').depth.local("m")
    assert float(start.init) == 3e-6 and float(start.prior.sd) == 1e-6
    assert start.unit == "m"
    amount = read(tmp_path, 'amount = { free = "1 nm", factor = 3 }').amount
    assert float(amount.prior.median) == 1e-9 and float(amount.prior.factor) == 3
    assert read(tmp_path, "slope = -2").slope == Parameter(-2.0, False)


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("depth = 3", "`depth`: 3 has no unit; write a length with one, e.g. "),
        ('depth = "3 h"', '`depth`: "3 h" is a time; a length is wanted, e.g. '),
        ('depth = { sd = "1 um" }', "`depth`: `free` is missing: the value to start "),
        (
            'depth = { free = "1 um", factor = 2 }',
            "`depth`: unknown key `factor`; known: `free`, `sd`.",
        ),
        (
            'depth = { free = "1 um", sd = "0 um" }',
            "`depth`: `sd` must be above zero; got 0 um.",
        ),
        ('amount = "0 nm"', "`amount`: 0 nm must be above zero."),
        (
            'amount = { free = "1 nm", factor = 1 }',
            "`amount`: `factor` must be a number above 1, a standard deviation as a ",
        ),
        ('slope = "2 m"', "`slope`: '2 m' is not a number."),
        ("slope = true", "`slope`: True is not a number."),
    ],
)
def test_what_is_wrong_is_said(tmp_path, text, sentence):
    with pytest.raises(djx.storage.CaseError) as e:
        read(tmp_path, text)
    assert str(e.value).startswith(f"cut.toml, line 1, {sentence}")
