"""The tensor that oriented traverses found."""

import json
from typing import Any

import numpy as np
import pytest

import diffjax as djx
import inverse as inv
from inverse._fit_json import fit_text
from inverse._report import lead, report_page
from inverse._tensor_found import direction_words, tensor_found

from .common import erf_couple
from .test_html import parse


TRUTH = 1e-14 * np.array([[3.0, 1.0], [1.0, 2.0]])
ANNEAL = djx.Anneal(3.6e5, 1273.15)


def film(direction, name):
    n = np.array(direction) / np.linalg.norm(direction)
    d = n @ TRUTH @ n
    x = np.linspace(0, 5 * np.sqrt(d * 3.6e5), 20)
    clean = np.asarray(djx.exact.thin_film(x, 3.6e5, d, amount=1e-6))
    profile = inv.Profile(x, clean, 0.01 * clean[0], name=name)
    return inv.ThinFilm(profile, ANNEAL, direction=direction)


def fitted(*directions):
    films = [film(n, f"cut {k}") for k, n in enumerate(directions)]
    return inv.fit(djx.diffusivity.Tensor(3e-14 * np.eye(2)), films)


@pytest.fixture(scope="module")
def fit():
    return fitted((1.0, 0.0), (0.0, 1.0), (1.0, 1.0))


def test_values_along_directions_and_its_own(fit):
    found = tensor_found(fit)
    assert found is not None and found.temperature == 1273.15
    assert found.directions == ((1.0, 0.0), (0.0, 1.0), (1.0, 1.0))
    np.testing.assert_allclose(found.along[0], [3e-14, 2e-14, 3.5e-14], rtol=1e-5)
    np.testing.assert_allclose(found.matrix, TRUTH, rtol=1e-5)
    values, vectors = np.linalg.eigh(TRUTH)
    np.testing.assert_allclose(found.principal[0], values[::-1], rtol=1e-5)
    np.testing.assert_allclose(np.abs(found.axes), np.abs(vectors.T[::-1]), rtol=1e-4)
    assert np.all(np.diff(found.principal[[1, 0, 2]], axis=0) > 0)


def test_errors_are_those_of_the_components(fit):
    found: Any = tensor_found(fit)
    names = ("D11", "D22", "D12")
    np.testing.assert_allclose(
        [found.errors[0, 0], found.errors[1, 1], found.errors[0, 1]],
        [fit[name].stderr for name in names],
        rtol=1e-6,
    )
    # First order: a principal value moves by n.dD.n along its own axis.
    n = found.axes[0]
    row = np.array([n[0] ** 2, n[1] ** 2, 2 * n[0] * n[1]])
    order = [fit.names.index(name) for name in names]
    error = np.sqrt(row @ fit.covariance[np.ix_(order, order)] @ row)
    d, lower, upper = found.principal[:, 0]
    np.testing.assert_allclose(np.log(upper / lower), 2 * fit.quantile * error / d,
                               rtol=1e-6)  # fmt: skip


def test_the_report_shows_them(fit):
    page = report_page(fit, "t")
    words = " ".join(parse(page.replace("<!DOCTYPE html>", "")).words)
    for word in ("Diffusivity tensor", "[1 1]", "Principal values", "Components"):
        assert word in words, word
    assert lead(fit).startswith("Principal values of D: 3.62 × 10⁻¹⁴ m²/s (± ")
    found = json.loads(fit_text(fit, "t"))["tensor"]
    np.testing.assert_allclose(found["D_m2_s"], TRUTH, rtol=1e-5)
    axes = fit.plot().axes[2]
    labels = [t.get_text() for t in axes.get_xticklabels()]
    assert labels == ["[1 0]", "[0 1]", "[1 1]", "D₁", "D₂"]


def test_two_directions_leave_it_open():
    found = tensor_found(fitted((1.0, 0.0), (0.0, 1.0)))
    assert found is not None
    assert np.all(np.isfinite(found.along)) and np.isinf(found.errors[0, 1])
    assert np.all(np.isinf(found.principal[2])) and np.all(found.principal[1] == 0)


def test_other_fits_have_none():
    couple = inv.Couple(erf_couple(), ANNEAL)
    assert tensor_found(inv.fit(djx.diffusivity.Constant(1e-13), couple)) is None


def test_directions_in_words():
    assert direction_words((1.0, -0.0, 1.618)) == "[1 0 1.62]"
    assert direction_words((-1.0, 2.0)) == "[−1 2]"
