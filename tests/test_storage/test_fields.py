"""Sentences about keys that are wrong: each with its line and, if there is one, the
nearest known word."""

import pytest

import diffjax as djx

from .cases import write


WRONG = [
    (
        [("time =", "tiem =")],
        "case.toml, line 17: unknown key `tiem` in `[anneal]`; did you mean `time`? "
        "(known: `time`, `temperature`, `from`, `to`, `times`, `temperatures`)",
    ),
    (
        [("[walls]", "[wals]")],
        "case.toml, line 12: unknown key `wals`; did you mean `walls`? (known: "
        "`title`, "
        "`law`, `grid`, `walls`, `anneal`, `initial`, `save`, `method`)",
    ),
    (
        [("cells = 20", "cels = 20")],
        "case.toml, line 10: unknown key `cels` in `[grid]`; did you mean `cells`? "
        "(known: `kind`, `lower`, `upper`, `cells`, `geometry`)",
    ),
    (
        [("value = \"100 at%\"", 'valeu = "100 at%"')],
        "case.toml, line 13: unknown key `valeu` in `walls.lower`; did you mean "
        "`value`? "
        "(known: `kind`, `value`)",
    ),
    ([("cells = 20\n", "")], "case.toml, line 8: `cells` is missing in `[grid]`."),
    (
        [("[initial]\nkind = \"uniform\"\nvalue = 0.0\n", "")],
        "case.toml: `initial` is missing.",
    ),
    (
        [('kind = "arrhenius"\n', "")],
        "case.toml, line 3: `kind` is missing in `[law]`.",
    ),
    (
        [('"arrhenius"', '"arhenius"')],
        'case.toml, line 4, `law.kind`: there is no kind "arhenius"; did you mean '
        "`arrhenius`? (known: `constant`, `arrhenius`, `log-spline`, `exponential`, "
        "`polynomial`)",
    ),
    (
        [("cells = 20", 'cells = 20\ngeometry = "planer"')],
        'case.toml, line 11, `grid.geometry`: "planer" is not known; did you mean '
        "`planar`? (known: `planar`, `cylindrical`, `spherical`)",
    ),
    (
        [("cells = 20", 'cells = "20"')],
        'case.toml, line 10, `grid.cells`: a whole number is wanted; got "20".',
    ),
    (
        [("cells = 20", "cells = 1")],
        "case.toml, line 10, `grid.cells`: 1 must be at least 2.",
    ),
    (
        [("cells = 20", "cells = true")],
        "case.toml, line 10, `grid.cells`: a whole number is wanted; got true.",
    ),
    (
        [("[law]", "[method]\nrtol = inf\n[law]")],
        "case.toml, line 4, `method.rtol`: inf is not a finite number.",
    ),
    (
        [("[law]", "[method]\nrtol = 2.0\n[law]")],
        "case.toml, line 4, `method.rtol`: 2.0 must be below 1.",
    ),
    (
        [('"1 h"', '"1 hourz"')],
        'case.toml, line 17, `anneal.time`: unknown unit "hourz" in "1 hourz"; did '
        'you mean "hour"?',
    ),
    (
        [('"1 h"', '"0 h"')],
        'case.toml, line 17, `anneal.time`: "0 h" must be above zero.',
    ),
    (
        [('"1 h"', '"-1 h"')],
        'case.toml, line 17, `anneal.time`: "-1 h" is negative; a time cannot be.',
    ),
    (
        [('"1000 degC"', '"-1000 degC"')],
        'case.toml, line 16, `anneal.temperature`: "-1000 degC" is not above absolute '
        "zero (0 K, -273.15 degC).",
    ),
    (
        [('"a slab"', "7")],
        "case.toml, line 1, `title`: a text in quotes is wanted; got 7.",
    ),
    (
        [('{ kind = "fixed-value", value = "100 at%" }', '"closed"')],
        'case.toml, line 13, `walls.lower`: a table is wanted; got "closed".',
    ),
    (
        [("[anneal]\ntemperature = \"1000 degC\"\ntime = \"1 h\"\n", ""),
         ('title = "a slab"', "anneal = []")],
        "case.toml, line 1, `anneal`: at least 1 are wanted; got 0.",
    ),
]  # fmt: skip


@pytest.mark.parametrize("changes, sentence", WRONG)
def test_what_is_wrong_is_said_in_one_sentence(tmp_path, changes, sentence):
    from .cases import GOOD

    with pytest.raises(djx.storage.CaseError) as e:
        djx.storage.read_case(write(tmp_path, GOOD, *changes))
    assert str(e.value) == sentence


def test_the_first_of_several_mistakes_is_told(tmp_path):
    from .cases import GOOD

    path = write(tmp_path, GOOD, ("cells = 20", "cells = 0"), ('"2.0 eV"', '"2.0 s"'))
    with pytest.raises(djx.storage.CaseError, match="line 6, `law.activation`"):
        djx.storage.read_case(path)


def test_a_table_of_ones_own(tmp_path):
    from typing import Annotated

    class Cut(djx.storage.AbstractTable):
        depth: Annotated[float, djx.storage.as_quantity("length", positive=True)]

    path = tmp_path / "cut.toml"
    path.write_text('depth = "3 mm"\n')
    cut, document = djx.storage.read_tables(path, Cut)
    assert cut.depth == pytest.approx(3e-3)
    assert document.line(("depth",)) == 1
