"""A case for `diffjax fit`: a TOML file that says what was measured and what to fit."""

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import optax
from pydantic import BeforeValidator, Discriminator, Field, model_validator, Tag

import diffjax as djx

from ._case_experiments import AbstractProfileTable, ExperimentTable, free_or, list_of
from ._defaults import default_free
from ._estimates import Fit
from ._experiment import AbstractExperiment
from ._fit import fit
from ._gradient import Optax
from ._knots import fit_log_spline
from ._least_squares import LevenbergMarquardt
from ._parameters import Free


_Table = djx.storage.AbstractTable
_as_quantity = djx.storage.as_quantity
_Composition = Annotated[float, _as_quantity("composition")]
_Activation = Annotated[float | Literal["free"], free_or("energy")]


# What is to be found


_Knots = Annotated[
    Annotated[Literal["auto"], Tag("word")]
    | Annotated[Annotated[int, Field(ge=2, le=40)], Tag("number")],
    Discriminator(lambda v: "word" if isinstance(v, str) else "number"),
]


class _ConstantLaw(_Table):
    kind: Literal["constant"]
    activation: _Activation | None = None


class _ExponentialLaw(_Table):
    kind: Literal["exponential"]
    activation: _Activation | None = None


class _LogSplineLaw(_Table):
    kind: Literal["log-spline"]
    knots: _Knots = "auto"
    activation: _Activation | None = None


class _ArrheniusLaw(_Table):
    kind: Literal["arrhenius"]


_Law = Annotated[
    _ConstantLaw | _ExponentialLaw | _LogSplineLaw | _ArrheniusLaw,
    Field(discriminator="kind"),
]


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
    experiment: Annotated[
        list[ExperimentTable], Field(min_length=1), BeforeValidator(list_of)
    ]
    law: _Law = _LogSplineLaw(kind="log-spline")
    method: _Method = _LevenbergTable(kind="levenberg-marquardt")
    compare: _CompareTable | None = None


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
    - `experiments`: what was measured.
    - `laws`: where the fit starts; of several, the one with the smallest AICc counts.
        Empty for a log-spline on `knots` at one temperature.
    - `knots`: how many, or `"auto"`.
    - `free`: what may change, for each of the laws.
    - `options`: further arguments of the fit, e.g. `method`.
    - `compare`: diffusivities known from elsewhere, or `None`.
    """

    title: str
    experiments: tuple[AbstractExperiment, ...]
    laws: tuple[djx.diffusivity.AbstractDiffusivity, ...]
    knots: int | Literal["auto"]
    free: tuple[tuple[Free, ...], ...]
    options: dict[str, Any]
    compare: Comparison | None

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


def read_fit_case(path: str | Path) -> FitCase:
    """Reads a case for `diffjax fit`.

    **Arguments:**

    - `path`: a TOML file with `[[experiment]]` and, if wanted, `[law]`, `[method]`,
        `[compare]`. Data files are looked for beside it.

    **Returns:**

    A `FitCase`; `case.fit()` runs it.

    **Raises:** [`diffjax.storage.CaseError`][], one sentence with file, line and key
    (or column).
    """
    path = Path(path)
    tables, document = djx.storage.read_tables(path, _FitTables)
    experiments = []
    for index, table in enumerate(tables.experiment):
        place = ("experiment", index)
        if not (path.parent / table.file).is_file():
            raise document.error(
                (*place, "file"),
                f'there is no file "{table.file}" in {path.parent.absolute()}.',
            )
        build = lambda table=table: table.build(path.parent)
        experiments.append(document.built(place, build))
    values = np.concatenate([np.asarray(e.data.value) for e in experiments])
    laws = _laws(tables.law, tables.experiment, values, document)
    held = isinstance(getattr(tables.law, "activation", None), float)
    known = tables.compare
    return FitCase(
        title=tables.title or path.stem,
        experiments=tuple(experiments),
        laws=laws,
        knots=getattr(tables.law, "knots", "auto"),
        free=tuple(
            tuple(
                f for f in default_free(law) if not (held and f.where == "activation")
            )
            for law in laws
        ),
        options=_options(tables.method),
        compare=known
        and Comparison(
            known.name, np.array(known.composition), np.array(known.diffusivity)
        ),
    )


# Where a law starts does not matter much: the fit first moves it to the data.
_START = 1e-13  # m²/s
_ENERGY = 2.5  # eV per atom
_MOST_KNOTS = 7


def _laws(
    table: Any,
    experiments: Sequence[AbstractProfileTable],
    values: np.ndarray,
    document: djx.storage.Document,
) -> tuple[djx.diffusivity.AbstractDiffusivity, ...]:
    histories = [e.history() for e in experiments]
    temperatures = np.array([_typical_temperature(a) for a in histories])
    low, high = temperatures.min(), temperatures.max()
    one = high - low < 0.1 and all(isinstance(a, djx.Anneal) for a in histories)
    middle = 1 / float(np.mean(1 / temperatures))
    laws = djx.diffusivity
    if isinstance(table, _ArrheniusLaw):
        if one:
            raise document.error(
                ("law", "kind"),
                "an Arrhenius law needs experiments at two temperatures or more; all "
                f'are at {low:.6g} K: use "constant".',
            )
        prefactor = _START * math.exp(_ENERGY / (djx.BOLTZMANN_EV * middle))
        return (laws.Arrhenius(prefactor, _ENERGY),)
    activation = table.activation
    if activation is None and not one:
        raise document.error(
            ("law",),
            f"temperatures from {low:.6g} K to {high:.6g} K need `activation` in the "
            'law: an energy such as "2.5 eV", or "free".',
        )
    if activation == "free" and one:
        raise document.error(
            ("law", "activation"),
            f"one temperature, {low:.6g} K, does not determine an activation energy.",
        )
    if isinstance(table, _ConstantLaw):
        plain = [laws.Constant(_START)]
    elif isinstance(table, _ExponentialLaw):
        plain = [laws.Exponential(_START, 0.0)]
    elif activation is None:
        return ()
    else:
        counts = range(2, _MOST_KNOTS + 1) if table.knots == "auto" else (table.knots,)
        ends = float(values.min()), float(values.max())
        plain = [laws.LogSpline(np.linspace(*ends, n), _START) for n in counts]
    if activation is None:
        return tuple(plain)
    energy = _ENERGY if activation == "free" else activation
    return tuple(laws.Activated(law, energy, middle) for law in plain)


def _typical_temperature(anneal: djx.AbstractAnneal) -> float:
    """The highest temperature of a history, in K: where diffusion happens."""
    times = np.linspace(0, float(anneal.duration), 201)
    return max(float(anneal.temperature_at(djx.real(t))) for t in times)


def _options(table: Any) -> dict[str, Any]:
    if isinstance(table, _AdamTable):
        return {"method": Optax(optax.adam(table.learning_rate), steps=table.steps)}
    return {"method": LevenbergMarquardt(), "max_steps": table.max_steps}
