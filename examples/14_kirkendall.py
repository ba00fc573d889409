"""Wires move: the Kirkendall effect in brass.

Molybdenum wires are laid between brass and copper. Zinc leaves the brass faster than
copper comes in, so the brass loses sites, the copper gains some, and the lattice
between them moves towards the brass with all its wires (Smigelskas and Kirkendall,
1947). The wires of the contact move as the root of time. Others start to move when the
profile reaches them, and the distances between them tell where the lattice was
stretched. A second run has a grid that moves with the lattice: all its faces are wires.

The tracer diffusivities and the interaction are round numbers of the size of those of
alpha brass, not assessed ones.
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


HOT, DAY = 1058.0, 86400.0  # K, s
ALLOY = djx.thermo.regular(("Cu", "Zn"), {("Cu", "Zn"): -25e3})  # J/mol
BRASS, COPPER = jnp.array([0.7, 0.3]), jnp.array([1.0, 0.0])
TIMES = DAY * jnp.array([1.0, 3.0, 6.0, 13.0, 28.0, 56.0])


def tracers(x: Any, temperature: Any) -> Any:
    """Copper and zinc, in m²/s: both faster where there is zinc."""
    del temperature
    return jnp.array([1.5e-15, 6e-15]) * jnp.exp(9.0 * x[1])


Moving = djx.equations.LatticeInterdiffusion


def run() -> tuple[djx.equations.Interdiffusion, djx.Solution, Moving, djx.Solution]:
    """Brass on the left, copper on the right, 25 wires; and on the lattice itself."""
    law = djx.diffusivity.Multicomponent(tracers, ALLOY, correlation=0.7815)
    grid = djx.grid.graded(-2e-3, 1.5e-3, 400, centre=0.0, finest=1e-6)
    couple = djx.grid.step(grid, 0.0, BRASS, COPPER)
    wires = jnp.linspace(-0.9e-3, 0.9e-3, 25)
    equation = djx.equations.Interdiffusion(law, markers=wires)
    anneal = djx.Anneal(TIMES[-1], HOT)
    solution = djx.solve(equation, grid, couple, anneal, save_at=TIMES, rtol=1e-5)
    moving = Moving(law)
    on_it = djx.solve(moving, grid, couple, anneal, save_at=TIMES, rtol=1e-5)
    return equation, solution, moving, on_it


def draw(
    equation: djx.equations.Interdiffusion,
    solution: djx.Solution,
    moving: Moving,
    on_it: djx.Solution,
) -> Any:
    """Profiles, velocities, where the wires went, and how the lattice is stretched."""
    figure, panels = plt.subplots(2, 2, figsize=(10, 8), layout="constrained")
    zinc, speed, paths, stretch = panels = panels.ravel()
    x, faces = 1e6 * solution.grid.centres, 1e6 * solution.grid.faces
    shades = plt.get_cmap("viridis_r")(np.linspace(0.15, 0.95, len(TIMES)))
    for k, shade in enumerate(shades):
        days = f"{float(TIMES[k]) / DAY:.0f} d"
        zinc.plot(x, 100 * solution.ys[k, :, 1], color=shade, label=days)
        v = equation.velocity(solution.grid, solution.ys[k], HOT)
        speed.plot(faces, 2e6 * TIMES[k] * v, color=shade)
    speed.plot(faces, faces, "--", color="0.4", label="x")
    last = equation.velocity(solution.grid, solution.ys[-1], HOT)
    plane = djx.equations.kirkendall_planes(solution.grid.faces, last, TIMES[-1])
    at = 1e6 * plane.positions[0]
    speed.plot(at, at, "o", color="tab:red", label="Kirkendall plane")
    zinc.set(xlabel="x, µm", ylabel="zinc, at%", title="profile")
    zinc.legend(title="annealed")
    low = float(2e6 * TIMES[-1] * jnp.min(last))
    speed.set(xlabel="x, µm", ylabel="2 t v, µm", title="velocity of the lattice")
    speed.set_ylim(1.25 * low, -0.3 * low)
    speed.legend(loc="lower right")
    assert solution.markers is not None and equation.markers is not None
    ways = jnp.concatenate([equation.markers[None], solution.markers])
    roots = np.sqrt(np.concatenate([[0.0], TIMES / DAY]))
    for index, way in enumerate(1e6 * ways.T):
        contact = index == len(ways.T) // 2
        style = {"color": "tab:red", "lw": 2} if contact else {"color": "0.5", "lw": 1}
        paths.plot(way, roots, **style)
    faces = moving.places(on_it.grid, on_it.ys)
    for k, now in enumerate(1e6 * faces):
        met = np.interp(equation.markers, on_it.grid.faces, now)
        paths.plot(met, np.full(met.shape, roots[k + 1]), "k.", ms=4)
        centres = 0.5 * (now[1:] + now[:-1])
        strain = 100 * jnp.expm1(moving.strain(on_it.ys[k]))
        stretch.plot(centres, strain, color=shades[k])
    title = "wires (dots: on the moving grid)"
    paths.set(xlabel="x, µm", ylabel="root of time, √d", title=title)
    stretch.axhline(0.0, color="0.6", lw=0.8)
    stretch.set(xlabel="x, µm", ylabel="longer, %", title="the lattice is stretched")
    for panel in panels:
        panel.set_xlim(-1000, 1000)
    return figure


def main(path: str = "kirkendall.png") -> None:
    equation, solution, moving, on_it = run()
    grid, wires, start = solution.grid, solution.markers, equation.markers
    assert wires is not None and start is not None
    middle = wires[:, start.shape[0] // 2]
    exponent = float(jnp.log(middle[-1] / middle[2]) / jnp.log(TIMES[-1] / TIMES[2]))
    speed = equation.velocity(grid, solution.ys[-1], HOT)
    planes = djx.equations.kirkendall_planes(grid.faces, speed, TIMES[-1])
    strain = djx.equations.lattice_strain(start, wires[-1])
    similar = djx.equations.mixture_similarity(equation.law, BRASS, COPPER, HOT)
    plane = float(similar.planes(TIMES[-1]).positions[0])
    print(f"after 56 days the wires of the contact are at {1e6 * middle[-1]:.1f} µm,")
    print(f"  the plane 2tv = x at {1e6 * planes.positions[0]:.1f} µm")
    print(f"  and without a march at {1e6 * plane:.1f} µm")
    faces = moving.places(grid, on_it.ys)
    contact = jax.vmap(lambda now: jnp.interp(0.0, grid.faces, now))(faces)
    root = float(jnp.log(contact[-1] / contact[2]) / jnp.log(TIMES[-1] / TIMES[2]))
    print(f"  on a grid that moves along at {1e6 * contact[-1]:.1f} µm")
    print(f"they moved as time to the power {exponent:.4f}, or {root:.4f} on that grid")
    print(f"lattice between wires: {strain.min():+.3f} to {strain.max():+.3f}")
    assert abs(exponent - 0.5) < 0.005 and float(middle[-1]) < 0
    assert abs(plane / float(middle[-1]) - 1) < 0.02
    assert abs(plane / float(contact[-1]) - 1) < 0.01 and abs(root - 0.5) < 0.002
    assert float(solution.balance.defect) < 1e-12
    assert float(on_it.balance.defect) < 1e-12
    figure = draw(equation, solution, moving, on_it)
    figure.savefig(path, dpi=130)
    print(f"drawn in {path}")


if __name__ == "__main__":
    main(*sys.argv[1:])
