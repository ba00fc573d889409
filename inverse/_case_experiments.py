"""Tables of a case for `diffjax fit` that say what was, or is to be, measured."""

import abc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Discriminator, Field, model_validator, Tag

import diffjax as djx

from ._case_data import InstrumentTable, NoiseTable, PlannedTable
from ._case_parameter import FREE, Parameter, parameter
from ._experiment import AbstractExperiment
from ._experiments import Couple, HalfSpace, ThinFilm
from ._planned import planned
from ._profile import Profile
from ._readers import read_profile


_as_quantity = djx.storage.as_quantity
_Duration = Annotated[float, _as_quantity("time", positive=True)]
_Temperature = Annotated[float, _as_quantity("temperature")]
_Length = Annotated[Parameter, parameter("length")]
_Amount = Annotated[Parameter, parameter("length", positive=True)]
_Composition = Annotated[Parameter, parameter("composition")]
_Road = Literal["similarity", "march"]
# From a history, compositions and a direction to the diffusion length, in m.
Lengths = Callable[[djx.AbstractAnneal, Sequence[float], Sequence[float] | None], float]


def list_of(value: Any) -> Any:
    """One thing where a list of them is wanted is a list of one."""
    return value if isinstance(value, list) else [value]


Sigma = Annotated[
    Annotated[djx.storage.ValueTable, Tag("a table")]
    | Annotated[Annotated[float, Field(gt=0)], Tag("a number")],
    Discriminator(lambda v: "a table" if isinstance(v, dict) else "a number"),
]
_Anneals = Annotated[
    list[djx.storage.AnnealTable], Field(min_length=1), BeforeValidator(list_of)
]


class AbstractExperimentTable(djx.storage.AbstractTable):
    """`[[experiment]]` of any kind.

    To add a kind: subclass this with its own keys, write the methods, and enter it in
    the case.
    """

    kind: str
    name: str | None = None
    file: str | None = None

    @abc.abstractmethod
    def build(self, folder: Path, lengths: Lengths | None) -> list[AbstractExperiment]:
        """The experiments; more than one if a plan lists temperatures or times.

        **Arguments:**

        - `folder`: where its data are.
        - `lengths`: of diffusion, by the law of the case; `None` where that has no
            numbers.
        """

    @abc.abstractmethod
    def temperatures(self, folder: Path) -> list[float]:
        """Where diffusion happens, in K.

        **Arguments:**

        - `folder`: where its data are.
        """

    @property
    @abc.abstractmethod
    def steady(self) -> bool:
        """Whether each is held at one temperature."""

    @property
    @abc.abstractmethod
    def measured(self) -> bool:
        """Whether there are data, or they are planned."""


class AbstractProfileTable(AbstractExperimentTable):
    """`[[experiment]]` of a profile along a line, after an anneal.

    To add a kind: subclass this with its own keys, and write the methods.
    """

    position: djx.storage.PositionTable | None = None
    value: djx.storage.ValueTable | None = None
    sigma: Sigma | None = None
    noise: NoiseTable | None = None
    instrument: InstrumentTable | None = None
    planned: PlannedTable | None = None
    temperature: Annotated[list[_Temperature], BeforeValidator(list_of)] | None = None
    time: Annotated[list[_Duration], BeforeValidator(list_of)] | None = None
    anneal: _Anneals | None = None
    direction: Annotated[list[float], Field(min_length=2, max_length=3)] | None = None

    @model_validator(mode="after")
    def _one_history(self) -> "AbstractProfileTable":
        simple = self.temperature is not None or self.time is not None
        if simple == (self.anneal is not None):
            raise djx.storage.CaseError(
                "write either `temperature` and `time`, or `anneal` for a history."
            )
        if simple and (not self.temperature or not self.time):
            lacks = "time" if self.temperature else "temperature"
            raise djx.storage.CaseError(f"`{lacks}` is missing.")
        if self.planned is None and len(self.each()) > 1:
            raise djx.storage.CaseError(
                "several temperatures or times are for `planned` experiments; what was "
                "measured has one of each."
            )
        return self

    @model_validator(mode="after")
    def _measured_or_planned(self) -> "AbstractProfileTable":
        if (self.file is None) == (self.planned is None):
            raise djx.storage.CaseError(
                "write either `file` for what was measured, or `planned` for what is "
                "to be."
            )
        for key in ("position", "value"):
            if (getattr(self, key) is None) == (self.planned is None):
                if self.planned is None:
                    raise djx.storage.CaseError(f"`{key}` is missing.")
                raise djx.storage.CaseError(f"`{key}` is for a `file`.")
        if self.planned is None:
            _check_sigma(self.sigma, self.value)
            return self
        if isinstance(self.sigma, djx.storage.ValueTable):
            raise djx.storage.CaseError("a plan needs a number as its `sigma`.")
        scaled = self.noise is None or self.noise.build(1.0).scaled
        if scaled and self.sigma is None:
            raise djx.storage.CaseError("`sigma` is missing: what scatter to expect.")
        return self

    @abc.abstractmethod
    def one(self, profile: Profile) -> AbstractExperiment:
        """The experiment of a profile.

        **Arguments:**

        - `profile`: what was, or is to be, measured.
        """

    @abc.abstractmethod
    def compositions(self) -> tuple[float, float]:
        """Between which it diffuses, as far as that is known; as values."""

    def build(self, folder: Path, lengths: Lengths | None) -> list[AbstractExperiment]:
        """See `AbstractExperimentTable.build`."""
        return [each.one(each.profile(folder, lengths)) for each in self.each()]

    def temperatures(self, folder: Path) -> list[float]:
        """See `AbstractExperimentTable.temperatures`: the highest of each history."""
        del folder
        return [_highest(each.history()) for each in self.each()]

    @property
    def steady(self) -> bool:
        """See `AbstractExperimentTable.steady`."""
        return isinstance(self.history(), djx.Anneal)

    @property
    def measured(self) -> bool:
        """See `AbstractExperimentTable.measured`."""
        return self.planned is None

    def each(self) -> list["AbstractProfileTable"]:
        """One table for each pair of a temperature and a time."""
        if self.anneal is not None:
            return [self]
        assert self.temperature is not None and self.time is not None
        several = len(self.temperature) * len(self.time) > 1
        out = []
        for hot in self.temperature:
            for long in self.time:
                words = [f"{hot - 273.15:.4g} °C", djx.plots.time_words(long)]
                name = self.name
                if several or (name is None and self.planned is not None):
                    name = ", ".join([*([name] if name else []), *words])
                changes = {"temperature": [hot], "time": [long], "name": name}
                out.append(self.model_copy(update=changes))
        return out

    def history(self) -> djx.AbstractAnneal:
        """The (first) temperature history, in s and K."""
        if self.anneal is not None:
            return djx.storage.build_anneal(self.anneal)
        assert self.time is not None and self.temperature is not None
        return djx.Anneal(self.time[0], self.temperature[0])

    def profile(self, folder: Path, lengths: Lengths | None) -> Profile:
        """What was, or is to be, measured, positions in m.

        **Arguments:**

        - `folder`: where its data are.
        - `lengths`: as in `build`.
        """
        unit = 1.0
        if self.value is not None:
            unit = djx.storage.unit_factor(self.value.unit, "composition")
        sigma = self.sigma
        if isinstance(sigma, djx.storage.ValueTable):
            sigma = sigma.build()
        elif sigma is not None:
            sigma = sigma * unit
        noise = None if self.noise is None else self.noise.build(unit)
        response = None if self.instrument is None else self.instrument.build()
        if self.planned is not None:
            assert not isinstance(sigma, djx.storage.Column)
            return planned(
                self._plan(self.planned, lengths),
                sigma,
                self.name or "plan",
                noise,
                response,
            )
        assert self.file and self.position is not None and self.value is not None
        columns = self.position.build(), self.value.build(), sigma
        path = folder / self.file
        return read_profile(path, *columns, self.name, noise, response)

    def _plan(self, table: PlannedTable, lengths: Lengths | None) -> np.ndarray:
        length, ends = 0.0, self.compositions()
        if table.lengths is not None:
            assert lengths is not None  # who asks of a plan has a law with numbers
            between = np.linspace(*ends, 5).tolist()
            length = lengths(self.history(), between, self.direction)
        return table.positions(length, both=self.kind == "couple")


def _check_sigma(sigma: Any, value: djx.storage.ValueTable | None) -> None:
    """Asks that values and their errors are of one kind."""
    if not isinstance(sigma, djx.storage.ValueTable) or value is None:
        return
    if djx.storage.is_fraction(sigma.unit) != djx.storage.is_fraction(value.unit):
        raise djx.storage.CaseError(
            f'`sigma` is in "{sigma.unit}" and `value` in "{value.unit}": both must be '
            "fractions, or in one unit."
        )


def _highest(anneal: djx.AbstractAnneal) -> float:
    """The highest temperature of a history, in K: where diffusion happens."""
    times = np.linspace(0, float(anneal.duration), 201)
    return max(float(anneal.temperature_at(djx.real(t))) for t in times)


def _known(given: Parameter | None) -> float:
    return 0.0 if given is None or given.value is None else given.value


class CoupleTable(AbstractProfileTable):
    """`[[experiment]]` of a couple."""

    kind: Literal["couple"]  # pyright: ignore[reportIncompatibleVariableOverride]
    origin: _Length = FREE
    left: _Composition = FREE
    right: _Composition = FREE
    road: _Road | None = None

    def one(self, profile: Profile) -> Couple:
        """See `AbstractProfileTable.one`."""
        ends = self.left.local(), self.right.local(), self.origin.local("m")
        more = dict(road=self.road, direction=self.direction)
        return Couple(profile, self.history(), *ends, **more)  # pyright: ignore

    def compositions(self) -> tuple[float, float]:
        """See `AbstractProfileTable.compositions`."""
        return _known(self.left), _known(self.right)


class HalfSpaceTable(AbstractProfileTable):
    """`[[experiment]]` of a body whose surface is held."""

    kind: Literal["half-space"]  # pyright: ignore[reportIncompatibleVariableOverride]
    origin: _Length = Parameter(0.0, False)
    surface: _Composition = FREE
    initial: _Composition = FREE
    road: _Road | None = None

    def one(self, profile: Profile) -> HalfSpace:
        """See `AbstractProfileTable.one`."""
        ends = self.surface.local(), self.initial.local(), self.origin.local("m")
        more = dict(road=self.road, direction=self.direction)
        return HalfSpace(profile, self.history(), *ends, **more)  # pyright: ignore

    def compositions(self) -> tuple[float, float]:
        """See `AbstractProfileTable.compositions`."""
        return _known(self.surface), _known(self.initial)


class ThinFilmTable(AbstractProfileTable):
    """`[[experiment]]` of a tracer from a thin layer."""

    kind: Literal["thin-film"]  # pyright: ignore[reportIncompatibleVariableOverride]
    origin: _Length = Parameter(0.0, False)
    amount: _Amount = FREE
    background: _Composition = Parameter(0.0, False)

    def one(self, profile: Profile) -> ThinFilm:
        """See `AbstractProfileTable.one`."""
        amount = self.amount.local("m", positive=True)
        rest = self.background.local(), self.origin.local("m")
        args = profile, self.history(), amount, *rest
        return ThinFilm(*args, direction=self.direction)

    def compositions(self) -> tuple[float, float]:
        """See `AbstractProfileTable.compositions`."""
        return _known(self.background), _known(self.background)
