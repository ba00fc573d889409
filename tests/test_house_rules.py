"""Rules of the house that a machine can hold."""

import ast
import importlib
import inspect
import pkgutil
import re
import sys

import equinox as eqx
import pytest

import diffjax
import inverse

from .helpers import ROOT


PACKAGES = ("diffjax", "inverse")
OURS = sorted(f for p in PACKAGES for f in (ROOT / p).rglob("*.py"))
FOLDERS = (*PACKAGES, "tests", "examples", "benchmarks", "docs")
ALL = sorted(f for p in FOLDERS for f in (ROOT / p).rglob("*.py"))


def name(path):
    return str(path.relative_to(ROOT))


def classes():
    """Every class defined in either package, all modules loaded."""
    found = {}
    for package in (diffjax, inverse):
        for info in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if info.name.endswith("__main__"):
                continue
            module = importlib.import_module(info.name)
            for cls in vars(module).values():
                if inspect.isclass(cls) and cls.__module__.split(".")[0] in PACKAGES:
                    found[cls.__module__, cls.__qualname__] = cls
    return list(found.values())


def is_abstract(cls):
    return cls.__name__.lstrip("_").startswith("Abstract")


def test_a_class_is_abstract_or_final():
    assert classes()
    for cls in classes():
        for base in cls.__bases__:
            ours = base.__module__.split(".")[0] in PACKAGES
            assert not ours or is_abstract(base), (
                f"{cls} is built on {base}, which is not abstract: wrap it, or split it"
            )


def test_a_class_called_abstract_leaves_something_open():
    for cls in classes():
        if is_abstract(cls) and issubclass(cls, eqx.Module):
            kinds = ("__abstractvars__", "__abstractclassvars__")
            left = inspect.isabstract(cls) or any(getattr(cls, k, None) for k in kinds)
            assert left, f"{cls} leaves nothing open: it should be final"


@pytest.mark.parametrize("path", ALL, ids=name)
def test_no_file_over_500_lines(path):
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= 500, f"{lines} lines: one concept a file, 100 to 400 lines"


@pytest.mark.parametrize("path", ALL, ids=name)
def test_what_is_left_to_do_names_its_issue(path):
    if path.name == "test_house_rules.py":
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        mark = re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line)
        assert not mark or re.search(r"#\d+", line), f"line {number}: {line.strip()}"


@pytest.mark.parametrize("path", OURS, ids=name)
def test_no_annotations_from_the_future(path):
    # It turns `eqx.AbstractVar` into an ordinary field.
    text = path.read_text(encoding="utf-8")
    assert "from __future__ import annotations" not in text


def test_no_public_folder_has_a_name_of_the_standard_library():
    for path in OURS:
        for part in path.relative_to(ROOT).parts[1:-1]:
            assert part not in sys.stdlib_module_names


@pytest.mark.parametrize("path", OURS, ids=name)
def test_the_library_sets_no_global_flag(path):
    if path.name == "_cli.py":  # a command is a program, and programs may
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) != "jax.config.update", f"line {node.lineno}"


@pytest.mark.parametrize("path", OURS, ids=name)
def test_files_are_private_and_folders_public(path):
    parts = path.relative_to(ROOT).parts[1:]
    assert len(parts) <= 2, "two levels, never three"
    assert parts[-1].startswith("_"), "a file is private: _name.py"
    for part in parts[:-1]:
        assert not part.startswith("_"), "a folder is public"


def test_every_source_file_has_its_test():
    words = {"__init__", "__main__", "_constants", "_results", "_shapes"}
    missing = []
    for path in OURS:
        package, *folder, file = path.relative_to(ROOT).with_suffix("").parts
        if file in words:
            continue
        if package == "inverse":
            folder = ["inverse"]
        where = ROOT.joinpath("tests", *(f"test_{part}" for part in folder))
        stem = f"test_{file.strip('_')}"
        # `test_fit.py`, `test_fit_coverage.py` beside it, or a folder `test_fit/`; the
        # commands of both packages may share `test_cli/`.
        found = [
            *where.glob(f"{stem}*"),
            *(ROOT / "tests" / "test_cli").glob(f"{stem}*"),
        ]
        if not found:
            missing.append(f"{name(path)}: {name(where / stem)}.py")
    assert not missing, "\n".join(missing)
