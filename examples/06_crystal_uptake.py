"""A grain of irregular shape takes up a solute from the melt around it.

The grain is a polygon in section, filled with square cells; its tensor is turned in the
picture, six times as fast along c as along a. At first each face takes up as a half
space does, with the diffusivity along its own normal n; where two faces meet they take
from one another. In coordinates D^(-1/2) x, in which the crystal is isotropic, both are
known in closed form, so that

    amount = 2 sqrt(t / pi) sum(length sqrt(n . D n)) - t sqrt(det D) sum(c(angle)),

which holds until fronts of faces meet that are no neighbours. The march must follow it
until then, and fall behind it later.
"""

import sys

import jax
import jax.numpy as jnp
import matplotlib
import numpy as np


jax.config.update("jax_enable_x64", True)
matplotlib.use("Agg")

import diffjax as djx  # noqa: E402


CORNERS = 1e-6 * np.array(  # m, anticlockwise
    [
        (-175, -40),
        (-90, -130),
        (60, -115),
        (170, -20),
        (130, 95),
        (-20, 125),
        (-140, 65),
    ]
)
ALONG_C, ALONG_A = 6e-17, 1e-17  # m²/s
TILT = np.deg2rad(35)  # of c against x
YEAR = 31557600.0
TIMES = YEAR * np.array([0.1, 0.2, 0.4, 0.7, 1, 2, 3, 4, 6, 8, 10, 13, 16, 20])
SHOWN = (2, 4, 7)


def inside(x: np.ndarray) -> np.ndarray:
    """Which of the positions `x` (m) lie in the polygon."""
    ahead = np.roll(CORNERS, -1, axis=0) - CORNERS
    away = x[..., None, :] - CORNERS
    return np.all(ahead[:, 0] * away[..., 1] > ahead[:, 1] * away[..., 0], axis=-1)


def early_uptake(tensor: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Amount at `times` (s), per metre across the section, while fronts are apart."""
    ahead = np.roll(CORNERS, -1, axis=0) - CORNERS
    # Lengths times normals: the faces turned by a right angle.
    outward = np.stack([ahead[:, 1], -ahead[:, 0]], axis=1)
    speeds = np.sqrt(np.einsum("fi,ij,fj->f", outward, tensor, outward))
    # Angles of the corners as an isotropic crystal would have them.
    equal = ahead @ np.linalg.inv(np.linalg.cholesky(tensor)).T
    sense = np.arctan2(equal[:, 1], equal[:, 0])
    angles = np.pi - (sense - np.roll(sense, 1)) % (2 * np.pi)
    s = np.linspace(1e-9, 20, 20_001)[:, None]
    rates = 4 * np.sinh((np.pi - angles) * s) / np.sinh(np.pi * s) / np.cosh(angles * s)
    corners = np.trapezoid(rates, s, axis=0)  # 4 / pi where the angle is right
    lost = np.sqrt(np.linalg.det(tensor)) * corners.sum()
    return 2 * np.sqrt(times / np.pi) * speeds.sum() - times * lost


def draw(solution: djx.Solution, tensor: np.ndarray, full: float, path: str) -> None:
    """Three maps, and the uptake over time."""
    grid = solution.grid
    x, y = (1e6 * np.asarray(axis.faces) for axis in grid.axes)
    outline = 1e6 * np.concatenate([CORNERS, CORNERS[:1]])
    with djx.plots.styled(axes_grid=False, figure_figsize=(9.6, 5.6)) as Figure:
        figure = Figure()
        spots = figure.subplot_mosaic(
            [["0", "1", "2"], ["u", "u", "u"]], height_ratios=(1, 1.1)
        )
        mesh = None
        for panel, index in zip("012", SHOWN):
            axes = spots[panel]
            field = np.where(np.asarray(grid.solid), solution.ys[index], np.nan)
            mesh = axes.pcolormesh(x, y, field.T, vmin=0, vmax=1, rasterized=True)
            axes.plot(*outline.T, color="0.25", lw=0.8)
            centres = (0.5 * (v[1:] + v[:-1]) for v in (x, y))
            axes.contour(*centres, field.T, (0.2, 0.5, 0.8), colors="w", linewidths=0.8)
            axes.set(aspect="equal", xticks=(), yticks=())
            axes.set(xlim=(-215, 195), ylim=(-145, 140))
            axes.set_title(f"{TIMES[index] / YEAR:g} yr")
            for side in ("left", "bottom"):
                axes.spines[side].set_visible(False)
        start = np.array([-172, -128])
        for name, angle in (("c", TILT), ("a", TILT + np.pi / 2)):
            end = start + 36 * np.array([np.cos(angle), np.sin(angle)])
            spots["0"].annotate(
                "", end, start, arrowprops=dict(arrowstyle="->", color="0.25")
            )
            out = end + 12 * (end - start) / np.hypot(*(end - start))
            spots["0"].annotate(name, out, ha="center", va="center")
        spots["0"].plot((90, 190), (-128, -128), color="0.25", lw=2)
        spots["0"].annotate("100 µm", (140, -124), ha="center", va="bottom", fontsize=8)
        figure.colorbar(
            mesh, ax=[spots[k] for k in "012"], label="composition", aspect=15
        )
        axes = spots["u"]
        axes.grid(alpha=0.25)
        years = TIMES / YEAR
        share = np.asarray(solution.balance.amount) / full
        axes.plot(years, share, "o-", ms=4, color="#2f5d9b", label="march")
        fine = np.linspace(0, TIMES[-1] / 2, 200)
        early = early_uptake(tensor, fine) / full
        axes.plot(
            fine / YEAR, early, "--", color="#d9662b", label="closed form, fronts apart"
        )
        for index in SHOWN:
            axes.axvline(years[index], color="0.8", lw=0.8, zorder=0)
        axes.set(xlim=(0, years[-1]), ylim=(0, 1.02))
        axes.set(xlabel="time (yr)", ylabel="share of the final uptake")
        axes.legend(loc="lower right")
        figure.savefig(path, dpi=160)


def main(path: str = "crystal_uptake.png") -> None:
    half, width = np.array([180e-6, 135e-6]), 2.5e-6
    cells = np.rint(2 * half / width).astype(int)
    middles = (width * (np.arange(n) + 0.5 - n / 2) for n in cells)
    solid = inside(np.stack(np.meshgrid(*middles, indexing="ij"), axis=-1))
    grid = djx.grid.voxels(solid, spacing=width, lower=-half)

    law = djx.diffusivity.Anisotropic(
        (ALONG_C, ALONG_A), rotation=djx.tensors.rotation(TILT)
    )
    walls = djx.grid.Walls(surface=djx.grid.FixedValue(1.0))
    equation = djx.equations.Diffusion(law, walls)
    anneal = djx.Anneal(duration=TIMES[-1], temperature=1473.15)
    solution = djx.solve(equation, grid, jnp.zeros(grid.shape), anneal, save_at=TIMES)
    print(f"{solid.sum()} cells,", solution.stats["method"], "took", end=" ")
    print(solution.stats["num_steps"], "steps")

    balance = solution.balance
    amount = np.asarray(balance.amount)
    full = float(grid.total(jnp.ones(grid.shape)))
    tensor = np.asarray(law.over(0.0, anneal.temperature))
    early = early_uptake(tensor, TIMES)
    draw(solution, tensor, full, path)

    # What is inside now is what came through the surface.
    entered = np.asarray(balance.through("surface"))
    assert np.max(np.abs(amount - entered)) < 1e-10 * full and balance.defect < 1e-10
    assert balance.smallest >= 0 and balance.largest <= 1
    assert np.all(np.diff(amount) > 0)
    young = slice(0, 6)
    for t, a, e in zip(TIMES[young] / YEAR, amount[young], early[young]):
        print(f"{t:4.1f} yr: {a / full:.3f} of the grain, closed form {e / full:.3f}")
    off = np.max(np.abs(amount[young] / early[young] - 1))
    assert off < 0.03
    print(f"{path}: the closed form within {100 * off:.1f} %, mass kept to", end=" ")
    print(f"{balance.defect:.0e}")


if __name__ == "__main__":
    main(*sys.argv[1:])
