"""`[law]` of a case for `diffjax fit`: what is to be found, and where that starts."""

import abc
import math
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Discriminator, Field, model_validator, Tag

import diffjax as djx

from ._case_experiments import Lengths
from ._case_parameter import FREE, Parameter, parameter
from ._cholesky import LogCholesky
from ._defaults import default_free
from ._experiment import mean_diffusivity
from ._parameters import Free
from ._priors import LogNormal, Normal


_Table = djx.storage.AbstractTable
_Law = djx.diffusivity.AbstractDiffusivity
_as_quantity = djx.storage.as_quantity
_Composition = Annotated[float, _as_quantity("composition")]
_Temperature = Annotated[float, _as_quantity("temperature")]
_Diffusivity = Annotated[Parameter, parameter("diffusivity", positive=True)]
_Diffusivities = Annotated[
    list[Annotated[float, _as_quantity("diffusivity", positive=True)]],
    Field(min_length=2),
]
_Energy = Annotated[Parameter, parameter("energy")]
# Where a law starts does not matter much: the fit first moves it to the data.
_START = 1e-13  # m²/s
_ENERGY = 2.5  # eV per atom
_MOST_KNOTS = 7


class AbstractLawTable(_Table):
    """`[law]` of any kind.

    To add a kind: subclass this with its own keys, and write the methods.
    """

    kind: str

    @abc.abstractmethod
    def numbers(self) -> dict[str, Parameter]:
        """What the case says of each parameter, by its path in the law."""

    @abc.abstractmethod
    def plain(self, reference: float, values: np.ndarray) -> list[_Law]:
        """The laws at their start; of several the best counts; none for a log-spline
        that makes its own.

        **Arguments:**

        - `reference`: temperature at which D is that of the start, in K.
        - `values`: what was measured; shape `(n,)`.
        """

    def complete(self) -> bool:
        """Whether every parameter has a number: held, or to start from."""
        return all(one.value is not None for one in self.numbers().values())


class AbstractActivatedTable(AbstractLawTable):
    """`[law]` of D(c), with an activation energy or without.

    To add a kind: subclass this with its own keys, and write `inner` and `numbers`.
    """

    activation: _Energy | None = None
    reference: _Temperature | None = None

    @model_validator(mode="after")
    def _reference(self) -> "AbstractActivatedTable":
        if self.reference is not None and self.activation is None:
            raise djx.storage.CaseError("`reference` is for a law with `activation`.")
        given = [k for k, p in self.own().items() if p.value is not None]
        if given and self.activation is not None and self.reference is None:
            raise djx.storage.CaseError(
                f"`reference` is missing: the temperature of `{given[0]}`."
            )
        return self

    @abc.abstractmethod
    def own(self) -> dict[str, Parameter]:
        """What the case says of the diffusivity at one temperature, by key."""

    @abc.abstractmethod
    def inner(self, values: np.ndarray) -> list[_Law]:
        """The laws at one temperature; `values` as in `plain`."""

    def numbers(self) -> dict[str, Parameter]:
        """See `AbstractLawTable.numbers`."""
        paths = {"value": "value", "slope": "slope", "values": "log_values"}
        if self.kind == "exponential":
            paths["value"] = "log_value"
        before = "" if self.activation is None else "law."
        out = {f"{before}{paths[key]}": one for key, one in self.own().items()}
        return out if self.activation is None else out | {"activation": self.activation}

    def plain(self, reference: float, values: np.ndarray) -> list[_Law]:
        """See `AbstractLawTable.plain`."""
        laws = self.inner(values)
        if self.activation is None:
            return laws
        energy = _or(self.activation, _ENERGY)
        at = reference if self.reference is None else self.reference
        return [djx.diffusivity.Activated(law, energy, at) for law in laws]


class ConstantLaw(AbstractActivatedTable):
    """`[law]` of one diffusivity."""

    kind: Literal["constant"]  # pyright: ignore[reportIncompatibleVariableOverride]
    value: _Diffusivity = FREE

    def own(self) -> dict[str, Parameter]:
        """See `AbstractActivatedTable.own`."""
        return {"value": self.value}

    def inner(self, values: np.ndarray) -> list[_Law]:
        """See `AbstractActivatedTable.inner`."""
        del values
        return [djx.diffusivity.Constant(_or(self.value, _START))]


class ExponentialLaw(AbstractActivatedTable):
    """`[law]` with ln D linear in composition."""

    kind: Literal["exponential"]  # pyright: ignore[reportIncompatibleVariableOverride]
    value: _Diffusivity = FREE
    slope: Annotated[Parameter, parameter("number")] = FREE

    def own(self) -> dict[str, Parameter]:
        """See `AbstractActivatedTable.own`."""
        return {"value": self.value, "slope": self.slope}

    def inner(self, values: np.ndarray) -> list[_Law]:
        """See `AbstractActivatedTable.inner`."""
        del values
        start = _or(self.value, _START), _or(self.slope, 0.0)
        return [djx.diffusivity.Exponential(*start)]


class _FreeValues(_Table):
    free: _Diffusivities


_Knots = Annotated[
    Annotated[Literal["auto"], Tag("a word")]
    | Annotated[Annotated[int, Field(ge=2, le=40)], Tag("a number")]
    | Annotated[Annotated[list[_Composition], Field(min_length=2)], Tag("a list")],
    Discriminator(
        lambda v: (
            "a word"
            if isinstance(v, str)
            else "a list"
            if isinstance(v, list)
            else "a number"
        )
    ),
]
_Values = Annotated[
    Annotated[_FreeValues, Tag("a table")] | Annotated[_Diffusivities, Tag("a list")],
    Discriminator(lambda v: "a table" if isinstance(v, dict) else "a list"),
]


class LogSplineLaw(AbstractActivatedTable):
    """`[law]` of a spline of ln D: on knots that the data choose, or on given ones."""

    kind: Literal["log-spline"]  # pyright: ignore[reportIncompatibleVariableOverride]
    knots: _Knots = "auto"
    values: _Values | None = None

    @model_validator(mode="after")
    def _knots(self) -> "LogSplineLaw":
        if isinstance(self.knots, list):
            if any(a >= b for a, b in zip(self.knots, self.knots[1:])):
                raise djx.storage.CaseError("`knots` must increase.")
        values = self._given()
        if values is not None:
            if not isinstance(self.knots, list):
                raise djx.storage.CaseError(
                    "`values` belong to `knots` that are listed, e.g. [0.0, 0.5, 1.0]."
                )
            if len(values) != len(self.knots):
                raise djx.storage.CaseError(
                    "`knots` and `values` must be of one length; got "
                    f"{len(self.knots)} and {len(values)}."
                )
        return self

    def _given(self) -> list[float] | None:
        return self.values.free if isinstance(self.values, _FreeValues) else self.values

    def own(self) -> dict[str, Parameter]:
        """See `AbstractActivatedTable.own`; a number stands for all of them."""
        given = self._given()
        free = not isinstance(self.values, list)
        return {"values": FREE if given is None else Parameter(given[0], free)}

    def inner(self, values: np.ndarray) -> list[_Law]:
        """See `AbstractActivatedTable.inner`."""
        spline, given = djx.diffusivity.LogSpline, self._given()
        if isinstance(self.knots, list):
            start = _START if given is None else np.array(given)
            return [spline(np.array(self.knots), start)]
        counts = range(2, _MOST_KNOTS + 1) if self.knots == "auto" else (self.knots,)
        ends = float(values.min()), float(values.max())
        return [spline(np.linspace(*ends, n), _START) for n in counts]


class ArrheniusLaw(AbstractLawTable):
    """`[law]` of Arrhenius."""

    kind: Literal["arrhenius"]  # pyright: ignore[reportIncompatibleVariableOverride]
    prefactor: _Diffusivity = FREE
    activation: _Energy = FREE

    def numbers(self) -> dict[str, Parameter]:
        """See `AbstractLawTable.numbers`."""
        return {"prefactor": self.prefactor, "activation": self.activation}

    def plain(self, reference: float, values: np.ndarray) -> list[_Law]:
        """See `AbstractLawTable.plain`."""
        del values
        energy = _or(self.activation, _ENERGY)
        usual = _START * math.exp(energy / (djx.BOLTZMANN_EV * reference))
        return [djx.diffusivity.Arrhenius(_or(self.prefactor, usual), energy)]


class TensorLaw(AbstractLawTable):
    """`[law]` of a tensor, from profiles along several directions."""

    kind: Literal["tensor"]  # pyright: ignore[reportIncompatibleVariableOverride]
    value: _Diffusivity = FREE
    dimension: Literal[2, 3] = 3
    system: str | None = None

    @model_validator(mode="after")
    def _free(self) -> "TensorLaw":
        if not self.value.free or self.value.prior is not None:
            raise djx.storage.CaseError(
                "`value` of a tensor is where it starts: write it as "
                '{ free = "1e-14 m^2/s" }.'
            )
        if self.system is not None:
            LogCholesky(self.system)  # raises where there is no such system
        return self

    def numbers(self) -> dict[str, Parameter]:
        """See `AbstractLawTable.numbers`."""
        return {"value": self.value}

    def plain(self, reference: float, values: np.ndarray) -> list[_Law]:
        """See `AbstractLawTable.plain`."""
        del reference, values
        start = _or(self.value, _START) * np.eye(self.dimension)
        return [djx.diffusivity.Tensor(start)]


LawTable = Annotated[
    ConstantLaw | ExponentialLaw | LogSplineLaw | ArrheniusLaw | TensorLaw,
    Field(discriminator="kind"),
]


def _or(given: Parameter, otherwise: float) -> float:
    return otherwise if given.value is None else given.value


def free_of(table: AbstractLawTable, law: _Law) -> tuple[Free, ...]:
    """What is free of a law: all but what the case holds, with its priors.

    **Arguments:**

    - `table`: what the case says.
    - `law`: at its start.
    """
    numbers, out = table.numbers(), []
    for one in default_free(law):
        given = numbers.get(str(one.where), FREE)
        if not given.free:
            continue
        transform, prior = one.transform, given.prior
        if isinstance(table, TensorLaw):
            transform = LogCholesky(table.system)
        if one.logged and isinstance(prior, LogNormal):
            prior = Normal(np.log(prior.median), np.log(prior.factor))
        words = dict(unit=one.unit, name=one.name, logged=one.logged)
        out.append(Free(one.where, transform, one.scale, prior, **words))  # pyright: ignore
    return tuple(out)


def lengths_of(law: _Law) -> Lengths:
    """Diffusion lengths by a law: the longest of some compositions, in m.

    **Arguments:**

    - `law`: with numbers.
    """

    def length(
        anneal: djx.AbstractAnneal,
        compositions: Sequence[float],
        direction: Sequence[float] | None,
    ) -> float:
        along = law
        if direction is not None:
            along = djx.diffusivity.Along(law, np.array(direction))
        mean = mean_diffusivity(along, anneal, djx.real(np.array(compositions)))
        return math.sqrt(float(np.max(np.asarray(mean))) * float(anneal.duration))

    return length


def check_law(
    table: Any,
    temperatures: Sequence[float],
    steady: bool,
    document: djx.storage.Document,
    planning: bool,
) -> None:
    """Asks whether the experiments can determine a law at all.

    **Arguments:**

    - `table`: `[law]`.
    - `temperatures`: of all experiments, in K.
    - `steady`: whether each was held at one.
    - `document`: for errors.
    - `planning`: whether no data are fitted: then it is the answer, and no error.

    **Raises:** [`diffjax.storage.CaseError`][].
    """
    low, high = min(temperatures), max(temperatures)
    one = high - low < 0.1 and steady
    activation: Parameter | None = getattr(table, "activation", None)
    known = activation is not None and (
        not activation.free or activation.prior is not None
    )
    if one and not known and not planning:
        if isinstance(table, ArrheniusLaw) and table.prefactor.free:
            raise document.error(
                ("law", "kind"),
                "an Arrhenius law needs experiments at two temperatures or more; all "
                f'are at {low:.6g} K: use "constant".',
            )
        if activation is not None and not isinstance(table, ArrheniusLaw):
            raise document.error(
                ("law", "activation"),
                f"one temperature, {low:.6g} K, does not determine an activation "
                "energy.",
            )
    if one or isinstance(table, ArrheniusLaw):
        return
    if isinstance(table, TensorLaw):
        raise document.error(
            ("law", "kind"), "a tensor is fitted at one temperature, and one hold."
        )
    if activation is None:
        raise document.error(
            ("law",),
            f"temperatures from {low:.6g} K to {high:.6g} K need `activation` in the "
            'law: an energy such as "2.5 eV", or "free".',
        )
