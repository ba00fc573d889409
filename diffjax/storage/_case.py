"""A case for `diffjax run`: a TOML file that says what to solve."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import jax.numpy as jnp
from jaxtyping import Array, Float
from pydantic import BeforeValidator, Field, model_validator

from .._anneal import AbstractAnneal
from .._solution import Solution
from .._solve import solve
from ..equations import Diffusion
from ..grid import Grid
from ._errors import CaseError
from ._fields import AbstractTable, one_or_more, read_tables
from ._parts import (
    AnnealTable,
    build_anneal,
    GridTable,
    InitialTable,
    LawTable,
    Time,
    WallsTable,
)
from ._toml import Document


class _SaveTable(AbstractTable):
    times: Annotated[list[Time], Field(min_length=1)] | None = None
    count: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> "_SaveTable":
        if (self.times is None) == (self.count is None):
            raise CaseError("write either `times` or `count`.")
        if self.times and any(a >= b for a, b in zip(self.times, self.times[1:])):
            raise CaseError("`times` must increase.")
        return self


class _MethodTable(AbstractTable):
    rtol: Annotated[float, Field(gt=0, lt=1)] | None = None
    atol: Annotated[float, Field(gt=0)] | None = None
    max_steps: Annotated[int, Field(ge=1)] | None = None

    def options(self) -> dict[str, Any]:
        return {k: v for k, v in self.model_dump().items() if v is not None}


class _RunTables(AbstractTable):
    title: str = ""
    law: LawTable
    grid: GridTable
    walls: WallsTable = WallsTable()
    anneal: Annotated[
        list[AnnealTable], Field(min_length=1), BeforeValidator(one_or_more)
    ]
    initial: InitialTable
    save: _SaveTable = _SaveTable(count=4)
    method: _MethodTable = _MethodTable()


@dataclass(frozen=True)
class RunCase:
    """What a case for `diffjax run` asks for.

    **Attributes:**

    - `title`: for people; the file's name if the file has none.
    - `equation`, `grid`, `initial`, `anneal`: as in [`diffjax.solve`][].
    - `save_at`: times, in s; shape `(times,)`.
    - `options`: further arguments of `solve`, e.g. `rtol`.
    """

    title: str
    equation: Diffusion
    grid: Grid
    initial: Float[Array, " cells"]
    anneal: AbstractAnneal
    save_at: Float[Array, " times"]
    options: dict[str, Any]

    def solve(self, **options: Any) -> Solution:
        """Runs the case.

        **Arguments:**

        - `options`: of [`diffjax.solve`][] (units as there); they go before those of
            the file.

        **Returns:**

        A [`diffjax.Solution`][].
        """
        return solve(
            self.equation,
            self.grid,
            self.initial,
            self.anneal,
            save_at=self.save_at,
            **{**self.options, **options},
        )


def read_case(path: str | Path) -> RunCase:
    """Reads a case for `diffjax run`.

    **Arguments:**

    - `path`: a TOML file with the tables `[law]`, `[grid]`, `[initial]`, `[[anneal]]`
        and, if wanted, `[walls]`, `[save]`, `[method]`.

    **Returns:**

    A [`diffjax.storage.RunCase`][]; `case.solve()` runs it.

    **Raises:** [`diffjax.storage.CaseError`][], one sentence with file, line and key.
    """
    path = Path(path)
    tables, document = read_tables(path, _RunTables)

    part = document.built
    grid = part("grid", tables.grid.build)
    anneal = part("anneal", lambda: build_anneal(tables.anneal))
    walls = part("walls", tables.walls.build)
    law = part("law", tables.law.build)
    return RunCase(
        title=tables.title or path.stem,
        equation=part("walls", lambda: Diffusion(law, walls=walls)),
        grid=grid,
        initial=part("initial", lambda: tables.initial.build(grid, path.parent)),
        anneal=anneal,
        save_at=_save_times(tables.save, float(anneal.duration), document),
        options=tables.method.options(),
    )


def _save_times(
    save: _SaveTable, duration: float, document: Document
) -> Float[Array, " times"]:
    if save.times is None:
        assert save.count is not None
        return jnp.linspace(0.0, duration, save.count + 1)
    if save.times[-1] > duration * (1 + 1e-9):
        raise document.error(
            ("save", "times", len(save.times) - 1),
            f"{save.times[-1]:g} s is after the end of the anneal, {duration:g} s.",
        )
    return jnp.minimum(jnp.asarray(save.times, dtype=float), duration)
