"""`import diffjax` and `import inverse` stay light, and set no flag of JAX."""

import subprocess
import sys

import pytest


HEAVY = (
    "matplotlib",
    "pydantic",
    "pint",
    "typer",
    "rich",
    "pandas",
    "fipy",
    "beartype",
    "pytest",
    "scipy.optimize",
    "scipy.integrate",
    "scipy.interpolate",
    "scipy.stats",
)
CODE = """
import sys
import equinox, diffrax, lineax, optimistix, optax
import jax
before = set(sys.modules)
flags = dict(jax.config.values)
import {package}
new = set(sys.modules) - before
print(sorted(m for m in {heavy} if m in new))
print(dict(jax.config.values) == flags)
"""


@pytest.mark.parametrize("package", ["diffjax", "inverse"])
def test_a_bare_import_loads_nothing_heavy_and_sets_no_flag(package):
    code = CODE.format(package=package, heavy=HEAVY)
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:2] == ["[]", "True"]


@pytest.mark.parametrize("package", ["diffjax", "inverse"])
def test_it_imports_without_the_extras(package):
    block = "import sys\nfor m in ('matplotlib','pydantic','pint','typer','rich'):\n"
    code = f"{block}    sys.modules[m] = None\nimport {package}\n"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
