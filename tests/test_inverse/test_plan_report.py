"""Answers before there are data, as files."""

import json

import numpy as np
import pytest

import diffjax as djx
import inverse as inv
from inverse._plan_report import (
    design_lead,
    design_page,
    identify_lead,
    identify_page,
    identify_said,
    write_design,
    write_identify,
)

from .test_html import parse


LAW = djx.diffusivity.Arrhenius(1e-5, 2.0)


def films(*temperatures):
    out = []
    for t in temperatures:
        far = 4 * float(LAW.over(0.0, t) * 3.6e5) ** 0.5
        plan = inv.planned(np.linspace(0, far, 10), sigma=1e-4, name=f"{t:g} K")
        amount = inv.Free(init=1e-6, unit="m")
        out.append(inv.ThinFilm(plan, djx.Anneal(3.6e5, t), amount=amount))
    return out


@pytest.fixture(scope="module")
def one():
    return inv.identify(LAW, films(1200.0))


def test_identify_json_and_page(one, tmp_path):
    expected = inv.simulate(LAW, films(1200.0))
    write_identify(one, tmp_path / "out", "a <plan>", expected)
    found = json.loads((tmp_path / "out" / "identify.json").read_text())
    assert found["identifiable"] is False and found["title"] == "a <plan>"
    first = found["parameters"][0]
    assert first["name"] == "prefactor" and first["error"] is None
    assert first["verdict"].startswith("not determined: the data fix only ln prefactor")
    np.testing.assert_allclose(found["null_vectors"], one.null_vectors)
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    words = " ".join(parse(page.replace("<!DOCTYPE html>", "")).words)
    for word in (
        "a <plan>",
        "The experiments would determine 1 of 3 parameters.",
        "No number of such experiments helps: the data fix only ln prefactor",
        "anneal at a second one",
        "What they would show",
    ):
        assert word in words, word
    assert page == identify_page(one, "a <plan>", expected)


def test_sentences_of_four_kinds(one):
    bad, warn, help_, notes = identify_said(one)
    assert len(bad) == 1 and len(help_) == 1 and not warn and not notes
    both = inv.identify(LAW, films(1000.0, 1200.0))
    assert identify_lead(both) == "The experiments would determine all 4 parameters."
    assert identify_said(both) == ([], [], [], [])


def test_design_json_and_page(tmp_path):
    plan = films(1100.0, 1200.0)
    best = inv.design(LAW, films(1000.0, 1100.0, 1200.0), plan=plan, total=4)
    write_design(best, tmp_path / "out", "t", "D")
    found = json.loads((tmp_path / "out" / "design.json").read_text())
    assert found["criterion"] == "D" and found["measurements"] == 4
    counts = [one["count"] for one in found["candidates"]]
    assert counts == best.counts.tolist()
    assert sum(one["share"] for one in found["candidates"]) == pytest.approx(1)
    names = [one["name"] for one in found["parameters"]]
    assert names == ["prefactor", "activation"]
    errors = [one["plan_error"] for one in found["parameters"]]
    np.testing.assert_array_equal(errors, best.plan_errors)
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    words = " ".join(parse(page.replace("<!DOCTYPE html>", "")).words)
    for word in (design_lead(best), "your plan", "Your plan has an efficiency of"):
        assert word in words, word
    assert "at the values of the case" in words
    assert page == design_page(best, "t")


def test_the_lead_of_a_design_names_what_to_measure():
    best = inv.design(LAW, films(1000.0, 1100.0, 1200.0), total=2)
    assert design_lead(best) == "Measure 1 × 1000 K and 1 × 1100 K."
    known = inv.Free("prefactor", inv.Log(), unit="m²/s")
    best = inv.design(LAW, films(1200.0), known, total=3)
    assert design_lead(best) == "Measure 3 × 1200 K."
