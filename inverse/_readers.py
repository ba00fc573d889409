"""Profiles from tables, any column names, in any unit."""

from pathlib import Path

import numpy as np
from jaxtyping import ArrayLike

import diffjax as djx

from ._noise import AbstractNoise
from ._profile import Profile
from ._response import AbstractResponse


Column = djx.storage.Column
# Where noise is known, a fraction may lie this many standard deviations outside [0, 1].
_SLACK = 5.0


def read_profile(
    path: str | Path,
    position: djx.storage.Column,
    value: djx.storage.Column,
    sigma: djx.storage.Column | ArrayLike | None = None,
    name: str | None = None,
    noise: AbstractNoise | None = None,
    response: AbstractResponse | None = None,
) -> Profile:
    """Reads a measured profile from a CSV file or an Excel workbook.

    Commas, semicolons or tabs separate the cells; lines that start with `#` are
    skipped. Other columns of the file do not matter. A workbook (`.xlsx`) needs the
    extra `io`; its open sheet is read.

    **Arguments:**

    - `path`: the file.
    - `position`: column of the positions and its unit; they must rise.
    - `value`: column of the values and its unit: `"mole fraction"`, `"at%"`, `"mol%"`,
        a concentration, or `"arbitrary"` where only the shape matters.
    - `sigma`: standard deviation of the values: a column and its unit, one number in
        the unit of the profile (a mole fraction if `value` is one), or `None` if it is
        unknown.
    - `name`: how reports call it; the file's name without its ending by default.
    - `noise`, `response`: as in [`inverse.Profile`][].

    **Returns:**

    A [`inverse.Profile`][]: positions in m, values as mole fraction (or in SI units).

    **Raises:** [`diffjax.storage.CaseError`][], a `ValueError`: one sentence with the
    file, line and column, for a missing column, an unknown unit, a cell that is empty,
    not a number or not finite, positions that do not rise, fractions outside [0, 1]
    (beyond five known `sigma`), and a `sigma` that is not above zero.

    !!! example

        ```python
        profile = inv.read_profile(
            "scan.csv",
            position=inv.Column("dis", "um"),
            value=inv.Column("X", "mole fraction"),
        )
        ```
    """
    path = Path(path)
    table = djx.storage.CsvTable(path)
    where = table.positions(position)
    if isinstance(sigma, djx.storage.Column):
        error = table.numbers(sigma, "composition")
        if np.any(bad := ~(error > 0)):
            index = int(np.argmax(bad))
            cell = table.rows[index][1][table.header.index(sigma.name)]
            raise djx.storage.CaseError(
                f"{table.at(index, sigma)}: {cell} is not above zero; a standard "
                "deviation must be."
            )
    elif sigma is None:
        error = None
    else:
        error = np.asarray(sigma, dtype=float)
        if not (np.all(error > 0) and np.all(np.isfinite(error))):
            raise djx.storage.CaseError(
                f"`sigma` is {np.array2string(error, threshold=6)}; a standard "
                "deviation must be above zero."
            )
    slack = 0.0 if error is None else _SLACK * error
    hint = "if that is noise, give `sigma`." if error is None else ""
    values = table.compositions(value, slack, hint)
    if len(values) < 3:
        raise djx.storage.CaseError(
            f"{table.name}: a profile needs at least 3 points; got {len(values)}."
        )
    name = path.stem if name is None else name
    return Profile(where, values, error, name, noise, response)
