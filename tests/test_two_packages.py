"""The shape checker watches both packages, and both come from this repository."""

import importlib.metadata
import pathlib
import tomllib

import jax.numpy as jnp
import jaxtyping
import pytest

import diffjax as djx
import inverse as inv

from .helpers import ROOT


def test_the_checker_is_on_in_diffjax():
    three, four = jnp.ones(3), jnp.ones(4)
    with pytest.raises(jaxtyping.TypeCheckError):
        djx.linear.Tridiagonal(three, four, three)


def test_the_checker_is_on_in_inverse():
    with pytest.raises(jaxtyping.TypeCheckError):
        inv.Log().forward(jnp.arange(3))  # integers


@pytest.mark.parametrize("package", [djx, inv])
def test_it_comes_from_here(package):
    assert [pathlib.Path(p).parent for p in package.__path__] == [ROOT]
    assert (pathlib.Path(package.__path__[0]) / "py.typed").exists()


def test_one_version_for_both():
    version = importlib.metadata.version("diffjax")
    assert djx.__version__ == inv.__version__ == version


def test_the_wheel_takes_two_folders_by_name():
    # A search for packages would ship whatever it finds; the gate lists the wheel.
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["packages"] == ["diffjax", "inverse"]
