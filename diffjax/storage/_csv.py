"""Columns of numbers from a table, with the line of every cell."""

import csv
import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ._errors import CaseError, suggestion
from ._units import is_fraction, unit_factor, unit_line
from ._workbook import sheet_rows


@dataclass(frozen=True)
class Column:
    """A column of a CSV file or a workbook.

    **Attributes:**

    - `name`: as in the file's header.
    - `unit`: in words, e.g. `"um"`, `"mole fraction"`, `"at%"`.
    """

    name: str
    unit: str


class CsvTable:
    """A CSV file, or the sheet of an Excel workbook, as text cells.

    Commas, semicolons or tabs separate the cells; lines that start with `#` and empty
    lines are skipped; a byte-order mark, and decimal commas where commas do not
    separate, are understood. Of a workbook (`.xlsx`, extra `io`) it is the sheet that
    was open when it was saved, with the values of its formulas.
    """

    name: str
    header: list[str]
    header_line: int
    rows: list[tuple[int, list[str]]]

    def __init__(self, path: str | Path):
        """**Arguments:**

        - `path`: the file.

        **Raises:** [`diffjax.storage.CaseError`][] if it cannot be read or is empty,
        `ModuleNotFoundError` for a workbook without the extra `io`.
        """
        path = Path(path)
        self.name = path.name
        if path.suffix.lower() == ".xlsx":
            self._delimiter, rows = "\t", sheet_rows(path)
        else:
            self._delimiter, rows = _split(_text(path))
        if not rows:
            raise CaseError(f"{self.name}: the file is empty.")
        (self.header_line, self.header), *self.rows = rows
        if not self.rows:
            raise CaseError(
                f"{self.name}: the file has a header but no rows of numbers."
            )

    @property
    def lines(self) -> list[int]:
        """Line of each row in the file."""
        return [n for n, _ in self.rows]

    def at(self, index: int, column: Column) -> str:
        """Where a cell is, as the start of a sentence."""
        return f'{self.name}, line {self.rows[index][0]}, column "{column.name}"'

    def numbers(self, column: Column, kind: str) -> np.ndarray:
        """One column in SI units.

        **Arguments:**

        - `column`: its name and unit.
        - `kind`: as for [`diffjax.storage.unit_factor`][], or `"temperature"`.

        **Returns:**

        Numbers in m, s, K, ... or mole fraction; shape `(rows,)`.

        **Raises:** [`diffjax.storage.CaseError`][], one sentence with file, line and
        column, for a missing column, an unknown unit, and a cell that is empty, not a
        number, or not finite, and a temperature not above absolute zero.
        """
        count = self.header.count(column.name)
        if count == 0:
            raise CaseError(
                f"{self.name}, line {self.header_line}: there is no column "
                f'"{column.name}"; {suggestion(column.name, self.header, "columns")}'
            )
        if count > 1:
            raise CaseError(
                f"{self.name}, line {self.header_line}: {count} columns are named "
                f'"{column.name}"; give them different names.'
            )
        try:
            factor, zero = unit_line(column.unit, kind)
        except CaseError as e:
            raise CaseError(f'{self.name}, column "{column.name}": {e}') from None
        where = self.header.index(column.name)
        out = np.empty(len(self.rows))
        for i, (line, cells) in enumerate(self.rows):
            if where >= len(cells) or cells[where] == "":
                raise CaseError(f"{self.at(i, column)}: the cell is empty.")
            out[i] = self._number(cells[where], i, column)
        found = out * factor + zero
        if kind == "temperature" and np.any(found <= 0):
            i = int(np.argmax(found <= 0))
            raise CaseError(
                f"{self.at(i, column)}: {self.rows[i][1][where]} {column.unit} is not "
                "above absolute zero (0 K, -273.15 degC)."
            )
        return found

    def positions(self, column: Column) -> np.ndarray:
        """As `numbers`, for lengths that rise from row to row.

        **Arguments:**

        - `column`: its name and unit.

        **Returns:**

        Positions, in m; shape `(rows,)`.

        **Raises:** [`diffjax.storage.CaseError`][] also for the first row that does not
        rise.
        """
        x = self.numbers(column, "length")
        for i in range(1, len(x)):
            where, above = self.at(i, column), self.lines[i - 1]
            if x[i] == x[i - 1]:
                raise CaseError(
                    f"{where}: the position is the same as on line {above}; every "
                    "position may occur once."
                )
            if x[i] < x[i - 1]:
                raise CaseError(
                    f"{where}: the position is smaller than on line {above}; sort the "
                    "rows by position."
                )
        return x

    def compositions(
        self, column: Column, slack: np.ndarray | float = 0.0, hint: str = ""
    ) -> np.ndarray:
        """As `numbers`, for compositions; fractions must lie in [0, 1].

        **Arguments:**

        - `column`: its name and unit.
        - `slack`: how far outside [0, 1] known noise may lead, as mole fraction; a
            number or shape `(rows,)`.
        - `hint`: what to do about a value that is a little outside.

        **Returns:**

        Mole fractions, or concentrations in SI units; shape `(rows,)`.

        **Raises:** [`diffjax.storage.CaseError`][] also for the first fraction outside.
        """
        values = self.numbers(column, "composition")
        outside = np.flatnonzero((values < -slack) | (values > 1 + slack))
        if is_fraction(column.unit) and len(outside):
            i = int(outside[0])
            cell = self.rows[i][1][self.header.index(column.name)]
            whole = f"{1 / unit_factor(column.unit, 'composition'):.7g}"
            end = "."
            if values[i] > 1.5 and whole == "1":
                end = '; is it in "at%"?'
            elif hint and -0.05 < values[i] < 1.05:
                end = f"; {hint}"
            raise CaseError(
                f"{self.at(i, column)}: {cell} is outside 0 to {whole} "
                f'("{column.unit}"){end}'
            )
        return values

    def _number(self, cell: str, index: int, column: Column) -> float:
        plain = cell
        if self._delimiter != "," and re.fullmatch(
            r"[+-]?\d*,\d+([eE][+-]?\d+)?", cell
        ):
            plain = cell.replace(",", ".")
        try:
            number = float(plain.replace("\u2212", "-"))
        except ValueError:
            raise CaseError(
                f'{self.at(index, column)}: "{cell}" is not a number.'
            ) from None
        if not math.isfinite(number):
            raise CaseError(
                f'{self.at(index, column)}: "{cell}" is not a finite number; remove '
                "the row or mend the cell."
            )
        return number


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise CaseError(f"{path}: there is no such file.") from None
    except IsADirectoryError:
        raise CaseError(f"{path}: this is a folder, not a CSV file.") from None
    except OSError as e:
        raise CaseError(f"{path}: cannot be read ({e.strerror}).") from None
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    if b"\x00" in raw:
        raise CaseError(f"{path.name}: this is not a text file.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")  # µ and ° as old instruments write them


def _split(text: str) -> tuple[str, list[tuple[int, list[str]]]]:
    """What separates the cells, and line and cells of each row."""
    lines = [
        (number, line)
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip(" \t,;") and not line.lstrip().startswith("#")
    ]
    if not lines:
        return ",", []
    first = lines[0][1]
    delimiter = max(",;\t", key=lambda d: len(_cells(first, d)))
    return delimiter, [(number, _cells(line, delimiter)) for number, line in lines]


def _cells(line: str, delimiter: str) -> list[str]:
    return [c.strip() for c in next(csv.reader([line], delimiter=delimiter))]
