"""`[design]` of a case."""

import importlib.resources
from typing import Any

import numpy as np
import pytest

import diffjax as djx
from inverse._case import read_fit_case

from .scans import write_case


PLAN = (importlib.resources.files("inverse") / "cases/plan.toml").read_text("utf-8")


def read(tmp_path, *changes) -> Any:
    return read_fit_case(write_case(tmp_path, PLAN, *changes), "design")


def test_candidates_are_pairs_and_experiments_the_plan(tmp_path):
    case = read(tmp_path)
    assert len(case.candidates) == 10 and len(case.experiments) == 3
    assert case.designed["criterion"] == "c:activation"
    assert case.designed["total"] == 6 and case.designed["plan"] == case.experiments
    best = case.design()
    # Far apart is best, as everybody knows.
    used = [label for label, n in zip(best.labels, best.counts) if n]
    assert used[0].startswith("700 °C") and used[-1].startswith("1100 °C")
    assert np.sum(best.counts) == 6 and 0 < best.plan_efficiency < 0.2


def test_points_of_the_experiments(tmp_path):
    head, _, _ = PLAN.partition("[[design.candidate]]")
    path = write_case(tmp_path, head, ("measurements = 6", 'each = "point"'))
    case = read_fit_case(path, "design")
    assert case.candidates == case.experiments and case.designed["plan"] is None
    assert len(case.design().labels) == 60


@pytest.mark.parametrize(
    "changes, sentence",
    [
        (
            [('of = "activation"\n', "")],
            'line 17, `design`: criterion "c" needs `of`, the parameter whose error is '
            "to be small.",
        ),
        (
            [('criterion = "c"', 'criterion = "A"')],
            'line 17, `design`: `of` belongs to the criterion "c"; got "A".',
        ),
        (
            [('of = "activation"', 'of = "activatoin"')],
            'line 19, `design.of`: there is no parameter "activatoin"; did you mean '
            "`activation`? (parameters: `prefactor`, `activation`)",
        ),
        (
            [("measurements = 6", "measurements = 0")],
            "line 20, `design.measurements`: 0 must be at least 1.",
        ),
        (
            [("measurements = 6", 'each = "point"')],
            'line 20, `design.each`: with "point" the points of the experiments are '
            "the candidates: leave `candidate` out.",
        ),
        (
            [('"700 degC"', '"700 h"')],
            'line 27, `design.candidate.temperature`: "700 h" is a time; a temperature '
            'is wanted, e.g. "1000 degC".',
        ),
        (
            [("[design]", "[desing]"), ("design.candidate", "desing.candidate")],
            "line 17: unknown key `desing`; did you mean `design`? (known: `title`, "
            "`experiment`, `law`, `method`, `compare`, `design`)",
        ),
    ],
)
def test_what_is_wrong_is_said(tmp_path, changes, sentence):
    with pytest.raises(djx.storage.CaseError) as e:
        read(tmp_path, *changes)
    assert str(e.value) == f"case.toml, {sentence}"


def test_nothing_to_choose_from(tmp_path):
    head = PLAN.partition("[[experiment]]")[0]
    path = write_case(tmp_path, head)
    with pytest.raises(djx.storage.CaseError, match="`design` is missing: `--design`"):
        read_fit_case(path, "design")
    path = write_case(tmp_path, head + '[design]\ncriterion = "D"\n')
    with pytest.raises(djx.storage.CaseError) as e:
        read_fit_case(path, "design")
    assert str(e.value) == (
        "case.toml, line 9, `design`: there is nothing to choose from: add "
        "`[[design.candidate]]`."
    )
    with pytest.raises(djx.storage.CaseError) as e:
        read_fit_case(path, "identify")
    assert str(e.value) == "case.toml: `experiment` is missing."
