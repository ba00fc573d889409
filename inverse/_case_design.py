"""`[design]` of a case: which measurements are possible, and what they are for."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

import diffjax as djx

from ._case_experiments import CoupleTable, HalfSpaceTable, list_of, ThinFilmTable
from ._case_tables import DiffusivitiesTable


ExperimentTable = Annotated[
    CoupleTable | HalfSpaceTable | ThinFilmTable | DiffusivitiesTable,
    Field(discriminator="kind"),
]


class DesignTable(djx.storage.AbstractTable):
    """`[design]`: a criterion, a number of measurements, and candidates."""

    criterion: Literal["D", "A", "E", "c"] = "D"
    of: str | None = None
    measurements: Annotated[int, Field(ge=1)] | None = None
    each: Literal["experiment", "point"] = "experiment"
    draws: Annotated[int, Field(ge=1)] = 16
    candidate: Annotated[list[ExperimentTable], BeforeValidator(list_of)] = []

    @model_validator(mode="after")
    def _of_what(self) -> "DesignTable":
        if (self.criterion == "c") != (self.of is not None):
            raise djx.storage.CaseError(
                'criterion "c" needs `of`, the parameter whose error is to be small.'
                if self.of is None
                else f'`of` belongs to the criterion "c"; got "{self.criterion}".'
            )
        for number, table in enumerate(self.candidate):
            if table.measured:
                raise djx.storage.CaseError(
                    f"candidate {number + 1} has data: candidates are planned."
                )
        return self

    @property
    def goal(self) -> str:
        """The criterion as `inverse.design` calls it."""
        return self.criterion if self.of is None else f"c:{self.of}"
