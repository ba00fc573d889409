"""A folder of results that is there whole or not at all."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ._errors import CaseError


def check_folder(path: str | Path) -> Path:
    """Asks, before long work, that results can be put into a folder.

    **Arguments:**

    - `path`: the folder; it need not exist.

    **Returns:**

    The absolute path.

    **Raises:** [`diffjax.storage.CaseError`][] if a file is in the way or the place
    cannot be written to.
    """
    path = Path(path).absolute()
    if path.exists() and not path.is_dir():
        raise CaseError(f"{path}: a file with this name is in the way of the folder.")
    above = path
    while not above.exists():
        above = above.parent
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        raise CaseError(f"{path}: the folder cannot be written to.")
    return path


@contextlib.contextmanager
def whole_folder(path: str | Path) -> Iterator[Path]:
    """Gives a temporary folder beside `path` that takes its place at the end.

    When the block raises, nothing of it remains. Where `path` exists, the new files
    replace those of the same names and the others stay.

    **Arguments:**

    - `path`: the folder that is wanted.

    **Raises:** as [`diffjax.storage.check_folder`][].

    !!! example

        ```python
        with djx.storage.whole_folder("out") as folder:
            (folder / "numbers.txt").write_text("1 2 3")
        ```
    """
    path = check_folder(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        yield partial
        partial.chmod(0o755)
        if path.exists():
            for file in sorted(partial.iterdir()):
                os.replace(file, path / file.name)
        else:
            os.rename(partial, path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@contextlib.contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """Gives a temporary name beside `path` for a file that takes its place at the end.

    When the block raises, nothing of it remains and an old file stays.

    **Arguments:**

    - `path`: the file that is wanted.

    **Raises:** [`diffjax.storage.CaseError`][] if a folder is in the way or the place
    cannot be written to.
    """
    path = Path(path).absolute()
    if path.is_dir():
        raise CaseError(f"{path}: a folder with this name is in the way of the file.")
    check_folder(path.parent).mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        # The suffix stays: some writers go by it.
        yield partial / path.name
        os.replace(partial / path.name, path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
