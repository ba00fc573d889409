"""Tables of a case for how values scatter, what blurs them, and what is planned."""

from typing import Annotated, Literal

import numpy as np
from pydantic import AfterValidator, Field, model_validator

import diffjax as djx

from ._case_parameter import Parameter, parameter
from ._noise import AbstractNoise, Censored, Gaussian, Poisson, Relative, StudentT
from ._response import (
    AbstractResponse,
    GaussianBlur,
    PixelAverage,
    SectionAverage,
    SIMS,
)


_Table = djx.storage.AbstractTable
_Length = Annotated[float, djx.storage.as_quantity("length")]
_Positive = Annotated[float, Field(gt=0)]


def _started(width: Parameter) -> Parameter:
    if width.value is None:
        raise djx.storage.CaseError(
            'a free width needs a start, as in { free = "1 um" }.'
        )
    return width


_Width = Annotated[
    Parameter, parameter("length", positive=True), AfterValidator(_started)
]


# Noise; numbers in the unit of the values


class GaussianTable(_Table):
    """`noise` as a bell curve."""

    kind: Literal["gaussian"]

    def build(self, unit: float) -> AbstractNoise:
        """The noise; `unit`: how many SI units one unit of the values is."""
        del unit
        return Gaussian()


class StudentTable(_Table):
    """`noise` with outliers."""

    kind: Literal["student"]
    dof: Annotated[float, Field(ge=1)] = 4.0

    def build(self, unit: float) -> AbstractNoise:
        """The noise; see `GaussianTable.build`."""
        del unit
        return StudentT(self.dof)


class PoissonTable(_Table):
    """`noise` of counts."""

    kind: Literal["poisson"]
    scale: _Positive = 1.0

    def build(self, unit: float) -> AbstractNoise:
        """The noise; see `GaussianTable.build`."""
        return Poisson(self.scale / unit)


class RelativeTable(_Table):
    """`noise` in proportion to the value, above a floor."""

    kind: Literal["relative"]
    share: _Positive
    floor: _Positive

    def build(self, unit: float) -> AbstractNoise:
        """The noise; see `GaussianTable.build`."""
        return Relative(self.share, self.floor * unit)


class CensoredTable(_Table):
    """`noise` of values below a detection limit."""

    kind: Literal["censored"]
    limit: float

    def build(self, unit: float) -> AbstractNoise:
        """The noise; see `GaussianTable.build`."""
        return Censored(self.limit * unit)


NoiseTable = Annotated[
    GaussianTable | StudentTable | PoissonTable | RelativeTable | CensoredTable,
    Field(discriminator="kind"),
]


# Instruments


class BlurTable(_Table):
    """`instrument` with a beam that blurs."""

    kind: Literal["blur"]
    width: _Width

    def build(self) -> AbstractResponse:
        """The response."""
        return GaussianBlur(self.width.local("m"))


class SimsTable(_Table):
    """`instrument` that sputters."""

    kind: Literal["sims"]
    lead: _Width
    trail: _Width
    sigma: _Width

    def build(self) -> AbstractResponse:
        """The response."""
        widths = self.lead, self.trail, self.sigma
        return SIMS(*(one.local("m") for one in widths))


class PixelTable(_Table):
    """`instrument` that averages over a pixel or a slit."""

    kind: Literal["pixel"]
    width: _Width

    def build(self) -> AbstractResponse:
        """The response."""
        return PixelAverage(self.width.local("m"))


class SectionsTable(_Table):
    """`instrument` that averages over serial sections."""

    kind: Literal["sections"]
    edges: Annotated[list[_Length], Field(min_length=2)]

    def build(self) -> AbstractResponse:
        """The response."""
        return SectionAverage(np.array(self.edges))


InstrumentTable = Annotated[
    BlurTable | SimsTable | PixelTable | SectionsTable, Field(discriminator="kind")
]


# Plans


class PlannedTable(_Table):
    """Where a profile is to be measured.

    Positions one by one (`at`), evenly between two (`from`, `to`, `points`), or over so
    many diffusion lengths (`lengths`, `points`).
    """

    at: Annotated[list[_Length], Field(min_length=3)] | None = None
    start: _Length | None = Field(default=None, alias="from")
    end: _Length | None = Field(default=None, alias="to")
    lengths: _Positive | None = None
    points: Annotated[int, Field(ge=3)] | None = None

    @model_validator(mode="after")
    def _one_of_three(self) -> "PlannedTable":
        given = {
            field.alias or name
            for name, field in type(self).model_fields.items()
            if getattr(self, name) is not None
        }
        if given not in ({"at"}, {"from", "to", "points"}, {"lengths", "points"}):
            names = ", ".join(f"`{g}`" for g in sorted(given)) or "nothing"
            raise djx.storage.CaseError(
                "a plan is positions (`at`), a range (`from`, `to`, `points`) or so "
                f"many diffusion lengths (`lengths`, `points`); got {names}."
            )
        if self.at is not None and any(a >= b for a, b in zip(self.at, self.at[1:])):
            raise djx.storage.CaseError("`at` must increase.")
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise djx.storage.CaseError("`to` must be beyond `from`.")
        return self

    def positions(self, length: float, both: bool) -> np.ndarray:
        """The positions, in m; shape `(points,)`.

        **Arguments:**

        - `length`: the diffusion length, in m.
        - `both`: whether `lengths` are on both sides of zero.
        """
        if self.at is not None:
            return np.array(self.at)
        assert self.points is not None
        if self.lengths is None:
            assert self.start is not None and self.end is not None
            return np.linspace(self.start, self.end, self.points)
        far = self.lengths * length
        return np.linspace(-far if both else 0.0, far, self.points)
