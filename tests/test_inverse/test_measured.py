"""Readings of any kind in a fit, alone and joined with profiles."""

import csv
import json
import re

import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx
import inverse as inv

from .common import ANNEAL, erf_couple, HOUR


K = 8.617333262e-5  # eV/K
D0 = 3e-13 * np.exp(1.9 / (K * 1273.0))  # so that the couple has the same law
START = djx.diffusivity.Arrhenius(1e-5, 2.1)
T = np.linspace(1000.0, 1400.0, 9)
SIGMA = 0.05


def ln_d(law, local, at):
    return jnp.log(law.over(0.0, at)) + local.get("bias", 0.0)


def table(seed, bias=0.0, at=T, **given):
    noise = SIGMA * np.random.default_rng(seed).normal(size=len(at))
    value = np.log(D0) - 1.9 / (K * at) + bias + noise
    name, axis = f"laboratory {seed}", "temperature (K)"
    data = inv.Readings(value, SIGMA, at, name, quantity="ln D (m²/s)", axis=axis)
    return inv.Measured(data, ln_d, **given)


def test_a_table_is_linear_regression():
    one = table(1)
    fit = inv.fit(START, one)
    # ln D is linear in ln D0 and Q: ordinary least squares is exact.
    rows = np.stack([np.ones_like(T), -1 / (K * T)], axis=1)
    covariance = SIGMA**2 * np.linalg.inv(rows.T @ rows)
    found = np.linalg.lstsq(rows, np.asarray(one.data.value), rcond=None)[0]
    np.testing.assert_allclose(np.log(fit["prefactor"].value), found[0], rtol=1e-6)
    np.testing.assert_allclose(fit["activation"].value, found[1], rtol=1e-6)
    np.testing.assert_allclose(
        [fit["prefactor"].stderr / fit["prefactor"].value, fit["activation"].stderr],
        np.sqrt(np.diag(covariance)),
        rtol=1e-5,
    )
    middle, lower, upper = fit.band(0, T[:3])
    np.testing.assert_allclose(middle, rows[:3] @ found, rtol=1e-8)
    spread = np.sqrt(np.diag(rows[:3] @ covariance @ rows[:3].T))
    np.testing.assert_allclose(upper - lower, 2 * fit.quantile * spread, rtol=1e-5)


def test_laboratories_with_a_bias_each_share_a_law():
    own = {"bias": inv.Free(prior=inv.Normal(0.0, 0.3))}
    biased = [table(2, 0.4, local=own), table(3, -0.2, local=own)]
    fit = inv.fit(START, [table(1), *biased])
    assert fit.names == (
        "prefactor", "activation", "laboratory 2.bias", "laboratory 3.bias",
    )  # fmt: skip
    for name, truth in [("laboratory 2.bias", 0.4), ("laboratory 3.bias", -0.2)]:
        assert abs(fit[name].value - truth) < 4 * fit[name].stderr < 0.4
    alone = inv.fit(START, table(2, 0.4, local=own))
    assert alone["bias"].verdict == "set by its prior"


def test_a_table_and_a_couple_in_one_fit():
    at = np.array([1000.0, 1100.0])
    couple = inv.Couple(erf_couple(0.003), ANNEAL)
    both = inv.fit(START, [couple, table(1, at=at)])
    apart = inv.fit(START, table(1, at=at))
    assert both["activation"].stderr < 0.8 * apart["activation"].stderr
    assert abs(both["activation"].value - 1.9) < 4 * both["activation"].stderr
    assert both.chi2 < 1.5 * both.dof
    assert both.traverses == (0,)
    assert np.isfinite(both.matano_plane[0]) and np.isnan(both.matano_plane[1])
    with pytest.raises(ValueError, match="must be a profile; it is a Measured"):
        both.diffusivity(0.5, experiment=1)
    assert both.diffusivity(0.5, 1200.0)[0].shape == (1,)


def spot(model, local, at):
    """A point source on a plane: in-plane tensor, amount and place."""
    x, y = at[:, 0] - local["x"], at[:, 1] - local["y"]
    a, b, c = model["D"]
    t = 100 * HOUR
    det = a * b - c**2
    square = (b * x**2 - 2 * c * x * y + a * y**2) / det
    return local["amount"] * jnp.exp(-square / (4 * t)) / (4 * jnp.pi * t * det**0.5)


def test_a_map_of_a_spot_shows_the_tensor_in_its_plane():
    truth = jnp.array([6e-14, 2e-14, 1.5e-14])
    side = np.linspace(-4e-4, 4e-4, 15)
    at = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    numbers = {"x": 2e-5, "y": -3e-5, "amount": 1e-8}
    clean = spot({"D": truth}, numbers, at)
    noise = 1e-3 * np.random.default_rng(0).normal(size=len(at))
    data = inv.Readings(clean + noise, 1e-3, at, name="map")
    local = {
        "x": inv.Free(init=0.0, scale=1e-4, unit="m"),
        "y": inv.Free(init=0.0, scale=1e-4, unit="m"),
        "amount": inv.Free(init=2e-8, transform=inv.Log(), unit="m²"),
    }
    start = {"D": jnp.array([3e-14, 3e-14, 0.0])}
    free = inv.Free("D", scale=1e-14, unit="m²/s", name="D")
    fit = inv.fit(start, inv.Measured(data, spot, local), free)
    for k in range(3):
        one = fit[f"D[{k}]"]
        assert abs(one.value - truth[k]) < 4 * one.stderr < 4 * 0.05e-13
    angle = lambda m: 0.5 * jnp.arctan2(2 * m["D"][2], m["D"][0] - m["D"][1])
    value, error = fit.predict(angle)
    assert abs(value - angle({"D": truth})) < 4 * error < 0.1


def test_its_files_and_pictures(tmp_path):
    fit = inv.fit(START, [table(1), table(2)])
    fit.report(tmp_path / "out")
    words = json.loads((tmp_path / "out" / "fit.json").read_text())
    assert words["diffusivity"] is None and words["x0_m"] == [None, None]
    with open(tmp_path / "out" / "residuals.csv", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0][:3] == ["experiment", "at", "measured"] and len(rows) == 19
    page = (tmp_path / "out" / "report.html").read_text()
    assert "Readings: laboratory 1" in page and "Diffusivity</h2>" not in page
    assert re.search(r"prefactor = .* and activation = 1\.\d+ ±&nbsp;0\.\d+ eV\.", page)
    fit.plot().savefig(tmp_path / "plot.png")


@pytest.mark.parametrize(
    "call, sentence",
    [
        (
            lambda: table(1, local={"bias": inv.Free(transform=inv.Log())}),
            "`Measured(local=...)`: 'bias' needs `Free(init=...)` to start from.",
        ),
        (
            lambda: inv.fit(
                START, inv.Measured(inv.Readings(T, 1.0, T), lambda m, _, at: at[1:])
            ),
            "`Measured(predict=...)` must give values of shape (9,), one for each "
            "reading; it gives (8,).",
        ),
        (
            lambda: inv.fit_log_spline([table(1)]),
            "`fit_log_spline` needs profiles such as `Couple(profile, anneal)`; use "
            "`fit` with a `djx.diffusivity.LogSpline` to join other data.",
        ),
    ],
)
def test_bad_input(call, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        call()
