"""Carbon drifts to a dislocation: the atmosphere that makes iron age.

An edge dislocation stretches the lattice on one side of its slip plane. Dissolved atoms
that take up room run there along circles, and stay. As long as drift and not diffusion
brings them, the amount that has arrived grows as t^(2/3) (Cottrell and Bilby, 1949):

    N(t) = 3 (π/2)^(1/3) c0 (l D t)^(2/3),      U / kT = l sin θ / r

Here the core takes all that arrives. Around a pile-up of twelve dislocations, which are
from afar one of twelve Burgers vectors, drift rules and the law holds. Around a single
one diffusion soon helps, and more arrives than the law says.
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


HOT, D, START = 320.0, 1e-20, 1e-3  # K, m²/s, atoms per site
IRON = djx.mechanics.IsotropicStiffness(210e9, 0.3)
BURGERS, VOLUME = 2.48e-10, 1e-29  # m, m³ per atom
HALF, CELLS, CORE = 24e-9, 128, 0.6e-9  # m


def reach(lines: int) -> float:
    """The radius l (m) at which the energy is kT."""
    nu, b = IRON.poisson_ratio, lines * BURGERS
    size = IRON.shear_modulus * b * (1 + nu) / (3 * jnp.pi * (1 - nu)) * VOLUME
    return float(size / (djx.BOLTZMANN * HOT))


def run(lines: int, times: jax.Array) -> djx.Solution:
    """A square around the line, its core empty; compositions at some times (s)."""
    ends = (-HALF, -HALF), (HALF, HALF)
    grid = djx.grid.uniform(*ends, (CELLS, CELLS))
    line = djx.mechanics.EdgeDislocation(
        [lines * BURGERS, 0, 0], [0, 0, 1], IRON, core_radius=0.1 * CORE
    )
    pull = djx.potentials.Stress(VOLUME, line)
    flux = djx.fluxes.Drift(djx.diffusivity.Constant(D), pull)
    core = djx.equations.Held(jnp.linalg.norm(grid.centres, axis=-1) < CORE, 0.0)
    equation = djx.equations.Diffusion(flux, held=core)
    start = jnp.full(grid.shape, START)
    anneal = djx.Anneal(times[-1], HOT)
    return djx.solve(equation, grid, start, anneal, save_at=times, rtol=1e-4)


def arrived(solution: djx.Solution) -> np.ndarray:
    """What the core has taken by each time, in composition times m²."""
    around = jnp.linalg.norm(solution.grid.centres, axis=-1) >= CORE
    gone = START * jnp.sum(around) - jnp.sum(solution.ys, axis=(1, 2))
    return np.asarray((2 * HALF / CELLS) ** 2 * gone)


def law(reduced: Any) -> Any:
    """N / c0 l² by Cottrell and Bilby, of the time D t / l²."""
    return 3 * (np.pi / 2) ** (1 / 3) * np.asarray(reduced) ** (2 / 3)


def draw(single: djx.Solution, curves: dict[str, Any]) -> Any:
    """The map at the end, and what has arrived on logarithmic axes."""
    figure, panels = plt.subplots(1, 2, figsize=(10.5, 4.4), layout="constrained")
    left, right = panels
    nm = 1e9 * HALF
    field = np.asarray(single.ys[-1]).T / START
    image = left.imshow(field, origin="lower", extent=(-nm, nm, -nm, nm), vmin=0)
    figure.colorbar(image, ax=left, label="carbon over its first content")
    left.plot(0, 0, marker="$\\perp$", color="white", ms=14)
    hours = float(single.ts[-1]) / 3600
    left.set(xlabel="x, nm", ylabel="y, nm", title=f"one dislocation, {hours:.1f} h")
    both = np.logspace(-6, 0, 50)
    right.loglog(both, law(both), color="0.5", label="Cottrell and Bilby, slope 2/3")
    for name, (reduced, amount) in curves.items():
        right.loglog(reduced, amount, "o", ms=4, label=name)
    right.set(xlabel="D t / l²", ylabel="N / c₀ l²", title="arrived at the line")
    right.legend()
    return figure


def main(path: str = "cottrell_atmosphere.png") -> None:
    curves, runs, slopes = {}, {}, {}
    for lines, window in ((12, (-6.0, -2.5)), (1, (-3.0, 0.0))):
        unit = reach(lines) ** 2
        reduced = jnp.logspace(*window, 19)
        solution = run(lines, reduced * unit / D)
        amount = arrived(solution) / (START * unit)
        middle = slice(6, 13)
        logs = np.log(np.asarray(reduced))[middle], np.log(amount)[middle]
        slopes[lines] = float(np.polyfit(*logs, 1)[0])
        name = "pile-up of 12" if lines > 1 else "one dislocation"
        curves[f"{name}, slope {slopes[lines]:.2f}"] = reduced, amount
        runs[lines] = solution
        ratio = amount[middle] / law(reduced)[middle]
        print(f"{name}: l is {1e9 * reach(lines):.1f} nm, slope {slopes[lines]:.3f},")
        print(f"  {ratio.min():.2f} to {ratio.max():.2f} of the law in the window")
        assert float(solution.balance.defect) < 1e-12
        # Stabilised stages keep what is positive so within the tolerance.
        assert float(solution.balance.smallest) > -1e-4 * START
    figure = draw(runs[1], curves)
    figure.savefig(path, dpi=130)
    assert abs(slopes[12] - 2 / 3) < 0.03
    print(f"drawn in {path}")


if __name__ == "__main__":
    main(*sys.argv[1:])
