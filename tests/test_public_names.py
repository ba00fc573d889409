"""What users may build on: the sorted list in `public_names.txt`, all documented."""

import ast
import importlib
import re

import pytest

from .helpers import ROOT


LIST = ROOT / "tests" / "public_names.txt"
API = ROOT / "docs" / "api"


def public_names() -> list[str]:
    """Names that an `__init__.py` gives on (`X as X`, or sets), by full dotted name."""
    names = set()
    for package in ("diffjax", "inverse"):
        for init in (ROOT / package).rglob("__init__.py"):
            module = ".".join(init.parent.relative_to(ROOT).parts)
            tree = ast.parse(init.read_text(encoding="utf-8"))
            # Where a folder loads when first used, its imports are for type checkers.
            lazy = [n for n in tree.body if isinstance(n, ast.If)]
            for node in tree.body + [n for branch in lazy for n in branch.body]:
                given = []
                if isinstance(node, ast.ImportFrom):
                    given = [a.name for a in node.names if a.asname == a.name]
                elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                    given = [node.name]
                elif isinstance(node, ast.Assign):
                    given = [t.id for t in node.targets if isinstance(t, ast.Name)]
                names |= {f"{module}.{n}" for n in given if not n.startswith("_")}
            if init.parent.name != package:
                names.add(module)
    return sorted(names)


def folder(name: str) -> bool:
    return (ROOT / name.replace(".", "/") / "__init__.py").exists()


def test_the_list_holds():
    held = LIST.read_text(encoding="utf-8").split()
    new, gone = set(public_names()) - set(held), set(held) - set(public_names())
    assert not new and not gone, (
        f"new names: {sorted(new)}; names gone: {sorted(gone)}. If this is meant, run "
        "`python -m tests.test_public_names`, and say it in docs/changelog.md."
    )
    assert held == sorted(held)


@pytest.mark.parametrize("name", [n for n in public_names() if not folder(n)])
def test_it_exists_and_has_a_docstring(name):
    module, _, last = name.rpartition(".")
    thing = getattr(importlib.import_module(module), last)
    if callable(thing):
        assert (thing.__doc__ or "").strip(), f"{name} has no docstring"


def test_the_reference_shows_every_name_once():
    pages = "\n".join(p.read_text(encoding="utf-8") for p in API.glob("*.md"))
    shown = re.findall(r"^::: (\S+)", pages, flags=re.MULTILINE)
    # Folders are pages of their own; everything else has its line.
    wanted = {n for n in public_names() if not folder(n)}
    assert sorted(shown) == sorted(set(shown)), "a name is shown twice in docs/api/"
    assert set(shown) == wanted, (
        f"docs/api/ lacks {sorted(wanted - set(shown))}, "
        f"and shows {sorted(set(shown) - wanted)} that do not exist"
    )


def test_every_public_folder_has_its_page():
    for name in public_names():
        if folder(name):
            page = API / f"{name.rpartition('.')[2]}.md"
            assert page.exists(), f"docs/api/{page.name} is missing"


if __name__ == "__main__":
    LIST.write_text("\n".join(public_names()) + "\n", encoding="utf-8")
