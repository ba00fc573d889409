"""A couple of three components, and its way through the triangle.

Nickel with chromium is joined to nickel with aluminium. Were all atoms alike, every
mixture in between would lie on the straight line that joins the two ends. Here
aluminium is fast, chromium slow, and both like nickel: the path bends into an S which
crosses the line once. Nickel has little reason of its own to move and follows the two
others: at two planes its flux is zero, and between them it runs the other way.

Tracer diffusivities and interactions are round numbers of the size of those of a
nickel-rich fcc alloy, not assessed ones.
"""

import sys
from typing import Any

import jax
import jax.numpy as jnp
import matplotlib
import numpy as np


jax.config.update("jax_enable_x64", True)
matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402

import diffjax as djx  # noqa: E402


HOT, TIME = 1473.15, 3.6e5  # K, s
NAMES, COLOURS = ("Ni", "Cr", "Al"), ("tab:gray", "tab:blue", "tab:red")
LEFT, RIGHT = jnp.array([0.72, 0.25, 0.03]), jnp.array([0.85, 0.03, 0.12])
PHASE = djx.thermo.RedlichKister(  # J/mol
    NAMES,
    {("Ni", "Cr"): -10e3, ("Ni", "Al"): [-90e3, 10e3], ("Cr", "Al"): -20e3},
)


def tracers(x: Any, temperature: Any) -> Any:
    """Nickel, chromium and aluminium, in m²/s: all faster where aluminium is."""
    del temperature
    return jnp.array([6e-15, 8e-15, 3e-14]) * jnp.exp(6.0 * x[2])


LAW = djx.diffusivity.Multicomponent(tracers, PHASE, correlation=0.7815)


def run() -> djx.Solution:
    """100 h at 1200 degrees C."""
    grid = djx.grid.graded(-1e-3, 1e-3, 300, centre=0.0, finest=1e-6)
    couple = djx.grid.step(grid, 0.0, LEFT, RIGHT)
    equation = djx.equations.Interdiffusion(LAW)
    return djx.solve(equation, grid, couple, djx.Anneal(TIME, HOT), rtol=1e-4)


def fluxes(solution: djx.Solution) -> Any:
    """What has passed each inner face, in m: from what each side has lost."""
    ends = jnp.where((solution.grid.centres < 0)[:, None], LEFT, RIGHT)
    lost = (ends - solution.ys[-1]) * solution.grid.widths[:, None]
    return jnp.cumsum(lost, axis=0)[:-1]


def zeros(faces: Any, passed: Any) -> list[float]:
    """Positions where a flux changes its sign, not counting what is only round-off."""
    faces, passed = np.asarray(faces), np.asarray(passed)
    large = abs(passed) > 1e-6 * abs(passed).max()
    flips = np.flatnonzero(large[1:] & large[:-1] & (passed[1:] * passed[:-1] < 0))
    at = [passed[k] / (passed[k] - passed[k + 1]) for k in flips]
    return [float(faces[k] + a * (faces[k + 1] - faces[k])) for k, a in zip(flips, at)]


def corner(x: Any) -> tuple[Any, Any]:
    """Where a mixture lies: chromium to the right, aluminium upwards at 60 degrees."""
    return x[..., 1] + 0.5 * x[..., 2], np.sqrt(0.75) * x[..., 2]


def draw(solution: djx.Solution) -> Any:
    """The path on the nickel corner of the triangle, and the profiles."""
    figure, (path, profile) = plt.subplots(
        1, 2, figsize=(11, 4.6), layout="constrained"
    )
    for k in np.arange(0.0, 0.31, 0.05):
        for ends in (([k, 0], [k, 0.3 - k]), ([0, k], [0.3 - k, k]), ([k, 0], [0, k])):
            two = np.array(ends)
            line = np.column_stack([1 - two.sum(axis=1), two])
            path.plot(*corner(line), color="0.88", lw=0.8, zorder=0)
    for position in (0.1, 0.2, 0.3):
        text = f"{100 * position:.0f}"
        path.text(position, -0.008, text, ha="center", va="top", fontsize=8)
        up, high = corner(np.array([1 - position, 0, position]))
        path.text(up - 0.006, high, text, ha="right", va="center", fontsize=8)
    path.plot(*corner(solution.ys[-1]), color="k", lw=2, label="the couple")
    both = jnp.stack([LEFT, RIGHT])
    path.plot(*corner(both), "--", color="tab:orange", label="all D equal")
    path.plot(*corner(both), "o", color="k")
    path.text(-0.004, -0.004, "Ni", ha="right", va="top")
    path.text(0.15, -0.027, "Cr, at%", ha="center", va="top")
    path.text(0.05, 0.16, "Al, at%", ha="center", rotation=60)
    path.set(title="path", aspect="equal", xlim=(-0.02, 0.31), ylim=(-0.045, 0.27))
    path.axis("off")
    path.legend(loc="upper right")
    x = 1e6 * solution.grid.centres
    passed = fluxes(solution)
    for i, (name, colour) in enumerate(zip(NAMES, COLOURS)):
        shift = 70.0 if name == "Ni" else 0.0
        label = "Ni - 70" if shift else name
        profile.plot(x, 100 * solution.ys[-1, :, i] - shift, color=colour, label=label)
        for place in zeros(solution.grid.faces[1:-1], passed[:, i]):
            profile.axvline(1e6 * place, color=colour, ls=":", lw=1.2)
    title = "profiles; dotted: planes of no flux"
    profile.set(xlabel="x, µm", ylabel="fraction, at%", title=title)
    profile.set_xlim(-450, 450)
    profile.legend()
    return figure


def main(path: str = "ternary_couple.png") -> None:
    solution = run()
    x = np.asarray(solution.ys[-1])
    along = np.asarray(RIGHT - LEFT)[1:]
    normal = np.array([-along[1], along[0]]) / np.linalg.norm(along)
    off = (x[:, 1:] - np.asarray(LEFT)[1:]) @ normal
    print(f"the path leaves the straight line by {100 * off.min():+.2f} at%")
    print(f"  on one side and {100 * off.max():+.2f} at% on the other")
    places = fluxes(solution)
    for i, name in enumerate(NAMES):
        found = zeros(solution.grid.faces[1:-1], places[:, i])
        text = ", ".join(f"{1e6 * place:+.1f} µm" for place in found) or "none"
        print(f"planes of no {name} flux: {text}")
    similar = djx.equations.mixture_similarity(LAW, LEFT, RIGHT, HOT, cells=800)
    there = np.asarray(similar.at(solution.grid.centres, TIME))
    print(f"without a march: the same within {np.max(abs(there - x)):.1e}")
    assert off.min() < -1e-3 and off.max() > 1e-3
    assert float(solution.balance.defect) < 1e-12
    assert np.max(abs(there - x)) < 3e-4
    draw(solution).savefig(path, dpi=130)
    print(f"drawn in {path}")


if __name__ == "__main__":
    main(*sys.argv[1:])
