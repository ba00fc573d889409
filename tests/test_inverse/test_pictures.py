"""Pictures of draws, profile likelihoods and designs, from numbers made by hand."""

import numpy as np
import pytest

import diffjax as djx
import inverse as inv
from inverse._design import Design
from inverse._likelihood import ProfileLikelihood
from inverse._pictures import corner, plot_expected


pytest.importorskip("matplotlib", reason="matplotlib is not installed")


def test_a_corner_has_a_curve_and_an_ellipse():
    drawn = np.random.default_rng(0).normal(size=(500, 2)) * [2e-14, 0.3] + [3e-13, 2]
    names, units = ("D", "slope"), ("m²/s", "")
    middle, covariance = np.array([3e-13, 2.0]), np.diag([4e-28, 0.09])
    axes = corner(drawn, names, units, (middle, covariance)).axes
    assert len(axes) == 3
    assert axes[1].get_xlabel() == "D (10⁻¹³ m²/s)" and axes[1].get_ylabel() == "slope"
    ellipse = axes[1].lines[-1].get_xdata()
    np.testing.assert_allclose(np.max(ellipse), 3 + 0.2 * np.sqrt(5.991), rtol=1e-3)
    bell = axes[0].lines[-1]
    np.testing.assert_allclose(np.max(bell.get_ydata()), 1 / (0.2 * np.sqrt(2 * np.pi)))
    covariance = np.diag([np.inf, 0.09])
    assert len(corner(drawn, names, units, (middle, covariance)).axes[0].lines) == 0
    assert len(corner(drawn, names, units, None).axes) == 3


def test_a_likelihood_and_its_parabola():
    values = np.linspace(1.0, 4.0, 7) * 1e-13
    roots = np.linspace(-2.0, 2.2, 7)
    found = ProfileLikelihood(
        "D", "m²/s", values, roots, 0.95, 1.96, 1.1e-13, np.inf, (1e-13, 3e-13), ""
    )
    (axes,) = found.plot().axes
    parabola, curve = axes.lines[:2]
    np.testing.assert_allclose(np.min(parabola.get_ydata()), 0.0, atol=1e-2)
    np.testing.assert_allclose(curve.get_ydata(), roots**2)
    assert axes.get_xlabel() == "D (10⁻¹³ m²/s)" and axes.get_ylabel() == "rise of χ²"


def test_a_design_has_a_bar_for_each_candidate():
    labels = tuple(f"{t} K" for t in range(900, 1400, 100))
    weights, counts = np.array([0.5, 0, 0, 0, 0.5]), np.array([2, 0, 0, 0, 3])
    design = Design(
        labels, weights, counts, 0.96, None, ("Q",), ("eV",), np.array([0.01]), None,
        0.0, 0.0, 1, (),
    )  # fmt: skip
    (axes,) = design.plot().axes
    assert [bar.get_height() for bar in axes.patches] == [50, 0, 0, 0, 50]
    assert [text.get_text() for text in axes.texts] == ["2", "3"]
    assert axes.get_ylabel() == "share of 5 measurements (%)"


def test_what_is_expected_has_a_picture_for_each_experiment():
    x = np.linspace(0.0, 1e-4, 5)
    known = inv.planned(x, sigma=0.1, name="a plan")
    film = inv.ThinFilm(known, djx.Anneal(1e4, 1200.0), amount=1e-6)
    t = np.array([1000.0, 1200.0])
    table = inv.diffusivities(t, np.array([1e-15, 1e-14]), 0.2)
    first, second = plot_expected([film, table]).axes
    assert first.get_title("left") == "a plan" and first.get_xlabel() == "position (µm)"
    np.testing.assert_allclose(first.lines[0].get_xdata(), 1e6 * x)
    assert second.get_xlabel() == "temperature (K)"
    assert second.get_ylabel() == "ln D (m²/s)"
    np.testing.assert_allclose(second.lines[0].get_xdata(), t)
    assert len(plot_expected([film] * 5).axes) == 5
