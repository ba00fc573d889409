"""Imports go down only: a file may import from floors below its own, and no other."""

import ast
import pathlib

import pytest

from .helpers import ROOT


# From the ground up. Folders and files of one floor do not know of each other. Names
# that do not exist yet hold their place.
FLOORS = {
    "diffjax": [
        {"_constants", "_shapes"},
        {"_checks", "_depends", "_results", "_smooth"},
        {"tensors", "grid", "exact"},
        {"_simplex"},
        {"lattice", "thermo", "mechanics", "linear"},
        {"diffusivity", "stepping", "schemes"},
        {"potentials"},
        {"fluxes"},
        {"equations", "_views"},
        {"_solution", "_anneal"},
        {"_methods", "_reduced", "kinetics"},
        {"_spectral"},
        {"_solve", "_steady"},
        {"plots", "storage", "materials"},
        {"_commands"},
        {"_cli"},
        {"__main__"},
    ],
    "inverse": [
        {
            *("_results", "_transforms", "_joint", "_tails", "_smoothing", "_local"),
            *("_criteria", "_groups", "_kept", "_many"),
        },
        {"_advice", "_priors", "_noise", "_cholesky", "_ordered", "_reference"},
        {"_slots"},
        {"_parameters"},
        {"_response", "_defaults", "_case_parameter"},
        {"_data"},
        {"_profile"},
        {"_direct", "_inputs", "_readers"},
        {"_couple_fluxes", "_repeated", "_start", "_wagner"},
        {"_crossing", "_hold", "_kirkendall"},
        {"_experiment"},
        {"_declare", "_film", "_oriented"},
        {"_block", "_experiments", "_measured", "_point_source", "_quenched"},
        {"_mixture_roads", "_tables", "_uptake", "_vacancy_data"},
        {"_mixture_couple"},
        {"_objective"},
        {"_least_squares", "_gradient", "_planned", "_weights"},
        {"_core", "_case_data"},
        {"_case_experiments"},
        {"_case_laws", "_case_tables"},
        {"_case_design"},
        {"_covariance", "_diagnostics", "_reported"},
        {"_curves", "_identifiability", "_likelihood", "_sigmas"},
        {"_bootstrap", "_budget", "_expected", "_run", "_sample", "_turned"},
        {"_design", "_identify", "_multistart"},
        {"_estimates", "_refine"},
        {"_tensor_found"},
        {"_assemble", "_fit_json", "_plots", "_words"},
        {"_fit", "_pictures"},
        {"_knots", "_html"},
        {"_case", "_plan_report", "_tensor_report"},
        {"_report"},
        {"_cli_plan"},
        {"_cli"},
    ],
}
# Methods of low files that open a door to a high one, for the user's comfort: these
# import inside the method, so that the low file still loads and runs without the high.
DOORS: set[tuple[str, str]] = {
    ("inverse._estimates", "inverse._report"),
    ("inverse._estimates", "inverse._plots"),
    ("inverse._estimates", "inverse._words"),
    ("inverse._estimates", "inverse._fit_json"),
    ("inverse._design", "inverse._pictures"),
    ("inverse._likelihood", "inverse._pictures"),
    ("inverse._sample", "inverse._pictures"),
    ("diffjax._solution", "diffjax.storage"),
}
FLOOR = {(p, u): i for p, fs in FLOORS.items() for i, f in enumerate(fs) for u in f}
FILES = sorted(f for p in FLOORS for f in (ROOT / p).rglob("*.py"))


def dotted(path: pathlib.Path) -> tuple[str, ...]:
    return path.relative_to(ROOT).with_suffix("").parts


def imports(
    path: pathlib.Path, tree: ast.AST | None = None
) -> list[tuple[tuple[str, ...], bool]]:
    """Every module or name that `path` imports, and whether inside a function."""
    tree = ast.parse(path.read_text(encoding="utf-8")) if tree is None else tree
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    folder, out = dotted(path)[:-1], []
    for node in ast.walk(tree):
        lazy = id(node) in inside
        if isinstance(node, ast.Import):
            out += [(tuple(a.name.split(".")), lazy) for a in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = folder[: len(folder) + 1 - node.level] if node.level else ()
            base += tuple(node.module.split(".")) if node.module else ()
            out += [((*base, a.name), lazy) for a in node.names]
    return out


@pytest.mark.parametrize("path", FILES, ids=lambda f: "/".join(dotted(f)))
def test_every_file_has_a_floor(path):
    package, here = dotted(path)[:2]
    assert here == "__init__" or (package, here) in FLOOR, (
        f"{package}/{here} is on no floor: put it into FLOORS, as low as it can stand"
    )


@pytest.mark.parametrize("path", FILES, ids=lambda f: "/".join(dotted(f)))
def test_imports_point_down(path):
    package, here = dotted(path)[:2]
    for there, lazy in imports(path):
        if there[0] == package and here != "__init__" and there[1] != here:
            if there[1].startswith("__") and there[1] not in ("__main__", "__init__"):
                continue  # a dunder of the package, such as its version
            door = (f"{package}.{here}", f"{package}.{there[1]}")
            if lazy and door in DOORS:
                continue
            assert (package, there[1]) in FLOOR, f"imports {there}, on no floor"
            assert FLOOR[package, there[1]] < FLOOR[package, here], f"up: {there}"


@pytest.mark.parametrize("path", FILES, ids=lambda f: "/".join(dotted(f)))
def test_diffjax_knows_nothing_of_inverse_and_inverse_nothing_private(path):
    package = dotted(path)[0]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for there, _ in imports(path, tree):
        if package == "diffjax":
            assert there[0] != "inverse", "diffjax may not know of inverse"
        elif there[0] == "diffjax":
            private = [p for p in there if p.startswith("_") and not p.endswith("__")]
            assert not private, f"inverse uses a private name of diffjax: {there}"
    if package == "inverse":
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
                root = node.value
                while isinstance(root, ast.Attribute):
                    root = root.value
                known = isinstance(root, ast.Name) and root.id in ("djx", "diffjax")
                assert not known or node.attr.endswith("__"), (
                    f"inverse uses a private name of diffjax: {ast.unparse(node)}"
                )


@pytest.mark.parametrize("path", FILES, ids=lambda f: "/".join(dotted(f)))
def test_imports_inside_a_package_are_relative(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        for name in names:
            assert name.split(".")[0] != dotted(path)[0], f"write `{name}` with dots"


def test_the_watch_sees_what_it_should(tmp_path):
    path = ROOT / "diffjax" / "grid" / "_made_up.py"
    tree = ast.parse("from ..fluxes import Fick\ndef f():\n    from .. import _solve\n")
    assert imports(path, tree) == [
        (("diffjax", "fluxes", "Fick"), False),
        (("diffjax", "_solve"), True),
    ]
