"""Which way a spot grows depends on how hot it is: two axes, two activation energies.

Along one axis of the crystal diffusion rises gently with temperature, along the other
steeply; at about 1080 °C both are equally fast. A round spot first grows along the
gentle axis, in a long stop at 925 °C, and then, in an hour at 1225 °C, along the steep
one. The crystal is turned against the grid, so the tensor is a full one, and it changes
all the time.

A Gaussian stays a Gaussian, with covariance s² + 2 ∫ D(T(t)) dt: that is the check.
"""

import sys

import jax
import jax.numpy as jnp
import matplotlib
import numpy as np


jax.config.update("jax_enable_x64", True)
matplotlib.use("Agg")

import diffjax as djx  # noqa: E402


HALF, CELLS = 60e-6, 80  # m
SPOT = 4e-6  # m, standard deviation of the spot at the start
HOUR = 3600.0
COLD, WARM, HOT = 873.15, 1198.15, 1498.15  # K
ANGLE = np.deg2rad(25)  # of the gentle axis against x
BLUE, ORANGE = "#2f5d9b", "#d9662b"


def schedule() -> djx.AbstractAnneal:
    """Heating with a stop at 925 °C, a short hold at 1225 °C, and cooling."""
    ramp = lambda hours, start, end: djx.Ramp([0.0, hours * HOUR], [start, end])
    heat = ramp(2, COLD, WARM) + djx.Anneal(20 * HOUR, WARM) + ramp(1, WARM, HOT)
    return heat + djx.Anneal(1 * HOUR, HOT) + ramp(6, HOT, COLD)


def second_moments(solution: djx.Solution) -> np.ndarray:
    """Covariance of where the tracer is, in m², at each save time."""
    x = np.asarray(solution.grid.centres).reshape(-1, 2)
    weights = np.asarray(solution.ys).reshape(len(solution.ts), -1)
    weights = weights / weights.sum(axis=1, keepdims=True)
    means = weights @ x
    away = x - means[:, None]
    return np.einsum("tn,tni,tnj->tij", weights, away, away)


def draw(
    solution: djx.Solution,
    history: djx.AbstractAnneal,
    exact: np.ndarray,
    widths: np.ndarray,
    path: str,
) -> None:
    """Temperature and widths over time, and three maps with the ellipses of theory."""
    hours = np.asarray(solution.ts) / HOUR
    x, y = (1e6 * np.asarray(axis.faces) for axis in solution.grid.axes)
    with djx.plots.styled(figure_figsize=(9.6, 6.0)) as Figure:
        figure = Figure()
        spots = figure.subplot_mosaic(
            [["T", "T", "T"], ["w", "w", "w"], ["0", "1", "2"]],
            height_ratios=(0.55, 0.8, 1.35),
        )
        fine = np.linspace(0.0, float(history.duration), 600)
        hot = np.asarray(jax.vmap(history.temperature_at)(jnp.asarray(fine)))
        spots["T"].plot(fine / HOUR, hot - 273.15, color="0.3")
        spots["T"].set(ylabel="T (°C)", ylim=(500, 1300))
        spots["T"].tick_params(labelbottom=False)
        for k, (name, colour) in enumerate((("gentle", BLUE), ("steep", ORANGE))):
            theory = 1e6 * np.sqrt(exact[:, k])
            spots["w"].plot(hours, theory, color=colour, lw=1.2)
            spots["w"].plot(hours, 1e6 * widths[:, k], "o", ms=3.5, color=colour)
            spots["w"].annotate(
                f"{name} axis", (hours[-1], theory[-1]), (0, -12),
                va="center", ha="right", textcoords="offset points", color=colour,
            )  # fmt: skip
        spots["w"].set(xlabel="time (h)", ylabel="std. dev. (µm)")
        for name in "Tw":
            spots[name].set_xlim(0, hours[-1])
        mesh = None
        turned = np.asarray(djx.tensors.rotation(ANGLE))
        around = np.linspace(0, 2 * np.pi, 200)
        circle = np.stack([np.cos(around), np.sin(around)])
        for panel, index in zip("012", (0, 22, -1)):
            axes = spots[panel]
            field = np.asarray(solution.ys[index])
            mesh = axes.pcolormesh(
                x, y, field.T / field.max(), vmin=0, vmax=1, rasterized=True
            )
            for size in (1, 2):
                half = size * 1e6 * np.sqrt(exact[index])
                axes.plot(*(turned @ (half[:, None] * circle)), "w--", lw=1.0)
            axes.set(aspect="equal", xlim=(-40, 40), ylim=(-34, 34), xlabel="x (µm)")
            axes.grid(False)
            ratio = widths[index, 1] / widths[index, 0]
            axes.set_title(f"{hours[index]:.0f} h, ratio {ratio:.2f}")
        spots["0"].set_ylabel("y (µm)")
        figure.colorbar(
            mesh, ax=[spots[k] for k in "012"], label="share of the peak", aspect=15
        )
        figure.savefig(path, dpi=160)


def main(path: str = "furnace_schedule.png") -> None:
    gentle = djx.diffusivity.Arrhenius(prefactor=4e-8, activation=2.0)
    steep = djx.diffusivity.Arrhenius(prefactor=2.2e-4, activation=3.0)
    rotation = djx.tensors.rotation(ANGLE)
    law = djx.diffusivity.Anisotropic((gentle, steep), rotation=rotation)
    history = schedule()

    grid = djx.grid.uniform((-HALF, -HALF), (HALF, HALF), (CELLS, CELLS))
    spot = jnp.exp(-jnp.sum(grid.centres**2, axis=-1) / (2 * SPOT**2))
    times = jnp.linspace(0.0, history.duration, 31)
    walls = djx.grid.Walls(x=djx.grid.Periodic(), y=djx.grid.Periodic())  # far away
    equation = djx.equations.Diffusion(law, walls)
    # The peak falls to a fifteenth, and small errors shall stay small beside it.
    solution = djx.solve(
        equation, grid, spot, history, save_at=times, rtol=1e-5, atol=1e-7
    )
    print(solution.stats["method"], "took", solution.stats["num_steps"], "steps")

    fine = jnp.linspace(0.0, history.duration, 30 * 4000 + 1)
    hot = jax.vmap(history.temperature_at)(fine)
    rates = np.stack([law.over(0.0, hot) for law in (gentle, steep)], axis=1)
    means = 0.5 * (rates[1:] + rates[:-1]) * float(fine[1])
    reduced = np.concatenate([np.zeros((1, 2)), np.cumsum(means, axis=0)])[::4000]

    # Round at the start: cells of finite width see its variance as it is on the grid.
    moments = second_moments(solution)
    exact = np.diag(moments[0]) + 2 * reduced
    own = np.einsum("ik,tij,jl->tkl", rotation, moments, rotation)
    widths = np.sqrt(np.einsum("tkk->tk", own))
    draw(solution, history, exact, widths, path)

    print("   t (h)   widths (µm)    ratio")
    for k in (0, 2, 12, 22, 23, 24, 30):
        one, other = 1e6 * widths[k]
        print(f"{times[k] / HOUR:8.1f}  {one:5.2f}  {other:5.2f}  {other / one:8.3f}")
    error = np.max(np.abs(widths / np.sqrt(exact) - 1))
    assert np.max(np.abs(own[:, 0, 1])) < 1e-3 * np.max(own)
    assert error < 1e-3, error
    assert solution.balance.smallest >= 0 and solution.balance.defect < 1e-12
    print(f"{path}: widths within {error:.0e} of s² + 2 ∫ D dt")


if __name__ == "__main__":
    main(*sys.argv[1:])
