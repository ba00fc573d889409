"""Carbon goes uphill: Darken's weld of two steels.

Two steels with nearly the same carbon, one of them with silicon, are welded and held at
1050 °C (Darken, 1949). Silicon hardly moves, but it makes carbon more active, so carbon
leaves the silicon steel for the plain one, from the lower concentration to the higher.
No law of this is put in: the energy of the phase says what the activity is, carbon
flows down its gradient, and a jump of the concentration grows at the weld until the
activity has none.

The energies are round numbers of the right size for austenite, not assessed ones.
"""

import sys
from typing import Any

import jax
import jax.numpy as jnp
import matplotlib


jax.config.update("jax_enable_x64", True)
matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402

import diffjax as djx  # noqa: E402


HOT, DAY = 1323.0, 86400.0  # K, s
MASSES = jnp.array([0.055845, 0.028085, 0.012011])  # kg/mol of Fe, Si, C
SILICON_STEEL = jnp.array([95.71, 3.80, 0.49])  # weight percent
PLAIN_STEEL = jnp.array([99.56, 0.0, 0.44])
TIMES = DAY * jnp.array([1.0, 4.0, 13.0])

# J/mol: of carbon alone (graphite has activity one), beside free sites, beside silicon.
SITES = djx.thermo.Sites(("Fe", "Si", "C"), ("C",))
ENERGY = djx.thermo.redlich_kister(
    SITES.species,
    ends={"C": (77e3, -16.0)},
    pairs={("C", "VA"): -35e3, ("Si", "C"): 100e3},
)
NONE = djx.thermo.redlich_kister(SITES.components)
AUSTENITE = djx.thermo.CompoundEnergy(SITES, ENERGY, NONE)


def on_sites(percent: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Fractions of iron and silicon on their sites, and the u-fraction of carbon."""
    x = djx.thermo.mole_from_weight(percent, MASSES)
    return x[:2] / (1 - x[2]), djx.thermo.u_from_mole(x[2])


def in_weight(u: jax.Array, positions: jax.Array) -> jax.Array:
    """Weight percent of carbon of u-fractions along the weld."""
    masses = jax.vmap(weld)(positions) @ MASSES[:2]
    return djx.thermo.weight_from_u(u, MASSES[2], masses)


def weld(x: Any) -> jax.Array:
    """Iron and silicon at a position, in m."""
    return jnp.where(x < 0, on_sites(SILICON_STEEL)[0], on_sites(PLAIN_STEEL)[0])


def run() -> tuple[djx.fluxes.InMatrix, djx.Solution]:
    """Thirteen days at 1050 °C."""
    law = djx.diffusivity.CarbonInAustenite()
    flux = djx.fluxes.InMatrix(law, AUSTENITE, weld, chemical=True)
    lower = djx.grid.graded(-25e-3, 25e-3, 200, centre=0.0, finest=50e-6)
    start = djx.grid.step(
        lower, 0.0, on_sites(SILICON_STEEL)[1], on_sites(PLAIN_STEEL)[1]
    )
    equation = djx.equations.Diffusion(flux)
    anneal = djx.Anneal(TIMES[-1], HOT)
    return flux, djx.solve(equation, lower, start, anneal, save_at=TIMES, rtol=1e-6)


def draw(flux: djx.fluxes.InMatrix, solution: djx.Solution) -> Any:
    """Carbon and its activity before and after."""
    figure, panels = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
    x = solution.grid.centres
    start = djx.grid.step(
        solution.grid, 0.0, on_sites(SILICON_STEEL)[1], on_sites(PLAIN_STEEL)[1]
    )
    fields = [(start, "at first", "0.6")]
    shades = plt.get_cmap("viridis_r")([0.2, 0.55, 0.95])
    for y, time, shade in zip(solution.ys, TIMES, shades):
        fields.append((y, f"{float(time / DAY):.0f} d", shade))
    half = x.shape[0] // 2
    for u, label, shade in fields:
        for side in (slice(None, half), slice(half, None)):
            text = label if side.start is None else None
            carbon = in_weight(u, x)[side]
            panels[0].plot(1e3 * x[side], carbon, color=shade, label=text)
            activity = flux.activity(u, HOT, x)[side]
            panels[1].plot(1e3 * x[side], activity, color=shade)
    for panel in panels:
        panel.axvline(0.0, color="0.8", lw=1, zorder=0)
        panel.set(xlabel="x, mm", xlim=(-25, 25))
    panels[0].set(ylabel="carbon, weight percent", title="3.8 % Si | no Si")
    panels[0].legend()
    panels[1].set(ylabel="activity of carbon", title="what drives it")
    return figure


def main(path: str = "uphill_carbon.png") -> None:
    flux, solution = run()
    x, last = solution.grid.centres, solution.ys[-1]
    half = x.shape[0] // 2
    carbon = in_weight(last, x)
    activity = flux.activity(last, HOT, x)
    jump = float(activity[half] / activity[half - 1] - 1)
    print("after 13 days at the weld, in weight percent of carbon:")
    print(
        f"  {carbon[half - 1]:.3f} in the silicon steel, {carbon[half]:.3f} beside it"
    )
    print(f"their activities differ by {100 * jump:+.2f} %")
    print(f"carbon from nowhere: {solution.balance.defect:.1e}")
    assert float(carbon[half - 1]) < 0.40 and float(carbon[half]) > 0.50
    assert abs(jump) < 0.01 and float(solution.balance.defect) < 1e-12
    draw(flux, solution).savefig(path, dpi=130)
    print(f"drawn in {path}")


if __name__ == "__main__":
    main(*sys.argv[1:])
