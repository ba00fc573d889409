"""Tables of experiments in a case for `diffjax fit`."""

import pytest

import inverse as inv
from inverse._case_experiments import (
    AbstractProfileTable,
    CoupleTable,
    HalfSpaceTable,
    ThinFilmTable,
)


@pytest.mark.parametrize("table", [CoupleTable, HalfSpaceTable, ThinFilmTable])
def test_what_profiles_share_is_written_once(table):
    shared = list(AbstractProfileTable.model_fields)
    assert shared[0] == "kind" and list(table.model_fields)[: len(shared)] == shared
    assert set(vars(table)["__annotations__"]).isdisjoint(set(shared) - {"kind"})


def test_an_abstract_table_is_never_made():
    assert AbstractProfileTable.__abstractmethods__ == {"build"}
    assert inv.Couple.__name__ == CoupleTable.build.__annotations__["return"].__name__
