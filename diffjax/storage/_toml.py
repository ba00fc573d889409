"""TOML with the line of every key, so that a sentence can say where."""

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ._errors import CaseError


_X = TypeVar("_X")
Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """A TOML file: its data, and the line on which each key stands."""

    name: str
    data: dict[str, Any]
    lines: dict[Place, int]

    def line(self, place: Place) -> int | None:
        """Line of `place`, or of the nearest table above it that has one."""
        for end in range(len(place), 0, -1):
            if place[:end] in self.lines:
                return self.lines[place[:end]]
        return None

    def error(self, place: Place, sentence: str, *, key: bool = True) -> CaseError:
        """A `CaseError` that starts with the file, the line and the key."""
        line = self.line(place)
        where = self.name if line is None else f"{self.name}, line {line}"
        name = spelled(place)
        if key and name:
            where += f", `{name}`"
        return CaseError(f"{where}: {sentence}")

    def built(self, place: Place | str, build: Callable[[], _X]) -> _X:
        """What a table builds; a `ValueError` on the way names the table's line.

        **Arguments:**

        - `place`: of the table: its name, or `("experiment", 0)`.
        - `build`: makes the object; no unit.

        **Returns:**

        The object.
        """
        try:
            return build()
        except CaseError:
            raise
        except ValueError as e:
            place = (place,) if isinstance(place, str) else place
            raise self.error(place, str(e)) from None


def spelled(place: Place) -> str:
    """`("experiment", 0, "time")` as `experiment.time`."""
    return ".".join(str(part) for part in place if isinstance(part, str))


def read_toml(path: Path) -> Document:
    """Reads a TOML file; every failure is a `CaseError`."""
    name = path.name
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise CaseError(f"{path}: there is no such file.") from None
    except IsADirectoryError:
        raise CaseError(f"{path}: this is a folder, not a TOML file.") from None
    except OSError as e:
        raise CaseError(f"{path}: cannot be read ({e.strerror}).") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CaseError(f"{name}: not a text file in UTF-8.") from None
    return parse_toml(text, name)


def parse_toml(text: str, name: str) -> Document:
    """As `read_toml`, from a text."""
    text = text.replace("\r\n", "\n")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        match = re.match(r"(.*?) \(at line (\d+), column (\d+)\)$", str(e), re.DOTALL)
        if match is None:
            last = max(1, len(text.splitlines()))
            message = str(e).removesuffix(" (at end of document)")
            place = f"{name}, line {last}"
        else:
            message, place = match[1], f"{name}, line {match[2]}"
        raise CaseError(f"{place}: not valid TOML ({message}).") from None
    return Document(name, data, _Scanner(text).scan())


class _Scanner:
    """Walks a text that `tomllib` has accepted and notes where keys stand."""

    def __init__(self, text: str):
        self.text = text
        self.at = 0
        self.lines: dict[Place, int] = {}
        self.counts: dict[Place, int] = {}  # length so far of each array of tables

    def scan(self) -> dict[Place, int]:
        table: Place = ()
        while True:
            self.skip(" \t\r\n")
            if self.at >= len(self.text):
                return self.lines
            if self.text.startswith("[[", self.at):
                table = self.header(2)
            elif self.text[self.at] == "[":
                table = self.header(1)
            else:
                self.pair(table)

    def note(self, place: Place) -> None:
        self.lines.setdefault(place, self.text.count("\n", 0, self.at) + 1)

    def skip(self, blank: str) -> None:
        """Over blanks, and over comments where a new line is a blank."""
        while self.at < len(self.text):
            if self.text[self.at] in blank:
                self.at += 1
            elif self.text[self.at] == "#" and "\n" in blank:
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            else:
                return

    def header(self, brackets: int) -> Place:
        self.at += brackets
        parts = self.key()
        place: Place = ()
        for i, part in enumerate(parts):
            place = (*place, part)
            last = i == len(parts) - 1
            if last and brackets == 2:
                self.counts[place] = self.counts.get(place, 0) + 1
                self.note(place)
            if place in self.counts:
                place = (*place, self.counts[place] - 1)
        self.note(place)
        self.at = self.text.index("]" * brackets, self.at) + brackets
        self.skip(" \t")
        if self.text.startswith("#", self.at):
            self.skip("\n")
        return place

    def key(self) -> list[str]:
        parts = []
        while True:
            self.skip(" \t")
            if self.text[self.at] in "\"'":
                parts.append(self.string())
            else:
                match = re.compile(r"[A-Za-z0-9_-]+").match(self.text, self.at)
                assert match is not None
                parts.append(match[0])
                self.at = match.end()
            self.skip(" \t")
            if self.text[self.at] != ".":
                return parts
            self.at += 1

    def pair(self, table: Place) -> None:
        start = self.at
        parts = self.key()
        end, self.at = self.at, start
        for i in range(len(parts)):
            self.note((*table, *parts[: i + 1]))
        self.at = end + 1  # past the "="
        self.value((*table, *parts))

    def value(self, place: Place) -> None:
        self.skip(" \t")
        first = self.text[self.at]
        if first in "\"'":
            self.string()
        elif first == "[":
            self.at += 1
            for index in range(len(self.text)):
                self.skip(" \t\r\n,")
                if self.text[self.at] == "]":
                    break
                self.note((*place, index))
                self.value((*place, index))
            self.at += 1
        elif first == "{":
            self.at += 1
            while True:
                self.skip(" \t\r\n,")
                if self.text[self.at] == "}":
                    break
                self.pair(place)
            self.at += 1
        else:
            match = re.compile(r"[^,\]}#\n]*").match(self.text, self.at)
            assert match is not None
            self.at = match.end()

    def string(self) -> str:
        """Over one string; gives back what stands between the quotes."""
        quote = self.text[self.at]
        marks = quote * 3 if self.text.startswith(quote * 3, self.at) else quote
        start = self.at = self.at + len(marks)
        while not self.text.startswith(marks, self.at):
            self.at += 2 if quote == '"' and self.text[self.at] == "\\" else 1
        inside = self.text[start : self.at]
        self.at += len(marks)
        if len(marks) == 3:  # up to two quotes may stand before the closing three
            while self.text.startswith(quote, self.at):
                self.at += 1
        return inside
