"""A case for `diffjax fit`: a TOML file that says what was measured and what to fit."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import optax
from pydantic import BeforeValidator, Field, model_validator

import diffjax as djx

from ._case_design import DesignTable, ExperimentTable
from ._case_experiments import AbstractExperimentTable, AbstractProfileTable, list_of
from ._case_laws import (
    AbstractLawTable,
    check_law,
    ExponentialLaw,
    free_of,
    LawTable,
    lengths_of,
    LogSplineLaw,
    TensorLaw,
)
from ._design import Design, design
from ._estimates import Fit
from ._experiment import AbstractExperiment
from ._fit import fit
from ._gradient import Optax
from ._identify import Identifiability, identify
from ._knots import fit_log_spline
from ._least_squares import LevenbergMarquardt
from ._parameters import Free
from ._planned import simulate


Ask = Literal["fit", "identify", "design"]
_Table = djx.storage.AbstractTable
_as_quantity = djx.storage.as_quantity
_Composition = Annotated[float, _as_quantity("composition")]
_Law = djx.diffusivity.AbstractDiffusivity


class _LevenbergTable(_Table):
    kind: Literal["levenberg-marquardt"]
    max_steps: Annotated[int, Field(ge=1)] = 200


class _AdamTable(_Table):
    kind: Literal["adam"]
    learning_rate: Annotated[float, Field(gt=0)] = 1e-2
    steps: Annotated[int, Field(ge=1)] = 2000


_Method = Annotated[_LevenbergTable | _AdamTable, Field(discriminator="kind")]


class _CompareTable(_Table):
    name: str = "known"
    composition: Annotated[list[_Composition], Field(min_length=1)]
    diffusivity: list[Annotated[float, _as_quantity("diffusivity", positive=True)]]

    @model_validator(mode="after")
    def _same_length(self) -> "_CompareTable":
        if len(self.composition) != len(self.diffusivity):
            raise djx.storage.CaseError(
                "`composition` and `diffusivity` must be of one length; got "
                f"{len(self.composition)} and {len(self.diffusivity)}."
            )
        return self


class _FitTables(_Table):
    title: str = ""
    experiment: Annotated[list[ExperimentTable], BeforeValidator(list_of)] = []
    law: LawTable = LogSplineLaw(kind="log-spline")
    method: _Method = _LevenbergTable(kind="levenberg-marquardt")
    compare: _CompareTable | None = None
    design: DesignTable | None = None


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Diffusivities known from elsewhere, to set beside a fit.

    **Attributes:**

    - `name`: what a legend calls them.
    - `composition`: mole fraction; shape `(points,)`.
    - `diffusivity`: in m²/s; shape `(points,)`.
    """

    name: str
    composition: np.ndarray
    diffusivity: np.ndarray


@dataclasses.dataclass(frozen=True)
class FitCase:
    """What a case for `diffjax fit` asks for.

    **Attributes:**

    - `title`: for people; the file's name if the file has none.
    - `experiments`: what was measured, or is to be.
    - `laws`: where the fit starts; of several, the one with the smallest AICc counts.
        Empty for a log-spline on `knots` at one temperature.
    - `knots`: how many, or `"auto"`.
    - `free`: what may change, for each of the laws.
    - `options`: further arguments of the fit, e.g. `method`.
    - `compare`: diffusivities known from elsewhere, or `None`.
    - `candidates`: measurements that are possible, of which a design chooses.
    - `designed`: further arguments of the design, e.g. `criterion`.
    """

    title: str
    experiments: tuple[AbstractExperiment, ...]
    laws: tuple[_Law, ...]
    knots: int | Literal["auto"]
    free: tuple[tuple[Free, ...], ...]
    options: dict[str, Any]
    compare: Comparison | None
    candidates: tuple[AbstractExperiment, ...] = ()
    designed: dict[str, Any] = dataclasses.field(default_factory=dict)

    def fit(self, **options: Any) -> Fit:
        """Runs the case.

        **Arguments:**

        - `options`: of [`inverse.fit`][]; they go before those of the file; no unit.

        **Returns:**

        A [`inverse.Fit`][].
        """
        options = {**self.options, **options}
        if not self.laws:
            return fit_log_spline(self.experiments, knots=self.knots, **options)
        fits = [
            fit(law, self.experiments, free=free, **options)
            for law, free in zip(self.laws, self.free)
        ]
        best = min(fits, key=lambda one: one.aicc)
        if len(fits) == 1:
            return best
        table = tuple((2 + i, one.aicc) for i, one in enumerate(fits))
        return dataclasses.replace(best, knots_table=table)

    def identify(self) -> Identifiability:
        """What the experiments can determine; an [`inverse.Identifiability`][]."""
        return identify(self.laws[0], self.experiments, self.free[0])

    def expected(self) -> tuple[AbstractExperiment, ...]:
        """The experiments with the values of the law at its start."""
        return simulate(self.laws[0], self.experiments)

    def design(self) -> Design:
        """Which candidates to measure; an [`inverse.Design`][]."""
        args = self.laws[0], self.candidates, self.free[0]
        return design(*args, **self.designed)


def read_fit_case(path: str | Path, ask: Ask = "fit") -> FitCase:
    """Reads a case for `diffjax fit`.

    **Arguments:**

    - `path`: a TOML file with `[[experiment]]` and, if wanted, `[law]`, `[method]`,
        `[compare]`, `[design]`. Data files are looked for beside it.
    - `ask`: what for: only data can be fitted; what is asked before there are any is
        asked at numbers that the case must give.

    **Returns:**

    A `FitCase`; `case.fit()` runs it.

    **Raises:** [`diffjax.storage.CaseError`][], one sentence with file, line and key
    (or column).
    """
    path = Path(path)
    folder = path.parent
    tables, document = djx.storage.read_tables(path, _FitTables)
    plan, law = tables.design, tables.law
    places: list[tuple] = [("experiment", i) for i in range(len(tables.experiment))]
    mine: list[AbstractExperimentTable] = list(tables.experiment)
    _check_tables(mine, plan, ask, document)
    if ask == "design" and plan is not None:
        mine += plan.candidate
        places += [("design", "candidate", i) for i in range(len(plan.candidate))]
    for place, table in zip(places, mine):
        if table.file is not None and not (folder / table.file).is_file():
            raise document.error(
                (*place, "file"),
                f'there is no file "{table.file}" in {folder.absolute()}.',
            )
        _check_direction(law, place, table, document)
    _check_units(law, places, mine, document)
    hot: list[float] = []
    for place, table in zip(places, mine):
        find: Any = lambda: table.temperatures(folder)
        hot += document.built(place, find)
    steady = all(table.steady for table in mine)
    check_law(law, hot, steady, document, planning=ask != "fit")
    if ask != "fit":
        _check_numbers(law, ask, document)
    middle = 1 / float(np.mean(1 / np.array(hot)))
    lengths = None
    if law.complete():
        (point,) = document.built("law", lambda: law.plain(middle, np.zeros(1)))
        lengths = lengths_of(point)
    found: list[list[AbstractExperiment]] = []
    for place, table in zip(places, mine):
        build = lambda: table.build(folder, lengths)
        found.append(document.built(place, build))
        for experiment in found[-1]:
            _check_starts(experiment, place, ask, document)
    count = len(tables.experiment)
    experiments = tuple(one for group in found[:count] for one in group)
    candidates = tuple(one for group in found[count:] for one in group)
    laws = _laws(law, mine, (*experiments, *candidates), middle)
    free = tuple(free_of(law, one) for one in laws)
    knots = law.knots if isinstance(law, LogSplineLaw) else "auto"
    known = tables.compare
    return FitCase(
        title=tables.title or path.stem,
        experiments=experiments,
        laws=laws,
        knots="auto" if isinstance(knots, list) else knots,
        free=free,
        options=_options(tables.method),
        compare=known
        and Comparison(
            known.name, np.array(known.composition), np.array(known.diffusivity)
        ),
        candidates=candidates or experiments,
        designed={}
        if plan is None or ask != "design"
        else _designed(plan, free[0], experiments if candidates else None, document),
    )


def _check_tables(
    tables: Sequence[AbstractExperimentTable],
    plan: DesignTable | None,
    ask: Ask,
    document: djx.storage.Document,
) -> None:
    """Asks that there is what is asked about."""
    if ask == "design":
        if plan is None:
            raise document.error((), "`design` is missing: `--design` needs it.")
        if not tables and not plan.candidate:
            raise document.error(
                ("design",),
                "there is nothing to choose from: add `[[design.candidate]]`.",
            )
    elif not tables:
        raise document.error((), "`experiment` is missing.", key=False)
    if ask != "fit":
        return
    for number, table in enumerate(tables):
        if not table.measured:
            key = "planned" if isinstance(table, AbstractProfileTable) else "value"
            raise document.error(
                ("experiment", number, key),
                "this is planned, and there are no data to fit; ask `--identify` or "
                "`--design`.",
            )


def _check_direction(
    law: AbstractLawTable,
    place: tuple,
    table: AbstractExperimentTable,
    document: djx.storage.Document,
) -> None:
    direction = getattr(table, "direction", None)
    if isinstance(law, TensorLaw):
        if not isinstance(table, AbstractProfileTable):
            raise document.error(
                (*place, "kind"), "a tensor needs profiles with a `direction`."
            )
        if direction is None or len(direction) != law.dimension:
            got = "none" if direction is None else f"{len(direction)} numbers"
            raise document.error(
                (*place, "direction"),
                f"a tensor of dimension {law.dimension} needs the direction of every "
                f"profile; got {got}.",
            )
    elif direction is not None:
        raise document.error(
            (*place, "direction"), 'a direction needs the law "tensor".'
        )


def _check_units(
    law: AbstractLawTable,
    places: Sequence[tuple],
    tables: Sequence[AbstractExperimentTable],
    document: djx.storage.Document,
) -> None:
    """Asks of a law D(c) that all data mean the same by c."""
    if not isinstance(law, ExponentialLaw | LogSplineLaw):
        return
    first: str | None = None
    for place, table in zip(places, tables):
        key = "value" if isinstance(table, AbstractProfileTable) else "composition"
        column = getattr(table, key)
        if not isinstance(column, djx.storage.ValueTable):
            continue
        first = column.unit if first is None else first
        fraction = djx.storage.is_fraction
        if fraction(first) != fraction(column.unit):
            raise document.error(
                (*place, key, "unit"),
                f'"{column.unit}" beside "{first}" in another experiment: a law of '
                "composition needs one kind of it in all.",
            )


def _check_numbers(
    law: AbstractLawTable, ask: Ask, document: djx.storage.Document
) -> None:
    """Asks that a law has numbers to be asked at."""
    if isinstance(law, LogSplineLaw) and law.values is None:
        raise document.error(
            ("law",),
            f"`--{ask}` asks at numbers: list `knots`, and `values` as in "
            "{ free = [...] }.",
        )
    lacks = [k.split(".")[-1] for k, p in law.numbers().items() if p.value is None]
    if lacks:
        keys = {"log_value": "value", "log_values": "values"}
        names = " and ".join(f"`{keys.get(k, k)}`" for k in lacks)
        raise document.error(
            ("law",),
            f"`--{ask}` asks at numbers, and there is none for {names}: write where it "
            "starts, as in { free = ... }.",
        )


def _check_starts(
    experiment: AbstractExperiment,
    place: tuple,
    ask: Ask,
    document: djx.storage.Document,
) -> None:
    """Asks of a plan that what is free in it has a start."""
    if experiment.data.measured:
        return
    for name, given in experiment.locals().items():
        if isinstance(given, Free) and given.init is None:
            raise document.error(
                (*place, name),
                f"`--{ask}` asks at numbers, and there is none for `{name}`: hold it, "
                "or write where it starts, as in { free = ... }.",
            )


def _laws(
    table: AbstractLawTable,
    tables: Sequence[AbstractExperimentTable],
    experiments: Sequence[AbstractExperiment],
    middle: float,
) -> tuple[_Law, ...]:
    profiles = all(isinstance(one, AbstractProfileTable) for one in tables)
    activated = getattr(table, "activation", None) is not None
    if isinstance(table, LogSplineLaw) and not isinstance(table.knots, list):
        if profiles and not activated:
            return ()
    return tuple(table.plain(middle, _compositions(experiments)))


def _compositions(experiments: Sequence[AbstractExperiment]) -> np.ndarray:
    """All compositions that are in the data, in the unit of the values."""
    out = []
    for experiment in experiments:
        at = np.asarray(experiment.data.at)
        table = at.ndim == 2  # of diffusivities: temperature and composition
        out.append(at[:, 1] if table else np.asarray(experiment.data.value))
    return np.concatenate(out)


def _designed(
    plan: DesignTable,
    free: Sequence[Free],
    mine: Sequence[AbstractExperiment] | None,
    document: djx.storage.Document,
) -> dict[str, Any]:
    """Further arguments of `inverse.design`."""
    if plan.of is not None:
        names = [n for one in free for n in _names(one)]
        if plan.of not in names:
            end = djx.storage.suggestion(plan.of, names, "parameters")
            raise document.error(
                ("design", "of"), f'there is no parameter "{plan.of}"; {end}'
            )
    if plan.each == "point" and mine:
        raise document.error(
            ("design", "each"),
            'with "point" the points of the experiments are the candidates: leave '
            "`candidate` out.",
        )
    return dict(
        criterion=plan.goal,
        each=plan.each,
        total=plan.measurements,
        plan=mine or None,
        over=plan.draws,
    )


def _names(free: Free) -> tuple[str, ...]:
    if free.name is None:
        return (str(free.where),)
    return (free.name,) if isinstance(free.name, str) else free.name


def _options(table: Any) -> dict[str, Any]:
    if isinstance(table, _AdamTable):
        return {"method": Optax(optax.adam(table.learning_rate), steps=table.steps)}
    return {"method": LevenbergMarquardt(), "max_steps": table.max_steps}
