"""The files of a fit."""

import csv
import dataclasses
import json
import math

import numpy as np
import pytest

import diffjax as djx
import inverse as inv
from inverse._case import Comparison
from inverse._report import (
    _parameters,
    _round_numbers,
    conclusions,
    lead,
    report_page,
    write_report,
)

from .certified import fit_certified
from .scans import write_scan
from .test_html import parse


@pytest.fixture(scope="module")
def fit(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scan")
    write_scan(folder)
    position, value = inv.Column("dis", "um"), inv.Column("X", "mole fraction")
    profile = inv.read_profile(folder / "scan.csv", position, value, 0.002)
    couple = inv.Couple(profile, djx.Anneal(3.6e5, 1273.15))
    return inv.fit(djx.diffusivity.Constant(1e-13), [couple])


def undetermined(fit):
    """The same fit, as if the data had left the diffusivity open."""
    sentence = "the data leave ln D open"
    first = dataclasses.replace(
        fit.parameters[0],
        stderr=math.inf,
        lower=0.0,
        upper=math.inf,
        verdict=f"not determined: {sentence}",
    )
    correlation = np.array(fit.correlation)
    correlation[0, 1:] = correlation[1:, 0] = np.nan
    return dataclasses.replace(
        fit,
        parameters=(first, *fit.parameters[1:]),
        correlation=correlation,
        verdicts=(sentence,),
    )


def strict(path):
    def refuse(word):
        raise AssertionError(f"{word} is not JSON")

    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)


def test_fit_json_holds_what_was_agreed(fit, tmp_path):
    out = write_report(fit, tmp_path / "out", "made up")
    names = ["fit.json", "report.html", "residuals.csv"]
    assert sorted(p.name for p in out.iterdir()) == names
    found = strict(out / "fit.json")
    assert found["schema"] == 1
    for key in ("chi2", "aicc", "matano_plane_m", "x0_m", "residual_rms"):
        assert isinstance(found[key], float), key
    assert found["dof"] == 41 - 4
    assert found["sigma"] is None
    assert found["converged"] is True
    keys = {"name", "value", "stderr", "unit", "verdict"}
    assert all(set(p) == keys for p in found["parameters"])
    first = found["parameters"][0]
    assert (first["name"], first["unit"], first["verdict"]) == (
        "D",
        "m²/s",
        "determined",
    )
    assert first["value"] == pytest.approx(1e-14, rel=0.05)
    curve = found["diffusivity"]
    lengths = {len(curve[k]) for k in ("composition", "D_m2_s", "lower", "upper")}
    assert lengths == {101}
    assert found["x0_m"] == pytest.approx(310e-6, abs=2e-6)
    assert {"diffjax", "jax"} <= set(found["versions"])
    assert found["title"] == "made up"


def test_what_is_infinite_is_null(fit, tmp_path):
    out = write_report(undetermined(fit), tmp_path / "out")
    found = strict(out / "fit.json")
    assert found["parameters"][0]["stderr"] is None
    assert found["intervals_95"]["D"] == [0.0, None]


def test_residuals_add_up(fit, tmp_path):
    out = write_report(fit, tmp_path / "out")
    with open(out / "residuals.csv", newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    assert head == [
        "experiment",
        "position_m",
        "measured",
        "fitted",
        "residual",
        "sigma",
    ]
    assert {row[0] for row in rows} == {"scan"}
    x, measured, fitted, residual, sigma = np.array([r[1:] for r in rows], float).T
    np.testing.assert_array_equal(x, fit.experiments[0].profile.position)
    np.testing.assert_allclose(measured - fitted, residual, atol=1e-15)
    np.testing.assert_allclose(sigma, 0.002)


def test_the_page_opens_and_needs_nothing_else(fit):
    known = Comparison("a book", np.array([0.5]), np.array([1.1e-14]))
    page = report_page(fit, "iron & <nickel>", known)
    tags = parse(page.replace("<!DOCTYPE html>", ""))
    words = " ".join(tags.words)
    assert tags.names.count("svg") == 3
    for word in (
        "iron & <nickel>",
        "What the data say",
        "The data determine all 4 parameters.",
        "Profile: scan",
        "Diffusivity",
        "Against a book",
        "Parameters",
        "Correlations",
        "Diagnostics",
        "determined",
        "extrapolated",
    ):
        assert word in words, word
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
    assert "<script" not in page


def test_the_page_says_what_is_not_known(fit):
    page = report_page(undetermined(fit), "t")
    words = " ".join(parse(page.replace("<!DOCTYPE html>", "")).words)
    assert "not determined: the data leave ln D open" in words
    assert "The data leave ln D open." in words
    assert "The data determine all" not in words
    assert "∞" in words


def test_sentences_of_three_kinds(fit):
    fine, warn, bad = conclusions(fit)
    assert len(fine) == 2 and not warn and not bad
    failed = dataclasses.replace(fit, converged=False, result="No step helped.")
    fine, warn, bad = conclusions(failed)
    assert bad == ["The fit did not converge: No step helped."]
    assert len(fine) == 1


def test_a_warning_where_the_error_bars_do_not_hold():
    _, warn, _ = conclusions(fit_certified("MGH17"))
    assert any(w.startswith("Chi2 is no parabola along b2 and b3") for w in warn)


def test_the_lead_of_a_constant(fit):
    text = lead(fit)
    assert text.startswith("D = ") and " at every composition." in text
    assert "× 10⁻¹⁴ m²/s (± " in text


def test_many_parameters_are_told_together(fit):
    """The same fit, as if its law were a network."""
    weights = tuple(
        dataclasses.replace(fit.parameters[0], name=f"net.weight[{k}]")
        for k in range(20)
    )
    parameters, correlation = (*weights, *fit.parameters[1:]), np.eye(23)
    many = dataclasses.replace(fit, parameters=parameters, correlation=correlation)
    words = parse(_parameters(many)).words
    assert words.index("net (20 parameters)") < words.index("origin")
    assert "20 determined" in words and words.count("net.weight[7]") >= 1
    assert words.index("each of them") < words.index("net.weight[0]")
    lines = many.table.splitlines()
    assert lines[1].split() == ["net", "(20", "parameters)", "20", "determined"]
    assert len([line for line in lines if "net" in line]) == 1


def test_a_failure_leaves_no_folder(fit, tmp_path, monkeypatch):
    from inverse import _report

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(_report, "_write_residuals", fail)
    with pytest.raises(OSError):
        write_report(fit, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_the_door_in_the_fit(fit, tmp_path):
    fit.report(tmp_path / "out")
    assert (tmp_path / "out" / "report.html").exists()


def test_plot_draws_profile_residuals_and_diffusivity(fit):
    figure = fit.plot()
    top, bottom, right = figure.axes
    assert top.get_ylabel() == "composition"
    assert bottom.get_ylabel().startswith("data − fit")
    assert right.get_ylabel() == "D (10⁻¹⁴ m²/s)"
    labels = [t.get_text() for t in right.get_legend().get_texts()]
    assert labels == ["fit, 95 % interval", "extrapolated"]


@pytest.mark.parametrize(
    "low, high, numbers",
    [
        (0.0, 1.0, np.linspace(0, 1, 11)),
        (-0.002, 0.204, np.arange(0, 0.21, 0.02)),
        (3.0, 20000.0, np.arange(2000, 20001, 2000)),
    ],
)
def test_round_numbers(low, high, numbers):
    np.testing.assert_allclose(_round_numbers(low, high), numbers, atol=1e-12)
