"""Tables of a case for `diffjax fit` that say what was measured."""

import abc
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, model_validator, Tag

import diffjax as djx

from ._experiment import AbstractExperiment
from ._experiments import Couple, HalfSpace, ThinFilm
from ._parameters import Free
from ._profile import Profile
from ._readers import read_profile


_as_quantity = djx.storage.as_quantity
_Composition = Annotated[float, _as_quantity("composition")]
_Duration = Annotated[float, _as_quantity("time", positive=True)]
_Temperature = Annotated[float, _as_quantity("temperature")]
_Amount = Annotated[float, _as_quantity("length")]
_Road = Literal["similarity", "march"]


def free_or(kind: str) -> BeforeValidator:
    """The word "free", or a quantity in words.

    **Arguments:**

    - `kind`: as in [`diffjax.storage.quantity`][].
    """
    return BeforeValidator(
        lambda value: value if value == "free" else djx.storage.quantity(value, kind)
    )


_Origin = Annotated[float | Literal["free"], free_or("length")]


def list_of(value: Any) -> Any:
    """One table where a list of tables is wanted is a list of one."""
    return [value] if isinstance(value, dict) else value


_Sigma = Annotated[
    Annotated[djx.storage.ValueTable, Tag("column")]
    | Annotated[Annotated[float, Field(gt=0)], Tag("number")],
    Discriminator(lambda v: "column" if isinstance(v, dict) else "number"),
]
_Anneals = Annotated[
    list[djx.storage.AnnealTable], Field(min_length=1), BeforeValidator(list_of)
]


class AbstractProfileTable(djx.storage.AbstractTable):
    """`[[experiment]]` of a profile along a line, after an anneal.

    To add a kind: subclass this with its own keys, and write `build`.
    """

    kind: str
    name: str | None = None
    file: str
    position: djx.storage.PositionTable
    value: djx.storage.ValueTable
    sigma: _Sigma | None = None
    temperature: _Temperature | None = None
    time: _Duration | None = None
    anneal: _Anneals | None = None

    @model_validator(mode="after")
    def _one_history(self) -> "AbstractProfileTable":
        simple = self.temperature is not None or self.time is not None
        if simple == (self.anneal is not None):
            raise djx.storage.CaseError(
                "write either `temperature` and `time`, or `anneal` for a history."
            )
        if simple and (self.temperature is None or self.time is None):
            lacks = "temperature" if self.temperature is None else "time"
            raise djx.storage.CaseError(f"`{lacks}` is missing.")
        return self

    @abc.abstractmethod
    def build(self, folder: Path) -> AbstractExperiment:
        """The experiment.

        **Arguments:**

        - `folder`: where its data are.
        """

    def history(self) -> djx.AbstractAnneal:
        """The temperature history, in s and K."""
        if self.anneal is not None:
            return djx.storage.build_anneal(self.anneal)
        assert self.time is not None and self.temperature is not None
        return djx.Anneal(self.time, self.temperature)

    def profile(self, folder: Path) -> Profile:
        """What was measured, positions in m.

        **Arguments:**

        - `folder`: where its data are.
        """
        value = self.value.build()
        if isinstance(self.sigma, djx.storage.ValueTable):
            sigma = self.sigma.build()
        elif self.sigma is not None:
            sigma = self.sigma * djx.storage.unit_factor(value.unit, "composition")
        else:
            sigma = None
        path = folder / self.file
        return read_profile(path, self.position.build(), value, sigma, self.name)


def _free(given: float | str | None, unit: str = "m") -> float | Free | None:
    return Free(unit=unit) if given == "free" else given  # pyright: ignore


class CoupleTable(AbstractProfileTable):
    """`[[experiment]]` of a couple."""

    kind: Literal["couple"]  # pyright: ignore[reportIncompatibleVariableOverride]
    origin: _Origin | None = None
    left: _Composition | None = None
    right: _Composition | None = None
    road: _Road | None = None

    def build(self, folder: Path) -> Couple:
        """The experiment; see `AbstractProfileTable.build`."""
        ends = self.left, self.right, _free(self.origin)
        return Couple(self.profile(folder), self.history(), *ends, road=self.road)


class HalfSpaceTable(AbstractProfileTable):
    """`[[experiment]]` of a body whose surface is held."""

    kind: Literal["half-space"]  # pyright: ignore[reportIncompatibleVariableOverride]
    origin: _Origin = 0.0
    surface: _Composition | None = None
    initial: _Composition | None = None
    road: _Road | None = None

    def build(self, folder: Path) -> HalfSpace:
        """The experiment; see `AbstractProfileTable.build`."""
        ends = self.surface, self.initial, _free(self.origin)
        return HalfSpace(self.profile(folder), self.history(), *ends, road=self.road)


class ThinFilmTable(AbstractProfileTable):
    """`[[experiment]]` of a tracer from a thin layer."""

    kind: Literal["thin-film"]  # pyright: ignore[reportIncompatibleVariableOverride]
    origin: _Origin = 0.0
    amount: _Amount | None = None
    background: Annotated[float | Literal["free"], free_or("composition")] = 0.0

    def build(self, folder: Path) -> ThinFilm:
        """The experiment; see `AbstractProfileTable.build`."""
        held = self.amount, _free(self.background, ""), _free(self.origin)
        return ThinFilm(self.profile(folder), self.history(), *held)


ExperimentTable = Annotated[
    CoupleTable | HalfSpaceTable | ThinFilmTable, Field(discriminator="kind")
]
