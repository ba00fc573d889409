"""The first sheet of an Excel workbook, as text cells with the line of each row."""

import datetime
import zipfile
from pathlib import Path

from ._errors import CaseError


def sheet_rows(path: Path) -> list[tuple[int, list[str]]]:
    """Rows of the sheet that was open when the workbook was saved.

    Formulas count by the values that were saved with them. Empty rows, rows that start
    with `#` and empty columns at the right are left out.

    **Arguments:**

    - `path`: a file `.xlsx`.

    **Returns:** line and cells of each row; numbers as Python writes them.

    **Raises:** [`diffjax.storage.CaseError`][] if it cannot be read,
    `ModuleNotFoundError` without the extra `io`.
    """
    try:
        import openpyxl
    except ModuleNotFoundError as e:
        if e.name != "openpyxl":
            raise
        raise ModuleNotFoundError(
            'Excel workbooks need openpyxl: `pip install "diffjax[io]"`.', name=e.name
        ) from e
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except FileNotFoundError:
        raise CaseError(f"{path}: there is no such file.") from None
    except IsADirectoryError:
        raise CaseError(f"{path}: this is a folder, not a workbook.") from None
    except (OSError, KeyError, zipfile.BadZipFile):
        raise CaseError(f"{path.name}: this is not an Excel workbook.") from None
    try:
        sheet = book.active or book.worksheets[0]
        found = [
            [_text(cell) for cell in row] for row in sheet.iter_rows(values_only=True)
        ]
    finally:
        book.close()
    rows = []
    for number, cells in enumerate(found, 1):
        while cells and not cells[-1]:
            cells.pop()
        if cells and not cells[0].startswith("#"):
            rows.append((number, cells))
    return rows


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float):
        return repr(cell)
    if isinstance(cell, datetime.datetime):
        return cell.isoformat()
    return str(cell).strip()
