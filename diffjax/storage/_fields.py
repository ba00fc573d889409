"""What tables in a case are made of, and pydantic's complaints in plain words."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    model_validator,
    ValidationError,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from ._errors import CaseError, suggestion
from ._toml import Document, Place, read_toml, spelled
from ._units import quantity


class AbstractTable(BaseModel):
    """A table of a case: strict types, no unknown keys, nothing infinite.

    To add a kind of table: subclass this and give each key a type, with
    [`diffjax.storage.as_quantity`][] where it is written with a unit.
    """

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        allow_inf_nan=False,
    )

    @model_validator(mode="before")
    @classmethod
    def _no_unknown_key(cls, data: Any) -> Any:
        if isinstance(data, dict):
            known = [f.alias or name for name, f in cls.model_fields.items()]
            for key in data:
                if key not in known:
                    raise PydanticCustomError(
                        "unknown_key", "unknown key", {"key": key, "known": known}
                    )
        return data


_T = TypeVar("_T", bound=AbstractTable)


def as_quantity(kind: str, *, positive: bool = False) -> BeforeValidator:
    """Reads a key of a table by [`diffjax.storage.quantity`][].

    **Arguments:**

    - `kind`: e.g. `"length"`; the key then holds metres.
    - `positive`: whether zero is refused too.

    !!! example

        ```python
        class Cut(djx.storage.AbstractTable):
            depth: Annotated[float, djx.storage.as_quantity("length")]
        ```
    """

    def read(value: Any) -> float:
        number = quantity(value, kind)
        if positive and number <= 0:
            given = f'"{value}"' if isinstance(value, str) else f"{value}"
            raise CaseError(f"{given} must be above zero.")
        return number

    return BeforeValidator(read)


def one_or_more(value: Any) -> Any:
    """One table where a list of tables is wanted is a list of one."""
    return [value] if isinstance(value, dict) else value


def read_tables(path: Path, model: type[_T]) -> tuple[_T, Document]:
    """Reads a TOML file into tables.

    **Arguments:**

    - `path`: the file.
    - `model`: what it must hold, a [`diffjax.storage.AbstractTable`][].

    **Returns:**

    The tables, and the document: its `error(place, sentence)` makes errors that name
    the line of a key.

    **Raises:** [`diffjax.storage.CaseError`][], one sentence with file, line and key.
    """
    document = read_toml(path)
    return check_tables(document, model), document


def check_tables(document: Document, model: type[_T]) -> _T:
    """As `read_tables`, from a document that was read already."""
    try:
        return model.model_validate(document.data)
    except ValidationError as e:
        details = e.errors(include_url=False)
    complaints = [_complaint(document, d) for d in details]
    raise min(complaints, key=lambda c: c[0])[1]


def _complaint(document: Document, detail: ErrorDetails) -> tuple[int, CaseError]:
    """Line of one complaint and its sentence."""
    kind, context = detail["type"], detail.get("ctx", {})
    place = _place(document.data, detail["loc"], kind)
    key = True
    if kind == "unknown_key":
        name = context["key"]
        sentence = f"unknown key `{name}`{_inside(place)}; " + suggestion(
            name, context["known"]
        )
        place, key = (*place, name), False
    elif kind in ("missing", "union_tag_not_found"):
        name = place[-1] if kind == "missing" else "kind"
        above = place[:-1] if kind == "missing" else place
        sentence = f"`{name}` is missing{_inside(above)}."
        place, key = above, False
    elif kind == "union_tag_invalid":
        place = (*place, "kind")
        known = [t.strip().strip("'") for t in context["expected_tags"].split(", ")]
        tag = context["tag"]
        sentence = f'there is no kind "{tag}"; {suggestion(tag, known)}'
    elif kind == "literal_error":
        known = [
            t.strip("'") for t in context["expected"].replace(" or ", ", ").split(", ")
        ]
        given = detail["input"]
        if isinstance(given, str):
            sentence = f'"{given}" is not known; {suggestion(given, known)}'
        else:
            sentence = f"{given!r} is not one of {context['expected']}."
    else:
        sentence = _plain(kind, context, detail)
    return document.line(place) or 0, document.error(place, sentence, key=key)


def _place(data: Any, loc: Place, kind: str) -> Place:
    """Pydantic's place without the tags of unions, which are not in the file."""
    place, tagged = [], False
    for i, part in enumerate(loc):
        if isinstance(part, int):
            if isinstance(data, list):
                place.append(part)
                data, tagged = data[part], False
        elif isinstance(data, dict) and data.get("kind") == part and not tagged:
            tagged = True  # a tag, even if there is a key of that name
        elif isinstance(data, dict) and part in data:
            place.append(part)
            data, tagged = data[part], False
        elif i == len(loc) - 1 and kind == "missing":
            place.append(part)
    return tuple(place)


def _inside(place: Place) -> str:
    if not place:
        return ""
    brackets = "[[{}]]" if isinstance(place[-1], int) else "[{}]"
    if len([p for p in place if isinstance(p, str)]) > 1:
        return f" in `{spelled(place)}`"
    return f" in `{brackets.format(spelled(place))}`"


_WANTED: dict[str, str] = {
    "float_type": "a number",
    "int_type": "a whole number",
    "string_type": "a text in quotes",
    "bool_type": "true or false",
    "list_type": "a list",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "dict_type": "a table",
}

_LIMITS: dict[str, Callable[[Any], str]] = {
    "greater_than": lambda c: f"must be above {c['gt']:g}",
    "greater_than_equal": lambda c: f"must be at least {c['ge']:g}",
    "less_than": lambda c: f"must be below {c['lt']:g}",
    "less_than_equal": lambda c: f"must be at most {c['le']:g}",
}


def _plain(kind: str, context: dict[str, Any], detail: ErrorDetails) -> str:
    given = detail["input"]
    shown = f'"{given}"' if isinstance(given, str) else f"{given}"
    shown = {"True": "true", "False": "false"}.get(shown, shown)
    if kind in _WANTED:
        return f"{_WANTED[kind]} is wanted; got {shown}."
    if kind in _LIMITS:
        return f"{shown} {_LIMITS[kind](context)}."
    if kind == "finite_number":
        return f"{shown} is not a finite number."
    if kind == "too_short":
        least, has = context["min_length"], context["actual_length"]
        return f"at least {least} are wanted; got {has}."
    if kind == "value_error":
        return str(context["error"])
    return detail["msg"] + "."
