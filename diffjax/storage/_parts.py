"""Tables of a case for diffjax's own nouns: laws, grids, walls, anneals."""

from pathlib import Path
from typing import Annotated, Literal

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from .. import diffusivity as laws
from .._anneal import AbstractAnneal, Anneal, Ramp
from ..grid import (
    AbstractWall,
    Exchange,
    FixedFlux,
    FixedValue,
    from_faces,
    graded,
    Grid,
    NoFlux,
    Periodic,
    step,
    uniform,
    Walls,
)
from ._csv import Column, CsvTable
from ._errors import CaseError
from ._fields import AbstractTable, as_quantity
from ._units import unit_factor


Length = Annotated[float, as_quantity("length")]
Width = Annotated[float, as_quantity("length", positive=True)]
Time = Annotated[float, as_quantity("time")]
Duration = Annotated[float, as_quantity("time", positive=True)]
Temperature = Annotated[float, as_quantity("temperature")]
Diffusivity = Annotated[float, as_quantity("diffusivity", positive=True)]
Energy = Annotated[float, as_quantity("energy")]
Speed = Annotated[float, as_quantity("speed")]
Composition = Annotated[float, as_quantity("composition")]


# Laws


class _Activation(AbstractTable):
    energy: Energy
    reference: Temperature

    def around(self, law: laws.AbstractDiffusivity) -> laws.AbstractDiffusivity:
        return laws.Activated(law, self.energy, self.reference)


class ConstantTable(AbstractTable):
    """`[law]` of one diffusivity."""

    kind: Literal["constant"]
    value: Diffusivity
    activation: _Activation | None = None

    def build(self) -> laws.AbstractDiffusivity:
        """The law, in m²/s."""
        law = laws.Constant(self.value)
        return self.activation.around(law) if self.activation else law


class ArrheniusTable(AbstractTable):
    """`[law]` of Arrhenius."""

    kind: Literal["arrhenius"]
    prefactor: Diffusivity
    activation: Energy

    def build(self) -> laws.AbstractDiffusivity:
        """The law, in m²/s."""
        return laws.Arrhenius(self.prefactor, self.activation)


class LogSplineTable(AbstractTable):
    """`[law]` of a spline of ln D on knots."""

    kind: Literal["log-spline"]
    knots: Annotated[list[Composition], Field(min_length=2)]
    values: list[Diffusivity]
    activation: _Activation | None = None

    @model_validator(mode="after")
    def _same_length(self) -> "LogSplineTable":
        if len(self.knots) != len(self.values):
            raise CaseError(
                "`knots` and `values` must be of one length; got "
                f"{len(self.knots)} and {len(self.values)}."
            )
        if any(a >= b for a, b in zip(self.knots, self.knots[1:])):
            raise CaseError("`knots` must increase.")
        return self

    def build(self) -> laws.AbstractDiffusivity:
        """The law, in m²/s."""
        law = laws.LogSpline(np.array(self.knots), np.array(self.values))
        return self.activation.around(law) if self.activation else law


class ExponentialTable(AbstractTable):
    """`[law]` with ln D linear in composition."""

    kind: Literal["exponential"]
    value: Diffusivity
    slope: float
    activation: _Activation | None = None

    def build(self) -> laws.AbstractDiffusivity:
        """The law, in m²/s."""
        law = laws.Exponential(self.value, self.slope)
        return self.activation.around(law) if self.activation else law


class PolynomialTable(AbstractTable):
    """`[law]` of powers of the composition, in multiples of `unit`."""

    kind: Literal["polynomial"]
    coefficients: Annotated[list[float], Field(min_length=1)]
    unit: Diffusivity
    activation: _Activation | None = None

    def build(self) -> laws.AbstractDiffusivity:
        """The law, in m²/s."""
        law = laws.Polynomial(np.array(self.coefficients) * self.unit)
        return self.activation.around(law) if self.activation else law


LawTable = Annotated[
    ConstantTable
    | ArrheniusTable
    | LogSplineTable
    | ExponentialTable
    | PolynomialTable,
    Field(discriminator="kind"),
]


# Grids


Geometry = Literal["planar", "cylindrical", "spherical"]
Cells = Annotated[int, Field(ge=2)]


class UniformTable(AbstractTable):
    """`[grid]` of equal cells."""

    kind: Literal["uniform"] = "uniform"
    lower: Length = 0.0
    upper: Length
    cells: Cells
    geometry: Geometry = "planar"

    def build(self) -> Grid:
        """The grid, in m."""
        return uniform(self.lower, self.upper, self.cells, self.geometry)


class GradedTable(AbstractTable):
    """`[grid]` with its finest cells at one position."""

    kind: Literal["graded"]
    lower: Length = 0.0
    upper: Length
    cells: Cells
    centre: Length
    finest: Width
    geometry: Geometry = "planar"

    def build(self) -> Grid:
        """The grid, in m."""
        return graded(
            self.lower, self.upper, self.cells, self.centre, self.finest, self.geometry
        )


class FacesTable(AbstractTable):
    """`[grid]` of any faces."""

    kind: Literal["faces"]
    faces: Annotated[list[Length], Field(min_length=3)]
    geometry: Geometry = "planar"

    def build(self) -> Grid:
        """The grid, in m."""
        return from_faces(np.array(self.faces), self.geometry)


def _default_kind(value: object) -> object:
    if isinstance(value, dict) and "kind" not in value:
        return {"kind": "uniform", **value}
    return value


GridTable = Annotated[
    UniformTable | GradedTable | FacesTable,
    Field(discriminator="kind"),
    BeforeValidator(_default_kind),
]


# Walls


class FixedValueTable(AbstractTable):
    """A wall held at a composition."""

    kind: Literal["fixed-value"]
    value: Composition

    def build(self) -> AbstractWall:
        """The wall."""
        return FixedValue(self.value)


class FixedFluxTable(AbstractTable):
    """A wall with a given flux, positive when the body loses."""

    kind: Literal["fixed-flux"]
    outward: Annotated[float, as_quantity("flux")]

    def build(self) -> AbstractWall:
        """The wall."""
        return FixedFlux(self.outward)


class NoFluxTable(AbstractTable):
    """A closed wall."""

    kind: Literal["no-flux"]

    def build(self) -> AbstractWall:
        """The wall."""
        return NoFlux()


class ExchangeTable(AbstractTable):
    """A wall with a surface reaction."""

    kind: Literal["exchange"]
    rate: Speed
    equilibrium: Composition

    def build(self) -> AbstractWall:
        """The wall."""
        return Exchange(self.rate, self.equilibrium)


class PeriodicTable(AbstractTable):
    """A wall joined to the other one."""

    kind: Literal["periodic"]

    def build(self) -> AbstractWall:
        """The wall."""
        return Periodic()


WallTable = Annotated[
    FixedValueTable | FixedFluxTable | NoFluxTable | ExchangeTable | PeriodicTable,
    Field(discriminator="kind"),
]


class WallsTable(AbstractTable):
    """`[walls]`: what the lower and the upper wall do; closed if left out."""

    lower: WallTable = NoFluxTable(kind="no-flux")
    upper: WallTable = NoFluxTable(kind="no-flux")

    def build(self) -> Walls:
        """The pair of walls."""
        return Walls(x=(self.lower.build(), self.upper.build()))


# Anneals


class AnnealTable(AbstractTable):
    """One part of the temperature history.

    A hold (`time`, `temperature`), a ramp (`time`, `from`, `to`) or a record (`times`,
    `temperatures`).
    """

    time: Duration | None = None
    temperature: Temperature | None = None
    start: Temperature | None = Field(default=None, alias="from")
    end: Temperature | None = Field(default=None, alias="to")
    times: list[Time] | None = None
    temperatures: list[Temperature] | None = None

    @model_validator(mode="after")
    def _one_of_three(self) -> "AnnealTable":
        given = {
            f.alias or name
            for name, f in type(self).model_fields.items()
            if getattr(self, name) is not None
        }
        if given not in (
            {"time", "temperature"},
            {"time", "from", "to"},
            {"times", "temperatures"},
        ):
            names = ", ".join(f"`{g}`" for g in sorted(given)) or "nothing"
            raise CaseError(
                "an anneal is a hold (`time`, `temperature`), a ramp (`time`, `from`, "
                f"`to`) or a record (`times`, `temperatures`); got {names}."
            )
        if self.times is not None and self.temperatures is not None:
            if len(self.times) != len(self.temperatures) or len(self.times) < 2:
                raise CaseError(
                    "`times` and `temperatures` must be of one length of at least 2; "
                    f"got {len(self.times)} and {len(self.temperatures)}."
                )
            if self.times[0] != 0 or any(
                a >= b for a, b in zip(self.times, self.times[1:])
            ):
                raise CaseError("`times` must increase, starting at zero.")
        return self

    def build(self) -> AbstractAnneal:
        """The history, in s and K."""
        if self.times is not None and self.temperatures is not None:
            return Ramp(np.array(self.times), np.array(self.temperatures))
        assert self.time is not None
        if self.temperature is not None:
            return Anneal(self.time, self.temperature)
        assert self.start is not None and self.end is not None
        return Ramp(np.array([0.0, self.time]), np.array([self.start, self.end]))


def build_anneal(tables: list[AnnealTable]) -> AbstractAnneal:
    """The parts one after the other.

    **Arguments:**

    - `tables`: at least one.

    **Returns:**

    The whole history, in s and K.
    """
    anneal = tables[0].build()
    for table in tables[1:]:
        anneal = anneal + table.build()
    return anneal


# Initial states


def _unit_of(kind: str) -> AfterValidator:
    def check(unit: str) -> str:
        unit_factor(unit, kind)
        return unit

    return AfterValidator(check)


class PositionTable(AbstractTable):
    """A column of positions in a CSV file: `{ column = "dis", unit = "um" }`."""

    column: str
    unit: Annotated[str, _unit_of("length")]

    def build(self) -> Column:
        """The column."""
        return Column(self.column, self.unit)


class ValueTable(AbstractTable):
    """A column of compositions in a CSV file: `{ column = "X", unit = "at%" }`."""

    column: str
    unit: Annotated[str, _unit_of("composition")]

    def build(self) -> Column:
        """The column."""
        return Column(self.column, self.unit)


class UniformStateTable(AbstractTable):
    """`[initial]` of one composition."""

    kind: Literal["uniform"]
    value: Composition

    def build(self, grid: Grid, folder: Path) -> Float[Array, " cells"]:
        """The state on a grid; shape `(cells,)`."""
        del folder
        return jnp.full(grid.shape[0], self.value)


class StepStateTable(AbstractTable):
    """`[initial]` of a couple: one composition on either side of a plane."""

    kind: Literal["step"]
    at: Length
    left: Composition
    right: Composition

    def build(self, grid: Grid, folder: Path) -> Float[Array, " cells"]:
        """The state on a grid; shape `(cells,)`."""
        del folder
        return step(grid, self.at, self.left, self.right)


class FileStateTable(AbstractTable):
    """`[initial]` from a CSV file, linear between its points, constant outside."""

    kind: Literal["csv"]
    file: str
    position: PositionTable
    value: ValueTable

    def build(self, grid: Grid, folder: Path) -> Float[Array, " cells"]:
        """The state on a grid; shape `(cells,)`."""
        table = CsvTable(folder / self.file)
        x = table.positions(self.position.build())
        y = table.compositions(self.value.build())
        return jnp.asarray(np.interp(np.asarray(grid.centres), x, y))


InitialTable = Annotated[
    UniformStateTable | StepStateTable | FileStateTable, Field(discriminator="kind")
]
