"""Diffusivities read off scans, without fitting a model.

Left: a binary couple whose diffusivity falls twentyfold, scanned with noise; three
direct methods beside what was put in. Right: two ternary couples whose paths cross. At
the composition that they share, fluxes and slopes of both give all four
interdiffusivities. The numbers are made up; errors are standard errors.
"""

import sys
from typing import Any, Literal

import jax
import jax.numpy as jnp
import matplotlib
import numpy as np


jax.config.update("jax_enable_x64", True)
matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402

import diffjax as djx  # noqa: E402
import inverse as inv  # noqa: E402


TIME = 3.6e5  # s
NOISE = 0.002
LAW = djx.diffusivity.Exponential(value=6e-13, slope=-3.0)
MATRIX = np.array([[3e-14, 1e-14], [0.5e-14, 2e-14]])  # m²/s
MIDDLE = np.array([0.3, 0.2])
RANDOM = np.random.default_rng(13)


def binary() -> inv.Profile:
    """A scan over a couple of A and B."""
    x = jnp.linspace(-2e-3, 1.2e-3, 121)
    clean = djx.equations.similarity(LAW, 0.0, 1.0, 1273.0).at(x, TIME)
    return inv.Profile(x, clean + NOISE * RANDOM.normal(size=x.shape), NOISE)


def ternary(jump: tuple[float, float]) -> list[inv.Profile]:
    """Scans of two components; `jump` is what they differ by from left to right."""
    rates, modes = np.linalg.eig(MATRIX)
    share = np.linalg.solve(modes, np.asarray(jump))
    x = jnp.linspace(-0.6e-3, 0.6e-3, 121)
    steps = [djx.exact.couple(x, TIME, d, left=-0.5, right=0.5) for d in rates]
    clean = MIDDLE[None, :] + (np.stack(steps, axis=1) * share[None, :]) @ modes.T
    noisy = clean + NOISE * RANDOM.normal(size=clean.shape)
    return [inv.Profile(x, noisy[:, k], NOISE) for k in range(2)]


def draw_binary(panel: Any, profile: inv.Profile) -> None:
    shares = jnp.linspace(0.03, 0.97, 48)
    panel.semilogy(shares, LAW.over(shares, 1273.0), "k", lw=1, label="put in")

    raw = inv.wagner(profile, TIME, left=0.0, right=1.0, points=11)
    use = (raw.fraction > 0.02) & (raw.fraction < 0.98) & ~np.isnan(raw.diffusivity)
    assert raw.error is not None
    panel.errorbar(
        raw.fraction[use], raw.diffusivity[use], raw.error[use],
        fmt=".", color="C7", lw=0.8, label="Wagner, point by point",
    )  # fmt: skip
    smooth = inv.with_noise(
        lambda p: inv.sauer_freise(p, TIME, shares, 0.0, 1.0), profile, draws=50
    )
    low, high = smooth.value - 2 * smooth.error, smooth.value + 2 * smooth.error
    panel.fill_between(shares, low, high, color="C0", alpha=0.25, lw=0)
    panel.semilogy(shares, smooth.value, "C0", label="Sauer–Freise, smoothed, ±2 s.e.")
    tails: dict[Literal["left", "right"], tuple[float, float]]
    tails = {"left": (0.005, 0.08), "right": (0.92, 0.995)}
    for tail, where in tails.items():
        c = jnp.linspace(*where, 12)
        found = inv.hall(profile, TIME, c, 0.0, 1.0, tail, within=0.08)
        label = "Hall, in the tails" if tail == "left" else None
        panel.semilogy(c, found, "C3", lw=2, label=label)
    panel.set(xlabel="mole fraction", ylabel="interdiffusivity, m²/s")
    panel.set(ylim=(1e-14, 1.5e-12), title="binary")
    panel.legend(loc="lower left")
    exact = LAW.over(shares, 1273.0)
    middle = slice(5, -5)
    assert np.max(np.abs(np.log(smooth.value / exact))[middle]) < 0.25


def draw_ternary(panel: Any) -> inv.InterdiffusionMatrix:
    jumps = (0.2, 0.05), (-0.05, -0.2)
    couples = ternary(jumps[0]), ternary(jumps[1])
    blocks = [MIDDLE + 0.5 * k * np.asarray(jump) for jump in jumps for k in (-1, 1)]
    found = inv.interdiffusion_matrix(*couples, TIME, points=25, ends=blocks)
    for k, (first, second) in enumerate(couples):
        panel.plot(first.value, second.value, ".", label=f"couple {k + 1}", ms=4)
    panel.plot(*found.composition, "k+", ms=14, label="they cross")
    panel.set(xlabel="mole fraction 1", ylabel="mole fraction 2", title="ternary")
    panel.set(ylim=(0.08, 0.39))
    assert found.error is not None
    rows = ["interdiffusivities, 10$^{-14}$ m²/s (put in)"]
    for i in range(2):
        for j in range(2):
            d, e = 1e14 * found.matrix[i, j], 1e14 * found.error[i, j]
            put = f"({1e14 * MATRIX[i, j]:.1f})"
            rows.append(f"$D_{{{i + 1}{j + 1}}}$ = {d:.2f} ± {e:.2f}  {put}")
    panel.text(0.04, 0.96, "\n".join(rows), transform=panel.transAxes, va="top")
    panel.legend(loc="lower right")
    return found


def main(path: str = "direct_methods.png") -> None:
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(10.0, 4.4), layout="constrained"
    )
    draw_binary(left, binary())
    found = draw_ternary(right)
    figure.savefig(path, dpi=130)
    assert found.error is not None
    off = float(np.max(np.abs((found.matrix - MATRIX) / found.error)))
    assert off < 4
    print(f"all four interdiffusivities, the worst {off:.1f} standard errors off")


if __name__ == "__main__":
    main(*sys.argv[1:])
