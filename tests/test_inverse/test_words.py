"""A fit as text, and exactly the keys of `fit.json`."""

import json

import numpy as np
import pytest

import diffjax as djx
import inverse as inv

from .common import ANNEAL, erf_couple


@pytest.fixture(scope="module")
def fit():
    couple = inv.Couple(erf_couple(0.003), ANNEAL)
    return inv.fit(djx.diffusivity.Constant(1e-13), couple)


def test_the_dictionary_has_the_keys_of_fit_json(fit):
    out = fit.to_dict()
    assert list(out) == [
        "schema", "parameters", "chi2", "dof", "sigma", "aicc", "diffusivity",
        "matano_plane_m", "x0_m", "residual_rms", "converged", "versions",
    ]  # fmt: skip
    assert out["schema"] == 1 and out["converged"] is True
    for one in out["parameters"]:
        assert list(one) == ["name", "value", "stderr", "unit", "verdict"]
    assert list(out["diffusivity"]) == ["composition", "D_m2_s", "lower", "upper"]
    assert len(out["diffusivity"]["composition"]) == 101
    assert "jax" in out["versions"]
    np.testing.assert_allclose(out["matano_plane_m"], 30e-6, atol=1e-5)
    again = json.loads(json.dumps(out, allow_nan=False))
    assert again == out


def test_the_table_says_it_all(fit):
    lines = fit.table.splitlines()
    assert lines[0].split()[:2] == ["parameter", "value"]
    assert [line.split()[0] for line in lines[1:5]] == list(fit.names)
    assert "chi2" in lines[5] and "sigma given" in lines[5]
    assert repr(fit) == fit.table
