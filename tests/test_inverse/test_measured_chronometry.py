"""A measured crystal of plagioclase, as its example fits it: a time, and its doubts."""

import runpy

import numpy as np
import pytest

import inverse as inv

from ..helpers import ROOT


EXAMPLE = ROOT / "examples" / "23_how_long_in_the_magma.py"
YEAR = 3.156e7


@pytest.fixture(scope="module")
def example():
    return runpy.run_path(str(EXAMPLE))


@pytest.fixture
def scan(example):
    pytest.importorskip("openpyxl")
    if not example["PATH"].exists():
        pytest.skip("../shared/data is not here")
    return example["measured"]()


def test_the_profile_alone_tells_only_d_times_t(example):
    scan = example["made_up"]()
    alone = inv.Free("log_d", name="ln D", scale=1.0)
    model = example["magma"](scan, 240.0, 20.0)
    experiment = example["crystal"](scan)
    report = inv.identify(model, experiment, [example["TIME"], alone])
    assert report.structural == ("the data fix only ln time + ln D",)
    (pair,) = report.confounded
    assert set(pair.names) == {"time", "ln D"}


@pytest.mark.slow
def test_a_time_that_was_put_in_comes_back(example):
    found = example["fitted"](example["made_up"](), None)
    error = found.budget("time").error
    assert abs(np.log(found["time"].value / YEAR / 240.0)) < 2 * error < 2.5
    assert found["A"].value == pytest.approx(20.0, abs=4 * found["A"].stderr)
    assert 0.6 < found.chi2 / found.dof < 1.5


@pytest.mark.slow
def test_the_measured_crystal(example, scan):
    assert scan.value.shape == (67,)
    assert scan.anorthite[0] == pytest.approx(0.35173, abs=1e-5)
    found = example["fitted"](scan, None)
    assert found.chi2 / found.dof < 1.3
    assert found["time"].value / YEAR == pytest.approx(241.0, rel=0.1)
    budget = found.budget("time")
    assert next(iter(budget.shares)) == "prior of temperature"
    assert 2.0 < budget.factor < 2.5
    # With what the experiments say of A the same data give another time, and object.
    held = example["fitted"](scan, example["EXPERIMENTS"])
    assert held["time"].value < 0.05 * found["time"].value
    assert held.chi2 / held.dof > 5
    assert any("chi2/dof" in one for one in held.verdicts)
    assert held.diagnostics[0].lag1 > 0.7
