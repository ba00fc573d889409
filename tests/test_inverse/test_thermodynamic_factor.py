"""L0 and L1 of a binary from a couple: not from its profile, but with what adds to it.

The alloy and what is measured of it are those of `examples/21_thermodynamic_factor.py`.
"""

import importlib.util

import pytest

import inverse as inv

from ..helpers import ROOT, validation_row


@pytest.fixture(scope="module")
def alloy():
    path = ROOT / "examples" / "21_thermodynamic_factor.py"
    spec = importlib.util.spec_from_file_location("thermodynamic_factor", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_a_profile_alone_does_not_tell_and_says_so(alloy):
    fit = inv.fit(alloy.START, alloy.experiments(0)[0], alloy.FREE)
    assert fit["L0"].stderr > 8 and fit["L0"].verdict.startswith("not determined")
    assert any("L0" in sentence for sentence in fit.verdicts)


@pytest.mark.slow
def test_with_tracers_and_foils_intervals_cover_the_truth(alloy):
    truth, misses, worst = {"L0": -12.0, "L1": 9.0}, 0, 0.0
    for seed in range(200):
        fit = inv.fit(alloy.START, alloy.experiments(seed), alloy.FREE)
        for name, value in truth.items():
            one = fit[name]
            misses += not one.lower < value < one.upper
            if seed < 20:
                worst = max(worst, abs(one.value - value) / one.stderr)
            assert one.stderr < 1.0
    assert worst < 3
    share = misses / 400
    assert 0.01 < share < 0.09
    validation_row(
        "95 % intervals of L0 and L1 of 200 couples with tracers and foils",
        "the truth; error is the share of intervals that miss it (0.05 is meant)",
        None,
        share,
        "70 points, 5 tracer compositions, 9 foils",
    )
